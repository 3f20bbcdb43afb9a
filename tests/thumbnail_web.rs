//! The upload page over real HTTP, asked by curl.

mod needs;
mod thumbnail_support;

use redis_lab::jobs::web;
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use thumbnail_support::prometheus::samples;
use thumbnail_support::site::{Site, config, image_field};
use thumbnail_support::{Redis, wait_until};
use thumbnailer::sample_image;

/// What Python's zipfile says of an archive: name and CRC-checked size.
fn python_names(path: &Path) -> Vec<String> {
    let program = "import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print('\\n'.join(z.namelist()))";
    let output = Command::new("python3")
        .args(["-c", program])
        .arg(path)
        .output()
        .expect("python3 is installed");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn upload_poll_download() {
    let site = Site::new();
    let (name, bytes) = sample_image();
    let image = site.file(name, &bytes);
    let (code, task) = site.upload(&[&image_field(&image)]);
    assert_eq!(code, 202, "{task}");
    let keys: Vec<&String> = task.as_object().unwrap().keys().collect();
    assert_eq!(keys[..2], ["task_id", "task_status"]);
    let id = task["task_id"].as_str().unwrap();
    let task = site.ended(id);
    assert_eq!(task["task_status"], "SUCCESS", "{task}");
    let archive = task["results"]["archive_path"].as_str().unwrap();
    assert_eq!(archive, format!("/media/{id}/tatry.zip"));

    let (code, zip) = site.curl(&[&format!("http://{}{archive}", site.address)]);
    assert_eq!(code, 200);
    let zip = site.file("downloaded.zip", &zip);
    assert_eq!(python_names(&zip), ["tatry.jpg", "tatry_128x128.jpg"]);
    let mut zip = zip::ZipArchive::new(std::fs::File::open(zip).unwrap()).unwrap();
    let mut original = Vec::new();
    zip.by_name("tatry.jpg")
        .unwrap()
        .read_to_end(&mut original)
        .unwrap();
    assert_eq!(original, bytes);
    let mut thumb = Vec::new();
    zip.by_name("tatry_128x128.jpg")
        .unwrap()
        .read_to_end(&mut thumb)
        .unwrap();
    let thumb = image::load_from_memory(&thumb).unwrap();
    assert_eq!((thumb.width(), thumb.height()), (128, 96));
}

#[test]
fn the_page_answers_people_in_both_languages() {
    let site = Site::new();
    let (name, bytes) = sample_image();
    let image = site.file(name, &bytes);
    let (code, page) = site.curl(&[
        "-H",
        "Accept-Language: pl",
        "-F",
        &image_field(&image),
        "-F",
        "size=64x64",
        "-F",
        "sizes=32x32, 16x16",
        &site.url,
    ]);
    let page = String::from_utf8(page).unwrap();
    assert_eq!(code, 303);
    assert!(
        page.contains("<html lang=\"pl\">") && page.contains("Twoje obrazy"),
        "{page}"
    );
    let at = page.find("data-jobs=\"").unwrap() + "data-jobs=\"".len();
    let id = &page[at..at + 36];
    site.ended(id);
    let (code, page) = site.get(&format!("?lang=en&job={id}"));
    assert_eq!(code, 200);
    for part in [
        "Your images",
        "Not affiliated with Redis Ltd.",
        "tatry_64x64.jpg",
        "tatry_32x32.jpg",
        "tatry_16x16.jpg",
        "tatry.zip",
    ] {
        assert!(page.contains(part), "no {part}: {page}");
    }
    // Without a script an unfinished page reloads; a finished one does not.
    assert!(!page.contains("http-equiv=\"refresh\""), "{page}");
    for part in ["15 * * *", "every 10 s", "ala"] {
        assert!(page.contains(part), "no {part}: {page}");
    }
}

#[test]
fn bad_uploads_are_refused_with_a_reason() {
    let site = Site::start(
        Redis::start(),
        web::Config {
            max_files: 2,
            max_upload: 3 << 20,
            ..config()
        },
        1000,
        true,
    );
    let (_, bytes) = sample_image();
    let good = site.file("good.jpg", &bytes);
    let good = image_field(&good);
    let text = site.file("fake.jpg", b"<script>alert(1)</script>");
    let svg = site.file(
        "x.svg",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
    );
    let empty = site.file("empty.png", b"");
    let large = site.file("large.jpg", &vec![0xff; 4 << 20]);
    let bomb = site.file("bomb.png", &png_header(60_000, 60_000));
    for (fields, expected) in [
        (vec![image_field(&text)], 415),
        (vec![image_field(&svg)], 415),
        (vec![image_field(&empty)], 400),
        (vec![image_field(&large)], 413),
        (vec![image_field(&bomb)], 413),
        (vec![good.clone(), good.clone(), good.clone()], 413),
        (vec!["other=1".to_owned()], 400),
        (vec![good.clone(), "size=0x1".to_owned()], 400),
        (vec![good.clone(), "sizes=big".to_owned()], 400),
    ] {
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        let (code, answer) = site.upload(&fields);
        assert_eq!(code, expected, "{fields:?}: {answer}");
        assert!(
            answer["error"].as_str().is_some_and(|e| !e.is_empty()),
            "{answer}"
        );
    }
    let (code, _) = site.curl(&["-d", "image_file=x", &site.url]);
    assert_eq!(code, 400);
    // Nothing of all this reached the queue or the disk.
    assert!(site.get("metrics").1.contains("redis_lab_uploads_total 0"));
    assert!(site.media().is_empty());
}

/// The beginning of a PNG file that claims to be this large.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    image::RgbImage::new(1, 1)
        .write_to(
            &mut std::io::Cursor::new(&mut bytes),
            image::ImageFormat::Png,
        )
        .unwrap();
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    // The header's checksum, as PNG defines it.
    let crc = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    })
}

#[test]
fn names_never_become_paths_or_markup() {
    let site = Site::new();
    let (_, bytes) = sample_image();
    let image = site.file("plain.jpg", &bytes);
    let long = format!("{}.jpg", "a".repeat(300));
    for name in [
        "../../../etc/passwd",
        "/etc/passwd.jpg",
        "<img src=x onerror=alert(1)>.jpg",
        "zażółć gęślą jaźń.jpg",
        "\u{1f422}.jpg",
        "C:\\\\windows\\\\x.jpg",
        &long,
    ] {
        let quoted = name.replace('"', "%22");
        let field = format!("image_file=@{};filename=\"{quoted}\"", image.display());
        let (code, task) = site.upload(&[&field]);
        assert_eq!(code, 202, "{name}: {task}");
        let id = task["task_id"].as_str().unwrap();
        let task = site.ended(id);
        assert_eq!(task["task_status"], "SUCCESS", "{name}: {task}");
        let archive = task["results"]["archive_path"].as_str().unwrap();
        let (code, _) = site.curl(&[&format!("http://{}{archive}", site.address)]);
        assert_eq!(code, 200, "{archive}");
        let (_, page) = site.get(&format!("?job={id}"));
        assert!(!page.contains("<img src=x"), "{page}");
        for entry in std::fs::read_dir(site.dir.path().join("media").join(id)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(!name.contains(".part"), "{name}");
        }
    }
    assert_eq!(std::fs::read_dir(site.dir.path()).unwrap().count(), 2);
    for path in [
        "media/../../etc/passwd",
        "media/x/..%2f..%2fetc%2fpasswd",
        "media/x/%00",
    ] {
        let url = format!("{}{path}", site.url);
        let (code, _) = site.curl(&["--path-as-is", &url]);
        assert_eq!(code, 404, "{path}");
    }
}

#[test]
fn a_damaged_image_is_a_failure_and_an_unknown_task_is_unknown() {
    let site = Site::new();
    let (_, bytes) = sample_image();
    let cut = site.file("cut.jpg", &bytes[..200]);
    let (code, task) = site.upload(&[&image_field(&cut)]);
    assert_eq!(code, 202, "{task}");
    let task = site.ended(task["task_id"].as_str().unwrap());
    assert_eq!(task["task_status"], "FAILURE");
    assert!(task["error"].as_str().is_some(), "{task}");
    let (code, body) = site.get("task/00000000-0000-4000-8000-000000000000");
    assert_eq!(code, 404);
    assert!(body.contains("\"task_status\":\"UNKNOWN\""), "{body}");
}

#[test]
fn other_sites_cannot_post_and_every_answer_is_guarded() {
    let site = Site::new();
    let (name, bytes) = sample_image();
    let field = image_field(&site.file(name, &bytes));
    for header in [
        "Origin: http://evil.example",
        "Origin: null",
        "Sec-Fetch-Site: cross-site",
    ] {
        let (code, _) = site.curl(&["-H", header, "-F", &field, &site.url]);
        assert_eq!(code, 403, "{header}");
    }
    let (code, _) = site.curl(&["-H", "Host: evil.example", &site.url]);
    assert_eq!(code, 403);
    for path in ["", "static/app.js", "healthz", "nothing"] {
        let (_, head) = site.curl(&["--include", &format!("{}{path}", site.url)]);
        let head = String::from_utf8(head).unwrap().to_lowercase();
        assert!(
            head.contains("x-content-type-options: nosniff"),
            "{path}: {head}"
        );
        assert!(
            head.contains("content-security-policy: default-src 'none'"),
            "{path}: {head}"
        );
    }
}

#[test]
fn a_slow_upload_is_cut_off_and_a_half_one_leaves_nothing() {
    let site = Site::new();
    let head = "POST / HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\
                Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n\
                --b\r\nContent-Disposition: form-data; name=\"image_file\"; filename=\"a.jpg\"\r\n\r\n";
    let mut slow = TcpStream::connect(site.address).unwrap();
    slow.write_all(head.as_bytes()).unwrap();
    slow.write_all(b"some bytes, and then silence").unwrap();
    let mut answer = String::new();
    // Read until the server closes or has answered in full.
    let mut buffer = [0; 4096];
    while !answer.contains("too slow") {
        let n = slow.read(&mut buffer).unwrap();
        assert!(n > 0, "closed without an answer: {answer}");
        answer.push_str(&String::from_utf8_lossy(&buffer[..n]));
    }
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");

    let half = || {
        let mut half = TcpStream::connect(site.address).unwrap();
        half.write_all(head.as_bytes()).unwrap();
        half
    };
    drop(half());
    // One that still listens, as a proxy does, is told whose fault it was.
    for body in ["", "the first bytes of an image"] {
        let mut half = half();
        half.write_all(body.as_bytes()).unwrap();
        half.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        half.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(answer.contains("not a complete form"), "{answer}");
    }
    wait_until("all are counted as refused", || {
        site.get("metrics")
            .1
            .contains("redis_lab_uploads_refused_total 4")
    });
    assert!(site.media().is_empty());
}

#[test]
fn without_redis_the_page_says_so_and_afterwards_goes_on() {
    let Some(redis) = Redis::start_persistent("without_redis_the_page_says_so") else {
        return;
    };
    let mut site = Site::start(redis, config(), 1000, true);
    let (name, bytes) = sample_image();
    let field = image_field(&site.file(name, &bytes));
    let (code, task) = site.upload(&[&field]);
    assert_eq!(code, 202, "{task}");
    site.ended(task["task_id"].as_str().unwrap());

    site.redis.kill();
    let (code, page) = site.get("?lang=en");
    assert_eq!(code, 503);
    assert!(page.contains("Redis cannot be reached"), "{page}");
    let (code, answer) = site.upload(&[&field]);
    assert_eq!(code, 503);
    assert!(
        answer["error"]
            .as_str()
            .unwrap()
            .starts_with("Redis cannot be reached")
    );
    let polish = ["-H", "Accept-Language: pl", "-F", &field, &site.url];
    let (code, page) = site.curl(&polish);
    assert_eq!(code, 503);
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("Redis jest niedostępny"), "{page}");
    assert!(!page.contains("cannot be reached"), "{page}");
    assert_eq!(site.get("healthz").0, 503);
    assert!(site.get("metrics").1.contains("redis_lab_redis_up 0"));

    site.redis.start_again();
    assert_eq!(site.get("healthz").0, 200);
    let (code, task) = site.upload(&[&field]);
    assert_eq!(code, 202, "{task}");
    let task = site.ended(task["task_id"].as_str().unwrap());
    assert_eq!(task["task_status"], "SUCCESS");
}

#[test]
fn a_full_queue_is_a_503_that_keeps_nothing() {
    let site = Site::start(Redis::start(), config(), 1, false);
    let (name, bytes) = sample_image();
    let field = image_field(&site.file(name, &bytes));
    assert_eq!(site.upload(&[&field]).0, 202);
    let (code, answer) = site.upload(&[&field]);
    assert_eq!(code, 503, "{answer}");
    assert_eq!(site.media().len(), 1);
}

#[test]
fn changes_arrive_as_events() {
    let site = Site::new();
    let mut events = TcpStream::connect(site.address).unwrap();
    events
        .write_all(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut buffer = [0; 4096];
    let n = events.read(&mut buffer).unwrap();
    let mut text = String::from_utf8_lossy(&buffer[..n]).into_owned();
    assert!(text.contains("text/event-stream"), "{text}");
    let (name, bytes) = sample_image();
    let (_, task) = site.upload(&[&image_field(&site.file(name, &bytes))]);
    let id = task["task_id"].as_str().unwrap();
    let wanted = format!("{{\"task_id\":\"{id}\",\"task_status\":\"SUCCESS\"}}");
    while !text.contains(&wanted) {
        let n = events.read(&mut buffer).unwrap();
        assert!(n > 0, "{text}");
        text.push_str(&String::from_utf8_lossy(&buffer[..n]));
    }
}

/// What `POST /task/<id>/<action>` answers to a program.
fn act(site: &Site, id: &str, action: &str) -> (u16, Value) {
    let url = format!("{}task/{id}/{action}", site.url);
    let (code, body) = site.curl(&["-X", "POST", "-H", "Accept: application/json", &url]);
    (code, serde_json::from_slice(&body).unwrap_or_default())
}

#[test]
fn a_failed_job_is_listed_retried_and_forgotten_by_buttons() {
    let site = Site::new();
    let (_, bytes) = sample_image();
    let cut = site.file("cut.jpg", &bytes[..200]);
    let (_, task) = site.upload(&[&image_field(&cut)]);
    let id = task["task_id"].as_str().unwrap();
    assert_eq!(site.ended(id)["task_status"], "FAILURE");
    let (_, page) = site.get("?lang=pl");
    for part in [
        "Przesyłki niedoręczone",
        "Ponów",
        "Zapomnij",
        "cut.jpg",
        "plik jest ucięty",
    ] {
        assert!(page.contains(part), "no {part}: {page}");
    }
    assert!(
        page.contains(&format!(
            "<form method=\"post\" action=\"/task/{id}/retry?lang=pl\">"
        )),
        "{page}"
    );

    // A browser without a script is sent back to the page it came from.
    let url = format!("{}task/{id}/retry?lang=pl&job={id}", site.url);
    let (code, head) = site.curl(&["-X", "POST", "--include", &url]);
    let head = String::from_utf8(head).unwrap().to_lowercase();
    assert_eq!(code, 303, "{head}");
    assert!(
        head.contains(&format!("location: /?lang=pl&job={id}\r\n")),
        "{head}"
    );
    // The file is as broken as before.
    assert_eq!(site.ended(id)["task_status"], "FAILURE");
    assert_eq!(act(&site, id, "cancel").0, 409);

    let (code, answer) = act(&site, id, "forget");
    assert_eq!(
        (code, answer["task_status"].as_str()),
        (200, Some("UNKNOWN"))
    );
    assert_eq!(act(&site, id, "retry").0, 404);
    assert!(!site.get("").1.contains("cut.jpg"));
}

#[test]
fn a_waiting_job_is_cancelled_and_revived_by_buttons() {
    let site = Site::start(Redis::start(), config(), 1000, false);
    let (name, bytes) = sample_image();
    let (_, task) = site.upload(&[&image_field(&site.file(name, &bytes))]);
    let id = task["task_id"].as_str().unwrap();
    let cancel = format!("/task/{id}/cancel?lang=en&amp;job={id}");
    assert!(site.get(&format!("?job={id}&lang=en")).1.contains(&cancel));
    // Neither another site nor a plain link can do it.
    let url = format!("{}task/{id}/cancel", site.url);
    assert_eq!(
        site.curl(&["-X", "POST", "-H", "Origin: http://evil.example", &url])
            .0,
        403
    );
    assert_eq!(site.curl(&[&url]).0, 405);
    assert!(site.get(&format!("task/{id}")).1.contains("PENDING"));

    let (code, answer) = act(&site, id, "cancel");
    assert_eq!(
        (code, answer["task_status"].as_str()),
        (200, Some("REVOKED"))
    );
    let (code, answer) = act(&site, id, "retry");
    assert_eq!(
        (code, answer["task_status"].as_str()),
        (200, Some("PENDING"))
    );
    assert_eq!(act(&site, id, "explode").0, 400);
    assert_eq!(
        act(&site, "00000000-0000-4000-8000-000000000000", "cancel").0,
        404
    );
}

/// The page answers a new visitor.
fn answers(site: &Site) {
    let (code, _) = site.curl(&["--max-time", "10", &site.url]);
    assert_eq!(code, 200);
}

#[test]
fn silent_connections_and_event_streams_do_not_keep_visitors_out() {
    let site = Site::new();
    // Each kind in numbers that filled the page, all kept open.
    for first in [
        &b""[..],
        b"GET / HT",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ] {
        let mut open = Vec::new();
        for _ in 0..520 {
            let mut silent = TcpStream::connect(site.address).unwrap();
            // It may be closed already, to make room.
            let _ = silent.write_all(first);
            open.push(silent);
        }
        answers(&site);
    }
}

#[test]
fn thirty_slow_uploads_are_all_taken_and_a_trickle_is_cut_off() {
    let site = Site::start(
        Redis::start(),
        web::Config {
            stall: std::time::Duration::from_secs(5),
            ..web::Config::default()
        },
        1000,
        true,
    );
    let (name, bytes) = sample_image();
    let head = format!(
        "--b\r\nContent-Disposition: form-data; name=\"image_file\"; filename=\"{name}\"\r\n\r\n"
    );
    let body = [head.as_bytes(), &bytes, b"\r\n--b--\r\n"].concat();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut class: Vec<TcpStream> = (0..30)
        .map(|_| TcpStream::connect(site.address).unwrap())
        .collect();
    for (first, last) in [(0, body.len() / 2), (body.len() / 2, body.len())] {
        for pupil in &mut class {
            if first == 0 {
                pupil.write_all(request.as_bytes()).unwrap();
            }
            pupil.write_all(&body[first..last]).unwrap();
        }
        // All of them are halfway, and the page answers.
        answers(&site);
    }
    for pupil in &mut class {
        let mut answer = String::new();
        pupil.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    }
}

/// A file of this many bytes that a visitor downloads and does not read.
fn media_file(site: &Site, length: u64) -> String {
    let id = "00000000-0000-4000-8000-000000000001";
    let dir = site.dir.path().join("media").join(id);
    std::fs::create_dir_all(&dir).unwrap();
    let file = std::fs::File::create(dir.join("large.zip")).unwrap();
    file.set_len(length).unwrap();
    format!("/media/{id}/large.zip")
}

#[test]
fn downloads_are_streamed_and_links_are_not_followed() {
    let site = Site::new();
    let path = media_file(&site, 57 << 20);
    let mut unread = Vec::new();
    for _ in 0..25 {
        let mut client = TcpStream::connect(site.address).unwrap();
        write!(client, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        client.read_exact(&mut [0; 12]).unwrap();
        unread.push(client);
    }
    answers(&site);
    // Site and test are one process: files that were read whole would show.
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        let kb: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        assert!(kb < 600 << 10, "{line}");
    }
    let (code, bytes) = site.curl(&[&format!("http://{}{path}", site.address)]);
    assert_eq!((code, bytes.len()), (200, 57 << 20));

    #[cfg(unix)]
    {
        let media = site.dir.path().join("media");
        let secret = site.file("secret.png", b"secret");
        let folder = media.join("00000000-0000-4000-8000-000000000001");
        std::os::unix::fs::symlink(&secret, folder.join("link.png")).unwrap();
        let other = "00000000-0000-4000-8000-000000000002";
        std::os::unix::fs::symlink(site.dir.path(), media.join(other)).unwrap();
        for path in [
            "media/00000000-0000-4000-8000-000000000001/link.png".to_owned(),
            format!("media/{other}/secret.png"),
        ] {
            assert_eq!(site.get(&path).0, 404, "{path}");
        }
    }
}

#[test]
fn a_site_with_a_password_a_quota_and_a_name_of_its_own() {
    let site = Site::start(
        Redis::start(),
        web::Config {
            password: Some("s3cret".to_owned()),
            allow_hosts: vec!["school.example".to_owned()],
            quota: 1000,
            ..config()
        },
        1000,
        true,
    );
    assert_eq!(site.get("").0, 401);
    assert_eq!(site.get("healthz").0, 200);
    assert_eq!(site.curl(&["-u", "ala:s3cret", &site.url]).0, 200);
    let named = ["-u", ":s3cret", "-H", "Host: school.example", &site.url];
    assert_eq!(site.curl(&named).0, 200);
    let (name, bytes) = sample_image();
    let field = image_field(&site.file(name, &bytes));
    let upload = |size: &str| {
        let size = format!("size={size}");
        site.curl(&["-u", ":s3cret", "-F", &field, "-F", &size, &site.url])
            .0
    };
    assert_eq!(upload("64x64"), 507);
    for _ in 0..10 {
        assert_eq!(site.curl(&["-u", "ala:guess", &site.url]).0, 401);
    }
    assert_eq!(site.curl(&["-u", "ala:s3cret", &site.url]).0, 429);
}

#[test]
fn what_one_visitor_may_ask_for_is_bounded_and_named() {
    let site = Site::new();
    let (name, bytes) = sample_image();
    let field = image_field(&site.file(name, &bytes));
    let (code, answer) = site.upload(&[&field, "size=65535x1"]);
    assert_eq!(code, 400);
    assert!(
        answer["error"].as_str().unwrap().contains("2048"),
        "{answer}"
    );
    let sizes: Vec<String> = (1..=9).map(|n| format!("{n}x{n}")).collect();
    let (code, answer) = site.upload(&[&field, &format!("sizes={}", sizes.join(" "))]);
    assert_eq!(code, 400);
    assert!(
        answer["error"].as_str().unwrap().contains("at most 8"),
        "{answer}"
    );
}

#[test]
fn who_takes_nothing_of_an_answer_is_cut_off() {
    let site = Site::start(
        Redis::start(),
        web::Config {
            unread: std::time::Duration::from_millis(500),
            ..config()
        },
        1000,
        false,
    );
    let path = media_file(&site, 57 << 20);
    let mut client = TcpStream::connect(site.address).unwrap();
    write!(client, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    client.read_exact(&mut [0; 12]).unwrap();
    // What lies in the buffers still comes; then the connection has ended, long
    // before the file.
    std::thread::sleep(std::time::Duration::from_secs(2));
    let mut rest = Vec::new();
    let _ = client.read_to_end(&mut rest);
    assert!(rest.len() < 50 << 20, "{}", rest.len());
}

#[test]
fn metrics_count_jobs_and_the_page_has_the_schedules_that_were_added() {
    let site = Site::new();
    let (name, bytes) = sample_image();
    let field = image_field(&site.file(name, &bytes));
    let (_, task) = site.upload(&[&field]);
    site.ended(task["task_id"].as_str().unwrap());
    // The test's worker counts for nobody, but what the page shows is whole.
    let (code, text) = site.get("metrics");
    assert_eq!(code, 200);
    let seen = samples(&text);
    for (name, value) in [("uploads_total", 1.0), ("redis_up", 1.0), ("workers", 1.0)] {
        assert_eq!(seen[&format!("redis_lab_{name}")], value, "{text}");
    }
    let args = ["schedule", "add", "tidy", "sleep", "every", "1h"];
    let output = thumbnail_support::process::run(&site.redis, &args);
    assert!(output.status.success(), "{output:?}");
    let (_, page) = site.get("?lang=en");
    assert!(page.contains("tidy"), "{page}");
}

#[test]
fn a_refusal_reaches_one_who_is_still_sending() {
    let site = Site::start(
        Redis::start(),
        web::Config {
            quota: 1000,
            ..config()
        },
        1000,
        false,
    );
    let length = 32 << 20;
    let mut client = TcpStream::connect(site.address).unwrap();
    write!(
        client,
        "POST / HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {length}\r\n\r\n"
    )
    .unwrap();
    // All of it, as a proxy does that looks at the answer afterwards.
    client.write_all(&vec![0; length]).unwrap();
    client.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 507"), "{answer}");
    assert!(answer.contains("--quota"), "{answer}");
}
