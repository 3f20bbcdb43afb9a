//! Options of `redis-lab serve`.

use super::value::BadValue;
use catalog::text;
use clap::Args;
use std::net::IpAddr;
use std::path::PathBuf;

/// Examples shown by `serve --help`.
pub const EXAMPLES: &str = "Examples:
  redis-lab serve                          on 127.0.0.1:6380, until Ctrl-C
  redis-lab serve --port 0                 on a free port, which is printed
  redis-lab serve --unixsocket /tmp/r.sock --port 0
  redis-lab serve --bind 0.0.0.0 --requirepass s3cret
  redis-lab serve --dir ./data             SAVE and BGSAVE write a snapshot there";

/// Options of `redis-lab serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// TCP port to listen on; 0 lets the system choose
    #[arg(long, value_name = "N", default_value_t = 6380)]
    pub port: u16,
    /// Address to listen on; another than loopback needs --requirepass
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
    pub bind: IpAddr,
    /// Listen on this Unix socket too
    #[cfg(unix)]
    #[arg(long, value_name = "PATH")]
    pub unixsocket: Option<PathBuf>,
    /// Password clients must give with AUTH
    #[arg(long, value_name = "PASSWORD")]
    pub requirepass: Option<String>,
    /// Refuse to store more than this (bytes, or 100mb, 1gb)
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub maxmemory: Option<u64>,
    /// Where SAVE and BGSAVE write their snapshot, read again at the next start
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Allow the DEBUG command
    #[arg(long, hide = true)]
    pub enable_debug_command: bool,
}

/// Reads a size as redis.conf does: `1k` is 1000 bytes, `1kb` is 1024.
fn parse_size(text: &str) -> Result<u64, BadValue> {
    let lower = text.to_ascii_lowercase();
    let digits = lower.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match &lower[digits.len()..] {
        "" | "b" => 1,
        "k" => 1000,
        "kb" => 1 << 10,
        "m" => 1_000_000,
        "mb" => 1 << 20,
        "g" => 1_000_000_000,
        "gb" => 1 << 30,
        unit => {
            return Err(BadValue(text!(
                "unknown unit \"{unit}\"; use kb, mb or gb",
                "nieznana jednostka \"{unit}\"; użyj kb, mb albo gb",
            )));
        }
    };
    let number: u64 = digits.parse().map_err(|_| {
        BadValue(text!(
            "a size is a number with an optional unit, such as 100mb",
            "rozmiar to liczba, a po niej może być jednostka: 100mb",
        ))
    })?;
    number.checked_mul(unit).ok_or_else(|| {
        BadValue(text!(
            "that is more than any machine has",
            "tyle pamięci nie ma żaden komputer",
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_redis_conf_reads_them() {
        assert_eq!(parse_size("100"), Ok(100));
        assert_eq!(parse_size("1k"), Ok(1000));
        assert_eq!(parse_size("2MB"), Ok(2 << 20));
        assert!(parse_size("1tb").is_err());
        assert!(parse_size("mb").is_err());
        assert!(parse_size("99999999999gb").is_err());
    }
}
