//! What the interactive shell writes to the terminal.

use super::interrupts::Interrupts;
use crate::conn::Stop;
use crate::conn::state::Argv;
use crate::error::{Error, Result};
use crate::render::harmless::{Harmless, foreign, own};
use crate::render::style::{Ink, Style};
use crate::session::Event;
use crate::session::output::{Output, is_large};
use catalog::lang::Lang;
use catalog::text;
use resp::Reply;
use resp::format::{self, Printed};
use std::io::{self, BufWriter, Write};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::AsyncWriteExt as _;

/// How replies are shown.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// As redis-cli, raw, JSON.
    pub output: Output,
    /// Text beyond ASCII as it is.
    pub utf8: bool,
    /// Colour or none.
    pub style: Style,
    /// The language of errors.
    pub lang: Lang,
}

/// The terminal, with the key that ends what runs.
#[derive(Debug)]
pub struct Screen {
    interrupts: Interrupts,
    stop: Stop,
}

impl Screen {
    /// Standard output. Ctrl-C presses `stop`.
    pub fn new(stop: Stop) -> Screen {
        Screen {
            interrupts: Interrupts::new(),
            stop,
        }
    }

    /// Waits for Ctrl-C, and presses the key. Cancel-safe.
    pub async fn interrupted(&mut self) {
        self.interrupts.pressed().await;
        self.stop.press();
    }

    /// Shows a text of ours.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn show(&mut self, text: &str) -> Result<()> {
        self.control(&own(text))
    }

    /// Writes what the terminal shall obey.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn control(&mut self, text: &str) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())
            .and_then(|()| out.flush())
            .map_err(|error| gone(&error))
    }

    /// Clears the screen.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn clear(&mut self) -> Result<()> {
        self.control("\x1b[H\x1b[2J")
    }

    /// Shows an event; gives back the question that it asks. The replies for a
    /// program become its input instead.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub async fn event(
        &mut self,
        event: Event,
        form: Form,
        program: Option<&str>,
    ) -> Result<Option<String>> {
        match event {
            Event::Text(text) => self.show(&text)?,
            Event::Refused(text) => self.show(&format!("{text}\n"))?,
            Event::Message(message) => self.show(&message_text(&message, form.style))?,
            Event::Question(question) => return Ok(Some(question)),
            Event::Replies { argv, replies } => match program {
                None => {
                    self.reply(&argv, &replies, form.output, form.utf8).await?;
                }
                Some(program) => {
                    let input = plain_text(&argv, &replies);
                    if let Err(error) = self.run_program(program, input).await {
                        let text = error.message_in(form.lang);
                        self.show(&format!("{}\n", form.style.paint(Ink::Bad, text)))?;
                    }
                }
            },
        }
        Ok(None)
    }

    /// Shows the replies of a command; Ctrl-C stops a long one.
    ///
    /// # Errors
    /// When the terminal is gone.
    async fn reply(
        &mut self,
        argv: &Argv,
        replies: &Arc<Vec<Reply>>,
        output: Output,
        utf8: bool,
    ) -> Result<()> {
        for (at, reply) in replies.iter().enumerate() {
            if is_large(reply) {
                self.large_reply(argv.clone(), Arc::clone(replies), at, output)
                    .await?;
                continue;
            }
            let mut text = Vec::new();
            let _ = output
                .reply(argv, reply, &mut text, None)
                .map_err(|error| gone(&error))?;
            let text = String::from_utf8_lossy(&text);
            let text = match utf8 {
                true => readable(&text),
                false => text.into_owned(),
            };
            self.show(&foreign(&text))?;
        }
        Ok(())
    }

    async fn large_reply(
        &mut self,
        argv: Argv,
        replies: Arc<Vec<Reply>>,
        at: usize,
        output: Output,
    ) -> Result<()> {
        let cancel = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&cancel);
        let print = tokio::task::spawn_blocking(move || {
            let mut out = Harmless::foreign(BufWriter::with_capacity(16 * 1024, io::stdout()));
            let printed = output.reply(&argv, &replies[at], &mut out, Some(&flag))?;
            if printed == Printed::Cut {
                out.write_all(b"\n...\n")?;
            }
            out.flush()
        });
        tokio::pin!(print);
        loop {
            tokio::select! {
                done = &mut print => {
                    return match done {
                        Ok(Ok(())) => Ok(()),
                        Ok(Err(error)) => Err(gone(&error)),
                        Err(error) => Err(gone(&io::Error::other(error))),
                    };
                }
                () = self.interrupted() => cancel.store(true, Ordering::Relaxed),
            }
        }
    }

    /// Runs a program of the system's shell with this input.
    ///
    /// # Errors
    /// When it cannot be started.
    async fn run_program(&mut self, program: &str, input: Vec<u8>) -> Result<()> {
        let (shell, flag) = if cfg!(windows) {
            ("cmd", "/C")
        } else {
            ("sh", "-c")
        };
        let failed = |error: io::Error| {
            Error::usage(text!(
                "cannot run {program}: {error}",
                "nie można uruchomić {program}: {error}"
            ))
        };
        let mut child = tokio::process::Command::new(shell)
            .arg(flag)
            .arg(program)
            .stdin(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program like `head` may stop reading early.
            let _ = stdin.write_all(&input).await;
        }
        loop {
            tokio::select! {
                ended = child.wait() => return ended.map(|_| ()).map_err(failed),
                // Ctrl-C is for the program, which got it too.
                () = self.interrupts.pressed() => {}
            }
        }
    }
}

fn gone(error: &io::Error) -> Error {
    Error::usage(text!(
        "cannot write to the terminal: {error}",
        "nie można pisać na terminal: {error}"
    ))
}

/// A message as it is shown between prompts, without control characters that
/// could harm the screen.
pub fn message_text(message: &Reply, style: Style) -> String {
    if let Reply::Status(text) = message {
        return format!("{}\n", monitor_line(&foreign(text), style));
    }
    let mut out = Vec::new();
    // Writing into memory cannot fail.
    let _ = Output::Pretty.message(message, &mut out);
    foreign(&String::from_utf8_lossy(&out)).into_owned()
}

/// A line of MONITOR: time and client dimmed, the command's name coloured.
fn monitor_line(line: &str, style: Style) -> String {
    let Some((head, command)) = line.split_once("] ") else {
        return line.to_owned();
    };
    let head = style.paint(Ink::Dim, format!("{head}] "));
    match command.split_once(' ') {
        Some((name, rest)) => format!("{head}{} {rest}", style.paint(Ink::Command, name)),
        None => format!("{head}{}", style.paint(Ink::Command, command)),
    }
}

/// Replies as the text a program reads from the shell's pipe.
pub fn plain_text(argv: &Argv, replies: &[Reply]) -> Vec<u8> {
    let mut text = Vec::new();
    for reply in replies {
        // Writing into memory cannot fail.
        let _ = format::write_reply(argv, reply, &mut text, None);
    }
    text
}

/// The text of a reply with UTF-8 escapes as the characters they stand for.
/// Quoted strings escape every backslash, so an escape cannot be mistaken.
pub fn readable(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let (escaped, used) = hex_run(&bytes[at..]);
        if used > 0 {
            push_readable(&escaped, &mut out);
            at += used;
        } else if bytes[at] == b'\\' && at + 1 < bytes.len() {
            out.extend_from_slice(&bytes[at..at + 2]);
            at += 2;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Bytes of consecutive `\xHH` escapes, and how much text they take.
fn hex_run(text: &[u8]) -> (Vec<u8>, usize) {
    let mut bytes = Vec::new();
    for escape in text.chunks(4) {
        let value = match escape {
            [b'\\', b'x', high, low] => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|hex| u8::from_str_radix(hex, 16).ok()),
            _ => None,
        };
        match value {
            Some(value) => bytes.push(value),
            None => break,
        }
    }
    let used = bytes.len() * 4;
    (bytes, used)
}

fn push_readable(bytes: &[u8], out: &mut Vec<u8>) {
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            let mut utf8 = [0; 4];
            let encoded = c.encode_utf8(&mut utf8);
            if c.is_ascii() || c.is_control() {
                push_escapes(encoded.as_bytes(), out);
            } else {
                out.extend_from_slice(encoded.as_bytes());
            }
        }
        push_escapes(chunk.invalid(), out);
    }
}

fn push_escapes(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        out.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_escapes_become_characters() {
        assert_eq!(readable(r#""\xc5\xbc\xc3\xb3\xc5\x82w""#), "\"żółw\"");
        assert_eq!(
            readable(r#""\\xc5\xbc" \xff \x00"#),
            r#""\\xc5\xbc" \xff \x00"#
        );
    }

    #[test]
    fn messages_cannot_harm_the_screen() {
        let message = Reply::Status("1.5 [0 x] \"get\" \"\x1b[2J\"".into());
        let text = message_text(&message, Style::new(true));
        assert!(!text.contains("\x1b[2J"), "{text:?}");
        assert!(text.contains("\x1b[1;36m\"get\"\x1b[0m"));
    }
}
