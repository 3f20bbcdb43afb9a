//! Reading the append-only file: the files its manifest names, one after the
//! other, as commands of a client that nobody sees.

use crate::engine::caller::Caller;
use crate::engine::dispatch::After;
use crate::engine::load_error::{LoadCause, LoadError};
use crate::engine::manifest::Manifest;
use crate::engine::server::Server;
use crate::engine::starting::LOADER;
use crate::state::backlog::Backlog;
use crate::state::client::Client;
use crate::store::dump::{self, FileError};
use crate::wire::protocol::{self, Partial, Request, RequestLimits};
use std::io;

/// Where the commands of a file end.
pub(super) enum End {
    /// With the file.
    Whole,
    /// Within a command or transaction, after so many good bytes.
    Within(usize),
}

impl Server {
    /// Reads the append-only file, and, if it is to, `goes_on` with it; whether
    /// there is one.
    pub(super) fn load_log(&mut self, goes_on: bool) -> Result<bool, LoadError> {
        let names = self.settings.log_name.clone();
        let name = names.manifest();
        let mut manifest = match self.file(&name)? {
            Some(text) => {
                let manifest = self.parse_manifest(&text)?;
                if manifest == Manifest::of_one_file(&names.stem)
                    && self.file(&names.path(&names.stem))?.is_none()
                    && self.file(&names.stem)?.is_some()
                {
                    // Redis writes the manifest first, and did not get further.
                    self.take_over_one_file()?
                } else {
                    manifest
                }
            }
            None if self.file(&names.stem)?.is_some() => self.take_over_one_file()?,
            None => return Ok(false),
        };
        self.kept.file.clone_from(&names.folder);
        self.append_only.manifest = manifest.clone();
        self.remove_history();
        let base = manifest.base.iter();
        let files: Vec<String> = base.chain(&manifest.log).map(|f| f.name.clone()).collect();
        let mut size = 0;
        for (i, file) in files.iter().enumerate() {
            let name = names.path(file);
            let Some(bytes) = self.file(&name)? else {
                return Err(self.load_error(&name, LoadCause::Missing));
            };
            self.begins_file(bytes.len());
            let is_last = i + 1 == files.len();
            let good = self
                .load_part(&name, &bytes, is_last)
                .map_err(|cause| self.load_error(&name, cause))?;
            size += good as u64;
        }
        // A client may have turned it off meanwhile.
        if !goes_on || !self.settings.appendonly {
            return Ok(true);
        }
        let failed = |server: &Server, error: io::Error| server.load_error(&name, error.into());
        manifest = self.append_only.manifest.clone();
        let last = match manifest.log.last() {
            Some(file) => names.path(&file.name),
            None => {
                let last = names.path(&manifest.begin_log(&names.stem));
                self.put_manifest(manifest)
                    .map_err(|error| failed(self, error))?;
                last
            }
        };
        let file = self.files().and_then(|files| files.append_to(&last));
        let file = file.map_err(|error| failed(self, error))?;
        self.append_to(file, size);
        Ok(true)
    }

    pub(super) fn parse_manifest(&self, text: &[u8]) -> Result<Manifest, LoadError> {
        Manifest::parse(text).map_err(|(line, fault)| {
            let name = self.settings.log_name.manifest();
            self.load_error(&name, LoadCause::Manifest(line, fault))
        })
    }

    /// Before Redis 7 there was one file, which becomes the base.
    fn take_over_one_file(&mut self) -> Result<Manifest, LoadError> {
        let names = self.settings.log_name.clone();
        let manifest = Manifest::of_one_file(&names.stem);
        let name = names.path(&names.stem);
        let moved = self
            .files()
            .and_then(|files| files.rename(&names.stem, &name));
        moved
            .and_then(|()| self.put_manifest(manifest.clone()))
            .map_err(|error| self.load_error(&names.stem, error.into()))?;
        Ok(manifest)
    }

    /// Reads a file of the append-only file; how many bytes of it are good.
    fn load_part(&mut self, name: &str, bytes: &[u8], is_last: bool) -> Result<usize, LoadCause> {
        let commands_at = if dump::is_snapshot(bytes) {
            self.load_snapshot(bytes, true)?
        } else {
            0
        };
        match self.load_commands(bytes, commands_at)? {
            End::Whole => Ok(bytes.len()),
            End::Within(good) => {
                // Only the end of all can be what a crash has left.
                if !is_last {
                    return Err(FileError::Damaged(good).into());
                }
                if !self.settings.aof_load_truncated {
                    return Err(LoadCause::CutOff(good));
                }
                self.files()?.append_to(name)?.truncate(good as u64)?;
                self.kept.cut_off = (bytes.len() - good) as u64;
                Ok(good)
            }
        }
    }

    /// Replaces the data by what the append-only file holds (DEBUG LOADAOF).
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn reload_log(&mut self) -> Result<(), String> {
        if self.append_only.manifest == Manifest::default() {
            return Err("ERR there is no append-only file".into());
        }
        self.sync_log().map_err(|error| error.to_string())?;
        let goes_on = self.append_only.is_on() && !self.append_only.begins;
        // What is executed now is not to be written down again.
        let log = self.append_only.log.take();
        let result = self.replace_data(|server| {
            let read = server.load_log(goes_on);
            read.map(drop).map_err(|error| error.to_string())
        });
        if self.append_only.log.is_none() {
            self.append_only.log = log;
        }
        if result.is_ok() {
            self.dirty = 0;
        }
        result
    }

    /// Executes the commands of a file from this byte of it on.
    pub(super) fn load_commands(&mut self, input: &[u8], from: usize) -> Result<End, LoadCause> {
        let mut client = Client::new(LOADER, self.clock.now());
        client.authenticated = true;
        self.clients.add(client);
        let result = self.execute_commands(input, from);
        self.forget_client(LOADER);
        self.clients.take_with_output();
        result
    }

    fn execute_commands(&mut self, input: &[u8], from: usize) -> Result<End, LoadCause> {
        let limits = RequestLimits {
            max_bulk: usize::MAX,
            authenticated: true,
        };
        let mut places = Vec::new();
        // Where the last thing ended that stands by itself: a transaction
        // counts as a whole.
        let (mut at, mut good) = (from, from);
        let mut in_transaction = false;
        while at < input.len() {
            let rest = &input[at..];
            match rest[0] {
                b'*' => {}
                // A note, such as a time stamp.
                b'#' => {
                    let Some(end) = memchr::memchr(b'\n', rest) else {
                        return Ok(End::Within(good));
                    };
                    at += end + 1;
                    continue;
                }
                _ if at == 0 => return Err(FileError::Foreign.into()),
                _ => return Err(FileError::Damaged(at).into()),
            }
            let used = match protocol::parse(rest, &mut Partial::default(), limits, &mut places) {
                Request::Complete { used } if !places.is_empty() => used,
                Request::Incomplete => return Ok(End::Within(good)),
                _ => return Err(FileError::Damaged(at).into()),
            };
            let argv: Vec<&[u8]> = places.iter().map(|(a, b)| &rest[*a..*b]).collect();
            self.execute_loaded(&argv)?;
            at += used;
            let client = self.clients.get(LOADER);
            in_transaction = client.is_some_and(|client| client.transaction.active);
            if !in_transaction {
                good = at;
            }
            self.has_read(at)?;
        }
        if in_transaction {
            Ok(End::Within(good))
        } else {
            Ok(End::Whole)
        }
    }

    fn execute_loaded(&mut self, argv: &[&[u8]]) -> Result<(), FileError> {
        // Changes nothing, and was written down by the first versions.
        let is = |name: &str| argv[0].eq_ignore_ascii_case(name.as_bytes());
        if is("SAVE") || is("SHUTDOWN") {
            return Ok(());
        }
        let failed = |why: &[u8]| {
            let name = String::from_utf8_lossy(argv[0]).into_owned();
            let why = String::from_utf8_lossy(why.trim_ascii()).into_owned();
            FileError::Command(name, why)
        };
        let closed = || failed(b"the connection was closed");
        let client = self.clients.get_mut(LOADER).ok_or_else(closed)?;
        let caller = Caller::begin(client, self.commands, argv);
        let after = self.execute(caller, argv);
        let client = self.clients.get_mut(LOADER).ok_or_else(closed)?;
        if after == After::Postponed || client.blocked.is_some() || client.close_asap {
            return Err(failed(b"it does not end"));
        }
        if let Some((b'-', why)) = client.out.buf.split_first() {
            return Err(failed(why));
        }
        client.out.buf.clear();
        client.backlog = Backlog::default();
        Ok(())
    }
}
