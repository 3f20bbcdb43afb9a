//! A reply as `redis-cli --csv` prints it: its values in one line, whatever
//! their nesting, strings quoted as on a terminal.

use super::common::{Printed, write_flat, write_quoted, write_scalar};
use crate::Reply;
use std::io::{self, Write};
use std::sync::atomic::AtomicBool;

/// Writes a reply as `redis-cli --csv` does, newline at the end.
///
/// # Errors
/// When `out` fails.
pub fn write_csv(
    reply: &Reply,
    out: &mut impl Write,
    cancel: Option<&AtomicBool>,
) -> io::Result<Printed> {
    let printed = write_flat(reply, out, cancel, write_field, |_| b",")?;
    if printed == Printed::Whole {
        out.write_all(b"\n")?;
    }
    Ok(printed)
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
