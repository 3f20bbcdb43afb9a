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
  redis-lab serve --dir ./data             keep the data there (dump.rdb)
  redis-lab serve --dir ./data --appendonly yes --appendfsync always
  redis-lab serve --set aclfile=users.acl  users from a file; ACL SAVE writes it";

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
    /// Keep the data in this directory; without it they are in memory only
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// When a snapshot is taken: after SECONDS with CHANGES, any number of such
    /// pairs; "" for never [default: "3600 1 300 100 60 10000"]
    #[arg(long, value_name = "PAIRS", requires = "dir", value_parser = parse_save_points)]
    pub save: Option<String>,
    /// Write every change to an append-only file before it is answered
    #[arg(long, value_name = "yes|no", requires = "dir", value_parser = ["yes", "no"])]
    pub appendonly: Option<String>,
    /// When the append-only file is on the disk for certain [default: everysec]
    #[arg(long, value_name = "WHEN", requires = "dir", value_parser = ["always", "everysec", "no"])]
    pub appendfsync: Option<String>,
    /// Set any other parameter, as CONFIG SET does
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = parse_parameter)]
    pub parameters: Vec<(String, String)>,
    /// Allow the DEBUG command
    #[arg(long, hide = true)]
    pub enable_debug_command: bool,
    /// Allow CONFIG SET dir and dbfilename
    #[arg(long, hide = true)]
    pub enable_protected_configs: bool,
}

/// Checks save points as redis.conf has them.
fn parse_save_points(text: &str) -> Result<String, BadValue> {
    let numbers: Vec<&str> = text.split_ascii_whitespace().collect();
    let are_pairs = numbers.chunks(2).all(|pair| {
        let number = |text: &&str| text.parse::<i64>().is_ok_and(|n| n >= 0);
        pair.len() == 2 && pair.iter().all(number) && pair[0] != "0"
    });
    if are_pairs {
        return Ok(numbers.join(" "));
    }
    Err(BadValue(text!(
        "save points are pairs of seconds and changes, such as \"60 1\"",
        "punkty zapisu to pary: liczba sekund i liczba zmian, na przykład „60 1”",
    )))
}

fn parse_parameter(text: &str) -> Result<(String, String), BadValue> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(BadValue(text!(
            "write NAME=VALUE, such as maxmemory-policy=allkeys-lru",
            "napisz NAZWA=WARTOŚĆ, na przykład maxmemory-policy=allkeys-lru",
        ))),
    }
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
                "nieznana jednostka „{unit}”; użyj kb, mb albo gb",
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
    fn save_points_are_pairs() {
        assert_eq!(parse_save_points(" 60  1 300 0"), Ok("60 1 300 0".into()));
        assert_eq!(parse_save_points(""), Ok(String::new()));
        for wrong in ["60", "60 1 300", "0 1", "-1 1", "a b"] {
            assert!(parse_save_points(wrong).is_err(), "{wrong}");
        }
    }

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
