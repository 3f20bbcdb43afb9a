//! Which server a lesson runs on: one given by URL, a private real one, or
//! the built-in one, in that order.
//!
//! A tutorial must never touch data it does not own, so without a URL the
//! server is ours alone and goes away with us.

#[cfg_attr(target_family = "wasm", path = "../in_process/durable.rs")]
mod durable;
#[cfg(target_family = "wasm")]
#[path = "../in_process/files.rs"]
mod files;
#[cfg(not(target_family = "wasm"))]
mod folder;
#[cfg_attr(target_family = "wasm", path = "../in_process/inside.rs")]
mod inside;
mod program;
#[cfg_attr(target_family = "wasm", path = "../in_process/several.rs")]
mod several;
#[cfg_attr(not(unix), path = "no_spawn.rs")]
mod spawn;

pub use durable::Durable;
#[cfg(not(target_family = "wasm"))]
pub use folder::PrivateFolder;
#[cfg(target_family = "wasm")]
pub(super) use inside::renew;
pub use program::find_program;
pub use several::Several;

#[cfg(not(target_family = "wasm"))]
use super::target::Keeper;
use super::{ConnError, Connection, Target, in_time};
use crate::error::{Error, Result};
use catalog::Family;
use catalog::lang::Lang;
use catalog::text;
use resp::Reply;
use std::path::PathBuf;
#[cfg(not(target_family = "wasm"))]
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Which private server to use when no URL is given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Choice {
    /// A real one where one is installed, otherwise the built-in one.
    #[default]
    Auto,
    /// A real one, spawned.
    Spawn,
    /// The built-in one.
    Builtin,
    /// A real one, this program: a path, or a name to look for on PATH.
    Program(PathBuf),
}

/// What kind of server was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Named by a URL: its data is not ours.
    External,
    /// A private real server, started from this program.
    Spawned(PathBuf),
    /// The server compiled into this binary.
    Builtin,
}

/// A running server, private ones for as long as this value lives.
#[derive(Debug)]
#[must_use = "a private server stops when this is dropped"]
pub struct Server {
    target: Target,
    kind: Kind,
    version: Version,
    /// Why it is not the one that would have been taken.
    instead: Option<Error>,
    /// `None` where the server is not ours.
    #[cfg_attr(target_family = "wasm", expect(dead_code, reason = "it only lives"))]
    process: Option<Arc<Process>>,
}

/// Commands that reach beyond a server's own data: other machines, files,
/// settings, users.
#[cfg(not(target_family = "wasm"))]
const BEYOND: &[&str] = &[
    "acl|deluser",
    "acl|load",
    "acl|save",
    "acl|setuser",
    "bgrewriteaof",
    "bgsave",
    "config|resetstat",
    "config|rewrite",
    "config|set",
    "debug",
    "failover",
    "migrate",
    "module",
    "psync",
    "replicaof",
    "save",
    "shutdown",
    "slaveof",
    "sync",
];

/// What keeps a private server running; it stops when this is dropped.
#[derive(Debug)]
#[cfg_attr(
    target_family = "wasm",
    expect(dead_code, reason = "there a server is begun anew by its number")
)]
enum Process {
    Child(Mutex<Option<spawn::Child>>, PathBuf),
    Inside(Mutex<Option<inside::Inside>>),
}

/// What a server says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Which of the two it is; a server that says neither counts as Redis.
    pub family: Family,
    /// As in `INFO server`, for example `7.0.15`; empty when the user may not ask.
    pub number: String,
}

#[cfg(not(target_family = "wasm"))]
impl Keeper for Process {
    fn renew(&self) -> Pin<Box<dyn Future<Output = Result<()>> + Send + '_>> {
        Box::pin(async {
            match self {
                Process::Child(child, program) => {
                    let mut child = child.lock().await;
                    *child = Some(match child.take() {
                        Some(old) => old.renew(program).await?,
                        None => return Err(no_server()),
                    });
                }
                Process::Inside(inside) => {
                    let mut inside = inside.lock().await;
                    *inside = inside.take().map(inside::Inside::renew).transpose()?;
                }
            }
            Ok(())
        })
    }
}

impl Server {
    /// Finds or starts the server: `target` when given, otherwise by `choice`.
    ///
    /// # Errors
    /// A server that cannot be reached or started.
    pub async fn resolve(target: Option<Target>, choice: Choice) -> Result<Server> {
        if let Some(target) = target {
            return Server::external(target).await;
        }
        match choice {
            Choice::Builtin => Server::builtin().await,
            Choice::Program(program) => Server::spawn(program::named(&program)?).await,
            Choice::Spawn => match find_program() {
                Some(program) => Server::spawn(program).await,
                None => Err(no_server()),
            },
            Choice::Auto => {
                let Some(program) = find_program() else {
                    return Server::builtin().await;
                };
                match Server::spawn(program).await {
                    Err(reason) => Server::builtin().await.map(|server| Server {
                        instead: Some(reason),
                        ..server
                    }),
                    spawned => spawned,
                }
            }
        }
    }

    async fn external(target: Target) -> Result<Server> {
        let target = target.master().await?;
        let mut connection = Connection::connect(&target).await?;
        let version = let_in(&target, &mut connection).await?;
        Ok(Server {
            target,
            kind: Kind::External,
            version,
            instead: None,
            process: None,
        })
    }

    async fn spawn(program: PathBuf) -> Result<Server> {
        let child = spawn::Child::start(&program).await?;
        let target = child.target()?;
        let mut connection = Connection::connect(&target).await?;
        let version = Version::ask(&mut connection).await?;
        let process = Process::Child(Mutex::new(Some(child)), program.clone());
        let server = Server {
            target,
            kind: Kind::Spawned(program),
            version,
            instead: None,
            process: Some(Arc::new(process)),
        };
        Ok(server.renewable())
    }

    /// The built-in server with its data in `dir`, where every change is on the
    /// disk within a second, and survives the end of this process at once.
    ///
    /// # Errors
    /// What `refused` says of files that cannot be used.
    #[cfg(not(target_family = "wasm"))]
    pub async fn keeping(
        dir: &std::path::Path,
        refused: impl FnOnce(std::io::Error) -> Error,
    ) -> Result<Server> {
        let server = Server::inside(inside::Inside::keeping(dir, refused)?).await?;
        // The commands that led to the data are replaced by the data: the next
        // start is quick, however long the log had grown. Where that fails,
        // INFO says so and the log goes on as it was.
        let mut connection = Connection::connect(&server.target).await?;
        connection.call(&["BGREWRITEAOF"]).await?;
        Ok(server)
    }

    /// The built-in server with bounds on data, values and scripts, and without
    /// the commands that reach beyond it: for answers that somebody else has
    /// written.
    ///
    /// # Errors
    /// When it does not start.
    #[cfg(not(target_family = "wasm"))]
    pub async fn confined() -> Result<Server> {
        let server = Server::inside(inside::Inside::confined()?).await?;
        let mut connection = Connection::connect(&server.target).await?;
        let mut rules = vec!["ACL".to_owned(), "SETUSER".to_owned(), "default".to_owned()];
        rules.extend(BEYOND.iter().map(|command| format!("-{command}")));
        let reply = connection.call(&rules).await?;
        if let Reply::Error(text) = reply {
            return Err(Error::server(text!(
                "the built-in server cannot be confined: {text}",
                "nie można ograniczyć serwera wbudowanego: {text}"
            )));
        }
        Ok(server)
    }

    async fn builtin() -> Result<Server> {
        let server = Server::inside(inside::Inside::start()?).await?;
        Ok(server.renewable())
    }

    /// With a target that can have it started anew: it holds nothing that
    /// anybody would miss, and nobody is confined to it.
    fn renewable(self) -> Server {
        #[cfg(not(target_family = "wasm"))]
        if let Some(process) = &self.process {
            let keeper = Arc::downgrade(process);
            return Server {
                target: self.target.kept_by(keeper),
                ..self
            };
        }
        self
    }

    async fn inside(inside: inside::Inside) -> Result<Server> {
        let target = inside.target()?;
        let mut connection = Connection::connect(&target).await?;
        let version = Version::ask(&mut connection).await?;
        Ok(Server {
            target,
            kind: Kind::Builtin,
            version,
            instead: None,
            process: Some(Arc::new(Process::Inside(Mutex::new(Some(inside))))),
        })
    }

    /// Where it listens and how to log in.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// What kind of server it is.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// What the server says it is.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// Why the built-in server was taken although a real one is installed, in
    /// one line.
    pub fn instead(&self, lang: Lang) -> Option<String> {
        let reason = self.instead.as_ref()?.message_in(lang);
        Some(text!(
            lang,
            "{reason}; the built-in server is used",
            "{reason}; użyty zostaje serwer wbudowany"
        ))
    }

    /// Whether the server and all its data are ours.
    pub fn is_private(&self) -> bool {
        self.kind != Kind::External
    }

    /// How a prompt names it: `lab`, or host and port of a server that is not ours.
    pub fn label(&self) -> String {
        match self.kind {
            Kind::External => self.target.to_string(),
            _ => "lab".to_owned(),
        }
    }

    /// One line for the banner.
    pub fn describe(&self, lang: Lang) -> String {
        let version = &self.version;
        match &self.kind {
            Kind::External => text!(
                lang,
                "{version} at {} (yours: only keys under lab: are used)",
                "{version} pod {} (twój: używamy tylko kluczy lab:)",
                self.target
            ),
            Kind::Spawned(program) => text!(
                lang,
                "{version}, private, started from {}",
                "{version}, prywatny, uruchomiony z {}",
                program.display()
            ),
            Kind::Builtin => text!(
                lang,
                "the built-in server (compatible with {version}); nothing to install",
                "serwer wbudowany (zgodny z {version}); nic nie trzeba instalować"
            ),
        }
    }
}

impl std::fmt::Display for Version {
    /// `Redis 7.0.15`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Version { family, number } = self;
        f.write_str(format!("{} {number}", family.name()).trim_end())
    }
}

impl Version {
    /// What the catalogue can compare; `None` where the number is not told or
    /// is none.
    pub fn release(&self) -> Option<catalog::Release> {
        Some(catalog::Release {
            family: self.family,
            version: catalog::Version::parse(&self.number)?,
        })
    }

    async fn ask(connection: &mut Connection) -> Result<Version, ConnError> {
        let reply = connection.call(&["INFO", "server"]).await?;
        Ok(Version::told(reply.as_str().unwrap_or_default()))
    }

    /// What INFO tells of it.
    pub fn told(info: &str) -> Version {
        let field = |name: &str| {
            info.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
                .map(|value| value.trim().to_owned())
        };
        match field("valkey_version") {
            Some(number) => Version {
                family: Family::Valkey,
                number,
            },
            None => Version {
                family: Family::Redis,
                number: field("redis_version").unwrap_or_default(),
            },
        }
    }
}

fn refuse_cluster(cluster: &Reply) -> Result<()> {
    if cluster
        .as_str()
        .is_some_and(|info| info.contains("cluster_enabled:1"))
    {
        return Err(Error::server(text!(
            "this server is a node of a Redis Cluster, where a lesson's keys would be spread over nodes",
            "ten serwer to węzeł klastra Redis, w którym klucze lekcji rozeszłyby się po węzłach"
        ))
        .hint(text!(
            "use a server that is not in cluster mode, or leave out --url",
            "użyj serwera bez trybu klastra albo pomiń --url"
        )));
    }
    Ok(())
}

/// How long a server may go on loading its data before that is an error: what
/// people teach with is loaded by then.
const LOADING_LIMIT: Duration = Duration::from_secs(30);

/// Waits for a server that has just been started, and refuses one that wants
/// a login, is a replica without its primary, or a node of a cluster.
async fn let_in(target: &Target, connection: &mut Connection) -> Result<Version> {
    let begun = tokio::time::Instant::now();
    let refusal = loop {
        // In one go: the answer to PING comes first.
        connection.queue(&["PING"]);
        connection.queue(&["INFO", "server"]);
        let refused = match in_time(target, connection.call(&["INFO", "cluster"])).await? {
            Reply::Error(text) if !text.starts_with("LOADING") => break text,
            Reply::Error(text) => Some(text),
            _ => None,
        };
        let server = in_time(target, connection.receive_reply()).await?;
        let cluster = in_time(target, connection.receive_reply()).await?;
        match refused {
            None => {
                refuse_cluster(&cluster)?;
                return Ok(Version::told(server.as_str().unwrap_or_default()));
            }
            Some(text) if begun.elapsed() > LOADING_LIMIT => break text,
            Some(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    };
    let error = Error::server(text!(
        "the server does not let us in: {refusal}",
        "serwer nas nie wpuszcza: {refusal}"
    ));
    Err(match refusal.split(' ').next() {
        Some("LOADING") => error.hint(text!(
            "it is still reading its data from disk: try again in a moment",
            "serwer jeszcze wczytuje dane z dysku: spróbuj za chwilę"
        )),
        Some("MASTERDOWN") => error.hint(text!(
            "it is a replica that has lost its primary: use the primary's address",
            "to replika, która straciła serwer główny: podaj adres serwera głównego"
        )),
        Some("DENIED") => error.hint(text!(
            "it is in protected mode: set a password on it, or connect from the machine it runs on",
            "serwer działa w trybie chronionym: ustaw na nim hasło albo łącz się z maszyny, na której działa"
        )),
        Some("NOAUTH" | "NOPERM") => error.hint(text!(
            "give the user and password: --url redis://user:password@host:port",
            "podaj użytkownika i hasło: --url redis://użytkownik:hasło@host:port"
        )),
        _ => error,
    })
}

fn no_server() -> Error {
    Error::server(text!(
        "no redis-server or valkey-server was found on PATH",
        "w PATH nie ma redis-server ani valkey-server"
    ))
    .hint(text!(
        "install one (Debian: apt-get install redis-server), or use the built-in server: --server builtin",
        "zainstaluj (Debian: apt-get install redis-server) albo użyj wbudowanego: --server builtin"
    ))
}
