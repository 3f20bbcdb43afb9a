//! Many students at once: each solves the same exercises, as fast as the hubs
//! take it.

use super::{Student, exercises, solved};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// As many exercises does each of them solve.
pub const EXERCISES: usize = 41;

/// As many requests are on their way at once.
const AT_ONCE: usize = 32;

/// What is reported of an exercise: a place, a try, the answer.
fn events(exercise: &str) -> Vec<Value> {
    vec![
        json!({"what": "at", "section": "lists", "step": 3, "exercise": exercise}),
        json!({"what": "try", "exercise": exercise, "line": "LPUSH lab:tasks a",
            "error": "not yet"}),
        solved(exercise),
    ]
}

/// Everybody solves everything.
pub async fn solve_all(students: Vec<Student>) -> Vec<Student> {
    let mut exercises = exercises();
    exercises.truncate(EXERCISES);
    let (exercises, slots) = (Arc::new(exercises), Arc::new(Semaphore::new(AT_ONCE)));
    let mut all = JoinSet::new();
    for mut student in students {
        let (exercises, slots) = (Arc::clone(&exercises), Arc::clone(&slots));
        all.spawn(async move {
            for exercise in exercises.iter() {
                let slot = slots.acquire().await.expect("open");
                student.report(events(exercise)).await.expect("it is taken");
                drop(slot);
            }
            student
        });
    }
    all.join_all().await
}
