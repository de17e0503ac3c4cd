//! `stat`: what a store takes on the disk, and how it grows.

use std::fmt::Write;
use std::path::Path;

use ledger::Error;
use ledger::stat::{Distribution, Purpose, SegmentStat, Series, StoreStat};
use serde::Serialize;

use crate::cli::{StatArgs, StatBy, StatLevel};
use crate::failure::{Exit, Failure};
use crate::human;
use crate::session::{BAD, Session, UNSURE};
use crate::stop::Stop;

/// Growth is that of the last so many days of commits.
const DAYS: u64 = 30;
const DAY_MS: u64 = 24 * 3600 * 1000;
/// Bars of a drawing of growth.
const BARS: usize = 8;

#[derive(Serialize)]
pub(super) struct StatDoc {
    schema: &'static str,
    path: String,
    network: String,
    height: u64,
    complete: bool,
    space: SpaceDoc,
    entries: SizesDoc,
    segments: Vec<SegmentDoc>,
    ledgers: Vec<LedgerDoc>,
    growth: GrowthDoc,
    gaps: Vec<GapDoc>,
}

/// Bytes by what they are for; `total` is their sum.
#[derive(Clone, Default, Serialize)]
struct SpaceDoc {
    /// Batches of the record log that verify.
    log: u64,
    tiles: u64,
    indexes: u64,
    lookups: u64,
    states: u64,
    /// Of `states`: nodes that no height that is kept leads to; null where that was not asked for.
    unreachable: Option<u64>,
    /// Superblocks and other small files.
    head: u64,
    /// Made ahead for later commits, with headers and footers of segments.
    ready: u64,
    /// Read by nobody: lost+found, and what was left half made.
    dead: u64,
    /// A last batch that was never acknowledged.
    torn: u64,
    /// Where batches should be that do not verify.
    damaged: u64,
    /// Files that are not the store's.
    foreign: u64,
    total: u64,
}

#[derive(Serialize)]
struct SizesDoc {
    count: u64,
    bytes: u64,
    p50: u64,
    p90: u64,
    p99: u64,
    max: u64,
}

#[derive(Serialize)]
struct SegmentDoc {
    number: u64,
    file: String,
    state: &'static str,
    bytes: u64,
    live: u64,
    damaged: u64,
    torn: u64,
    ready: u64,
    batches: u64,
    first_height: Option<u64>,
    last_height: Option<u64>,
    entries: u64,
}

#[derive(Serialize)]
struct LedgerDoc {
    /// `audit` for the audit tree.
    name: String,
    entries: SizesDoc,
    id_bytes: u64,
    state_writes: u64,
    state_write_bytes: u64,
    tiles: u64,
    indexes: u64,
    lookups: u64,
    states: u64,
    /// Of `states`: nodes that no height that is kept leads to; null where that was not asked for.
    states_unreachable: Option<u64>,
}

#[derive(Serialize)]
struct GrowthDoc {
    first_commit: Option<String>,
    last_commit: Option<String>,
    /// Bytes of commits in each bin.
    bins: Vec<u64>,
    bin_ms: u64,
    /// Of the last 30 days of commits, derived files included; null where they span no hour.
    bytes_a_day: Option<u64>,
    free: Option<u64>,
    days_until_full: Option<u64>,
}

#[derive(Serialize)]
struct GapDoc {
    code: &'static str,
    file: String,
    offset: u64,
    batch: u64,
    bytes: u64,
}

pub(crate) fn run(session: &Session, args: StatArgs) -> Result<Exit, Failure> {
    let dir = session.directory(args.dir)?;
    let stop = Stop::listen()?;
    let mut progress = session.progress("stat", None);
    let stat = ledger::stat::stat(&session.storage(&dir), &mut |at| {
        progress.update(at.bytes_done, Some(at.bytes_total));
        !stop.asked()
    })?;
    drop(progress);
    let mut document = document(&dir, &stat);
    if args.level == StatLevel::Deep {
        count_unreachable(session, &dir, &mut document)?;
    }
    if session.json {
        session.document(&document)?;
    } else {
        session.answer(&text(&document, &stat, args.by, args.ascii))?;
    }
    Ok(exit(&stat))
}

/// Counts the nodes of states that nothing leads to. A state that cannot be read keeps its null.
fn count_unreachable(session: &Session, dir: &Path, document: &mut StatDoc) -> Result<(), Failure> {
    let reader = session.reader(dir)?;
    let snapshot = reader.snapshot();
    for ledger in &mut document.ledgers {
        match snapshot.state_sizes(&ledger.name) {
            Ok(sizes) => {
                let needless = sizes.before.saturating_sub(sizes.after);
                ledger.states_unreachable = Some(needless);
                *document.space.unreachable.get_or_insert(0) += needless;
            }
            Err(Error::NoState { .. } | Error::NoSuchLedger { .. }) => {}
            Err(error) => session.warn(&format!("{}: {error}", ledger.name)),
        }
    }
    Ok(())
}

fn exit(stat: &StoreStat) -> Exit {
    if stat.gaps.iter().any(|gap| !gap.torn) {
        Exit::No
    } else if !stat.complete {
        Exit::Interrupted
    } else if stat.gaps.is_empty() {
        Exit::Ok
    } else {
        Exit::Incomplete
    }
}

/// What `debug-bundle` tells too.
pub(super) fn document(dir: &Path, stat: &StoreStat) -> StatDoc {
    let space = space(stat);
    let mut all = Distribution::default();
    stat.ledgers.iter().for_each(|l| all.merge(&l.entries));
    let ledgers = stat.ledgers.iter().map(|ledger| LedgerDoc {
        entries: sizes(&ledger.entries),
        id_bytes: ledger.id_bytes,
        state_writes: ledger.writes,
        state_write_bytes: ledger.write_bytes,
        ..files_of(stat, &ledger.name)
    });
    let audit = std::iter::once_with(|| files_of(stat, "audit"));
    StatDoc {
        schema: "ledger-tool.stat/1",
        path: dir.display().to_string(),
        network: stat.superblock.network.clone(),
        height: stat.height,
        complete: stat.complete,
        entries: sizes(&all),
        segments: stat.segments.iter().map(segment).collect(),
        ledgers: ledgers.chain(audit).collect(),
        growth: growth(stat, &space, free(dir)),
        gaps: stat.gaps.iter().map(gap).collect(),
        space,
    }
}

fn space(stat: &StoreStat) -> SpaceDoc {
    let of = |purpose: Purpose| {
        let files = stat.files.iter().filter(|file| file.purpose == purpose);
        files.map(|file| file.len).sum::<u64>()
    };
    let sum = |bytes: fn(&SegmentStat) -> u64| stat.segments.iter().map(bytes).sum::<u64>();
    SpaceDoc {
        log: sum(|s| s.live),
        tiles: of(Purpose::Tiles),
        indexes: of(Purpose::Indexes),
        lookups: of(Purpose::Lookups),
        states: of(Purpose::States),
        unreachable: None,
        head: of(Purpose::Head),
        ready: sum(SegmentStat::ready),
        dead: of(Purpose::Dead),
        torn: sum(|s| s.torn),
        damaged: sum(|s| s.damaged),
        foreign: of(Purpose::Foreign),
        total: stat.files.iter().map(|file| file.len).sum(),
    }
}

fn files_of(stat: &StoreStat, name: &str) -> LedgerDoc {
    let of = |purpose: Purpose| {
        let files = stat.files.iter();
        let files = files.filter(|f| f.purpose == purpose && f.ledger.as_deref() == Some(name));
        files.map(|file| file.len).sum::<u64>()
    };
    LedgerDoc {
        name: name.to_owned(),
        entries: sizes(&Distribution::default()),
        id_bytes: 0,
        state_writes: 0,
        state_write_bytes: 0,
        tiles: of(Purpose::Tiles),
        indexes: of(Purpose::Indexes),
        lookups: of(Purpose::Lookups),
        states: of(Purpose::States),
        states_unreachable: None,
    }
}

fn sizes(of: &Distribution) -> SizesDoc {
    SizesDoc {
        count: of.count(),
        bytes: of.sum(),
        p50: of.percentile(50),
        p90: of.percentile(90),
        p99: of.percentile(99),
        max: of.max(),
    }
}

fn segment(segment: &SegmentStat) -> SegmentDoc {
    SegmentDoc {
        number: segment.number,
        file: hash_store::segment_name(segment.number),
        state: match segment {
            SegmentStat { sealed: true, .. } => "sealed",
            SegmentStat { batches: 0, .. } if segment.damaged == 0 => "ready",
            _ => "active",
        },
        bytes: segment.len,
        live: segment.live,
        damaged: segment.damaged,
        torn: segment.torn,
        ready: segment.ready(),
        batches: segment.batches,
        first_height: segment.heights.map(|(first, _)| first),
        last_height: segment.heights.map(|(_, last)| last),
        entries: segment.entries,
    }
}

fn gap(gap: &ledger::stat::Gap) -> GapDoc {
    GapDoc {
        code: gap.code,
        file: gap.file.clone(),
        offset: gap.offset,
        batch: gap.batch,
        bytes: gap.len,
    }
}

/// Bytes that the disk of a directory has left for those who are not root.
fn free(dir: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(dir).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

fn growth(stat: &StoreStat, space: &SpaceDoc, free: Option<u64>) -> GrowthDoc {
    let bytes_a_day = stat.times_ms.and_then(|(_, last)| {
        let from = last.saturating_sub(DAYS * DAY_MS);
        let (logged, start) = stat.bytes.since(from);
        let span = last.checked_sub(start).filter(|span| *span >= 3_600_000)?;
        // What is derived grows with the log.
        let derived = space.tiles + space.indexes + space.lookups + space.states;
        let all = u128::from(logged) * u128::from(space.log + derived);
        let a_day = all / u128::from(space.log.max(1)) * u128::from(DAY_MS) / u128::from(span);
        u64::try_from(a_day).ok()
    });
    GrowthDoc {
        first_commit: stat.times_ms.map(|(first, _)| human::time(first)),
        last_commit: stat.times_ms.map(|(_, last)| human::time(last)),
        bins: stat.bytes.sums().to_vec(),
        bin_ms: stat.bytes.bin_ms(),
        bytes_a_day,
        free,
        days_until_full: free.zip(bytes_a_day).and_then(|(f, b)| f.checked_div(b)),
    }
}

fn text(stat: &StatDoc, counted: &StoreStat, by: Option<StatBy>, ascii: bool) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    match by {
        Some(StatBy::Segment) => {
            let _ = writeln!(
                text,
                "{:16}  {:>11}  {:>10}  {:>4}  {:6}  entries over time",
                "segment", "entries", "size", "used", "state"
            );
            for (segment, counted) in stat.segments.iter().zip(&counted.segments) {
                let used = segment.live * 100 / segment.bytes.max(1);
                let _ = writeln!(
                    text,
                    "{:016x}  {:>11}  {:>10}  {used:>3}%  {:6}  {}",
                    segment.number,
                    human::count(segment.entries),
                    human::bytes(segment.bytes),
                    segment.state,
                    bars(&counted.growth, ascii),
                );
            }
        }
        Some(StatBy::Ledger) => {
            let width = stat.ledgers.iter().map(|l| l.name.len()).max();
            let width = width.unwrap_or(0).max("ledger".len());
            let _ = writeln!(
                text,
                "{:width$}  {:>11}  {:>10}  {:>10}  {:>10}  {:>10}",
                "ledger", "entries", "bytes", "tiles", "indexes", "states"
            );
            for ledger in &stat.ledgers {
                let _ = writeln!(
                    text,
                    "{:width$}  {:>11}  {:>10}  {:>10}  {:>10}  {:>10}",
                    ledger.name,
                    human::count(ledger.entries.count),
                    human::bytes(ledger.entries.bytes),
                    human::bytes(ledger.tiles),
                    human::bytes(ledger.indexes + ledger.lookups),
                    human::bytes(ledger.states),
                );
            }
        }
        None => {}
    }
    if !stat.complete {
        text += &format!("{UNSURE}INCOMPLETE{UNSURE:#}: what follows is of what was read\n");
    }
    for (name, value) in lines(stat, &counted.bytes, ascii) {
        let _ = writeln!(text, "{name:12}{value}");
    }
    for gap in &stat.gaps {
        let style = if gap.code == "E-TORN-TAIL" {
            UNSURE
        } else {
            BAD
        };
        let _ = writeln!(
            text,
            "{style}{}{style:#}  {} at {}, batch {}: {}",
            gap.code,
            gap.file,
            gap.offset,
            gap.batch,
            human::bytes(gap.bytes)
        );
    }
    text
}

/// The lines of `stat`, for a page: name and value.
pub(super) fn facts(dir: &Path, stat: &StoreStat) -> Vec<(&'static str, String)> {
    let lines = lines(&document(dir, stat), &stat.bytes, false).into_iter();
    let joined = lines.map(|(name, value)| {
        let words: Vec<&str> = value.split_whitespace().collect();
        (name, words.join(" "))
    });
    joined.collect()
}

fn lines(stat: &StatDoc, bytes: &Series, ascii: bool) -> Vec<(&'static str, String)> {
    let space = &stat.space;
    let named = |parts: &[(&str, u64)]| {
        let parts = parts.iter().filter(|(_, bytes)| *bytes > 0);
        let parts = parts.map(|(name, bytes)| format!("{name} {}", human::bytes(*bytes)));
        let parts: Vec<String> = parts.collect();
        // As many as fit into 80 columns.
        let lines = parts.chunks(4).map(|line| line.join("  "));
        lines.collect::<Vec<_>>().join("\n            ")
    };
    let mut lines = vec![
        ("total", human::bytes(space.total)),
        (
            "used",
            named(&[
                ("log", space.log),
                ("tiles", space.tiles),
                ("indexes", space.indexes),
                ("look-ups", space.lookups),
                (
                    "states",
                    space.states.saturating_sub(space.unreachable.unwrap_or(0)),
                ),
                ("head", space.head),
            ]),
        ),
        (
            "unused",
            named(&[
                ("ready", space.ready),
                ("dead", space.dead),
                ("unreachable", space.unreachable.unwrap_or(0)),
            ]),
        ),
    ];
    let bad = named(&[
        ("torn", space.torn),
        ("damaged", space.damaged),
        ("not the store's", space.foreign),
    ]);
    if !bad.is_empty() {
        lines.push(("besides", bad));
    }
    let entries = &stat.entries;
    let count = human::counted(entries.count, "entry", "entries");
    lines.push((
        "entries",
        format!("{count}, {}", human::bytes(entries.bytes)),
    ));
    if entries.count > 0 {
        lines.push((
            "entry size",
            format!(
                "p50 {}  p90 {}  p99 {}  max {}",
                human::bytes(entries.p50),
                human::bytes(entries.p90),
                human::bytes(entries.p99),
                human::bytes(entries.max)
            ),
        ));
    }
    let growth = &stat.growth;
    if let (Some(first), Some(last)) = (&growth.first_commit, &growth.last_commit) {
        lines.push(("commits", format!("{first} to {last}")));
        let a_day = growth.bytes_a_day.map_or_else(
            || "too little time to tell".to_owned(),
            |bytes| format!("{} a day", human::bytes(bytes)),
        );
        lines.push(("growth", format!("{a_day}  {}", bars(bytes, ascii))));
    }
    let free = growth
        .free
        .map(|free| format!("{} free", human::bytes(free)));
    let full = growth.days_until_full.map(|days| {
        let days = human::counted(days, "day", "days");
        format!("full in {days} at this rate")
    });
    let disk: Vec<String> = free.into_iter().chain(full).collect();
    if !disk.is_empty() {
        lines.push(("disk", disk.join(", ")));
    }
    lines
}

/// Sums over time as bars, eight at most, the highest as high as can be.
fn bars(series: &Series, ascii: bool) -> String {
    const ASCII: [char; 8] = ['.', ':', '-', '=', '+', '*', '%', '#'];
    let sums = series.sums();
    let joined = sums.chunks(sums.len().div_ceil(BARS).max(1));
    let joined: Vec<u64> = joined.map(|sums| sums.iter().sum()).collect();
    let max = joined.iter().copied().max().unwrap_or(0).max(1);
    let bar = |sum: u64| {
        if sum == 0 {
            return ' ';
        }
        let step = u128::from(sum) * 8 / u128::from(max);
        let step = u32::try_from(step).unwrap_or(8).clamp(1, 8);
        let drawn = ASCII.get(step as usize - 1).copied();
        let block = char::from_u32(0x2580 + step);
        if ascii { drawn } else { block }.unwrap_or(' ')
    };
    joined.into_iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_drawn_in_eight_bars_at_most() {
        let mut series = Series::default();
        assert_eq!(bars(&series, true), "");
        for hour in 0..16 {
            series.add(hour * 3_600_000, hour / 2 * 10);
        }
        assert_eq!(bars(&series, true), " .:-=+*#".to_owned());
        assert_eq!(bars(&series, false).chars().last(), Some('\u{2588}'));
    }
}
