-- Deletes one generation that is no longer read; UNLINK frees its memory beside the main thread of Redis.
-- KEYS[1] garbage
-- ARGV[1] stem
-- returns how many generations are left
local stem = ARGV[1]
local g = redis.call('SRANDMEMBER', KEYS[1])
if not g then return 0 end
for _, name in ipairs(redis.call('SMEMBERS', lists_key(stem, g))) do
  local site, list = string.match(name, '^(.-)/(.*)$')
  redis.call('UNLINK', order_key(stem, g, site, list), base_key(stem, g, site, list), feed_key(stem, g, site, list),
    tokens_key(stem, g, site))
end
redis.call('UNLINK', row_key(stem, g), index_key(stem, g), rest_key(stem, g), floors_key(stem, g), lists_key(stem, g))
redis.call('SREM', KEYS[1], g)
return redis.call('SCARD', KEYS[1])
