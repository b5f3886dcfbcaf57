-- Opens a new generation beside the one that is read. A store without a fence has lost its data: the caller's is adopted.
-- KEYS[1] meta
-- KEYS[2] garbage
-- ARGV[1] fence
-- ARGV[2] channel
-- returns {'APPLIED', revision} | {'FENCED'}
local fence = tonumber(ARGV[1])
local meta = redis.call('HMGET', KEYS[1], 'fence', 'building', 'revision', 'generations')
if meta[1] and tonumber(meta[1]) > fence then return { 'FENCED' } end
if meta[2] then redis.call('SADD', KEYS[2], meta[2]) end
local revision, generations = tonumber(meta[3] or '0'), tonumber(meta[4] or '0') + 1
redis.call('HSET', KEYS[1],
  'fence', number_text(fence),
  'revision', number_text(revision),
  'generations', number_text(generations),
  -- With the fence in it, a name never comes back after a loss of this counter.
  'building', number_text(fence) .. '-' .. number_text(generations),
  'buildingRevision', number_text(revision + 1))
redis.call('PUBLISH', ARGV[2], '')
return { 'APPLIED', revision }
