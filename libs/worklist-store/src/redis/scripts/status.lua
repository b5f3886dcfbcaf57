-- Where the worklist stands.
-- KEYS[1] meta
-- KEYS[2] positions
-- returns {state, epoch, revision, position key, position, ...}
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'building', 'revision')
local answer = { state_of(meta[1], meta[2]), meta[1] or '', tonumber(meta[3] or '0') }
for _, text in ipairs(redis.call('HGETALL', KEYS[2])) do answer[#answer + 1] = text end
return answer
