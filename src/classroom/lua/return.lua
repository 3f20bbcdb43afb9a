-- Lets another device have a seat, for who knows its PIN.
-- KEYS  the class, the seat, its devices
-- ARGV  digest of the PIN, digest of the new token, the most devices
-- Gives 1, 0 when the PIN is wrong, -2 when the class has ended.
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HEXISTS', KEYS[1], 'ended') == 1 then
  return -2
end
if redis.call('HGET', KEYS[2], 'pin') ~= ARGV[1] then
  return 0
end
-- Nobody has that many devices: the ones that have never reported are forgotten.
if redis.call('HLEN', KEYS[3]) >= tonumber(ARGV[3]) then
  local known = redis.call('HGETALL', KEYS[3])
  for i = 1, #known, 2 do
    if known[i + 1] == '0' then
      redis.call('HDEL', KEYS[3], known[i])
    end
  end
end
redis.call('HSET', KEYS[3], ARGV[2], 0)
return 1
