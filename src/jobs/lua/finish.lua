-- Lets go of a job: its outcome and the acknowledgement are one atomic step.
-- KEYS  the job's stream, the job's hash, the stream of finished jobs, the
--       dead-letter stream, the sorted set of delayed jobs, the channel
-- ARGV  group, entry ID, job ID, consumer, deliveries, outcome, value, more
--   SUCCESS   value: result as JSON   more: TTL in s
--   FAILURE   value: error text       more: TTL in s, kind of error
--   RETRY     value: error text       more: delay in ms, kind of error, lane
--   HANDBACK  (a worker that shuts down gives the job back)
-- Gives OK; LOST when the lease is somebody else's; the state when the job had
-- ended already (cancelled), UNKNOWN when there is no such job any more. In
-- these cases nothing is written.
local group, entry, id, outcome, value = ARGV[1], ARGV[2], ARGV[3], ARGV[6], ARGV[7]
-- Consumer and deliveries together are the fencing token: whoever takes the
-- entry over changes at least one of them.
local pending = redis.call('XPENDING', KEYS[1], group, entry, entry, 1)
if not pending[1] or pending[1][2] ~= ARGV[4] or pending[1][4] ~= tonumber(ARGV[5]) then
  return redis.call('EXISTS', KEYS[2]) == 1 and 'LOST' or 'UNKNOWN'
end
local known = redis.call('HMGET', KEYS[2], 'state', 'task', 'schedule', 'entry', 'blob')
redis.call('XACK', KEYS[1], group, entry)
redis.call('XDEL', KEYS[1], entry)
if known[1] ~= 'STARTED' then
  return known[1] or 'UNKNOWN'
end
if known[4] and known[4] ~= entry then
  -- It was cancelled and revived: the result of its new life counts.
  return 'REVOKED'
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if outcome == 'HANDBACK' then
  redis.call('HSET', KEYS[2], 'state', 'QUEUED')
  redis.call('HINCRBY', KEYS[2], 'attempts', -1)
  redis.call('HDEL', KEYS[2], 'entry')
  redis.call('XADD', KEYS[1], '*', 'job', id)
  redis.call('PUBLISH', KEYS[6], 'QUEUED ' .. id)
elseif outcome == 'RETRY' then
  redis.call('HSET', KEYS[2], 'state', 'RETRY', 'error', value, 'error_type', ARGV[9])
  redis.call('HDEL', KEYS[2], 'entry')
  redis.call('ZADD', KEYS[5], string.format('%.0f', now + ARGV[8]), ARGV[10] .. '/' .. id)
  redis.call('PUBLISH', KEYS[6], 'RETRY ' .. id)
else
  local finished = string.format('%.0f', now)
  if outcome == 'SUCCESS' then
    redis.call('HSET', KEYS[2], 'state', outcome, 'result', value, 'finished', finished)
  else
    local letter = redis.call('XADD', KEYS[4], '*', 'job', id, 'task', known[2], 'error', value)
    redis.call('HSET', KEYS[2], 'state', outcome, 'error', value, 'error_type', ARGV[9],
      'finished', finished, 'letter', letter)
  end
  redis.call('EXPIRE', KEYS[2], ARGV[8])
  if known[5] then
    redis.call('EXPIRE', known[5], ARGV[8])
  end
  if not known[3] then
    -- What the schedule runs all day would push the others out of this list.
    redis.call('XADD', KEYS[3], 'MAXLEN', '~', '10000', '*', 'job', id, 'state', outcome, 'task', known[2])
  end
  redis.call('PUBLISH', KEYS[6], outcome .. ' ' .. id)
end
return 'OK'
