//! `diff`: where two stores part, and evidence of it where both are signed.

use std::fmt::Write;

use ledger::Snapshot;
use ledger::mend::{Comparison, Divergence, LedgerDivergence, compare};
use merkle_log::note::{Checkpoint, SignedNote};
use serde::Serialize;

use super::checkpoint::write_evidence;
use crate::cli::DiffArgs;
use crate::evidence::{AUDIT_ORIGIN, Comparison as Contradiction, Evidence, Growth};
use crate::failure::{Exit, Failure};
use crate::human;
use crate::proof::Anchor;
use crate::session::{BAD, Session, to_json};
use crate::signed::{self, SignedError};

#[derive(Serialize)]
struct DiffDoc {
    schema: &'static str,
    /// `same`, `prefix`, `parted` or `other_network`.
    answer: &'static str,
    networks: [String; 2],
    heights: [u64; 2],
    /// The last height at which both are the same.
    common_height: Option<u64>,
    common_audit_root: Option<String>,
    parted: Option<PartedDoc>,
    /// What the checkpoints say of each other.
    contradiction: Option<String>,
    /// Where it was not written to a file.
    evidence: Option<Evidence>,
}

#[derive(Serialize)]
struct PartedDoc {
    height: u64,
    audit_roots: [String; 2],
    times: [String; 2],
    metadata_differs: bool,
    ledgers: Vec<LedgerDoc>,
}

#[derive(Serialize)]
struct LedgerDoc {
    name: String,
    tree_sizes: [Option<u64>; 2],
    root_hashes: [Option<String>; 2],
    state_roots: [Option<String>; 2],
    leaf_index: Option<u64>,
    leaf_hashes: [Option<String>; 2],
    key_hex: Option<String>,
    values_hex: [Option<String>; 2],
}

pub(crate) fn run(session: &Session, args: &DiffArgs) -> Result<Exit, Failure> {
    let (first, second) = args.places();
    let first = session.directory(first)?;
    let snapshots = [
        session.reader(&first)?.snapshot(),
        session.reader(&second)?.snapshot(),
    ];
    let [a, b] = &snapshots;
    let comparison = compare(a, b)?;
    let heights = [a.height(), b.height()];
    let mut document = DiffDoc {
        schema: "ledger-tool.diff/1",
        answer: "other_network",
        networks: [a, b].map(|snapshot| snapshot.network().to_string()),
        heights,
        common_height: None,
        common_audit_root: None,
        parted: None,
        contradiction: None,
        evidence: None,
    };
    let signed = match &args.checkpoints {
        Some(files) => Some(read_signed(files, &snapshots)?),
        None => None,
    };
    match &comparison {
        Comparison::Agree { height, audit_root } => {
            document.answer = if heights == [*height; 2] {
                "same"
            } else {
                "prefix"
            };
            document.common_height = Some(*height);
            document.common_audit_root = Some(audit_root.to_string());
        }
        Comparison::Part(parted) => {
            let before = parted.height.saturating_sub(1);
            document.answer = "parted";
            document.common_height = Some(before);
            let root = a.audit().root_at(merkle_log::TreeSize(before))?;
            document.common_audit_root = Some(root.to_string());
            document.parted = Some(parted_document(parted));
            if let Some(signed) = &signed {
                let evidence = evidence(signed, &snapshots, parted.height)?;
                weigh(session, args, evidence, &mut document)?;
            }
        }
        _ => {}
    }
    let places = [first.display().to_string(), second.display().to_string()];
    let answer = document.answer;
    if session.json {
        session.document(&document)?;
    } else {
        session.answer(&text(&document, &places))?;
        if let Some(evidence) = &document.evidence {
            session.answer(&(to_json(evidence)? + "\n"))?;
        }
    }
    Ok(match answer {
        "same" | "prefix" => Exit::Ok,
        _ => Exit::No,
    })
}

type Signed = [(SignedNote, Checkpoint); 2];

/// The checkpoints, each of them of the audit tree that its store has.
fn read_signed(files: &[std::path::PathBuf], snapshots: &[Snapshot; 2]) -> Result<Signed, Failure> {
    let [a, b] = files else {
        // The parser asks for two.
        return Err(Failure::Usage("--checkpoints takes two files".to_owned()));
    };
    let read = |file: &std::path::Path, snapshot: &Snapshot| {
        let (note, checkpoint) = signed::read_checkpoint(file)?;
        let origin = format!("{}{AUDIT_ORIGIN}", snapshot.network());
        if checkpoint.origin() != origin {
            let (file, got) = (file.display(), checkpoint.origin());
            return Err(Failure::Usage(format!(
                "{file} is of {got}, not of {origin}"
            )));
        }
        let stated = Anchor::of_checkpoint(&checkpoint);
        let computed = snapshot.audit().root_at(checkpoint.size())?;
        let computed = Anchor::of_tree(computed, checkpoint.size());
        if stated != computed {
            return Err(SignedError::OtherRoot { stated, computed }.into());
        }
        Ok((note, checkpoint))
    };
    let [first, second] = snapshots;
    Ok([read(a, first)?, read(b, second)?])
}

/// The checkpoints as evidence; nothing where one of them ends before the height at which the stores
/// part.
fn evidence(
    signed: &Signed,
    snapshots: &[Snapshot; 2],
    height: u64,
) -> Result<Option<Evidence>, Failure> {
    let [(first, of_first), (second, of_second)] = signed;
    let sizes = [of_first.size(), of_second.size()];
    if sizes.iter().any(|size| size.0 < height) {
        return Ok(None);
    }
    let evidence = Evidence::of(first, second);
    let [a, b] = snapshots;
    let (earlier, later, store) = match sizes {
        [first, second] if first == second => return Ok(Some(evidence)),
        [first, second] if first < second => (first, second, b),
        [first, second] => (second, first, a),
    };
    let tree = store.audit();
    Ok(Some(evidence.with_growth(Growth {
        root_hash: tree.root_at(earlier)?,
        path: tree.prove_consistency(earlier, later)?.path,
    })))
}

/// Judges the evidence as whoever gets it will, and writes it down.
fn weigh(
    session: &Session,
    args: &DiffArgs,
    evidence: Option<Evidence>,
    document: &mut DiffDoc,
) -> Result<(), Failure> {
    let Some(evidence) = evidence else {
        session.note("no evidence: a checkpoint ends before the height at which the stores part");
        return Ok(());
    };
    let keys = args.keys.as_deref().map(signed::read_keys).transpose()?;
    if keys.is_none() {
        session.note("no signature was checked: give the signers' keys with --keys");
    }
    let judged = evidence.judge(keys.as_ref()).map_err(|source| {
        let file = "the evidence".to_owned();
        SignedError::Note { file, source }
    })?;
    match judged {
        Contradiction::Conflict(statement) => document.contradiction = Some(statement),
        Contradiction::Same(reason)
        | Contradiction::Open(reason)
        | Contradiction::Invalid(reason) => {
            session.note(&format!("no evidence: {reason}"));
            return Ok(());
        }
    }
    match &args.output {
        Some(path) => write_evidence(&evidence, path)?,
        None => document.evidence = Some(evidence),
    }
    Ok(())
}

fn parted_document(parted: &Divergence) -> PartedDoc {
    PartedDoc {
        height: parted.height,
        audit_roots: parted.audit_roots.map(|root| root.to_string()),
        times: parted.times_ms.map(human::time),
        metadata_differs: parted.metadata_hashes[0] != parted.metadata_hashes[1],
        ledgers: parted.ledgers.iter().map(ledger_document).collect(),
    }
}

fn ledger_document(ledger: &LedgerDivergence) -> LedgerDoc {
    let roots = ledger.roots.each_ref().map(Option::as_ref);
    let entry = ledger.entry.as_ref();
    let key = ledger.key.as_ref();
    let values = key.map_or([None, None], |key| {
        key.values.each_ref().map(Option::as_ref)
    });
    LedgerDoc {
        name: ledger.name.clone(),
        tree_sizes: roots.map(|roots| roots.map(|roots| roots.size)),
        root_hashes: roots.map(|roots| roots.map(|roots| roots.root.to_string())),
        state_roots: roots.map(|roots| {
            let with_state = roots.filter(|roots| roots.state.is_some());
            with_state.map(|roots| roots.state_root.to_string())
        }),
        leaf_index: entry.map(|entry| entry.index.0),
        leaf_hashes: entry.map_or([None, None], |entry| {
            entry.leaves.map(|leaf| leaf.map(|leaf| leaf.to_string()))
        }),
        key_hex: key.map(|key| human::hex(&key.key)),
        values_hex: values.map(|value| value.map(|value| human::hex(value))),
    }
}

fn text(document: &DiffDoc, places: &[String; 2]) -> String {
    let mut text = String::new();
    let [a, b] = places;
    let mut line = |words: String| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{words}");
    };
    let [height_a, height_b] = document.heights.map(human::count);
    match (&document.parted, document.answer) {
        (_, "same") => line(format!("the same: both end at height {height_a}")),
        (_, "prefix") => {
            line(format!(
                "the same as far as both go: heights {height_a} and {height_b}"
            ));
        }
        (Some(parted), _) => {
            line(format!(
                "they part at height {}",
                human::count(parted.height)
            ));
            line(format!("  < {a}\n  > {b}"));
            line(format!("  < audit root {}", parted.audit_roots[0]));
            line(format!("  > audit root {}", parted.audit_roots[1]));
            if parted.times[0] != parted.times[1] {
                line(format!(
                    "  < time {}\n  > time {}",
                    parted.times[0], parted.times[1]
                ));
            }
            if parted.metadata_differs {
                line("  the metadata differs".to_owned());
            }
            for ledger in &parted.ledgers {
                line(ledger.name.clone());
                for (mark, i) in [('<', 0), ('>', 1)] {
                    ledger_lines(&mut line, mark, ledger, i);
                }
            }
        }
        _ => {
            let [first, second] = &document.networks;
            line(format!("different networks: {first} and {second}"));
        }
    }
    if let Some(statement) = &document.contradiction {
        line(format!("{BAD}CONFLICT{BAD:#}: {}", human::safe(statement)));
    }
    if let (Some(height), Some(root)) = (document.common_height, &document.common_audit_root) {
        line(format!(
            "common up to height {}, audit root {root}@{height}",
            human::count(height)
        ));
    }
    text
}

fn ledger_lines(line: &mut impl FnMut(String), mark: char, ledger: &LedgerDoc, i: usize) {
    let of = |pair: &[Option<String>; 2]| pair.get(i).cloned().flatten();
    let Some(size) = ledger.tree_sizes.get(i).copied().flatten() else {
        line(format!("  {mark} not declared"));
        return;
    };
    let size = human::counted(size, "entry", "entries");
    line(format!(
        "  {mark} {size}, root {}",
        of(&ledger.root_hashes).unwrap_or_default()
    ));
    if let Some(index) = ledger.leaf_index {
        let leaf = of(&ledger.leaf_hashes).unwrap_or_else(|| "absent".to_owned());
        line(format!(
            "  {mark} entry {}: leaf {leaf}",
            human::count(index)
        ));
    }
    if let Some(root) = of(&ledger.state_roots) {
        line(format!("  {mark} state root {root}"));
    }
    if let Some(key) = &ledger.key_hex {
        let value = of(&ledger.values_hex).unwrap_or_else(|| "absent".to_owned());
        line(format!("  {mark} key {key}: {value}"));
    }
}
