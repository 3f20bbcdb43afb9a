//! `:format table`: replies whose parts have names, such as a hash or CLIENT
//! LIST, as a table that fits the width.
//!
//! What is too wide is first broken within its cells and then shown a block
//! for each row; nothing is left out, but for columns of CLIENT LIST, which are
//! counted.

mod read;

use catalog::lang::Lang;
use catalog::text;
use read::read;
use resp::Reply;
use resp::format::Printed;
use std::io::{self, Write};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// What stands between two columns.
const BETWEEN: &str = " | ";
/// A column is broken to no less than this.
const NARROWEST: usize = 8;

/// How a table is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// So wide at most.
    pub columns: usize,
    /// So many rows at most.
    pub rows: usize,
    /// The language of what is said about it.
    pub lang: Lang,
}

/// A reply read as rows.
#[derive(Debug, Default)]
struct Sheet {
    /// Said above the table.
    above: Option<String>,
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
    /// How many rows there are, those that were not read too.
    total: usize,
    /// Columns may be left out from the right, so many are left out.
    may_drop: bool,
    dropped: usize,
}

/// Writes a reply as a table; `None` where it has no parts to make one of.
///
/// # Errors
/// When `out` fails.
pub fn write_table(
    argv: &[Vec<u8>],
    reply: &Reply,
    shape: Shape,
    out: &mut impl Write,
) -> io::Result<Option<Printed>> {
    let Some(mut sheet) = read(argv, reply, shape) else {
        return Ok(None);
    };
    if let Some(above) = &sheet.above {
        writeln!(out, "{above}")?;
    }
    match sheet.widths(shape.columns) {
        Some(widths) => sheet.grid(&widths, out)?,
        None => sheet.blocks(shape.columns, out)?,
    }
    let (shown, total, dropped) = (sheet.rows.len(), sheet.total, sheet.dropped);
    let lang = shape.lang;
    let mut foot = match (shown < total, total) {
        (true, _) => text!(lang, "{shown} of {total} rows", "{shown} z {total} wierszy"),
        (false, 1) => lang.pick("1 row", "1 wiersz").to_owned(),
        (false, _) => text!(lang, "{total} rows", "wierszy: {total}"),
    };
    if dropped > 0 {
        foot.push_str(&text!(
            lang,
            "; columns without room: {dropped}, :format raw shows them",
            "; kolumn bez miejsca: {dropped}, pokaże je :format raw"
        ));
    }
    writeln!(out, "({foot})")?;
    Ok(Some(if shown < total {
        Printed::Cut
    } else {
        Printed::Whole
    }))
}

impl Sheet {
    /// How wide each column is, where the table fits as a grid.
    fn widths(&mut self, columns: usize) -> Option<Vec<usize>> {
        let natural = |at: usize| -> usize {
            let cells = self.rows.iter().filter_map(|row| row.get(at));
            let widest = cells.map(|cell| cell.width()).max().unwrap_or(0);
            widest.max(self.heads[at].width())
        };
        let mut widths: Vec<usize> = (0..self.heads.len()).map(natural).collect();
        let taken = |widths: &[usize]| {
            widths.iter().sum::<usize>() + BETWEEN.len() * widths.len().saturating_sub(1)
        };
        while self.may_drop && widths.len() > 1 && taken(&widths) > columns {
            widths.pop();
            self.dropped += 1;
        }
        // The widest gives way first.
        while taken(&widths) > columns {
            let over = taken(&widths) - columns;
            let widest = widths.iter().copied().max()?;
            if widest <= NARROWEST {
                return None;
            }
            let at = widths.iter().position(|width| *width == widest)?;
            let below = widths.iter().filter(|width| **width < widest).max();
            let least = below.copied().unwrap_or(0).max(NARROWEST);
            // To the next widest at once, as far as that is needed.
            let step = (widest - least).clamp(1, over);
            widths[at] = widest - step;
        }
        // A grid of slivers reads worse than a block for each row.
        let slivers = widths.iter().filter(|width| **width == NARROWEST).count();
        (slivers < 3 || taken(&widths) < columns).then_some(widths)
    }

    fn grid(&self, widths: &[usize], out: &mut impl Write) -> io::Result<()> {
        let right: Vec<bool> = (0..widths.len()).map(|at| self.is_numbers(at)).collect();
        line(&self.heads, widths, &vec![false; widths.len()], out)?;
        let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        writeln!(out, "{}", rules.join("-+-"))?;
        for row in &self.rows {
            line(row, widths, &right, out)?;
        }
        Ok(())
    }

    fn is_numbers(&self, at: usize) -> bool {
        let cells = self.rows.iter().filter_map(|row| row.get(at));
        let mut cells = cells.filter(|cell| !cell.is_empty()).peekable();
        cells.peek().is_some() && cells.all(|cell| cell.parse::<f64>().is_ok())
    }

    /// A block for each row, its cells one below the other.
    fn blocks(&self, columns: usize, out: &mut impl Write) -> io::Result<()> {
        let widest = self.heads.iter().map(|head| head.width()).max();
        let name = widest.unwrap_or(0).min(columns / 2);
        let value = columns.saturating_sub(name + BETWEEN.len()).max(1);
        for (number, row) in self.rows.iter().enumerate() {
            let title = format!("-[ {} ]", number + 1);
            writeln!(out, "{title:-<columns$}", columns = columns.min(40))?;
            for (head, cell) in self.heads.iter().zip(row) {
                let pair = [head.clone(), cell.clone()];
                line(&pair, &[name, value], &[false, false], out)?;
            }
        }
        Ok(())
    }
}

/// One row; cells that are too wide go on in the next lines.
fn line(
    cells: &[String],
    widths: &[usize],
    right: &[bool],
    out: &mut impl Write,
) -> io::Result<()> {
    let empty = String::new();
    let broken: Vec<Vec<&str>> = widths
        .iter()
        .enumerate()
        .map(|(at, width)| broken(cells.get(at).unwrap_or(&empty), *width))
        .collect();
    let lines = broken.iter().map(Vec::len).max().unwrap_or(0);
    for number in 0..lines {
        let mut text = String::new();
        for (at, width) in widths.iter().enumerate() {
            if at > 0 {
                text.push_str(BETWEEN);
            }
            let piece = broken[at].get(number).copied().unwrap_or_default();
            let gap = " ".repeat(width.saturating_sub(piece.width()));
            if right[at] {
                text.push_str(&(gap + piece))
            } else {
                text.push_str(&(piece.to_owned() + &gap))
            }
        }
        writeln!(out, "{}", text.trim_end())?;
    }
    Ok(())
}

/// A text in pieces of at most so many columns.
fn broken(text: &str, width: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (at, c) in text.char_indices() {
        let wide = c.width().unwrap_or(0);
        if used + wide > width && at > start {
            pieces.push(&text[start..at]);
            (start, used) = (at, 0);
        }
        used += wide;
    }
    pieces.push(&text[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(line: &str, reply: &Reply, columns: usize) -> String {
        let argv = resp::split::split(line.as_bytes()).unwrap();
        let shape = Shape {
            columns,
            rows: 100,
            lang: Lang::En,
        };
        let mut out = Vec::new();
        let printed = write_table(&argv, reply, shape, &mut out).unwrap();
        match printed {
            Some(_) => String::from_utf8(out).unwrap(),
            None => String::new(),
        }
    }

    fn bulk(text: &str) -> Reply {
        Reply::Bulk(text.as_bytes().to_vec())
    }

    fn flat(words: &[&str]) -> Reply {
        Reply::Array(words.iter().map(|word| bulk(word)).collect())
    }

    #[test]
    fn pairs_have_two_columns() {
        let hash = flat(&["name", "Ala", "age", "7", "note", ""]);
        assert_eq!(
            table("hgetall h", &hash, 80),
            "field | value\n------+------\nname  | Ala\nage   | 7\nnote  | \"\"\n(3 rows)\n"
        );
        let ranking = flat(&["ola", "2", "ala", "10"]);
        assert_eq!(
            table("zrange z 0 -1 withscores", &ranking, 80),
            "member | score\n-------+------\nola    |     2\nala    |    10\n(2 rows)\n"
        );
        let map = Reply::Map(vec![(bulk("maxmemory"), bulk("0"))]);
        assert_eq!(
            table("config get maxmemory", &map, 80),
            "setting   | value\n----------+------\nmaxmemory |     0\n(1 row)\n"
        );
    }

    #[test]
    fn entries_of_a_stream_have_a_column_for_each_field() {
        let entry = |id: &str, fields: &[&str]| Reply::Array(vec![bulk(id), flat(fields)]);
        let entries = Reply::Array(vec![
            entry("1-1", &["item", "tea"]),
            entry("2-1", &["item", "coffee", "size", "2"]),
        ]);
        assert_eq!(
            table("xrange s - +", &entries, 80),
            "id  | item   | size\n----+--------+-----\n1-1 | tea    |\n2-1 | coffee |    2\n(2 rows)\n"
        );
        let read = Reply::Array(vec![Reply::Array(vec![bulk("s"), entries])]);
        assert!(table("xread streams s 0", &read, 80).starts_with("stream | id  | item"));
    }

    #[test]
    fn reports_are_read_too() {
        let info = bulk("# Server\r\nredis_version:8.0.2\r\n\r\n# Keyspace\r\n");
        assert_eq!(
            table("INFO", &info, 80),
            "section | field         | value\n--------+---------------+------\nServer  | redis_version | 8.0.2\n(1 row)\n"
        );
        let clients = bulk("id=3 addr=1:2 cmd=get qbuf=0\nid=4 addr=1:3 cmd=client|list qbuf=26\n");
        let text = table("client list", &clients, 28);
        assert_eq!(
            text,
            "id | addr | cmd\n---+------+------------\n 3 | 1:2  | get\n 4 | 1:3  | client|list\n\
             (2 rows; columns without room: 1, :format raw shows them)\n"
        );
    }

    #[test]
    fn what_is_wide_is_broken_and_what_is_many_is_stacked() {
        let hash = flat(&["text", "abcdefghijklmnopqrstuvwxyz"]);
        assert_eq!(
            table("hgetall h", &hash, 20),
            "field | value\n------+-------------\ntext  | abcdefghijkl\n      | mnopqrstuvwx\n      | yz\n(1 row)\n"
        );
        let fields: Vec<String> = (0..8).map(|n| format!("a-long-name-{n}")).collect();
        let mut words = Vec::new();
        for field in &fields {
            words.extend([field.as_str(), "some value of it"]);
        }
        let entry = Reply::Array(vec![Reply::Array(vec![bulk("1-1"), flat(&words)])]);
        let text = table("xrange s - +", &entry, 40);
        assert!(
            text.starts_with("-[ 1 ]") && text.contains("a-long-name-7 | some value of it"),
            "{text}"
        );
        assert!(text.lines().all(|line| line.width() <= 40), "{text}");
    }

    #[test]
    fn everything_else_is_numbered_or_no_table() {
        let list = Reply::Array(vec![bulk("a b"), Reply::Nil, bulk("\u{1b}[2J")]);
        assert_eq!(
            table("lrange l 0 -1", &list, 80),
            "# | value\n--+----------\n1 | a b\n2 | (nil)\n3 | \"\\x1b[2J\"\n(3 rows)\n"
        );
        assert_eq!(table("get k", &bulk("v"), 80), "");
        assert_eq!(table("lrange l 0 -1", &Reply::Array(vec![]), 80), "");
        let many = Reply::Array((0..150).map(Reply::Int).collect());
        assert!(table("lrange l 0 -1", &many, 80).ends_with("(100 of 150 rows)\n"));
    }
}
