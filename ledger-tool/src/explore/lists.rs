//! Pages that list: the store, entries, keys, commits, files, health.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hash_store::MemStorage;
use ledger::stat::Purpose;
use ledger::{Durability, Level, Snapshot, Verdict, verify_in};
use merkle_log::LeafIndex;
use patricia_state::Direction;

use super::answer::{Answer, No};
use super::page::{Cell, Page, Section};
use super::route::{Explorer, Query, asked};
use crate::commands::each_entry;
use crate::failure::Failure;
use crate::human::{self, hex};
use crate::picture::shorten;

/// Rows of a page, unless it is asked for less.
pub(super) const ROWS: u64 = 50;
/// Characters of an entry in a list, and the bytes looked at for them.
const SHORT: usize = 80;
/// Longer keys have no page: their address would be too long for a browser.
const KEY_MAX: usize = 4096;
/// A verification is not done again sooner.
const HEALTH_KEPT: Duration = Duration::from_secs(10);

/// What a quick verification found.
#[derive(Clone)]
pub(super) struct Health {
    verdict: &'static str,
    findings: Vec<[String; 3]>,
}

/// The start of bytes as text or hex.
pub(super) fn start_of(bytes: &[u8], chars: usize) -> String {
    let start = bytes.get(..4 * chars).unwrap_or(bytes);
    let text = match str::from_utf8(start) {
        Ok(text) => human::plain(text),
        Err(error) if error.error_len().is_none() && start.len() < bytes.len() => human::plain(
            &String::from_utf8_lossy(start.get(..error.valid_up_to()).unwrap_or_default()),
        ),
        Err(_) => format!("0x{}", hex(start)),
    };
    shorten(&text, chars)
}

/// The start of an entry: of one that is not text, the letters that are in it.
pub(super) fn letters_of(bytes: &[u8], chars: usize) -> String {
    let start = bytes.get(..4 * chars).unwrap_or(bytes);
    let is_text = match str::from_utf8(start) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && start.len() < bytes.len(),
    };
    if is_text {
        return start_of(bytes, chars);
    }
    let letters = start.iter().map(|byte| match byte {
        b' '..=b'~' => char::from(*byte),
        _ => '\u{b7}',
    });
    shorten(&letters.collect::<String>(), chars)
}

pub(super) fn overview(explorer: &Explorer, snapshot: &Snapshot) -> Result<Answer, No> {
    let durability = match explorer.reader().durability() {
        Durability::Durable => "durable",
        Durability::Unknown => "unknown: the store was not closed in order",
    };
    let problem = explorer.reader().problem();
    let problem = problem.map_or_else(
        || Cell::shown("none", None::<String>),
        |problem| Cell::text(format!("{} {problem}", problem.code())),
    );
    let audit = snapshot.audit();
    let mut facts = vec![
        ("network", Cell::text(snapshot.network().as_str())),
        (
            "height",
            Cell::number(snapshot.height()).link("/commits".to_owned()),
        ),
        (
            "audit root",
            Cell::text(audit.root().to_string()).link("/tree/audit".to_owned()),
        ),
        ("durability", Cell::text(durability)),
        ("problem", problem.link("/health".to_owned())),
    ];
    if snapshot.height() > 0 {
        facts.push(("last commit", Cell::text(human::time(snapshot.time_ms()))));
    }
    let rows = snapshot.ledgers().iter().map(|roots| {
        let name = roots.name.as_str();
        let state = match roots.state {
            Some(_) => Cell::text(roots.state_root.to_string()).link(format!("/state/{name}")),
            None => Cell::shown("none", None::<String>),
        };
        vec![
            Cell::text(name).link(format!("/ledger/{name}")),
            Cell::number(roots.size).link(format!("/ledger/{name}")),
            Cell::text(roots.root.to_string()).link(format!("/tree/{name}")),
            state,
        ]
    });
    let page = Page::new(format!("Ledger store {}", snapshot.network()))
        .with(Section::Facts(facts))
        .with(Section::Heading("Ledgers"))
        .with(Section::Table(
            "ledgers",
            vec!["name", "entries", "root", "state root"],
            rows.collect(),
        ));
    Ok(Answer::Page(Box::new(page)))
}

pub(super) fn entries(snapshot: &Snapshot, ledger: &str, query: &Query) -> Result<Answer, No> {
    let tree = snapshot.ledger(ledger)?;
    let size = tree.size().0;
    let limit = asked(query, "limit")?.unwrap_or(ROWS).clamp(1, ROWS);
    // Without a beginning the last ones: these are looked for most.
    let last = size.saturating_sub(limit);
    let from = asked(query, "from")?.unwrap_or(last).min(size);
    let to = from.saturating_add(limit).min(size);
    let mut rows = Vec::new();
    for index in from..to {
        let link = format!("/entry/{ledger}/{index}");
        rows.push(match tree.entry(LeafIndex(index)) {
            Ok(entry) => vec![
                Cell::number(index).link(link),
                Cell::bytes(entry.len() as u64),
                Cell::text(tree.tree().leaf(&entry).to_string()),
                Cell::text(letters_of(&entry, SHORT)),
            ],
            // A damaged entry hides no other.
            Err(error) => vec![
                Cell::number(index).link(link),
                Cell::shown("?", None::<u64>),
                Cell::shown("?", None::<String>),
                Cell::text(format!("cannot be read: {error}")),
            ],
        });
    }
    let mut links = Vec::new();
    if from > 0 {
        let before = from.saturating_sub(limit);
        links.push((
            "earlier",
            format!("/ledger/{ledger}?from={before}&limit={limit}"),
        ));
    }
    if to < size {
        links.push(("later", format!("/ledger/{ledger}?from={to}&limit={limit}")));
    }
    links.push(("first", format!("/ledger/{ledger}?from=0&limit={limit}")));
    links.push(("last", format!("/ledger/{ledger}")));
    let page = Page::new(format!("Ledger {ledger}"))
        .with(Section::Facts(vec![
            ("entries", Cell::number(size)),
            (
                "root",
                Cell::text(tree.root().to_string()).link(format!("/tree/{ledger}")),
            ),
            ("tree", Cell::text(tree.tree().name())),
        ]))
        .with(Section::Search(ledger.to_owned()))
        .with(Section::Table(
            "entries",
            vec!["index", "size", "leaf hash", "begins with"],
            rows,
        ))
        .with(Section::Links(links));
    Ok(Answer::Page(Box::new(page)))
}

/// The snapshot at the height that a query asks for, and what a link to the same adds.
pub(super) fn at_height(snapshot: &Snapshot, query: &Query) -> Result<(Snapshot, Option<u64>), No> {
    let height = asked(query, "height")?;
    let at = match height {
        Some(height) => snapshot.at_height(height)?,
        None => snapshot.clone(),
    };
    Ok((at, height))
}

pub(super) fn unhex(what: &str, text: &str) -> Result<Vec<u8>, No> {
    human::unhex(text).ok_or_else(|| No::Wrong(format!("{what}: hex digits in pairs")))
}

pub(super) fn keys(snapshot: &Snapshot, ledger: &str, query: &Query) -> Result<Answer, No> {
    let (at, height) = at_height(snapshot, query)?;
    let view = at.state(ledger)?;
    let prefix = match (query.get("prefix"), query.get("prefix_hex")) {
        (Some(text), _) => text.clone().into_bytes(),
        (None, Some(digits)) => unhex("prefix_hex", digits)?,
        (None, None) => Vec::new(),
    };
    let from = query
        .get("from_hex")
        .map(|digits| unhex("from_hex", digits));
    let from = from.transpose()?;
    let of_height = height.map_or_else(String::new, |height| format!("&height={height}"));
    let mut rows = Vec::new();
    let mut next = None;
    let start = from.as_deref();
    each_entry::<No>(&view, &prefix, start, Direction::Forward, |key, value| {
        if rows.len() as u64 == ROWS {
            next = Some(hex(key.get(..KEY_MAX).unwrap_or(key)));
            return Ok(false);
        }
        let query = of_height.trim_start_matches('&');
        let cell = Cell::shown(&start_of(key, SHORT), hex(key));
        rows.push(vec![
            match key.len() {
                ..=KEY_MAX => cell.link(format!("/key/{ledger}/{}?{query}", hex(key))),
                _ => cell,
            },
            Cell::bytes(value.len() as u64),
            Cell::text(start_of(value, SHORT)),
        ]);
        Ok(true)
    })?;
    let mut links = vec![(
        "from the start",
        format!("/state/{ledger}?{}", of_height.trim_start_matches('&')),
    )];
    if let Some(next) = next {
        let prefix = hex(&prefix);
        links.push((
            "more",
            format!("/state/{ledger}?prefix_hex={prefix}&from_hex={next}{of_height}"),
        ));
    }
    let page = Page::new(format!("State of {ledger}"))
        .with(Section::Facts(vec![
            ("state root", Cell::text(view.root().to_string())),
            (
                "of height",
                Cell::number(view.height()).link(format!("/commit/{}", view.height())),
            ),
            (
                "prefix",
                Cell::shown(&start_of(&prefix, SHORT), hex(&prefix)),
            ),
        ]))
        .with(Section::Search(ledger.to_owned()))
        .with(Section::Table(
            "keys",
            vec!["key", "size", "value begins with"],
            rows,
        ))
        .with(Section::Links(links));
    Ok(Answer::Page(Box::new(page)))
}

pub(super) fn commits(snapshot: &Snapshot, query: &Query) -> Result<Answer, No> {
    let tip = snapshot.height();
    let last = asked(query, "before")?.map_or(tip, |before| before.saturating_sub(1).min(tip));
    let first = last.saturating_sub(ROWS).saturating_add(1);
    let first = first.max(snapshot.base().unwrap_or(1));
    let mut rows = Vec::new();
    for height in (first..=last).rev() {
        let link = format!("/commit/{height}");
        rows.push(match snapshot.commit(height) {
            Ok(record) => {
                let sizes = record.body.ledgers.iter();
                let sizes = sizes.map(|roots| format!("{} {}", roots.name, roots.size));
                vec![
                    Cell::number(height).link(link),
                    Cell::text(human::time(record.body.time_ms)),
                    Cell::text(sizes.collect::<Vec<_>>().join(", ")),
                    Cell::text(record.audit_root.to_string()),
                ]
            }
            Err(error) => vec![
                Cell::number(height).link(link),
                Cell::shown("?", None::<String>),
                Cell::shown("?", None::<String>),
                Cell::text(format!("cannot be read: {error}")),
            ],
        });
    }
    let mut links = vec![("newest", "/commits".to_owned())];
    if first > 1 {
        links.push(("earlier", format!("/commits?before={first}")));
    }
    let page = Page::new("Commits")
        .with(Section::Table(
            "commits",
            vec!["height", "time", "entries", "audit root"],
            rows,
        ))
        .with(Section::Links(links));
    Ok(Answer::Page(Box::new(page)))
}

/// What there is by name and length: the log is not read.
pub(super) fn files(explorer: &Explorer) -> Result<Answer, No> {
    let files = ledger::stat::files(&*explorer.storage)?;
    let of = |purpose: Purpose| -> u64 {
        let files = files.iter().filter(|file| file.purpose == purpose);
        files.map(|file| file.len).sum()
    };
    let facts = [
        ("segments of the log", Purpose::Log),
        ("tiles", Purpose::Tiles),
        ("indexes", Purpose::Indexes),
        ("look-ups", Purpose::Lookups),
        ("states", Purpose::States),
        ("dead", Purpose::Dead),
        ("not the store's", Purpose::Foreign),
    ];
    let facts = facts.map(|(name, purpose)| (name, Cell::bytes(of(purpose))));
    let rows = files.iter().take(1000);
    let rows = rows.map(|file| vec![Cell::text(&file.name), Cell::bytes(file.len)]);
    let mut page = Page::new("Files")
        .with(Section::Facts(facts.to_vec()))
        .with(Section::Table(
            "files",
            vec!["name", "bytes"],
            rows.collect(),
        ))
        .with(Section::Note(
            "`ledger-tool stat` and `render segments` read the log, and say more".to_owned(),
        ));
    page.fleeting = true;
    Ok(Answer::Page(Box::new(page)))
}

pub(super) fn health(explorer: &Explorer) -> Result<Answer, No> {
    let mut kept = explorer
        .health
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let known = kept.as_ref().filter(|(at, _)| at.elapsed() < HEALTH_KEPT);
    let health = match known {
        Some((_, health)) => health.clone(),
        None => {
            let health = verified(explorer)?;
            *kept = Some((Instant::now(), health.clone()));
            health
        }
    };
    drop(kept);
    let rows = health.findings.iter();
    let rows = rows.map(|finding| finding.iter().map(Cell::text).collect());
    let mut page = Page::new("Health")
        .with(Section::Facts(vec![
            ("verdict", Cell::text(health.verdict)),
            (
                "looked at",
                Cell::text("headers, superblocks, end of the log"),
            ),
        ]))
        .with(Section::Table(
            "findings",
            vec!["code", "where", "what"],
            rows.collect(),
        ))
        .with(Section::Note(
            "`ledger-tool verify` looks at every frame and every hash".to_owned(),
        ));
    page.fleeting = true;
    Ok(Answer::Page(Box::new(page)))
}

fn verified(explorer: &Explorer) -> Result<Health, No> {
    let storage = Arc::clone(&explorer.storage);
    // What the end of the log makes anew fits into memory.
    let scratch = Arc::new(MemStorage::new());
    let report = verify_in(storage, scratch, Level::Quick, &mut |_| true);
    let report = report.map_err(Failure::from)?;
    let findings = report.findings.iter().take(200).map(|finding| {
        let place = format!("{} at {}", finding.file, finding.offset);
        [finding.code.to_owned(), place, finding.message.clone()]
    });
    Ok(Health {
        verdict: match report.verdict {
            Verdict::Verified => "verified",
            Verdict::Incomplete => "incomplete",
            Verdict::Damaged => "damaged",
        },
        findings: findings.collect(),
    })
}
