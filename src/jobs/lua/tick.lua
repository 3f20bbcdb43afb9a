-- Fires one slot of a schedule: at most once, whoever asks and however often.
-- KEYS  the hash of last slots, the slot's key, the job's hash, the default lane's stream
-- ARGV  name, slot in ms since 1970, job ID, task, arguments, TTL of the slot's key in s
-- Gives 1 when this call fired the slot, 0 when it was fired before.
-- Slots of a name only grow: the slot is the fencing token. A scheduler that
-- slept through its turn cannot fire an old slot behind a newer one.
local last = redis.call('HGET', KEYS[1], ARGV[1])
if last and tonumber(last) >= tonumber(ARGV[2]) then
  return 0
end
if not redis.call('SET', KEYS[2], ARGV[3], 'NX', 'EX', ARGV[6]) then
  return 0
end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[3], 'state', 'QUEUED', 'task', ARGV[4], 'args', ARGV[5],
  'schedule', ARGV[1], 'created', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
redis.call('XADD', KEYS[4], '*', 'job', ARGV[3])
return 1
