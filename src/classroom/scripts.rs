//! The class's Lua scripts: what belongs together is one atomic step, whichever
//! hub it comes through.

use crate::conn::link::scripts;

scripts! {
    /// Begins a class.
    CREATE = "create";
    /// Gives a student a seat.
    JOIN = "join";
    /// Lets another device have a seat.
    RETURN = "return";
    /// Counts wrong guesses.
    GUESS = "guess";
    /// Takes in what a student reports.
    REPORT = "report";
    /// Sends news, and notes in a hash what they are about.
    TELL = "tell";
    /// Gives a seat another name.
    RENAME = "rename";
    /// Frees a seat.
    REMOVE = "remove";
    /// Writes lines of the CSV.
    CSV = "csv";
}
