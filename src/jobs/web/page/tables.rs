//! The queue in numbers, its workers, and the schedule.

use super::facts::Facts;
use super::html::{escape, table, write_section};
use crate::jobs::web::site::Site;
use catalog::lang::Lang;
use std::fmt::Write as _;

/// How much waits, runs and is dead.
pub(super) fn write_queue(html: &mut String, lang: Lang, facts: &Facts) {
    let depth = &facts.depth;
    let mut body = String::from("<dl class=\"numbers\">\n");
    for (label, value) in [
        (lang.pick("waiting", "czeka"), depth.waiting()),
        (lang.pick("running", "w toku"), depth.running),
        (lang.pick("for later", "na później"), depth.delayed),
        (lang.pick("dead letters", "niedoręczone"), depth.dead),
    ] {
        // Writing to a String cannot fail.
        let _ = writeln!(body, "<div><dt>{label}</dt><dd>{value}</dd></div>");
    }
    body.push_str("</dl>\n");
    write_section(html, "queue", lang.pick("Queue", "Kolejka"), &body);
}

/// Who works, and on how much.
pub(super) fn write_workers(html: &mut String, lang: Lang, facts: &Facts) {
    let rows: Vec<Vec<String>> = facts
        .workers
        .iter()
        .map(|worker| {
            vec![
                escape(&worker.name),
                format!("{} / {}", worker.running, worker.concurrency),
                worker.done.to_string(),
                worker.failed.to_string(),
            ]
        })
        .collect();
    let body = if rows.is_empty() {
        let none = lang.pick(
            "No worker is alive: jobs wait until one comes.",
            "Żaden worker nie działa: zadania czekają, aż jakiś się pojawi.",
        );
        format!("<p class=\"problem\">{none}</p>")
    } else {
        let head = lang.pick(
            ["name", "running / slots", "done", "failed"],
            ["nazwa", "w toku / miejsc", "zrobionych", "nieudanych"],
        );
        table(&head, &rows)
    };
    write_section(html, "workers", lang.pick("Workers", "Workery"), &body);
}

/// What runs by itself: when it did, and when it will.
pub(super) fn write_schedule(html: &mut String, site: &Site, lang: Lang, facts: &Facts) {
    let rows: Vec<Vec<String>> = site
        .schedule
        .iter()
        .chain(&facts.schedules)
        .map(|entry| {
            let last = facts.last_slots.get(&entry.name).copied();
            let time =
                |slot: Option<i64>| slot.map_or("-".to_owned(), |slot| entry.local_time(slot));
            vec![
                escape(&entry.name),
                escape(&entry.when.describe(lang)),
                time(last),
                time(entry.next_after(facts.now)),
            ]
        })
        .collect();
    let head = lang.pick(
        ["name", "when", "last", "next"],
        ["nazwa", "kiedy", "ostatnio", "następnie"],
    );
    let title = lang.pick("Schedule", "Harmonogram");
    write_section(html, "schedule", title, &table(&head, &rows));
}
