//! GEOSEARCH, and GEORADIUS, its older form.

use super::{point_arg, unit_arg, write_distance, write_point};
use crate::commands::zset;
use crate::engine::ctx::Ctx;
use crate::store::ZSet;
use crate::store::geo::Point;
use crate::store::geo::area::{Area, Extent};
use crate::store::zset::ScoreRange;
use crate::wire::args::{int_arg, is};
use crate::wire::number;
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

/// Which command it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Search,
    SearchStore,
    Radius { may_store: bool },
    RadiusByMember { may_store: bool },
}

impl Form {
    fn is_search(self) -> bool {
        matches!(self, Form::Search | Form::SearchStore)
    }

    fn may_store(self) -> bool {
        match self {
            Form::Radius { may_store } | Form::RadiusByMember { may_store } => may_store,
            Form::Search | Form::SearchStore => false,
        }
    }
}

/// Where the middle of the area comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    Member,
    Coordinates,
}

/// What is asked for.
#[derive(Debug, Default)]
struct Query<'a> {
    /// Where the middle comes from.
    from: Option<From>,
    /// The middle; `None` also for a member of a key that does not exist.
    center: Option<Point>,
    /// The area's form and size in metres, and the metres of its unit.
    extent: Option<(Extent, f64)>,
    with_distance: bool,
    with_hash: bool,
    with_point: bool,
    any: bool,
    /// 0 for all.
    count: usize,
    descending: Option<bool>,
    store: Option<&'a [u8]>,
    store_distance: bool,
}

fn radius_arg(radius: &[u8], unit: &[u8]) -> CmdResult<(Extent, f64)> {
    let radius = number::parse_f64(radius).ok_or(CmdError::new("ERR need numeric radius"))?;
    if radius < 0.0 {
        return Err(CmdError::new("ERR radius cannot be negative"));
    }
    let unit = unit_arg(unit)?;
    Ok((Extent::Radius(radius * unit), unit))
}

fn box_arg(width: &[u8], height: &[u8], unit: &[u8]) -> CmdResult<(Extent, f64)> {
    let width = number::parse_f64(width).ok_or(CmdError::new("ERR need numeric width"))?;
    let height = number::parse_f64(height).ok_or(CmdError::new("ERR need numeric height"))?;
    if width < 0.0 || height < 0.0 {
        return Err(CmdError::new("ERR height or width cannot be negative"));
    }
    let unit = unit_arg(unit)?;
    let extent = Extent::Box {
        width: width * unit,
        height: height * unit,
    };
    Ok((extent, unit))
}

fn member_point(zset: &ZSet, member: &[u8]) -> CmdResult<Point> {
    zset.score(member)
        .map(Point::from_score)
        .ok_or(CmdError::new("ERR could not decode requested zset member"))
}

impl<'a> Query<'a> {
    fn parse(argv: &[&'a [u8]], form: Form, zset: Option<&ZSet>) -> CmdResult<Query<'a>> {
        let mut query = Query::default();
        let options = match (form, zset) {
            (Form::Search, _) => &argv[2..],
            (Form::SearchStore, _) => {
                query.store = Some(argv[1]);
                &argv[3..]
            }
            (Form::Radius { .. }, _) => {
                query.center = Some(point_arg(argv[2], argv[3])?);
                query.extent = Some(radius_arg(argv[4], argv[5])?);
                &argv[6..]
            }
            (Form::RadiusByMember { .. }, zset) => {
                if let Some(zset) = zset {
                    query.center = Some(member_point(zset, argv[2])?);
                    query.extent = Some(radius_arg(argv[3], argv[4])?);
                }
                &argv[5..]
            }
        };
        query.parse_options(options, form, zset)?;
        query.check(argv[0], form)?;
        Ok(query)
    }

    fn parse_options(
        &mut self,
        mut rest: &[&'a [u8]],
        form: Form,
        zset: Option<&ZSet>,
    ) -> CmdResult {
        while let [option, args @ ..] = rest {
            rest = match args {
                _ if self.is_switch(option) => args,
                [count, after @ ..] if is(option, "COUNT") => {
                    let count = int_arg(count)?;
                    if count <= 0 {
                        return Err(CmdError::new("ERR COUNT must be > 0"));
                    }
                    self.count = count as usize;
                    after
                }
                _ if form.is_search() => self.search_option(option, args, form, zset)?,
                [key, after @ ..] if form.may_store() => {
                    self.store_option(option, key)?;
                    after
                }
                _ => return Err(errors::SYNTAX),
            };
        }
        Ok(())
    }

    /// Takes an option that stands alone; whether it is one.
    fn is_switch(&mut self, option: &[u8]) -> bool {
        match () {
            () if is(option, "WITHDIST") => self.with_distance = true,
            () if is(option, "WITHHASH") => self.with_hash = true,
            () if is(option, "WITHCOORD") => self.with_point = true,
            () if is(option, "ANY") => self.any = true,
            () if is(option, "ASC") => self.descending = Some(false),
            () if is(option, "DESC") => self.descending = Some(true),
            () => return false,
        }
        true
    }

    /// Takes an option of GEORADIUS that says where the result goes.
    fn store_option(&mut self, option: &[u8], key: &'a [u8]) -> CmdResult {
        self.store_distance = match () {
            () if is(option, "STORE") => false,
            () if is(option, "STOREDIST") => true,
            () => return Err(errors::SYNTAX),
        };
        self.store = Some(key);
        Ok(())
    }

    /// Takes an option of GEOSEARCH: the middle, the area; the rest.
    fn search_option<'r>(
        &mut self,
        option: &[u8],
        args: &'r [&'a [u8]],
        form: Form,
        zset: Option<&ZSet>,
    ) -> CmdResult<&'r [&'a [u8]]> {
        Ok(match args {
            [member, after @ ..]
                if is(option, "FROMMEMBER") && self.from != Some(From::Coordinates) =>
            {
                if let Some(zset) = zset {
                    self.center = Some(member_point(zset, member)?);
                }
                self.from = Some(From::Member);
                after
            }
            [longitude, latitude, after @ ..]
                if is(option, "FROMLONLAT") && self.from != Some(From::Member) =>
            {
                self.center = Some(point_arg(longitude, latitude)?);
                self.from = Some(From::Coordinates);
                after
            }
            [radius, unit, after @ ..]
                if is(option, "BYRADIUS")
                    && !matches!(self.extent, Some((Extent::Box { .. }, _))) =>
            {
                self.extent = Some(radius_arg(radius, unit)?);
                after
            }
            [width, height, unit, after @ ..]
                if is(option, "BYBOX") && !matches!(self.extent, Some((Extent::Radius(_), _))) =>
            {
                self.extent = Some(box_arg(width, height, unit)?);
                after
            }
            _ if is(option, "STOREDIST") && form == Form::SearchStore => {
                self.store_distance = true;
                args
            }
            _ => return Err(errors::SYNTAX),
        })
    }

    fn check(&self, command: &[u8], form: Form) -> CmdResult {
        if self.store.is_some() && (self.with_distance || self.with_hash || self.with_point) {
            let what = if form == Form::SearchStore {
                "GEOSEARCHSTORE"
            } else {
                "STORE option in GEORADIUS"
            };
            return Err(CmdError::owned(format!(
                "ERR {what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
            )));
        }
        let missing = |what: &str| {
            let text = [b"ERR exactly one of ", what.as_bytes(), b" for ", command];
            Err(CmdError::owned(text.concat()))
        };
        if form.is_search() && self.from.is_none() {
            return missing("FROMMEMBER or FROMLONLAT can be specified");
        }
        if form.is_search() && self.extent.is_none() {
            return missing("BYRADIUS and BYBOX can be specified");
        }
        if self.any && self.count == 0 {
            return Err(CmdError::new(
                "ERR the ANY argument requires COUNT argument",
            ));
        }
        Ok(())
    }

    /// The members found, in the order they are to be returned.
    fn find(&self, zset: &ZSet) -> Vec<Found> {
        let (Some(center), Some((extent, _))) = (self.center, self.extent) else {
            return Vec::new();
        };
        let area = Area { center, extent };
        // ANY is content with the first ones met.
        let enough = if self.any { self.count } else { usize::MAX };
        let mut found = Vec::new();
        for cell in area.cells() {
            if found.len() >= enough {
                break;
            }
            let (from, to) = cell.scores();
            let scores = ScoreRange {
                min: from as f64,
                min_exclusive: false,
                max: to as f64,
                max_exclusive: true,
            };
            let members = zset.range(zset.score_range(&scores));
            let inside = members.filter_map(|(member, score)| {
                let point = Point::from_score(score);
                Some(Found {
                    member: member.to_vec(),
                    score,
                    point,
                    distance: area.distance_inside(&point)?,
                })
            });
            let room = enough - found.len();
            found.extend(inside.take(room));
        }
        // The nearest ones can only be known by sorting.
        let nearest = self.count > 0 && !self.any;
        let descending = self.descending.or(nearest.then_some(false));
        if let Some(descending) = descending {
            found.sort_by(|a, b| {
                let order = a.distance.total_cmp(&b.distance);
                if descending { order.reverse() } else { order }
            });
        }
        if self.count > 0 {
            found.truncate(self.count);
        }
        found
    }

    /// The metres of the unit distances are given in.
    fn unit(&self) -> f64 {
        self.extent.map_or(1.0, |(_, unit)| unit)
    }

    fn write(&self, found: &[Found], out: &mut Out) {
        let options = [self.with_distance, self.with_hash, self.with_point];
        let extras = options.iter().filter(|on| **on).count();
        out.array(found.len());
        for place in found {
            if extras > 0 {
                out.array(extras + 1);
            }
            out.bulk(&place.member);
            if self.with_distance {
                write_distance(out, place.distance / self.unit());
            }
            if self.with_hash {
                out.int(place.score as i64);
            }
            if self.with_point {
                write_point(out, place.point);
            }
        }
    }
}

/// A member inside the area.
#[derive(Debug)]
struct Found {
    member: Vec<u8>,
    score: f64,
    point: Point,
    /// Metres from the middle.
    distance: f64,
}

fn run(ctx: &mut Ctx<'_>, argv: &[&[u8]], form: Form, out: &mut Out) -> CmdResult {
    let limits = ctx.server.settings.limits;
    let source = if form == Form::SearchStore { 2 } else { 1 };
    let zset = ctx.read_zset(argv[source])?;
    let query = Query::parse(argv, form, zset)?;
    let found = zset.map_or(Vec::new(), |zset| query.find(zset));
    let Some(destination) = query.store else {
        query.write(&found, out);
        return Ok(());
    };
    let mut stored = ZSet::large();
    for place in &found {
        let score = if query.store_distance {
            place.distance / query.unit()
        } else {
            place.score
        };
        stored.insert(&place.member, score, &limits);
    }
    stored.compact(&limits);
    let event = if form.is_search() {
        "geosearchstore"
    } else {
        "georadiusstore"
    };
    let members = stored.len();
    zset::store(ctx, destination, stored, event, out);
    if members > 0 {
        ctx.counts_as(members);
    }
    Ok(())
}

pub fn geosearch(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    run(ctx, argv, Form::Search, out)
}

pub fn geosearchstore(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    run(ctx, argv, Form::SearchStore, out)
}

pub fn georadius(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    run(ctx, argv, Form::Radius { may_store: true }, out)
}

pub fn georadius_ro(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    run(ctx, argv, Form::Radius { may_store: false }, out)
}

pub fn by_member(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    run(ctx, argv, Form::RadiusByMember { may_store: true }, out)
}

pub fn by_member_ro(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    run(ctx, argv, Form::RadiusByMember { may_store: false }, out)
}
