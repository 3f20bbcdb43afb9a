//! A job system made of Redis commands: queue, worker, thumbnailer, schedule,
//! web page. At least once: a job that was accepted ends in SUCCESS or with
//! the dead letters, whatever process dies meanwhile.
//!
//! # Keys
//!
//! All under one prefix, `lab:jobs:` unless another is given.
//!
//! | key | type | what it holds |
//! |---|---|---|
//! | `queue:high`, `queue:default` | stream | waiting and running jobs, an entry each: `job <id>`; deleted when the job ends, so the length is the backlog |
//! | (consumer group `workers`) | | which worker was given which entry, since when, how often |
//! | `job:<id>` | hash | everything about a job: `state task args lane attempts worker progress result error ...`; after a retry by hand also `entry`, the only one that counts |
//! | `delayed` | sorted set | jobs for later and retries: `lane/id` by due time in ms |
//! | `done` | stream | the latest finished jobs, trimmed to about 10,000; not those of the schedule |
//! | `dead` | stream | dead letters: `job <id> task <name> error <text>` |
//! | `idem:<key>` | string | the job that this idempotency key made, for 24 h |
//! | `events` | channel | every change of state: `STARTED <id>` (of many enqueued at once: `QUEUED <id> <id> ...`) |
//! | `workers`, `worker:<name>` | sorted set, hash | who lives (last sign of life in ms), and what they do |
//! | `schedule` | hash | the slot each schedule fired last; no slot fires twice |
//! | `schedules` | hash | the schedules that people added, as JSON by name |
//! | `site` | hash | the identity of this queue's media directory (`id`), how long files are kept (`keep`, ms) |
//! | `probe` | string | written to see whether Redis takes writes |
//! | `blob:<id>:<file>` | string | a file, when images travel through Redis; that of a job lives until the job is forgotten |
//!
//! # A job's life
//!
//! 1. **enqueue** (`lua/enqueue.lua`): `HSET job:<id> state QUEUED ...` and
//!    `XADD queue:<lane> * job <id>`; refused when too many wait.
//! 2. **wait**: with nothing to do, `XREADGROUP .. COUNT 1 BLOCK ..` on both lanes.
//! 3. **start** (`lua/start.lua`): `XREADGROUP GROUP workers <name> COUNT <free slots>`,
//!    the high lane first, after eight of them in a row one of the default lane;
//!    then `state STARTED`. Ended, cancelled and poison jobs are sorted out here.
//! 4. **renew** (`lua/renew.lua`): `XCLAIM .. JUSTID` every third of a lease.
//! 5. **finish** (`lua/finish.lua`): result, `XACK`, `XDEL` and `PUBLISH` in one
//!    step, only for who still holds the lease; or a retry with backoff, or the
//!    dead letters.
//! 6. **recover**: `XAUTOCLAIM` takes what was not renewed for a lease.
//!
//! All times are the server's (`TIME`, stream IDs, idle times): a worker's
//! clock can be wrong without harm. Where the server's own clock was ahead and
//! is set back, what it left in the future is mended (`lua/repair.lua`).

pub mod bench;
pub mod celery;
pub mod consumer;
mod cron;
pub mod events;
pub mod job;
pub mod keys;
pub mod media;
pub mod metrics;
pub mod outputs;
pub mod overview;
pub mod queue;
pub mod schedule;
pub mod scheduler;
pub mod schedules;
pub mod scripts;
pub mod store;
pub mod tasks;
pub mod web;
pub mod worker;
