-- Gives a student a seat, under the first of some names that is free.
-- KEYS  the class, the names, the seats, the progress, the new seat, its devices
-- ARGV  seat ID, language, digest of the token, digest of the PIN, the most
--       seats, the channel, then two values for every name: folded, as it is
-- Gives the place of the name that was taken (1 is the first), 0 when none is
-- free, -1 when the class is full, -2 when it has ended.
local class, names, seats, progress, seat, devices = unpack(KEYS)
local id = ARGV[1]
if redis.call('EXISTS', class) == 0 or redis.call('HEXISTS', class, 'ended') == 1 then
  return -2
end
if redis.call('ZCARD', seats) >= tonumber(ARGV[5]) then
  return -1
end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
for i = 7, #ARGV, 2 do
  if redis.call('HSETNX', names, ARGV[i], id) == 1 then
    redis.call('ZADD', seats, now, id)
    redis.call('ZADD', progress, 0, id)
    redis.call('HSET', seat, 'name', ARGV[i + 1], 'lang', ARGV[2], 'pin', ARGV[4], 'joined', now, 'seen', now)
    redis.call('HSET', devices, ARGV[3], 0)
    redis.call('PUBLISH', ARGV[6], 'seat ' .. id)
    return (i - 5) / 2
  end
end
return 0
