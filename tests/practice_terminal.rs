//! `redis-lab practice` on a pseudo-terminal, as a learner uses it.
#![cfg(unix)]

mod needs;
mod repl_support;

use catalog::lang::Lang;
use redis_lab::lesson::{Exercise, Library};
use repl_support::{Terminal, expect_job_end, program_terminal, signal_job};
use serde_json::Value;
use std::path::Path;

fn practice(home: &Path, args: &[&str]) -> Terminal {
    let words = [&["practice", "lists"], args].concat();
    let terminal = program_terminal(&words, home, 40, 100);
    at_prompt(&terminal);
    terminal
}

/// Waits until a line can be typed.
fn at_prompt(terminal: &Terminal) -> String {
    terminal.expect_last("the prompt", |line| line == "lab>")
}

/// Enters a line, and waits for the prompt behind its answer.
fn enter(terminal: &mut Terminal, line: &str, answer: &str) -> String {
    at_prompt(terminal);
    terminal.clear_raw();
    terminal.send(line);
    terminal.send("\r");
    terminal.expect(answer);
    at_prompt(terminal)
}

fn exercises(lang: Lang) -> Vec<Exercise> {
    let lesson = Library::new(None).get("lists", lang).expect("a lesson");
    lesson.exercises().cloned().collect()
}

fn title(exercise: &Exercise) -> String {
    let mut letters = exercise.title.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

fn record(home: &Path, id: &str) -> Option<Value> {
    let file = home.join("state/redis-lab/practice.json");
    let text = std::fs::read_to_string(file).ok()?;
    let progress: Value = serde_json::from_str(&text).expect("JSON");
    progress["exercises"].get(id).cloned()
}

#[test]
fn an_exercise_is_solved_and_enter_goes_on() {
    let home = tempfile::tempdir().expect("a home");
    let lists = exercises(Lang::En);
    let mut terminal = practice(home.path(), &[]);
    terminal.expect(&title(&lists[0]));
    // Wrong first: nothing is said about success, and what is missing on
    // request only.
    let screen = enter(&mut terminal, "LPUSH lab:orders water", "(integer) 4");
    assert!(!screen.contains("Solved"), "{screen}");
    enter(&mut terminal, ":check", "should be served");
    enter(&mut terminal, ":hint", "Hint 1 of");
    enter(&mut terminal, ":reset", &title(&lists[0]));
    let solution = &lists[0].solution.lines;
    let (last, before) = solution.split_last().expect("a solution");
    for line in before {
        let screen = enter(&mut terminal, &line.text, "lab>");
        assert!(!screen.contains("Solved"), "{screen}");
    }
    let screen = enter(&mut terminal, &last.text, "✓ Solved");
    for words in [
        "our solution",
        "yours",
        "What you have learned",
        "Enter: the next",
    ] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    assert!(
        !screen.contains(&title(&lists[1])),
        "not by itself: {screen}"
    );
    // The server is still the exercise's: one may go on trying.
    enter(&mut terminal, "LLEN lab:orders", "(integer) 3");
    enter(&mut terminal, "", &title(&lists[1]));
    enter(&mut terminal, "EXISTS lab:orders", "(integer) 0");
    terminal.send("\x04");
    assert_eq!(terminal.wait(), 0);
    let record = record(home.path(), &lists[0].id).expect("kept");
    assert_eq!(
        (&record["done"], &record["hints"]),
        (&true.into(), &1.into())
    );
}

#[test]
fn progress_outlives_sigkill_and_the_next_open_one_comes_first() {
    let home = tempfile::tempdir().expect("a home");
    let lists = exercises(Lang::Pl);
    let mut terminal = repl_support::job("practice lists --lang pl", home.path());
    for line in &lists[0].solution.lines {
        enter(&mut terminal, &line.text, "lab>");
    }
    terminal.expect("✓ Rozwiązane");
    enter(&mut terminal, "", &title(&lists[1]));
    enter(&mut terminal, "PING", "PONG");
    signal_job(home.path(), "KILL");
    expect_job_end(&terminal, 137);
    let solved = record(home.path(), &lists[0].id).expect("kept");
    assert_eq!(solved["done"], true);
    let begun = record(home.path(), &lists[1].id).expect("kept");
    assert_eq!(
        (&begun["done"], &begun["submitted"]),
        (&false.into(), &1.into())
    );
    let terminal = practice(home.path(), &["--lang", "pl"]);
    terminal.expect(&format!("✓ {}", title(&lists[0])));
    terminal.expect(&format!("\n{}\n", title(&lists[1])));
}

/// As a Ctrl-C that came just before the prompt stood.
#[test]
fn an_interrupt_at_the_prompt_does_not_stop_the_next_command() {
    let home = tempfile::tempdir().expect("a home");
    let mut terminal = repl_support::job("practice lists --lang en", home.path());
    enter(&mut terminal, "ECHO first", "\"first\"");
    signal_job(home.path(), "INT");
    enter(&mut terminal, "ECHO second", "\"second\"");
}

#[test]
fn the_shell_in_practice_can_do_everything_it_can_do() {
    let home = tempfile::tempdir().expect("a home");
    let mut terminal = practice(home.path(), &[]);
    enter(&mut terminal, ":lesson", "streams");
    enter(&mut terminal, ":lesson nonsense", "nonsense");
    enter(&mut terminal, ":diff on", "diff");
    enter(&mut terminal, "RPUSH lab:orders x", "lab:orders");
    enter(&mut terminal, ":undo", "lab:orders");
    enter(&mut terminal, "LLEN lab:orders", "(integer) 3");
    enter(&mut terminal, ":code python", "r.llen");
    enter(&mut terminal, ":peek lab:orders", "elements: 3");
    let screen = enter(&mut terminal, ":help", ":skip");
    assert!(screen.contains(":lesson"), "{screen}");
    terminal.send("\x04");
    assert_eq!(terminal.wait(), 0);
}
