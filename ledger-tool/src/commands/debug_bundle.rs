//! `debug-bundle`: what helps others to help. Sizes, superblocks, findings and roots; no entry, no
//! key, no value, no id and no metadata.

use std::io::{ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;

use hash_store::inspect;
use hash_store::{Access, EntryKind, Storage};
use ledger::stat::{Purpose, StoreFile};
use ledger::{Finding, Level, Severity, Snapshot, Verdict, VerifyReport, verify_in};
use serde::Serialize;

use super::dump::{create, goes_on};
use super::stat::{StatDoc, document as stat_document};
use crate::cli::DebugBundleArgs;
use crate::failure::{Exit, Failure};
use crate::fields::{Part, PartDoc};
use crate::human;
use crate::session::{Session, to_json};
use crate::stop::Stop;

/// Commits whose roots are told: the last ones.
const COMMITS: u64 = 16;
/// Findings and files beyond this many are counted and not listed.
const LISTED_MAX: usize = 10_000;

/// The file.
#[derive(Serialize)]
pub(super) struct BundleDoc {
    schema: &'static str,
    version: &'static str,
    format: u32,
    os: &'static str,
    arch: &'static str,
    made: String,
    path: String,
    files: Vec<FileDoc>,
    files_count: u64,
    superblocks: Vec<PartDoc>,
    /// Null where the store could not be opened; `errors` says why.
    stat: Option<StatDoc>,
    verify: Option<VerifiedDoc>,
    commits: Vec<CommitDoc>,
    errors: Vec<ErrorDoc>,
}

#[derive(Serialize)]
struct FileDoc {
    name: String,
    kind: &'static str,
    purpose: &'static str,
    bytes: u64,
}

#[derive(Serialize)]
struct VerifiedDoc {
    verdict: &'static str,
    height: u64,
    batches: u64,
    audit_root: String,
    findings: Vec<FindingDoc>,
    findings_count: u64,
}

#[derive(Serialize)]
struct FindingDoc {
    code: &'static str,
    severity: &'static str,
    file: String,
    offset: u64,
    batch: u64,
    ledger: Option<String>,
    entries_begin: Option<u64>,
    entries_end: Option<u64>,
    message: String,
}

#[derive(Serialize)]
struct CommitDoc {
    height: u64,
    time: String,
    audit_root: String,
    ledgers: Vec<RootsDoc>,
}

#[derive(Serialize)]
struct RootsDoc {
    name: String,
    tree_size: u64,
    root_hash: String,
    state_root: Option<String>,
}

#[derive(Serialize)]
struct ErrorDoc {
    what: &'static str,
    code: &'static str,
    message: String,
}

/// What is printed when the file is written.
#[derive(Serialize)]
pub(super) struct WrittenDoc {
    schema: &'static str,
    output: String,
    bytes: u64,
    verdict: Option<&'static str>,
    errors: u64,
}

pub(crate) fn run(session: &Session, args: DebugBundleArgs) -> Result<Exit, Failure> {
    let dir = session.directory(args.dir)?;
    let stop = Stop::listen()?;
    let Some(bundle) = gather(session, &dir, &stop)? else {
        return Ok(Exit::Interrupted);
    };
    let text = to_json(&bundle)? + "\n";
    let (mut output, name) = create(&args.output)?;
    let written = output.write_all(text.as_bytes());
    goes_on(written.and_then(|()| output.flush()), &name)?;
    drop(output);
    if args.output.as_os_str() == "-" {
        return Ok(Exit::Ok);
    }
    let document = WrittenDoc {
        schema: "ledger-tool.debug-bundle-written/1",
        output: name,
        bytes: text.len() as u64,
        verdict: bundle.verify.as_ref().map(|verify| verify.verdict),
        errors: bundle.errors.len() as u64,
    };
    if session.json {
        session.document(&document)?;
    } else {
        session.answer(&format!(
            "wrote    {}, {}\nverdict  {}\nholds    sizes, superblocks, findings, roots; no entry, \
             key or value\n",
            document.output,
            human::bytes(document.bytes),
            document
                .verdict
                .unwrap_or("none: the store could not be verified")
        ))?;
    }
    Ok(Exit::Ok)
}

/// Everything; `None` if it was interrupted.
fn gather(session: &Session, dir: &Path, stop: &Stop) -> Result<Option<BundleDoc>, Failure> {
    let storage = session.storage(dir);
    let listed = ledger::stat::files(&*storage)?;
    let is_store = listed.iter().any(|file| file.purpose != Purpose::Foreign);
    if !is_store {
        let location = storage.location();
        return Err(ledger::Error::from(hash_store::Error::NotAStore { location }).into());
    }
    let mut errors = Vec::new();
    session.note("counting");
    let mut progress = session.progress("stat", None);
    let stat = kept(
        ledger::stat::stat(&storage, &mut |at| {
            progress.update(at.bytes_done, Some(at.bytes_total));
            !stop.asked()
        }),
        "stat",
        &mut errors,
    );
    drop(progress);
    session.note("verifying");
    let mut progress = session.progress("verify", None);
    let verified = verify_in(
        Arc::clone(&storage),
        session.scratch(),
        Level::Full,
        &mut |at| {
            progress.update(at.bytes_done, Some(at.bytes_total));
            !stop.asked()
        },
    );
    drop(progress);
    if stop.asked() {
        return Ok(None);
    }
    let verified = kept(verified, "verify", &mut errors);
    let reader = ledger::Reader::open_in(Arc::clone(&storage), session.scratch());
    let commits = kept(reader, "commits", &mut errors).map(|r| commits(&r.snapshot()));
    Ok(Some(BundleDoc {
        schema: "ledger-tool.debug-bundle/1",
        version: env!("CARGO_PKG_VERSION"),
        format: hash_store::FORMAT_VERSION,
        os: std::env::consts::OS,
        arch: std::env::consts::ARCH,
        made: human::time(human::now_ms()),
        path: dir.display().to_string(),
        files_count: listed.len() as u64,
        files: listed.iter().take(LISTED_MAX).map(file).collect(),
        superblocks: superblocks(&*storage, &mut errors),
        stat: stat.as_ref().map(|stat| stat_document(dir, stat)),
        verify: verified.as_ref().map(verified_document),
        commits: commits.unwrap_or_default(),
        errors,
    }))
}

/// An answer, or a line about why there is none.
fn kept<T>(answer: ledger::Result<T>, what: &'static str, errors: &mut Vec<ErrorDoc>) -> Option<T> {
    match answer {
        Ok(answer) => Some(answer),
        Err(error) => {
            errors.push(ErrorDoc {
                what,
                code: error.code(),
                message: error.to_string(),
            });
            None
        }
    }
}

fn file(file: &StoreFile) -> FileDoc {
    FileDoc {
        name: file.name.clone(),
        kind: match file.kind {
            EntryKind::File => "file",
            EntryKind::Dir => "directory",
            EntryKind::Other => "other",
        },
        purpose: match file.purpose {
            Purpose::Head => "head",
            Purpose::Log => "log",
            Purpose::Tiles => "tiles",
            Purpose::Indexes => "indexes",
            Purpose::Lookups => "lookups",
            Purpose::States => "states",
            Purpose::Dead => "dead",
            _ => "foreign",
        },
        bytes: file.len,
    }
}

/// Superblocks and tip, decoded as far as they can be: they hold no entries, keys or values.
fn superblocks(storage: &dyn Storage, errors: &mut Vec<ErrorDoc>) -> Vec<PartDoc> {
    let mut parts = Vec::new();
    for name in ["SUPER.0", "SUPER.1", "tip"] {
        let mut bytes = vec![0; 1 << 16];
        let read = storage
            .open(name, Access::Read)
            .and_then(|file| file.read_at(&mut bytes, 0));
        match read {
            Ok(len) => bytes.truncate(len),
            Err(error) => {
                if name != "tip" || error.kind() != ErrorKind::NotFound {
                    errors.push(ErrorDoc {
                        what: name,
                        code: "E-IO",
                        message: error.to_string(),
                    });
                }
                continue;
            }
        }
        let fields = match name {
            "SUPER.0" => inspect::superblock(&bytes, 0, None),
            "SUPER.1" => inspect::superblock(&bytes, 1, None),
            _ => inspect::tip(&bytes, None),
        };
        let part = Part {
            title: "superblock or tip".to_owned(),
            file: name.to_owned(),
            fields,
        };
        parts.push(part.document());
    }
    parts
}

fn verified_document(report: &VerifyReport) -> VerifiedDoc {
    VerifiedDoc {
        verdict: match report.verdict {
            Verdict::Verified => "verified",
            Verdict::Incomplete => "incomplete",
            Verdict::Damaged => "damaged",
        },
        height: report.height,
        batches: report.batches,
        audit_root: report.audit_root.to_string(),
        findings: report
            .findings
            .iter()
            .take(LISTED_MAX)
            .map(finding)
            .collect(),
        findings_count: report.findings.len() as u64,
    }
}

fn finding(finding: &Finding) -> FindingDoc {
    FindingDoc {
        code: finding.code,
        severity: match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        file: finding.file.clone(),
        offset: finding.offset,
        batch: finding.batch,
        ledger: finding.ledger.clone(),
        entries_begin: finding.entries.as_ref().map(|range| range.start),
        entries_end: finding.entries.as_ref().map(|range| range.end),
        message: finding.message.clone(),
    }
}

/// The roots of the last commits, of those that can be read.
fn commits(snapshot: &Snapshot) -> Vec<CommitDoc> {
    let last = snapshot.height();
    let first = last.saturating_sub(COMMITS).saturating_add(1);
    let first = first.max(snapshot.base().unwrap_or(1));
    let records = (first..=last).filter_map(|height| snapshot.commit(height).ok());
    let documents = records.map(|record| CommitDoc {
        height: record.body.height,
        time: human::time(record.body.time_ms),
        audit_root: record.audit_root.to_string(),
        ledgers: record
            .body
            .ledgers
            .iter()
            .map(|ledger| RootsDoc {
                name: ledger.name.to_string(),
                tree_size: ledger.size,
                root_hash: ledger.root.to_string(),
                state_root: ledger.state.map(|_| ledger.state_root.to_string()),
            })
            .collect(),
    });
    documents.collect()
}
