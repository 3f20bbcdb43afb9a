//! A job system made of Redis commands one can watch: queue, worker, thumbnailer, schedule, web page.

pub mod thumbnailer;
