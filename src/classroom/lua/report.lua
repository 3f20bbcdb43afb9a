-- Takes in what a student reports, in one step and once: a post that was
-- answered, and whose answer was lost on the way, comes again and changes nothing.
-- KEYS  the class, the seat, its devices, the progress, the hands, the log, the
--       seat's answers, its screen, its last lines
-- ARGV  seat ID, digest of the token, the post's number, the events as JSON, what
--       the sorted sets of times begin with, the most entries of the log, the
--       channel
-- Gives 'taken', 'again', 'stranger' or 'ended'.
local class, seat, devices, progress, hands, log, answers, screen, lines = unpack(KEYS)
local id, number = ARGV[1], tonumber(ARGV[3])
local last = redis.call('HGET', devices, ARGV[2])
if not last then
  return 'stranger'
end
if redis.call('HEXISTS', class, 'ended') == 1 then
  return 'ended'
end
if number <= tonumber(last) then
  return 'again'
end
redis.call('HSET', devices, ARGV[2], ARGV[3])

local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local names = { 'section', 'step', 'exercise', 'tries', 'since', 'error', 'same', 'hand', 'looked' }
local known, is = redis.call('HMGET', seat, unpack(names)), {}
for i, name in ipairs(names) do
  is[name] = known[i] or ''
end

-- How far an exercise is: tries, hints, ms, and when it was solved.
local function of(exercise)
  local text = redis.call('HGET', seat, 'x:' .. exercise) or '0 0 0 '
  local tries, hints, ms, solved = text:match('^(%d+) (%d+) (%d+) (%d*)$')
  return tonumber(tries or 0), tonumber(hints or 0), ms or '0', solved or ''
end
local function keep(exercise, tries, hints, ms, solved)
  redis.call('HSET', seat, 'x:' .. exercise, string.format('%d %d %s %s', tries, hints, ms, solved))
end
local function note(what, exercise, line, ms)
  redis.call('XADD', log, 'MAXLEN', '~', ARGV[6], '*', 'seat', id, 'what', what, 'exercise', exercise,
    'section', is.section, 'step', is.step, 'line', line, 'ms', ms)
end
local function begin(exercise)
  if is.exercise ~= exercise then
    is.exercise, is.tries, is.since, is.error, is.same = exercise, 0, now, '', 0
  end
end

local act = {}
function act.at(event)
  is.section, is.step = event.section, event.step
  if event.exercise ~= '' and select(4, of(event.exercise)) == '' then
    begin(event.exercise)
  end
  note('at', event.exercise, '', '')
end
act['try'] = function(event)
  local tries, hints, ms, solved = of(event.exercise)
  keep(event.exercise, tries + 1, hints, ms, solved)
  if solved == '' then
    begin(event.exercise)
    is.tries = is.tries + 1
    is.same = event.error ~= '' and (event.error == is.error and is.same + 1 or 1) or 0
    is.error = event.error
  end
  redis.call('LPUSH', lines, cjson.encode({ line = event.line, error = event.error }))
  redis.call('LTRIM', lines, 0, 29)
  note('try', event.exercise, event.line, '')
end
function act.hint(event)
  local tries, hints, ms, solved = of(event.exercise)
  keep(event.exercise, tries, hints + 1, ms, solved)
  if solved == '' then
    begin(event.exercise)
  end
  note('hint', event.exercise, '', '')
end
function act.solved(event)
  local tries, hints, _, solved = of(event.exercise)
  if solved ~= '' then
    return
  end
  tries, hints = math.max(tries, tonumber(event.tries)), math.max(hints, tonumber(event.hints))
  keep(event.exercise, tries, hints, event.ms, now)
  redis.call('HSET', answers, event.exercise, event.lines)
  redis.call('ZADD', progress, redis.call('HINCRBY', seat, 'solved', 1), id)
  redis.call('ZADD', ARGV[5] .. event.exercise, event.ms, id)
  if is.exercise == event.exercise then
    begin('')
  end
  note('solved', event.exercise, '', event.ms)
end
function act.task(event)
  note('task', event.task, '', '')
end
function act.hand(event)
  if event.up == '1' and is.hand == '' then
    is.hand = now
    redis.call('RPUSH', hands, id)
    note('hand', '', 'up', '')
  elseif event.up == '0' and is.hand ~= '' then
    is.hand = ''
    redis.call('LREM', hands, 0, id)
    note('hand', '', 'down', '')
  end
end
function act.screen(event)
  if is.looked == '1' then
    redis.call('SET', screen, event.text, 'EX', 60)
  end
end

for _, event in ipairs(cjson.decode(ARGV[4])) do
  act[event.what](event)
end
redis.call('HSET', seat, 'section', is.section, 'step', is.step, 'exercise', is.exercise, 'tries', is.tries,
  'since', is.since, 'error', is.error, 'same', is.same, 'hand', is.hand, 'seen', now, 'post', ARGV[3])
redis.call('PUBLISH', ARGV[7], 'seat ' .. id)
return 'taken'
