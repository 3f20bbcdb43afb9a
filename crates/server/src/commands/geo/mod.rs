//! Geo commands: places in a sorted set, whose scores are geohashes.

mod search;

use crate::commands::zset;
use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::store::geo::Point;
use crate::wire::args::{float_arg, is};
use crate::wire::number;
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("geoadd", geoadd),
    Row::new("geopos", geopos),
    Row::new("geohash", geohash),
    Row::new("geodist", geodist),
    Row::new("geosearch", search::geosearch),
    Row::new("geosearchstore", search::geosearchstore),
    Row::new("georadius", search::georadius),
    Row::new("georadius_ro", search::georadius_ro),
    Row::new("georadiusbymember", search::by_member),
    Row::new("georadiusbymember_ro", search::by_member_ro),
];

/// Longitude and latitude as arguments.
fn point_arg(longitude: &[u8], latitude: &[u8]) -> CmdResult<Point> {
    let point = Point {
        longitude: float_arg(longitude)?,
        latitude: float_arg(latitude)?,
    };
    if point.is_valid() {
        return Ok(point);
    }
    Err(CmdError::owned(format!(
        "ERR invalid longitude,latitude pair {:.6},{:.6}",
        point.longitude, point.latitude
    )))
}

/// The metres of a unit.
fn unit_arg(arg: &[u8]) -> CmdResult<f64> {
    match arg {
        unit if is(unit, "M") => Ok(1.0),
        unit if is(unit, "KM") => Ok(1000.0),
        unit if is(unit, "FT") => Ok(0.3048),
        unit if is(unit, "MI") => Ok(1609.34),
        _ => Err(CmdError::new(
            "ERR unsupported unit provided. please use M, KM, FT, MI",
        )),
    }
}

/// A distance, with four digits behind the point.
fn write_distance(out: &mut Out, distance: f64) {
    out.bulk(format!("{distance:.4}").as_bytes());
}

/// A point.
fn write_point(out: &mut Out, point: Point) {
    out.array(2);
    out.double(point.longitude);
    out.double(point.latitude);
}

fn geoadd(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let options = argv[2..]
        .iter()
        .take_while(|arg| ["NX", "XX", "CH"].iter().any(|option| is(arg, option)))
        .count();
    let (options, places) = argv[2..].split_at(options);
    let has = |option| options.iter().any(|arg| is(arg, option));
    if places.len() % 3 != 0 || (has("NX") && has("XX")) {
        return Err(errors::SYNTAX);
    }
    let mut scores = Vec::with_capacity(places.len() / 3);
    for place in places.chunks(3) {
        scores.push(number::format_double(
            point_arg(place[0], place[1])?.score(),
        ));
    }
    // From here on it is a ZADD.
    let mut zadd: Vec<&[u8]> = vec![b"zadd", argv[1]];
    zadd.extend_from_slice(options);
    for (score, place) in scores.iter().zip(places.chunks(3)) {
        zadd.extend([score.as_bytes(), place[2]]);
    }
    let dirty = ctx.server.dirty;
    zset::zadd(ctx, &zadd, out)?;
    if ctx.server.dirty != dirty {
        ctx.log_as(&zadd);
    }
    Ok(())
}

fn geopos(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let zset = ctx.read_zset(argv[1])?;
    out.array(argv.len() - 2);
    for member in &argv[2..] {
        match zset.and_then(|zset| zset.score(member)) {
            Some(score) => write_point(out, Point::from_score(score)),
            None => out.null_array(),
        }
    }
    Ok(())
}

fn geohash(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let zset = ctx.read_zset(argv[1])?;
    out.array(argv.len() - 2);
    for member in &argv[2..] {
        match zset.and_then(|zset| zset.score(member)) {
            Some(score) => out.bulk(Point::from_score(score).geohash().as_bytes()),
            None => out.null(),
        }
    }
    Ok(())
}

fn geodist(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let unit = match &argv[4..] {
        [] => 1.0,
        [unit] => unit_arg(unit)?,
        _ => return Err(errors::SYNTAX),
    };
    let distance = ctx.read_zset(argv[1])?.and_then(|zset| {
        let from = Point::from_score(zset.score(argv[2])?);
        let to = Point::from_score(zset.score(argv[3])?);
        Some(from.distance(&to))
    });
    match distance {
        Some(metres) => write_distance(out, metres / unit),
        None => out.null(),
    }
    Ok(())
}
