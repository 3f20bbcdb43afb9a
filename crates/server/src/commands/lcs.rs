//! LCS: the longest common subsequence of two strings.

use crate::engine::ctx::Ctx;
use crate::store::Value;
use crate::wire::args::{int_arg, is};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

#[derive(Debug, Default)]
struct Options {
    len: bool,
    idx: bool,
    min_match_len: i64,
    with_match_len: bool,
}

fn parse(args: &[&[u8]]) -> CmdResult<Options> {
    let mut options = Options::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if is(arg, "IDX") {
            options.idx = true;
        } else if is(arg, "LEN") {
            options.len = true;
        } else if is(arg, "WITHMATCHLEN") {
            options.with_match_len = true;
        } else if is(arg, "MINMATCHLEN")
            && let Some(n) = args.next()
        {
            options.min_match_len = int_arg(n)?.max(0);
        } else {
            return Err(errors::SYNTAX);
        }
    }
    Ok(options)
}

fn string(ctx: &mut Ctx<'_>, key: &[u8]) -> CmdResult<Vec<u8>> {
    match ctx.read(key) {
        None => Ok(Vec::new()),
        Some(Value::String(value)) => Ok(value.bytes().into_owned()),
        Some(_) => Err(CmdError::new(
            "ERR The specified keys must contain string values",
        )),
    }
}

/// A run of bytes both strings share: inclusive places in each.
#[derive(Debug, Clone, Copy)]
struct Match {
    a: (usize, usize),
    b: (usize, usize),
}

impl Match {
    fn len(&self) -> usize {
        self.a.1 - self.a.0 + 1
    }
}

/// `LCS key1 key2 [LEN] [IDX] [MINMATCHLEN n] [WITHMATCHLEN]`
pub fn lcs(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    // Both are looked up before either can be of the wrong type.
    let (a, b) = (string(ctx, argv[1]), string(ctx, argv[2]));
    let (a, b) = (a?, b?);
    let options = parse(&argv[3..])?;
    if options.idx && options.len {
        return Err(CmdError::new(
            "ERR If you want both the length and indexes, please just use IDX.",
        ));
    }
    if a.len() >= u32::MAX as usize - 1 || b.len() >= u32::MAX as usize - 1 {
        return Err(CmdError::new("ERR String too long for LCS"));
    }
    let cells = (a.len() as u64 + 1) * (b.len() as u64 + 1);
    if cells.saturating_mul(4) > ctx.server.settings.proto_max_bulk_len as u64 {
        return Err(CmdError::new(
            "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
        ));
    }
    let width = b.len() + 1;
    // table[i * width + j]: the length for the first i and j bytes.
    let mut table = vec![0_u32; cells as usize];
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            table[i * width + j] = if a[i - 1] == b[j - 1] {
                table[(i - 1) * width + j - 1] + 1
            } else {
                table[(i - 1) * width + j].max(table[i * width + j - 1])
            };
        }
    }
    let total = table[a.len() * width + b.len()] as usize;
    if options.len {
        out.len(total);
        return Ok(());
    }
    let (common, matches) = walk_back(&a, &b, &table, total);
    if !options.idx {
        out.bulk(&common);
        return Ok(());
    }
    let kept: Vec<&Match> = matches
        .iter()
        .filter(|m| m.len() as i64 >= options.min_match_len)
        .collect();
    out.map(2);
    out.bulk(b"matches");
    out.array(kept.len());
    for found in kept {
        out.array(if options.with_match_len { 3 } else { 2 });
        for (start, end) in [found.a, found.b] {
            out.array(2);
            out.len(start);
            out.len(end);
        }
        if options.with_match_len {
            out.len(found.len());
        }
    }
    out.bulk(b"len");
    out.len(total);
    Ok(())
}

/// Follows the table from its end to its beginning: the subsequence, and the
/// runs in the order they are met (the last first).
fn walk_back(a: &[u8], b: &[u8], table: &[u32], total: usize) -> (Vec<u8>, Vec<Match>) {
    let width = b.len() + 1;
    let mut common = vec![0; total];
    let mut at = total;
    let mut matches = Vec::new();
    let mut run: Option<Match> = None;
    let (mut i, mut j) = (a.len(), b.len());
    while i > 0 && j > 0 {
        if a[i - 1] == b[j - 1] {
            at -= 1;
            common[at] = a[i - 1];
            i -= 1;
            j -= 1;
            match &mut run {
                Some(run) if run.a.0 == i + 1 && run.b.0 == j + 1 => {
                    run.a.0 = i;
                    run.b.0 = j;
                }
                run => {
                    matches.extend(run.take());
                    *run = Some(Match {
                        a: (i, i),
                        b: (j, j),
                    });
                }
            }
        } else if table[(i - 1) * width + j] > table[i * width + j - 1] {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    matches.extend(run);
    (common, matches)
}
