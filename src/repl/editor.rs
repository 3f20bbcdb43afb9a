//! The line editor on a thread of its own: rustyline with completion, hints,
//! colours and history. The only user of rustyline.
//!
//! A thread, because reading a line blocks, while messages arrive and the
//! connection is watched. Text that comes in meanwhile is printed above the
//! line by another thread: rustyline's printer waits while the user searches
//! the history, and nobody else should.

use super::config::{Config, EditMode, prepare_history};
use super::editor_assistant::{Assistant, Ghost};
use crate::render::style::{Ink, Style};
use crate::session::complete::KeysWanted;
use crate::session::word::Word;
use crate::session::{Commands, Next, has_secret};
use catalog::lang::Lang;
use rustyline::config::Configurer as _;
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{ColorMode, CompletionType, Editor, Prompt};
use std::cell::LazyCell;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender, unbounded_channel};
use unicode_width::UnicodeWidthStr as _;

/// How long Tab waits for key names before it does without.
pub const KEYS_DEADLINE: Duration = Duration::from_millis(200);
/// So many messages wait for being printed; more are counted, not shown.
const PRINT_QUEUE: usize = 1024;
/// So many candidates are shown; more help nobody.
pub(super) const MOST_CANDIDATES: usize = 300;

/// What the thread is asked to do.
enum Ask {
    /// Read a line behind this prompt, and keep it in the history.
    Line(String),
    /// Read an answer to a question: no history, no completion.
    Answer(String),
}

/// What the user did.
#[derive(Debug, PartialEq, Eq)]
pub enum Typed {
    /// Entered a line, or several.
    Line(String),
    /// Pressed Ctrl-C; whether the line had text in it.
    Interrupted {
        /// The line was not empty.
        had_text: bool,
    },
    /// Pressed Ctrl-D on an empty line.
    End,
    /// The terminal is gone.
    Failed(String),
}

/// What comes from the editor while a line is edited.
#[derive(Debug)]
pub enum Event {
    /// The line is done.
    Typed(Typed),
    /// Tab wants key names.
    Keys(KeysRequest),
}

/// Tab was pressed where keys may stand.
#[derive(Debug)]
pub struct KeysRequest {
    /// Which keys.
    pub wanted: KeysWanted,
    /// Where the names go, each with its type.
    pub answer: Sender<Vec<(Vec<u8>, String)>>,
}

/// What the editor shows besides the line, and what it knows.
#[derive(Debug, Clone)]
pub struct Look {
    /// The learner's language.
    pub lang: Lang,
    /// Colour or none.
    pub style: Style,
    /// Syntax hints.
    pub syntax: bool,
    /// The commands of the server.
    pub commands: Commands,
    /// The words of a mode.
    pub extra: Vec<Word>,
    /// The names of the session's connections.
    pub sessions: Vec<String>,
    /// What Enter on an empty line does.
    pub next: Option<Next>,
    /// Keys pressed before the prompt stands are dropped.
    pub drops_early_keys: bool,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) look: Look,
    /// The text of the line as last drawn.
    pub(super) text: String,
    pub(super) prompt: String,
    /// What the prompt has become while the line is edited.
    later: Arc<OnceLock<[String; 2]>>,
    /// What stands behind the cursor, if anything does.
    pub(super) ghost: Option<Ghost>,
    /// An answer is read, not a command.
    pub(super) asking: bool,
}

impl Shared {
    fn begin(&mut self, prompt: &str) {
        prompt.clone_into(&mut self.prompt);
        self.later = Arc::default();
        self.ghost = None;
    }
}

/// A prompt that may change while its line is edited, once, and not its width:
/// the cursor's place is reckoned from that.
struct Live {
    /// As it is, and styled.
    now: [String; 2],
    later: Arc<OnceLock<[String; 2]>>,
}

impl Prompt for Live {
    fn raw(&self) -> &str {
        &self.later.get().unwrap_or(&self.now)[0]
    }

    fn styled(&self) -> &str {
        &self.later.get().unwrap_or(&self.now)[1]
    }
}

/// A prompt as it is, and styled.
fn both(prompt: &str, style: Style) -> [String; 2] {
    let styled = style.paint(Ink::Bold, prompt.trim_end());
    let blank = &prompt[prompt.trim_end().len()..];
    [prompt.to_owned(), format!("{styled}{blank}")]
}

/// What a prompt becomes in its own width: the new one with a gap, or, where
/// that is wider, the old one with its marks crossed out.
fn in_its_width(old: &str, new: &str) -> String {
    let end = "> ";
    if new.width() <= old.width() {
        let gap = " ".repeat(old.width() - new.width());
        return format!("{}{gap}{end}", new.trim_end_matches(end));
    }
    let mut is_mark = false;
    old.chars()
        .map(|c| {
            match c {
                '(' => is_mark = true,
                ')' => is_mark = false,
                c if is_mark && c.is_ascii() => return '-',
                _ => {}
            }
            c
        })
        .collect()
}

/// The line editor.
#[derive(Debug)]
pub struct LineEditor {
    asks: Sender<Ask>,
    typed: UnboundedReceiver<Typed>,
    keys: UnboundedReceiver<KeysRequest>,
    shared: Arc<Mutex<Shared>>,
    /// Its thread starts with the first text.
    printer: Option<LazyCell<mpsc::Sender<String>, StartPrinter>>,
    dropped: usize,
}

/// Starts the thread that prints above the line.
type StartPrinter = Box<dyn FnOnce() -> mpsc::Sender<String>>;

pub(super) fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LineEditor {
    /// Starts the thread. `history` is where lines are kept, if anywhere.
    ///
    /// # Errors
    /// When the terminal cannot be used.
    pub fn start(
        look: Look,
        config: &Config,
        history: Option<PathBuf>,
    ) -> Result<LineEditor, String> {
        let shared = Arc::new(Mutex::new(Shared {
            look,
            text: String::new(),
            prompt: String::new(),
            later: Arc::default(),
            ghost: None,
            asking: false,
        }));
        let (asks, asked) = channel();
        let (tell, typed) = unbounded_channel();
        let (request_keys, keys) = unbounded_channel();
        let helper = Assistant {
            shared: Arc::clone(&shared),
            keys: request_keys,
        };
        let mut editor = build(helper, config).map_err(|error| error.to_string())?;
        // A terminal too simple for it (TERM=dumb) gets messages in between.
        let printer = editor
            .create_external_printer()
            .ok()
            .map(|printer| LazyCell::new(Box::new(|| print_in_thread(printer)) as StartPrinter));
        let thread_shared = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("line-editor".into())
            .spawn(move || serve(editor, &asked, &tell, &thread_shared, history))
            .map_err(|error| error.to_string())?;
        Ok(LineEditor {
            asks,
            typed,
            keys,
            shared,
            printer,
            dropped: 0,
        })
    }

    /// Begins to read a line.
    pub fn ask_line(&self, prompt: &str) {
        let mut shared = lock(&self.shared);
        shared.asking = false;
        shared.begin(prompt);
        // A thread that is gone says so when its answer is waited for.
        let _ = self.asks.send(Ask::Line(prompt.to_owned()));
    }

    /// Begins to read the answer to a question.
    pub fn ask_answer(&self, question: &str) {
        let mut shared = lock(&self.shared);
        shared.asking = true;
        shared.begin(question);
        let _ = self.asks.send(Ask::Answer(question.to_owned()));
    }

    /// What comes next while a line is edited. Cancel-safe.
    pub async fn event(&mut self) -> Event {
        tokio::select! {
            biased;
            Some(request) = self.keys.recv() => Event::Keys(request),
            typed = self.typed.recv() => Event::Typed(match typed {
                Some(typed) => typed,
                None => Typed::Failed("the line editor has ended".into()),
            }),
        }
    }

    /// Prints text above the line being edited. Never waits: what does not
    /// fit into the queue is counted and the count shown later.
    pub fn print_above(&mut self, text: &str) -> bool {
        let Some(printer) = &self.printer else {
            return false;
        };
        let mut text = text.to_owned();
        if self.dropped > 0 {
            text.push_str(&format!("  … +{}\n", self.dropped));
        }
        match printer.try_send(text) {
            Ok(()) => self.dropped = 0,
            Err(TrySendError::Full(_)) => self.dropped += 1,
            Err(TrySendError::Closed(_)) => return false,
        }
        true
    }

    /// The prompt from now on, as far as it can be shown before the next one;
    /// it is seen with the next text above the line.
    pub fn change_prompt(&self, prompt: &str) {
        let shared = lock(&self.shared);
        if shared.asking || shared.prompt == prompt {
            return;
        }
        let prompt = in_its_width(&shared.prompt, prompt);
        let _ = shared.later.set(both(&prompt, shared.look.style));
    }

    /// Changes language or colour, or what Enter does.
    pub fn set_look(&self, change: impl FnOnce(&mut Look)) {
        let mut shared = lock(&self.shared);
        change(&mut shared.look);
        shared.renew_ghost();
    }
}

fn build(
    helper: Assistant,
    config: &Config,
) -> rustyline::Result<Editor<Assistant, DefaultHistory>> {
    let style = lock(&helper.shared).look.style;
    let settings = rustyline::Config::builder()
        .max_history_size(config.history_size.max(1))?
        .history_ignore_space(true)
        .history_ignore_dups(true)?
        .completion_type(CompletionType::List)
        .completion_show_all_if_ambiguous(true)
        .completion_prompt_limit(MOST_CANDIDATES + 1)
        .bell_style(rustyline::config::BellStyle::None)
        .color_mode(if style.is_colored() {
            ColorMode::Enabled
        } else {
            ColorMode::Disabled
        })
        .edit_mode(match config.edit_mode {
            EditMode::Emacs => rustyline::EditMode::Emacs,
            EditMode::Vi => rustyline::EditMode::Vi,
        })
        .build();
    let mut editor = Editor::with_config(settings)?;
    editor.set_helper(Some(helper));
    editor.set_enable_signals(false);
    // A line is drawn with one write: the two around it would hold nothing together.
    editor.enable_synchronized_output(false);
    Ok(editor)
}

fn serve(
    mut editor: Editor<Assistant, DefaultHistory>,
    asked: &Receiver<Ask>,
    tell: &UnboundedSender<Typed>,
    shared: &Mutex<Shared>,
    history: Option<PathBuf>,
) {
    if let Some(path) = &history {
        // A history that cannot be read or written is only missed.
        let _ = prepare_history(path);
        let _ = editor.load_history(path);
    }
    while let Ok(ask) = asked.recv() {
        let (prompt, is_line) = match ask {
            Ask::Line(prompt) => (prompt, true),
            Ask::Answer(prompt) => (prompt, false),
        };
        let (prompt, drops) = {
            let mut shared = lock(shared);
            shared.text.clear();
            let live = Live {
                now: both(&prompt, shared.look.style),
                later: Arc::clone(&shared.later),
            };
            (live, shared.look.drops_early_keys)
        };
        if drops {
            drop_early_keys();
        }
        let typed = match editor.readline(&prompt) {
            Ok(line) => Typed::Line(line),
            Err(ReadlineError::Interrupted) => Typed::Interrupted {
                had_text: !lock(shared).text.is_empty(),
            },
            Err(ReadlineError::Eof) => Typed::End,
            Err(error) => Typed::Failed(error.to_string()),
        };
        let kept = match &typed {
            Typed::Line(line) if is_line => Some(line.trim_end().to_owned()),
            _ => None,
        };
        if tell.send(typed).is_err() {
            return;
        }
        // While it is carried out.
        if let Some(line) = kept.filter(|line| !line.trim_start().is_empty() && !has_secret(line))
            && editor.add_history_entry(&line).unwrap_or(false)
            && let Some(path) = &history
        {
            let _ = editor.append_history(path);
        }
    }
}

/// Forgets what was typed while nobody read.
#[cfg(unix)]
fn drop_early_keys() {
    use rustix::termios::{QueueSelector, tcflush};
    // Where it cannot be forgotten it is read.
    let _ = tcflush(std::io::stdin(), QueueSelector::IFlush);
}

#[cfg(not(unix))]
fn drop_early_keys() {}

/// A thread that prints above the line, from a bounded queue.
fn print_in_thread(
    mut printer: impl rustyline::ExternalPrinter + Send + 'static,
) -> mpsc::Sender<String> {
    // Not the standard library's, which has a full queue's room from the start.
    let (sender, mut receiver) = mpsc::channel::<String>(PRINT_QUEUE);
    std::thread::spawn(move || {
        while let Some(mut text) = receiver.blocking_recv() {
            // What has piled up goes out as one text: redrawing the line for
            // every message would flicker.
            while let Ok(more) = receiver.try_recv() {
                text.push_str(&more);
                if text.len() > 64 * 1024 {
                    break;
                }
            }
            if printer.print(text).is_err() {
                return;
            }
        }
    });
    sender
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_changes_within_its_width() {
        for (old, new, shown) in [
            ("lab(TX)> ", "lab> ", "lab    > "),
            ("lab(TX)> ", "not connected(TX lost)> ", "lab(--)> "),
            (
                "a(RESP3)(subscribed)> ",
                "not connected(TX lost)> ",
                "a(-----)(----------)> ",
            ),
            ("ala(waiting)> ", "ala> ", "ala         > "),
            ("lab> ", "not connected> ", "lab> "),
        ] {
            assert_eq!(in_its_width(old, new), shown);
        }
    }
}
