//! Four rate limiters and one row of requests: what each lets through at the
//! edge of a minute, and what it costs in memory.
//!
//! The time is an argument of the scripts, so a minute takes no minute and
//! what is let through is the same on every machine. The memory is measured.

use super::scene::{Actor, Scene};
use crate::error::Result;
use crate::runner::{Bar, Moment, Shape};
use catalog::text;
use resp::Reply;

/// How many requests a window allows, and how long it is in seconds.
const LIMIT: u64 = 5;
const WINDOW: u64 = 60;

/// A stretch as long as the two bursts at the edge, in seconds.
const MOMENT: u64 = 20;

/// When requests come, in seconds: before the edge, behind it, later.
const REQUESTS: [u64; 16] = [
    50, 52, 54, 56, 58, 60, 62, 64, 66, 68, 80, 90, 100, 110, 120, 130,
];

/// How many requests of one user the costs are measured with at the end.
const MANY: u64 = 300;

const KEYS: &str = "lab:demo:limit:";

/// The scripts of the section, letter by letter (a test compares them).
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
        name: ["sliding log", "dziennik żądań"],
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

    /// Loads its script; gives the name by which it is called.
    async fn load(&self, connection: &mut Actor) -> Result<String> {
        let sha = connection.ask(&["SCRIPT", "LOAD", self.script]).await?;
        Ok(sha.as_str().unwrap_or_default().to_owned())
    }

    /// Whether a request at this time is let through.
    async fn allows(
        &self,
        connection: &mut Actor,
        sha: &str,
        limit: u64,
        now: u64,
        id: u64,
    ) -> Result<bool> {
        let keys = self.keys(now);
        let mut words = vec!["EVALSHA".to_owned(), sha.to_owned(), keys.len().to_string()];
        words.extend(keys);
        words.extend([limit, WINDOW, now].map(|number| number.to_string()));
        words.push(format!("r{id}"));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        Ok(connection.number(&words).await? == 1)
    }

    /// The bytes its keys take at this time; `None` where the user may not ask.
    async fn bytes(&self, connection: &mut Actor, now: u64) -> Result<Option<i64>> {
        let mut sum = 0;
        for key in self.keys(now) {
            match connection.reply(&["MEMORY", "USAGE", &key]).await? {
                Reply::Error(_) => return Ok(None),
                used => sum += used.as_int().unwrap_or(0),
            }
        }
        Ok(Some(sum))
    }
}

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut connection = scene.actor().await?;
    let name = |limiter: &Limiter| lang.pick(limiter.name[0], limiter.name[1]).to_owned();
    let mut moments = Vec::new();
    let (mut at_the_edge, mut in_a_window) = (Vec::new(), Vec::new());
    for limiter in &LIMITERS {
        let passed = requests(limiter, &mut connection).await?;
        moments.extend(REQUESTS.iter().map(|at| Moment {
            lane: name(limiter),
            at: (*at * 1000) as f64,
            label: String::new(),
            refused: !passed.contains(at),
        }));
        for (counts, seconds) in [(&mut at_the_edge, MOMENT), (&mut in_a_window, WINDOW)] {
            counts.push(format!(
                "{} {}",
                name(limiter),
                most_within(seconds, &passed)
            ));
        }
    }
    clean(&mut connection).await?;
    scene.draw(
        text!(
            lang,
            "The limit is {LIMIT} requests in {WINDOW} s, and a minute ends at 60 s",
            "Limit to {LIMIT} żądań na {WINDOW} s, a minuta kończy się w chwili 60 s"
        ),
        Shape::Timeline { moments },
    )?;
    let (at_the_edge, in_a_window) = (at_the_edge.join(", "), in_a_window.join(", "));
    scene.tell(text!(
        lang,
        "The most that passed within {MOMENT} s: {at_the_edge}; within {WINDOW} s: {in_a_window}.",
        "Najwięcej przeszło w {MOMENT} s: {at_the_edge}; w {WINDOW} s: {in_a_window}."
    ))?;
    let mut bars = Vec::new();
    for limiter in &LIMITERS {
        let sha = limiter.load(&mut connection).await?;
        for id in 0..MANY {
            limiter
                .allows(&mut connection, &sha, MANY, WINDOW, id)
                .await?;
        }
        if let Some(bytes) = limiter.bytes(&mut connection, WINDOW).await? {
            bars.push(Bar {
                label: name(limiter),
                value: bytes as f64,
                text: format!("{bytes} B"),
            });
        }
    }
    clean(&mut connection).await?;
    if bars.is_empty() {
        return Ok(());
    }
    scene.draw(
        text!(
            lang,
            "Memory for one user with {MANY} requests in a window",
            "Pamięć na jednego użytkownika przy {MANY} żądaniach w oknie"
        ),
        Shape::Bars { bars },
    )
}

/// Sends the row of requests; gives when those came that were let through.
async fn requests(limiter: &Limiter, connection: &mut Actor) -> Result<Vec<u64>> {
    let sha = limiter.load(connection).await?;
    let mut passed = Vec::new();
    for now in REQUESTS {
        if limiter.allows(connection, &sha, LIMIT, now, now).await? {
            passed.push(now);
        }
    }
    Ok(passed)
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

async fn clean(connection: &mut Actor) -> Result<()> {
    for limiter in &LIMITERS {
        for now in REQUESTS {
            for key in limiter.keys(now) {
                connection.ask(&["DEL", &key]).await?;
            }
        }
    }
    Ok(())
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
                let loaded = format!("SCRIPT LOAD \"{}\"", limiter.script);
                assert!(lesson.source.contains(&loaded), "{lang:?}: {loaded}");
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
