//! Verifications that are stopped and gone on with.

use std::sync::atomic::{AtomicU64, Ordering};

use hash_store::sim::SimStorage;
use ledger::{Error, Level, Resume, Verdict, VerifyOptions, VerifyReport};

use crate::stores::{
    all_stores, audit_root, closed, damaged_stores, options, report_of, seen, settle, watched,
};

/// Verifies until it was told of progress so often.
fn stopped_after(disk: &SimStorage, options: &VerifyOptions, steps: u64) -> VerifyReport {
    let told = AtomicU64::new(0);
    let watch = |_| told.fetch_add(1, Ordering::Relaxed) + 1 < steps;
    watched(disk, options, &watch).unwrap()
}

/// Verifies in parts of so many steps each; answers with the last report and the number of parts.
fn in_parts(disk: &SimStorage, options: &VerifyOptions, steps: u64) -> (VerifyReport, u64) {
    let mut options = options.clone();
    for parts in 1..10_000 {
        let report = stopped_after(disk, &options, steps);
        let Some(resume) = &report.resume else {
            return (report, parts);
        };
        let resume = Resume::from_bytes(&resume.to_bytes()).unwrap();
        assert!(resume.height() <= report.height);
        options.resume = Some(resume);
    }
    panic!("it does not come to an end");
}

#[test]
fn parts_add_up_to_the_whole_report() {
    let mut total = 0;
    let damaged = damaged_stores().into_iter().step_by(3);
    for (what, disk) in all_stores().into_iter().chain(damaged) {
        for (threads, steps) in [(1, 1), (1, 13), (2, 9)] {
            let options = options(Level::Full, threads);
            let whole = report_of(&disk, &options);
            let (report, parts) = in_parts(&disk, &options, steps);
            assert_eq!(seen(&whole), seen(&report), "{what} {threads} {steps}");
            total += parts;
        }
    }
    println!("{total} parts");
    assert!(total > 2500, "{total}");
}

/// What is stopped says so, and damage behind the stop is found by the part that comes to it.
#[test]
fn each_part_looks_at_what_no_other_did() {
    let (_, disk) = all_stores().swap_remove(0);
    let options = options(Level::Full, 1);
    let steps = AtomicU64::new(0);
    watched(&disk, &options, &|_| {
        steps.fetch_add(1, Ordering::Relaxed) < u64::MAX
    })
    .unwrap();
    let steps = steps.into_inner();
    let mut found = 0;
    for stop in (1..steps).step_by(4) {
        let first = stopped_after(&disk, &options, stop);
        assert_eq!(first.verdict, Verdict::Incomplete);
        let resume = first.resume.clone().unwrap();
        // A byte of an entry in the next batch to come.
        let mut damaged = None;
        for file in disk
            .file_names()
            .iter()
            .filter(|name| name.ends_with(".seg"))
        {
            let text = format!("transaction {}.1 ", resume.height() + 1).into_bytes();
            let bytes = disk.bytes(file).unwrap();
            if let Some(at) = bytes.windows(text.len()).position(|window| window == text) {
                let copy = disk.here().killed();
                let mut bytes = bytes;
                bytes[at] ^= 1;
                copy.put_bytes(file, Some(bytes));
                damaged = Some((file.clone(), copy));
            }
        }
        let Some((file, damaged)) = damaged else {
            assert_eq!(resume.height(), first.height);
            continue;
        };
        let mut options = options.clone();
        options.resume = Some(resume);
        let second = report_of(&damaged, &options);
        assert_eq!(second.verdict, Verdict::Damaged, "{stop}");
        assert_eq!(second.findings[0].file, file);
        assert_eq!(second.findings[0].code, "E-FRAME-CRC");
        found += 1;
    }
    assert!(found > 10, "{found}");
}

fn refused(answer: ledger::Result<VerifyReport>) {
    match answer {
        Err(Error::Resume { .. }) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stop_of_another_store_or_question_is_refused() {
    let disk = closed(1);
    let plain = options(Level::Full, 1);
    let stopped = stopped_after(&disk, &plain, 30);
    let resume = stopped.resume.unwrap();
    let mut again = plain.clone();
    again.resume = Some(resume.clone());
    assert_eq!(report_of(&disk, &again).verdict, Verdict::Verified);
    // The same commits under another uuid.
    refused(watched(&closed(2), &again, &|_| true));
    let mut deep = options(Level::Deep, 1);
    deep.resume = Some(resume.clone());
    refused(watched(&disk, &deep, &|_| true));
    for known in [Some(audit_root(&disk, 3)), Some(audit_root(&disk, 60))] {
        let mut other = again.clone();
        other.trust = known;
        refused(watched(&disk, &other, &|_| true));
        let mut other = again.clone();
        other.since = known;
        refused(watched(&disk, &other, &|_| true));
    }
    // The log before was changed: its last batch has another chain.
    let changed = disk.here().killed();
    for file in changed
        .file_names()
        .iter()
        .filter(|name| name.ends_with(".seg"))
    {
        let mut bytes = changed.bytes(file).unwrap();
        let trailers: Vec<usize> = (0..bytes.len() - 64)
            .step_by(8)
            .filter(|at| bytes[*at..].starts_with(b"TAIL"))
            .collect();
        trailers.iter().for_each(|at| bytes[at + 30] ^= 1);
        changed.put_bytes(file, Some(bytes));
    }
    refused(watched(&changed, &again, &|_| true));
}

/// Derived files behind the watermark were left out: once a writer has settled the store they count,
/// and a stop from before would leave them out for ever.
#[test]
fn a_stop_from_before_the_store_was_settled_is_refused() {
    let stores = all_stores();
    let (_, killed) = stores.iter().find(|(what, _)| what == "killed").unwrap();
    // After another boot nothing but the superblock speaks for derived files.
    killed.put_bytes("tip", None);
    let options = options(Level::Full, 1);
    let mut refusals = 0;
    for stop in [10, 60, 100, 110, 120, 130] {
        let stopped = stopped_after(killed, &options, stop);
        let Some(resume) = stopped.resume else {
            continue;
        };
        let mut again = options.clone();
        again.resume = Some(resume);
        let whole = seen(&report_of(killed, &options));
        assert_eq!(seen(&report_of(killed, &again)), whole);
        let settled = killed.here().killed();
        settle(&settled);
        match watched(&settled, &again, &|_| true) {
            Err(Error::Resume { .. }) => refusals += 1,
            answer => assert_eq!(answer.unwrap().findings, []),
        }
    }
    assert!(refusals > 0);
}

/// Every bit of the file counts, and every length of it.
#[test]
fn a_damaged_file_of_a_stop_is_refused() {
    let disk = closed(1);
    let stopped = stopped_after(&disk, &options(Level::Full, 1), 20);
    let bytes = stopped.resume.unwrap().to_bytes();
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        let read = Resume::from_bytes(&flipped);
        assert!(matches!(read, Err(Error::Resume { .. })), "byte {at}");
        let read = Resume::from_bytes(&bytes[..at]);
        assert!(matches!(read, Err(Error::Resume { .. })), "length {at}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert!(Resume::from_bytes(&longer).is_err());
}

/// A deep verification makes states in scratch files, which are gone when it ends.
#[test]
fn states_made_anew_are_not_gone_on_with() {
    let disk = closed(1);
    let stopped = stopped_after(&disk, &options(Level::Deep, 2), 20);
    assert_eq!(stopped.verdict, Verdict::Incomplete);
    assert!(stopped.resume.is_none());
}
