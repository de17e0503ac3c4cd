//! Verifications that go by a root known from elsewhere.

use hash_store::sim::SimStorage;
use ledger::{AuditRoot, Level, Verdict, VerifyOptions};

use crate::stores::{COMMITS, all_stores, audit_root, closed, options, report_of};

fn since(disk: &SimStorage, height: u64) -> VerifyOptions {
    let mut options = options(Level::Full, 2);
    options.since = Some(audit_root(disk, height));
    options
}

fn other(known: AuditRoot) -> AuditRoot {
    let mut bytes = *known.root.as_bytes();
    bytes[7] ^= 1;
    AuditRoot {
        root: bytes.into(),
        ..known
    }
}

/// The later the root, the less is read; what comes after it is all looked at.
#[test]
fn what_a_root_vouches_for_is_left_out() {
    let (_, disk) = all_stores().swap_remove(0);
    let whole = report_of(&disk, &options(Level::Full, 1));
    let mut read = u64::MAX;
    for height in [0, 1, 10, 35, 36, 50, COMMITS - 1, COMMITS] {
        let report = report_of(&disk, &since(&disk, height));
        assert_eq!(report.verdict, Verdict::Verified, "{:?}", report.findings);
        assert!(report.first_height <= height.max(1));
        assert!(report.bytes_read <= read, "{height}");
        assert_eq!(report.audit_root, whole.audit_root);
        read = report.bytes_read;
    }
    assert!(read < whole.bytes_read / 2, "{read}");

    // A byte in each segment: found where it is not left out.
    let begins_at = report_of(&disk, &since(&disk, 50)).first_height;
    assert!((2..=50).contains(&begins_at));
    let mut found = 0;
    for height in 1..=COMMITS {
        let text = format!("transaction {height}.1 ").into_bytes();
        for file in disk
            .file_names()
            .iter()
            .filter(|name| name.ends_with(".seg"))
        {
            let mut bytes = disk.bytes(file).unwrap();
            let Some(at) = bytes.windows(text.len()).position(|window| window == text) else {
                continue;
            };
            bytes[at] ^= 4;
            let damaged = disk.here().killed();
            damaged.put_bytes(file, Some(bytes));
            let mut asked = since(&disk, 50);
            asked.threads = 1 + usize::from(height % 2 == 0);
            let report = report_of(&damaged, &asked);
            let is_found = report.verdict == Verdict::Damaged;
            assert_eq!(
                is_found,
                height >= begins_at,
                "height {height}: {:?}",
                report.findings
            );
            found += 1;
        }
    }
    assert_eq!(found, COMMITS);
}

/// The log has to lead to the root, at the very height.
#[test]
fn another_root_is_a_finding() {
    let disk = closed(1);
    for height in [0, 1, 9, 50, COMMITS] {
        let right = audit_root(&disk, height);
        for level in [Level::Quick, Level::Full, Level::Deep] {
            for is_since in [false, true] {
                let mut asked = options(level, 2);
                let place = if is_since {
                    &mut asked.since
                } else {
                    &mut asked.trust
                };
                *place = Some(right);
                let report = report_of(&disk, &asked);
                assert_eq!(report.verdict, Verdict::Verified, "{:?}", report.findings);
                let place = if is_since {
                    &mut asked.since
                } else {
                    &mut asked.trust
                };
                *place = Some(other(right));
                let report = report_of(&disk, &asked);
                let codes: Vec<_> = report.findings.iter().map(|f| f.code).collect();
                assert_eq!(codes, ["E-WRONG-ROOT"], "{height} {level:?}");
                assert_eq!(report.verdict, Verdict::Damaged);
            }
        }
    }
    // A store that ends before.
    let mut asked = options(Level::Full, 1);
    let later = AuditRoot {
        height: COMMITS + 1,
        ..audit_root(&disk, COMMITS)
    };
    asked.trust = Some(later);
    let report = report_of(&disk, &asked);
    assert_eq!(report.findings[0].code, "E-WRONG-ROOT");
    asked.trust = Some(audit_root(&disk, 4));
    asked.since = Some(later);
    assert_eq!(report_of(&disk, &asked).verdict, Verdict::Damaged);
    // One before the other: both are looked for.
    asked.since = Some(audit_root(&disk, 60));
    assert_eq!(report_of(&disk, &asked).verdict, Verdict::Verified);
    asked.trust = Some(other(audit_root(&disk, 4)));
    assert_eq!(report_of(&disk, &asked).findings[0].code, "E-WRONG-ROOT");
}
