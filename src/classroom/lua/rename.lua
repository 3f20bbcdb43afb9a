-- Gives a seat another name, and tells it.
-- KEYS  the names, the seat, the news
-- ARGV  seat ID, the old name folded, the new one folded, the new one as it is,
--       the news as JSON, the most news, the channel
-- Gives 1, 0 when another seat has that name, -1 when the seat is not there.
local id, old, new = ARGV[1], ARGV[2], ARGV[3]
if redis.call('EXISTS', KEYS[2]) == 0 then
  return -1
end
if old ~= new then
  if redis.call('HSETNX', KEYS[1], new, id) == 0 then
    return 0
  end
  if redis.call('HGET', KEYS[1], old) == id then
    redis.call('HDEL', KEYS[1], old)
  end
end
redis.call('HSET', KEYS[2], 'name', ARGV[4])
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[6], '*', 'to', id, 'what', 'name', 'json', ARGV[5])
redis.call('PUBLISH', ARGV[7], 'news')
redis.call('PUBLISH', ARGV[7], 'seat ' .. id)
return 1
