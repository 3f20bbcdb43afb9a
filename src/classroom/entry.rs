//! A class as its students have it: they join, come back, report, and keep
//! their progress there.

use super::class::{Class, Names};
use super::names;
use super::news::{self, Id, Item};
use super::problem::Problem;
use super::report::Post;
use super::scripts;
use super::secret;
use crate::conn::link::{LinkError, ScriptCall, unexpected};
use catalog::lang::Lang;
use catalog::text;
use resp::Reply;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv6Addr};

/// As many students a class can have.
pub const MOST_SEATS: usize = 1_500;

/// How many of them one address can have, and for how long they count, in s: there
/// are seats left for others, whoever takes them.
const OF_ADDRESS: (u32, u32) = (1_200, 86_400);

/// How many devices a seat can have.
const MOST_DEVICES: usize = 16;

/// About how many entries the log keeps. The CSV has those that are gone.
const MOST_LOG: usize = 200_000;

/// How many wrong codes an address may give, and for how long they count, in s.
const CODES: (u32, u32) = (30, 60);

/// The same for PINs, of an address and for a name.
const PINS: (u32, u32) = (20, 600);

/// Somebody who has a seat, on this device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The seat.
    pub seat: String,
    /// The digest of the device's token.
    digest: String,
}

/// What a student gets who joins or comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// The seat.
    pub seat: String,
    /// What this device says who it is with.
    pub token: String,
    /// What the student is called.
    pub name: String,
    /// What brings the student back on another device.
    pub pin: String,
}

impl Joined {
    /// The device that has the token.
    pub fn device(&self) -> Device {
        Device {
            seat: self.seat.clone(),
            digest: secret::digest(&[&self.token]),
        }
    }
}

impl Class {
    /// Gives somebody who knows the code a seat. With free names `name` is the
    /// one that is wanted.
    ///
    /// # Errors
    /// Why not.
    pub async fn join(
        &self,
        code: &str,
        name: Option<&str>,
        lang: Lang,
        from: IpAddr,
    ) -> Result<Joined, Problem> {
        self.admit(code, from).await?;
        let names = match (self.names(), name) {
            (Names::Generated, _) => names::nicknames(lang),
            (Names::Free, Some(name)) => vec![names::own(name).map_err(Problem::BadName)?],
            (Names::Free, None) => {
                return Err(Problem::BadName(text!(
                    "say what you are called",
                    "podaj, jak się nazywasz"
                )));
            }
        };
        let counters = [format!("seats:{}", self.of_address(from))];
        self.guess(&counters, OF_ADDRESS, false).await?;
        let (seat, pin) = (secret::id(), secret::pin());
        let token = format!("{seat}.{}", secret::random());
        let keys = &self.keys;
        let mut call = ScriptCall::new([
            keys.class(),
            keys.names(),
            keys.seats(),
            keys.progress(),
            keys.seat(&seat),
            keys.devices(&seat),
        ]);
        call.arg(&seat).arg(lang.code());
        call.arg(secret::digest(&[&token]))
            .arg(self.of_pin(&seat, &pin));
        call.number(MOST_SEATS).arg(keys.wake());
        for name in &names {
            call.arg(names::folded(name)).arg(name);
        }
        let reply = self.link.script(&scripts::JOIN, &call).await?;
        match reply.as_int() {
            Some(place @ 1..) => Ok(Joined {
                name: names
                    .into_iter()
                    .nth(place as usize - 1)
                    .unwrap_or_default(),
                seat,
                token,
                pin,
            }),
            Some(0) => Err(Problem::Taken),
            Some(-1) => Err(Problem::Full),
            Some(-2) => Err(Problem::Ended),
            _ => Err(unexpected("join").into()),
        }
    }

    /// Lets somebody who knows code, name and PIN have the seat on this device,
    /// too.
    ///
    /// # Errors
    /// Why not.
    pub async fn come_back(
        &self,
        code: &str,
        name: &str,
        pin: &str,
        from: IpAddr,
    ) -> Result<Joined, Problem> {
        self.admit(code, from).await?;
        let name = names::folded(name);
        let counters = [
            format!("pin:{}", self.of_address(from)),
            format!("name:{}", &secret::digest(&[&self.salt, &name])[..16]),
        ];
        self.guess(&counters, PINS, true).await?;
        let mut ask = redis::cmd("HGET");
        ask.arg(self.keys.names()).arg(&name);
        let found = self.link.call(&ask).await?;
        let seat = found.as_str().unwrap_or_default();
        let token = format!("{seat}.{}", secret::random());
        let keys = [
            self.keys.class(),
            self.keys.seat(seat),
            self.keys.devices(seat),
        ];
        let mut call = ScriptCall::new(keys);
        call.arg(self.of_pin(seat, pin))
            .arg(secret::digest(&[&token]));
        call.number(MOST_DEVICES);
        match self.link.script(&scripts::RETURN, &call).await?.as_int() {
            Some(1) => {}
            Some(-2) => return Err(Problem::Ended),
            _ => {
                self.guess(&counters, PINS, false).await?;
                return Err(Problem::WrongPin);
            }
        }
        let name = self.seat(seat).await?.map(|known| known.name);
        Ok(Joined {
            seat: seat.to_owned(),
            token,
            name: name.ok_or(Problem::Stranger)?,
            pin: pin.to_owned(),
        })
    }

    /// Whose token this is, and the student's language.
    ///
    /// # Errors
    /// Nobody's.
    pub async fn device(&self, token: &str) -> Result<(Device, Lang), Problem> {
        let (seat, digest) = secret::read_token(token).ok_or(Problem::Stranger)?;
        let mut known = redis::cmd("HEXISTS");
        known.arg(self.keys.devices(seat)).arg(&digest);
        let mut lang = redis::cmd("HGET");
        lang.arg(self.keys.seat(seat)).arg("lang");
        let replies = self.pipeline(vec![known, lang]).await?;
        match replies.as_slice() {
            [Reply::Int(1), lang] => {
                let lang = match lang.as_str() {
                    Some("pl") => Lang::Pl,
                    _ => Lang::En,
                };
                let seat = seat.to_owned();
                Ok((Device { seat, digest }, lang))
            }
            _ => Err(Problem::Stranger),
        }
    }

    /// Takes in a report, once.
    ///
    /// # Errors
    /// Why not.
    pub async fn report(&self, device: &Device, post: &Post) -> Result<(), Problem> {
        let (keys, seat) = (&self.keys, device.seat.as_str());
        let mut call = ScriptCall::new([
            keys.class(),
            keys.seat(seat),
            keys.devices(seat),
            keys.progress(),
            keys.hands(),
            keys.log(),
            keys.answers(seat),
            keys.screen(seat),
            keys.lines(seat),
        ]);
        call.arg(seat).arg(&device.digest).number(post.post);
        call.arg(post.for_script(&self.outline)).arg(keys.time(""));
        call.number(MOST_LOG).arg(keys.wake());
        match self.link.script(&scripts::REPORT, &call).await?.as_str() {
            Some("taken" | "again") => Ok(()),
            Some("stranger") => Err(Problem::Stranger),
            Some("ended") => Err(Problem::Ended),
            _ => Err(unexpected("report").into()),
        }
    }

    /// What a page has to know that comes back: who it is, which post was the
    /// last, where the class is.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn me(&self, device: &Device) -> Result<Value, Problem> {
        let keys = &self.keys;
        let mut post = redis::cmd("HGET");
        post.arg(keys.devices(&device.seat)).arg(&device.digest);
        let mut seat = redis::cmd("HMGET");
        seat.arg(keys.seat(&device.seat))
            .arg(&["name", "looked", "hand"]);
        let mut class = redis::cmd("HMGET");
        class.arg(keys.class()).arg(&["follow", "ended"]);
        // The news first: what comes after them is heard.
        let after = self.latest().await?;
        let replies = self.pipeline(vec![post, seat, class]).await?;
        let [post, seat, class] = replies.as_slice() else {
            return Err(unexpected("me").into());
        };
        let text = |reply: &Reply, place: usize| {
            let part = reply.as_slice().and_then(|parts| parts.get(place));
            part.and_then(Reply::as_str).unwrap_or_default().to_owned()
        };
        let post: u64 = post
            .as_str()
            .and_then(|post| post.parse().ok())
            .ok_or(Problem::Stranger)?;
        let mut me = json!({
            "seat": device.seat,
            "name": text(seat, 0),
            "post": post,
            "looked": text(seat, 1) == "1",
            "hand": !text(seat, 2).is_empty(),
            "ended": !text(class, 1).is_empty(),
            "after": after.to_string(),
        });
        if let Some((section, step)) = text(class, 0).split_once(' ') {
            let step: u64 = step.parse().unwrap_or(0);
            me["follow"] = json!({ "section": section, "step": step });
        }
        Ok(me)
    }

    /// Keeps a student's progress file.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn save(&self, device: &Device, file: &[u8]) -> Result<(), Problem> {
        let mut ask = redis::cmd("SET");
        ask.arg(self.keys.saved(&device.seat)).arg(file);
        Ok(self.link.call(&ask).await.map(drop)?)
    }

    /// The progress file that was kept last.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn saved(&self, seat: &str) -> Result<Option<Vec<u8>>, LinkError> {
        let mut ask = redis::cmd("GET");
        ask.arg(self.keys.saved(seat));
        Ok(self.link.call(&ask).await?.as_bytes().map(<[u8]>::to_vec))
    }

    /// The news behind `after` that are for this seat, and the place up to
    /// which that is all.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn missed(&self, seat: &str, after: Id) -> Result<(Vec<Item>, Id), LinkError> {
        let (mut found, mut last) = (Vec::new(), after);
        loop {
            let items = news::since(&self.link, &self.keys, last).await?;
            let Some(newest) = items.last() else {
                return Ok((found, last));
            };
            last = newest.id;
            found.extend(items.into_iter().filter(|item| item.is_for(seat)));
        }
    }

    /// Lets pass who knows the code, and counts who does not.
    async fn admit(&self, code: &str, from: IpAddr) -> Result<(), Problem> {
        let is_right = names::folded_code(code) == self.code();
        let counters = [format!("code:{}", self.of_address(from))];
        self.guess(&counters, CODES, is_right).await?;
        if is_right {
            Ok(())
        } else {
            Err(Problem::WrongCode)
        }
    }

    /// Stops who has guessed wrong, or done something, too often.
    async fn guess(
        &self,
        counters: &[String],
        (most, seconds): (u32, u32),
        is_right: bool,
    ) -> Result<(), Problem> {
        let keys = counters.iter().map(|counter| self.keys.guess(counter));
        let mut call = ScriptCall::new(keys);
        call.arg(if is_right { "1" } else { "0" });
        for _ in counters {
            call.number(most).number(seconds);
        }
        match self.link.script(&scripts::GUESS, &call).await?.as_int() {
            Some(0) => Ok(()),
            Some(wait) => Err(Problem::TooOften(wait as u64)),
            None => Err(unexpected("guess").into()),
        }
    }

    /// What a PIN is kept as.
    fn of_pin(&self, seat: &str, pin: &str) -> String {
        secret::digest(&[&self.salt, seat, pin])
    }

    /// What an address is remembered by, for a while, without being kept. One
    /// machine has a whole /64 of IPv6.
    fn of_address(&self, from: IpAddr) -> String {
        let from = match from.to_canonical() {
            IpAddr::V6(address) => {
                let network = address.to_bits() >> 64 << 64;
                IpAddr::V6(Ipv6Addr::from_bits(network))
            }
            v4 => v4,
        };
        secret::digest(&[&self.salt, &from.to_string()])[..16].to_owned()
    }

    async fn pipeline(&self, asked: Vec<redis::Cmd>) -> Result<Vec<Reply>, LinkError> {
        self.link.pipeline(asked).await
    }
}
