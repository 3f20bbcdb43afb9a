-- Takes entries and marks them as started, in one step, and gives what to do.
-- KEYS  the streams of the high and the default lane, the dead-letter stream,
--       the stream of finished jobs, the channel of state changes
-- ARGV  prefix, group, consumer, most deliveries, TTL of a dead job in s, how
--       many new entries to take, how many of them from the default lane before
--       the high one; then for every entry that was taken already: lane, entry
--       ID, job ID, deliveries (0: look it up)
-- Gives for every entry: lane, entry ID, job ID, and
--   RUN, deliveries, attempt, task, arguments
--   or SKIP, state (finished, cancelled or unknown)
--   or DEAD (it was delivered too often)
local claims, free = {}, tonumber(ARGV[6])
for i = 8, #ARGV, 4 do
  claims[#claims + 1] = { ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3]) }
end
local function take(lane, count)
  if count < 1 then
    return
  end
  local queue = lane == 'high' and KEYS[1] or KEYS[2]
  local reply = redis.call('XREADGROUP', 'GROUP', ARGV[2], ARGV[3], 'COUNT', count, 'STREAMS', queue, '>')
  for _, entry in ipairs(reply and reply[1][2] or {}) do
    -- An entry that is not ours has no job; it is let go of below.
    local id = entry[2][1] == 'job' and entry[2][2] or ''
    claims[#claims + 1] = { lane, entry[1], id, 1 }
    free = free - 1
  end
end
take('default', math.min(free, tonumber(ARGV[7])))
take('high', free)
take('default', free)
if not claims[1] then
  return {}
end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local replies = {}
for n, claim in ipairs(claims) do
  local lane, entry, id, deliveries = unpack(claim)
  local queue = lane == 'high' and KEYS[1] or KEYS[2]
  local job = ARGV[1] .. 'job:' .. id
  if deliveries == 0 then
    -- An entry taken over from another consumer: the group counts deliveries.
    local pending = redis.call('XPENDING', queue, ARGV[2], entry, entry, 1)
    deliveries = pending[1] and pending[1][4] or 1
  end
  local known = redis.call('HMGET', job, 'state', 'attempts', 'task', 'args', 'entry', 'blob')
  local state = known[1]
  if known[5] and known[5] ~= entry then
    -- Cancelled while it waited here, and then revived with a new entry.
    state = 'REVOKED'
  end
  if state ~= 'QUEUED' and state ~= 'RETRY' and state ~= 'STARTED' then
    redis.call('XACK', queue, ARGV[2], entry)
    redis.call('XDEL', queue, entry)
    replies[n] = { lane, entry, id, 'SKIP', state or 'UNKNOWN' }
  elseif deliveries > tonumber(ARGV[4]) then
    -- A poison job: whoever takes it dies before finishing.
    local reason = 'delivered ' .. (deliveries - 1) .. ' times and never finished: it seems to kill its workers'
    local letter = redis.call('XADD', KEYS[3], '*', 'job', id, 'task', known[3], 'error', reason)
    redis.call('HSET', job, 'state', 'FAILURE', 'error', reason, 'error_type', 'PoisonJob', 'finished', now, 'letter', letter)
    redis.call('EXPIRE', job, ARGV[5])
    if known[6] then
      redis.call('EXPIRE', known[6], ARGV[5])
    end
    redis.call('XADD', KEYS[4], 'MAXLEN', '~', '10000', '*', 'job', id, 'state', 'FAILURE', 'task', known[3])
    redis.call('XACK', queue, ARGV[2], entry)
    redis.call('XDEL', queue, entry)
    redis.call('PUBLISH', KEYS[5], 'FAILURE ' .. id)
    replies[n] = { lane, entry, id, 'DEAD' }
  else
    local attempt = tonumber(known[2] or 0) + 1
    if attempt > 1 then
      -- How far it came does not count any more.
      redis.call('HDEL', job, 'progress')
    end
    redis.call('HSET', job, 'state', 'STARTED', 'attempts', attempt, 'worker', ARGV[3], 'started', now)
    redis.call('PUBLISH', KEYS[5], 'STARTED ' .. id)
    replies[n] = { lane, entry, id, 'RUN', deliveries, attempt, known[3], known[4] }
  end
end
return replies
