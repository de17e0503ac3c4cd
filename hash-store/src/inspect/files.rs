//! Files that are one structure: superblocks, the tip, header pages.

use super::{Field, Sheet, uuid_of};
use crate::layout::header::{MAGIC, PAGE_LEN};
use crate::layout::superblock::{FIXED_LEN, KNOWN_FEATURES, SUPERBLOCK_LEN_MAX};
use crate::layout::{FileKind, FlawKind, Seed};
use crate::position::Position;

const KINDS: &[(u64, &str)] = &[
    (1, "segment"),
    (2, "tiles"),
    (3, "entry index"),
    (4, "height index"),
    (5, "attachment index"),
    (6, "tip"),
    (7, "superblock"),
    (8, "trie nodes"),
    (9, "state index"),
    (10, "leaf hash run"),
    (11, "id run"),
    (12, "kept nodes"),
    (13, "kept heights"),
];
/// Codes of tree types, state suites and key modes (FORMAT.md section 5).
pub(super) const TREES: &[(u64, &str)] = &[(1, "sha256"), (2, "blake3")];
pub(super) const SUITES: &[(u64, &str)] = &[
    (0, "none"),
    (1, "blake3"),
    (2, "keccak256"),
    (3, "sha3-256"),
    (4, "sha256"),
];
pub(super) const KEY_MODES: &[(u64, &str)] = &[(0, "as given"), (1, "hashed")];

/// The first 64 bytes of a file; answers with its uuid and number.
fn identity(sheet: &mut Sheet<'_>, expected: &Seed) -> ([u8; 16], u64) {
    sheet.magic(&MAGIC);
    let kind = sheet.named("kind", 4, KINDS);
    if kind != u64::from(expected.kind as u32) {
        sheet.flaw(FlawKind::Kind, format!("{} expected", expected.kind as u32));
    }
    let version = sheet.u32("format version");
    if version != u64::from(crate::FORMAT_VERSION) {
        sheet.flaw(FlawKind::Kind, "this release reads version 1");
    }
    let known = if expected.kind == FileKind::Superblock {
        KNOWN_FEATURES
    } else {
        0
    };
    for (name, known) in [
        ("incompatible features", known),
        ("features that forbid writing", 0),
        ("compatible features", u64::MAX),
    ] {
        if sheet.u64(name) & !known != 0 {
            sheet.flaw(FlawKind::Kind, "a feature that this release does not know");
        }
    }
    let uuid = uuid_of(sheet.hash("store uuid", 16));
    if uuid != expected.uuid {
        sheet.flaw(FlawKind::Foreign, "of another store");
    }
    let number = sheet.u64("number");
    if number != expected.number {
        sheet.flaw(FlawKind::Kind, format!("{} expected", expected.number));
    }
    (uuid, number)
}

/// The header page of a file that should be that of `expected` (FORMAT.md section 2).
#[must_use]
pub fn file_header(bytes: &[u8], expected: &Seed) -> Vec<Field> {
    let bytes = bytes.get(..PAGE_LEN).unwrap_or(bytes);
    let mut sheet = Sheet::new(bytes, 0);
    let (uuid, number) = identity(&mut sheet, expected);
    sheet.u64("length of a segment");
    sheet.zero(PAGE_LEN - 4 - sheet.at());
    let seed = Seed {
        uuid,
        number,
        ..*expected
    };
    let covered = bytes.get(..PAGE_LEN - 4).unwrap_or_default();
    let computed = seed.check(0, &[covered]);
    sheet.check("check", FlawKind::HeaderCheck, computed, (0, covered.len()));
    sheet.into_fields()
}

/// The file `SUPER.<slot>` (FORMAT.md section 9). `uuid` is the store's, if it is known.
#[must_use]
pub fn superblock(bytes: &[u8], slot: u64, uuid: Option<[u8; 16]>) -> Vec<Field> {
    let own = bytes.get(40..56).map(uuid_of).unwrap_or_default();
    let expected = Seed {
        uuid: uuid.unwrap_or(own),
        kind: FileKind::Superblock,
        number: slot,
    };
    // The check stands where the stated length ends, wherever the fields before it lead.
    let stated = bytes.get(76..80).and_then(|len| len.first_chunk());
    let stated = stated.map_or(0, |len| small(u64::from(u32::from_le_bytes(*len))));
    let len = if (FIXED_LEN + 8..=bytes.len()).contains(&stated) {
        stated
    } else {
        bytes.len()
    };
    let check_at = len.saturating_sub(4);
    let mut sheet = Sheet::new(bytes.get(..check_at).unwrap_or_default(), 0);
    let (uuid, number) = identity(&mut sheet, &expected);
    let features = bytes.get(16).copied().unwrap_or_default();
    let (has_lookups, has_base) = (features & 1 != 0, features & 2 != 0);
    sheet.u64("generation");
    let flags = sheet.u32("flags");
    match flags {
        0 => sheet.means("0, not closed in order"),
        1 => sheet.means("1, clean"),
        2 => sheet.means("2, cut"),
        3 => sheet.means("3, clean, cut"),
        _ => sheet.flaw(FlawKind::Kind, "a flag that this release does not know"),
    }
    if sheet.u32("length of the superblock") != len as u64 {
        sheet.flaw(FlawKind::Length, format!("{} bytes are there", bytes.len()));
    }
    sheet.u64("batch number of the tip");
    sheet.u64("height of the tip");
    position(&mut sheet, "position of the tip");
    position(&mut sheet, "position of the last body frame");
    sheet.hash("chain after the tip", 32);
    let network_len = small(sheet.u32("length of the network id"));
    let ledgers = small(sheet.u32("number of ledgers"));
    let marks = small(sheet.u32("number of watermarks"));
    sheet.zero(4);
    sheet.text("network id", network_len);
    for _ in 0..ledgers {
        if sheet.left() == 0 {
            break;
        }
        sheet.named("tree type", 1, TREES);
        sheet.named("state suite", 1, SUITES);
        sheet.named("key mode", 1, KEY_MODES);
        let name_len = small(sheet.u8("length of the name"));
        sheet.text("name of the ledger", name_len);
        if has_lookups {
            sheet.u8("look-ups");
            let space_len = small(sheet.u8("length of the id space"));
            sheet.text("id space", space_len);
        }
    }
    sheet.zero(sheet.at().next_multiple_of(8) - sheet.at());
    for _ in 0..marks {
        if sheet.left() == 0 {
            break;
        }
        sheet.named("watermark: kind", 4, KINDS);
        let ledger = sheet.u32("ledger ordinal");
        if ledger == u64::from(u32::MAX) {
            sheet.means("audit");
        }
        sheet.u64("batch number");
        position(&mut sheet, "end of that batch");
    }
    if has_base {
        sheet.u64("base: height");
        for _ in 0..sheet.u64("base: number of ledgers") {
            if sheet.left() == 0 {
                break;
            }
            sheet.u64("base: size of a ledger");
        }
    }
    sheet.zero(4);
    let seed = Seed {
        uuid,
        number,
        ..expected
    };
    sheet.go_on(bytes, check_at);
    let covered = bytes.get(..check_at).unwrap_or_default();
    let computed = seed.check(0, &[covered]);
    sheet.check("check", FlawKind::HeaderCheck, computed, (0, covered.len()));
    sheet.into_fields()
}

/// The tip file (FORMAT.md section 10).
#[must_use]
pub fn tip(bytes: &[u8], uuid: Option<[u8; 16]>) -> Vec<Field> {
    let own = bytes.get(24..40).map(uuid_of).unwrap_or_default();
    let seed = Seed {
        uuid: own,
        kind: FileKind::Tip,
        number: 0,
    };
    let bytes = bytes.get(..64).unwrap_or(bytes);
    let covered = bytes.get(8..).unwrap_or_default();
    let computed = seed.check(0, &[covered]);
    let mut sheet = Sheet::new(bytes, 0);
    sheet.magic(b"TIP1");
    sheet.check("check", FlawKind::HeaderCheck, computed, (8, covered.len()));
    sheet.hash("boot id", 16);
    sheet.hash("store uuid", 16);
    if uuid.is_some_and(|uuid| uuid != own) {
        sheet.flaw(FlawKind::Foreign, "of another store");
    }
    sheet.u64("height");
    sheet.u64("batch number");
    position(&mut sheet, "position of the end of that batch");
    sheet.into_fields()
}

/// A position in the log.
pub(super) fn position(sheet: &mut Sheet<'_>, name: &str) {
    let bits = sheet.u64(name);
    match bits {
        0 => sheet.means("none"),
        bits => sheet.means(Position::from_bits(bits).to_string()),
    }
}

fn small(number: u64) -> usize {
    usize::try_from(number.min(SUPERBLOCK_LEN_MAX as u64)).unwrap_or(0)
}
