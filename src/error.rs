//! One error type for people: what went wrong, how to mend it, and the
//! process's exit code. Modules with callers that branch have enums of their
//! own and convert into this one at the edge.

use catalog::lang::{Lang, Text};
use catalog::text;
use std::io;

/// The documented exit codes of the binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// 0: all went well (a closed pipe counts as well).
    Ok,
    /// 1: a check failed or a reply was not as expected.
    CheckFailed,
    /// 2: the command line was wrong, or a terminal is needed and there is none.
    Usage,
    /// 3: a lesson file is wrong.
    Lesson,
    /// 4: no server could be reached or started, or the connection was lost.
    Server,
    /// 130: interrupted by Ctrl-C.
    Interrupted,
}

impl ExitCode {
    /// The number given to the operating system.
    pub fn code(self) -> u8 {
        match self {
            ExitCode::Ok => 0,
            ExitCode::CheckFailed => 1,
            ExitCode::Usage => 2,
            ExitCode::Lesson => 3,
            ExitCode::Server => 4,
            ExitCode::Interrupted => 130,
        }
    }
}

/// An error as a person reads it.
///
/// It holds its words in every language and has no `Display`: whoever shows
/// it has to say in which language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    message: Text,
    hint: Option<Text>,
    /// The process's exit code when this error ends it.
    pub exit: ExitCode,
}

impl Error {
    /// An error with a message and an exit code.
    pub fn new(exit: ExitCode, message: Text) -> Self {
        Error {
            message,
            hint: None,
            exit,
        }
    }

    /// A wrong command line (exit code 2).
    pub fn usage(message: Text) -> Self {
        Self::new(ExitCode::Usage, message)
    }

    /// A wrong lesson file (exit code 3).
    pub fn lesson(message: Text) -> Self {
        Self::new(ExitCode::Lesson, message)
    }

    /// No server, or a lost one (exit code 4).
    pub fn server(message: Text) -> Self {
        Self::new(ExitCode::Server, message)
    }

    /// A failed check (exit code 1).
    pub fn check(message: Text) -> Self {
        Self::new(ExitCode::CheckFailed, message)
    }

    /// The person pressed Ctrl-C (exit code 130); shown without a message.
    pub fn interrupted() -> Self {
        Self::new(ExitCode::Interrupted, Text::same(""))
    }

    /// Output that cannot be written. Where nobody reads any more it is a
    /// quiet success: the reader of a closed pipe has seen enough.
    pub fn output(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(ExitCode::Ok, Text::same(""));
        }
        Self::check(text!("cannot write", "nie można pisać")).because(error)
    }

    /// A terminal that cannot be written to. One whose window is closed is an
    /// interruption, of which nobody is there to be told.
    pub fn terminal(error: &io::Error) -> Self {
        // EIO, for which there is no kind.
        if cfg!(unix) && error.raw_os_error() == Some(5) {
            return Self::interrupted();
        }
        Self::usage(text!(
            "cannot write to the terminal",
            "nie można pisać na terminal"
        ))
        .because(error)
    }

    /// Whether it only says that nobody reads the output any more.
    pub fn is_closed_pipe(&self) -> bool {
        self.exit == ExitCode::Ok
    }

    /// Adds advice on how to mend it.
    #[must_use]
    pub fn hint(mut self, hint: Text) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Adds what the system says of it.
    #[must_use]
    pub fn because(mut self, error: &io::Error) -> Self {
        self.message = Text::in_each(|lang| {
            let why = system(error, lang);
            format!("{}: {why}", self.message_in(lang))
        });
        self
    }

    /// The same error, said of `what` (a file, an option).
    #[must_use]
    pub fn about(mut self, what: &str) -> Self {
        self.message = Text::in_each(|lang| format!("{what}: {}", self.message_in(lang)));
        self
    }

    /// What went wrong, one sentence or a located report.
    pub fn message_in(&self, lang: Lang) -> &str {
        self.message.pick(lang)
    }

    /// What went wrong, to be told as a part of something else.
    pub fn into_message(self) -> Text {
        self.message
    }

    /// How to mend it, when we know.
    pub fn hint_in(&self, lang: Lang) -> Option<&str> {
        Some(self.hint.as_ref()?.pick(lang))
    }
}

/// What the system says, in the reader's language: its own words are English.
pub fn system(error: &io::Error, lang: Lang) -> String {
    use io::ErrorKind as Kind;
    let text = error.to_string();
    // The name of a temporary file says nothing to those who did not give it.
    let text = text.split(" at path ").next().unwrap_or_default();
    let number = || text.rsplit_once("(os error ")?.1.strip_suffix(')');
    let (Lang::Pl, Some(number)) = (lang, number()) else {
        return text.to_owned();
    };
    let polish = match error.kind() {
        Kind::NotFound => "nie ma takiego pliku ani katalogu",
        Kind::PermissionDenied => "brak uprawnień",
        Kind::AlreadyExists => "to już istnieje",
        Kind::IsADirectory => "to katalog",
        Kind::NotADirectory => "to nie katalog",
        Kind::StorageFull => "brak miejsca na dysku",
        Kind::QuotaExceeded => "przydział miejsca jest wyczerpany",
        Kind::ReadOnlyFilesystem => "system plików jest tylko do odczytu",
        Kind::FileTooLarge => "plik jest za duży",
        Kind::BrokenPipe => "nikt już tego nie czyta",
        Kind::ConnectionRefused => "połączenie odrzucone",
        Kind::ConnectionReset | Kind::ConnectionAborted => "druga strona zerwała połączenie",
        Kind::NotConnected => "brak połączenia",
        Kind::HostUnreachable => "komputer jest nieosiągalny",
        Kind::NetworkUnreachable | Kind::NetworkDown => "sieć jest nieosiągalna",
        Kind::TimedOut => "minął czas oczekiwania",
        Kind::AddrInUse => "adres jest już zajęty",
        Kind::AddrNotAvailable => "ten komputer nie ma takiego adresu",
        Kind::OutOfMemory => "brak pamięci",
        _ => return text.to_owned(),
    };
    format!("{polish} (błąd systemu {number})")
}

/// The result of anything that can end the program with a message.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_told_in_the_readers_language() {
        let missing = io::Error::from_raw_os_error(2);
        let error = Error::usage(text!("cannot read x", "nie można odczytać x")).because(&missing);
        let english = format!("cannot read x: {missing}");
        assert_eq!(error.message_in(Lang::En), english);
        let polish = "nie można odczytać x: nie ma takiego pliku ani katalogu (błąd systemu 2)";
        #[cfg(unix)]
        assert_eq!(error.message_in(Lang::Pl), polish);
        let nowhere = std::env::temp_dir().join("no-such-folder");
        let temporary = tempfile::NamedTempFile::new_in(&nowhere).unwrap_err();
        assert!(!system(&temporary, Lang::En).contains("at path"));
        #[cfg(unix)]
        assert_eq!(system(&temporary, Lang::Pl), system(&missing, Lang::Pl));
        let ours = io::Error::other("not the system's");
        assert_eq!(system(&ours, Lang::Pl), "not the system's");
    }
}
