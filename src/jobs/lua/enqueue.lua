-- Puts jobs of one lane into the queue, all in one atomic step.
-- KEYS  the streams of the high and the default lane, the sorted set of delayed
--       jobs, the channel of state changes
-- ARGV  prefix, the most jobs that may wait, lane, delay in ms, idempotency key
--       or '' (one job only), its TTL in s, the key of the job's file or '' (one
--       job only), then three values for every job: id, task, arguments
-- Gives one value per job: 1 added, 0 refused because the queue is full, or the
-- ID of the job that the same idempotency key already made and that there is.
local prefix, lane, delay = ARGV[1], ARGV[3], tonumber(ARGV[4])
local key = ARGV[5] ~= '' and prefix .. ARGV[5]
local same = key and redis.call('GET', key)
-- A job that was dropped, or is remembered no longer, is made anew.
if same and redis.call('EXISTS', prefix .. 'job:' .. same) == 1 then
  return { same }
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local created = string.format('%.0f', now)
local depth = redis.call('XLEN', KEYS[1]) + redis.call('XLEN', KEYS[2]) + redis.call('ZCARD', KEYS[3])
local room = ARGV[2] - depth
local jobs = {}
for i = 8, #ARGV, 3 do
  jobs[#jobs + 1] = prefix .. 'job:' .. ARGV[i]
end
-- Is it the same call again, whose sender lost the connection before our reply?
-- One question for all jobs: hardly ever is the answer anything but 0.
local again = redis.call('EXISTS', unpack(jobs)) > 0
local replies, added = {}, {}
for n, job in ipairs(jobs) do
  local i = 3 * n + 5
  local id = ARGV[i]
  if again and redis.call('EXISTS', job) == 1 then
    replies[n] = 1
  elseif room < 1 then
    replies[n] = 0
  else
    replies[n] = 1
    local fields =
      redis.call('HSET', job, 'state', 'QUEUED', 'task', ARGV[i + 1], 'args', ARGV[i + 2], 'created', created)
    -- 0 new fields: the same ID stands twice in this call.
    if fields > 0 then
      room = room - 1
      added[#added + 1] = id
      if key then
        redis.call('SET', key, id, 'EX', ARGV[6])
      end
      if ARGV[7] ~= '' then
        -- The sender let the file expire, in case it never came to this. From
        -- now on it lives as long as the job.
        redis.call('HSET', job, 'blob', ARGV[7])
        redis.call('PERSIST', ARGV[7])
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
    end
  end
end
if added[1] then
  -- One message for all of them.
  redis.call('PUBLISH', KEYS[4], 'QUEUED ' .. table.concat(added, ' '))
end
return replies
