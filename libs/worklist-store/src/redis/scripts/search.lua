-- Studies of a site that carry all tokens, newest arrival first. Walks the rarest token and asks for the others; `walk` bounds it.
-- KEYS[1] meta
-- ARGV[1] stem
-- ARGV[2] site
-- ARGV[3] limit
-- ARGV[4] walk
-- ARGV[5..] tokens
-- returns {{study, index, row, rank, rank without AI}, ...}
local stem, limit = ARGV[1], tonumber(ARGV[3])
local g = redis.call('HGET', KEYS[1], 'generation')
if not g or #ARGV < 5 then return {} end
local key = tokens_key(stem, g, ARGV[2])
local rarest, fewest
for i = 5, #ARGV do
  local count = redis.call('ZLEXCOUNT', key, '[' .. ARGV[i] .. ':', '(' .. ARGV[i] .. ';')
  if not fewest or count < fewest then rarest, fewest = ARGV[i], count end
end
local found, step = {}, 200
for offset = 0, math.min(fewest, tonumber(ARGV[4])) - 1, step do
  local entries = redis.call('ZRANGE', key, '(' .. rarest .. ';', '[' .. rarest .. ':', 'BYLEX', 'REV', 'LIMIT', offset, step)
  for _, entry in ipairs(entries) do
    local member = string.sub(entry, #rarest + 2)
    local all = true
    for i = 5, #ARGV do
      if all and ARGV[i] ~= rarest and not redis.call('ZSCORE', key, ARGV[i] .. ':' .. member) then all = false end
    end
    if all then found[#found + 1] = (ranked(stem, g, study_id_of(member))) end
    if #found >= limit then return found end
  end
end
return found
