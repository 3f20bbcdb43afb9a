//! Starting and stopping the server from outside.

use super::event_loop::EventLoop;
use super::listen::Listener;
use super::sockets::Sockets;
use crate::engine::news::News;
use crate::engine::server::Server;
use crate::engine::stop::Request;
use crate::start::Config;
use crate::state::persistence::Kept;
use crate::state::settings::Settings;
use mio::Waker;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::mpsc;

/// The stack of the server's thread. Scripts nest calls and values up to
/// limits that Redis's 8 MB main thread allows; only what is used takes memory.
const STACK_SIZE: usize = 32 * 1024 * 1024;

/// A running server. It stops when this is dropped.
#[derive(Debug)]
#[must_use = "the server stops when its handle is dropped"]
pub struct Handle {
    tcp: Arc<Mutex<Option<SocketAddr>>>,
    unixsocket: Option<PathBuf>,
    stopper: Stopper,
    thread: Option<JoinHandle<()>>,
    /// What the server's thread has to tell; closed when it ends.
    news: mpsc::UnboundedReceiver<News>,
    kept: Kept,
}

/// A signal that ends a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT, Ctrl-C: `shutdown-on-sigint`.
    Interrupt,
    /// SIGTERM: `shutdown-on-sigterm`.
    Terminate,
}

/// Stops a server, also before it has read its files and there is a
/// [`Handle`].
#[derive(Debug, Clone, Default)]
pub struct Stopper {
    stop: Arc<AtomicU8>,
    waker: Arc<OnceLock<Waker>>,
}

impl Stopper {
    /// Has it stop as at a signal. While it still reads its files, there is
    /// nothing to be saved.
    pub fn signal(&self, signal: Signal) {
        self.request(match signal {
            Signal::Interrupt => Request::Interrupt,
            Signal::Terminate => Request::Terminate,
        });
    }

    fn request(&self, request: Request) {
        self.stop.store(request as u8, Ordering::Relaxed);
        if let Some(waker) = self.waker.get() {
            let _ = waker.wake();
        }
    }
}

/// Starts a server on a thread of its own; it listens when this returns. While
/// it reads its files, those who connect already are answered that it loads.
///
/// # Errors
/// When an address cannot be bound, or what is in `dir` cannot be read; of the
/// kind [`io::ErrorKind::Interrupted`] when it was stopped before all was read.
pub fn start(config: Config) -> io::Result<Handle> {
    start_with(config, Stopper::default())
}

/// The same, to be stopped by this one meanwhile.
///
/// # Errors
/// The same.
pub fn start_with(config: Config, stopper: Stopper) -> io::Result<Handle> {
    let mut listeners = Vec::new();
    if let Some(addr) = config.tcp {
        listeners.push(Listener::tcp(addr)?);
    }
    #[cfg(unix)]
    if let Some(path) = &config.unixsocket {
        listeners.push(Listener::unix(path)?);
    }
    let port = listeners.iter().find_map(Listener::tcp_addr);
    let port = port.map_or(0, |addr| addr.port());
    let unixsocket = config.unixsocket.clone();
    let bind = config.tcp.map(|addr| addr.ip().to_string());
    let settings = config.settings()?;
    let settings = Settings {
        maxclients: raise_file_limit(settings.maxclients),
        room_for_clients: raise_file_limit,
        port,
        bind: bind.unwrap_or_default(),
        unixsocket: unixsocket.clone(),
        ..settings
    };
    let (tell, news) = mpsc::unbounded_channel();
    let stopped_by = Arc::clone(&stopper.stop);
    let (sockets, waker) = Sockets::new(listeners)?;
    let _ = stopper.waker.set(waker);
    let tcp = Arc::clone(&sockets.tcp);
    // A script's interpreter cannot move between threads, so the server is
    // made on its own thread and reports how that went.
    let (ready, made) = std::sync::mpsc::channel();
    let thread = std::thread::Builder::new()
        .name("redis-lab-server".into())
        .stack_size(STACK_SIZE)
        .spawn(move || {
            let started = Server::prepare(settings).and_then(|mut server| {
                server.stop = stopped_by;
                server.told = Some(Box::new(move |news| {
                    let _ = tell.send(news);
                }));
                let event_loop = EventLoop::new(sockets, &mut server);
                server.read_files()?;
                Ok((server, event_loop))
            });
            match started {
                Ok((mut server, event_loop)) => {
                    let _ = ready.send(Ok(server.kept().clone()));
                    event_loop.run(&mut server);
                }
                Err(error) => {
                    let _ = ready.send(Err(error));
                }
            }
        })?;
    let kept = made
        .recv()
        .unwrap_or_else(|_| Err(io::Error::other("the server's thread ended at once")))?;
    Ok(Handle {
        tcp,
        unixsocket,
        stopper,
        thread: Some(thread),
        news,
        kept,
    })
}

/// File descriptors that are not for clients, as many as Redis keeps: files,
/// listeners, and the connection that is told that there are too many.
#[cfg(unix)]
const RESERVED_FILES: u64 = 32;

/// Elsewhere sockets are no files.
#[cfg(not(unix))]
fn raise_file_limit(clients: usize) -> usize {
    clients
}

/// Lets the process have as many sockets as `clients` need, as far as the
/// system allows (the usual limit of 1024 is too low for `maxclients`); for
/// how many clients there is room then.
#[cfg(unix)]
fn raise_file_limit(clients: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = clients as u64 + RESERVED_FILES;
    if limit.current.is_none_or(|current| current >= wanted) {
        return clients;
    }
    let raised = limit.maximum.map_or(wanted, |most| most.min(wanted));
    let changed = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: Some(raised),
            maximum: limit.maximum,
        },
    );
    // Fewer connections than asked for is no reason not to serve.
    let current = match changed {
        Ok(()) => raised,
        Err(_) => limit.current.unwrap_or(raised),
    };
    clients.min(current.saturating_sub(RESERVED_FILES).max(1) as usize)
}

impl Handle {
    /// The TCP address listened on now (CONFIG SET `bind` and `port` change
    /// it, which is [`News::Moved`]); of several, one.
    pub fn tcp_addr(&self) -> Option<SocketAddr> {
        *self.tcp.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The Unix socket listened on.
    pub fn unixsocket(&self) -> Option<&std::path::Path> {
        self.unixsocket.as_deref()
    }

    /// What the server's files held when it started, and what it keeps.
    pub fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Waits for something that the server has to tell; `None` once it has
    /// stopped (SHUTDOWN, [`Handle::ask_to_stop`]).
    pub async fn news(&mut self) -> Option<News> {
        self.news.recv().await
    }

    /// Has it save what is to be saved and stop, as SHUTDOWN does. If it
    /// cannot, it goes on: [`News::NotStopped`].
    pub fn ask_to_stop(&self) {
        self.stopper.request(Request::SaveAndStop);
    }

    /// Has it stop as at a signal.
    pub fn signal(&self, signal: Signal) {
        self.stopper.signal(signal);
    }

    /// Stops the server and waits until it has. It saves nothing: see
    /// [`Handle::ask_to_stop`].
    pub fn shutdown(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        self.stopper.request(Request::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.stop();
    }
}
