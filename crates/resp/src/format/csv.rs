//! A reply as `redis-cli --csv` prints it: its values in one line, whatever
//! their nesting, strings quoted as on a terminal.

use super::{Printed, children, write_quoted, write_scalar};
use crate::Reply;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Writes a reply as `redis-cli --csv` does, newline at the end.
///
/// # Errors
/// When `out` fails.
pub fn write_csv(
    reply: &Reply,
    out: &mut impl Write,
    cancel: Option<&AtomicBool>,
) -> io::Result<Printed> {
    let mut levels = Vec::new();
    let mut current = Some(reply);
    loop {
        if let Some(value) = current.take() {
            match (children(value), value) {
                // Attributes are about the reply, not part of its data.
                (_, Reply::Attribute(_, inner)) => {
                    current = Some(inner);
                    continue;
                }
                (Some((items, _)), _) => levels.push((items, 0)),
                (None, _) => write_field(value, out)?,
            }
        }
        let Some((items, next)) = levels.last_mut() else {
            out.write_all(b"\n")?;
            return Ok(Printed::Whole);
        };
        if cancel.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Ok(Printed::Cut);
        }
        match items.step(*next) {
            Some((child, _)) => {
                if *next > 0 {
                    out.write_all(b",")?;
                }
                *next += 1;
                current = Some(child);
            }
            None => {
                levels.pop();
            }
        }
    }
}

fn write_field(value: &Reply, out: &mut impl Write) -> io::Result<()> {
    match value {
        Reply::Nil => out.write_all(b"NULL"),
        Reply::Error(text) => {
            out.write_all(b"ERROR,")?;
            write_quoted(text.as_bytes(), out)
        }
        Reply::Status(text) => write_quoted(text.as_bytes(), out),
        Reply::Verbatim(_, bytes) => write_quoted(bytes, out),
        Reply::Int(n) => write!(out, "{n}"),
        Reply::Double(text) | Reply::BigNumber(text) => out.write_all(text.as_bytes()),
        Reply::Bool(value) => write!(out, "{value}"),
        other => write_scalar(other, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(reply: &Reply) -> String {
        let mut out = Vec::new();
        assert_eq!(write_csv(reply, &mut out, None).unwrap(), Printed::Whole);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn everything_is_one_line_of_fields() {
        let bulk = |text: &str| Reply::Bulk(text.into());
        let nested = Reply::Array(vec![
            bulk("a\"b"),
            Reply::Array(vec![Reply::Int(1), Reply::Array(Vec::new()), Reply::Nil]),
            Reply::Map(vec![(bulk("k"), Reply::Bool(true))]),
            Reply::Double("1.5".into()),
        ]);
        assert_eq!(csv(&nested), "\"a\\\"b\",1,,NULL,\"k\",true,1.5\n");
        assert_eq!(csv(&Reply::Status("OK".into())), "\"OK\"\n");
        assert_eq!(csv(&Reply::Error("ERR no".into())), "ERROR,\"ERR no\"\n");
        assert_eq!(csv(&Reply::Array(Vec::new())), "\n");
    }
}
