//! The servers that a lesson starts for itself: a primary and its replicas,
//! the nodes of a cluster, a sentinel.
//!
//! Each is a private server like that of any lesson, with the same watchdog,
//! and besides its socket has a port on the loopback address, for they talk to
//! each other over TCP. A node's cluster bus has the port that CLUSTER MEET
//! supposes, ten thousand more; it has to be free as well.

use super::folder::PrivateFolder;
use super::spawn::Child;
use crate::conn::{Stop, Target};
use crate::error::{Error, Result};
use crate::lesson::{LessonServer, ServerKind};
use catalog::text;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

/// Ports are looked for here: with those of the bus they stay below what
/// systems give to connections that go out, which would otherwise take the port
/// of a server that is down.
const PORTS: std::ops::Range<u16> = 10_000..22_000;

/// The port of a node's cluster bus is so much greater.
const BUS: u16 = 10_000;

/// Somebody else may take a port between its choice and the server's start.
const ATTEMPTS: usize = 3;

/// A lesson's own servers, running for as long as this lives.
#[derive(Debug)]
pub struct Several {
    program: PathBuf,
    /// What ends every wait for them.
    stop: Stop,
    members: Vec<Member>,
    /// Somebody has talked to one of them since they were started.
    used: bool,
}

#[derive(Debug)]
struct Member {
    server: LessonServer,
    port: u16,
    state: State,
}

#[derive(Debug)]
enum State {
    Running(Child),
    /// Killed, with its directory.
    Down(Option<PrivateFolder>),
}

impl Several {
    /// Starts them all from one program, on ports that are free. `stop` ends
    /// every wait for them.
    ///
    /// # Errors
    /// When one does not start.
    pub async fn start(program: &Path, servers: &[LessonServer], stop: &Stop) -> Result<Several> {
        let mut failure = None;
        for _ in 0..ATTEMPTS {
            let members = servers.iter().zip(free_ports(servers.len())?);
            let members = members.map(|(server, port)| Member {
                server: server.clone(),
                port,
                state: State::Down(None),
            });
            let mut several = Several {
                program: program.to_owned(),
                stop: stop.clone(),
                members: members.collect(),
                used: false,
            };
            match several.start_all().await {
                Ok(()) => return Ok(several),
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.unwrap_or_else(no_ports))
    }

    async fn start_all(&mut self) -> Result<()> {
        for member in &mut self.members {
            member.start(&self.program).await?;
        }
        Ok(())
    }

    /// All of them once more, on the same ports, as if nothing had been done.
    ///
    /// # Errors
    /// When one does not start.
    pub async fn renew(&mut self) -> Result<()> {
        if !std::mem::take(&mut self.used) {
            return Ok(());
        }
        for member in &mut self.members {
            member.state = State::Down(None);
        }
        self.start_all().await
    }

    /// Whether these are those servers.
    pub fn are(&self, servers: &[LessonServer]) -> bool {
        self.members.iter().map(|member| &member.server).eq(servers)
    }

    /// Each name with its port.
    pub fn members(&self) -> impl Iterator<Item = (&str, u16)> {
        let members = self.members.iter();
        members.map(|member| (member.server.name.as_str(), member.port))
    }

    /// The port in the lesson's text and the real one, of each.
    pub fn ports(&self) -> Vec<(u16, u16)> {
        let ports = self.members.iter();
        ports
            .map(|member| (member.server.port, member.port))
            .collect()
    }

    /// Each name with where that server is.
    ///
    /// # Errors
    /// Where there are no Unix sockets.
    pub fn targets(&self) -> Result<Vec<(String, Target)>> {
        let running = self.members.iter().filter_map(|member| {
            let name = member.server.name.clone();
            match &member.state {
                State::Running(child) => {
                    let target = child.target();
                    Some(target.map(|target| (name, target.with_stop(self.stop.clone()))))
                }
                State::Down(_) => None,
            }
        });
        running.collect()
    }

    /// Where a server is; `None` for one that is down, or another's name. It
    /// is no longer as it was started.
    ///
    /// # Errors
    /// Where there are no Unix sockets.
    pub fn target(&mut self, name: &str) -> Result<Option<Target>> {
        self.used = true;
        let found = self.targets()?.into_iter().find(|(own, _)| own == name);
        Ok(found.map(|(_, target)| target))
    }

    /// Whether a server of that name is down.
    pub fn is_down(&self, name: &str) -> bool {
        let is_down = |member: &Member| matches!(member.state, State::Down(_));
        let mut named = self
            .members
            .iter()
            .filter(|member| member.server.name == name);
        named.any(is_down)
    }

    /// The name of a server that has ended although nobody killed it: nothing
    /// listens on its socket.
    pub fn lost(&self) -> Option<&str> {
        let is_lost = |member: &&Member| match &member.state {
            State::Running(child) => !child.listens(),
            State::Down(_) => false,
        };
        let lost = self.members.iter().find(is_lost)?;
        Some(&lost.server.name)
    }

    /// Kills a server as kill -9 does; one that is down stays so.
    pub fn kill(&mut self, name: &str) {
        self.used = true;
        for member in self.named(name) {
            let state = std::mem::replace(&mut member.state, State::Down(None));
            member.state = State::Down(match state {
                State::Running(child) => child.kill(),
                State::Down(dir) => dir,
            });
        }
    }

    /// Starts a server again that was killed, with what is on its disk.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_again(&mut self, name: &str) -> Result<()> {
        self.used = true;
        let program = self.program.clone();
        for member in self.named(name) {
            member.start(&program).await?;
        }
        Ok(())
    }

    fn named(&mut self, name: &str) -> impl Iterator<Item = &mut Member> {
        let members = self.members.iter_mut();
        members.filter(move |member| member.server.name == name)
    }
}

impl Member {
    /// Starts it, where it does not run.
    async fn start(&mut self, program: &Path) -> Result<()> {
        let State::Down(dir) = &mut self.state else {
            return Ok(());
        };
        let dir = match dir.take() {
            Some(dir) => dir,
            None => self.prepare()?,
        };
        let options = self.options(dir.path());
        let child = Child::start_in(dir, program, &options).await?;
        self.state = State::Running(child);
        Ok(())
    }

    /// A fresh directory, with the file that a server of this kind begins with.
    fn prepare(&self) -> Result<PrivateFolder> {
        let dir = PrivateFolder::new()?;
        let (file, text) = match self.server.kind {
            ServerKind::Single => return Ok(dir),
            // As the server itself writes it for a node that knows no other.
            ServerKind::Cluster => {
                let id = self.server.node_id();
                (
                    "nodes.conf",
                    format!(
                        "{id} :0@0 myself,master - 0 0 0 connected\nvars currentEpoch 0 lastVoteEpoch 0\n"
                    ),
                )
            }
            ServerKind::Sentinel => ("sentinel.conf", String::new()),
        };
        std::fs::write(dir.path().join(file), text).map_err(|error| {
            Error::server(text!("cannot write {file}", "nie można zapisać {file}")).because(&error)
        })?;
        Ok(dir)
    }

    /// What its kind is started with.
    fn options(&self, dir: &Path) -> Vec<String> {
        let port = self.port.to_string();
        let mut options = Vec::new();
        let mut add = |words: &[&str]| options.extend(words.iter().map(|word| (*word).to_owned()));
        if self.server.kind == ServerKind::Sentinel {
            let file = dir.join("sentinel.conf");
            add(&[&file.to_string_lossy(), "--sentinel"]);
        }
        add(&["--port", &port, "--bind", "127.0.0.1"]);
        match self.server.kind {
            // A replica is served at once, not after five seconds.
            ServerKind::Single => add(&["--repl-diskless-sync-delay", "0"]),
            ServerKind::Cluster => add(&[
                "--cluster-enabled",
                "yes",
                "--cluster-port",
                &(self.port + BUS).to_string(),
                "--cluster-node-timeout",
                "1000",
                "--repl-diskless-sync-delay",
                "0",
            ]),
            ServerKind::Sentinel => {}
        }
        options
    }
}

/// Ports of the loopback address that nobody listens on, nor on that of their bus.
fn free_ports(count: usize) -> Result<Vec<u16>> {
    let listen = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok();
    let mut held: Vec<(u16, [TcpListener; 2])> = Vec::new();
    for _ in 0..1000 {
        if held.len() == count {
            return Ok(held.into_iter().map(|(port, _)| port).collect());
        }
        let port = rand::random_range(PORTS);
        if let (Some(own), Some(bus)) = (listen(port), listen(port + BUS)) {
            held.push((port, [own, bus]));
        }
    }
    Err(no_ports())
}

fn no_ports() -> Error {
    Error::server(text!(
        "there are no free ports on this machine",
        "na tym komputerze nie ma wolnych portów"
    ))
}
