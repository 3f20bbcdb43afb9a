//! `thumbnail`: wires the job system to the command line.

mod bench;
mod celery;
mod client;
mod common;
mod demo;
mod observers;
mod save;
mod serve;
mod submit;
mod worker;

use super::context::Context;
use super::runtime::block_on;
use super::section;
use crate::cli::thumbnail::{ThumbnailArgs, ThumbnailCommand};
use crate::error::{ExitCode, Result};
use crate::jobs::keys::Keys;

/// Runs `thumbnail`.
pub(super) fn run(context: &Context, args: ThumbnailArgs) -> Result<ExitCode> {
    let keys = Keys::new(args.prefix);
    block_on(|| async {
        match args.command.unwrap_or(ThumbnailCommand::Demo(args.demo)) {
            ThumbnailCommand::Demo(args) => demo::run(context, keys, args).await,
            ThumbnailCommand::Lesson(args) => section::run(context, "thumbnail", None, &args).await,
            ThumbnailCommand::Serve(args) => serve::run(context, keys, args).await,
            ThumbnailCommand::Submit(args) => submit::run(context, keys, args).await,
            ThumbnailCommand::Worker(args) => worker::run(context, keys, args).await,
            ThumbnailCommand::Status { id: Some(id), .. } => {
                client::status(context, keys, &id).await
            }
            ThumbnailCommand::Status { id: None, limit } => {
                client::list(context, keys, limit).await
            }
            ThumbnailCommand::Retry(args) => client::retry(context, keys, args).await,
            ThumbnailCommand::Drop(args) => client::drop_jobs(context, keys, args).await,
            ThumbnailCommand::Dead => client::dead(context, keys).await,
            ThumbnailCommand::Schedule(args) => serve::schedule(context, keys, args).await,
            ThumbnailCommand::Bench(args) => bench::run(context, args).await,
        }
    })
}
