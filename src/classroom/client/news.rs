//! What the class says: read as it comes where the way there lets a stream
//! through, otherwise asked for again and again.

use super::http::{Ask, Fault, Http};
use axum::body::Bytes;
use futures_util::{Stream, StreamExt as _};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;

/// A stream says something every 5 s, if only that it is there. One that is
/// silent for longer is held back on the way, or gone.
const SILENCE: Duration = Duration::from_secs(8);

/// How long a question for news waits at the class, and how much longer its
/// answer may take.
const WAIT: Duration = Duration::from_secs(8);
const ON_THE_WAY: Duration = Duration::from_secs(5);

/// The longest event that is read.
const LONGEST: usize = 256 * 1024;

/// Something the class says to a seat.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "what", rename_all = "lowercase")]
pub enum News {
    /// The teacher is at this step; without one everybody goes on alone.
    Follow {
        /// The section's id.
        section: Option<String>,
        /// The step, from 1.
        step: Option<usize>,
    },
    /// A sentence.
    Say {
        /// As it was typed.
        text: String,
        /// It is for this seat alone.
        #[serde(default)]
        one: bool,
    },
    /// A hint for an exercise.
    Hint {
        /// The exercise's id.
        exercise: String,
        /// The hint.
        text: String,
    },
    /// The teacher looks at this screen, or no longer.
    Look {
        /// Looks.
        on: bool,
    },
    /// The seat has another name.
    Name {
        /// It.
        name: String,
    },
    /// The hand was taken down.
    Hand {
        /// Whether it is up.
        up: bool,
    },
    /// The seat was taken away.
    Removed,
    /// The class is over.
    Ended,
    /// What a newer class says.
    #[serde(other)]
    Other,
}

/// How news come in now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// As a stream.
    Stream,
    /// Asked for.
    Poll,
}

/// Hears the news of one seat.
#[derive(Debug)]
pub struct Ear {
    http: Http,
    token: String,
    /// The id of the last news.
    after: Option<String>,
    way: Way,
}

/// Where what is heard goes: news, or only that the class is there; and up to
/// which id everything has been heard.
pub(super) type Heard<'a> = &'a mut (dyn FnMut(Option<News>, Option<&str>) + Send);

impl Ear {
    /// An ear that has heard everything up to `after`.
    pub fn new(http: Http, token: String, after: Option<String>) -> Ear {
        Ear {
            http,
            token,
            after,
            way: Way::Stream,
        }
    }

    /// How it hears now.
    pub fn way(&self) -> Way {
        self.way
    }

    /// Hears for a while; the caller goes on. A stream that was let through
    /// and then cut is begun again. One that is refused or says nothing is not
    /// tried again for as long as asking helps.
    ///
    /// # Errors
    /// Why nothing more can be heard for now.
    pub(super) async fn listen(&mut self, heard: Heard<'_>) -> Result<(), Fault> {
        if self.way == Way::Poll {
            return self.poll(heard).await;
        }
        let path = self.path("");
        let ask = Ask::get(&path, Some(&self.token));
        let body = match self.http.stream(&ask).await {
            Ok(body) => body,
            Err(fault) => {
                // Whoever is there and gives no stream is asked.
                if matches!(fault, Fault::Late | Fault::Foreign | Fault::Broken(_)) {
                    self.way = Way::Poll;
                    return self.poll(heard).await;
                }
                return Err(fault);
            }
        };
        let mut stream = body.into_data_stream();
        match self.read(&mut stream, heard).await {
            Cut::Silent => {
                self.way = Way::Poll;
                self.poll(heard).await
            }
            Cut::Over => Ok(()),
        }
    }

    async fn read<S, E>(&mut self, stream: &mut S, heard: Heard<'_>) -> Cut
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        let mut lines = Lines::default();
        let mut event = Part::default();
        let mut is_heard = false;
        loop {
            let chunk = match timeout(SILENCE, stream.next()).await {
                Ok(Some(Ok(chunk))) => chunk,
                Ok(_) if is_heard => return Cut::Over,
                Err(_) if is_heard => return Cut::Over,
                _ => return Cut::Silent,
            };
            is_heard = true;
            heard(None, None);
            for line in lines.feed(&chunk) {
                if let Some((id, news)) = event.line(&line) {
                    self.take(id, news, heard);
                }
            }
        }
    }

    /// Asks for news, and again, for as long as it is answered.
    async fn poll(&mut self, heard: Heard<'_>) -> Result<(), Fault> {
        let path = self.path(&format!("wait={}", WAIT.as_secs()));
        let ask = Ask::get(&path, Some(&self.token));
        let answer = self.http.ask_for(&ask, WAIT + ON_THE_WAY).await;
        let mut answer = answer.inspect_err(|_| self.way = Way::Stream)?;
        heard(None, None);
        let after = answer["after"].as_str().map(str::to_owned);
        if let Value::Array(news) = answer["news"].take() {
            for news in news {
                self.take(None, news, heard);
            }
        }
        if let Some(after) = after {
            heard(None, Some(&after));
            self.after = Some(after);
        }
        Ok(())
    }

    fn take(&mut self, id: Option<String>, news: Value, heard: Heard<'_>) {
        // What is no news of ours is no reason to hear no others.
        heard(serde_json::from_value(news).ok(), id.as_deref());
        if id.is_some() {
            self.after = id;
        }
    }

    fn path(&self, more: &str) -> String {
        let after = self.after.as_ref().map(|id| format!("after={id}"));
        let parts: Vec<&str> = [after.as_deref().unwrap_or(""), more]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        if parts.is_empty() {
            "class/news".to_owned()
        } else {
            format!("class/news?{}", parts.join("&"))
        }
    }
}

/// How a stream ended.
enum Cut {
    /// It had never said anything.
    Silent,
    /// It had.
    Over,
}

/// Lines out of chunks.
#[derive(Debug, Default)]
struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    fn feed(&mut self, chunk: &[u8]) -> Vec<String> {
        self.rest.extend_from_slice(chunk);
        let mut lines = Vec::new();
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            lines.push(line.trim_end_matches(['\n', '\r']).to_owned());
        }
        if self.rest.len() > LONGEST {
            self.rest.clear();
        }
        lines
    }
}

/// The event whose lines are coming in, as the standard of server-sent events
/// has it.
#[derive(Debug, Default)]
struct Part {
    id: Option<String>,
    data: String,
}

impl Part {
    /// A line; the event that it ends.
    fn line(&mut self, line: &str) -> Option<(Option<String>, Value)> {
        if line.is_empty() {
            let Part { id, data } = std::mem::take(self);
            let news = serde_json::from_str(&data).ok()?;
            return Some((id, news));
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => self.id = Some(value.to_owned()),
            "data" if self.data.len() < LONGEST => {
                if !self.data.is_empty() {
                    self.data.push('\n');
                }
                self.data.push_str(value);
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(chunks: &[&str]) -> Vec<(Option<String>, Value)> {
        let (mut lines, mut part) = (Lines::default(), Part::default());
        let chunks = chunks.iter();
        let lines = chunks.flat_map(|chunk| lines.feed(chunk.as_bytes()));
        lines.filter_map(|line| part.line(&line)).collect()
    }

    #[test]
    fn events_are_read_in_any_pieces() {
        let text = ": here\n\nid: 1-0\ndata: {\"what\":\"look\",\"on\":true}\n\nid:2-0\r\ndata:{\"what\":\r\ndata:\"ended\"}\r\n\r\n";
        let whole = events(&[text]);
        let news: Vec<News> = whole
            .iter()
            .map(|(_, news)| serde_json::from_value(news.clone()).unwrap())
            .collect();
        assert_eq!(news, [News::Look { on: true }, News::Ended]);
        assert_eq!(whole[1].0.as_deref(), Some("2-0"));
        for at in 0..text.len() {
            let (one, other) = text.split_at(at);
            assert_eq!(events(&[one, other]), whole, "cut at {at}");
        }
    }

    #[test]
    fn what_a_newer_class_says_is_passed_over() {
        let newer: News = serde_json::from_str(r#"{"what":"dance","how":3}"#).unwrap();
        assert_eq!(newer, News::Other);
        assert!(events(&["data: {no json\n\n"]).is_empty());
        let follow: News =
            serde_json::from_str(r#"{"what":"follow","section":null,"step":null}"#).unwrap();
        let nowhere = News::Follow {
            section: None,
            step: None,
        };
        assert_eq!(follow, nowhere);
    }
}
