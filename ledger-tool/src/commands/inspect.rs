//! `inspect`: bytes on the disk decoded as far as they can be, whatever else is damaged.

use std::fmt::Write;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hash_store::inspect::{self, BatchPart, Field};
use hash_store::{
    Access, BatchKind, FRAME_HEADER_LEN, FileKind, FrameKind, HEADER_LEN, Position, Seed,
    SlotIndex, Storage, Superblock, Superblocks, segment_name,
};
use ledger::TreeType;
use ledger::inspect::StateLog;
use merkle_log::tiles::{TileIdentity, inspect_block};
use patricia_state::{Location, inspect_node};
use serde::Serialize;

use crate::cli::{
    InspectFrameArgs, InspectSegmentArgs, InspectSuperblockArgs, InspectTileArgs,
    InspectTrieNodeArgs,
};
use crate::failure::{Exit, Failure};
use crate::fields::{Part, PartDoc, marked};
use crate::human;
use crate::session::{BAD, GOOD, Session};

/// No segment is longer: one batch of 256 MiB, header and footer.
const SEGMENT_MAX: u64 = (256 << 20) + 2 * HEADER_LEN;
/// No superblock is longer.
const SUPERBLOCK_MAX: u64 = 1 << 16;
const BLOCK_LEN: u64 = 16_384;
/// No record of a node is longer: a value of 16 MiB and what is around it.
const NODE_MAX: u64 = (16 << 20) + 4096;
const AUDIT: u32 = u32::MAX;

#[derive(Serialize)]
pub(super) struct InspectDoc {
    schema: &'static str,
    what: &'static str,
    path: String,
    sound: bool,
    parts: Vec<PartDoc>,
    /// Of a segment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    batches: Vec<BatchDoc>,
    /// Of a node of a state.
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<NodeDoc>,
}

#[derive(Serialize)]
struct BatchDoc {
    offset: u64,
    length: u64,
    kind: Option<&'static str>,
    number: Option<u64>,
    height: Option<u64>,
    frames: Vec<FrameDoc>,
    code: Option<&'static str>,
    message: Option<String>,
}

#[derive(Serialize)]
struct FrameDoc {
    kind: &'static str,
    offset: u64,
}

#[derive(Serialize)]
struct NodeDoc {
    location: u64,
    hash: Option<String>,
    children: Vec<ChildDoc>,
}

#[derive(Serialize)]
struct ChildDoc {
    /// Null of an extension's only child.
    nibble: Option<u8>,
    hash: String,
    location: u64,
}

/// A store as far as it can be known.
struct Place<'a> {
    session: &'a Session,
    dir: PathBuf,
    storage: Arc<dyn Storage>,
    /// What the superblocks say, if one of them verifies.
    known: Result<Superblock, hash_store::Error>,
}

impl<'a> Place<'a> {
    fn new(session: &'a Session, dir: Option<PathBuf>) -> Result<Self, Failure> {
        let dir = session.directory(dir)?;
        let storage = session.storage(&dir);
        let known = Superblocks::read(&*storage).map(|state| state.current);
        Ok(Self {
            session,
            dir,
            storage,
            known,
        })
    }

    fn uuid(&self) -> Option<[u8; 16]> {
        self.known.as_ref().ok().map(|superblock| superblock.uuid)
    }

    /// The superblock where a command cannot do without.
    fn superblock(self) -> Result<(Superblock, Arc<dyn Storage>, PathBuf), Failure> {
        let superblock = self.known.map_err(ledger::Error::from)?;
        Ok((superblock, self.storage, self.dir))
    }

    /// Bytes of a file, at most `len` from `offset` on.
    fn read(&self, name: &str, offset: u64, len: u64) -> Result<Vec<u8>, Failure> {
        match read(&*self.storage, name, offset, len) {
            // Nothing here looks like a store.
            Err(Failure::Io { source, .. })
                if source.kind() == ErrorKind::NotFound
                    && matches!(self.known, Err(hash_store::Error::NotAStore { .. })) =>
            {
                let location = self.storage.location();
                Err(ledger::Error::from(hash_store::Error::NotAStore { location }).into())
            }
            answer => answer,
        }
    }

    /// Warns where the superblocks do not say whose files these are.
    fn warn(&self) {
        if let Err(error) = &self.known {
            self.session.warn(&format!("{} {error}", error.code()));
            self.session
                .warn("each file is held against what it says of itself");
        }
    }
}

fn read(storage: &dyn Storage, name: &str, offset: u64, len: u64) -> Result<Vec<u8>, Failure> {
    let file = storage
        .open(name, Access::Read)
        .map_err(Failure::io("open", name))?;
    let whole = file.len().map_err(Failure::io("measure", name))?;
    let len = whole.saturating_sub(offset).min(len);
    let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
    let read = file
        .read_at(&mut bytes, offset)
        .map_err(Failure::io("read", name))?;
    bytes.truncate(read);
    Ok(bytes)
}

/// What is shown of one thing.
struct Shown<'a> {
    what: &'static str,
    dir: &'a Path,
    parts: Vec<Part>,
    /// The bytes that the flaws of the parts lie in, and where they stand.
    bytes: Vec<(&'a [u8], u64)>,
    batches: Vec<BatchDoc>,
    node: Option<NodeDoc>,
    /// Only what is wrong is listed, unless all is asked for.
    brief: bool,
}

impl Shown<'_> {
    fn finish(self, session: &Session) -> Result<Exit, Failure> {
        let sound = self.parts.iter().all(Part::is_sound)
            && self.batches.iter().all(|batch| batch.code.is_none());
        if session.json {
            session.document(&InspectDoc {
                schema: "ledger-tool.inspect/1",
                what: self.what,
                path: self.dir.display().to_string(),
                sound,
                parts: self.parts.iter().map(Part::document).collect(),
                batches: self.batches,
                node: self.node,
            })?;
        } else {
            let mut text = String::new();
            let all = session.verbose;
            for (i, part) in self.parts.iter().enumerate() {
                text += &part.text(all, self.brief && !all);
                if let Some((bytes, base)) = self.bytes.get(i) {
                    text += &marked(std::slice::from_ref(part), bytes, *base);
                }
                text.push('\n');
            }
            for batch in &self.batches {
                put_batch(&mut text, batch, all);
            }
            if let Some(hash) = self.node.as_ref().and_then(|node| node.hash.as_ref()) {
                text += &format!("hash        {hash}\n");
            }
            text += &if sound {
                format!("{GOOD}SOUND{GOOD:#}: every field is what it should be\n")
            } else {
                format!("{BAD}DAMAGED{BAD:#}\n")
            };
            session.answer(&text)?;
        }
        Ok(if sound { Exit::Ok } else { Exit::No })
    }
}

fn put_batch(text: &mut String, batch: &BatchDoc, all: bool) {
    // Writing to a string does not fail.
    let number = batch
        .number
        .map_or_else(|| "?".to_owned(), |n| n.to_string());
    let kind = batch.kind.unwrap_or("no batch");
    let height = batch.height.map(|height| format!("  height {height}"));
    let frames = match batch.frames.len() {
        0 => String::new(),
        n => format!("  {}", human::counted(n as u64, "frame", "frames")),
    };
    let _ = writeln!(
        text,
        "{:08x}  batch {number}  {kind}{}{frames}  {}",
        batch.offset,
        height.unwrap_or_default(),
        human::bytes(batch.length)
    );
    if all {
        for frame in &batch.frames {
            let _ = writeln!(
                text,
                "{:08x}    {} at {}",
                frame.offset, frame.kind, frame.offset
            );
        }
    }
    if let (Some(code), Some(message)) = (batch.code, &batch.message) {
        let _ = writeln!(text, "{BAD}{code}{BAD:#}  {message}");
    }
}

pub(crate) fn superblock(session: &Session, args: InspectSuperblockArgs) -> Result<Exit, Failure> {
    let place = Place::new(session, args.dir)?;
    place.warn();
    let uuid = place.uuid();
    let newest = place.known.as_ref().map(|known| known.generation);
    let mut found: Vec<(Part, Vec<u8>)> = Vec::new();
    for slot in (0..2).filter(|slot| args.slot.is_none_or(|wanted| wanted == *slot)) {
        let name = format!("SUPER.{slot}");
        let bytes = place.read(&name, 0, SUPERBLOCK_MAX)?;
        let fields = inspect::superblock(&bytes, slot, uuid);
        let generation = bytes.get(64..72).and_then(|bytes| bytes.first_chunk());
        let generation = generation.map(|bytes| u64::from_le_bytes(*bytes));
        let counts = newest
            .as_ref()
            .is_ok_and(|newest| generation == Some(*newest));
        let title = if counts {
            "superblock, the one that counts"
        } else {
            "superblock"
        };
        found.push((part(title, &name, fields), bytes));
    }
    if args.slot.is_none() {
        match place.read("tip", 0, 64) {
            Ok(bytes) => found.push((part("tip", "tip", inspect::tip(&bytes, uuid)), bytes)),
            // There is none before the first commit.
            Err(Failure::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {}
            Err(failure) => return Err(failure),
        }
    }
    let (parts, bytes): (Vec<Part>, Vec<Vec<u8>>) = found.into_iter().unzip();
    Shown {
        what: "superblock",
        dir: &place.dir,
        parts,
        bytes: bytes.iter().map(|bytes| (&**bytes, 0)).collect(),
        batches: Vec::new(),
        node: None,
        brief: false,
    }
    .finish(session)
}

fn part(title: &str, file: &str, fields: Vec<Field>) -> Part {
    Part {
        title: title.to_owned(),
        file: file.to_owned(),
        fields,
    }
}

/// The checks of a segment: of the store's uuid, or where that is not known its own.
fn segment_seed(uuid: Option<[u8; 16]>, bytes: &[u8], number: u64) -> Seed {
    let own = bytes.get(40..56).and_then(|uuid| uuid.first_chunk());
    Seed {
        uuid: uuid.or(own.copied()).unwrap_or_default(),
        kind: FileKind::Segment,
        number,
    }
}

pub(crate) fn segment(session: &Session, args: InspectSegmentArgs) -> Result<Exit, Failure> {
    let place = Place::new(session, args.dir)?;
    place.warn();
    let name = segment_name(args.number);
    let bytes = place.read(&name, 0, SEGMENT_MAX)?;
    let seed = segment_seed(place.uuid(), &bytes, args.number);
    let found = inspect::segment(&bytes, &seed);
    let mut parts = vec![part("header", &name, found.header)];
    if !found.footer.is_empty() {
        parts.push(part("footer", &name, found.footer));
    }
    let marks = parts.iter().map(|_| (&*bytes, 0)).collect();
    Shown {
        what: "segment",
        dir: &place.dir,
        parts,
        bytes: marks,
        batches: found.batches.iter().map(batch).collect(),
        node: None,
        brief: false,
    }
    .finish(session)
}

fn batch(batch: &BatchPart) -> BatchDoc {
    let header = batch.header.as_ref();
    let frames = batch.frames.iter().map(|(kind, offset)| FrameDoc {
        kind: frame_name(*kind),
        offset: *offset,
    });
    BatchDoc {
        offset: batch.offset,
        length: batch.len,
        kind: header.map(|header| match header.kind {
            BatchKind::Declaration => "declaration",
            BatchKind::Commit => "commit",
            BatchKind::Attachment => "attachment",
            BatchKind::Base => "base",
        }),
        number: header.map(|header| header.number),
        height: header
            .map(|header| header.height)
            .filter(|height| *height > 0),
        frames: frames.collect(),
        code: batch.flaw.map(|flaw| flaw.kind.code()),
        message: batch
            .flaw
            .map(|flaw| format!("at {}: {flaw}", batch.offset + flaw.at)),
    }
}

const fn frame_name(kind: FrameKind) -> &'static str {
    match kind {
        FrameKind::Declaration => "declaration",
        FrameKind::Entries => "entries",
        FrameKind::Delta => "delta",
        FrameKind::Body => "body",
        FrameKind::Ranges => "ranges",
        FrameKind::Attachment => "attachment",
        FrameKind::Padding => "padding",
        FrameKind::Ids => "ids",
        FrameKind::Leaves => "leaves",
    }
}

pub(crate) fn frame(session: &Session, args: InspectFrameArgs) -> Result<Exit, Failure> {
    let place = Place::new(session, args.dir)?;
    place.warn();
    let (number, offset) = match (args.ledger, args.leaf) {
        (Some(ledger), Some(leaf)) => frame_of(&place, &ledger, leaf)?,
        _ => (args.segment.unwrap_or(0), args.offset.unwrap_or(0)),
    };
    let name = segment_name(number);
    let page = place.read(&name, 0, HEADER_LEN)?;
    let seed = inspect::segment(&page, &segment_seed(place.uuid(), &page, number)).seed;
    let bytes = place.read(&name, offset, SEGMENT_MAX)?;
    if bytes.is_empty() {
        return Err(Failure::Usage(format!("{name} has no byte at {offset}")));
    }
    let (header, payload) = inspect::frame(&bytes, &seed, offset);
    let mut parts = vec![part("header of a frame", &name, header)];
    let mut len = FRAME_HEADER_LEN;
    if let Some((kind, payload)) = payload {
        let start = offset + FRAME_HEADER_LEN as u64;
        let fields = ledger::inspect::payload(kind, payload, start);
        let title = format!("payload, {}", frame_name(kind));
        parts.push(part(&title, &name, fields));
        len += payload.len();
    }
    let bytes = bytes.get(..len).unwrap_or(&bytes);
    let marks = parts.iter().map(|_| (bytes, offset)).collect();
    Shown {
        what: "frame",
        dir: &place.dir,
        parts,
        bytes: marks,
        batches: Vec::new(),
        node: None,
        brief: false,
    }
    .finish(session)
}

fn ordinal_of(superblock: &Superblock, ledger: &str) -> Result<u32, Failure> {
    let mut ledgers = (0u32..).zip(&superblock.ledgers);
    let found = ledgers.find(|(_, known)| known.name == ledger);
    let name = ledger.to_owned();
    let found = found.ok_or_else(|| Failure::from(ledger::Error::NoSuchLedger { name }))?;
    Ok(found.0)
}

/// Where the entry index says that the frame of an entry is.
fn frame_of(place: &Place<'_>, ledger: &str, leaf: u64) -> Result<(u64, u64), Failure> {
    let Ok(superblock) = &place.known else {
        let needs = "without a superblock, give --segment and --offset";
        return Err(Failure::Usage(needs.to_owned()));
    };
    let seed = Seed {
        uuid: superblock.uuid,
        kind: FileKind::EntryIndex,
        number: u64::from(ordinal_of(superblock, ledger)?),
    };
    let name = format!("{ledger}/entries");
    let index = SlotIndex::open(&*place.storage, &name, &seed, Access::Read);
    let index = index.map_err(ledger::Error::from)?;
    let slot = index.and_then(|index| index.get(leaf).ok().flatten());
    let at: Position = slot.ok_or_else(|| Failure::NotFound {
        what: "index",
        text: leaf.to_string(),
        ledger: ledger.to_owned(),
    })?;
    Ok((at.segment(), at.offset()))
}

pub(crate) fn tile(session: &Session, args: InspectTileArgs) -> Result<Exit, Failure> {
    let place = Place::new(session, args.dir)?;
    let (superblock, storage, dir) = place.superblock()?;
    let (folder, ordinal, tree) = match &args.ledger {
        None => ("audit", AUDIT, TreeType::Sha256),
        Some(name) => {
            let ordinal = ordinal_of(&superblock, name)?;
            let ledger = superblock.ledgers.get(ordinal as usize);
            let tree = ledger.and_then(|ledger| TreeType::from_code(ledger.tree));
            (name.as_str(), ordinal, tree.unwrap_or(TreeType::Sha256))
        }
    };
    let identity = TileIdentity {
        store_uuid: superblock.uuid,
        ledger: ordinal,
    };
    let name = format!("{folder}/tiles.{}", args.level);
    let page = read(&*storage, &name, 0, HEADER_LEN)?;
    let seed = Seed {
        uuid: superblock.uuid,
        kind: FileKind::Tiles,
        number: u64::from(ordinal) * 256 + u64::from(args.level),
    };
    let offset = args.block.checked_mul(BLOCK_LEN);
    let offset = offset.and_then(|offset| offset.checked_add(HEADER_LEN));
    let bytes = match offset {
        Some(offset) => read(&*storage, &name, offset, BLOCK_LEN)?,
        None => Vec::new(),
    };
    if bytes.is_empty() {
        return Err(Failure::Usage(format!(
            "{name} has no block {}",
            args.block
        )));
    }
    let found = inspect_block(&bytes, &identity, tree, args.level, args.block);
    let bottom = human::counted(found.bottom, "hash", "hashes");
    let full = if found.full { "full" } else { "open" };
    let title = format!("block {}, {full}, {bottom} in its bottom row", args.block);
    let parts = vec![
        part("header", &name, inspect::file_header(&page, &seed)),
        part(&title, &name, found.fields),
    ];
    Shown {
        what: "tile",
        dir: &dir,
        parts,
        bytes: vec![(&page, 0), (&bytes, offset.unwrap_or(0))],
        batches: Vec::new(),
        node: None,
        brief: true,
    }
    .finish(session)
}

pub(crate) fn trie_node(session: &Session, args: InspectTrieNodeArgs) -> Result<Exit, Failure> {
    let place = Place::new(session, args.dir)?;
    let (superblock, storage, dir) = place.superblock()?;
    ordinal_of(&superblock, &args.ledger)?;
    let log = StateLog::of(&storage, &superblock, &args.ledger);
    let log = log.ok_or_else(|| ledger::Error::NoState {
        name: args.ledger.clone(),
    })?;
    let (location, expected) = match args.location {
        Some(location) => {
            let hash = args.hash.as_deref().map(hash).transpose()?;
            (Location(location), hash)
        }
        None => topmost(session, &dir, &log, &args.ledger, args.height)?,
    };
    let found = log.place_of(location).ok().flatten();
    let (name, offset) = found.map_or_else(|| by_name(&*storage, &args.ledger, location), Ok)?;
    let bytes = read(&*storage, &name, offset, NODE_MAX)?;
    let suite = log.scheme().suite;
    let node = inspect_node(&bytes, location, offset, suite, expected.as_ref());
    let children = node
        .children
        .iter()
        .map(|(nibble, hash, location)| ChildDoc {
            nibble: *nibble,
            hash: human::hex(hash),
            location: location.0,
        });
    let document = NodeDoc {
        location: location.0,
        hash: node.hash.map(|hash| human::hex(&hash)),
        children: children.collect(),
    };
    let title = format!("node at location {location}");
    Shown {
        what: "trie-node",
        dir: &dir,
        parts: vec![part(&title, &name, node.fields)],
        bytes: vec![(&bytes, offset)],
        batches: Vec::new(),
        node: Some(document),
        brief: false,
    }
    .finish(session)
}

fn hash(text: &str) -> Result<[u8; 32], Failure> {
    let bytes = human::unhex(text).unwrap_or_default();
    let given = human::start_of(text);
    let wrong = || Failure::Usage(format!("--hash: not 64 hex digits: {given}"));
    bytes.try_into().map_err(|_| wrong())
}

/// Where the index says that the topmost node of a height is, and the hash that its body says.
fn topmost(
    session: &Session,
    dir: &Path,
    log: &StateLog,
    ledger: &str,
    height: Option<u64>,
) -> Result<(Location, Option<[u8; 32]>), Failure> {
    let reader = session.reader(dir)?;
    let snapshot = reader.snapshot();
    let height = height.unwrap_or_else(|| snapshot.height());
    let snapshot = snapshot.at_height(height)?;
    let mut roots = snapshot.ledgers().iter();
    let root = roots.find(|roots| roots.name.as_str() == ledger);
    let root = root.map(|roots| *roots.state_root.as_bytes());
    let empty = log.scheme().suite.empty_root();
    match log.root_location(height) {
        Some(location) => Ok((location, root)),
        None if root == Some(empty) => Err(Failure::Usage(format!(
            "the state of {ledger} has no keys at height {height}, so no node"
        ))),
        None => Err(Failure::NotFound {
            what: "state index at height",
            text: height.to_string(),
            ledger: ledger.to_owned(),
        }),
    }
}

/// Where a location lies by the names of the files alone, for logs that do not open.
fn by_name(
    storage: &dyn Storage,
    ledger: &str,
    location: Location,
) -> Result<(String, u64), Failure> {
    let folder = format!("{ledger}/trie");
    let listed = storage
        .list(&folder)
        .map_err(Failure::io("list", &*folder))?;
    let starts = listed.iter().filter_map(|entry| {
        let start = entry.name.strip_suffix(".nodes")?;
        u64::from_str_radix(start, 16).ok()
    });
    let start = starts.filter(|start| *start <= location.0).max();
    let start = start.ok_or_else(|| Failure::NotFound {
        what: "node at location",
        text: location.to_string(),
        ledger: ledger.to_owned(),
    })?;
    let offset = HEADER_LEN + (location.0 - start);
    Ok((format!("{folder}/{start:016x}.nodes"), offset))
}
