//! `redis-lab classroom`: a class on this machine, until Ctrl-C.

use super::class_check;
use super::context::Context;
use super::kept::cannot_load;
use super::signals::interrupted;
use super::terminal::{columns, print, remark};
use super::web::open;
use crate::classroom::addresses::{Kind, of_this_machine};
use crate::classroom::board::{self, Board};
use crate::classroom::recheck::Checker;
use crate::classroom::{Class, Names, Outline, export, qr, random, student};
use crate::cli::classroom::{ClassroomArgs, ClassroomCommand, NamesChoice};
use crate::conn::server::{Choice, Server};
use crate::conn::{Endpoint, Target};
use crate::error::{Error, ExitCode, Result};
use crate::http;
use crate::lesson::Library;
use crate::page;
use crate::render::style::Ink;
use crate::render::wrapping;
use crate::session::exercise::course::find_section;
use catalog::lang::Lang;
use catalog::text;
use serde_json::json;
use server::LoadError;
use std::fs::{self, File};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// How many bytes the class's own Redis may take: whatever students send, the
/// teacher's machine goes on.
const MEMORY: u64 = 512 << 20;

/// The file by which a folder's class is known to be held already.
const LOCK: &str = "classroom.lock";

pub(super) async fn run(context: &Context, args: &ClassroomArgs) -> Result<ExitCode> {
    if let Some(ClassroomCommand::Check(check)) = &args.command {
        return class_check::run(context, check.port, check.wait).await;
    }
    let library = Library::new(context.lessons.as_deref());
    let sections = wanted_sections(context, &library, &args.sections)?;
    // Before anything is begun: a port that is taken ends it here.
    let door = http::Server::bind(SocketAddr::new(args.bind, args.port)).await?;
    let (redis, _lock) = redis(context, args).await?;
    let (class, resumed) = class(context, args, &library, redis.target(), sections).await?;
    let class = Arc::new(class);
    if redis.is_private() {
        class.bound(MEMORY).await?;
    }
    let stop = CancellationToken::new();
    let place = Place {
        addresses: addresses(&door),
        shell: shell(&redis),
        board: String::new(),
        seats: if resumed {
            Some(class.seats().await?.len())
        } else {
            None
        },
    };
    let facts = board::Facts {
        addresses: place.addresses.clone(),
        shell: place.shell.clone(),
        checker: std::env::current_exe()
            .ok()
            .map(|program| Checker::new(program, context.lessons.clone())),
    };
    let (port, lang) = (args.board_port, context.lang);
    let bound = Board::bind(port, class.clone(), &library, facts, lang, stop.clone());
    let board = bound.await.map_err(|error| other_board_port(error, port))?;
    let key = board.key();
    let place = Place {
        board: key.link(),
        ..place
    };
    announce(context, args, &class, &place)?;
    if context.interactive {
        if !args.no_open && !open(&place.board) {
            remark(lang.pick(
                "no browser could be started: open the board's address yourself",
                "nie udało się uruchomić przeglądarki: otwórz adres tablicy",
            ));
        }
        more_links(key, lang);
    }
    let consumer = random();
    let serve = student::serve(
        door,
        class.clone(),
        args.allow_host.clone(),
        context.lang,
        stop.clone(),
    );
    tokio::select! {
        () = serve => {}
        () = board.run() => {}
        () = class.listen(&stop) => {}
        () = export::keep_up(&class, &consumer) => {}
        () = interrupted() => stop.cancel(),
    }
    farewell(context, args, &class);
    Ok(ExitCode::Ok)
}

/// The IDs of the sections that are named.
fn wanted_sections(context: &Context, library: &Library, named: &[String]) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    for name in named {
        let id = find_section(library, name, context.lang)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// The Redis that the class is made of, and what keeps others from its files.
async fn redis(context: &Context, args: &ClassroomArgs) -> Result<(Server, Option<File>)> {
    let Some(dir) = &args.keep else {
        if context.url.is_some() || context.server != Choice::Auto {
            return Ok((context.resolve_server().await?, None));
        }
        return Ok((Server::resolve(None, Choice::Builtin).await?, None));
    };
    if context.url.is_some() {
        return Err(Error::usage(text!(
            "--keep is for the built-in server, and --url names another one",
            "--keep dotyczy serwera wbudowanego, a --url podaje inny"
        ))
        .hint(text!(
            "leave one of them out (REDIS_URL counts as --url): your own Redis keeps the class itself",
            "pomiń jedno z nich (REDIS_URL działa jak --url): twój Redis sam zachowuje klasę"
        )));
    }
    let lock = claim(dir)?;
    let refused = |error: io::Error| {
        let load = error.get_ref().and_then(|inner| inner.downcast_ref());
        match load {
            Some(load) => cannot_load(load as &LoadError),
            None => cannot_keep(dir, &error),
        }
    };
    Ok((Server::keeping(dir, refused).await?, Some(lock)))
}

fn cannot_keep(dir: &Path, error: &io::Error) -> Error {
    let dir = dir.display();
    Error::usage(text!(
        "cannot keep the class in {dir}",
        "nie można zachować klasy w {dir}"
    ))
    .because(error)
}

/// Makes the folder, and sees to it that one class at a time is in it.
fn claim(dir: &Path) -> Result<File> {
    let failed = |error: io::Error| cannot_keep(dir, &error);
    fs::create_dir_all(dir).map_err(failed)?;
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    let lock = options.open(dir.join(LOCK)).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(fs::TryLockError::WouldBlock) => {
            let dir = dir.display();
            Err(Error::usage(text!(
                "another redis-lab has its class in {dir}",
                "inny redis-lab prowadzi klasę w {dir}"
            ))
            .hint(text!(
                "end that one first, or name another folder",
                "najpierw zakończ tamten albo podaj inny katalog"
            )))
        }
        // Some network file systems know no locks.
        Err(fs::TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
            Ok(lock)
        }
        Err(fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// The class, and whether it had begun before.
async fn class(
    context: &Context,
    args: &ClassroomArgs,
    library: &Library,
    target: &Target,
    sections: Vec<String>,
) -> Result<(Class, bool)> {
    let found = match (&args.code, &args.keep) {
        (Some(code), _) => Some(Class::find(target, code).await?),
        (None, Some(_)) => Class::newest(target).await?,
        (None, None) => None,
    };
    let Some(found) = found else {
        let outline = Outline::load(library, &sections, context.lang)?;
        let names = match args.names {
            NamesChoice::Generated => Names::Generated,
            NamesChoice::Free => Names::Free,
        };
        let class = Class::create(target, outline, sections, names, context.lang).await?;
        return Ok((class, false));
    };
    if found.ended {
        return Err(Error::usage(text!(
            "the class {} has ended",
            "zajęcia klasy {} już się skończyły",
            found.code
        ))
        .hint(text!(
            "leave out --code, and a new class begins",
            "pomiń --code, a zacznie się nowa klasa"
        )));
    }
    if !sections.is_empty() && sections != found.sections {
        remark(context.lang.pick(
            "the class goes on with the sections it began with",
            "klasa ma dalej te sekcje, z którymi się zaczęła",
        ));
    }
    let outline = Outline::load(library, &found.sections, context.lang)?;
    Ok((Class::open(target, found, outline), true))
}

/// What is shown of where a class is.
struct Place {
    /// Where students find it, the best address first.
    addresses: Vec<String>,
    /// What opens a shell on its Redis.
    shell: Option<String>,
    /// What opens its board, once.
    board: String,
    /// How many students it has, when it goes on.
    seats: Option<usize>,
}

/// Where students find the page, the likeliest address first.
fn addresses(door: &http::Server) -> Vec<String> {
    let (bound, port) = (door.address().ip(), door.address().port());
    let url = |ip| format!("http://{}/", SocketAddr::new(ip, port));
    if !bound.is_unspecified() {
        return vec![url(bound)];
    }
    let mut own = of_this_machine();
    own.retain(|own| own.kind != Kind::Inner && (own.ip.is_ipv4() || bound.is_ipv6()));
    let mut all: Vec<IpAddr> = on_the_network().into_iter().collect();
    all.extend(own.into_iter().map(|own| own.ip));
    if all.is_empty() {
        all.push(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    let first = all[0];
    let rest = all.into_iter().skip(1).filter(|ip| *ip != first);
    std::iter::once(first).chain(rest).map(url).collect()
}

/// This machine's address on the network that leads on: the system knows which
/// it would take, and nothing is sent.
fn on_the_network() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // An address for documentation, RFC 5737.
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_unspecified()).then_some(address)
}

/// The line that opens a shell on the class's Redis. On one that needs a
/// password, the teacher knows how.
fn shell(redis: &Server) -> Option<String> {
    let target = redis.target();
    if target.password().is_some() {
        return None;
    }
    Some(match target.endpoint() {
        Endpoint::Unix(path) => format!("redis-lab repl --url unix://{}", path.display()),
        Endpoint::Tcp { .. } => {
            format!(
                "redis-lab repl --url redis://{}/{}",
                target.endpoint(),
                target.db()
            )
        }
        Endpoint::Tls { .. } => return None,
    })
}

/// Says where the class is, for a person or a program.
fn announce(context: &Context, args: &ClassroomArgs, class: &Class, place: &Place) -> Result<()> {
    let (lang, style, code) = (context.lang, context.style(), class.code());
    let url = place
        .addresses
        .first()
        .map(String::as_str)
        .unwrap_or_default();
    if context.json {
        let line = json!({
            "type": "classroom", "url": url, "addresses": place.addresses,
            "code": code, "shell": place.shell, "board": place.board,
            "resumed": place.seats.is_some(), "seats": place.seats.unwrap_or(0),
        });
        return print(format!("{line}\n").as_bytes()).map(drop);
    }
    let mut text = String::new();
    if context.interactive
        && let Some((lines, width)) = qr::for_terminal(&format!("{url}?code={code}"), context.light)
        && width <= columns()
    {
        text += &(lines.join("\n") + "\n\n");
    }
    let mut line = |label: &str, value: &str, ink: Ink| {
        text += &format!("{label:<22}{}\n", style.paint(ink, value));
    };
    line(
        lang.pick("Students open", "Uczniowie otwierają"),
        url,
        Ink::Bold,
    );
    line(
        lang.pick("and type the code", "i wpisują kod"),
        code,
        Ink::Title,
    );
    let join = format!("redis-lab join {url}");
    line(lang.pick("From a terminal", "Z terminala"), &join, Ink::Dim);
    line(
        lang.pick("Your board", "Twoja tablica"),
        &place.board,
        Ink::Bold,
    );
    if let Some(shell) = &place.shell {
        line(
            lang.pick("The class's Redis", "Redis klasy"),
            shell,
            Ink::Dim,
        );
    }
    text.push('\n');
    for sentence in to_know(context, args, place) {
        for line in textwrap::wrap(&sentence, wrapping(columns())) {
            text += &format!("{}\n", style.paint(Ink::Dim, line));
        }
    }
    print(text.as_bytes()).map(drop)
}

/// What the teacher should know of the class, in sentences.
fn to_know(context: &Context, args: &ClassroomArgs, place: &Place) -> Vec<String> {
    let lang = context.lang;
    let mut known = Vec::new();
    if let Some(seats) = place.seats {
        known.push(text!(
            lang,
            "The class goes on; students: {seats}. Nobody has to join again.",
            "Klasa trwa dalej; uczniów: {seats}. Nikt nie musi dołączać ponownie."
        ));
    }
    let mut say = |sentence: &str| known.push(sentence.to_owned());
    if page::module().is_err() {
        say(lang.pick(
            "This build has no page, so only terminals can join; from the source: REDIS_LAB_PAGE=$(packaging/web) cargo build --release",
            "W tej wersji nie ma strony, więc dołączyć można tylko z terminala; ze źródeł: REDIS_LAB_PAGE=$(packaging/web) cargo build --release",
        ));
    }
    if args.keep.is_none() && context.url.is_none() {
        say(lang.pick(
            "The class is in memory only and ends with this program: --keep DIR keeps it.",
            "Klasa jest tylko w pamięci i kończy się z tym programem: zachowa ją --keep KATALOG.",
        ));
    }
    say(lang.pick(
        "It speaks plain http: whoever shares the network can read along.",
        "Rozmawia przez zwykłe http: każdy w tej samej sieci może podglądać.",
    ));
    say(lang.pick(
        "The board's link opens it once: Enter makes another. Ctrl-C stops.",
        "Link do tablicy otwiera ją raz: Enter robi następny. Ctrl-C kończy.",
    ));
    known
}

/// A board's port that is taken has an option of its own.
fn other_board_port(error: Error, port: u16) -> Error {
    match error.exit {
        ExitCode::Server => error.hint(text!(
            "the board needs a port, too: --board-port {}, or --board-port 0 for any free one",
            "tablica też potrzebuje portu: --board-port {} albo --board-port 0, czyli dowolny wolny",
            port.saturating_add(1)
        )),
        _ => error,
    }
}

/// Prints another link to the board at every Enter: each one opens it once, and
/// browsers get lost.
fn more_links(key: board::Key, lang: Lang) {
    // A thread of its own: waiting for a line must not keep the program from ending.
    std::thread::spawn(move || {
        for line in io::stdin().lines() {
            if line.is_err() {
                break;
            }
            let link = key.link();
            let said = text!(
                lang,
                "the board, once more: {link}",
                "tablica jeszcze raz: {link}"
            );
            if print(format!("{said}\n").as_bytes()).is_err() {
                break;
            }
        }
    });
}

/// Says how to go on with the class, where that can be done.
fn farewell(context: &Context, args: &ClassroomArgs, class: &Class) {
    if context.json {
        return;
    }
    let code = class.code();
    if let Some(dir) = &args.keep {
        let dir = dir.display();
        remark(&text!(
            context.lang,
            "the class {code} is kept; it goes on with: redis-lab classroom --keep {dir}",
            "klasa {code} jest zachowana; dalej poprowadzi ją: redis-lab classroom --keep {dir}"
        ));
    } else if context.url.is_some() {
        remark(&text!(
            context.lang,
            "the class {code} stays on that Redis; it goes on with --code {code}",
            "klasa {code} zostaje na tym Redisie; dalej poprowadzi ją --code {code}"
        ));
    }
}
