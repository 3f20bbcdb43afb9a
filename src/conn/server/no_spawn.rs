//! A private real server where there are no Unix sockets: there is none.

#[cfg(not(target_family = "wasm"))]
use super::folder::PrivateFolder;
use crate::conn::Target;
use crate::error::{Error, Result};
use catalog::text;
use std::convert::Infallible;
#[cfg(not(target_family = "wasm"))]
use std::ffi::OsStr;
use std::path::Path;

/// A running private server, of which there is none here.
#[derive(Debug)]
pub(super) struct Child(Infallible);

impl Child {
    pub(super) async fn start(_program: &Path) -> Result<Child> {
        Err(Error::server(text!(
            "a private real server needs Unix sockets, which this system has not",
            "prywatny serwer wymaga gniazd uniksowych, których ten system nie ma"
        ))
        .hint(text!(
            "use --server builtin, or --url with a server you started",
            "użyj --server builtin albo --url z serwerem, który masz uruchomiony"
        )))
    }

    #[cfg(not(target_family = "wasm"))]
    pub(super) async fn renew(self, _program: &Path) -> Result<Child> {
        match self.0 {}
    }

    #[cfg(not(target_family = "wasm"))]
    pub(super) async fn start_in<S: AsRef<OsStr>>(
        _dir: PrivateFolder,
        program: &Path,
        _options: &[S],
    ) -> Result<Child> {
        Child::start(program).await
    }

    #[cfg(not(target_family = "wasm"))]
    pub(super) async fn start_keeping<S: AsRef<OsStr>>(
        _dir: PrivateFolder,
        program: &Path,
        _options: &[S],
    ) -> Result<Child> {
        Child::start(program).await
    }

    #[cfg(not(target_family = "wasm"))]
    pub(super) fn listens(&self) -> bool {
        match self.0 {}
    }

    pub(super) fn target(&self) -> Result<Target> {
        match self.0 {}
    }

    #[cfg(not(target_family = "wasm"))]
    pub(super) fn kill(self) -> Option<PrivateFolder> {
        match self.0 {}
    }
}
