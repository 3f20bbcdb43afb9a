//! Whether a class can reach this machine: a page is served at the class's
//! port, its addresses are tried as a student would, and whoever comes from
//! another machine is told.

use super::addresses::Own;
use super::client::{Address, Fault, Http, seat};
use crate::conn::Tls;
use crate::error::Result;
use crate::http::{Peer, Server};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use catalog::lang::Text;
use catalog::text;
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

/// How long a visitor may take nothing of what is sent.
const UNREAD: Duration = Duration::from_secs(10);

/// What somebody sees who has come.
const ARRIVED: &str = "<!doctype html><meta charset=utf-8>\
<meta name=viewport content='width=device-width'><title>redis-lab</title>\
<body style='font:1.5em sans-serif;margin:2em'>\
<p>✓ This device reaches the teacher's machine.\
<p lang=pl>✓ To urządzenie ma łączność z komputerem nauczyciela.";

/// A page at the class's port, for as long as it is not dropped.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub struct Doorbell {
    /// Where it is.
    pub port: u16,
    rung: UnboundedReceiver<IpAddr>,
    stop: CancellationToken,
}

impl Doorbell {
    /// Serves it on all of these addresses.
    ///
    /// # Errors
    /// When the port is taken or not allowed.
    pub async fn hang(own: &[Own], port: u16) -> Result<Doorbell> {
        let any: IpAddr = if own.iter().all(|own| own.ip.is_ipv4()) {
            Ipv4Addr::UNSPECIFIED.into()
        } else {
            Ipv6Addr::UNSPECIFIED.into()
        };
        let server = Server::bind(SocketAddr::new(any, port)).await?;
        let port = server.address().port();
        let (rings, rung) = unbounded_channel();
        let info = || async { Json(json!({"version": 1, "sections": [], "check": true})) };
        let router = Router::new()
            .route("/class/info", get(info))
            .fallback(get(arrived))
            .with_state(rings);
        let stop = CancellationToken::new();
        tokio::spawn(server.run(router, UNREAD, stop.clone()));
        Ok(Doorbell { port, rung, stop })
    }

    /// The next one who comes from another machine. Cancel-safe.
    pub async fn visitor(&mut self, own: &[Own]) -> IpAddr {
        loop {
            let Some(ip) = self.rung.recv().await else {
                return std::future::pending().await;
            };
            let ip = ip.to_canonical();
            if !ip.is_loopback() && !own.iter().any(|own| own.ip == ip) {
                return ip;
            }
        }
    }
}

impl Drop for Doorbell {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn arrived(
    axum::extract::State(rings): axum::extract::State<UnboundedSender<IpAddr>>,
    Extension(peer): Extension<Arc<Peer>>,
) -> Response {
    let _ = rings.send(peer.address);
    Html(ARRIVED).into_response()
}

/// Asks for the class at an address of this machine, as a student would.
///
/// # Errors
/// Why there is no answer.
pub async fn knock(own: &Own, port: u16) -> Result<(), Fault> {
    let address = Address::parse(&own.url(port)).map_err(|_| Fault::Unknown)?;
    let mut http = Http::new(address.0, Tls::default());
    seat::info(&mut http).await.map(drop)
}

/// A firewall that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firewall {
    /// What it is called.
    pub name: &'static str,
    /// It lets the port through, where it says.
    pub open: Option<bool>,
    /// What opens the port.
    pub mend: Text,
}

/// The firewalls that are on, as far as anybody may know without being
/// administrator.
pub fn firewalls(port: u16) -> Vec<Firewall> {
    let mut found = Vec::new();
    if std::fs::read_to_string("/etc/ufw/ufw.conf").is_ok_and(|text| is_ufw_on(&text)) {
        found.push(Firewall {
            name: "ufw",
            open: None,
            mend: Text::same(format!("sudo ufw allow {port}/tcp")),
        });
    }
    if says("firewall-cmd", &["--state"]).is_some_and(|said| said.contains("running")) {
        let asked = format!("--query-port={port}/tcp");
        let open = says("firewall-cmd", &[&asked]).map(|said| said.trim() == "yes");
        found.push(Firewall {
            name: "firewalld",
            open,
            mend: Text::same(format!("sudo firewall-cmd --add-port={port}/tcp")),
        });
    }
    if cfg!(target_os = "macos") {
        let program = "/usr/libexec/ApplicationFirewall/socketfilterfw";
        let said = says(program, &["--getglobalstate"]);
        if said.is_some_and(|said| said.contains("enabled")) {
            found.push(Firewall {
                name: "macOS",
                open: None,
                mend: text!(
                    "System Settings, Network, Firewall: allow incoming connections for redis-lab",
                    "Ustawienia systemowe, Sieć, Zapora: pozwól na połączenia przychodzące do redis-lab"
                ),
            });
        }
    }
    if cfg!(windows) {
        found.push(Firewall {
            name: "Windows",
            open: None,
            mend: Text::same(format!(
                "netsh advfirewall firewall add rule name=redis-lab dir=in action=allow protocol=TCP localport={port}"
            )),
        });
    }
    found
}

/// What ufw's own file says.
fn is_ufw_on(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    lines.any(|line| line.eq_ignore_ascii_case("ENABLED=yes"))
}

/// What a program prints; nothing where there is none.
fn says(program: &str, args: &[&str]) -> Option<String> {
    let run = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    Some(String::from_utf8_lossy(&run.ok()?.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classroom::addresses::{Kind, of_this_machine};

    #[test]
    fn ufw_says_in_its_file_whether_it_is_on() {
        assert!(is_ufw_on(
            "# /etc/ufw/ufw.conf\n\nENABLED=yes\nLOGLEVEL=low\n"
        ));
        assert!(!is_ufw_on("# ENABLED=yes\nENABLED=no\n"));
    }

    #[tokio::test]
    async fn own_addresses_answer_and_are_no_visitors() {
        let mut own = of_this_machine();
        own.retain(|own| own.ip.is_ipv4());
        own.push(Own {
            ip: Ipv4Addr::LOCALHOST.into(),
            interface: "lo".to_owned(),
            kind: Kind::Inner,
        });
        let mut bell = Doorbell::hang(&own, 0).await.unwrap();
        for own in &own {
            assert_eq!(knock(own, bell.port).await, Ok(()), "{own:?}");
        }
        let nobody = tokio::time::timeout(Duration::from_millis(1), bell.visitor(&own));
        assert!(nobody.await.is_err());
        // Whoever is not known to be this machine is one.
        let visit = std::net::TcpStream::connect((own[0].ip, bell.port)).unwrap();
        let from = visit.local_addr().unwrap().ip();
        use std::io::Write as _;
        (&visit)
            .write_all(format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", own[0].ip).as_bytes())
            .unwrap();
        if !from.is_loopback() {
            assert_eq!(bell.visitor(&[]).await, from);
        }
        let port = bell.port;
        drop(bell);
        let gone = tokio::time::timeout(Duration::from_secs(10), async {
            while knock(&own[0], port).await.is_ok() {
                tokio::task::yield_now().await;
            }
        });
        assert!(gone.await.is_ok(), "the page ends");
    }
}
