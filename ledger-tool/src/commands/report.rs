//! `report`: one page to attach to a ticket.
//!
//! Invariants:
//!
//! - the page is of itself: no scripts, no requests, nothing to be fetched;
//! - it holds no entry, key or value, but for those of a proof that was asked for;
//! - a damaged store gets a page too: a part that cannot be told says why.

use std::path::Path;
use std::time::Instant;

use ledger::stat::StoreStat;
use ledger::{Finding, Level, Snapshot, Verdict, VerifyReport, verify_in};
use serde::Serialize;

use super::dump::{create, goes_on};
use super::next;
use super::render::picture_of;
use super::{checkpoint, stat};
use crate::cli::{ReportArgs, VerifyLevel};
use crate::failure::{Exit, Failure};
use crate::human::{self, counted};
use crate::picture::{self, Picture, cell, escape};
use crate::proof::{Anchor, Verdict as ProofVerdict};
use crate::session::Session;
use crate::signed;
use crate::stop::Stop;

/// Findings and segments beyond these are counted.
const ROWS_MAX: usize = 200;
/// The last commits are listed.
const COMMITS: u64 = 20;

#[derive(Serialize)]
struct ReportDoc {
    schema: &'static str,
    path: String,
    verdict: &'static str,
    output: String,
}

pub(crate) fn run(session: &Session, args: &ReportArgs) -> Result<Exit, Failure> {
    let dir = session.directory(args.dir.clone())?;
    let stop = Stop::listen()?;
    let proofs = args.proofs.iter().map(|file| proof(file.as_path()));
    let proofs = proofs.collect::<Result<Vec<_>, _>>()?;
    let storage = session.storage(&dir);
    let level = match args.level {
        VerifyLevel::Quick => Level::Quick,
        VerifyLevel::Full => Level::Full,
        VerifyLevel::Deep => Level::Deep,
    };
    let started = Instant::now();
    let mut progress = session.progress("verify", None);
    let report = verify_in(
        std::sync::Arc::clone(&storage),
        session.scratch(),
        level,
        &mut |at| {
            progress.update(at.bytes_done, Some(at.bytes_total));
            !stop.asked()
        },
    )?;
    let elapsed = started.elapsed();
    drop(progress);
    let mut progress = session.progress("stat", None);
    let counted = ledger::stat::stat(&storage, &mut |at| {
        progress.update(at.bytes_done, Some(at.bytes_total));
        !stop.asked()
    });
    drop(progress);
    if stop.asked() {
        return session.interrupted("no page was written");
    }
    let mut body = head(&dir, level, &report, elapsed);
    body += &findings(&dir, &report);
    body += &trees(&report);
    let reader = ledger::Reader::open_in(storage, session.scratch());
    body += "<h2>Commits and checkpoints</h2>\n";
    body += &match &reader {
        Ok(reader) => commits(&reader.snapshot()),
        Err(error) => untold(&error.to_string()),
    };
    body += &checkpoints(session, args, &dir)?;
    body += &match &counted {
        Ok(counted) => space(&dir, counted),
        Err(error) => format!("<h2>Sizes</h2>\n{}", untold(&error.to_string())),
    };
    for (file, drawn) in &proofs {
        body += &format!("<h2>Proof {}</h2>\n", escape(&human::plain(file)));
        body += &match drawn {
            Ok(drawn) => of_picture(drawn),
            Err(reason) => untold(reason),
        };
    }
    let title = format!("Ledger store {}", human::plain(&report.network));
    let page = picture::page(&title, &body);
    let (mut output, name) = create(&args.html)?;
    let written = output.write_all(page.as_bytes());
    goes_on(written.and_then(|()| output.flush()), &name)?;
    drop(output);
    let (verdict, exit) = match report.verdict {
        Verdict::Verified => ("verified", Exit::Ok),
        Verdict::Incomplete => ("incomplete", Exit::Incomplete),
        Verdict::Damaged => ("damaged", Exit::No),
    };
    if args.html.as_os_str() == "-" {
        return Ok(exit);
    }
    let document = ReportDoc {
        schema: "ledger-tool.report/1",
        path: dir.display().to_string(),
        verdict,
        output: name,
    };
    if session.json {
        session.document(&document)?;
    } else {
        let output = &document.output;
        session.answer(&format!("wrote    {output}\nverdict  {verdict}\n"))?;
    }
    Ok(exit)
}

/// The picture of a proof file, or why there is none.
type DrawnProof = (String, Result<Picture, String>);

fn proof(file: &Path) -> Result<DrawnProof, Failure> {
    let bytes = super::proof_check::read_bytes(file)?;
    let drawn = picture_of(&bytes, file, None)?;
    let drawn = drawn.map(|(drawn, _)| drawn).map_err(|no| no.statement);
    Ok((file.display().to_string(), drawn))
}

fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let names = head.iter().map(|name| format!("<th>{}</th>", escape(name)));
    let head = match head {
        [] => String::new(),
        _ => format!("<tr>{}</tr>\n", names.collect::<String>()),
    };
    let rows = rows.into_iter().map(|row| {
        let cells = row.iter().map(|text| cell(text, &escape(text)));
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    });
    let rows: String = rows.collect();
    format!("<div class=\"scroll\"><table>\n{head}{rows}</table></div>\n")
}

fn untold(reason: &str) -> String {
    let reason = escape(&human::plain(reason));
    format!("<p class=\"verdict unsure\">Cannot be told: {reason}</p>\n")
}

fn of_picture(drawn: &Picture) -> String {
    let facts = drawn.facts.iter();
    let facts = facts.map(|fact| vec![fact.name.clone(), fact.value.clone()]);
    format!(
        "<p>{}</p>\n{}<div class=\"scroll\">\n{}\n</div>\n{}",
        escape(&drawn.title),
        table(&[], facts),
        drawn.to_inline_svg(),
        drawn.to_table()
    )
}

fn head(dir: &Path, level: Level, report: &VerifyReport, elapsed: std::time::Duration) -> String {
    let looked = match level {
        Level::Quick => "headers, superblocks and the end of the log",
        Level::Full => "every frame and every hash",
        Level::Deep => "every frame and every hash, and every state made anew from nothing",
    };
    let found = counted(report.findings.len() as u64, "finding", "findings");
    let (class, verdict) = match report.verdict {
        Verdict::Verified => ("yes", format!("VERIFIED: {looked}")),
        Verdict::Incomplete => ("unsure", format!("INCOMPLETE: {found}")),
        Verdict::Damaged => ("no", format!("DAMAGED: {found}")),
    };
    let facts = [
        ("store", dir.display().to_string()),
        ("network", report.network.clone()),
        ("height", human::count(report.height)),
        (
            "audit root",
            format!("{}@{}", report.audit_root, report.height),
        ),
        ("looked at", looked.to_owned()),
        (
            "read",
            format!(
                "{} in {}",
                human::bytes(report.bytes_read),
                human::seconds(elapsed)
            ),
        ),
        ("made", human::time(human::now_ms())),
        (
            "by",
            format!(
                "ledger-tool {}, format {}",
                env!("CARGO_PKG_VERSION"),
                hash_store::FORMAT_VERSION
            ),
        ),
    ];
    let rows = facts.map(|(name, value)| vec![name.to_owned(), human::plain(&value)]);
    format!(
        "<h1>Ledger store {}</h1>\n<p class=\"verdict {class}\">{verdict}</p>\n{}",
        escape(&human::plain(&report.network)),
        table(&[], rows)
    )
}

fn findings(dir: &Path, report: &VerifyReport) -> String {
    let mut text = "<h2>Findings</h2>\n".to_owned();
    if report.findings.is_empty() {
        return text + "<p>None.</p>\n";
    }
    let row = |finding: &Finding| {
        let place = match (finding.file.as_str(), finding.offset) {
            ("", _) => String::new(),
            (file, offset) => format!("{file} at {offset}"),
        };
        let mut effects = Vec::new();
        if let (Some(ledger), Some(range)) = (&finding.ledger, &finding.entries) {
            effects.push(format!(
                "entries [{}, {}) of {ledger}",
                range.start, range.end
            ));
        }
        if let Some(heights) = &finding.heights {
            effects.push(format!("heights [{}, {})", heights.start, heights.end));
        }
        vec![
            finding.code.to_owned(),
            human::plain(&place),
            human::plain(&finding.message),
            effects.join(", "),
        ]
    };
    let shown = report.findings.iter().take(ROWS_MAX).map(row);
    text += &table(
        &["code", "where", "what", "cannot be read or proven"],
        shown,
    );
    if let Some(more) = report.findings.len().checked_sub(ROWS_MAX + 1) {
        text += &format!("<p>And {} more.</p>\n", human::count(more as u64 + 1));
    }
    let next = next::after_verify(dir, &report.conditions());
    if !next.is_empty() {
        let next: String = next.iter().map(|line| format!("{line}\n")).collect();
        text += &format!("<p>Next:</p>\n<pre>{}</pre>\n", escape(&human::safe(&next)));
    }
    text
}

fn trees(report: &VerifyReport) -> String {
    let rows = report.ledgers.iter().flat_map(|ledger| {
        let tree = vec![
            ledger.name.clone(),
            ledger.tree.name().to_owned(),
            human::count(ledger.size),
            human::count(ledger.verified_size),
            ledger.root.to_string(),
        ];
        let state = ledger.state.map(|state| {
            let keys = ledger.state_keys.map_or_else(String::new, human::count);
            vec![
                format!("{}, state", ledger.name),
                state.suite.name().to_owned(),
                keys.clone(),
                keys,
                ledger.state_root.to_string(),
            ]
        });
        std::iter::once(tree).chain(state)
    });
    format!(
        "<h2>Ledgers</h2>\n{}",
        table(
            &["name", "hash", "entries or keys", "verified", "root"],
            rows
        )
    )
}

fn commits(snapshot: &Snapshot) -> String {
    let last = snapshot.height();
    let first = last.saturating_sub(COMMITS).saturating_add(1);
    let first = first.max(snapshot.base().unwrap_or(1));
    let records = (first..=last).rev();
    let rows = records.map(|height| match snapshot.commit(height) {
        Ok(record) => {
            let sizes = record.body.ledgers.iter();
            let sizes = sizes.map(|roots| format!("{} {}", roots.name, human::count(roots.size)));
            vec![
                human::count(height),
                human::time(record.body.time_ms),
                sizes.collect::<Vec<_>>().join(", "),
                record.audit_root.to_string(),
            ]
        }
        Err(error) => {
            let why = human::plain(&error.to_string());
            vec![human::count(height), String::new(), String::new(), why]
        }
    });
    table(&["height", "time", "entries", "audit root after it"], rows)
}

/// What each checkpoint that was given says of this store.
fn checkpoints(session: &Session, args: &ReportArgs, dir: &Path) -> Result<String, Failure> {
    let Some(keys) = &args.keys else {
        return Ok(String::new());
    };
    let trust = signed::read_trust(keys, 1)?;
    let mut rows = Vec::new();
    for file in &args.checkpoints {
        let (note, stated) = signed::read_checkpoint(file)?;
        let (word, statement) = match trust.verify_checkpoint(&note) {
            Ok(verified) => match checkpoint::judge(session, &verified, Some(dir.to_owned())) {
                Ok(judged) => {
                    let word = match judged.verdict {
                        ProofVerdict::Valid => "VALID",
                        ProofVerdict::Stale | ProofVerdict::NotTrusted => "NOT COMPARED",
                        ProofVerdict::Invalid => "INVALID",
                    };
                    (word, judged.statement)
                }
                Err(failure) => ("NOT COMPARED", failure.to_string()),
            },
            Err(error) => ("INVALID", error.to_string()),
        };
        let anchor = Anchor::of_checkpoint(&stated);
        rows.push(vec![
            word.to_owned(),
            human::plain(stated.origin()),
            anchor.to_string(),
            human::plain(&statement),
        ]);
    }
    Ok(table(&["checkpoint", "of", "root", "verdict"], rows))
}

fn space(dir: &Path, counted: &StoreStat) -> String {
    let name = dir.display().to_string();
    let rows = stat::facts(dir, counted);
    let rows = rows
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), value]);
    format!(
        "<h2>Sizes</h2>\n{}<h2>Growth</h2>\n{}<h2>Segments</h2>\n{}",
        table(&[], rows),
        of_picture(&picture::growth(&name, counted)),
        of_picture(&picture::segments(&name, counted)),
    )
}
