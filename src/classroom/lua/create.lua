-- Begins a class.
-- KEYS  the class, the sorted set of classes, the log
-- ARGV  code, version of these keys, sections, kind of names, salt of the PINs
-- Gives 1, or 0 when there is such a class already.
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'created', now, 'sections', ARGV[3], 'names', ARGV[4], 'salt', ARGV[5])
redis.call('ZADD', KEYS[2], now, ARGV[1])
-- The CSV is written by a consumer group of the log.
redis.call('XGROUP', 'CREATE', KEYS[3], 'csv', '0', 'MKSTREAM')
return 1
