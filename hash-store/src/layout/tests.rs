//! Fields, flaws and runs of zeros.

use super::footer::Footer;
use super::header::{FileHeader, HeaderFlaw, PAGE_LEN};
use super::*;

#[test]
fn zeros_are_counted_from_both_ends() {
    for len in [0, 1, 255, 256, 257, 1000] {
        let mut bytes = vec![0; len];
        assert!(is_zero(&bytes));
        assert_eq!((first_used(&bytes), used_len(&bytes)), (None, 0));
        for at in 0..len {
            bytes[at] = 1;
            assert!(!is_zero(&bytes));
            assert_eq!((first_used(&bytes), used_len(&bytes)), (Some(at), at + 1));
            if let Some(last) = bytes.last_mut() {
                *last = 7;
            }
            assert_eq!((first_used(&bytes), used_len(&bytes)), (Some(at), len));
            bytes.fill(0);
        }
    }
}

/// The codes are what programs go by: README, `ledger-tool explain` and scripts.
#[test]
fn every_flaw_has_its_code_and_says_what_it_is() {
    let all = [
        (FlawKind::Short, "E-SHORT", "too few bytes"),
        (FlawKind::Magic, "E-MAGIC", "unknown magic"),
        (FlawKind::Kind, "E-KIND", "unexpected kind"),
        (
            FlawKind::HeaderCheck,
            "E-HEADER-CRC",
            "header check differs",
        ),
        (
            FlawKind::FrameHeaderCheck,
            "E-FRAME-HEADER",
            "frame header check differs",
        ),
        (FlawKind::FrameCheck, "E-FRAME-CRC", "frame check differs"),
        (
            FlawKind::ZeroMapCheck,
            "E-ZERO-MAP",
            "zero map check differs",
        ),
        (FlawKind::Padding, "E-PADDING", "padding is not zero"),
        (FlawKind::Length, "E-LENGTH", "impossible length"),
        (FlawKind::Count, "E-COUNT", "count differs"),
        (
            FlawKind::BatchNumber,
            "E-BATCH-NUMBER",
            "batch number out of order",
        ),
        (FlawKind::Height, "E-HEIGHT", "height out of order"),
        (FlawKind::Chain, "E-CHAIN", "chain differs"),
        (
            FlawKind::LostSector,
            "E-LOST-SECTOR",
            "a written sector is zero",
        ),
        (FlawKind::Payload, "E-PAYLOAD", "payload does not decode"),
        (FlawKind::Foreign, "E-FOREIGN", "belongs to another store"),
    ];
    for (kind, code, text) in all {
        assert_eq!(kind.code(), code);
        let flaw = Flaw::new(kind, 1, 0x1f, 7);
        assert_eq!(
            flaw.to_string(),
            format!("{text}: expected 0x1f, found 0x7")
        );
    }
}

#[test]
fn flaws_of_fields_say_where_and_what() {
    let bytes = [0, 0, 0, 9, 0, 0, 0, 0, 0, 0xab];
    let fields = Fields(&bytes);
    assert_eq!(fields.u8(3), Ok(9));
    let padding = |at, found| Err(Flaw::new(FlawKind::Padding, at, 0, found));
    assert_eq!(fields.zero(2, 4), padding(3, 9));
    assert_eq!(fields.zero(4, 6), padding(9, 0xab));
    assert_eq!(fields.zero(4, 5), Ok(()));
    let magic = fields.magic(1, &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let (expected, found) = (0x0102_0304_0506_0708, 0x0000_0900_0000_0000);
    assert_eq!(magic, Err(Flaw::new(FlawKind::Magic, 1, expected, found)));
    let short = Flaw::new(FlawKind::Short, 0, 11, 10);
    assert_eq!(fields.bytes(3, 8), Err(short));
    assert_eq!(fields.check(0, 5, FlawKind::Count), {
        let stored = u64::from(u32::from_le_bytes([0, 0, 0, 9]));
        Err(Flaw::new(FlawKind::Count, 0, stored, 5))
    });
}

/// Every byte behind the fields of a header page and of a footer must be zero.
#[test]
fn padding_of_headers_and_footers_is_checked_to_its_end() {
    let seed = Seed {
        uuid: [7; 16],
        kind: FileKind::Segment,
        number: 3,
    };
    let page = FileHeader { seed, len: 8192 }.encode();
    let footer = Footer {
        first_batch: 1,
        last_batch: 2,
        first_height: 3,
        last_height: 4,
        end: 5,
        chain: [6; 32],
    };
    let sector = footer.encode(&seed, 7680);
    assert_eq!(Footer::decode(&sector, &seed, 7680), Ok(footer));
    for at in [72, 73, 200, PAGE_LEN - 5] {
        let mut bad = page.clone();
        bad[at] = 1;
        let check = seed.check(0, &[&bad[..PAGE_LEN - 4]]);
        put(&mut bad, PAGE_LEN - 4, &check.to_le_bytes());
        let flaw = HeaderFlaw::Flaw(Flaw::new(FlawKind::Padding, at as u64, 0, 1));
        assert_eq!(FileHeader::decode(&bad, &seed), Err(flaw));
    }
    for at in [88, 100, SECTOR - 5] {
        let mut bad = sector.clone();
        bad[at] = 1;
        let check = seed.check(7680, &[&bad[..SECTOR - 4]]);
        put(&mut bad, SECTOR - 4, &check.to_le_bytes());
        let flaw = Flaw::new(FlawKind::Padding, at as u64, 0, 1);
        assert_eq!(Footer::decode(&bad, &seed, 7680), Err(flaw));
    }
}
