//! Pictures of a store's segments and of its growth.

use ledger::stat::{SegmentStat, StoreStat};

use super::{Bar, Body, Part, PartKind, Picture, Point};
use crate::human::{self, counted};

/// More segments are joined: the first, and the last ones.
const ROWS_MAX: usize = 64;

/// What each segment of the log holds.
pub(crate) fn segments(name: &str, stat: &StoreStat) -> Picture {
    let all = stat.segments.as_slice();
    let skipped = all.len().saturating_sub(ROWS_MAX);
    let (first, rest) = all.split_at(if skipped > 0 { 8 } else { 0 });
    let (joined, last) = rest.split_at(if skipped > 0 { skipped } else { 0 });
    let mut bars: Vec<Bar> = first
        .iter()
        .map(|segment| bar(std::slice::from_ref(segment)))
        .collect();
    if !joined.is_empty() {
        bars.push(bar(joined));
    }
    bars.extend(
        last.iter()
            .map(|segment| bar(std::slice::from_ref(segment))),
    );
    let sum = |bytes: fn(&SegmentStat) -> u64| human::bytes(all.iter().map(bytes).sum());
    Picture::new(
        format!("Segments of {}", human::plain(name)),
        Body::Bars(bars),
    )
    .fact("height", human::count(stat.height))
    .fact(
        "in all",
        format!(
            "{}: live {}, damaged {}, torn {}, ready {}",
            counted(all.len() as u64, "segment", "segments"),
            sum(|s| s.live),
            sum(|s| s.damaged),
            sum(|s| s.torn),
            sum(SegmentStat::ready),
        ),
    )
}

/// One segment, or several in one row.
fn bar(of: &[SegmentStat]) -> Bar {
    let sum = |bytes: fn(&SegmentStat) -> u64| of.iter().map(bytes).sum::<u64>();
    let count = of.len() as u64;
    // Of several the average: the row is as long as that of one of them.
    let parts = [
        (PartKind::Live, sum(|s| s.live)),
        (PartKind::Damaged, sum(|s| s.damaged)),
        (PartKind::Torn, sum(|s| s.torn)),
        (PartKind::Ready, sum(SegmentStat::ready)),
    ];
    let parts = parts.map(|(kind, bytes)| Part {
        kind,
        bytes: bytes / count.max(1),
    });
    let first = of.first().map_or(0, |segment| segment.number);
    let label = match of {
        [_] => format!("{first:08x}"),
        _ => format!("... {count} more"),
    };
    let heights = of.iter().filter_map(|segment| segment.heights);
    let heights = heights.reduce(|(first, _), (_, last)| (first, last));
    let heights = heights.map_or_else(
        || "no commits".to_owned(),
        |(first, last)| format!("heights {} to {}", human::count(first), human::count(last)),
    );
    let entries = counted(sum(|s| s.entries), "entry", "entries");
    let bad = [("damaged", sum(|s| s.damaged)), ("torn", sum(|s| s.torn))];
    let bad = bad.into_iter().filter(|(_, bytes)| *bytes > 0);
    let bad = bad.map(|(name, bytes)| format!(", {} {name}", human::bytes(bytes)));
    let bad: String = bad.collect();
    Bar {
        label,
        parts: parts.to_vec(),
        note: format!(
            "{}, {heights}, {entries}{bad}",
            human::bytes(sum(|s| s.len))
        ),
    }
}

/// Bytes of the log over time.
pub(crate) fn growth(name: &str, stat: &StoreStat) -> Picture {
    let series = &stat.bytes;
    let mut bytes = 0;
    let mut points = Vec::new();
    let mut time = series.start_ms();
    if !series.sums().is_empty() {
        points.push(Point {
            time: human::time(time),
            bytes,
        });
    }
    for sum in series.sums() {
        bytes += sum;
        time = time.saturating_add(series.bin_ms());
        // The last one ends with the last commit.
        let end = stat
            .times_ms
            .map_or(time, |(_, last)| last.max(series.start_ms()));
        points.push(Point {
            time: human::time(time.min(end)),
            bytes,
        });
    }
    let picture = Picture::new(
        format!("Growth of {}", human::plain(name)),
        Body::Points(points),
    )
    .fact("height", human::count(stat.height))
    .fact("log", human::bytes(bytes));
    match stat.times_ms {
        Some((first, last)) => picture.fact(
            "commits",
            format!("{} to {}", human::time(first), human::time(last)),
        ),
        None => picture.fact("commits", "none"),
    }
}
