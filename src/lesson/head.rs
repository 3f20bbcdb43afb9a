//! The first lines of a lesson: all that a list of sections needs of it.

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

#[cfg(test)]
mod tests {
    use super::*;

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
