-- Moves delayed jobs that are due into their streams, a bounded batch at a time.
-- KEYS  the sorted set of delayed jobs, the streams of the high and the default lane
-- ARGV  the most to move
-- Gives how many were moved, and the ms until the next one is due (-1: none).
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, ARGV[1])
for _, member in ipairs(due) do
  local lane, id = string.match(member, '^(%a+)/(.+)$')
  redis.call('ZREM', KEYS[1], member)
  if id then
    redis.call('XADD', lane == 'high' and KEYS[2] or KEYS[3], '*', 'job', id)
  end
end
local next = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if not next[2] then
  return { #due, -1 }
end
return { #due, math.max(0, next[2] - now) }
