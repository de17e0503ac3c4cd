//! Verifying in parts, side by side, from a known root, past the page cache: however it is done, the
//! report is that of one thread in one run, with every finding.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of this is test code"
)]

mod resume;
mod since;
mod stores;

use ledger::{Level, Verdict};
use ledger_tests::store::damage_behind_the_cache;

use stores::{all_stores, damaged_stores, options, report_of, seen};

/// Whatever is wrong and wherever, threads change nothing.
#[test]
fn threads_find_what_one_thread_finds() {
    let (mut compared, mut damaged) = (0, 0);
    for (what, disk) in all_stores().into_iter().chain(damaged_stores()) {
        for level in [Level::Quick, Level::Full, Level::Deep] {
            let one = report_of(&disk, &options(level, 1));
            for threads in [2, 3] {
                let more = report_of(&disk, &options(level, threads));
                assert_eq!(seen(&one), seen(&more), "{what} {level:?} {threads}");
                compared += 1;
            }
            damaged += u32::from(one.verdict == Verdict::Damaged);
        }
    }
    println!("{compared} reports compared, {damaged} of damage");
    assert!(compared > 250 && damaged > 80, "{compared} {damaged}");
}

/// The disk holds what the cache does not show: only reading past the cache finds it.
#[test]
fn damage_behind_the_cache_is_found_by_direct_reads() {
    let mut found = 0;
    for (file, offset) in [
        ("log/0000000000000001.seg", 5000),
        ("domain/tiles.0", 4200),
        ("domain/entries", 4100),
        ("domain/states", 4100),
        ("domain/trie/0000000000000000.nodes", 4200),
        ("audit/heights", 4104),
        ("audit/attachments", 4104),
    ] {
        let (_, disk) = all_stores().swap_remove(0);
        let hidden = disk.here().killed();
        damage_behind_the_cache(&hidden, file, offset);
        let cached = report_of(&hidden, &options(Level::Full, 2));
        assert_eq!(
            cached.verdict,
            Verdict::Verified,
            "{file}: {:?}",
            cached.findings
        );
        let mut direct = options(Level::Full, 2);
        direct.direct = true;
        let direct = report_of(&hidden, &direct);
        assert_eq!(direct.verdict, Verdict::Damaged, "{file}");
        let named = direct.findings.iter().any(|finding| finding.file == file);
        assert!(named, "{file}: {:?}", direct.findings);
        found += 1;
    }
    assert_eq!(found, 7);
}
