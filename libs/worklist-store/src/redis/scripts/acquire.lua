-- Takes over writing: later fences shut out earlier ones. The instant keeps fences growing over a loss of all data.
-- KEYS[1] meta
-- KEYS[2] positions
-- ARGV[1] now
-- returns {fence, epoch or '', writes, position key, position, ...}
local meta = redis.call('HMGET', KEYS[1], 'fence', 'epoch', 'building', 'writes')
local fence = math.max(tonumber(meta[1] or '0') + 1, tonumber(ARGV[1]))
redis.call('HSET', KEYS[1], 'fence', number_text(fence))
-- An unfinished rebuild meant to replace what is here: the next writer must not build on it.
if not meta[2] or meta[3] then return { fence, '', tonumber(meta[4] or '0') } end
local answer = { fence, meta[2], tonumber(meta[4] or '0') }
for _, text in ipairs(redis.call('HGETALL', KEYS[2])) do answer[#answer + 1] = text end
return answer
