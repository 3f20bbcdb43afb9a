//! The learner's progress, how it is shown, and a server for the exercises.

use crate::app::context::Context;
use crate::app::terminal::{beside, columns};
use crate::conn::server::Server;
use crate::error::{Error, Result};
use crate::lesson::Lesson;
use crate::practice::{Keep as _, Store, state_folder};
use crate::session::exercise::View;
use catalog::text;

pub(super) fn open_store(context: &Context) -> Result<Store> {
    let lang = context.lang;
    let folder = state_folder().ok_or_else(|| {
        Error::usage(text!(
            "there is no home directory to keep your progress in",
            "nie ma katalogu domowego na postępy"
        ))
        .hint(text!(
            "set REDIS_LAB_STATE_DIR to a folder of yours",
            "ustaw REDIS_LAB_STATE_DIR na swój katalog"
        ))
    })?;
    let mut store = Store::open(folder, lang)?;
    tell_notices(&mut store);
    Ok(store)
}

/// What happened to the file, on standard error: never silently.
pub(super) fn tell_notices(store: &mut Store) {
    for notice in store.take_notices() {
        beside(&format!("redis-lab: {notice}"));
    }
}

pub(super) fn view(context: &Context) -> View {
    View {
        lang: context.lang,
        style: context.style(),
        width: columns(),
    }
}

/// A server on which the exercises of all these lessons can be solved.
pub(super) async fn server_for(context: &Context, lessons: &[Lesson]) -> Result<Server> {
    let lessons: Vec<&Lesson> = lessons.iter().collect();
    context.resolve_server_for(&lessons).await
}
