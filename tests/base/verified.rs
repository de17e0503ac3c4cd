//! Verifying a store that begins at a height: by several threads, from known roots, in parts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hash_store::sim::SimStorage;
use hash_store::{MemStorage, Storage};
use ledger::{AuditRoot, Level, Resume, Verdict, VerifyOptions, VerifyReport, Watch, verify_with};
use merkle_log::{Hash, TreeSize};

use super::stores::{batches, flipped, pair, reader};

fn run(disk: &SimStorage, options: &VerifyOptions, watch: &dyn Watch) -> VerifyReport {
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    let scratch: Arc<dyn Storage> = Arc::new(MemStorage::new());
    verify_with(&storage, &scratch, options, watch).unwrap()
}

fn options(level: Level, threads: usize) -> VerifyOptions {
    let mut options = VerifyOptions::new(level);
    options.threads = threads;
    options
}

fn seen(mut report: VerifyReport) -> String {
    report.resume = None;
    format!("{report:#?}")
}

/// However it is verified, whole or damaged, the report is that of one thread in one run.
#[test]
fn threads_and_parts_find_what_one_thread_finds_in_one_run() {
    let (_, light) = pair(4, 30);
    let mut disks = vec![light.here().killed()];
    for (at, len, ..) in batches(&light) {
        let name = hash_store::segment_name(at.segment());
        let middle = usize::try_from(at.offset() + len / 2).unwrap();
        disks.push(flipped(&light, &name, middle));
    }
    let (mut damaged, mut parts) = (0, 0);
    for disk in &disks {
        for level in [Level::Quick, Level::Full, Level::Deep] {
            let one = seen(run(disk, &options(level, 1), &|_| true));
            assert_eq!(one, seen(run(disk, &options(level, 3), &|_| true)));
        }
        let report = run(disk, &options(Level::Full, 1), &|_| true);
        damaged += u32::from(report.verdict == Verdict::Damaged);
        let mut asked = options(Level::Full, 1);
        for limit in 3.. {
            let told = AtomicU64::new(0);
            let watch = |_| told.fetch_add(1, Ordering::Relaxed) < limit;
            let part = run(disk, &asked, &watch);
            if told.into_inner() <= limit {
                assert_eq!(seen(part), seen(report));
                break;
            }
            assert_eq!(part.resume.is_none(), part.height == 0, "amid the base");
            let resume = part.resume.map(|resume| resume.to_bytes());
            asked.resume = resume.map(|bytes| Resume::from_bytes(&bytes).unwrap());
            parts += 1;
        }
    }
    assert_eq!(damaged as usize, disks.len() - 1);
    assert!(parts > disks.len(), "{parts}");
}

/// A known root of any height is found, before the base too, and a wrong one is not.
#[test]
fn known_roots_are_held_against_the_store_before_the_base_too() {
    let (whole, light) = pair(6, 30);
    let whole = reader(&whole).unwrap().snapshot();
    for height in 1..=30 {
        let root = whole.audit().root_at(TreeSize(height)).unwrap();
        let ask = |root: Hash, is_since: bool| {
            let mut asked = options(Level::Full, 2);
            let anchor = Some(AuditRoot { height, root });
            if is_since {
                asked.since = anchor;
            } else {
                asked.trust = anchor;
            }
            run(&light, &asked, &|_| true)
        };
        for is_since in [false, true] {
            let report = ask(root, is_since);
            assert_eq!(
                report.verdict,
                Verdict::Verified,
                "{height} {:?}",
                report.findings
            );
            assert!(report.first_height >= 6);
            let report = ask(Hash::new([7; 32]), is_since);
            let codes: Vec<&str> = report.findings.iter().map(|f| f.code).collect();
            assert_eq!(codes, ["E-WRONG-ROOT"], "{height}");
        }
    }
}
