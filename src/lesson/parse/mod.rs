//! A lesson file to a [`Lesson`], or a located complaint.

mod commands;
mod directive;
mod exercise;
mod expect;
mod fences;
mod nodes;
mod task;

use super::head::head;
use super::{Diagnostic, Item, Lesson, LessonServer, Span, Step, with_numbers};
use catalog::Since;
use directive::Directive;
use exercise::Draft;
use nodes::{Node, Source};

/// Reads the lesson `id` from a file's text. `file` is the name used in
/// complaints.
///
/// # Errors
/// The first thing that is wrong, with its place.
pub fn parse(id: &str, file: &str, text: &str) -> Result<Lesson, Diagnostic> {
    // What editors on Windows put before a text that is UTF-8.
    let source = Source::new(file, text.strip_prefix('\u{feff}').unwrap_or(text));
    source.refuse_controls()?;
    let nodes = nodes::read(&source)?;
    let mut assembler = Assembler {
        source: &source,
        title: None,
        steps: Vec::new(),
        step: Step::introduction(),
        draft: None,
        details: None,
        part: None,
        needs: None,
        own_server: None,
        servers: Vec::new(),
    };
    for node in nodes {
        assembler.node(node)?;
    }
    let needs = assembler.needs;
    let own_server = assembler.own_server.take();
    let servers = std::mem::take(&mut assembler.servers);
    let (title, steps) = assembler.finish()?;
    Ok(Lesson {
        id: id.to_owned(),
        title,
        file: file.to_owned(),
        source: text.to_owned(),
        needs,
        own_server,
        servers,
        steps,
    })
}

impl Lesson {
    /// The same lesson with other ports: each pair has the written one first.
    /// Its source stays as it is written.
    pub fn at_ports(&self, ports: &[(u16, u16)]) -> Lesson {
        let text = with_numbers(&self.source, ports);
        match parse(&self.id, &self.file, &text) {
            Ok(lesson) => Lesson {
                source: self.source.clone(),
                servers: self.servers.clone(),
                ..lesson
            },
            // It has been read with other numbers already.
            Err(_) => self.clone(),
        }
    }
}

impl Step {
    fn introduction() -> Step {
        Step {
            heading: String::new(),
            part: None,
            items: Vec::new(),
            exercise: None,
            span: Span {
                line: 1,
                column: 1,
                len: 1,
            },
        }
    }
}

/// A `<details>` that is open.
struct Details {
    prose: Vec<super::Prose>,
    has_answer: bool,
    span: Span,
}

struct Assembler<'a> {
    source: &'a Source<'a>,
    title: Option<String>,
    steps: Vec<Step>,
    step: Step,
    /// The exercise of the current step, once its checks were read.
    draft: Option<Draft>,
    details: Option<Details>,
    part: Option<(String, Span)>,
    needs: Option<Since>,
    own_server: Option<String>,
    servers: Vec<LessonServer>,
}

impl Assembler<'_> {
    fn error(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        self.source.error(span, message)
    }

    fn node(&mut self, node: Node) -> Result<(), Diagnostic> {
        match node {
            Node::Heading { level, text, span } => self.heading(level, text, span),
            Node::Prose(prose, span) => {
                if self.title.is_none() {
                    return Err(self.no_title(span));
                }
                match &mut self.details {
                    Some(details) => details.prose.push(prose),
                    None => self.step.items.push(Item::Prose(prose)),
                }
                Ok(())
            }
            Node::Fence { info, body, span } => self.fence(&info, &body, span),
            Node::Html { text, span } => self.html(&text, span),
        }
    }

    fn no_title(&self, span: Span) -> Diagnostic {
        self.error(span, "the file does not begin with its title")
            .help("the first line is \"# Title\"")
    }

    fn heading(&mut self, level: u8, text: String, span: Span) -> Result<(), Diagnostic> {
        if let Some(details) = &self.details {
            return Err(self.error(
                details.span,
                "this <details> is not closed before the next heading",
            ));
        }
        match (level, &self.title) {
            (1, None) => {
                self.title = Some(text);
                return Ok(());
            }
            (1, Some(_)) => {
                return Err(self
                    .error(span, "a second title")
                    .help("steps begin with \"## Heading\""));
            }
            (_, None) => return Err(self.no_title(span)),
            _ => {}
        }
        self.close_step()?;
        self.step = Step {
            heading: text,
            part: self.part.take().map(|(alias, _)| alias),
            items: Vec::new(),
            exercise: None,
            span,
        };
        Ok(())
    }

    fn close_step(&mut self) -> Result<(), Diagnostic> {
        let mut step = std::mem::replace(&mut self.step, Step::introduction());
        if let Some(draft) = self.draft.take() {
            step.exercise = Some(draft.finish(self.source, &mut step)?);
        }
        self.steps.push(step);
        Ok(())
    }

    fn finish(mut self) -> Result<(String, Vec<Step>), Diagnostic> {
        let end = Span {
            line: self.source.text.lines().count().max(1),
            column: 1,
            len: 1,
        };
        if let Some(details) = &self.details {
            return Err(self.error(details.span, "this <details> is never closed"));
        }
        if let Some((_, span)) = &self.part {
            return Err(self.error(*span, "a part: comment stands before the heading it names"));
        }
        let Some(title) = self.title.take() else {
            return Err(self.no_title(end));
        };
        self.close_step()?;
        Ok((title, self.steps))
    }

    fn html(&mut self, text: &str, span: Span) -> Result<(), Diagnostic> {
        let mut rest = text.trim();
        while !rest.is_empty() {
            if let Some(comment) = rest.strip_prefix("<!--") {
                let closed = comment
                    .split_once("-->")
                    .filter(|(inside, _)| !inside.contains("<!--"));
                let Some((inside, behind)) = closed else {
                    return Err(self.error(span, "a comment that is never closed"));
                };
                self.directive(inside, span)?;
                rest = behind.trim_start();
            } else if let Some(behind) = rest.strip_prefix("<details>") {
                let summary = behind
                    .trim_start()
                    .strip_prefix("<summary>")
                    .and_then(|behind| behind.split_once("</summary>"));
                let Some((_, behind)) = summary else {
                    return Err(self
                        .error(span, "a <details> without a summary")
                        .help("write <details><summary>Hint</summary>"));
                };
                if self.details.is_some() {
                    return Err(self.error(span, "a <details> inside another"));
                }
                self.details = Some(Details {
                    prose: Vec::new(),
                    has_answer: false,
                    span,
                });
                rest = behind.trim_start();
            } else if let Some(behind) = rest.strip_prefix("</details>") {
                self.close_details(span)?;
                rest = behind.trim_start();
            } else {
                return Err(self
                    .error(span, "HTML other than <details> and comments")
                    .help("leave a blank line behind <details><summary>...</summary>"));
            }
        }
        Ok(())
    }

    fn close_details(&mut self, span: Span) -> Result<(), Diagnostic> {
        let Some(details) = self.details.take() else {
            return Err(self.error(span, "</details> without <details>"));
        };
        let Some(draft) = &mut self.draft else {
            return Err(self
                .source
                .error(
                    details.span,
                    "a hint or solution before the exercise's checks",
                )
                .help("an exercise has its ```text check ID block first"));
        };
        if details.has_answer {
            draft.explanation.extend(details.prose);
        } else if details.prose.is_empty() {
            return Err(self.error(details.span, "an empty hint"));
        } else {
            draft.hints.push(details.prose);
        }
        Ok(())
    }

    /// Refuses what is said of the whole lesson anywhere but before its first
    /// step, or twice.
    fn once_at_the_top(&self, name: &str, again: bool, span: Span) -> Result<(), Diagnostic> {
        if !again && self.steps.is_empty() && self.step.heading.is_empty() {
            return Ok(());
        }
        Err(self.error(
            span,
            format!("the comment \"{name}:\" does not stand before the first step, once"),
        ))
    }

    fn directive(&mut self, comment: &str, span: Span) -> Result<(), Diagnostic> {
        let directive = directive::read(comment).map_err(|message| self.error(span, message))?;
        let item = match directive {
            Directive::Pause => Item::Pause,
            Directive::Wait(duration) => Item::Wait(duration),
            Directive::Note(text, minutes) => Item::Note(Directive::note(text, minutes)),
            Directive::Part(alias) => {
                self.part = Some((alias, span));
                return Ok(());
            }
            Directive::Needs(needs) => {
                self.once_at_the_top("needs", self.needs.is_some(), span)?;
                self.needs = Some(needs);
                return Ok(());
            }
            Directive::OwnServer(reason) => {
                self.once_at_the_top("own server", self.own_server.is_some(), span)?;
                self.own_server = Some(reason);
                return Ok(());
            }
            Directive::Servers(servers) => {
                self.once_at_the_top("servers", !self.servers.is_empty(), span)?;
                self.servers = servers;
                return Ok(());
            }
            Directive::Learned(text) => {
                let Some(draft) = &mut self.draft else {
                    return Err(self.error(span, "a learned: comment outside an exercise"));
                };
                draft.learned = text;
                return Ok(());
            }
            Directive::About(text) => {
                let is_below_title = self.steps.is_empty() && self.step.items.is_empty();
                // The library reads it there, without the rest of the lesson.
                return match is_below_title && head(self.source.text).about == Some(&text) {
                    true => Ok(()),
                    false => Err(self
                        .error(span, "an about: comment that is not right below the title")
                        .help(
                            "the line below \"# Title\" says in one line what the section is about",
                        )),
                };
            }
        };
        self.step.items.push(item);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::Library;

    const LESSON: &str = include_str!("testdata/small.md");

    #[test]
    fn a_lesson_is_read_into_steps() {
        let lesson = parse("small", "small.md", LESSON).expect("well written");
        assert_eq!(lesson.title, "Streams: nothing gets lost");
        assert_eq!(lesson.steps.len(), 3);
        assert_eq!(lesson.part("second"), Some(1));
        assert_eq!(lesson.minutes(), 2);
        let [exercise] = lesson.exercises().collect::<Vec<_>>()[..] else {
            panic!("one exercise")
        };
        assert_eq!(exercise.id, "ack-1");
        assert_eq!(exercise.title, "finish the order");
        assert_eq!(exercise.checks.len(), 1);
        assert_eq!(exercise.checks[0].message, "The message is still pending.");
        assert_eq!(exercise.hints.len(), 1);
        assert!(exercise.setup.is_some());
        let Some(Item::Run(block)) = lesson.steps[1]
            .items
            .iter()
            .find(|item| matches!(item, Item::Run(block) if block.session.is_some()))
        else {
            panic!("a block for @ala")
        };
        assert_eq!(block.title, "Ala takes an order");
        assert_eq!(block.lines[0].expected.len(), 1);
    }

    /// Each mutation of the good lesson, what the complaint says, and its line.
    #[test]
    fn mistakes_are_named_with_their_line() {
        let cases = [
            ("# Streams", "Streams", "does not begin with its title", 1),
            (
                "<!-- pause -->",
                "<!-- puase -->",
                "did you mean \"pause\"",
                25,
            ),
            ("(2 min) -->", "(2 min)", "never closed", 14),
            (
                "demo=dying-consumer",
                "demo=dying-consumers",
                "did you mean \"dying-consumer\"",
                27,
            ),
            (
                "```text expect\n1)",
                "```text expect\nOK\n1)",
                "2 are expected here",
                20,
            ),
            (
                "```redis solution ack-1",
                "```redis solution ack-2",
                "the exercise is \"ack-1\"",
                57,
            ),
            (
                "1) (integer) 0",
                "1) (integer) zero",
                "is not an integer",
                44,
            ),
            ("XACK lab:orders", "XACK \"lab:orders", "not balanced", 58),
            ("<!-- learned:", "<!-- note:", "without a <!-- learned", 41),
        ];
        for (from, to, message, line) in cases {
            assert!(LESSON.contains(from), "{from}");
            let broken = LESSON.replacen(from, to, 1);
            let error = parse("small", "small.md", &broken).expect_err(from);
            assert!(error.message.contains(message), "{from}: {error}");
            assert_eq!(error.span.line, line, "{from}: {error}");
        }
    }

    #[test]
    fn a_table_whose_lines_do_not_fit_is_no_paragraph() {
        let with = |rule: &str| {
            let table = format!("| a | b |\n{rule}\n| 1 | 2 |\n\n<!-- pause -->");
            LESSON.replacen("<!-- pause -->", &table, 1)
        };
        parse("small", "small.md", &with("|---|---|")).expect("well written");
        for wrong in ["|---|---|---|", "|---|", "| - b |"] {
            let error = parse("small", "small.md", &with(wrong)).expect_err(wrong);
            assert!(error.message.contains("a table"), "{error}");
            assert_eq!(error.span.line, 25, "{error}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_title() {
        let marked = format!("\u{feff}{LESSON}");
        let lesson = parse("small", "small.md", &marked).expect("well written");
        assert_eq!(lesson.title, "Streams: nothing gets lost");
        assert_eq!(lesson.source, marked, "for --bless, which writes it back");
        let broken = marked.replace("<!-- pause -->", "<!-- puase -->");
        let error = parse("small", "small.md", &broken).unwrap_err();
        assert_eq!(error.span.line, 25);
    }

    #[test]
    fn control_characters_are_refused_with_their_place() {
        let windows = LESSON.replace('\n', "\r\n");
        parse("small", "small.md", &windows).expect("CRLF and tabs are no more than that");
        for (inserted, name) in [
            ("\u{1b}[2J", "U+001B"),
            ("\u{7}", "U+0007"),
            ("\r", "U+000D"),
            ("\u{7f}", "U+007F"),
            ("\u{9b}", "U+009B"),
            ("\u{202e}", "U+202E"),
        ] {
            for (before, line) in [("# Streams", 1), ("GROUP workers ala", 17)] {
                let odd = format!("{before}{inserted}");
                let broken = LESSON.replacen(before, &odd, 1);
                let error = parse("small", "small.md", &broken).expect_err(name);
                assert!(error.message.contains(name), "{error}");
                assert_eq!(error.span.line, line, "{error}");
                let column = broken.lines().nth(line - 1).unwrap().find(inserted);
                let column = column.unwrap_or_else(|| error.span.column - 1);
                assert_eq!(error.span.column, column + 1, "{error}");
            }
        }
    }

    #[test]
    fn what_is_said_of_the_whole_lesson_stands_once_at_the_top() {
        let title = "# Streams: nothing gets lost\n";
        assert!(LESSON.starts_with(title));
        let marked = |mark: &str| LESSON.replacen(title, &format!("{title}\n{mark}\n"), 1);
        let mark = "<!-- own server: it fills its memory -->";
        let lesson = parse("small", "small.md", &marked(mark)).expect("well written");
        assert_eq!(lesson.own_server.as_deref(), Some("it fills its memory"));
        let twice = marked(&format!("{mark}\n\n{mark}"));
        let late = format!("{LESSON}\n{mark}\n");
        for wrong in [twice, late] {
            let error = parse("small", "small.md", &wrong).unwrap_err();
            assert!(error.message.contains("\"own server:\""), "{error}");
        }
    }

    #[test]
    fn a_picture_has_a_kind_a_caption_and_one_command() {
        let with = |fence: &str| LESSON.replacen("```live demo=dying-consumer\n```", fence, 1);
        let good = "```picture bars Who has how much\nHGETALL lab:x\n```";
        let lesson = parse("small", "small.md", &with(good)).expect("well written");
        let items = lesson.steps.iter().flat_map(|step| &step.items);
        let pictures = items.filter_map(|item| match item {
            Item::Picture(picture) => Some(picture.caption.as_str()),
            _ => None,
        });
        assert_eq!(pictures.collect::<Vec<_>>(), ["Who has how much"]);
        for (from, to, message) in [
            ("picture bars", "picture bar", "did you mean \"bars\""),
            (" Who has how much", "", "without a caption"),
            (
                "picture bars Who has how much",
                "picture",
                "```picture KIND",
            ),
            ("HGETALL lab:x", "HGETALL lab:x\nPING", "to one command"),
            ("HGETALL lab:x\n", "", "without commands"),
        ] {
            let text = with(&good.replacen(from, to, 1));
            let error = parse("small", "small.md", &text).expect_err(to);
            assert!(error.message.contains(message), "{error}");
            assert_eq!(error.span.line, 27, "{error}");
        }
        for before in ["```redis setup", "</details>"] {
            let at = LESSON.rfind(before).expect("there");
            let mut text = LESSON.to_owned();
            text.insert_str(at, &format!("{good}\n\n"));
            let error = parse("small", "small.md", &text).expect_err(before);
            assert!(error.message.contains("exercise"), "{error}");
        }
    }

    const SERVERS: &str = "# T\n<!-- servers: one 7001, two 7002 -->\n\n## S\n\n\
        ```redis @two until\nREPLICAOF 127.0.0.1 7001\n```\n\n```text expect\nOK\n```\n\n\
        ```live kill=one\n```\n\n```live demo=replica-lag\nwriter | 1 ms\n```\n\n\
        ```text task t-1 @two\n# What?\npredict> PING\nPONG\nwrong> x\n```\n";

    #[test]
    fn servers_of_its_own_have_the_ports_that_are_free() {
        let lesson = parse("t", "t.md", SERVERS).expect("well written");
        assert_eq!(lesson.servers.len(), 2);
        let played = lesson.at_ports(&[(7001, 10500), (7002, 10501)]);
        let [
            Item::Run(block),
            Item::Server { .. },
            Item::Live { recording, .. },
            Item::Task(task),
        ] = played.steps[1].items.as_slice()
        else {
            panic!("{:?}", played.steps[1].items)
        };
        assert!(block.until && block.lines[0].text.ends_with(" 10500"));
        assert_eq!((recording.len(), task.session.as_deref()), (1, Some("two")));
        assert_eq!(
            (played.source, played.servers),
            (lesson.source, lesson.servers)
        );
    }

    #[test]
    fn mistakes_about_servers_of_its_own_are_named() {
        for (from, to, message) in [
            ("kill=one", "kill=three", "no server \"three\""),
            ("kill=one", "stop=one", "live demo=NAME"),
            ("t-1 @two", "t-1 @ala", "no server of the lesson's own"),
            ("@two until", "@two until setup", "with replies"),
            ("one 7001, two 7002", "one 7001, one 7002", "of their own"),
            ("<!-- servers: one 7001, two 7002 -->", "", "no server"),
        ] {
            assert!(SERVERS.contains(from), "{from}");
            let error = parse("t", "t.md", &SERVERS.replacen(from, to, 1)).expect_err(to);
            assert!(error.message.contains(message), "{to}: {error}");
        }
        let demo = "# T\n\n```live demo=counters\n1 ms\n```\n";
        let error = parse("t", "t.md", demo).expect_err("a recording");
        assert!(error.message.contains("a live block is empty"), "{error}");
    }

    #[test]
    fn every_embedded_lesson_can_be_read() {
        let library = Library::new(None);
        for lang in catalog::lang::Lang::ALL {
            for id in library.ids(lang).expect("embedded") {
                if let Err(error) = library.get(&id, lang) {
                    panic!("{error:?}");
                }
            }
        }
    }
}
