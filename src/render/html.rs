//! Lessons' texts as HTML. Nothing of a text becomes markup.

use super::harmless::foreign;
use crate::lesson::{Inline, Prose};
use std::fmt::Write as _;

/// Prose as HTML.
pub fn prose(part: &Prose, out: &mut String) {
    match part {
        Prose::Paragraph(inlines) => {
            let _ = writeln!(out, "<p>{}</p>", inline(inlines));
        }
        Prose::Heading(inlines) => {
            let _ = writeln!(out, "<h3>{}</h3>", inline(inlines));
        }
        Prose::Quote(parts) => {
            out.push_str("<blockquote>\n");
            parts.iter().for_each(|part| prose(part, out));
            out.push_str("</blockquote>\n");
        }
        Prose::List { start, items } => {
            let tag = if start.is_some() { "ol" } else { "ul" };
            let _ = match start {
                Some(start) if *start != 1 => writeln!(out, "<ol start=\"{start}\">"),
                _ => writeln!(out, "<{tag}>"),
            };
            for item in items {
                out.push_str("<li>");
                match item.as_slice() {
                    [Prose::Paragraph(inlines)] => out.push_str(&inline(inlines)),
                    parts => parts.iter().for_each(|part| prose(part, out)),
                }
                out.push_str("</li>\n");
            }
            let _ = writeln!(out, "</{tag}>");
        }
        Prose::Table(rows) => {
            out.push_str("<div class=\"wide\"><table>\n");
            for (index, row) in rows.iter().enumerate() {
                let tag = if index == 0 { "th" } else { "td" };
                out.push_str("<tr>");
                for cell in row {
                    let _ = write!(out, "<{tag}>{}</{tag}>", inline(cell));
                }
                out.push_str("</tr>\n");
            }
            out.push_str("</table></div>\n");
        }
    }
}

/// A line of text as HTML.
pub fn inline(inlines: &[Inline]) -> String {
    inlines
        .iter()
        .map(|piece| match piece {
            Inline::Text(text) => escape(text),
            Inline::Code(code) => format!("<code>{}</code>", escape(code)),
            Inline::Strong(text) => format!("<strong>{}</strong>", escape(text)),
            // Only web addresses become links; a lesson cannot smuggle a script in.
            Inline::Link(text, url) if url.starts_with("http") => {
                format!("<a href=\"{}\">{}</a>", escape(url), escape(text))
            }
            Inline::Link(text, _) => escape(text),
            Inline::Break => "<br>".to_owned(),
        })
        .collect()
}

/// Text as it is, whatever is in it.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in foreign(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_lesson_becomes_markup() {
        let part = Prose::Paragraph(vec![
            Inline::Text("<script>alert(1)</script> & ".into()),
            Inline::Link("x".into(), "javascript:alert(1)".into()),
            Inline::Link("y".into(), "https://e.org/\"onclick=\"z".into()),
        ]);
        let mut out = String::new();
        prose(&part, &mut out);
        assert_eq!(
            out,
            "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; x<a href=\"https://e.org/&quot;onclick=&quot;z\">y</a></p>\n"
        );
    }
}
