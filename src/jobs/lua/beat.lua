-- A worker says that it lives, and what it does.
-- KEYS  the sorted set of workers by last sign of life, the worker's hash,
--       the dead-letter stream
-- ARGV  name, TTL in s, age in ms at which a dead letter goes, then fields and
--       values of the hash
-- Gives the server's time in ms.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - ARGV[2] * 1000))
-- Of a worker that died before the clock was set back.
redis.call('ZREMRANGEBYSCORE', KEYS[1], string.format('(%.0f', now + 1000), '+inf')
redis.call('HSET', KEYS[2], unpack(ARGV, 4))
redis.call('EXPIRE', KEYS[2], ARGV[2])
redis.call('XTRIM', KEYS[3], 'MINID', string.format('%.0f', now - ARGV[3]))
return now
