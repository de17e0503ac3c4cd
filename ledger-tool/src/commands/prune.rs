//! `prune`: drops the states of old heights, or says what that would do.
//!
//! Invariant: without `--apply` nothing that was committed or kept is changed. A store that was not
//! closed in order is settled by opening it, as by every command that takes the writer's lock.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use hash_store::Storage;
use ledger::{Keep, Options, PrunePlan, Store};
use serde::Serialize;

use crate::cli::PruneArgs;
use crate::failure::{Exit, Failure};
use crate::human;
use crate::session::Session;

#[derive(Serialize)]
struct PruneDoc {
    schema: &'static str,
    path: String,
    ledger: String,
    applied: bool,
    height: u64,
    /// The height from which on every state can be read, before and after.
    oldest_before: u64,
    oldest_after: u64,
    /// Older heights that keep their states, after.
    single_heights: Vec<u64>,
    /// Bytes of the nodes, before and after.
    bytes_before: u64,
    bytes_after: u64,
}

pub(crate) fn run(session: &Session, args: PruneArgs) -> Result<Exit, Failure> {
    let dir = session.directory(args.dir.clone())?;
    let keep = Keep::last(args.keep).and(args.heights.clone());
    let watch = session.watch("prune", None)?;
    let plan = prune(&args, &keep, watch.over(session.storage(&dir)), &dir);
    if watch.asked_to_stop() {
        let left = "states that were to be dropped may be dropped, and their space not be free yet";
        return session.interrupted(if args.apply { left } else { "nothing changed" });
    }
    let plan = plan?;
    drop(watch);
    let single = plan.after.keep().single_heights();
    let document = PruneDoc {
        schema: "ledger-tool.prune/1",
        path: dir.display().to_string(),
        ledger: args.ledger,
        applied: args.apply,
        height: plan.height,
        oldest_before: plan.before.oldest(),
        oldest_after: plan.after.oldest(),
        single_heights: single.filter(|h| *h < plan.after.oldest()).collect(),
        bytes_before: plan.sizes.before,
        bytes_after: plan.sizes.after,
    };
    if session.json {
        session.document(&document)?;
    } else {
        session.answer(&text(&document, &plan))?;
    }
    Ok(Exit::Ok)
}

fn prune(
    args: &PruneArgs,
    keep: &Keep,
    storage: Arc<dyn Storage>,
    dir: &Path,
) -> Result<PrunePlan, Failure> {
    let store = Store::open_in(storage, Options::default());
    let store = store.map_err(Failure::to_write(dir))?;
    let plan = if args.apply {
        store.prune(&args.ledger, keep)?
    } else {
        store.plan_prune(&args.ledger, keep)?
    };
    store.close()?;
    Ok(plan)
}

fn text(document: &PruneDoc, plan: &PrunePlan) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name:8}  {value}");
    };
    let heights = |from: u64, to: u64| match to.checked_sub(from) {
        None => "no height".to_owned(),
        Some(0) => format!("height {}", human::count(from)),
        Some(_) => format!("heights {} to {}", human::count(from), human::count(to)),
    };
    line("ledger", &document.ledger);
    let mut kept = heights(document.oldest_after, document.height);
    for single in &document.single_heights {
        kept.push_str(&format!(", {}", human::count(*single)));
    }
    line("keeps", &kept);
    let single = plan.before.keep().single_heights();
    let dropped = single
        .filter(|height| *height < document.oldest_before)
        .chain(document.oldest_before..document.oldest_after)
        .filter(|height| !plan.after.holds(*height));
    let dropped = dropped.count() as u64;
    line("drops", &human::counted(dropped, "state", "states"));
    let (before, after) = (document.bytes_before, document.bytes_after);
    let sizes = format!("{} -> {}", human::bytes(before), human::bytes(after));
    line("nodes", &sizes);
    if !document.applied {
        text.push_str("nothing changed; run again with --apply\n");
    }
    text
}
