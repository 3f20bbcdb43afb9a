-- Puts jobs into the queue, all in one atomic step.
-- KEYS  the streams of the high and the default lane, the sorted set of delayed
--       jobs, the channel of state changes
-- ARGV  prefix, the most jobs that may wait, then seven values for every job:
--       id, lane, task, arguments, delay in ms, idempotency key or '', its TTL in s
-- Gives one value per job: 1 added, 0 refused because the queue is full, or the
-- ID of the job that the same idempotency key already made.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local created = string.format('%.0f', now)
local depth = redis.call('XLEN', KEYS[1]) + redis.call('XLEN', KEYS[2]) + redis.call('ZCARD', KEYS[3])
local room = tonumber(ARGV[2]) - depth
local replies, added = {}, {}
for i = 3, #ARGV, 7 do
  local id, lane, delay = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 4])
  local job = ARGV[1] .. 'job:' .. id
  local key = ARGV[i + 5] ~= '' and ARGV[1] .. ARGV[i + 5]
  local same = key and redis.call('GET', key)
  if same then
    replies[#replies + 1] = same
  elseif redis.call('EXISTS', job) == 1 then
    -- The same call again: its sender lost the connection before our reply.
    replies[#replies + 1] = 1
  elseif room < 1 then
    replies[#replies + 1] = 0
  else
    room = room - 1
    redis.call('HSET', job, 'state', 'QUEUED', 'task', ARGV[i + 2], 'args', ARGV[i + 3], 'created', created)
    if key then
      redis.call('SET', key, id, 'NX', 'EX', ARGV[i + 6])
    end
    if lane == 'high' then
      -- Most jobs are not, and need no field that says so.
      redis.call('HSET', job, 'lane', lane)
    end
    if delay > 0 then
      redis.call('ZADD', KEYS[3], string.format('%.0f', now + delay), lane .. '/' .. id)
    else
      redis.call('XADD', lane == 'high' and KEYS[1] or KEYS[2], '*', 'job', id)
    end
    added[#added + 1] = id
    replies[#replies + 1] = 1
  end
end
if added[1] then
  -- One message for all of them.
  redis.call('PUBLISH', KEYS[4], 'QUEUED ' .. table.concat(added, ' '))
end
return replies
