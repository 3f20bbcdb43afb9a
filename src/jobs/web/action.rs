//! What a person can do to a job, by its state.

use crate::jobs::job::State as JobState;
use catalog::lang::Lang;
use serde::Deserialize;

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Action {
    /// Stop a job that waits or runs.
    Cancel,
    /// Give a failed or cancelled job another life.
    Retry,
    /// Remove a failed or cancelled job from the records.
    Forget,
}

impl Action {
    /// What can be done to a job in this state.
    pub(super) fn of(state: JobState) -> &'static [Action] {
        match state {
            JobState::Queued | JobState::Started | JobState::Retry => &[Action::Cancel],
            JobState::Failure | JobState::Revoked => &[Action::Retry, Action::Forget],
            JobState::Success => &[],
        }
    }

    /// Its name in addresses.
    pub(super) fn name(self) -> &'static str {
        match self {
            Action::Cancel => "cancel",
            Action::Retry => "retry",
            Action::Forget => "forget",
        }
    }

    /// What its button says.
    pub(super) fn label(self, lang: Lang) -> &'static str {
        match self {
            Action::Cancel => lang.pick("Cancel", "Anuluj"),
            Action::Retry => lang.pick("Retry", "Ponów"),
            Action::Forget => lang.pick("Forget", "Zapomnij"),
        }
    }
}
