-- Counts wrong guesses, and stops who guesses too often. Whoever was stopped is
-- not told whether the last guess was right.
-- KEYS  the counters
-- ARGV  1 when the guess was right, else 0; then for each counter the most wrong
--       guesses, and how long they are remembered, in s
-- Gives 0, or for how many seconds nothing more is answered.
for i, counter in ipairs(KEYS) do
  if tonumber(redis.call('GET', counter) or '0') >= tonumber(ARGV[2 * i]) then
    return math.max(redis.call('TTL', counter), 1)
  end
end
if ARGV[1] == '0' then
  for i, counter in ipairs(KEYS) do
    if redis.call('INCR', counter) == 1 then
      redis.call('EXPIRE', counter, ARGV[2 * i + 1])
    end
  end
end
return 0
