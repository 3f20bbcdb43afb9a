//! The servers that a lesson starts for itself: `<!-- servers: primary 7001, replica 7002 -->`.
//!
//! A lesson writes round port numbers. What is played on real servers has the
//! ports that were free; they are put in the place of the written ones in the
//! whole of its text, so that commands, replies and prose say the same.

use catalog::lang::Text;
use catalog::text;

/// A server that a lesson starts for itself; a session of its name talks to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LessonServer {
    /// Its name, and that of its session.
    pub name: String,
    /// The port it has in the lesson's text.
    pub port: u16,
    /// What it is started as.
    pub kind: ServerKind,
}

/// What a server is started as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerKind {
    /// A server by itself.
    Single,
    /// A node of a cluster that knows no other node yet. Its ID is its name,
    /// repeated: [`LessonServer::node_id`].
    Cluster,
    /// A sentinel that watches nothing yet.
    Sentinel,
}

/// What a lesson does to one of its servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerAct {
    /// It is killed as by kill -9.
    Kill,
    /// It is started again, with what it had on its disk.
    Start,
}

impl ServerAct {
    /// As a lesson writes it.
    pub fn word(self) -> &'static str {
        match self {
            ServerAct::Kill => "kill",
            ServerAct::Start => "start",
        }
    }
}

/// So long is the ID of a node.
const NODE_ID: usize = 40;

impl LessonServer {
    /// Reads `NAME PORT`, `NAME PORT cluster` or `NAME PORT sentinel`.
    pub(super) fn read(text: &str) -> Result<LessonServer, Text> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (name, port, kind) = match words.as_slice() {
            [name, port] => (name, port, ServerKind::Single),
            [name, port, "cluster"] => (name, port, ServerKind::Cluster),
            [name, port, "sentinel"] => (name, port, ServerKind::Sentinel),
            _ => {
                return Err(text!(
                    "a server is written \"NAME PORT\", \"NAME PORT cluster\" or \"NAME PORT sentinel\", not \"{text}\"",
                    "serwer pisze się „NAZWA PORT”, „NAZWA PORT cluster” albo „NAZWA PORT sentinel”, a nie „{text}”"
                ));
            }
        };
        // Shorter numbers stand for other things in a text, too.
        let port = port.parse().ok().filter(|port| *port >= 1000);
        let port = port.ok_or_else(|| {
            text!(
                "not a port of four digits or five: \"{text}\"",
                "port ma cztery albo pięć cyfr: „{text}”"
            )
        })?;
        let is_hex = name
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if kind == ServerKind::Cluster && !(is_hex && NODE_ID.is_multiple_of(name.len())) {
            return Err(text!(
                "the name of a node in a cluster is made of 0 to 9 and a to f, for its ID is made of it: \"{name}\"",
                "nazwa węzła klastra składa się z 0-9 i a-f, bo powstaje z niej jego ID: „{name}”"
            ));
        }
        Ok(LessonServer {
            name: (*name).to_owned(),
            port,
            kind,
        })
    }

    /// The ID of a node in a cluster: `aaaa...` for the node `a`.
    pub fn node_id(&self) -> String {
        self.name.repeat(NODE_ID / self.name.len().max(1))
    }
}

/// Text with some of its numbers replaced by others.
pub fn with_numbers(text: &str, numbers: &[(u16, u16)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        let end = from
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(from.len());
        let (number, behind) = from.split_at(end);
        out.push_str(before);
        let known = numbers.iter().find(|(old, _)| old.to_string() == number);
        match known {
            Some((_, new)) => out.push_str(&new.to_string()),
            None => out.push_str(number),
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::lang::Lang;

    #[test]
    fn servers_are_read_and_other_words_refused() {
        let server = LessonServer::read("primary 7001").expect("well written");
        assert_eq!((server.name.as_str(), server.port), ("primary", 7001));
        let node = LessonServer::read(" ab 7002 cluster").expect("well written");
        assert_eq!(node.node_id(), "ab".repeat(20));
        for (text, says) in [
            ("primary", "written"),
            ("primary 7001 replica", "written"),
            ("primary 70", "port"),
            ("primary 70001", "port"),
            ("nodes 7001 cluster", "0 to 9"),
            ("abc 7001 cluster", "0 to 9"),
        ] {
            let error = LessonServer::read(text).expect_err(text);
            let error = error.pick(Lang::En);
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn whole_numbers_are_replaced_and_no_others() {
        let text = "REPLICAOF 127.0.0.1 7001, port=7001@17001, 70010 and x7001";
        assert_eq!(
            with_numbers(text, &[(7001, 24102), (17001, 5)]),
            "REPLICAOF 127.0.0.1 24102, port=24102@5, 70010 and x24102"
        );
    }
}
