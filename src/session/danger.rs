//! Commands that destroy or stop much at a word: asked about before they are
//! sent to a server that is not the lab's own.

use crate::conn::state::name_of;
use catalog::lang::Lang;
use catalog::{Categories, Command, Flags};

/// KEYS is asked about above so many keys.
pub const MANY_KEYS: i64 = 10_000;

/// What is asked about a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Danger {
    /// It deletes everything in the database or on the server.
    DeletesAll,
    /// It stops or disturbs the server.
    StopsServer,
    /// It changes who may use the server or what it replicates.
    ChangesServer,
    /// The server says so of a command that only it knows.
    SaidByServer,
    /// It blocks the server on many keys; asked only when there are many.
    BlocksServer,
}

impl Danger {
    /// What may happen, as a sentence.
    pub fn text(self, lang: Lang) -> &'static str {
        match self {
            Danger::DeletesAll => lang.pick(
                "this deletes all keys, and nothing brings them back",
                "to usunie wszystkie klucze i nic ich nie przywróci",
            ),
            Danger::StopsServer => lang.pick(
                "this can stop the server for everybody",
                "to może zatrzymać serwer wszystkim",
            ),
            Danger::ChangesServer => lang.pick(
                "this changes the server for everybody",
                "to zmienia serwer dla wszystkich",
            ),
            Danger::SaidByServer => lang.pick(
                "the server counts this command among its dangerous ones",
                "serwer zalicza to polecenie do niebezpiecznych",
            ),
            Danger::BlocksServer => lang.pick(
                "the server answers nobody while it looks through this many keys; SCAN does not block",
                "przeglądając tyle kluczy, serwer nikomu nie odpowiada; SCAN nie blokuje",
            ),
        }
    }
}

/// What is dangerous about a command, if anything.
pub fn danger(argv: &[Vec<u8>]) -> Option<Danger> {
    let second = argv
        .get(1)
        .map(|word| String::from_utf8_lossy(word).to_ascii_lowercase())
        .unwrap_or_default();
    Some(match (name_of(argv).as_str(), second.as_str()) {
        ("flushall" | "flushdb", _) => Danger::DeletesAll,
        ("function" | "script", "flush") => Danger::DeletesAll,
        ("cluster", "flushslot") => Danger::DeletesAll,
        (
            "cluster",
            "reset"
            | "flushslots"
            | "failover"
            | "forget"
            | "migrateslots"
            | "cancelslotmigrations",
        ) => Danger::ChangesServer,
        ("acl", "setuser" | "deluser" | "load") => Danger::ChangesServer,
        ("config", "set" | "rewrite") => Danger::ChangesServer,
        ("replicaof" | "slaveof" | "swapdb" | "failover", _) => Danger::ChangesServer,
        ("module", "load" | "loadex" | "unload") => Danger::ChangesServer,
        ("debug", sub) if !matches!(sub, "object" | "help" | "") => Danger::StopsServer,
        ("shutdown", sub) if sub != "abort" => Danger::StopsServer,
        ("save", _) => Danger::StopsServer,
        ("client", "pause") => Danger::StopsServer,
        ("keys", _) => Danger::BlocksServer,
        _ => return None,
    })
}

/// What is dangerous about a command that only the server knows.
pub fn by_the_server(command: &Command) -> Option<Danger> {
    let said =
        command.categories.contains(Categories::DANGEROUS) || command.flags.contains(Flags::ADMIN);
    (command.is_learned() && said).then_some(Danger::SaidByServer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destructive_commands_are_known() {
        let of = |line: &str| danger(&resp::split::split(line.as_bytes()).unwrap());
        assert_eq!(of("FlushAll async"), Some(Danger::DeletesAll));
        assert_eq!(of("shutdown nosave"), Some(Danger::StopsServer));
        assert_eq!(of("shutdown abort"), None);
        assert_eq!(of("debug sleep 1"), Some(Danger::StopsServer));
        assert_eq!(of("debug object k"), None);
        assert_eq!(of("keys *"), Some(Danger::BlocksServer));
        assert_eq!(of("config get *"), None);
        assert_eq!(of("get k"), None);
    }
}
