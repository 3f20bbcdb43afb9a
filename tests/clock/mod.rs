//! The clock of a real server, set by a test: a day passes without anybody
//! waiting for it.

// Each test file uses its own part of this.
#![allow(dead_code)]

use crate::needs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A clock that servers started with its environment tell the time by.
pub struct Clock {
    folder: TempDir,
}

impl Clock {
    /// At the true time; without a C compiler `test` is left out.
    pub fn new(test: &str) -> Option<Clock> {
        if !cfg!(target_os = "linux") || !needs::installed(test, &["cc"]) {
            return None;
        }
        let clock = Clock {
            folder: tempfile::tempdir().unwrap(),
        };
        clock.set(0);
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-o"])
            .arg(clock.path("clock.so"))
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clock/clock.c"))
            .status();
        assert!(compiled.unwrap().success());
        Some(clock)
    }

    /// That many seconds ahead of the true time.
    pub fn set(&self, ahead: u64) {
        let new = self.path("new");
        std::fs::write(&new, ahead.to_string()).unwrap();
        std::fs::rename(new, self.path("clock")).unwrap();
    }

    /// What a server's environment has besides.
    pub fn env(&self) -> Vec<(String, String)> {
        let files = [("LD_PRELOAD", "clock.so"), ("CLOCK", "clock")];
        let variable = |(name, file): (&str, &str)| (name.to_owned(), self.text(file));
        files.map(variable).into()
    }

    /// A program that is `server` with this clock.
    #[cfg(unix)]
    pub fn program(&self, server: &Path) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let file = self.path("server-with-clock");
        let (library, clock) = (self.text("clock.so"), self.text("clock"));
        let server = server.display();
        let script =
            format!("#!/bin/sh\nLD_PRELOAD='{library}' CLOCK='{clock}' exec '{server}' \"$@\"\n");
        std::fs::write(&file, script).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o700)).unwrap();
        file
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn text(&self, file: &str) -> String {
        self.path(file).display().to_string()
    }
}
