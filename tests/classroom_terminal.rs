//! `redis-lab join` on a terminal: a seat by the code, the course typed, and
//! what the teacher says above the prompt.
#![cfg(unix)]

mod classroom_support;
mod needs;
mod repl_support;

use classroom_support::{Board, Hub, Student, until};
use repl_support::{Terminal, program_terminal};
use serde_json::{Value, json};
use std::path::Path;

fn join(hub: &Hub, more: &[&str], home: &Path) -> Terminal {
    let args = [
        &["join", &hub.url, "--server", "builtin", "--lang", "en"],
        more,
    ]
    .concat();
    program_terminal(&args, home, 40, 100)
}

/// The only seat of the class.
async fn seat(board: &Board) -> Value {
    let state = board.state().await;
    let seats = state["seats"].as_array().expect("seats");
    assert_eq!(seats.len(), 1, "{state}");
    seats[0].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lesson_is_typed_in_a_class() {
    let hub = Hub::start(&["strings", "lists"]);
    let board = hub.board().await;
    let home = tempfile::tempdir().expect("a folder");
    let mut terminal = join(&hub, &[], home.path());
    terminal.expect("Class code:");
    terminal.send("wrong otter 00\r");
    terminal.expect("Class code:");
    terminal.send(&format!("{}\r", hub.code.to_uppercase().replace('-', " ")));
    let screen = terminal.expect("PIN ");
    terminal.expect("lab>");
    let name = seat(board).await["name"]
        .as_str()
        .expect("a name")
        .to_owned();
    assert!(screen.contains(&format!("You are {name}")), "{screen}");
    // What is said stands above the prompt, without anything that it could obey.
    let text = "now the \u{1b}[31msecond\u{1b}[0m step";
    board
        .act(json!({"do": "say", "to": "*", "text": text}))
        .await;
    let screen = terminal.expect("the teacher: now the ");
    assert!(!terminal.raw().contains("\u{1b}[31msecond"), "{screen}");
    terminal.send(":hand\r");
    terminal.expect("your hand is up");
    until("the hand on the board", async || {
        let hand = &seat(board).await["hand"];
        !hand.is_null() && *hand != json!(false) && *hand != json!(0)
    })
    .await;
    // Follow me, to another section: Enter goes there.
    board
        .act(json!({"do": "follow", "section": "lists", "step": 2}))
        .await;
    terminal.expect("the teacher is at lists, step 2: Enter goes there");
    // The prompt says so at once, too: what it stood for before is gone.
    terminal.expect("lab> (Enter: to the teacher, lists 2)");
    terminal.send("\r");
    until("the place on the board", async || {
        let seat = seat(board).await;
        seat["section"] == "lists" && seat["step"].to_string().trim_matches('"') == "2"
    })
    .await;
    terminal.send("\u{4}");
    assert_eq!(terminal.wait(), 0, "{}", terminal.screen());
    // The same command again: the same seat.
    let mut terminal = join(&hub, &[], home.path());
    terminal.expect(&format!("You are here as {name}"));
    terminal.send("\r");
    terminal.expect("lab>");
    assert_eq!(seat(board).await["name"], json!(name));
    board.act(json!({"do": "end"})).await;
    terminal.expect("the class is over");
    terminal.send(":hand\r");
    terminal.expect("there is no class any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_takes_a_name_that_is_taken_is_told_and_takes_another() {
    let hub = Hub::start(&["lists", "--names", "free"]);
    let ala = Student::named(&hub.url, &hub.code, Some("Ala")).await;
    let home = tempfile::tempdir().expect("a folder");
    let mut terminal = join(&hub, &[&hub.code], home.path());
    terminal.expect("Your name:");
    terminal.send("Ala\r");
    terminal.expect("There is somebody called Ala in this class");
    terminal.expect("The PIN of Ala");
    // A wrong one is asked for again, and the code was right.
    let wrong = if ala.pin == "0000" { "0001" } else { "0000" };
    terminal.send(&format!("{wrong}\r"));
    terminal.expect("nobody in this class has that name with that PIN");
    terminal.expect_last("the PIN again", |line| line.starts_with("The PIN of Ala"));
    terminal.send("\r");
    terminal.expect_last("another name", |line| line.starts_with("Your name:"));
    terminal.send("Ola\r");
    let screen = terminal.expect("You are Ola");
    assert!(!screen.contains("Class code:"), "{screen}");
    terminal.expect("lab>");
    terminal.send("\u{4}");
    assert_eq!(terminal.wait(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exercise_that_is_solved_is_on_the_board() {
    let hub = Hub::start(&["lists"]);
    let board = hub.board().await;
    let home = tempfile::tempdir().expect("a folder");
    let mut terminal = join(&hub, &[&hub.code, "--practice"], home.path());
    terminal.expect("lab>");
    let lessons = redis_lab::lesson::Library::new(None);
    let lists = lessons
        .get("lists", catalog::lang::Lang::En)
        .expect("lists");
    let exercise = lists.exercises().next().expect("one").clone();
    terminal.send("GET nothing\r");
    for line in &exercise.solution.lines {
        terminal.send(&format!("{}\r", line.text));
    }
    terminal.expect("Solved: ");
    until("the answer on the board", async || {
        board.solved().await.values().sum::<usize>() == 1
    })
    .await;
    let csv = board.get("/board/export.csv").await.text();
    assert!(csv.contains(&exercise.id), "{csv}");
    // What was done in the class is the learner's own, too.
    terminal.send("\u{4}");
    assert_eq!(terminal.wait(), 0);
}

#[test]
fn a_class_that_is_not_there_is_told() {
    let home = tempfile::tempdir().expect("a folder");
    let address = format!("127.0.0.1:{}", needs::free_port());
    let mut terminal = program_terminal(&["join", &address, "--lang", "pl"], home.path(), 24, 100);
    terminal.expect("odrzuca połączenie");
    assert_eq!(terminal.wait(), 4);
}
