//! What a server is started with, and one without sockets.

use crate::commands;
use crate::engine::server::Server;
use crate::state::settings::Settings;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What a server is started with.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The TCP address to listen on; port 0 lets the system choose.
    pub tcp: Option<SocketAddr>,
    /// The Unix socket to listen on.
    pub unixsocket: Option<PathBuf>,
    /// The password clients must give.
    pub requirepass: Option<String>,
    /// The memory limit in bytes.
    pub maxmemory: Option<u64>,
    /// Where SAVE writes its snapshot; without it SAVE is refused.
    pub dir: Option<PathBuf>,
    /// Whether DEBUG is allowed (`enable-debug-command`).
    pub debug_commands: bool,
    /// How many bytes the process has allocated, from whoever counts them (a
    /// global allocator): what `maxmemory` and the memory figures go by.
    /// Without it they are 0 and nothing is ever evicted.
    pub allocated: Option<fn() -> usize>,
}

impl Config {
    /// The parameters of a server that does not listen anywhere.
    pub(crate) fn settings(self) -> Settings {
        Settings {
            requirepass: self.requirepass.unwrap_or_default().into_bytes(),
            maxmemory: self.maxmemory.unwrap_or(0),
            dir: self.dir,
            port: 0,
            debug_commands: self.debug_commands,
            allocated: self.allocated.unwrap_or(|| 0),
            ..Settings::default()
        }
    }
}

impl Server {
    /// A server without sockets: it listens nowhere, whatever addresses are
    /// in `config`; its bytes come and go through its methods.
    ///
    /// # Errors
    /// When the snapshot in [`Config::dir`] cannot be read.
    pub fn new(config: Config) -> io::Result<Server> {
        Server::open(config.settings())
    }

    /// A server with these parameters and the data of its snapshot.
    pub(crate) fn open(settings: Settings) -> io::Result<Server> {
        let mut server = Server::with(commands::table(), settings);
        if let Some(path) = server.snapshot_path() {
            server.load(&path)?;
        }
        Ok(server)
    }
}
