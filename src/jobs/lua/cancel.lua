-- Cancels a job. One that waits is never started; one that runs is told at its
-- next renewal, and what it produces is not taken.
-- KEYS  the job's hash, the sorted set of delayed jobs, the stream of finished jobs, the channel
-- ARGV  job ID, TTL in s
-- Gives the state the job was in, or UNKNOWN.
local known = redis.call('HMGET', KEYS[1], 'state', 'lane', 'task', 'blob')
local state = known[1]
if not state then
  return 'UNKNOWN'
end
if state ~= 'QUEUED' and state ~= 'RETRY' and state ~= 'STARTED' then
  return state
end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'state', 'REVOKED', 'error', 'cancelled', 'error_type', 'Cancelled',
  'finished', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
redis.call('EXPIRE', KEYS[1], ARGV[2])
if known[4] then
  redis.call('EXPIRE', known[4], ARGV[2])
end
redis.call('ZREM', KEYS[2], (known[2] or 'default') .. '/' .. ARGV[1])
redis.call('XADD', KEYS[3], 'MAXLEN', '~', '10000', '*', 'job', ARGV[1], 'state', 'REVOKED', 'task', known[3])
redis.call('PUBLISH', KEYS[4], 'REVOKED ' .. ARGV[1])
return state
