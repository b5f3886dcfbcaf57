-- One page of a list in reading order, after a key when one is given.
-- KEYS[1] meta
-- ARGV[1] stem
-- ARGV[2] site
-- ARGV[3] list
-- ARGV[4] limit
-- ARGV[5] afterScore
-- ARGV[6] afterMember
-- returns {state, epoch, revision, total, 1 when there is more, {study, index, row, rank, rank without AI}, ...}
local stem, site, list, limit, after = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[6]
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'building', 'revision', 'generation')
local g = meta[4]
local answer = { state_of(meta[1], meta[2]), meta[1] or '', tonumber(meta[3] or '0'), 0, 0 }
if not g then return answer end
local key = order_key(stem, g, site, list)
local total = redis.call('ZCARD', key)

local first = 0
if after ~= '' then
  local score = ARGV[5]
  if tonumber(redis.call('ZSCORE', key, after) or '-1') == tonumber(score) then
    first = redis.call('ZRANK', key, after) + 1
  else
    -- The row has moved or left: its place among equal scores is found by halving.
    first = redis.call('ZCOUNT', key, '-inf', '(' .. score)
    local high = redis.call('ZCOUNT', key, '-inf', score)
    while first < high do
      local middle = math.floor((first + high) / 2)
      if bytes_less(redis.call('ZRANGE', key, middle, middle)[1], after) then first = middle + 1 else high = middle end
    end
  end
end

local members = redis.call('ZRANGE', key, first, first + limit - 1)
answer[4] = total
answer[5] = first + #members < total and 1 or 0
if #members == 0 then return answer end
local studies = {}
for i, member in ipairs(members) do studies[i] = study_id_of(member) end
local indexes = redis.call('HMGET', index_key(stem, g), unpack(studies))
local rows = redis.call('HMGET', row_key(stem, g), unpack(studies))
local base = base_key(stem, g, site, list)
for i, member in ipairs(members) do
  answer[#answer + 1] = { studies[i], indexes[i], rows[i], first + i - 1, redis.call('ZRANK', base, member) }
end
return answer
