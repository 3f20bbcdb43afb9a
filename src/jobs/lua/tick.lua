-- Fires one slot of a schedule: at most once, whoever asks and however often.
-- KEYS  the hash of last slots, the job's hash, the default lane's stream
-- ARGV  name, slot in ms since 1970, job ID, task, arguments
-- Gives 1 when this call fired the slot, 0 when it was fired before.
-- Slots of a name only grow: the slot is the fencing token. A scheduler that
-- slept through its turn cannot fire an old slot behind a newer one.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '')
-- No slot is fired before its time. One that lies ahead was fired by a clock
-- that has been set back since; waiting for it to come again would be silence.
if last and last >= tonumber(ARGV[2]) and last <= now + 1000 then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[2], 'state', 'QUEUED', 'task', ARGV[4], 'args', ARGV[5],
  'schedule', ARGV[1], 'slot', ARGV[2], 'created', string.format('%.0f', now))
redis.call('XADD', KEYS[3], '*', 'job', ARGV[3])
return 1
