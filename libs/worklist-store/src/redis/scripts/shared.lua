-- Put before every script, after the key names. A study is kept as three hash fields: `row` (JSON that lists need), `rest` (JSON of the
-- study page) and `index`, which these functions read: lines of site, list, score, member, base score, revision, tokens with commas.
-- Scores stay text here: Lua would print large numbers with an exponent.

local function number_text(value) return string.format('%.0f', value) end

local function read_index(text)
  local f = {}
  for part in string.gmatch(text .. '\n', '(.-)\n') do f[#f + 1] = part end
  return { site = f[1], list = f[2], score = f[3], member = f[4], base = f[5], revision = f[6], tokens = f[7] }
end

local function study_id_of(member) return string.sub(member, string.find(member, ':', 1, true) + 1) end

-- Byte order, as sorted sets have it: Lua's own `<` follows the locale of the server.
local function bytes_less(a, b)
  local length = math.min(#a, #b)
  for i = 1, length do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x < y end
  end
  return #a < #b
end

local function remove_tokens(stem, g, old)
  for token in string.gmatch(old.tokens, '[^,]+') do
    redis.call('ZREM', tokens_key(stem, g, old.site), token .. ':' .. old.member)
  end
end

local function leave_list(stem, g, old)
  redis.call('ZREM', order_key(stem, g, old.site, old.list), old.member)
  redis.call('ZREM', base_key(stem, g, old.site, old.list), old.member)
end

-- The newest change of a study only; what is trimmed raises the floor below which the feed cannot tell.
local function feed(stem, g, site, list, study, revision, longest)
  local key = feed_key(stem, g, site, list)
  redis.call('ZADD', key, number_text(revision), study)
  if redis.call('ZCARD', key) > longest then
    local oldest = redis.call('ZPOPMIN', key)
    redis.call('HSET', floors_key(stem, g), site .. '/' .. list, oldest[2])
  end
end

-- `new`: study, site, list, score, member, base, tokens, row, rest. Gives what was there before, or nil.
local function put_study(stem, g, new, revision)
  local text = redis.call('HGET', index_key(stem, g), new.study)
  local old = text and read_index(text) or nil
  if old and (old.site ~= new.site or old.list ~= new.list or old.member ~= new.member) then leave_list(stem, g, old) end
  redis.call('ZADD', order_key(stem, g, new.site, new.list), new.score, new.member)
  redis.call('ZADD', base_key(stem, g, new.site, new.list), new.base, new.member)
  if not old or old.tokens ~= new.tokens or old.member ~= new.member or old.site ~= new.site then
    if old then remove_tokens(stem, g, old) end
    for token in string.gmatch(new.tokens, '[^,]+') do
      redis.call('ZADD', tokens_key(stem, g, new.site), 0, token .. ':' .. new.member)
    end
  end
  redis.call('SADD', lists_key(stem, g), new.site .. '/' .. new.list)
  redis.call('HSET', row_key(stem, g), new.study, new.row)
  redis.call('HSET', rest_key(stem, g), new.study, new.rest)
  redis.call('HSET', index_key(stem, g), new.study,
    table.concat({ new.site, new.list, new.score, new.member, new.base, number_text(revision), new.tokens }, '\n'))
  return old
end

local function remove_study(stem, g, study)
  local text = redis.call('HGET', index_key(stem, g), study)
  if not text then return nil end
  local old = read_index(text)
  leave_list(stem, g, old)
  remove_tokens(stem, g, old)
  redis.call('HDEL', row_key(stem, g), study)
  redis.call('HDEL', rest_key(stem, g), study)
  redis.call('HDEL', index_key(stem, g), study)
  return old
end

local function document_at(i)
  return {
    study = ARGV[i], site = ARGV[i + 1], list = ARGV[i + 2], score = ARGV[i + 3], member = ARGV[i + 4],
    base = ARGV[i + 5], tokens = ARGV[i + 6], row = ARGV[i + 7], rest = ARGV[i + 8],
  }
end

-- What a reader needs of one study: { study, index, row, rank, rank without AI }, or nil.
local function ranked(stem, g, study)
  local text = redis.call('HGET', index_key(stem, g), study)
  if not text then return nil end
  local at = read_index(text)
  return {
    study, text, redis.call('HGET', row_key(stem, g), study),
    redis.call('ZRANK', order_key(stem, g, at.site, at.list), at.member),
    redis.call('ZRANK', base_key(stem, g, at.site, at.list), at.member),
  }, at
end

local function state_of(epoch, building)
  if not epoch or building then return 'rebuilding' end
  return 'current'
end

local function keep_positions(key, first, count)
  for i = first, first + 2 * count - 1, 2 do
    local kept = tonumber(redis.call('HGET', key, ARGV[i]) or '-1')
    if tonumber(ARGV[i + 1]) > kept then redis.call('HSET', key, ARGV[i], ARGV[i + 1]) end
  end
end
