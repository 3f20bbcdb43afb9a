//! What a list of sections needs of a lesson, read without the rest of it.

/// The title, and what the section is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head<'a> {
    /// The `# Title`.
    pub(super) title: &'a str,
    /// The `<!-- about: one line -->` right below it.
    pub(super) about: Option<&'a str>,
}

impl<'a> Head<'a> {
    /// The section in one line.
    pub(super) fn summary(&self) -> &'a str {
        self.about.unwrap_or(self.title)
    }
}

/// Reads the first lines of a lesson's text, which need not be right.
pub(super) fn head(text: &str) -> Head<'_> {
    let mut lines = text.trim_start_matches(['\u{feff}', '\n', '\r']).lines();
    let title = lines.next().and_then(|line| line.strip_prefix("# "));
    let comment = lines
        .next()
        .and_then(|line| line.trim().strip_prefix("<!--"));
    let about = comment
        .and_then(|comment| comment.strip_suffix("-->")?.trim().strip_prefix("about:"))
        .map(str::trim)
        .filter(|about| !about.is_empty());
    Head {
        title: title.unwrap_or_default().trim(),
        about,
    }
}

/// The minutes that the speaker notes of a lesson's text plan altogether.
pub(super) fn minutes(text: &str) -> u32 {
    let comments = text.split("<!--").skip(1);
    let notes = comments.filter_map(|comment| {
        let (inside, _) = comment.split_once("-->")?;
        inside.trim_start().strip_prefix("note:")
    });
    notes.map(|note| planned(note.trim_end()).1).sum()
}

/// How many tasks and exercises a lesson's text has.
pub(super) fn to_solve(text: &str) -> usize {
    let is_one = |line: &&str| {
        let fence = line.trim_end().strip_prefix("```text ");
        let mut words = fence.unwrap_or_default().split(' ');
        match words.next() {
            Some("task") => true,
            // What is proved elsewhere as well belongs to the same exercise.
            Some("check") => !matches!(words.next(), Some("again" | "rival")),
            _ => false,
        }
    };
    text.lines().filter(is_one).count()
}

/// A speaker note without the `(2 min)` at its end, and these minutes.
pub(super) fn planned(note: &str) -> (&str, u32) {
    let planned = note
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once('('))
        .and_then(|(before, inside)| {
            let number = inside.strip_suffix("min")?.trim().parse().ok()?;
            Some((before.trim_end(), number))
        });
    planned.unwrap_or((note, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::Library;
    use catalog::lang::Lang;

    #[test]
    fn what_is_counted_in_the_text_is_what_the_whole_lesson_has() {
        let library = Library::new(None);
        for lang in Lang::ALL {
            for section in library.sections(lang).expect("embedded") {
                let lesson = library.get(&section.id, lang).expect("well written");
                assert_eq!(section.minutes, lesson.minutes(), "{lang} {}", section.id);
                let to_solve = lesson.tasks().count() + lesson.exercises().count();
                assert_eq!(section.to_solve, to_solve, "{lang} {}", section.id);
            }
        }
        let text = "# A\n\n<!-- note: Ask (2 people):\nwhy? (3 min) -->\n\n<!--note: (1 min)-->\n";
        assert_eq!(minutes(text), 4);
        assert_eq!(planned("Ask (now): why?"), ("Ask (now): why?", 0));
    }

    #[test]
    fn the_summary_is_the_line_below_the_title_or_the_title() {
        let text = "# Geo: where\n<!-- about: places on a map -->\n\nText.\n";
        let read = head(text);
        assert_eq!(
            (read.title, read.summary()),
            ("Geo: where", "places on a map")
        );
        assert_eq!(head("\n# Geo\n\nText.\n").summary(), "Geo");
        for without in [
            "# Geo\n<!-- about: -->\n",
            "# Geo\n\n<!-- about: x -->\n",
            "# Geo",
        ] {
            assert_eq!(head(without).about, None, "{without}");
        }
        assert_eq!(head("").summary(), "");
    }
}
