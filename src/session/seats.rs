//! `:session NAME`: the connections of a session besides the one at the prompt,
//! so that transactions, waiting commands and messages can be tried against
//! each other in one shell.
//!
//! What a connection waits for goes on while another stands at the prompt, and
//! is told when it comes.

use super::Session;
use super::shell::{Preparation, Shell};
use crate::conn::state::Silence;
use crate::conn::{Arrival, Client, ConnError, Pending};
use crate::error::{Error, Result};
use crate::render::style::Ink;
use crate::session::event::Event;
use catalog::text;
use resp::Reply;
use resp::split::quote_all;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

/// The name of the connection that a session begins with.
const FIRST: &str = "main";
/// A session has at most so many connections.
const MOST: usize = 16;
/// Names are at most so long.
const LONGEST_NAME: usize = 20;
/// Where there are several connections, a command that waits longer than this
/// gives the prompt back.
pub(super) const GIVES_BACK: Duration = Duration::from_millis(300);

/// A command that waits in the server while something else is done.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) pending: Pending,
    pub(super) began: Instant,
    pub(super) replies: Vec<Reply>,
    pub(super) known: Preparation,
}

/// A connection with what it waits for.
#[derive(Debug)]
struct Seat {
    client: Client,
    waiting: Option<Waiting>,
}

/// The connections of a session, but for the one at the prompt.
#[derive(Debug, Default)]
pub struct Seats {
    /// Which connection stands at the prompt; `None` is the first one.
    at_prompt: Option<String>,
    /// What the one at the prompt waits for.
    pub(super) waiting: Option<Waiting>,
    others: BTreeMap<Option<String>, Seat>,
}

/// Something that arrived while nothing was asked.
#[derive(Debug)]
pub struct Arrived {
    /// The connection; `None` is the one at the prompt.
    seat: Option<Option<String>>,
    what: std::result::Result<Arrival, ConnError>,
}

impl Arrived {
    /// Why the connection at the prompt is lost, where that is what came.
    pub fn loss(self) -> std::result::Result<Arrived, ConnError> {
        match self {
            Arrived {
                seat: None,
                what: Err(error),
            } => Err(error),
            other => Ok(other),
        }
    }
}

impl Seats {
    /// Whether there is more than one connection.
    pub(super) fn are_several(&self) -> bool {
        !self.others.is_empty()
    }

    /// The name of the connection at the prompt, but for the first one.
    pub(super) fn name(&self) -> Option<&str> {
        self.at_prompt.as_deref()
    }

    /// The names of all.
    pub fn names(&self) -> Vec<String> {
        let others = self.others.keys();
        let all = others.chain([&self.at_prompt]);
        let mut names: Vec<String> = all.map(|name| shown(name).to_owned()).collect();
        names.sort();
        names
    }
}

fn shown(name: &Option<String>) -> &str {
    name.as_deref().unwrap_or(FIRST)
}

/// What arrives next on a connection. Cancel-safe.
async fn arrival(
    client: &mut Client,
    waiting: &mut Option<Waiting>,
) -> std::result::Result<Arrival, ConnError> {
    match waiting {
        Some(waiting) => client.answer(&mut waiting.pending).await,
        None => client.receive().await.map(Arrival::Message),
    }
}

/// What is lost with a connection, and the command that nothing is known of.
fn lost_with_it(shell: &Shell, losses: &[String], waited: Option<Waiting>) -> String {
    let lang = shell.lang;
    let mut text = String::new();
    if !losses.is_empty() {
        let lost = lang.pick("lost", "przepadło");
        text += &shell.remark(&format!("{lost}: {}", losses.join(", ")));
    }
    if let Some(waited) = waited {
        let command = quote_all(waited.pending.argv());
        text += &shell.remark(&text!(
            lang,
            "whether {command} was run is not known",
            "nie wiadomo, czy {command} się wykonało"
        ));
    }
    text
}

impl Session {
    /// Waits for whatever arrives next on any of the connections, which
    /// [`Session::tell`] is to tell. Cancel-safe.
    pub async fn arrived(&mut self) -> Arrived {
        let Seats {
            waiting, others, ..
        } = &mut self.seats;
        let mut waits: Vec<Pin<Box<dyn Future<Output = Arrived>>>> = Vec::new();
        if self.client.is_connected() {
            let what = arrival(&mut self.client, waiting);
            waits.push(Box::pin(async {
                let what = what.await;
                Arrived { seat: None, what }
            }));
        }
        for (name, seat) in others {
            if seat.client.is_connected() {
                let what = arrival(&mut seat.client, &mut seat.waiting);
                let seat = Some(name.clone());
                waits.push(Box::pin(async {
                    let what = what.await;
                    Arrived { seat, what }
                }));
            }
        }
        std::future::poll_fn(|context| {
            let mut polled = waits.iter_mut().map(|wait| wait.as_mut().poll(context));
            polled.find(Poll::is_ready).unwrap_or(Poll::Pending)
        })
        .await
    }

    /// Tells what has arrived.
    pub async fn tell(&mut self, arrived: Arrived) {
        let (lang, style) = (self.shell.lang, self.shell.style);
        let (mark, client, waiting) = match &arrived.seat {
            None => (None, &mut self.client, &mut self.seats.waiting),
            Some(name) => match self.seats.others.get_mut(name) {
                Some(seat) => {
                    let mark = format!("@{}", shown(name));
                    (Some(mark), &mut seat.client, &mut seat.waiting)
                }
                None => return,
            },
        };
        let head = |what: &str| {
            let mark = mark.as_deref().unwrap_or("▸");
            let text = format!("{mark} {what}");
            format!("{}\n", style.paint(Ink::Dim, text.trim_end()))
        };
        match arrived.what {
            Ok(Arrival::Message(message)) => {
                client.state.observe_message(&message);
                if message.is_error() {
                    // CLIENT REPLY OFF was refused.
                    client.state.silence = Silence::None;
                }
                if mark.is_some() {
                    self.out.say(head(""));
                }
                self.out.tell(Event::Message(message));
            }
            Ok(Arrival::Reply(reply)) => {
                let Some(mut waited) = waiting.take() else {
                    return;
                };
                waited.replies.push(reply);
                if !waited.pending.is_answered() {
                    *waiting = Some(waited);
                    return;
                }
                let argv = waited.pending.argv().clone();
                self.out.say(head(&quote_all(&argv)));
                let replies = Arc::new(waited.replies);
                self.out.tell(Event::Replies {
                    argv: argv.clone(),
                    replies: Arc::clone(&replies),
                });
                let took = waited.began.elapsed();
                let known = waited.known;
                let text = self
                    .shell
                    .conclude(client, &argv, &replies, took, known)
                    .await;
                self.out.say(text);
            }
            Err(error) => {
                let losses = client.state.losses(lang);
                client.disconnect();
                let text = head(&error.text(lang));
                let lost = lost_with_it(&self.shell, &losses, waiting.take());
                self.out.say(text + &lost);
            }
        }
    }

    /// `:session [NAME]`: another connection stands at the prompt, a new one
    /// where there is none of that name; without a name, which there are.
    pub(super) async fn sit(&mut self, args: &[String]) -> Result<String> {
        let Some(name) = args.first() else {
            return Ok(self.seats_text());
        };
        let lang = self.shell.lang;
        let name = name.strip_prefix('@').unwrap_or(name);
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || name.chars().count() > LONGEST_NAME || !name.chars().all(fits) {
            return Err(Error::usage(text!(
                ":session takes a name of letters, digits, - and _, {LONGEST_NAME} at most",
                ":session przyjmuje nazwę z liter, cyfr, - i _, najwyżej {LONGEST_NAME}"
            )));
        }
        let wanted = (name != FIRST).then(|| name.to_owned());
        if wanted == self.seats.at_prompt {
            return Ok(String::new());
        }
        let is_first = !self.seats.are_several();
        let known = self.seats.others.remove(&wanted);
        if known.is_none() && self.seats.others.len() + 1 >= MOST {
            return Err(Error::usage(text!(
                "there are {MOST} connections already",
                "jest już {MOST} połączeń"
            )));
        }
        let seat = known.unwrap_or_else(|| {
            let mut client = Client::new(self.client.target().clone());
            // Whoever was let in by AUTH is let in here too.
            client.state.login.clone_from(&self.client.state.login);
            client.state.user.clone_from(&self.client.state.user);
            Seat {
                client,
                waiting: None,
            }
        });
        let mut left = std::mem::replace(&mut self.client, seat.client);
        left.set_tap(None);
        let left = Seat {
            client: left,
            waiting: std::mem::replace(&mut self.seats.waiting, seat.waiting),
        };
        let name = std::mem::replace(&mut self.seats.at_prompt, wanted);
        self.seats.others.insert(name, left);
        if let Err(error) = self.client.connect().await {
            self.say_unreachable(&error);
        }
        if !is_first {
            return Ok(String::new());
        }
        Ok(self.shell.remark(lang.pick(
            "a second connection; a command that waits gives the prompt back, and its answer is shown when it comes. :session main leads back",
            "drugie połączenie; polecenie, które czeka, oddaje wiersz, a odpowiedź pojawi się, gdy nadejdzie. :session main wraca do pierwszego",
        )))
    }

    /// The connections, with what each is doing.
    fn seats_text(&self) -> String {
        let mut text = String::new();
        let here = (&self.seats.at_prompt, &self.client, &self.seats.waiting);
        let others = self.seats.others.iter();
        let others = others.map(|(name, seat)| (name, &seat.client, &seat.waiting));
        let mut all: Vec<_> = others.chain([here]).collect();
        all.sort_by_key(|(name, ..)| shown(name).to_owned());
        for (name, client, waiting) in all {
            let mark = if *name == self.seats.at_prompt {
                "*"
            } else {
                " "
            };
            let state = if client.is_connected() {
                client.state.prompt(shown(name))
            } else {
                format!("{} (not connected)", shown(name))
            };
            let state = state.trim_end_matches("> ");
            let waits = waiting.as_ref().map(|waiting| {
                let label = self.shell.lang.pick("waits for", "czeka na");
                format!("  {label} {}", quote_all(waiting.pending.argv()))
            });
            text.push_str(&format!("{mark} {state}{}\n", waits.unwrap_or_default()));
        }
        text
    }

    /// Why nothing can be sent at the prompt: its connection waits.
    pub(super) fn still_waits(&self) -> Option<String> {
        let waiting = self.seats.waiting.as_ref()?;
        let command = quote_all(waiting.pending.argv());
        Some(text!(
            self.shell.lang,
            "this connection still waits for {command}; Ctrl-C ends that, :session picks another",
            "to połączenie wciąż czeka na {command}; Ctrl-C to kończy, :session wybiera inne"
        ))
    }
}
