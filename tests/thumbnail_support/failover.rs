//! A master and its replica behind one address.

use super::{Redis, wait_until};
use redis_lab::conn::Target;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// One address in front of whichever server is the master: new connections
/// lead to the one named last, those that are open stay where they are, as
/// behind a load balancer or a DNS name.
pub struct Front {
    pub path: PathBuf,
    back: Arc<Mutex<PathBuf>>,
}

impl Front {
    pub fn start(dir: &Path, back: PathBuf) -> Front {
        let path = dir.join("front.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let back = Arc::new(Mutex::new(back));
        let current = back.clone();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let back = current.lock().unwrap().clone();
                let Ok(server) = UnixStream::connect(back) else {
                    continue;
                };
                copy(client.try_clone().unwrap(), server.try_clone().unwrap());
                copy(server, client);
            }
        });
        Front { path, back }
    }

    pub fn lead_to(&self, back: PathBuf) {
        *self.back.lock().unwrap() = back;
    }

    pub fn target(&self) -> Target {
        Target::unix(&self.path).unwrap()
    }
}

fn copy(mut from: UnixStream, mut to: UnixStream) {
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
}

/// Makes one server the replica of another, and waits until it has its data.
pub fn replicate(replica: &Redis, port: u16) {
    let mut connection = replica.connection();
    let _: String = redis::cmd("REPLICAOF")
        .arg("127.0.0.1")
        .arg(port)
        .query(&mut connection)
        .unwrap();
    wait_until("the replica has its master's data", || {
        let info: String = redis::cmd("INFO")
            .arg("replication")
            .query(&mut connection)
            .unwrap();
        info.contains("master_link_status:up")
    });
}
