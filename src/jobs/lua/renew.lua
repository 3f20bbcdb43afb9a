-- Renews the leases of running jobs: the idle time of their entries becomes 0.
-- KEYS  the streams of the high and the default lane
-- ARGV  prefix, group, consumer, then for every job: lane, entry ID, job ID, deliveries
-- Gives for every job: HELD, LOST (somebody else has it) or REVOKED (cancelled).
local replies = {}
for i = 4, #ARGV, 4 do
  local queue, entry = ARGV[i] == 'high' and KEYS[1] or KEYS[2], ARGV[i + 1]
  local pending = redis.call('XPENDING', queue, ARGV[2], entry, entry, 1)
  if not pending[1] or pending[1][2] ~= ARGV[3] or pending[1][4] ~= tonumber(ARGV[i + 3]) then
    replies[#replies + 1] = 'LOST'
  else
    local known = redis.call('HMGET', ARGV[1] .. 'job:' .. ARGV[i + 2], 'state', 'entry')
    -- Cancelled; or cancelled and revived meanwhile, with another entry.
    local revoked = known[1] == 'REVOKED' or (known[2] and known[2] ~= entry)
    replies[#replies + 1] = revoked and 'REVOKED' or 'HELD'
    -- JUSTID: a renewal is no delivery and must not count as one.
    redis.call('XCLAIM', queue, ARGV[2], ARGV[3], 0, entry, 'JUSTID')
  end
end
return replies
