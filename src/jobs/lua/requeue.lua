-- Gives a job that failed or was cancelled another life, or forgets it.
-- KEYS  the job's hash, the dead-letter stream, the streams of the high and the
--       default lane, the channel
-- ARGV  job ID, RETRY or DROP
-- Gives the state the job was in; nothing is done unless that is FAILURE or REVOKED.
local known = redis.call('HMGET', KEYS[1], 'state', 'letter', 'lane', 'blob')
local state = known[1]
if state ~= 'FAILURE' and state ~= 'REVOKED' then
  return state or 'UNKNOWN'
end
if known[2] then
  redis.call('XDEL', KEYS[2], known[2])
end
if ARGV[2] == 'DROP' then
  redis.call('DEL', KEYS[1])
  if known[4] then
    redis.call('DEL', known[4])
  end
else
  redis.call('HDEL', KEYS[1], 'error', 'error_type', 'finished', 'letter', 'worker', 'started')
  local entry = redis.call('XADD', known[3] == 'high' and KEYS[3] or KEYS[4], '*', 'job', ARGV[1])
  -- A cancelled job's old entry may still wait: from now on only this one counts.
  redis.call('HSET', KEYS[1], 'state', 'QUEUED', 'attempts', '0', 'entry', entry)
  redis.call('PERSIST', KEYS[1])
  if known[4] then
    redis.call('PERSIST', known[4])
  end
  redis.call('PUBLISH', KEYS[5], 'QUEUED ' .. ARGV[1])
end
return state
