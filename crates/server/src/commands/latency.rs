//! LATENCY: what was slow, and how long each command takes.

use super::help::help;
use crate::engine::command::{Command, Row};
use crate::engine::ctx::Ctx;
use crate::state::latency::{Histogram, doctor, seconds_now, sparkline};
use crate::wire::reply::{CmdError, CmdResult, Out};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("latency|doctor", report),
    Row::new("latency|graph", graph),
    Row::new("latency|help", help),
    Row::new("latency|histogram", histogram),
    Row::new("latency|history", history),
    Row::new("latency|latest", latest),
    Row::new("latency|reset", reset),
];

fn report(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    let settings = &ctx.server.settings;
    let parameters = doctor::Parameters {
        threshold: settings.latency_threshold,
        slowlog_slower_than: settings.slowlog_slower_than,
        hz: settings.hz,
    };
    let text = doctor::report(&ctx.server.latency_events, parameters);
    out.verbatim("txt", text.as_bytes());
    Ok(())
}

/// How long ago something was, in the largest unit that fits.
fn ago(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

fn graph(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let name = String::from_utf8_lossy(argv[2]);
    let Some(series) = ctx.server.latency_events.get(&*name) else {
        return Err(CmdError::owned(
            [b"ERR No samples available for event '", argv[2], b"'"].concat(),
        ));
    };
    let now = seconds_now();
    let samples: Vec<(u64, String)> = series
        .samples
        .iter()
        .map(|sample| (sample.latency, ago(now - sample.time)))
        .collect();
    let latencies = || samples.iter().map(|(latency, _)| *latency);
    let text = format!(
        "{name} - high {} ms, low {} ms (all time high {} ms)\n{}\n{}",
        latencies().max().unwrap_or(0),
        latencies().min().unwrap_or(0),
        series.worst,
        "-".repeat(80),
        sparkline::draw(&samples)
    );
    out.verbatim("txt", text.as_bytes());
    Ok(())
}

fn history(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let name = String::from_utf8_lossy(argv[2]);
    let Some(series) = ctx.server.latency_events.get(&*name) else {
        out.array(0);
        return Ok(());
    };
    out.array(series.samples.len());
    for sample in &series.samples {
        out.array(2);
        out.int(sample.time);
        out.int(sample.latency as i64);
    }
    Ok(())
}

fn latest(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    let events = &ctx.server.latency_events;
    out.array(events.len());
    for (name, series) in events {
        let last = series.samples.back();
        out.array(4);
        out.bulk(name.as_bytes());
        out.int(last.map_or(0, |sample| sample.time));
        out.int(last.map_or(0, |sample| sample.latency as i64));
        out.int(series.worst as i64);
    }
    Ok(())
}

fn reset(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let events = &mut ctx.server.latency_events;
    let before = events.len();
    if argv.len() == 2 {
        events.clear();
    }
    for name in &argv[2..] {
        events.retain(|event, _| !event.as_bytes().eq_ignore_ascii_case(name));
    }
    out.len(before - events.len());
    Ok(())
}

/// The histograms of all commands, or of those named and of their
/// subcommands; a name that is no command is passed over.
fn histogram(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let table = ctx.server.commands;
    let wanted: Vec<&Command> = if argv.len() == 2 {
        table.all().iter().collect()
    } else {
        let named = argv[2..].iter().filter_map(|name| table.by_name(name));
        named.flat_map(|command| table.family(command)).collect()
    };
    let stats = &ctx.server.figures.by_command;
    let shown: Vec<(&str, &Histogram)> = wanted
        .iter()
        .filter_map(|command| {
            let latency = stats[command.index].latency.as_deref()?;
            Some((command.name(), latency))
        })
        .collect();
    out.map(shown.len());
    for (name, histogram) in shown {
        out.bulk(name.as_bytes());
        out.map(2);
        out.bulk(b"calls");
        out.int(histogram.total() as i64);
        out.bulk(b"histogram_usec");
        let steps = histogram.cumulative();
        out.map(steps.len());
        for (micros, count) in steps {
            out.int(micros as i64);
            out.int(count as i64);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::ago;

    #[test]
    fn times_are_in_the_largest_unit_that_fits() {
        let shown: Vec<_> = [0, 59, 60, 3599, 3600, 86_400].map(ago).into();
        assert_eq!(shown, ["0s", "59s", "1m", "59m", "1h", "1d"]);
    }
}
