-- Adds documents to the generation that is being built.
-- KEYS[1] meta
-- ARGV[1] stem
-- ARGV[2] fence
-- ARGV[3..] 9 each: study, site, list, score, member, base score, tokens, row, rest
-- returns {'APPLIED', revision} | {'FENCED'} | {'LOST'}
local stem, fence = ARGV[1], tonumber(ARGV[2])
local meta = redis.call('HMGET', KEYS[1], 'fence', 'building', 'buildingRevision', 'revision')
if not meta[1] or tonumber(meta[1]) < fence then return { 'LOST' } end
if tonumber(meta[1]) > fence then return { 'FENCED' } end
if not meta[2] then return { 'LOST' } end
for i = 3, #ARGV, 9 do put_study(stem, meta[2], document_at(i), tonumber(meta[3])) end
return { 'APPLIED', tonumber(meta[4]) }
