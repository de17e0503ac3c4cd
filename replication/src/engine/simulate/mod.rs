//! Nodes of the very code of real ones, on simulated machines and links: what happens is decided by
//! a [`Plan`] with its seed, and by nothing else.
//!
//! - `plan` says what happens, and reads and writes it as options;
//! - `machine` is the runtime of one node, with its clock, and `disk` the engine's files on a disk
//!   that loses what was not synced;
//! - `acquaintances` says who talks to whom, and `voice` is what nodes at fault make of their messages;
//! - `pool` puts nodes and links together;
//! - `story` carries a plan out, with clients that ask until they have proofs;
//! - `forge` writes a long history without a network;
//! - `judge` holds the histories against each other, and `report` says what came out.
//!
//! Nothing here is part of a node: a build without the feature has none of it.

use std::panic::resume_unwind;

mod acquaintances;
mod disk;
mod forge;
#[cfg_attr(
    not(test),
    allow(dead_code, reason = "tests tell stories of their own")
)]
pub(super) mod judge;
mod machine;
mod plan;
#[cfg_attr(
    not(test),
    allow(dead_code, reason = "tests tell stories of their own")
)]
pub(super) mod pool;
mod report;
mod story;
mod voice;

pub use forge::{ForgeError, forge};
pub use plan::{
    Byzantine, CHANGING_FROM, CLOCK_SKEW_MAX, Change, ChangeKind, Crash, DOWN, Kind, NODES_MAX,
    PLANNED_MAX, Partition, Plan, PlanError, Share, TXS_MAX, parse_time,
};
pub use report::{Event, NodeReport, Report, Verdict};

use pool::Shape;
use story::Story;

/// Carries a plan out, on a thread of its own. Takes about 10 ms for each block of four nodes.
///
/// # Errors
/// As [`Plan::check`].
pub fn run(plan: &Plan) -> Result<Report, PlanError> {
    plan.check()?;
    let shape = Shape {
        nodes: plan.nodes,
        others: plan.places() - plan.nodes,
        epoch_len: plan.epoch_len,
        keep: 1024,
        idle_ms: 500,
        latency: plan.delay,
        lost: plan.drop.0,
    };
    let plan = plan.clone();
    // A thread that belongs to no other runtime: tokio makes its channels wait on its own threads.
    let carried_out = std::thread::spawn(move || {
        let (mut report, account) = pool::simulate(shape, plan.seed, |pool| async move {
            Story::new(plan, pool).await.run().await
        });
        report.account = account;
        report
    });
    Ok(carried_out
        .join()
        .unwrap_or_else(|panic| resume_unwind(panic)))
}

#[cfg(test)]
mod tests;
