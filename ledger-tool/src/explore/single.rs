//! Pages of one thing: an entry, a key, a commit, a tree; and proofs to keep.

use ledger::{Snapshot, StateView, TreeView};
use merkle_log::{LeafIndex, TreeSize};
use serde_json::json;

use super::answer::{Answer, No};
use super::lists::{at_height, start_of, unhex};
use super::page::{Cell, Page, Section};
use super::route::{Query, asked};
use crate::commands::{Heights, prove_inclusion, prove_key};
use crate::failure::Failure;
use crate::human::{self, hex};
use crate::picture;
use crate::proof::Form;

/// Bytes of an entry or a value that a page shows.
const SHOWN: usize = 16 << 10;
/// Heights of a key's history that a page looks at.
const HISTORY: u64 = 200;

const JSON: &str = "application/json";
/// What is never taken for a page, whatever it holds.
const BYTES: &str = "application/octet-stream";

/// A ledger's tree, or the audit tree.
pub(super) fn view<'a>(snapshot: &'a Snapshot, ledger: &str) -> Result<TreeView<'a>, No> {
    if ledger == "audit" {
        return Ok(snapshot.audit());
    }
    Ok(snapshot.ledger(ledger)?)
}

/// Bytes as text, or as a dump, of long ones the start.
fn shown(bytes: &[u8]) -> String {
    let start = bytes.get(..SHOWN).unwrap_or(bytes);
    let more = bytes.len().saturating_sub(start.len());
    let text = match str::from_utf8(start) {
        Ok(text) => human::safe(text),
        Err(error) if error.error_len().is_none() && more > 0 => human::safe(
            &String::from_utf8_lossy(start.get(..error.valid_up_to()).unwrap_or_default()),
        ),
        Err(_) => human::hex_dump(start),
    };
    match more {
        0 => text,
        more => format!(
            "{text}\n... and {}",
            human::counted(more as u64, "byte", "bytes")
        ),
    }
}

pub(super) fn entry(snapshot: &Snapshot, ledger: &str, index: u64) -> Result<Answer, No> {
    let tree = snapshot.ledger(ledger)?;
    let entry = tree.entry(LeafIndex(index))?;
    let height = Heights::new(snapshot, ledger).of(index)?;
    let mut facts = vec![
        ("index", Cell::number(index)),
        ("seqNo", Cell::number(index.saturating_add(1))),
        ("size", Cell::bytes(entry.len() as u64)),
        (
            "leaf hash",
            Cell::text(tree.tree().leaf(&entry).to_string()),
        ),
        (
            "height",
            Cell::number(height).link(format!("/commit/{height}")),
        ),
        (
            "time",
            Cell::text(human::time(snapshot.commit(height)?.body.time_ms)),
        ),
    ];
    if let Ok(Some(id)) = snapshot.id(ledger, LeafIndex(index)) {
        facts.push(("id", Cell::shown(&start_of(&id, 200), hex(&id))));
    }
    let file = prove_inclusion(snapshot, &tree, index, None)?;
    let (drawn, _) = picture::proof(&file).map_err(Failure::Usage)?;
    let page = Page::new(format!("Entry {index} of {ledger}"))
        .with(Section::Facts(facts))
        .with(Section::Text("data", shown(&entry)))
        .with(Section::Links(vec![
            ("the entry's bytes", format!("/raw/{ledger}/{index}")),
            ("proof of inclusion", format!("/proof/{ledger}/{index}")),
            (
                "proof up to the audit root",
                format!("/bundle/{ledger}/{index}"),
            ),
            ("in the list", format!("/ledger/{ledger}?from={index}")),
        ]))
        .with(Section::Heading("Its proof"))
        .with(Section::Picture(Box::new(drawn)));
    Ok(Answer::Page(Box::new(page)))
}

pub(super) fn raw(snapshot: &Snapshot, ledger: &str, index: u64) -> Result<Answer, No> {
    let entry = view(snapshot, ledger)?.entry(LeafIndex(index))?;
    Ok(Answer::File(format!("{ledger}-{index}.bin"), BYTES, entry))
}

pub(super) fn proof(snapshot: &Snapshot, ledger: &str, index: u64) -> Result<Answer, No> {
    let tree = view(snapshot, ledger)?;
    let file = prove_inclusion(snapshot, &tree, index, None)?;
    let bytes = file.encode(Form::Json).map_err(Failure::from)?;
    Ok(Answer::File(
        format!("{ledger}-{index}-proof.json"),
        JSON,
        bytes,
    ))
}

pub(super) fn bundle(snapshot: &Snapshot, ledger: &str, index: u64) -> Result<Answer, No> {
    let (leaf, height) = (LeafIndex(index), snapshot.height());
    let bundle = snapshot.bundle_entry(ledger, leaf, height, TreeSize(height))?;
    let bytes = bundle.to_json(false);
    let bytes = bytes.map_err(|e| Failure::Proof(crate::proof::FileError::Bundle(e)))?;
    Ok(Answer::File(
        format!("{ledger}-{index}-bundle.json"),
        JSON,
        bytes,
    ))
}

pub(super) fn tree(snapshot: &Snapshot, ledger: &str) -> Result<Answer, No> {
    let tree = view(snapshot, ledger)?;
    let drawn = picture::tree(&tree, snapshot.network().as_str(), None, &[])?;
    let page = Page::new(format!("Tree of {ledger}"))
        .with(Section::Facts(vec![
            ("size", Cell::number(tree.size().0)),
            ("root", Cell::text(tree.root().to_string())),
        ]))
        .with(Section::Picture(Box::new(drawn)));
    Ok(Answer::Page(Box::new(page)))
}

pub(super) fn key(
    snapshot: &Snapshot,
    ledger: &str,
    key: &str,
    query: &Query,
) -> Result<Answer, No> {
    let bytes = unhex("key", key)?;
    let (at, height) = at_height(snapshot, query)?;
    let file = prove_key(&at, ledger, &bytes)?;
    let view = at.state(ledger)?;
    let value = view.get(&bytes)?;
    let mut facts = vec![
        ("key", Cell::shown(&start_of(&bytes, 200), key)),
        (
            "of height",
            Cell::number(view.height()).link(format!("/commit/{}", view.height())),
        ),
        ("state root", Cell::text(view.root().to_string())),
    ];
    match value {
        Some(value) => facts.push(("size", Cell::bytes(value.len() as u64))),
        None => facts.push(("size", Cell::shown("absent", None::<u64>))),
    }
    let mut page = Page::new(format!("A key of {ledger}")).with(Section::Facts(facts));
    if let Some(value) = value {
        page = page.with(Section::Text("value", shown(value)));
    }
    let of_height = height.map_or_else(String::new, |height| format!("?height={height}"));
    let rows = history(snapshot, ledger, &bytes, &view, query)?;
    let page = page
        .with(Section::Links(vec![
            ("proof", format!("/state-proof/{ledger}/{key}{of_height}")),
            ("in the list", format!("/state/{ledger}?from_hex={key}")),
        ]))
        .with(Section::Heading("History"))
        .with(Section::Table(
            "changes",
            vec!["height", "size", "value begins with"],
            rows.0,
        ))
        .with(Section::Links(
            rows.1
                .map(|before| {
                    (
                        "earlier",
                        format!(
                            "/key/{ledger}/{key}?height={}&before={before}",
                            view.height()
                        ),
                    )
                })
                .into_iter()
                .collect(),
        ))
        .with(Section::Heading("Its proof"))
        .with(Section::Picture(Box::new(picture::state_proof(&file))));
    Ok(Answer::Page(Box::new(page)))
}

type History = (Vec<Vec<Cell>>, Option<u64>);

/// The heights at which the key changed, of those looked at, newest first; and where to go on.
fn history(
    snapshot: &Snapshot,
    ledger: &str,
    key: &[u8],
    view: &StateView,
    query: &Query,
) -> Result<History, No> {
    let before = asked(query, "before")?.unwrap_or(view.height().saturating_add(1));
    let mut height = before.saturating_sub(1).min(view.height());
    let end = height.saturating_sub(HISTORY);
    let mut rows = Vec::new();
    let value_at = |height: u64| -> Result<Option<Option<Vec<u8>>>, No> {
        if height == 0 {
            return Ok(Some(None));
        }
        match snapshot.at_height(height)?.state(ledger) {
            Ok(view) => Ok(Some(view.get(key)?.map(<[u8]>::to_vec))),
            // Before the ledger was, or dropped.
            Err(ledger::Error::NoSuchLedger { .. }) => Ok(Some(None)),
            Err(ledger::Error::Dropped { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    };
    let Some(mut value) = value_at(height)? else {
        return Ok((rows, None));
    };
    while height > end {
        let Some(earlier) = value_at(height - 1)? else {
            let dropped = "earlier states were dropped";
            rows.push(vec![
                Cell::number(height),
                Cell::shown("", json!(null)),
                Cell::text(dropped),
            ]);
            return Ok((rows, None));
        };
        if earlier != value {
            let said = match &value {
                Some(value) => [
                    Cell::bytes(value.len() as u64),
                    Cell::text(start_of(value, 80)),
                ],
                None => [Cell::shown("absent", None::<u64>), Cell::text("deleted")],
            };
            let link = format!("/key/{ledger}/{}?height={height}", hex(key));
            let [size, start] = said;
            rows.push(vec![Cell::number(height).link(link), size, start]);
        }
        value = earlier;
        height -= 1;
    }
    Ok((rows, (height > 0).then_some(height + 1)))
}

pub(super) fn state_proof(
    snapshot: &Snapshot,
    ledger: &str,
    key: &str,
    query: &Query,
) -> Result<Answer, No> {
    let bytes = unhex("key", key)?;
    let (at, _) = at_height(snapshot, query)?;
    let file = prove_key(&at, ledger, &bytes)?;
    let bytes = file.encode(Form::Json).map_err(Failure::from)?;
    let name = format!("{ledger}-state-proof-at-{}.json", at.height());
    Ok(Answer::File(name, JSON, bytes))
}

pub(super) fn commit(snapshot: &Snapshot, height: u64) -> Result<Answer, No> {
    let record = snapshot.commit(height)?;
    let body = &record.body;
    let rows = body.ledgers.iter().map(|roots| {
        let name = roots.name.as_str();
        let state = match roots.state {
            Some(_) => Cell::text(roots.state_root.to_string())
                .link(format!("/state/{name}?height={height}")),
            None => Cell::shown("none", None::<String>),
        };
        let from = roots.size.saturating_sub(1);
        vec![
            Cell::text(name),
            Cell::number(roots.size).link(format!("/ledger/{name}?from={from}")),
            Cell::text(roots.root.to_string()),
            state,
        ]
    });
    let attachments = snapshot.attachments(height)?;
    let attached = attachments.iter().map(|attachment| {
        vec![
            Cell::number(u64::from(attachment.kind)),
            Cell::bytes(attachment.bytes.len() as u64),
        ]
    });
    let audit = snapshot.audit();
    let file = prove_inclusion(snapshot, &audit, height - 1, None)?;
    let (drawn, _) = picture::proof(&file).map_err(Failure::Usage)?;
    let leaf = height - 1;
    let mut links = vec![(
        "proof of inclusion in the audit tree",
        format!("/proof/audit/{leaf}"),
    )];
    if height > 1 {
        links.push(("before", format!("/commit/{}", height - 1)));
    }
    if height < snapshot.height() {
        links.push(("after", format!("/commit/{}", height + 1)));
    }
    let page = Page::new(format!("Commit {height}"))
        .with(Section::Facts(vec![
            ("height", Cell::number(height)),
            ("time", Cell::text(human::time(body.time_ms))),
            (
                "audit root after it",
                Cell::text(record.audit_root.to_string()),
            ),
        ]))
        .with(Section::Table(
            "ledgers",
            vec!["name", "entries", "root", "state root"],
            rows.collect(),
        ))
        .with(Section::Table(
            "attachments",
            vec!["kind", "size"],
            attached.collect(),
        ))
        .with(Section::Links(links))
        .with(Section::Heading("Its proof"))
        .with(Section::Picture(Box::new(drawn)));
    Ok(Answer::Page(Box::new(page)))
}
