//! `simulate`: prints what a simulation came to.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::cli::Simulate;
use super::output::{Exit, Failure, Output};
use crate::simulate::{NodeReport, Plan, Report, Verdict, run as carry_out};

/// Characters of a root in the table.
const ROOT_LEN: usize = 16;

pub(super) fn run(output: &Output, arguments: Simulate) -> Result<Exit, Failure> {
    let plan = Plan::from(arguments);
    // Nodes whose disks fail may panic: that is part of the plan, and no news.
    std::panic::set_hook(Box::new(|_| {}));
    let report = carry_out(&plan);
    let _ = std::panic::take_hook();
    let report = report.map_err(|error| Failure::Usage(error.to_string()))?;
    output.answer(&text(&report), || document(&report));
    Ok(match report.verdict.agrees() {
        true => Exit::Done,
        false => Exit::No,
    })
}

impl From<Simulate> for Plan {
    fn from(arguments: Simulate) -> Self {
        Self {
            nodes: arguments.nodes,
            seed: arguments.seed,
            txs: arguments.txs,
            epoch_len: arguments.epoch,
            drop: arguments.drop,
            delay: arguments.delay,
            partitions: arguments.partition,
            crashes: arguments.crash,
            byzantine: arguments.byzantine,
            clock_skew: arguments.clock_skew,
            disk_faults: arguments.disk_faults,
            changes: arguments.change,
        }
    }
}

fn text(report: &Report) -> String {
    let mut text = format!("ledgerctl simulate {}\n", report.plan);
    // A string takes whatever is written.
    for event in &report.events {
        let _ = writeln!(text, "{:>10.3} s  {}", event.at.as_secs_f64(), event.what);
    }
    let _ = writeln!(
        text,
        "{:<8}{:<14}{:>7}{:>9}{:>9}{:>9}  {:ROOT_LEN$}  {:ROOT_LEN$}",
        "node", "conduct", "height", "entries", "crashes", "blocked", "audit root", "state root"
    );
    for node in &report.nodes {
        let root = |root: &merkle_log::Hash| root.to_string().chars().take(ROOT_LEN).collect();
        let (audit, state): (String, String) = (root(&node.audit), root(&node.state));
        let _ = writeln!(
            text,
            "{:<8}{:<14}{:>7}{:>9}{:>9}{:>9}  {audit}  {state}",
            format!("node{}", node.node),
            conduct(node),
            node.height,
            node.entries,
            node.crashes,
            node.blocked_by,
        );
    }
    let Report {
        requests,
        proven,
        refused,
        rejected,
        account,
        ..
    } = report;
    let seconds = report.time.as_secs_f64();
    let _ = writeln!(
        text,
        "{requests} requests: {proven} proven, {rejected} of them rejected, {refused} refused; {seconds:.3} s; account {account}"
    );
    let _ = write!(text, "{}", report.verdict);
    text
}

fn conduct(node: &NodeReport) -> String {
    let kind = node.kind.map(|kind| kind.to_string());
    kind.unwrap_or_else(|| "honest".to_owned())
}

fn document(report: &Report) -> Value {
    let node = |node: &NodeReport| {
        json!({
            "node": format!("node{}", node.node),
            "conduct": conduct(node),
            "height": node.height,
            "entries": node.entries,
            "crashes": node.crashes,
            "blocked_by": node.blocked_by,
            "audit_root": node.audit.to_string(),
            "state_root": node.state.to_string(),
        })
    };
    let event =
        |event: &crate::simulate::Event| json!({"at_ms": millis(event.at), "what": event.what});
    let (height, audit, state) = match &report.verdict {
        Verdict::Agree {
            height,
            audit,
            state,
            ..
        } => (
            json!(height),
            json!(audit.to_string()),
            json!(state.to_string()),
        ),
        _ => (Value::Null, Value::Null, Value::Null),
    };
    json!({
        "schema": "ledgerctl.simulate/1",
        "options": report.plan.to_string(),
        "seed": report.plan.seed,
        "events": report.events.iter().map(event).collect::<Vec<_>>(),
        "nodes": report.nodes.iter().map(node).collect::<Vec<_>>(),
        "requests": report.requests,
        "proven": report.proven,
        "rejected": report.rejected,
        "refused": report.refused,
        "time_ms": millis(report.time),
        "account": report.account,
        "verdict": report.verdict.name(),
        "text": report.verdict.to_string(),
        "height": height,
        "audit_root": audit,
        "state_root": state,
    })
}

fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
