-- Writes the lines of the CSV that entries of the log are about, and
-- acknowledges these: whichever hub was given an entry, and however often.
-- KEYS  the log, the CSV, the seats
-- ARGV  what a seat's key begins with, then three values for every entry: ID,
--       seat, exercise
-- Gives how many lines were written.
local written = 0
for i = 2, #ARGV, 3 do
  local entry, seat, exercise = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if redis.call('XACK', KEYS[1], 'csv', entry) == 1 and exercise ~= ''
    and redis.call('ZSCORE', KEYS[3], seat) then
    -- A line is what the seat says by now: repeating it does no harm.
    local line = redis.call('HGET', ARGV[1] .. seat, 'x:' .. exercise)
    if line then
      redis.call('HSET', KEYS[2], seat .. ' ' .. exercise, line)
      written = written + 1
    end
  end
end
return written
