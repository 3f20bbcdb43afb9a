//! `thumbnail bench`: measures on a private server and prints the figures.

use super::common::{file_name, read_image, say, stop_on_signals, unless_stopped};
use crate::app::context::Context;
use crate::cli::thumbnail::BenchArgs;
use crate::conn::server::PrivateFolder;
use crate::conn::{Endpoint, Target};
use crate::error::{Error, ExitCode, Result};
use crate::jobs::bench::Bench;
use catalog::text;
use serde_json::json;
use thumbnailer::sample_image;

/// Runs `thumbnail bench`.
pub(super) async fn run(context: &Context, args: BenchArgs) -> Result<ExitCode> {
    // From here on whoever is interrupted leaves nothing behind.
    let stop = stop_on_signals();
    let server = unless_stopped(&stop, context.resolve_server()).await?;
    let program = std::env::current_exe().map_err(|error| {
        Error::server(text!(
            "cannot find this program",
            "nie można znaleźć tego programu"
        ))
        .because(&error)
    })?;
    let dir = PrivateFolder::new()?;
    let mut images = Vec::new();
    for path in &args.image {
        images.push((file_name(path), read_image(path)?));
    }
    if images.is_empty() {
        let (name, bytes) = sample_image();
        images.push((name.to_owned(), bytes));
    }
    if !context.json {
        say(&server.describe(context.lang))?;
    }
    let bench = Bench {
        target: server.target().clone(),
        url: match &context.url {
            Some(url) => url.clone(),
            None => url(server.target()),
        },
        program,
        dir: dir.path().to_owned(),
        jobs: args.jobs as usize,
        images,
        copies: args.copies as usize,
        faults: !args.no_faults,
    };
    let measured = bench.run(|figure| {
        say(&if context.json {
            json!({ "name": figure.name, "value": figure.value, "unit": figure.unit }).to_string()
        } else {
            let digits = usize::from(figure.value < 100.0) * 2;
            format!(
                "{:<34} {:>12.digits$} {}",
                figure.name, figure.value, figure.unit
            )
        })
    });
    unless_stopped(&stop, measured).await?;
    Ok(ExitCode::Ok)
}

/// The address of a private server, which has no login.
fn url(target: &Target) -> String {
    match target.endpoint() {
        Endpoint::Unix(path) => format!("unix://{}", path.display()),
        Endpoint::Tcp { .. } | Endpoint::Tls { .. } => format!("redis://{}", target.endpoint()),
    }
}
