-- Moves tasks of a Celery app whose time has come back into their queue, where
-- they are taken next, the earliest first.
-- KEYS  the sorted set of tasks by the time they wait for, in ms; the queue's list
-- ARGV  the most to move, +inf to move them whether their time has come or not
-- Gives how many were moved, and the ms until the next one is due (-1: none).
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local until_ = ARGV[2] == '+inf' and ARGV[2] or string.format('%.0f', now)
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', until_, 'LIMIT', 0, ARGV[1])
for i = #due, 1, -1 do
  redis.call('ZREM', KEYS[1], due[i])
  redis.call('RPUSH', KEYS[2], due[i])
end
local next = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if not next[2] then
  return { #due, -1 }
end
return { #due, math.max(0, next[2] - now) }
