//! While a line is typed: messages that arrive, Tab, and a lost connection.

use super::Repl;
use crate::conn::ConnError;
use crate::error::Result;
use crate::render::harmless::{foreign, own};
use crate::repl::editor::{Event, KEYS_DEADLINE, KeysRequest, Typed};
use crate::repl::wording;
use crate::session::{self, Hooks, Session, key_names};
use std::time::Duration;

/// A lost server is tried again this often while the prompt waits.
const RETRY: Duration = Duration::from_millis(500);

/// How long the server may be looked at for what is said about an answer that
/// comes while a line is edited.
const LOOKING: Duration = Duration::from_millis(500);

/// A server is asked for its commands so much later than the prompt is: on few
/// processors it would stand later otherwise.
const PROMPT_FIRST: Duration = Duration::from_millis(10);

impl Repl {
    /// Asks the server for its commands while the line is typed. What the user
    /// does comes first, and ends the asking: it goes on at the next prompt.
    pub(super) async fn learn(&mut self, hooks: &impl Hooks) -> Option<Event> {
        let session = &mut self.session;
        if !session.shell.is_new(&session.client) {
            return None;
        }
        let learned = async {
            tokio::time::sleep(PROMPT_FIRST).await;
            session.learn().await
        };
        let learned = tokio::select! {
            biased;
            learned = learned => learned,
            event = self.editor.event() => {
                // The asking was left in the middle of a reply.
                self.session.shell.side.drop_connection();
                return Some(event);
            }
        };
        if learned {
            self.look(hooks);
        }
        None
    }

    /// Waits for the line being typed; meanwhile shows messages, answers Tab,
    /// and notices and mends a lost connection.
    pub(super) async fn wait_for_line(
        &mut self,
        mut first: Option<Event>,
        hooks: &mut impl Hooks,
    ) -> Result<Typed> {
        let mut next_try = tokio::time::Instant::now() + RETRY;
        self.session.stop().forget();
        loop {
            match first.take() {
                Some(Event::Typed(typed)) => return Ok(typed),
                Some(Event::Keys(request)) => self.answer_keys(request).await,
                None => {}
            }
            tokio::select! {
                biased;
                event = self.editor.event() => match event {
                    Event::Typed(typed) => return Ok(typed),
                    Event::Keys(request) => self.answer_keys(request).await,
                },
                news = news(&mut self.session, next_try) => match news {
                    News::Arrived(arrived) => self.arrived(arrived).await?,
                    News::Lost(error) => {
                        let text = self.session.lose(&error);
                        self.change_prompt();
                        self.above(&text)?;
                        next_try = tokio::time::Instant::now() + RETRY / 10;
                    }
                    News::Back => {
                        self.session.rewire();
                        let text = self.session.back();
                        self.change_prompt();
                        self.above(&text)?;
                    }
                    News::StillGone => next_try = tokio::time::Instant::now() + RETRY,
                },
                text = hooks.late() => {
                    self.look(hooks);
                    self.above(&text)?;
                }
            }
        }
    }

    /// Key names for Tab, within the deadline or not at all.
    async fn answer_keys(&mut self, request: KeysRequest) {
        let Session { client, shell, .. } = &mut self.session;
        let names = async {
            let side = shell.side.beside(client).await?;
            key_names(side, &request.wanted).await
        };
        let names = match tokio::time::timeout(KEYS_DEADLINE, names).await {
            Ok(Ok(names)) => names,
            // Late or lost: a reply may still be on its way there.
            _ => {
                self.session.shell.side.drop_connection();
                Vec::new()
            }
        };
        // Nobody waits any more when Tab gave up first.
        let _ = request.answer.send(names);
    }

    /// The line that is edited is of a prompt that says something else now.
    fn change_prompt(&self) {
        self.editor.change_prompt(&foreign(&self.session.prompt()));
    }

    /// Tells what has arrived above the line being edited.
    async fn arrived(&mut self, arrived: session::Arrived) -> Result<()> {
        self.session.drain_wire();
        let told = tokio::time::timeout(LOOKING, self.session.tell(arrived)).await;
        if told.is_err() {
            // A reply may still be on its way there.
            self.session.shell.side.drop_connection();
        }
        self.change_prompt();
        let form = self.form();
        while let Ok(event) = self.events.try_recv() {
            self.above(&wording::above(event, form))?;
        }
        Ok(())
    }

    /// Shows text above the line being edited.
    fn above(&mut self, text: &str) -> Result<()> {
        if text.is_empty() || self.editor.print_above(&own(text)) {
            return Ok(());
        }
        self.screen.show(text)
    }
}

/// What happens to connections that nothing is asked on.
enum News {
    Arrived(session::Arrived),
    Lost(ConnError),
    Back,
    StillGone,
}

/// What arrives; without a connection, what comes of connecting once the time
/// has come. Cancel-safe.
async fn news(session: &mut Session, next_try: tokio::time::Instant) -> News {
    let is_gone = !session.client.is_connected();
    tokio::select! {
        arrived = session.arrived() => {
            return match arrived.loss() {
                Ok(arrived) => News::Arrived(arrived),
                Err(error) => News::Lost(error),
            };
        }
        () = tokio::time::sleep_until(next_try), if is_gone => {}
    }
    match session.client.connect().await {
        Ok(()) => News::Back,
        Err(_) => News::StillGone,
    }
}
