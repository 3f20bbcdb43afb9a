//! What is known of a connection after what was said on it.

use super::*;
use catalog::lang::Lang;

fn argv(line: &str) -> Argv {
    resp::split::split(line.as_bytes()).unwrap()
}

fn ok() -> Reply {
    Reply::Status("OK".into())
}

fn queued() -> Reply {
    Reply::Status("QUEUED".into())
}

fn confirmation(kind: &str, channel: &str) -> Reply {
    Reply::Array(vec![
        Reply::Bulk(kind.into()),
        Reply::Bulk(channel.into()),
        Reply::Int(1),
    ])
}

#[test]
fn the_prompt_follows_select_multi_and_login() {
    let mut state = State::default();
    assert_eq!(state.prompt("lab"), "lab> ");
    state.observe(&argv("SELECT 3"), &ok());
    state.observe(&argv("multi"), &ok());
    assert_eq!(state.prompt("127.0.0.1:6379"), "127.0.0.1:6379[3](TX)> ");
    state.observe(&argv("exec"), &Reply::Array(vec![]));
    state.observe(&argv("hello 3 AUTH ala secret"), &Reply::Map(vec![]));
    assert_eq!(state.prompt("lab"), "ala@lab[3](RESP3)> ");
    state.observe(&argv("select 77"), &Reply::Error("ERR".into()));
    assert_eq!(state.db, 3);
    state.observe(&argv("RESET"), &Reply::Status("RESET".into()));
    assert_eq!(state.prompt("lab"), "lab> ");
}

#[test]
fn a_queued_select_counts_when_it_has_run() {
    let mut state = State::default();
    state.observe(&argv("multi"), &ok());
    state.observe(&argv("select 2"), &queued());
    assert_eq!(state.db, 2);
    state.observe(&argv("discard"), &ok());
    assert_eq!(state.db, 0);
    state.observe(&argv("multi"), &ok());
    state.observe(&argv("select 2"), &queued());
    state.observe(&argv("exec"), &Reply::Array(vec![ok()]));
    assert_eq!((state.db, &state.transaction), (2, &None));
    state.observe(&argv("multi"), &ok());
    state.observe(&argv("exec"), &Reply::Error("EXECABORT".into()));
    assert_eq!(state.transaction, None);
}

#[test]
fn subscriptions_are_counted_by_confirmations() {
    let mut state = State::default();
    let subscribe = argv("subscribe a b");
    assert_eq!(state.expects(&subscribe), Expected::Confirmations(2));
    for channel in ["a", "b"] {
        state.observe(&subscribe, &confirmation("subscribe", channel));
    }
    state.observe(&argv("psubscribe x*"), &confirmation("psubscribe", "x*"));
    assert_eq!(state.subscriptions(), 3);
    assert_eq!(
        state.expects(&argv("unsubscribe")),
        Expected::Confirmations(2)
    );
    let message = Reply::Array(vec![
        Reply::Bulk("message".into()),
        Reply::Bulk("a".into()),
        Reply::Bulk("hi".into()),
    ]);
    let unsubscribe = argv("unsubscribe a");
    assert!(state.is_message(&argv("ping"), &message));
    assert!(!state.is_message(&unsubscribe, &confirmation("unsubscribe", "a")));
    state.observe(&argv("unsubscribe a"), &confirmation("unsubscribe", "a"));
    state.observe(
        &argv("punsubscribe x*"),
        &confirmation("punsubscribe", "x*"),
    );
    assert_eq!(state.prompt("lab"), "lab(subscribed)> ");
    assert!(!State::default().is_message(&argv("lrange l 0 -1"), &message));
}

#[test]
fn a_list_that_looks_like_a_confirmation_or_a_message_is_a_list() {
    let list = argv("lrange l 0 -1");
    let mut state = State::default();
    for kind in ["subscribe", "psubscribe", "ssubscribe", "sunsubscribe"] {
        state.observe(&list, &confirmation(kind, "foo"));
    }
    state.observe(&argv("multi"), &ok());
    state.observe(&list, &queued());
    let looks_so = confirmation("subscribe", "foo");
    state.observe(&argv("exec"), &Reply::Array(vec![looks_so]));
    assert_eq!(state, State::default());
    // In RESP3 a subscribed connection may send every command.
    state.observe(&argv("hello 3"), &Reply::Map(vec![]));
    let Reply::Array(items) = confirmation("subscribe", "c") else {
        unreachable!()
    };
    state.observe(&argv("subscribe c"), &Reply::Push(items));
    assert!(state.is_subscribed());
    for kind in ["message", "smessage", "sunsubscribe"] {
        assert!(!state.is_message(&list, &confirmation(kind, "c")), "{kind}");
    }
}

#[test]
fn a_subscription_that_the_server_ends_answers_no_command() {
    let mut state = State::default();
    state.observe(&argv("ssubscribe a"), &confirmation("ssubscribe", "a"));
    let ended = confirmation("sunsubscribe", "a");
    assert!(state.is_message(&argv("ping"), &ended));
    assert!(!state.is_message(&argv("sunsubscribe"), &ended));
    state.observe_message(&ended);
    assert!(!state.is_subscribed());
}

#[test]
fn replies_that_are_switched_off_are_not_waited_for() {
    let mut state = State::default();
    let mut send = |line: &str| {
        let expected = state.expects(&argv(line));
        match expected {
            Expected::None => state.observe_unanswered(&argv(line)),
            _ => state.observe(&argv(line), &ok()),
        }
        (expected, state.silence)
    };
    assert_eq!(send("client reply skip"), (Expected::None, Silence::Next));
    assert_eq!(send("get k"), (Expected::None, Silence::None));
    assert_eq!(send("get k"), (Expected::One, Silence::None));
    assert_eq!(send("client reply maybe"), (Expected::One, Silence::None));
    assert_eq!(send("CLIENT REPLY OFF"), (Expected::None, Silence::All));
    assert_eq!(send("select 3"), (Expected::None, Silence::All));
    assert_eq!(send("multi"), (Expected::None, Silence::All));
    assert_eq!(send("client reply skip"), (Expected::None, Silence::All));
    assert_eq!(send("client reply on"), (Expected::One, Silence::None));
    assert_eq!(send("get k"), (Expected::One, Silence::None));
    assert_eq!(state.prompt("lab"), "lab[3]> ");
}

#[test]
fn a_loss_names_what_is_gone_and_restores_the_rest() {
    let mut state = State::default();
    for (line, reply) in [
        ("auth ala secret", ok()),
        ("hello 3", Reply::Map(vec![])),
        ("select 4", ok()),
        ("watch k", ok()),
        ("multi", ok()),
        ("set a b", queued()),
        ("select 9", queued()),
    ] {
        state.observe(&argv(line), &reply);
    }
    let losses = state.losses(Lang::En).join("; ");
    assert!(losses.contains("MULTI (queued commands: 2"), "{losses}");
    assert!(losses.contains("WATCH"), "{losses}");
    let new = state.after_loss();
    assert!(new.lost_transaction && !new.watching);
    assert_eq!(
        new.restoring(0),
        [argv("AUTH ala secret"), argv("HELLO 3"), argv("SELECT 4")]
    );
    assert_eq!(
        new.restored(Lang::En).join(", "),
        "database 4, login as ala, RESP3"
    );
    assert!(new.losses(Lang::En).is_empty());
}
