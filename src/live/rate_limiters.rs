//! Four rate limiters and one row of requests: what each lets through at the
//! edge of a minute, and what it costs in memory.
//!
//! The time is an argument of the scripts, so a minute takes no minute and
//! what is let through is the same on every machine. The memory is measured.

use super::scene::{Scene, lost};
use crate::error::Result;
use catalog::text;
use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands as _, Script};

/// How many requests a window allows, and how long it is in seconds.
const LIMIT: u64 = 5;
const WINDOW: u64 = 60;

/// A stretch as long as the two bursts at the edge, in seconds.
const MOMENT: u64 = 10;

/// When requests come, in seconds: before the edge, behind it, later.
const REQUESTS: [&[u64]; 3] = [
    &[55, 56, 57, 58, 59],
    &[60, 61, 62, 63, 64],
    &[70, 80, 90, 100, 110, 120, 130],
];

/// How many requests of one user the costs are measured with at the end.
const MANY: u64 = 1000;

const KEYS: &str = "lab:demo:limit:";

/// The scripts of the section, letter by letter (a test compares their SHA-1).
const FIXED: &str = "
  local used = redis.call('INCR', KEYS[1])
  if used == 1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
  return used <= tonumber(ARGV[1]) and 1 or 0
";
const LOG: &str = "
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3] - ARGV[2])
  if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
  redis.call('ZADD', KEYS[1], ARGV[3], ARGV[4])
  redis.call('EXPIRE', KEYS[1], ARGV[2])
  return 1
";
const COUNTER: &str = "
  local limit, window, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
  local used = tonumber(redis.call('GET', KEYS[1]) or 0)
  local before = tonumber(redis.call('GET', KEYS[2]) or 0)
  local overlap = 1 - (now % window) / window
  if used + before * overlap >= limit then return 0 end
  redis.call('INCR', KEYS[1])
  redis.call('EXPIRE', KEYS[1], 2 * window)
  return 1
";
const BUCKET: &str = "
  local limit, window, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
  local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
  local tokens, at = tonumber(bucket[1] or limit), tonumber(bucket[2] or now)
  tokens = math.min(limit, tokens + (now - at) * limit / window)
  local allowed = tokens >= 1 and 1 or 0
  redis.call('HSET', KEYS[1], 'tokens', tostring(tokens - allowed), 'at', ARGV[3])
  redis.call('EXPIRE', KEYS[1], window)
  return allowed
";

/// A way to limit requests.
struct Limiter {
    /// Its name in English and in Polish.
    name: [&'static str; 2],
    script: &'static str,
    /// How many windows back its keys reach; `None`: one key for all time.
    windows: Option<u64>,
}

const LIMITERS: [Limiter; 4] = [
    Limiter {
        name: ["fixed window", "stałe okno"],
        script: FIXED,
        windows: Some(1),
    },
    Limiter {
        name: ["sliding log", "przesuwne okno"],
        script: LOG,
        windows: None,
    },
    Limiter {
        name: ["sliding counter", "przesuwny licznik"],
        script: COUNTER,
        windows: Some(2),
    },
    Limiter {
        name: ["token bucket", "kubełek"],
        script: BUCKET,
        windows: None,
    },
];

impl Limiter {
    /// The keys of a request at this time, the current window's first.
    fn keys(&self, now: u64) -> Vec<String> {
        let kind = self.name[0].replace(' ', "-");
        let Some(windows) = self.windows else {
            return vec![format!("{KEYS}{kind}")];
        };
        // One window later than zero, so that there always is one before.
        let window = now / WINDOW + 1;
        (0..windows)
            .map(|back| format!("{KEYS}{kind}:{}", window - back))
            .collect()
    }

    /// Whether a request is let through.
    async fn allows(
        &self,
        connection: &mut MultiplexedConnection,
        limit: u64,
        now: u64,
        id: u64,
    ) -> Result<bool> {
        let script = Script::new(self.script);
        let mut call = script.prepare_invoke();
        for key in self.keys(now) {
            call.key(key);
        }
        call.arg(limit).arg(WINDOW).arg(now).arg(format!("r{id}"));
        call.invoke_async(connection).await.map_err(lost)
    }

    /// The bytes its keys take at this time; `None` where the user may not ask.
    async fn bytes(&self, connection: &mut MultiplexedConnection, now: u64) -> Option<u64> {
        let mut sum = 0;
        for key in self.keys(now) {
            let used: Option<u64> = redis::cmd("MEMORY")
                .arg("USAGE")
                .arg(key)
                .query_async(connection)
                .await
                .ok()?;
            sum += used.unwrap_or(0);
        }
        Some(sum)
    }
}

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut connection = scene.connect().await?;
    scene.tell(text!(
        lang,
        "Limit: {LIMIT} requests in {WINDOW} s. ● let through, · refused; seconds 55-59 | 60-64 | then every 10th until 130",
        "Limit: {LIMIT} żądań na {WINDOW} s. ● przeszło, · odrzucone; sekundy 55-59 | 60-64 | potem co dziesiąta do 130"
    ))?;
    for limiter in &LIMITERS {
        let (picture, passed) = requests(limiter, &mut connection).await?;
        let (short, long) = (most_within(MOMENT, &passed), most_within(WINDOW, &passed));
        // All pictures begin in the same column.
        let name = format!("{:>17}", lang.pick(limiter.name[0], limiter.name[1]));
        scene.say(
            &name,
            text!(
                lang,
                "{picture}  most in {MOMENT} s: {short}, in {WINDOW} s: {long}",
                "{picture}  najwięcej w {MOMENT} s: {short}, w {WINDOW} s: {long}"
            ),
        )?;
    }
    clean(&mut connection).await?;
    let mut costs = Vec::new();
    for limiter in &LIMITERS {
        for id in 0..MANY {
            limiter.allows(&mut connection, MANY, WINDOW, id).await?;
        }
        if let Some(bytes) = limiter.bytes(&mut connection, WINDOW).await {
            costs.push(format!(
                "{} {bytes}",
                lang.pick(limiter.name[0], limiter.name[1])
            ));
        }
    }
    clean(&mut connection).await?;
    if costs.is_empty() {
        return Ok(());
    }
    let costs = costs.join(", ");
    scene.tell(text!(
        lang,
        "Memory for one user with {MANY} requests in a window, in bytes: {costs}.",
        "Pamięć na jednego użytkownika przy {MANY} żądań w oknie, w bajtach: {costs}."
    ))
}

/// Sends the row of requests; gives what is seen of it, and when those came
/// that were let through.
async fn requests(
    limiter: &Limiter,
    connection: &mut MultiplexedConnection,
) -> Result<(String, Vec<u64>)> {
    let (mut picture, mut passed) = (Vec::new(), Vec::new());
    for group in REQUESTS {
        let mut marks = String::new();
        for now in group {
            let allowed = limiter.allows(connection, LIMIT, *now, *now).await?;
            marks.push(if allowed { '●' } else { '·' });
            if allowed {
                passed.push(*now);
            }
        }
        picture.push(marks);
    }
    Ok((picture.join(" | "), passed))
}

/// The most of these times that lie within so many seconds, wherever they
/// begin.
fn most_within(seconds: u64, times: &[u64]) -> usize {
    let from = |start: u64| {
        let end = start + seconds;
        times.iter().filter(|at| (start..end).contains(at)).count()
    };
    times.iter().map(|start| from(*start)).max().unwrap_or(0)
}

async fn clean(connection: &mut MultiplexedConnection) -> Result<()> {
    let keys: Vec<String> = LIMITERS
        .iter()
        .flat_map(|limiter| {
            let times = REQUESTS.concat();
            times.into_iter().flat_map(|now| limiter.keys(now))
        })
        .collect();
    connection.del(keys).await.map_err(lost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::Library;
    use catalog::lang::Lang;

    #[test]
    fn the_demo_runs_the_scripts_of_the_section() {
        let library = Library::new(None);
        for lang in Lang::ALL {
            let lesson = library.get("patterns", lang).unwrap();
            for limiter in &LIMITERS {
                let script = Script::new(limiter.script);
                assert!(
                    lesson.source.contains(script.get_hash()),
                    "{lang:?}: {}",
                    limiter.name[0]
                );
            }
        }
    }

    #[test]
    fn a_window_may_begin_at_any_request() {
        assert_eq!(most_within(60, &[]), 0);
        assert_eq!(most_within(60, &[0, 59, 60]), 2);
        assert_eq!(most_within(60, &[55, 59, 60, 64, 114, 115]), 5);
        assert_eq!(most_within(10, &[55, 59, 60, 64, 65]), 4);
    }
}
