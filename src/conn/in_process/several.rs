//! The servers that a lesson starts for itself, where no process can be
//! started: there are none, and a recording is played.

use crate::conn::{Stop, Target};
use crate::error::{Error, Result};
use crate::lesson::LessonServer;
use catalog::text;
use std::path::Path;

/// A lesson's own servers, of which there are none here.
#[derive(Debug)]
pub enum Several {}

impl Several {
    /// Starts none.
    ///
    /// # Errors
    /// Always.
    pub async fn start(
        _program: &Path,
        _servers: &[LessonServer],
        _stop: &Stop,
    ) -> Result<Several> {
        Err(Error::server(text!(
            "no server can be started here",
            "tutaj nie można uruchomić serwera"
        )))
    }

    /// As none of the others, never called.
    ///
    /// # Errors
    /// Never.
    pub async fn renew(&mut self) -> Result<()> {
        match *self {}
    }

    /// Never called.
    pub fn are(&self, _servers: &[LessonServer]) -> bool {
        match *self {}
    }

    /// Never called.
    pub fn members(&self) -> impl Iterator<Item = (&str, u16)> {
        match *self {}
        #[allow(unreachable_code, reason = "it gives the type")]
        std::iter::empty()
    }

    /// Never called.
    pub fn ports(&self) -> Vec<(u16, u16)> {
        match *self {}
    }

    /// Never called.
    ///
    /// # Errors
    /// Never.
    pub fn targets(&self) -> Result<Vec<(String, Target)>> {
        match *self {}
    }

    /// Never called.
    ///
    /// # Errors
    /// Never.
    pub fn target(&mut self, _name: &str) -> Result<Option<Target>> {
        match *self {}
    }

    /// Never called.
    pub fn is_down(&self, _name: &str) -> bool {
        match *self {}
    }

    /// Never called.
    pub fn lost(&self) -> Option<&str> {
        match *self {}
    }

    /// Never called.
    pub fn kill(&mut self, _name: &str) {
        match *self {}
    }

    /// Never called.
    ///
    /// # Errors
    /// Never.
    pub async fn start_again(&mut self, _name: &str) -> Result<()> {
        match *self {}
    }
}
