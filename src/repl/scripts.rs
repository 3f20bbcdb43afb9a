//! `EVAL @file.lua`: a script from a file, in the place of its text.

use crate::conn::state::{Argv, name_of};
use crate::error::{Error, Result};
use catalog::text;

/// Puts the content of a file in the place of `@FILE` where a command takes a
/// script. Nothing is lost by it: no script begins with `@`.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn fill_in(argv: &mut Argv) -> Result<()> {
    let is = |at: usize, text: &str| {
        let word = argv.get(at);
        word.is_some_and(|word| word.eq_ignore_ascii_case(text.as_bytes()))
    };
    let at = match name_of(argv).as_str() {
        "eval" | "eval_ro" => Some(1),
        "script" | "function" if is(1, "load") => Some(if is(2, "replace") { 3 } else { 2 }),
        _ => None,
    };
    let Some(script) = at.and_then(|at| argv.get_mut(at)) else {
        return Ok(());
    };
    let Some(path) = script.strip_prefix(b"@").filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let path = String::from_utf8_lossy(path).into_owned();
    *script = read(&path)?;
    Ok(())
}

/// The content of a script's file.
///
/// # Errors
/// When it cannot be read.
pub(super) fn read(path: &str) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        Error::usage(text!(
            "cannot read the script {path}",
            "nie można odczytać skryptu {path}"
        ))
        .because(&error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_may_stand_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("one.lua");
        std::fs::write(&file, "return 1").unwrap();
        let filled = |line: &str| {
            let line = line.replace("FILE", &file.to_string_lossy());
            let mut argv = resp::split::split(line.as_bytes()).unwrap();
            fill_in(&mut argv).map(|()| argv)
        };
        for line in [
            "EVAL @FILE 0",
            "script load @FILE",
            "function load replace @FILE",
        ] {
            let argv = filled(line).unwrap();
            assert!(argv.contains(&b"return 1".to_vec()), "{line}");
        }
        assert_eq!(filled("SET k @FILE").unwrap()[2][0], b'@');
        assert_eq!(filled("EVAL @ 0").unwrap()[1], b"@");
        assert!(filled("EVAL @FILE.not 0").is_err());
    }
}
