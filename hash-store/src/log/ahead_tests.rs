//! Scans past the page cache find what a scan of the cache finds, batch by batch and byte by byte,
//! with and without threads that read ahead.

use super::tests::{CHAIN, Log};
use super::*;
use crate::layout::SECTOR;
use crate::layout::header::HEADER_LEN;
use crate::position::Position;

/// All that a scan gives out, stops passed over, with what a batch begins with.
fn story(mut scan: Scan) -> Vec<String> {
    let mut story = Vec::new();
    loop {
        let stop = match scan.next().unwrap() {
            None => return story,
            Some(Found::Batch { at, batch }) => {
                let (header, chain) = (batch.header, batch.chain_after);
                let payload = batch.frames.iter().map(|frame| frame.payload.len());
                let payload: usize = payload.sum();
                story.push(format!("{at:?} {header:?} {chain:?} {payload}"));
                continue;
            }
            Some(Found::Stop(stop)) => stop,
        };
        story.push(format!("{stop:?}"));
        if !scan.resume_after(&stop).unwrap() {
            return story;
        }
    }
}

/// A log whose batches lie within pieces, over their ends, and are longer than some.
fn log() -> Log {
    let bodies = [
        10, 3000, 500_000, 60_000, 1_300_000, 7, 2_500_000, 900_000, 40, 700_000,
    ];
    Log::of_long(&bodies)
}

fn check(log: &Log, what: &str) {
    check_from(log, &log.places()[..1], what);
}

fn check_from(log: &Log, places: &[(Position, u64, [u8; 32])], what: &str) {
    for (from, next, chain) in places.iter().copied() {
        let scan = || Scan::new(log.segments(), from, next, Some(chain));
        let cached = story(scan());
        assert_eq!(story(scan().direct()), cached, "{what}, from {from:?}");
        assert_eq!(
            story(scan().direct_ahead()),
            cached,
            "{what}, ahead from {from:?}"
        );
    }
}

#[test]
fn every_way_to_read_gives_the_same() {
    let log = log();
    check_from(&log, &log.places(), "whole");
    let ends = log.batches.last().unwrap().tip.end;
    assert!(ends.segment() >= 2, "{ends:?}");
    // One bit in every kind of place: headers, middles and ends of batches, behind the end.
    let mut places = Vec::new();
    for appended in &log.batches {
        let (at, end) = (appended.at, appended.tip.end.offset());
        for offset in [at.offset(), (at.offset() + end) / 2, end - 40] {
            places.push(Position::new(at.segment(), offset));
        }
    }
    let last = log.segments().get(ends.segment()).unwrap().batches_end() - 1;
    places.extend(
        [ends.offset(), ends.offset() + 3 * SECTOR as u64 + 5, last]
            .map(|offset| Position::new(ends.segment(), offset)),
    );
    let ahead = ends.segment() + 1;
    let end_of_ahead = log.segments().get(ahead).unwrap().batches_end() - 1;
    places.extend(
        [HEADER_LEN, HEADER_LEN + 2_000_000, end_of_ahead]
            .map(|offset| Position::new(ahead, offset)),
    );
    for place in places {
        let flip = || {
            let at = usize::try_from(place.offset()).unwrap();
            log.edit(place.segment(), |bytes| bytes[at] ^= 0x10);
        };
        flip();
        check(&log, &format!("a bit at {place:?}"));
        flip();
    }
    // The first sector of a batch, and a whole one, lost.
    for appended in &log.batches {
        let at = usize::try_from(appended.at.offset()).unwrap();
        let end = usize::try_from(appended.tip.end.offset()).unwrap();
        for end in [at + SECTOR, end] {
            let mut before = Vec::new();
            log.edit(appended.at.segment(), |bytes| {
                before = bytes[at..end].to_vec();
                bytes[at..end].fill(0);
            });
            check(&log, &format!("lost from {:?} to {end}", appended.at));
            log.edit(appended.at.segment(), |bytes| {
                bytes[at..end].copy_from_slice(&before);
            });
        }
    }
}

/// A log in whose place others are read ahead, or of which no more is wanted, ends its threads.
#[test]
fn scans_that_jump_or_are_dropped_go_on_right() {
    let log = log();
    let (second, fifth) = (log.batches[1], log.batches[4]);
    let mut scan =
        Scan::new(log.segments(), Position::new(0, HEADER_LEN), 1, Some(CHAIN)).direct_ahead();
    for (number, appended) in [(6, fifth), (3, second), (6, fifth)] {
        scan.jump(appended.tip.end, number, Some(appended.tip.chain));
        match scan.next().unwrap() {
            Some(Found::Batch { batch, .. }) => assert_eq!(batch.header.number, number),
            other => panic!("{other:?}"),
        }
    }
    drop(scan);
    // Ends, as they are asked for by backups.
    let until = fifth.tip.end;
    let scan =
        || Scan::new(log.segments(), Position::new(0, HEADER_LEN), 1, Some(CHAIN)).until(until);
    assert_eq!(story(scan().direct()), story(scan()));
    assert_eq!(story(scan()).len(), 5);
}
