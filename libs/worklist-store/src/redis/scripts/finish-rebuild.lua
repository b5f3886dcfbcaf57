-- Swaps the new generation in, with its positions, under a new epoch. The old one waits to be deleted.
-- KEYS[1] meta
-- KEYS[2] positions
-- KEYS[3] garbage
-- ARGV[1] fence
-- ARGV[2] epoch
-- ARGV[3] channel
-- ARGV[4..] position key and position each
-- returns {'APPLIED', revision, writes} | {'FENCED'} | {'LOST'}
local fence = tonumber(ARGV[1])
local meta = redis.call('HMGET', KEYS[1], 'fence', 'building', 'buildingRevision', 'revision', 'writes', 'generation')
if not meta[1] or tonumber(meta[1]) < fence then return { 'LOST' } end
if tonumber(meta[1]) > fence then return { 'FENCED' } end
if not meta[2] then return { 'LOST' } end
if meta[6] then redis.call('SADD', KEYS[3], meta[6]) end
local revision = math.max(tonumber(meta[3]), tonumber(meta[4])) + 1
local writes = tonumber(meta[5] or '0') + 1
redis.call('DEL', KEYS[2])
keep_positions(KEYS[2], 4, (#ARGV - 3) / 2)
redis.call('HDEL', KEYS[1], 'building', 'buildingRevision')
redis.call('HSET', KEYS[1],
  'generation', meta[2], 'epoch', ARGV[2], 'floor', number_text(revision),
  'revision', number_text(revision), 'writes', number_text(writes))
redis.call('PUBLISH', ARGV[3], '')
return { 'APPLIED', revision, writes }
