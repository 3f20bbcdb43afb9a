//! A student who means harm: never another's seat, never the board, and the
//! others notice nothing.

mod classroom_support;
mod needs;

use classroom_support::{Hub, Student, ask, client, exercises, http, solved, until};
use redis_lab::classroom::client::seat;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;

/// A bound against hanging: nobody else is kept waiting for longer.
const UNAFFECTED: Duration = Duration::from_secs(30);

/// The class, and somebody honest in it who has solved one exercise.
async fn class(args: &[&str]) -> (Hub, Student) {
    let hub = Hub::start(args);
    let mut honest = Student::join(&hub.url, &hub.code).await;
    let exercise = &exercises()[0];
    honest
        .report(vec![solved(exercise)])
        .await
        .expect("it is taken");
    (hub, honest)
}

/// The honest one goes on as if nothing were, and soon.
async fn goes_on(hub: &Hub, honest: &mut Student, exercise: &str, count: usize) {
    let reported = timeout(UNAFFECTED, honest.report(vec![solved(exercise)]));
    reported
        .await
        .expect("it is answered soon")
        .expect("it is taken");
    let board = hub.board().await;
    let solved = timeout(UNAFFECTED, board.solved())
        .await
        .expect("the board answers");
    assert_eq!(solved.get(&honest.name), Some(&count), "{solved:?}");
}

#[tokio::test]
async fn codes_cannot_be_guessed() {
    let (hub, mut honest) = class(&[]).await;
    let (address, mut refused, mut limited) = (hub.address(), 0, 0);
    for number in 0..200 {
        let code = format!("blue-otter-{number:02}");
        let body = json!({"code": code, "lang": "en"});
        let answer = ask(&address, "POST /class/join", None, Some(&body)).await;
        match answer.status {
            403 => refused += 1,
            429 => {
                limited += 1;
                assert!(answer.header("retry-after").is_some());
            }
            status => assert!(code == hub.code, "{code}: {status} {}", answer.text()),
        }
        assert!(answer.json()["error"].is_string() || code == hub.code);
        if limited > 20 {
            break;
        }
    }
    assert!(
        (1..60).contains(&refused),
        "{refused} guesses were answered"
    );
    assert!(limited > 20);
    let exercise = &exercises()[1];
    goes_on(&hub, &mut honest, exercise, 2).await;
}

#[tokio::test]
async fn pins_cannot_be_guessed() {
    let (hub, mut honest) = class(&[]).await;
    let mut limited = false;
    for pin in 0..300 {
        let pin = format!("{pin:04}");
        if pin == honest.pin {
            continue;
        }
        let body = json!({"code": hub.code, "name": honest.name, "pin": pin, "lang": "pl"});
        let answer = ask(&hub.address(), "POST /class/return", None, Some(&body)).await;
        assert!(
            matches!(answer.status, 401 | 403 | 429),
            "{} {}",
            answer.status,
            answer.text()
        );
        limited |= answer.status == 429;
        if limited {
            break;
        }
    }
    assert!(limited, "300 of 10,000 were tried");
    let exercise = &exercises()[1];
    goes_on(&hub, &mut honest, exercise, 2).await;
}

#[tokio::test]
async fn a_token_is_for_one_seat_and_never_for_the_board() {
    let (hub, mut honest) = class(&[]).await;
    let mut rogue = Student::join(&hub.url, &hub.code).await;
    let address = hub.address();
    let half = &honest.token[..honest.token.len() / 2];
    let tokens = [
        "",
        "x",
        "*",
        "lab:class",
        half,
        &honest.seat,
        &honest.name,
        "' OR 1=1",
        "\u{7f}",
    ];
    for token in tokens {
        for line in [
            "GET /class/me",
            "GET /class/progress",
            "GET /class/news?wait=0",
        ] {
            let answer = ask(&address, line, Some(token), None).await;
            assert!(
                matches!(answer.status, 400 | 401),
                "{line} {token:?}: {}",
                answer.status
            );
        }
        let post = json!({"post": 1, "events": [solved("x")]});
        let answer = ask(&address, "POST /class/report", Some(token), Some(&post)).await;
        assert!(
            matches!(answer.status, 400 | 401),
            "{token:?}: {}",
            answer.status
        );
    }
    // Naming another's seat does not make it one's own.
    let exercise = &exercises()[2];
    let mut forged = solved(exercise);
    forged["seat"] = json!(honest.seat);
    rogue.posts += 1;
    let post = json!({"post": rogue.posts, "events": [forged], "seat": honest.seat,
        "token": honest.token, "name": honest.name});
    seat::report(&mut rogue.http, &rogue.token, &post)
        .await
        .expect("it is the rogue's own");
    let board = hub.board().await;
    until("the rogue's own report", async || {
        board.solved().await.get(&rogue.name) == Some(&1)
    })
    .await;
    assert_eq!(board.solved().await[&honest.name], 1);
    // The board is elsewhere, and knows no tokens of students.
    let here = [
        "/board/state",
        "/board/export.csv",
        "/board/events",
        "/projector",
        "/board/act",
    ];
    for path in here {
        let bearer = format!("Authorization: Bearer {}", rogue.token);
        let answer = http(&address, &format!("GET {path} HTTP/1.1"), &[&bearer], b"").await;
        assert!(
            !answer.text().contains(&honest.name) && answer.header("set-cookie").is_none(),
            "{path}: {}",
            answer.status
        );
        assert!(
            answer.status == 404 || !path.contains("state"),
            "{path}: {}",
            answer.status
        );
    }
    goes_on(&hub, &mut honest, exercise, 2).await;
}

#[tokio::test]
async fn the_board_opens_once_and_for_its_own_page_only() {
    let (hub, honest) = class(&[]).await;
    let board = hub.board().await;
    let address = board.address();
    for head in [
        vec![],
        vec!["Cookie: session=guessed".to_owned()],
        vec![format!("Authorization: Bearer {}", honest.token)],
    ] {
        let head: Vec<&str> = head.iter().map(String::as_str).collect();
        for path in [
            "/board/state",
            "/board/events",
            "/board/export.csv",
            "/",
            "/projector",
        ] {
            let answer = http(address, &format!("GET {path} HTTP/1.1"), &head, b"").await;
            assert!(!answer.text().contains(&honest.name), "{path}");
            assert!(
                matches!(answer.status, 400..=404),
                "{path} {head:?}: {}",
                answer.status
            );
        }
    }
    // The token of the address was for one browser.
    let again = http(address, &board.line("GET"), &[], b"").await;
    assert!(
        again.header("set-cookie").is_none() && again.status >= 400,
        "{}",
        again.status
    );
    // Another site in the teacher's browser cannot act, though the cookie goes along.
    let cookie = board.cookie();
    for origin in ["http://evil.example", "null", &hub.url] {
        let head = [
            cookie.clone(),
            format!("Origin: {}", origin.trim_end_matches('/')),
            "Content-Type: application/json".to_owned(),
        ];
        let head: Vec<&str> = head.iter().map(String::as_str).collect();
        let body = json!({"do": "remove", "seat": honest.seat}).to_string();
        let answer = http(address, "POST /board/act HTTP/1.1", &head, body.as_bytes()).await;
        assert_eq!(answer.status, 403, "{origin}");
    }
    assert_eq!(board.solved().await[&honest.name], 1);
}

#[tokio::test]
async fn large_and_many_lines_keep_nobody_waiting() {
    let (hub, mut honest) = class(&[]).await;
    let mut rogue = Student::join(&hub.url, &hub.code).await;
    let address = hub.address();
    // 1 MB in a line.
    let line = "x".repeat(1024 * 1024);
    let large = json!({"post": 1, "events": [{"what": "try", "exercise": "e", "line": line}]});
    let answer = ask(
        &address,
        "POST /class/report",
        Some(&rogue.token),
        Some(&large),
    )
    .await;
    assert!(matches!(answer.status, 0 | 413), "{}", answer.status);
    // 1 MB of a progress file.
    let answer = ask(
        &address,
        "PUT /class/progress",
        Some(&rogue.token),
        Some(&large),
    )
    .await;
    assert!(matches!(answer.status, 0 | 400 | 413), "{}", answer.status);
    // More events than there may be, and a name of a megabyte.
    let many = json!({"post": 1, "events": vec![solved("e"); 1000]});
    let answer = ask(
        &address,
        "POST /class/report",
        Some(&rogue.token),
        Some(&many),
    )
    .await;
    assert!(matches!(answer.status, 400 | 413), "{}", answer.status);
    let name = json!({"code": hub.code, "name": "x".repeat(1024 * 1024), "lang": "en"});
    let answer = ask(&address, "POST /class/join", None, Some(&name)).await;
    assert!(
        matches!(answer.status, 0 | 400 | 403 | 413),
        "{}",
        answer.status
    );
    // Two thousand lines, as fast as they go.
    let mut limited = 0;
    let tried = json!({"what": "try", "exercise": "e", "line": "GET lab:a"});
    for number in 1..=20 {
        let post = json!({"post": number, "events": vec![tried.clone(); 100]});
        if seat::report(&mut rogue.http, &rogue.token, &post)
            .await
            .is_err()
        {
            limited += 1;
            if limited > 5 {
                break;
            }
        }
    }
    let exercise = &exercises()[1];
    goes_on(&hub, &mut honest, exercise, 2).await;
    assert!(limited > 0, "two thousand lines at once were taken");
}

#[tokio::test]
async fn silent_connections_keep_nobody_out() {
    let (hub, mut honest) = class(&[]).await;
    let mut silent = Vec::new();
    for _ in 0..700 {
        // Who is turned away by a reset is turned away.
        if let Ok(Ok(stream)) =
            timeout(UNAFFECTED, tokio::net::TcpStream::connect(hub.address())).await
        {
            silent.push(stream);
        }
    }
    let exercise = &exercises()[1];
    honest.http = client(&hub.url);
    goes_on(&hub, &mut honest, exercise, 2).await;
    drop(silent);
}

#[tokio::test]
async fn names_and_lines_are_text_everywhere() {
    let hub = Hub::start(&["--names", "free"]);
    let honest = Student::named(&hub.url, &hub.code, Some("Zoë")).await;
    let address = hub.address();
    let names = [
        "<img src=x onerror=alert(1)>",
        "=cmd()",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "a,b\"c\r\nd",
        "\u{1b}[31mred",
        "\u{202e}evil",
        "{{7*7}}",
        &honest.name,
    ];
    let mut seats = Vec::new();
    for name in names {
        let body = json!({"code": hub.code, "name": name, "lang": "en"});
        let answer = ask(&address, "POST /class/join", None, Some(&body)).await;
        match answer.status {
            200 => seats.push(answer.json()),
            status => assert!(matches!(status, 400 | 409 | 403), "{name:?}: {status}"),
        }
    }
    let same = |seat: &Value| seat["name"] == json!(honest.name);
    assert!(!seats.iter().any(same), "a name belongs to one seat");
    for seat in &seats {
        let token = seat["token"].as_str();
        let tried = json!({"what": "try", "exercise": "=1+1", "line": "=HYPERLINK(\"http://evil\")",
            "error": "<script>alert(1)</script>"});
        let done = json!({"what": "solved", "exercise": "@x", "lines": ["=1", "+2\r\n=3"],
            "ms": 1, "tries": 1, "hints": 0});
        let post = json!({"post": 1, "events": [tried, done]});
        let answer = ask(&address, "POST /class/report", token, Some(&post)).await;
        assert!(matches!(answer.status, 200 | 400), "{}", answer.text());
    }
    let board = hub.board().await;
    let csv = board.get("/board/export.csv").await;
    for cell in cells(&csv.text()) {
        let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        assert!(!formula, "{cell:?} becomes a formula");
    }
    let kind = csv.header("content-type").unwrap_or_default();
    assert!(kind.starts_with("text/csv"), "{kind}");
    // The state is JSON, which no browser takes for a page.
    let state = board.get("/board/state").await;
    let kind = state.header("content-type").unwrap_or_default();
    assert!(kind.starts_with("application/json"), "{kind}");
    assert_eq!(
        state.header("x-content-type-options").as_deref(),
        Some("nosniff")
    );
}

/// The cells of a CSV (RFC 4180).
fn cells(csv: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = csv.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' | '\n' if !quoted => cells.push(std::mem::take(&mut cell)),
            '\r' if !quoted && letters.peek() == Some(&'\n') => {}
            c => cell.push(c),
        }
    }
    cells.push(cell);
    cells
}

#[tokio::test]
async fn forged_results_are_only_a_students_word() {
    let (hub, mut honest) = class(&[]).await;
    let mut rogue = Student::join(&hub.url, &hub.code).await;
    let exercise = exercises()[3].clone();
    // The same exercise a hundred times is one; made-up numbers are bounded.
    for _ in 0..100 {
        let forged = json!({"what": "solved", "exercise": exercise, "lines": ["FLUSHALL"],
            "ms": u64::MAX, "tries": u64::MAX, "hints": u64::MAX});
        // Too much at once is refused, which is right, too.
        let _ = rogue.report(vec![forged]).await;
    }
    let odd = [
        json!({"what": "solved"}),
        json!({"what": "solved", "exercise": 7, "lines": "x", "ms": -1}),
        json!({"what": "solved", "exercise": "no-such-exercise", "lines": []}),
        json!({"what": "solved", "exercise": "x".repeat(5000), "lines": []}),
        json!({"what": "at", "section": "../../etc/passwd", "step": -1}),
        json!({"what": "ended"}),
        json!(["solved"]),
        json!(null),
    ];
    for event in odd {
        let _ = rogue.report(vec![event]).await;
    }
    for post in [
        json!(null),
        json!([]),
        json!({"post": -1, "events": []}),
        json!({"post": "1"}),
    ] {
        let token = Some(&*rogue.token);
        let answer = ask(&hub.address(), "POST /class/report", token, Some(&post)).await;
        assert!(
            (400..500).contains(&answer.status),
            "{post}: {}",
            answer.status
        );
        assert!(answer.json()["error"].is_string());
    }
    let board = hub.board().await;
    let solved = board.solved().await;
    let real = exercises().len();
    assert!(
        solved[&rogue.name] <= 2 && solved[&rogue.name] < real,
        "{solved:?}"
    );
    // An old post number changes nothing.
    let before = solved[&honest.name];
    honest.posts = 0;
    honest
        .report(vec![classroom_support::solved(&exercises()[5])])
        .await
        .expect("as before");
    assert_eq!(board.solved().await[&honest.name], before);
    honest.posts = 1;
    let next = &exercises()[1];
    goes_on(&hub, &mut honest, next, before + 1).await;
}

#[tokio::test]
async fn other_sites_and_other_names_are_not_answered() {
    let (hub, honest) = class(&[]).await;
    let address = hub.address();
    let bearer = format!("Authorization: Bearer {}", honest.token);
    let foreign = ["Origin: http://evil.example", "Sec-Fetch-Site: cross-site"];
    for head in foreign {
        let head = [head, &bearer, "Content-Type: application/json"];
        let body = json!({"post": 2, "events": [solved("x")]}).to_string();
        let line = "POST /class/report HTTP/1.1";
        let answer = http(&address, line, &head, body.as_bytes()).await;
        assert_eq!(answer.status, 403, "{head:?}");
    }
    // A name that somebody else has pointed at this machine.
    let answer = http(
        &address,
        "GET /class/info HTTP/1.1",
        &["Host: evil.example"],
        b"",
    )
    .await;
    assert_eq!(answer.status, 403);
    let two = ["Host: localhost", "Host: evil.example"];
    let answer = http(&address, "GET /class/info HTTP/1.1", &two, b"").await;
    assert_eq!(answer.status, 400);
}
