-- One change of the worklist, whole or not at all: documents, both orders, search tokens, feeds, positions, revision.
-- `known` is how many writes the writer has seen applied: fewer here mean that a failover or restart lost some.
-- KEYS[1] meta
-- KEYS[2] positions
-- ARGV[1] stem
-- ARGV[2] fence
-- ARGV[3] epoch
-- ARGV[4] known
-- ARGV[5] feedLength
-- ARGV[6] channel
-- ARGV[7] positionCount
-- ARGV[8..] position key and position each, then 10 each: kind, study, site, list, score, member, base score, tokens, row, rest
-- returns {'APPLIED', revision, writes} | {'DUPLICATE'} | {'FENCED'} | {'LOST'}
local stem, fence = ARGV[1], tonumber(ARGV[2])
local meta = redis.call('HMGET', KEYS[1], 'fence', 'epoch', 'generation', 'revision', 'writes')
if not meta[1] or tonumber(meta[1]) < fence then return { 'LOST' } end
if tonumber(meta[1]) > fence then return { 'FENCED' } end
local g, writes = meta[3], tonumber(meta[5] or '0')
if meta[2] ~= ARGV[3] or not g or writes < tonumber(ARGV[4]) then return { 'LOST' } end

local count, first = tonumber(ARGV[7]), 8
local news = count == 0
for i = first, first + 2 * count - 1, 2 do
  local kept = tonumber(redis.call('HGET', KEYS[2], ARGV[i]) or '-1')
  if tonumber(ARGV[i + 1]) > kept then news = true end
end
if not news then return { 'DUPLICATE' } end

local revision, longest = tonumber(meta[4]), tonumber(ARGV[5])
local before = revision
for i = first + 2 * count, #ARGV, 10 do
  local old
  if ARGV[i] == 'put' then
    revision = revision + 1
    local new = document_at(i + 1)
    old = put_study(stem, g, new, revision)
    feed(stem, g, new.site, new.list, new.study, revision, longest)
    if old and old.site == new.site and old.list == new.list then old = nil end
  else
    old = remove_study(stem, g, ARGV[i + 1])
    if old then revision = revision + 1 end
  end
  if old then feed(stem, g, old.site, old.list, ARGV[i + 1], revision, longest) end
end
keep_positions(KEYS[2], first, count)
redis.call('HSET', KEYS[1], 'revision', number_text(revision), 'writes', number_text(writes + 1))
if revision > before then redis.call('PUBLISH', ARGV[6], '') end
return { 'APPLIED', revision, writes + 1 }
