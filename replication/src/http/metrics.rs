//! Figures for Prometheus, in its text form 0.0.4.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::reply::NodeStatus;

/// Upper ends of the classes of waiting times, in milliseconds.
const CLASSES_MS: [u64; 12] = [
    5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 60_000,
];

/// What happened since the start.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    /// Answers by route and status.
    answers: Mutex<BTreeMap<(&'static str, u16), u64>>,
    /// Refusals by code.
    refusals: Mutex<BTreeMap<&'static str, u64>>,
    connections: AtomicU64,
    /// Requests that became final while their senders waited, by the class of the time it took.
    finality: [AtomicU64; CLASSES_MS.len()],
    finality_ms: AtomicU64,
    finality_count: AtomicU64,
}

impl Metrics {
    pub(super) fn answered(&self, route: &'static str, status: u16) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        *answers.entry((route, status)).or_default() += 1;
    }

    pub(super) fn refused(&self, code: &'static str) {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        *refusals.entry(code).or_default() += 1;
    }

    pub(super) fn connections(&self, now: u32) {
        self.connections.store(u64::from(now), Ordering::Relaxed);
    }

    pub(super) fn finality(&self, took: Duration) {
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        for (class, count) in CLASSES_MS.iter().zip(&self.finality) {
            if ms <= *class {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.finality_ms.fetch_add(ms, Ordering::Relaxed);
        self.finality_count.fetch_add(1, Ordering::Relaxed);
    }

    /// The figures, with those of the node.
    pub(super) fn text(&self, status: &NodeStatus, certified: u64) -> String {
        let mut text = Text::default();
        text.family("ledgerd_height", "gauge", "Height of the last commit.");
        text.figure("ledgerd_height", "", status.height);
        text.family(
            "ledgerd_certified_height",
            "gauge",
            "Last height with a certificate.",
        );
        text.figure("ledgerd_certified_height", "", certified);
        text.family(
            "ledgerd_commit_time_ms",
            "gauge",
            "Time of the last commit.",
        );
        text.figure("ledgerd_commit_time_ms", "", status.time_ms);
        text.family("ledgerd_pending_requests", "gauge", "Requests that wait.");
        text.figure("ledgerd_pending_requests", "", status.pending);
        text.family(
            "ledgerd_pending_bytes",
            "gauge",
            "Bytes of requests that wait.",
        );
        text.figure("ledgerd_pending_bytes", "", status.pending_bytes);
        text.family("ledgerd_ledger_size", "gauge", "Entries of a ledger.");
        for ledger in &status.ledgers {
            let label = format!("ledger=\"{}\"", ledger.name);
            text.figure("ledgerd_ledger_size", &label, ledger.size);
        }
        text.family(
            "ledgerd_http_connections",
            "gauge",
            "Connections of clients.",
        );
        let connections = self.connections.load(Ordering::Relaxed);
        text.figure("ledgerd_http_connections", "", connections);
        text.family(
            "ledgerd_http_answers_total",
            "counter",
            "Answers by route and status.",
        );
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        for ((route, status), count) in answers.iter() {
            let labels = format!("route=\"{route}\",status=\"{status}\"");
            text.figure("ledgerd_http_answers_total", &labels, *count);
        }
        drop(answers);
        text.family(
            "ledgerd_http_refusals_total",
            "counter",
            "Refusals by code.",
        );
        let refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        for (code, count) in refusals.iter() {
            let label = format!("code=\"{code}\"");
            text.figure("ledgerd_http_refusals_total", &label, *count);
        }
        drop(refusals);
        self.finality_text(&mut text);
        text.0
    }

    fn finality_text(&self, text: &mut Text) {
        let name = "ledgerd_finality_ms";
        text.family(name, "histogram", "From a request's arrival to its commit.");
        for (class, count) in CLASSES_MS.iter().zip(&self.finality) {
            let label = format!("le=\"{class}\"");
            text.figure(
                &format!("{name}_bucket"),
                &label,
                count.load(Ordering::Relaxed),
            );
        }
        let count = self.finality_count.load(Ordering::Relaxed);
        text.figure(&format!("{name}_bucket"), "le=\"+Inf\"", count);
        text.figure(
            &format!("{name}_sum"),
            "",
            self.finality_ms.load(Ordering::Relaxed),
        );
        text.figure(&format!("{name}_count"), "", count);
    }
}

/// Writing to a string does not fail.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn figure(&mut self, name: &str, labels: &str, value: u64) {
        let _ = match labels {
            "" => writeln!(self.0, "{name} {value}"),
            labels => writeln!(self.0, "{name}{{{labels}}} {value}"),
        };
    }
}
