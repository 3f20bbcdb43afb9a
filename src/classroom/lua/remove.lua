-- Frees a seat: what is known of it is deleted, and it is told.
-- KEYS  the names, the seats, the progress, the hands, the news, the CSV, then
--       the seat's own keys
-- ARGV  seat ID, its name folded, what the sorted sets of times begin with, the
--       news as JSON, the most news, the channel
-- Gives 1, or 0 when there is no such seat.
local names, seats, progress, hands, news, csv = unpack(KEYS)
local id = ARGV[1]
if redis.call('ZREM', seats, id) == 0 then
  return 0
end
if redis.call('HGET', names, ARGV[2]) == id then
  redis.call('HDEL', names, ARGV[2])
end
redis.call('ZREM', progress, id)
redis.call('LREM', hands, 0, id)
for _, field in ipairs(redis.call('HKEYS', KEYS[7])) do
  local exercise = field:match('^x:(.*)$')
  if exercise then
    redis.call('ZREM', ARGV[3] .. exercise, id)
    redis.call('HDEL', csv, id .. ' ' .. exercise)
  end
end
redis.call('DEL', unpack(KEYS, 7))
redis.call('XADD', news, 'MAXLEN', '~', ARGV[5], '*', 'to', id, 'what', 'removed', 'json', ARGV[4])
redis.call('PUBLISH', ARGV[6], 'news')
redis.call('PUBLISH', ARGV[6], 'seat ' .. id)
return 1
