-- Forgets consumers that are gone. Deleting one drops what it still holds, so
-- only those that hold nothing and were silent for long are deleted.
-- KEYS  the streams of the high and the default lane
-- ARGV  group, ms of silence
-- Gives how many were deleted.
local deleted = 0
for _, queue in ipairs(KEYS) do
  for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', queue, ARGV[1])) do
    local about = {}
    for i = 1, #consumer, 2 do
      about[consumer[i]] = consumer[i + 1]
    end
    if about.pending == 0 and about.idle > tonumber(ARGV[2]) then
      redis.call('XGROUP', 'DELCONSUMER', queue, ARGV[1], about.name)
      deleted = deleted + 1
    end
  end
end
return deleted
