-- Sends news, and notes in a hash what they are about.
-- KEYS  the news, the class, the hash that notes it, the hands
-- ARGV  the channel, the seat that it is for or '*', what it is, all of it as
--       JSON, the most news, the field to note or '', its value; with the field
--       hand, whose it is goes from the list of hands
-- Gives 1, or 0 when the seat or the class is not there (any more).
if redis.call('EXISTS', KEYS[3]) == 0 or redis.call('HEXISTS', KEYS[2], 'ended') == 1 then
  return 0
end
local field, value = ARGV[6], ARGV[7]
if field == 'ended' then
  local time = redis.call('TIME')
  value = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
elseif field == 'hand' then
  redis.call('LREM', KEYS[4], 0, ARGV[2])
end
if field ~= '' then
  redis.call('HSET', KEYS[3], field, value)
end
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[5], '*', 'to', ARGV[2], 'what', ARGV[3], 'json', ARGV[4])
redis.call('PUBLISH', ARGV[1], 'news')
if ARGV[2] ~= '*' then
  redis.call('PUBLISH', ARGV[1], 'seat ' .. ARGV[2])
end
return 1
