-- All that is kept of one study.
-- KEYS[1] meta
-- ARGV[1] stem
-- ARGV[2] study
-- returns {} | {study, index, row, rank, rank without AI, rest}
local stem, study = ARGV[1], ARGV[2]
local g = redis.call('HGET', KEYS[1], 'generation')
local found = g and ranked(stem, g, study)
if not found then return {} end
found[6] = redis.call('HGET', rest_key(stem, g), study)
return found
