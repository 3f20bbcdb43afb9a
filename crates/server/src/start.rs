//! What a server is started with, and one without sockets.

use crate::commands;
use crate::config::Parameter;
use crate::disk::Directory;
use crate::engine::files::Files;
use crate::engine::load_error::{LoadCause, LoadError};
use crate::engine::server::Server;
use crate::state::memory::{self, Allocator};
use crate::state::oom_score;
use crate::state::persistence::{Kept, SAVE_POINTS};
use crate::state::settings::Settings;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

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
    /// The directory of its files: `dump.rdb`, the append-only file. Without
    /// it, nothing is kept and SAVE is refused.
    pub dir: Option<PathBuf>,
    /// Parameters and their values, as CONFIG SET takes them: `appendonly`,
    /// `save`.
    pub parameters: Vec<(String, String)>,
    /// How many bytes scripts may use; without it, three quarters of what is
    /// free when it starts.
    pub script_memory: Option<usize>,
    /// Whether a server with an ACL file (`aclfile`) starts only if one has to
    /// log in.
    pub login_required: bool,
    /// Whether `dir` and `dbfilename` can be set while it runs
    /// (`enable-protected-configs`).
    pub protected_configs: bool,
    /// Whether DEBUG is allowed (`enable-debug-command`).
    pub debug_commands: bool,
    /// The allocator of the process: what `maxmemory` and the memory figures
    /// go by. Without it they are 0 and nothing is ever evicted.
    pub allocator: Option<Allocator>,
}

/// Why a server does not start with one of its [`Config::parameters`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterError {
    /// The parameter.
    pub name: String,
    /// What it was to be set to.
    pub value: String,
    /// Redis's words on it; `None` where there is no such parameter.
    pub why: Option<String>,
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ParameterError { name, value, why } = self;
        let why = why.as_deref().unwrap_or("no such parameter");
        write!(f, "cannot set {name} to \"{value}\": {why}")
    }
}

impl std::error::Error for ParameterError {}

impl Config {
    /// The parameters of a server that does not listen anywhere.
    ///
    /// # Errors
    /// A [`ParameterError`].
    pub(crate) fn settings(self) -> io::Result<Settings> {
        let mut settings = Settings {
            requirepass: self.requirepass.unwrap_or_default().into_bytes(),
            maxmemory: self.maxmemory.unwrap_or(0),
            save: match self.dir {
                Some(_) => SAVE_POINTS.to_vec(),
                None => Vec::new(),
            },
            dir: self.dir,
            port: 0,
            login_required: self.login_required,
            debug_commands: self.debug_commands,
            protected_configs: self.protected_configs,
            script_memory: self.script_memory.unwrap_or_else(memory::for_scripts),
            allocator: self.allocator.unwrap_or_default(),
            ..Settings::default()
        };
        for (name, value) in self.parameters {
            let wrong = |why: Option<&str>| {
                let error = ParameterError {
                    name: name.clone(),
                    value: value.clone(),
                    why: why.map(str::to_owned),
                };
                io::Error::new(io::ErrorKind::InvalidInput, error)
            };
            let parameter = Parameter::find(name.as_bytes()).ok_or_else(|| wrong(None))?;
            if let Some(why) = parameter.refusal(&settings, true) {
                return Err(wrong(Some(why)));
            }
            let text = parameter
                .check(&value, &settings)
                .map_err(|why| wrong(Some(&why)))?;
            if let Some(why) = parameter.failure(&text, &settings) {
                return Err(wrong(Some(why)));
            }
            parameter.set(&text, &mut settings);
        }
        Ok(settings)
    }
}

impl Server {
    /// A server without sockets: it listens nowhere, whatever addresses are
    /// in `config`; its bytes come and go through its methods.
    ///
    /// # Errors
    /// When a parameter cannot be set, or what is in [`Config::dir`] cannot be
    /// used: a [`LoadError`].
    pub fn new(config: Config) -> io::Result<Server> {
        let mut server = Server::prepare(config.settings()?)?;
        server.read_files()?;
        Ok(server)
    }

    /// The same with its files somewhere else than in a directory.
    ///
    /// # Errors
    /// The same.
    pub fn with_files(mut config: Config, files: Box<dyn Files>) -> io::Result<Server> {
        config.dir = Some(files.place().into());
        let mut server = Server::without_data(config.settings()?, Some(files))?;
        server.read_files()?;
        Ok(server)
    }

    /// A server with these parameters that has not read its data yet:
    /// [`Server::read_files`] does.
    pub(crate) fn prepare(settings: Settings) -> io::Result<Server> {
        let files = match &settings.dir {
            Some(dir) => Some(Box::new(Directory::open(dir).map_err(|error| {
                let file = dir.display().to_string();
                let cause = LoadCause::Directory(error);
                io::Error::new(io::ErrorKind::NotFound, LoadError { file, cause })
            })?) as Box<dyn Files>),
            None => None,
        };
        Server::without_data(settings, files)
    }

    fn without_data(settings: Settings, files: Option<Box<dyn Files>>) -> io::Result<Server> {
        let users_files = if files.is_none() && !settings.aclfile.is_empty() {
            Some(Box::new(Directory::open(Path::new("."))?) as Box<dyn Files>)
        } else {
            None
        };
        let mut server = Server::with(commands::table(), settings);
        server.access.configure(&server.settings);
        begin_oom_score(&mut server)?;
        server.sync_clock();
        server.files = files;
        server.users_files = users_files;
        server.startup_memory = (server.settings.allocator.allocated)();
        server.begin_with_users().map_err(not_loaded)?;
        Ok(server)
    }

    /// Reads the data of its files, and serves clients meanwhile if it has
    /// been told how: [`Server::while_busy`].
    pub(crate) fn read_files(&mut self) -> io::Result<()> {
        self.load().map_err(not_loaded)
    }

    /// What its files held when it started, and what it keeps.
    pub fn kept(&self) -> &Kept {
        &self.kept
    }
}

/// Sets the score that a parameter asks for.
fn begin_oom_score(server: &mut Server) -> io::Result<()> {
    let wanted = server.settings.oom_score;
    wanted.set(&mut server.oom_score_before).map_err(|error| {
        let parameter = ParameterError {
            name: "oom-score-adj".into(),
            value: wanted.adjust.name().into(),
            why: Some(format!("{}: {error}", oom_score::FILE)),
        };
        io::Error::new(io::ErrorKind::InvalidInput, parameter)
    })
}

fn not_loaded(error: LoadError) -> io::Error {
    let kind = match error.cause {
        LoadCause::Stopped => io::ErrorKind::Interrupted,
        _ => io::ErrorKind::InvalidData,
    };
    io::Error::new(kind, error)
}
