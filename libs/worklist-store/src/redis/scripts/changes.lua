-- The newest state of what changed in a list after a revision.
-- KEYS[1] meta
-- ARGV[1] stem
-- ARGV[2] site
-- ARGV[3] list
-- ARGV[4] epoch
-- ARGV[5] since
-- ARGV[6] limit
-- returns {'RESET', epoch, revision} | {'CHANGES', epoch, revision reached, {revision, study} or {revision, study, index, row, rank, rank without AI}, ...}
local stem, site, list, since, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[5]), tonumber(ARGV[6])
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'revision', 'generation', 'floor')
local epoch, revision, g = meta[1] or '', tonumber(meta[2] or '0'), meta[3]
if epoch ~= ARGV[4] or since > revision then return { 'RESET', epoch, revision } end
if not g then return { 'CHANGES', epoch, revision } end
local floor = redis.call('HGET', floors_key(stem, g), site .. '/' .. list) or meta[4]
if since < tonumber(floor) then return { 'RESET', epoch, revision } end
local entries = redis.call('ZRANGE', feed_key(stem, g, site, list), '(' .. ARGV[5], '+inf', 'BYSCORE', 'LIMIT', 0, limit + 1,
  'WITHSCORES')
local answer = { 'CHANGES', epoch, revision }
for i = 1, math.min(#entries / 2, limit) do
  local study, at = entries[2 * i - 1], tonumber(entries[2 * i])
  local found, place = ranked(stem, g, study)
  if found and place.site == site and place.list == list then
    answer[#answer + 1] = { at, unpack(found) }
  else
    answer[#answer + 1] = { at, study }
  end
  if i == limit and #entries / 2 > limit then answer[3] = at end
end
return answer
