-- Mends what a clock leaves behind that jumped ahead and was set back: times in
-- the future, which everybody would wait for.
-- KEYS  the streams of the high and the default lane, the sorted set of delayed jobs
-- ARGV  prefix, group, the longest wait before a retry in ms, at which of the
--       delayed jobs to begin, how many of them to look at
-- Gives how many times were mended, and at which delayed job to go on (0: all
-- were looked at).
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- Clocks are set back a little all the time, without harm.
local latest = now + 1000
local mended = 0

local function field(pairs_, name)
  for i = 1, #pairs_, 2 do
    if pairs_[i] == name then
      return pairs_[i + 1]
    end
  end
end

-- A lease that began in the future would be over only a lease after that.
for i = 1, 2 do
  local pending = redis.call('XPENDING', KEYS[i], ARGV[2])[1]
  if pending > 0 then
    local about = redis.call('XINFO', 'STREAM', KEYS[i], 'FULL', 'COUNT', math.min(pending, 1000))
    for _, group in ipairs(field(about, 'groups')) do
      if field(group, 'name') == ARGV[2] then
        for _, entry in ipairs(field(group, 'pending')) do
          if entry[3] > latest then
            redis.call('XCLAIM', KEYS[i], ARGV[2], entry[2], 0, entry[1], 'JUSTID')
            mended = mended + 1
          end
        end
      end
    end
  end
end

local from, count = tonumber(ARGV[4]), tonumber(ARGV[5])
local delayed = redis.call('ZRANGE', KEYS[3], from, from + count - 1, 'WITHSCORES')
for i = 1, #delayed, 2 do
  local due = tonumber(delayed[i + 1])
  local id = string.match(delayed[i], '^%a+/(.+)$')
  if id and due > latest then
    local job = ARGV[1] .. 'job:' .. id
    local known = redis.call('HMGET', job, 'state', 'created')
    local created = tonumber(known[2] or '') or now
    local right = due
    if known[1] == 'RETRY' then
      -- None waits for that long; how long it was to wait nobody knows.
      right = due > now + ARGV[3] and now or due
    elseif created > latest then
      -- It was to wait for as long as it was to wait.
      right = due - (created - now)
      redis.call('HSET', job, 'created', string.format('%.0f', now))
    end
    if right < due then
      redis.call('ZADD', KEYS[3], string.format('%.0f', right), delayed[i])
      mended = mended + 1
    end
  end
end
return { mended, #delayed == 2 * count and from + count or 0 }
