//! Payloads of frames taken apart field by field, and where the nodes of a state stand: for people
//! who look at damage. See [`hash_store::inspect`].

use std::sync::Arc;

use hash_store::inspect::{Field, Sheet};
use hash_store::{FlawKind, FrameKind, Position, Storage, Superblock};
use patricia_state::{Location, NodeLog, StateScheme};

use crate::head::LedgerSpec;
use crate::store::StateFolder;

/// Codes as in FORMAT.md section 5.
const TREES: &[(u64, &str)] = &[(1, "sha256"), (2, "blake3")];
const SUITES: &[(u64, &str)] = &[
    (0, "none"),
    (1, "blake3"),
    (2, "keccak256"),
    (3, "sha3-256"),
    (4, "sha256"),
];
const KEY_MODES: &[(u64, &str)] = &[(0, "as given"), (1, "hashed")];

/// The fields of a frame's payload, which stands at `offset` of its segment; whether or not its
/// check verifies.
#[must_use]
pub fn payload(kind: FrameKind, payload: &[u8], offset: u64) -> Vec<Field> {
    let mut sheet = Sheet::new(payload, offset);
    match kind {
        FrameKind::Declaration => declaration(&mut sheet),
        FrameKind::Entries => entries(&mut sheet, "entry"),
        FrameKind::Ids => entries(&mut sheet, "id of entry"),
        FrameKind::Delta => delta(&mut sheet),
        FrameKind::Body => body(&mut sheet),
        FrameKind::Ranges => hashes(&mut sheet, "tree size", "root of a perfect subtree"),
        FrameKind::Leaves => hashes(&mut sheet, "leaf index of the first", "leaf hash"),
        FrameKind::Attachment => attachment(&mut sheet, "attachment"),
        FrameKind::Padding => attachment(&mut sheet, "in the place of one"),
    }
    let left = sheet.left();
    if left > 0 {
        sheet.bytes("trailing bytes", left);
        sheet.flaw(FlawKind::Payload, "more bytes than the payload says");
    }
    sheet.into_fields()
}

fn ordinal(sheet: &mut Sheet<'_>) {
    if sheet.u32("ledger ordinal") == u64::from(u32::MAX) {
        sheet.means("audit");
    }
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn declaration(sheet: &mut Sheet<'_>) {
    ordinal(sheet);
    sheet.named("tree type", 1, TREES);
    sheet.named("state suite", 1, SUITES);
    sheet.named("key mode", 1, KEY_MODES);
    let lookups = sheet.u8("look-ups");
    let len = size(sheet.u32("name length"));
    sheet.text("name", len);
    if lookups & 2 != 0 {
        let len = size(sheet.u32("id space length"));
        sheet.text("id space", len);
    }
}

fn entries(sheet: &mut Sheet<'_>, what: &str) {
    ordinal(sheet);
    let count = sheet.u32("number of entries");
    let first = sheet.u64("leaf index of the first");
    let mut ends = Vec::new();
    for i in 0..count {
        if sheet.left() < 4 {
            sheet.flaw(FlawKind::Count, "more entries than there are bytes for");
            return;
        }
        let end = sheet.u32("end of an entry");
        if ends.last().is_some_and(|before| end < *before) {
            sheet.flaw(FlawKind::Payload, "before the end of the one before");
        }
        let index = first.saturating_add(i);
        sheet.means(format!("{end}, {what} {index}"));
        ends.push(end);
    }
    let mut start = 0;
    for (i, end) in (0u64..).zip(ends) {
        let len = size(end.saturating_sub(start));
        let name = format!("{what} {}", first.saturating_add(i));
        let bytes = sheet.bytes(&name, len.min(sheet.left()));
        sheet.means(format!("{} bytes", bytes.len()));
        if bytes.len() < len {
            sheet.flaw(FlawKind::Short, format!("{len} bytes expected"));
        }
        start = end;
    }
}

fn delta(sheet: &mut Sheet<'_>) {
    ordinal(sheet);
    sheet.zero(4);
    let count = sheet.u64("number of writes");
    for _ in 0..count {
        if sheet.left() < 9 {
            sheet.flaw(FlawKind::Count, "more writes than there are bytes for");
            return;
        }
        let len = size(sheet.u64("length of a key"));
        sheet.bytes("key", len);
        let is_set = sheet.named("what is done", 1, &[(0, "delete"), (1, "set")]) == 1;
        if is_set {
            let len = size(sheet.u64("length of its value"));
            sheet.bytes("value", len);
        }
    }
}

fn body(sheet: &mut Sheet<'_>) {
    let body_len = size(sheet.u32("length of the commit body"));
    let metadata_len = size(sheet.u32("length of the metadata"));
    let start = sheet.at();
    sheet.magic(b"LCB1");
    let len = size(sheet.u8("length of the network id"));
    sheet.text("network id", len);
    sheet.u64("height");
    sheet.u64("time, ms");
    sheet.u64("size of the audit tree before");
    sheet.hash("root of the audit tree before", 32);
    sheet.hash("hash of the metadata", 32);
    let count = sheet.u32("number of ledgers");
    for _ in 0..count {
        if sheet.left() == 0 {
            break;
        }
        let len = size(sheet.u8("name length"));
        sheet.text("name", len);
        sheet.named("tree type", 1, TREES);
        sheet.named("state suite", 1, SUITES);
        sheet.named("key mode", 1, KEY_MODES);
        sheet.u64("tree size");
        sheet.hash("root", 32);
        sheet.hash("state root", 32);
    }
    if sheet.at() - start != body_len {
        let found = sheet.at() - start;
        let message = format!("the body has {found} bytes and should have {body_len}");
        sheet.flaw(FlawKind::Payload, message);
    }
    sheet.bytes("metadata", metadata_len);
    sheet.hash("audit root after this commit", 32);
}

fn hashes(sheet: &mut Sheet<'_>, place: &'static str, hash: &'static str) {
    ordinal(sheet);
    let count = sheet.u32("number of hashes");
    sheet.u64(place);
    for _ in 0..count {
        if sheet.left() == 0 {
            break;
        }
        sheet.hash(hash, 32);
    }
}

fn attachment(sheet: &mut Sheet<'_>, rest: &str) {
    sheet.u64("height");
    sheet.u32("kind");
    sheet.zero(4);
    let bits = sheet.u64("position of the attachments before");
    if bits != 0 {
        sheet.means(Position::from_bits(bits).to_string());
    }
    let left = sheet.left();
    sheet.bytes(rest, left);
}

/// The node log of a ledger's state, to look at single nodes of.
#[derive(Debug)]
pub struct StateLog {
    folder: StateFolder,
}

impl StateLog {
    /// The node log of the ledger with this name, if the superblock has one with a state.
    #[must_use]
    pub fn of(storage: &Arc<dyn Storage>, superblock: &Superblock, name: &str) -> Option<Self> {
        let mut ledgers = (0u32..).zip(&superblock.ledgers);
        let (ordinal, ledger) = ledgers.find(|(_, ledger)| ledger.name == name)?;
        let scheme = LedgerSpec::from_declaration(ledger, superblock.batch)
            .ok()?
            .state;
        let (uuid, dir) = (superblock.uuid, name.to_owned());
        let folder = StateFolder::of(storage, uuid, ordinal, dir, scheme)?;
        Some(Self { folder })
    }

    /// What the state is computed with.
    #[must_use]
    pub const fn scheme(&self) -> StateScheme {
        self.folder.scheme
    }

    /// Where the state index says that the topmost node of a height stands; `None` where it says
    /// nothing, or that there are no keys.
    #[must_use]
    pub fn root_location(&self, height: u64) -> Option<Location> {
        self.folder.for_reading().place(height)?.root
    }

    /// The file in which a location lies, and the offset there.
    ///
    /// # Errors
    /// `Io` and the like of [`hash_store::Error`] where the log's files cannot be opened.
    pub fn place_of(&self, location: Location) -> hash_store::Result<Option<(String, u64)>> {
        let log = NodeLog::for_reading(self.folder.scheme.suite, self.folder.log());
        log.reach(Location(location.0.saturating_add(1)))?;
        let view = log.view();
        let place = view.place_of(location);
        Ok(place.map(|(file, offset)| (file.to_owned(), offset)))
    }
}
