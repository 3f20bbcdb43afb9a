//! `:cost`: the complexity of a command with the real numbers in it.

use super::commands::Commands;
use crate::conn::Client;
use crate::conn::ConnError;
use catalog::lang::Lang;
use catalog::{self, Variable};
use resp::Reply;
use std::time::Duration;

/// The complexity of a command that was run, what its letters count with the
/// number found on the server, and the time it took.
///
/// # Errors
/// When the second connection fails.
pub async fn cost(
    side: &mut Client,
    commands: &Commands,
    argv: &[Vec<u8>],
    reply: &Reply,
    took: Duration,
    lang: Lang,
) -> Result<String, ConnError> {
    let time = time_text(took, lang);
    let Some(command) = commands.find_argv(argv) else {
        return Ok(format!("{time}\n"));
    };
    let name = command.display_name();
    let Some(complexity) = &command.complexity else {
        return Ok(format!("{name}: {time}\n"));
    };
    let mut text = format!("{name}: {}", complexity.formula);
    for variable in complexity.variables {
        let meaning = variable.meaning(lang);
        match count(side, variable, argv, reply).await? {
            Some(n) => text.push_str(&format!(", {} = {n} ({meaning})", variable.letter)),
            None => text.push_str(&format!(", {}: {meaning}", variable.letter)),
        }
    }
    text.push_str(&format!(" · {time}\n"));
    Ok(text)
}

/// The time from sending a command to its reply.
fn time_text(took: Duration, lang: Lang) -> String {
    let micros = took.as_micros();
    match micros {
        ..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{} ms", lang.decimal(took.as_secs_f64() * 1e3, 2)),
        _ => format!("{} s", lang.decimal(took.as_secs_f64(), 2)),
    }
}

/// The real number behind a letter, where it can be told.
async fn count(
    side: &mut Client,
    variable: &Variable,
    argv: &[Vec<u8>],
    reply: &Reply,
) -> Result<Option<i64>, ConnError> {
    let keys = catalog::key_positions(argv);
    let first_key = keys.first().map(|&at| argv[at].clone());
    let ask = match variable.id {
        "list-length" => "LLEN",
        "set-size" | "first-set" => "SCARD",
        "hash-size" => "HLEN",
        "zset-size" => "ZCARD",
        "vset-size" => "VCARD",
        "string-bytes" | "first-length" => "STRLEN",
        "keys-in-db" => return Ok(side.ask(&["DBSIZE"]).await?.as_int()),
        other => return Ok(from_command(other, argv, &keys, reply)),
    };
    let Some(key) = first_key else {
        return Ok(None);
    };
    Ok(side.ask(&[ask.as_bytes(), &key]).await?.as_int())
}

/// Numbers that the command and its reply show.
fn from_command(id: &str, argv: &[Vec<u8>], keys: &[usize], reply: &Reply) -> Option<i64> {
    let given = argv.len().saturating_sub(1);
    let n = match id {
        "elements-returned" | "entries-returned" | "fields-returned" | "result-size"
        | "elements-popped" => match reply {
            Reply::Array(items) | Reply::Set(items) => items.len(),
            Reply::Map(pairs) => pairs.len(),
            Reply::Bulk(_) => 1,
            Reply::Nil => 0,
            _ => return None,
        },
        "bytes-returned" => reply.as_bytes()?.len(),
        "keys-given" | "keys-requested" | "sets-given" | "hlls-merged" => keys.len(),
        "keys-removed" | "elements-removed" => return reply.as_int(),
        "elements-given" | "members-given" | "fields-given" => match argv.first()?.as_slice() {
            name if name.eq_ignore_ascii_case(b"hset") || name.eq_ignore_ascii_case(b"zadd") => {
                given.saturating_sub(1) / 2
            }
            _ => given.saturating_sub(1),
        },
        "arguments-given" | "channels-given" | "patterns-given" | "scripts-given" => given,
        _ => return None,
    };
    i64::try_from(n).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_from_the_command_and_its_reply() {
        let argv = resp::split::split(b"hset h a 1 b 2").unwrap();
        assert_eq!(
            from_command("fields-given", &argv, &[1], &Reply::Int(2)),
            Some(2)
        );
        let reply = Reply::Array(vec![Reply::Nil; 3]);
        let argv = resp::split::split(b"lrange l 0 -1").unwrap();
        assert_eq!(
            from_command("elements-returned", &argv, &[1], &reply),
            Some(3)
        );
        assert_eq!(from_command("nonsense", &argv, &[1], &reply), None);
        assert_eq!(time_text(Duration::from_micros(250), Lang::En), "250 µs");
        assert_eq!(time_text(Duration::from_millis(1500), Lang::Pl), "1,50 s");
    }
}
