-- Notes how far running jobs have come, and tells who watches.
-- KEYS  the channel of state changes
-- ARGV  prefix, consumer, then for every job: job ID, steps done and all as `2/5`
-- Gives how many were noted: only those that this consumer still has.
local noted = 0
for i = 3, #ARGV, 2 do
  local job = ARGV[1] .. 'job:' .. ARGV[i]
  local known = redis.call('HMGET', job, 'state', 'worker')
  if known[1] == 'STARTED' and known[2] == ARGV[2] then
    redis.call('HSET', job, 'progress', ARGV[i + 1])
    -- Its state is the same, and worth another look.
    redis.call('PUBLISH', KEYS[1], 'STARTED ' .. ARGV[i])
    noted = noted + 1
  end
end
return noted
