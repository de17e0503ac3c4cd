//! `verify`: renders what the library finds.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use ledger::{Condition, Finding, Level, Reader, Severity, Verdict, VerifiedLedger, VerifyReport};
use serde::Serialize;

use super::RangeDoc;
use super::next::{self, AffectedDoc};
use super::verify_question::Question;
use crate::cli::VerifyArgs;
use crate::failure::{Exit, Failure};
use crate::human;
use crate::progress::millis;
use crate::session::{BAD, FAINT, GOOD, Session, UNSURE};
use crate::stop::Stop;

#[derive(Serialize)]
struct VerifyDoc<'a> {
    schema: &'static str,
    verdict: &'static str,
    level: &'static str,
    /// What is before was left out: a checkpoint vouches for it.
    first_height: u64,
    /// The file that says where to go on, where it was stopped.
    resume: Option<String>,
    path: String,
    format: u32,
    network: &'a str,
    height: u64,
    batches: u64,
    segments: u64,
    audit: AuditDoc,
    ledgers: Vec<LedgerDoc<'a>>,
    findings: Vec<FindingDoc<'a>>,
    conditions: Vec<ConditionDoc>,
    next: Vec<String>,
    bytes_read: u64,
    elapsed_ms: u64,
}

/// What was found, each thing once, with all that it affects.
#[derive(Serialize)]
struct ConditionDoc {
    kind: &'static str,
    code: &'static str,
    file: String,
    offset: u64,
    affected: AffectedDoc,
}

#[derive(Serialize)]
struct AuditDoc {
    tree_size: u64,
    root_hash: String,
}

#[derive(Serialize)]
struct LedgerDoc<'a> {
    name: &'a str,
    tree: &'static str,
    tree_size: u64,
    verified_size: u64,
    root_hash: String,
    state: &'static str,
    state_root: Option<String>,
    /// Null where the keys were not counted.
    state_keys: Option<u64>,
}

#[derive(Serialize)]
struct FindingDoc<'a> {
    code: &'static str,
    severity: &'static str,
    file: &'a str,
    offset: u64,
    batch: u64,
    ledger: Option<&'a str>,
    entries: Option<RangeDoc>,
    message: &'a str,
}

pub(crate) fn run(session: &Session, args: &VerifyArgs) -> Result<Exit, Failure> {
    let dir = session.directory(args.dir.clone())?;
    let storage = session.storage(&dir);
    let question = Question::of(args, &*storage)?;
    let stop = Stop::listen()?;
    let pace = question.pace(session.progress("verify", None), stop.clone());
    let report = ledger::verify_with(&storage, &session.scratch(), &question.options, &pace)?;
    let elapsed = pace.into_elapsed();
    let resume = question.keep(report.resume.as_ref())?;
    let outcome = Outcome {
        dir: &dir,
        level: question.options.level,
        since: question.options.since.map(|root| root.height),
        report: &report,
        elapsed,
        resume: resume.as_deref(),
    };
    let exit = show(session, &outcome)?;
    let was_stopped = exit == Exit::Incomplete && stop.asked();
    Ok(if was_stopped { Exit::Interrupted } else { exit })
}

/// What came of a verification.
pub(super) struct Outcome<'a> {
    pub(super) dir: &'a Path,
    pub(super) level: Level,
    /// The height that a checkpoint was to vouch for.
    pub(super) since: Option<u64>,
    pub(super) report: &'a VerifyReport,
    pub(super) elapsed: Duration,
    /// The file that says where to go on.
    pub(super) resume: Option<&'a Path>,
}

/// Prints a report, and answers with the exit code that it gives.
pub(super) fn show(session: &Session, outcome: &Outcome<'_>) -> Result<Exit, Failure> {
    if session.json {
        session.document(&document(outcome))?;
    } else {
        session.answer(&text(outcome))?;
    }
    Ok(match outcome.report.verdict {
        Verdict::Verified => Exit::Ok,
        Verdict::Damaged => Exit::No,
        Verdict::Incomplete => Exit::Incomplete,
    })
}

const fn level_name(level: Level) -> &'static str {
    match level {
        Level::Quick => "quick",
        Level::Full => "full",
        Level::Deep => "deep",
    }
}

fn document<'a>(outcome: &Outcome<'a>) -> VerifyDoc<'a> {
    let report = outcome.report;
    let ledgers = report.ledgers.iter().map(|ledger| LedgerDoc {
        name: &ledger.name,
        tree: ledger.tree.name(),
        tree_size: ledger.size,
        verified_size: ledger.verified_size,
        root_hash: ledger.root.to_string(),
        state: ledger.state.map_or("none", |state| state.suite.name()),
        state_root: ledger.state.map(|_| ledger.state_root.to_string()),
        state_keys: ledger.state_keys,
    });
    let findings = report.findings.iter().map(|finding| FindingDoc {
        code: finding.code,
        severity: match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        file: &finding.file,
        offset: finding.offset,
        batch: finding.batch,
        ledger: finding.ledger.as_deref(),
        entries: finding.entries.as_ref().map(|range| RangeDoc {
            begin: range.start,
            end: range.end,
        }),
        message: &finding.message,
    });
    let conditions = report.conditions();
    let next = next::after_verify(outcome.dir, &conditions);
    let reader = reader_of(outcome.dir, &conditions);
    let conditions = conditions.into_iter().map(|condition| ConditionDoc {
        kind: condition.kind.name(),
        code: condition.code,
        affected: AffectedDoc::with_keys(&condition.affected, reader.as_ref()),
        file: condition.file,
        offset: condition.offset,
    });
    VerifyDoc {
        schema: "ledger-tool.verify/1",
        verdict: match report.verdict {
            Verdict::Verified => "verified",
            Verdict::Incomplete => "incomplete",
            Verdict::Damaged => "damaged",
        },
        level: level_name(outcome.level),
        first_height: report.first_height,
        resume: outcome.resume.map(|file| file.display().to_string()),
        path: outcome.dir.display().to_string(),
        format: hash_store::FORMAT_VERSION,
        network: &report.network,
        height: report.height,
        batches: report.batches,
        segments: report.segments,
        audit: AuditDoc {
            tree_size: report.height,
            root_hash: report.audit_root.to_string(),
        },
        ledgers: ledgers.collect(),
        findings: findings.collect(),
        conditions: conditions.collect(),
        next,
        bytes_read: report.bytes_read,
        elapsed_ms: millis(outcome.elapsed),
    }
}

/// The report for people; `demo` shows it too.
pub(super) fn text(outcome: &Outcome<'_>) -> String {
    let Outcome {
        dir, level, report, ..
    } = *outcome;
    let mut text = String::new();
    let width = report.ledgers.iter().map(|ledger| ledger.name.len());
    let width = width.max().unwrap_or(0).max("segments".len());
    let mut line = |name: &str, value: &str| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name:width$}  {value}");
    };
    let format = hash_store::FORMAT_VERSION;
    let path = dir.display();
    let network = &report.network;
    line(
        "store",
        &format!("{path}  format {format}, network {network}, opened read-only"),
    );
    let files = human::counted(report.segments, "file", "files");
    let batches = human::counted(report.batches, "batch", "batches");
    line(
        "segments",
        &format!(
            "{files}, {batches}, {} read",
            human::bytes(report.bytes_read)
        ),
    );
    let commits = human::counted(report.height, "commit", "commits");
    let since = match report.first_height {
        1 => String::new(),
        first => format!(", looked at from height {} on", human::count(first)),
    };
    line("audit", &format!("{commits}{since}"));
    line("", &format!("root {}", report.audit_root));
    for ledger in &report.ledgers {
        line(&ledger.name, &state(ledger, level));
        line("", &format!("root {}", ledger.root));
        if ledger.state.is_some() {
            let keys = ledger.state_keys;
            let keys = keys.map(|keys| human::counted(keys, "key, ", "keys, "));
            let keys = keys.unwrap_or_default();
            line("", &format!("state {keys}root {}", ledger.state_root));
        }
    }
    for finding in &report.findings {
        text += &describe(finding);
    }
    let mut codes: Vec<&str> = report.findings.iter().map(|f| f.code).collect();
    codes.sort_unstable();
    codes.dedup();
    for code in codes {
        text += &format!("see:  ledger-tool explain {code}\n");
    }
    let conditions = report.conditions();
    let reader = reader_of(dir, &conditions);
    for condition in &conditions {
        let affected = AffectedDoc::with_keys(&condition.affected, reader.as_ref());
        for line in affected.key_lines() {
            text += &format!("{FAINT}effect{FAINT:#}  {line}\n");
        }
    }
    text += &next::lines(&next::after_verify(dir, &conditions));
    text += &verdict(outcome);
    if let Some(resume) = outcome.resume {
        text += &format!("next: the same command goes on from {}\n", resume.display());
    }
    text
}

/// A reader of the store, where it is needed to say which keys are affected.
fn reader_of(dir: &Path, conditions: &[Condition]) -> Option<Reader> {
    let affects = |condition: &Condition| !condition.affected.states.is_empty();
    let is_needed = conditions.iter().any(affects);
    is_needed.then(|| Reader::open(dir).ok()).flatten()
}

fn state(ledger: &VerifiedLedger, level: Level) -> String {
    let (size, verified) = (ledger.size, ledger.verified_size);
    let entries = human::counted(size, "entry", "entries");
    if verified < size && level != Level::Quick {
        return format!("{entries}, {BAD}verified [0,{verified}), not [{verified},{size}){BAD:#}");
    }
    format!("{entries}, {GOOD}ok{GOOD:#}")
}

fn describe(finding: &Finding) -> String {
    let style = match finding.severity {
        Severity::Error => BAD,
        Severity::Warning => UNSURE,
    };
    let Finding {
        code,
        file,
        offset,
        batch,
        message,
        ..
    } = finding;
    let mut text = format!("{style}{code}{style:#}  ");
    if !file.is_empty() {
        text += &format!("{file} at {offset}");
    }
    if *batch > 0 {
        text += &format!(" (batch {batch})");
    }
    text += &format!("\n    {message}\n");
    if let (Some(ledger), Some(range)) = (&finding.ledger, &finding.entries) {
        text += &format!(
            "    {FAINT}effect{FAINT:#}  entries [{},{}) of {ledger} cannot be read or proven\n",
            range.start, range.end
        );
    }
    if let Some(heights) = &finding.heights {
        text += &format!(
            "    {FAINT}effect{FAINT:#}  heights [{},{}) cannot be read or proven\n",
            heights.start, heights.end
        );
    }
    text
}

fn verdict(outcome: &Outcome<'_>) -> String {
    let Outcome { level, report, .. } = *outcome;
    let findings = human::counted(report.findings.len() as u64, "finding", "findings");
    let elapsed = human::seconds(outcome.elapsed);
    let what = match (report.verdict, level) {
        (Verdict::Verified, Level::Quick) => {
            "headers, superblocks, end of the log (all: --level full)".to_owned()
        }
        (Verdict::Verified, Level::Full) => {
            let mut all = "every frame and every hash".to_owned();
            match (report.first_height, outcome.since) {
                (1, None) => {}
                (1, Some(_)) => all += "; the log's first segment has the height of the checkpoint",
                (first, _) => {
                    let first = human::count(first);
                    all += &format!(
                        " from height {first} on; the checkpoint vouches for what is before"
                    );
                }
            }
            all
        }
        (Verdict::Verified, Level::Deep) => {
            "every frame and every hash, and every state made anew from nothing".to_owned()
        }
        (Verdict::Incomplete, _) => {
            return format!("{UNSURE}INCOMPLETE{UNSURE:#} after {elapsed}: {findings}\n");
        }
        (Verdict::Damaged, _) => return format!("{BAD}DAMAGED{BAD:#}: {findings}\n"),
    };
    format!("{GOOD}VERIFIED{GOOD:#} in {elapsed}: {what}\n")
}
