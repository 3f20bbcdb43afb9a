//! `redis-lab join`: a class, from a terminal.

mod in_class;
mod member;

pub(super) use in_class::InClass;
pub(super) use member::Member;

use super::context::Context;
use super::signals::interrupted;
use super::terminal::{beside, columns, print, remark, wrapped, write_out};
use super::{practice, typed_lesson};
use crate::classroom::client::seat::{self, Info, Me, Place, Seat};
use crate::classroom::client::{Address, Fault, Http, Kept, Link, tidy_code};
use crate::cli::join::JoinArgs;
use crate::conn::Tls;
use crate::error::{Error, ExitCode, Result};
use crate::lesson::{Lesson, Library};
use crate::practice::{Keep as _, STATE_DIR_VARIABLE, Store, state_folder};
use crate::render::harmless::foreign;
use crate::render::wrapping;
use crate::session::exercise::Progress;
use catalog::lang::{Lang, Text};
use catalog::text;
use std::io;
use std::path::Path;
use std::time::Duration;

/// How long is waited at the end for what was not sent yet.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// As many wrong answers are asked again.
const TRIES: usize = 5;

pub(super) async fn run(context: &Context, args: &JoinArgs) -> Result<ExitCode> {
    let lang = context.lang;
    if !context.interactive || context.json {
        return Err(Error::usage(text!(
            "join takes a terminal: the lessons are typed",
            "join wymaga terminala: w lekcjach trzeba pisać"
        ))
        .hint(text!(
            "in a browser the same address works",
            "ten sam adres działa w przeglądarce"
        )));
    }
    let state = state_folder().ok_or_else(no_folder)?;
    let (address, code) = Address::parse(&args.address)?;
    let code = args.code.as_deref().map(tidy_code).or(code);
    let tls = &context.tls;
    let tls = Tls::read(tls.cacert.as_deref(), None, tls.insecure)?;
    let mut http = Http::new(address, tls);
    let info = seat::info(&mut http).await;
    let info = info.map_err(|fault| refusal(&fault, http.address()))?;
    let known = came_back(context, args, &mut http, &state, code.as_deref()).await?;
    let (kept, me) = match known {
        Some(known) => known,
        None if info.ended => {
            return Err(Error::usage(text!(
                "this class is over",
                "te zajęcia już się skończyły"
            )));
        }
        None => sit_down(context, args, &mut http, &info, code).await?,
    };
    let folder = kept
        .folder(&state)
        .ok_or_else(|| refusal(&Fault::Foreign, http.address()))?;
    keep(&kept, &folder)?;
    welcome(context, &kept, &info)?;
    fetch_progress(context, &mut http, &kept, &folder).await?;
    let address = http.address().clone();
    let link = Link::open(http, kept, folder.clone(), &me);
    let mut member = Member::new(context, address, folder, link, &me);
    let played = play(context, args, &info, &mut member).await;
    let waiting = member.leave(LAST_WORDS).await;
    if waiting > 0 {
        remark(&text!(
            lang,
            "the class does not know everything yet (reports: {waiting}); they go out when you join again",
            "klasa nie wie jeszcze o wszystkim (zgłoszenia: {waiting}); dotrą, gdy znów dołączysz"
        ));
    }
    played
}

/// Plays lessons, or practice, until the learner leaves.
async fn play(
    context: &Context,
    args: &JoinArgs,
    info: &Info,
    member: &mut Member,
) -> Result<ExitCode> {
    let library = Library::new(context.lessons.as_deref());
    let sections = sections(context, &library, info)?;
    let mut place = member.follows();
    if place.is_none() && args.practice {
        let only = match info.sections.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        };
        let exit = practice::in_class(context, only, member).await?;
        place = member.take_goes();
        if place.is_none() {
            return Ok(exit);
        }
    }
    loop {
        let store = member.store(context.lang)?;
        let (ids, from) = from_here(&sections, place, store.progress());
        drop(store);
        let plain = args.plain;
        let exit = typed_lesson::run(context, &ids, from, plain, Some(&mut *member)).await?;
        place = member.take_goes();
        if place.is_none() {
            return Ok(exit);
        }
    }
}

/// The sections of the class that this program has.
fn sections(context: &Context, library: &Library, info: &Info) -> Result<Vec<String>> {
    let mut lessons = library.all(context.lang)?;
    lessons.retain(Lesson::is_shown);
    let lessons = context.leave_out_refused(lessons)?;
    let mut ids: Vec<String> = lessons.into_iter().map(|lesson| lesson.id).collect();
    if info.sections.iter().any(|section| ids.contains(section)) {
        ids.retain(|id| info.sections.contains(id));
    }
    Ok(ids)
}

/// What is played: from the teacher's place on, otherwise from the first
/// section that was not read to its end.
fn from_here(
    sections: &[String],
    place: Option<Place>,
    progress: &Progress,
) -> (Vec<String>, Option<usize>) {
    let rest = |at: usize| sections.get(at..).unwrap_or_default().to_vec();
    if let Some(Place { section, step }) = place {
        let at = sections.iter().position(|id| *id == section);
        let ids = at.map_or_else(|| vec![section], rest);
        return (ids, Some(step.saturating_sub(1)));
    }
    let is_open = |id: &String| !progress.lessons.get(id).is_some_and(|place| place.finished);
    let at = sections.iter().position(is_open).unwrap_or_default();
    (rest(at), None)
}

/// The seat of before, where there is one, the class knows it, and the learner
/// wants it.
async fn came_back(
    context: &Context,
    args: &JoinArgs,
    http: &mut Http,
    state: &Path,
    code: Option<&str>,
) -> Result<Option<(Kept, Me)>> {
    if args.name.is_some() {
        return Ok(None);
    }
    let Some(mut kept) = Kept::find(state, http.address(), code) else {
        return Ok(None);
    };
    let me = match seat::me(http, &kept.token).await {
        Ok(me) => me,
        Err(fault) if fault.passes() => return Err(refusal(&fault, http.address())),
        // Another class, or the seat was taken away.
        Err(_) => return Ok(None),
    };
    if me.ended {
        return Ok(None);
    }
    me.name.clone_into(&mut kept.name);
    kept.address = http.address().to_string();
    let question = text!(
        context.lang,
        "You are here as {}. Enter goes on; n takes a new seat: ",
        "Jesteś tu jako {}. Enter idzie dalej; n bierze nowe miejsce: ",
        foreign(&kept.name)
    );
    let answer = ask(&question).await?;
    let wants_another = matches!(answer.to_lowercase().as_str(), "n" | "no" | "nie");
    Ok((!wants_another).then_some((kept, me)))
}

/// Takes a seat: asks for what is missing, and again for what was wrong.
async fn sit_down(
    context: &Context,
    args: &JoinArgs,
    http: &mut Http,
    info: &Info,
    mut code: Option<String>,
) -> Result<(Kept, Me)> {
    let lang = context.lang;
    let is_free = info.names == "free";
    let mut name = args.name.clone();
    for _ in 0..TRIES {
        let wanted = match &code {
            Some(code) => code.clone(),
            None => {
                let question = lang.pick("Class code: ", "Kod klasy: ");
                tidy_code(&ask(question).await?)
            }
        };
        if wanted.is_empty() {
            continue;
        }
        if is_free && name.is_none() {
            let typed = ask(lang.pick("Your name: ", "Twoja nazwa: ")).await?;
            name = Some(typed).filter(|name| !name.is_empty());
        }
        let joined = match &name {
            // Names that nobody chooses belong to somebody.
            Some(_) if !is_free => None,
            name => Some(seat::join(http, &wanted, name.as_deref(), lang).await),
        };
        // The class has looked at the code before the name.
        let is_taken = matches!(&joined, Some(Err(fault)) if fault.is_taken());
        let seat = match (joined, &name) {
            (Some(joined), _) if !is_taken => joined,
            (_, Some(taken)) => {
                if is_taken {
                    say_taken(taken, lang);
                }
                let Some(seat) = back(http, &wanted, taken, lang).await? else {
                    code = Some(wanted);
                    name.take_if(|_| is_taken);
                    continue;
                };
                seat
            }
            _ => continue,
        };
        let seat = match seat {
            Ok(seat) => seat,
            Err(fault) => {
                let Some((why, is_secret)) = fault.mistyped() else {
                    return Err(refusal(&fault, http.address()));
                };
                beside(&wrapped(&foreign(why)));
                code = (is_taken || !is_secret).then_some(wanted);
                name.take_if(|_| !is_secret);
                continue;
            }
        };
        let me = seat::me(http, &seat.token).await;
        let me = me.map_err(|fault| refusal(&fault, http.address()))?;
        return Ok((Kept::new(http.address(), &wanted, &seat), me));
    }
    Err(
        Error::usage(text!("no seat was taken", "miejsce nie zostało zajęte")).hint(text!(
            "the code stands on the teacher's screen: two words and two digits",
            "kod jest na ekranie nauczyciela: dwa słowa i dwie cyfry"
        )),
    )
}

/// Says that there is somebody of this name.
fn say_taken(name: &str, lang: Lang) {
    beside(&wrapped(&text!(
        lang,
        "There is somebody called {} in this class. If that is you, type your PIN; Enter alone takes another name.",
        "W tej klasie jest już {}. Jeśli to ty, podaj swój PIN; sam Enter pozwala wybrać inną nazwę.",
        foreign(name)
    )));
}

/// Comes back with the PIN; `None` without one.
async fn back(
    http: &mut Http,
    code: &str,
    name: &str,
    lang: Lang,
) -> Result<Option<Result<Seat, Fault>>> {
    let question = text!(
        lang,
        "The PIN of {} (four digits): ",
        "PIN do {} (cztery cyfry): ",
        foreign(name)
    );
    let pin = ask(&question).await?;
    if pin.is_empty() {
        return Ok(None);
    }
    Ok(Some(seat::back(http, code, name, &pin, lang).await))
}

/// Who one is, and who can read along.
fn welcome(context: &Context, kept: &Kept, info: &Info) -> Result<()> {
    let lang = context.lang;
    let (name, pin) = (foreign(&kept.name), foreign(&kept.pin));
    let mut said = if pin.is_empty() {
        text!(lang, "You are {name}.\n", "Jesteś tu jako {name}.\n")
    } else {
        text!(
            lang,
            "You are {name}, PIN {pin}: name and PIN bring you back from another device.\n",
            "Jesteś tu jako {name}, PIN {pin}: z nazwą i PIN-em wrócisz z innego urządzenia.\n"
        )
    };
    said.push_str(lang.pick(
        ":hand raises your hand. The teacher is told what you type for an exercise and what you solve.\n",
        ":hand podnosi rękę. Nauczyciel wie, co piszesz w ćwiczeniach i co rozwiązujesz.\n",
    ));
    if info.plain {
        said.push_str(lang.pick(
            "The class speaks plain http: whoever shares the network can read along.\n",
            "Klasa rozmawia przez zwykłe http: każdy w tej samej sieci może podglądać.\n",
        ));
    }
    let options = wrapping(columns());
    let lines = said.lines();
    let said = lines.map(|line| textwrap::fill(line, &options) + "\n");
    print(said.collect::<String>().as_bytes()).map(drop)
}

/// Brings what was done on another device.
async fn fetch_progress(
    context: &Context,
    http: &mut Http,
    kept: &Kept,
    folder: &Path,
) -> Result<()> {
    let Ok(json) = seat::progress(http, &kept.token).await else {
        // A new seat has none.
        return Ok(());
    };
    let Ok(progress) = Progress::parse(json.to_string().as_bytes()) else {
        return Ok(());
    };
    Store::open(folder.to_owned(), context.lang)?.merge(progress)
}

fn keep(kept: &Kept, folder: &Path) -> Result<()> {
    kept.save(folder).map_err(|error| {
        let folder = folder.display();
        Error::check(text!(
            "your seat cannot be kept in {folder}: {error}",
            "nie można zachować miejsca w {folder}: {error}"
        ))
        .hint(folder_hint())
    })
}

fn no_folder() -> Error {
    Error::usage(text!(
        "there is no home directory to keep your seat in",
        "nie ma katalogu domowego na twoje miejsce"
    ))
    .hint(folder_hint())
}

fn folder_hint() -> Text {
    text!(
        "set {STATE_DIR_VARIABLE} to a folder of yours",
        "ustaw {STATE_DIR_VARIABLE} na swój katalog"
    )
}

/// A fault as the error that ends the program.
fn refusal(fault: &Fault, address: &Address) -> Error {
    let (what, hint) = fault.in_words(address);
    let error = match fault {
        Fault::Denied { .. } => Error::usage(what),
        _ => Error::server(what),
    };
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// Asks a question on the terminal.
async fn ask(question: &str) -> Result<String> {
    write_out(question)?;
    let read = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|read| (read, line))
    });
    let read = tokio::select! {
        read = read => read,
        () = interrupted() => {
            super::signals::after_ctrl_c();
            return Err(Error::interrupted());
        }
    };
    match read {
        Ok(Ok((1.., line))) => Ok(line.trim().to_owned()),
        Ok(Ok(_)) => {
            // Ctrl-D.
            write_out("\n")?;
            Err(Error::interrupted())
        }
        Ok(Err(error)) => Err(Error::usage(text!(
            "cannot read standard input: {error}",
            "nie można czytać standardowego wejścia: {error}"
        ))),
        Err(error) => Err(Error::check(Text::same(error.to_string()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::exercise::{Change, ChangeEvent};

    #[test]
    fn one_begins_where_the_teacher_is_or_where_one_was() {
        let sections: Vec<String> = ["strings", "lists", "sets"].map(str::to_owned).into();
        let mut progress = Progress::default();
        let begin = |place, progress: &Progress| from_here(&sections, place, progress);
        assert_eq!(begin(None, &progress), (sections.clone(), None));
        let place = crate::session::exercise::Place {
            step: 0,
            finished: true,
        };
        progress.apply(&Change {
            section: "strings".to_owned(),
            id: String::new(),
            event: ChangeEvent::Read(place),
        });
        assert_eq!(begin(None, &progress), (sections[1..].to_vec(), None));
        let teacher = |section: &str| {
            Some(Place {
                section: section.to_owned(),
                step: 4,
            })
        };
        let there = (sections[2..].to_vec(), Some(3));
        assert_eq!(begin(teacher("sets"), &progress), there);
        let elsewhere = (vec!["lua".to_owned()], Some(3));
        assert_eq!(begin(teacher("lua"), &progress), elsewhere);
    }
}
