//! The names of a class's keys, all under `lab:class:CODE`.

/// The sorted set of the classes on a server, by when they began.
pub const CLASSES: &str = "lab:classes";

/// Builds key names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    class: String,
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $(
            $(#[$doc])*
            pub fn $name(&self) -> String {
                self.key(stringify!($name))
            }
        )*
    };
}

impl Keys {
    /// The keys of the class with this code.
    pub fn new(code: &str) -> Keys {
        Keys {
            class: format!("lab:class:{code}"),
        }
    }

    fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.class)
    }

    /// The hash of the class itself.
    pub fn class(&self) -> String {
        self.class.clone()
    }

    /// The hash of a seat.
    pub fn seat(&self, id: &str) -> String {
        self.key(&format!("seat:{id}"))
    }

    /// The hash of a seat's devices: the digest of each one's token, and the
    /// number of its last post.
    pub fn devices(&self, id: &str) -> String {
        self.key(&format!("devices:{id}"))
    }

    /// The hash of a seat's answers: the accepted lines of each exercise, as JSON.
    pub fn answers(&self, id: &str) -> String {
        self.key(&format!("answers:{id}"))
    }

    /// The progress file that a seat's page or terminal has saved.
    pub fn saved(&self, id: &str) -> String {
        self.key(&format!("saved:{id}"))
    }

    /// What a seat's screen shows, while the teacher looks.
    pub fn screen(&self, id: &str) -> String {
        self.key(&format!("screen:{id}"))
    }

    /// The list of a seat's last lines, the newest first: `{line, error}`.
    pub fn lines(&self, id: &str) -> String {
        self.key(&format!("lines:{id}"))
    }

    /// The sorted set of the times that an exercise took, in ms, by seat.
    pub fn time(&self, exercise: &str) -> String {
        self.key(&format!("time:{exercise}"))
    }

    /// How often somebody has guessed wrong; it expires.
    pub fn guess(&self, who: &str) -> String {
        self.key(&format!("guess:{who}"))
    }

    /// What every key but the class's own begins with.
    pub fn prefix(&self) -> String {
        self.key("")
    }

    names! {
        /// The set of the digests of browsers that may see the board.
        boards;
        /// The hash of the seat that has each name, which is folded.
        names;
        /// The sorted set of seats, by when they were taken.
        seats;
        /// The sorted set of seats, by how many exercises are solved.
        progress;
        /// The list of the seats whose hand is up, the first one first.
        hands;
        /// The stream of all that was reported.
        log;
        /// The stream of what goes out to the students.
        news;
        /// The hash of the lines of the CSV, which the log's consumer group `csv` writes.
        csv;
        /// The channel that says that there is something new: `news`, or `seat ID`.
        wake;
    }
}
