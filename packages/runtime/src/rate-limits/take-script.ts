import { createHash } from 'node:crypto';

/** A Lua script, and the name by which Redis remembers it. */
export interface RedisScript {
  text: string;
  sha: string;
}

/**
 * Counts one on all counters or on none. KEYS: the counters. ARGV: for each its limit and its window in microseconds. Answers for each how
 * many its window held before, and in how many microseconds it has room for one more than now (`Standing`).
 *
 * A counter is the list of the times it counted, in microseconds of Redis' own clock, oldest first: exact, 9 bytes a time, and the entry that
 * must leave before `limit` has room is the one `limit` places from the end. Needs Redis 5 or newer (writes after TIME).
 */
export const takeScript = scriptOf(`
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local answer, free = {}, true

local function timeAt(key, index)
  return tonumber(redis.call('LINDEX', key, index))
end

for i, key in ipairs(KEYS) do
  local limit, window = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  -- Later than now: counted before the clock was set back. It counts as of now, so that nobody waits longer than a window.
  local last = -1
  while (timeAt(key, last) or now) > now do
    redis.call('LSET', key, last, string.format('%.0f', now))
    last = last - 1
  end
  while (timeAt(key, 0) or now) + window <= now do
    redis.call('LPOP', key)
  end
  local counted = redis.call('LLEN', key)
  free = free and counted < limit
  answer[2 * i - 1] = counted
  answer[2 * i] = (timeAt(key, math.max(0, counted - limit)) or now) + window - now
end

if free then
  for i, key in ipairs(KEYS) do
    redis.call('RPUSH', key, string.format('%.0f', now))
    -- A second more than the window: keys expire by a coarser clock, and must not take with them what still counts.
    redis.call('PEXPIRE', key, ARGV[2 * i] / 1000 + 1000)
  end
end
return answer
`);

function scriptOf(text: string): RedisScript {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}
