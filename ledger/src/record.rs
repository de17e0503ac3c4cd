//! Payloads of the frames in a batch (FORMAT.md section 5).
//!
//! Decoders borrow from the verified frame and check every count and offset; a payload that does
//! not decode although its check verifies is damage of the same kind as a failed check.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use hash_store::{Declaration, Frame, FrameKind, Position};
use merkle_log::{CompactRange, Hash};

use crate::error::{Error, Result};

/// Ordinal that stands for the audit tree.
pub(crate) const AUDIT: u32 = u32::MAX;

/// Entries frames take entries up to this payload, and always one.
pub(crate) const ENTRIES_PAYLOAD: usize = 4096;

const ENTRIES_HEAD: usize = 16;

/// Reads fields of a payload, naming batch, kind and place where it ends too early.
struct Payload<'a> {
    bytes: &'a [u8],
    at: usize,
    batch: u64,
    what: &'static str,
}

impl<'a> Payload<'a> {
    const fn new(bytes: &'a [u8], batch: u64, what: &'static str) -> Self {
        Self {
            bytes,
            at: 0,
            batch,
            what,
        }
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let end = self.at.checked_add(len);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or_else(|| self.error())?;
        self.at += len;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn size32(&mut self) -> Result<usize> {
        let value = self.u32()?;
        usize::try_from(value).map_err(|_| self.error())
    }

    /// A text behind its length.
    fn text(&mut self) -> Result<String> {
        let len = self.size32()?;
        let text = core::str::from_utf8(self.take(len)?).map(str::to_owned);
        text.map_err(|_| self.error())
    }

    fn rest(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at = self.bytes.len();
        rest
    }

    const fn end(&self) -> Result<()> {
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            Err(self.error())
        }
    }

    const fn error(&self) -> Error {
        Error::Payload {
            batch: self.batch,
            what: self.what,
            at: self.at,
        }
    }
}

/// Entries of one ledger, in one frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entries<'a> {
    pub(crate) ledger: u32,
    pub(crate) first: u64,
    pub(crate) count: u32,
    ends: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Entries<'a> {
    pub(crate) fn decode(payload: &'a [u8], batch: u64) -> Result<Self> {
        Self::decode_as("entries frame", payload, batch)
    }

    /// The ids of entries, laid out as the entries are.
    pub(crate) fn decode_ids(payload: &'a [u8], batch: u64) -> Result<Self> {
        Self::decode_as("ids frame", payload, batch)
    }

    fn decode_as(what: &'static str, payload: &'a [u8], batch: u64) -> Result<Self> {
        let mut input = Payload::new(payload, batch, what);
        let (ledger, count, first) = (input.u32()?, input.u32()?, input.u64()?);
        let ends_len = input.bytes.len().min(
            usize::try_from(count)
                .unwrap_or(usize::MAX)
                .saturating_mul(4),
        );
        if count == 0 || first.checked_add(u64::from(count)).is_none() {
            return Err(input.error());
        }
        let ends = input.take(ends_len)?;
        let entries = Self {
            ledger,
            first,
            count,
            ends,
            bytes: input.rest(),
        };
        let (ends, cut) = ends.as_chunks();
        let mut before = 0;
        for end in ends.iter().map(|end| u32::from_le_bytes(*end)) {
            if end < before {
                return Err(input.error());
            }
            before = end;
        }
        let is_whole = cut.is_empty() && u32::try_from(ends.len()) == Ok(count);
        if is_whole && usize::try_from(before) == Ok(entries.bytes.len()) {
            Ok(entries)
        } else {
            Err(input.error())
        }
    }

    fn end(&self, i: u32) -> Option<usize> {
        let at = usize::try_from(i).ok()?.checked_mul(4)?;
        let mut end = [0; 4];
        end.copy_from_slice(self.ends.get(at..at + 4)?);
        usize::try_from(u32::from_le_bytes(end)).ok()
    }

    /// The entry with this leaf index, if the frame holds it.
    pub(crate) fn get(&self, index: u64) -> Option<&'a [u8]> {
        let i = u32::try_from(index.checked_sub(self.first)?).ok()?;
        if i >= self.count {
            return None;
        }
        let start = i
            .checked_sub(1)
            .map_or(Some(0), |before| self.end(before))?;
        self.bytes.get(start..self.end(i)?)
    }

    /// Whether these are the ids of those entries.
    pub(crate) const fn are_of(&self, entries: &Entries<'_>) -> bool {
        self.ledger == entries.ledger && self.first == entries.first && self.count == entries.count
    }

    /// All entries with their leaf indices.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &'a [u8])> + use<'a> {
        let (ends, _) = self.ends.as_chunks();
        let (bytes, mut start) = (self.bytes, 0);
        (self.first..).zip(ends).filter_map(move |(index, end)| {
            let end = usize::try_from(u32::from_le_bytes(*end)).ok()?;
            let entry = bytes.get(start..end)?;
            start = end;
            Some((index, entry))
        })
    }
}

/// Where an entry lies in the payload of the entries frame that should hold it, as the payload's
/// words of 4 bytes say, which need not be verified.
pub(crate) fn place_in_frame(
    index: u64,
    word: impl Fn(usize) -> Option<u32>,
) -> Option<Range<usize>> {
    const HEAD_WORDS: usize = ENTRIES_HEAD / 4;
    let count = usize::try_from(word(1)?).ok()?;
    let first = u64::from(word(3)?) << 32 | u64::from(word(2)?);
    let i = usize::try_from(index.checked_sub(first)?).ok()?;
    if i >= count {
        return None;
    }
    let end = |i: usize| usize::try_from(word(HEAD_WORDS.checked_add(i)?)?).ok();
    let bytes = ENTRIES_HEAD.checked_add(count.checked_mul(4)?)?;
    let start = i.checked_sub(1).map_or(Some(0), end)?;
    Some(bytes.checked_add(start)?..bytes.checked_add(end(i)?)?)
}

/// How many of the entries from `ends[from]` on go into one frame; at least one.
pub(crate) fn entries_in_frame(ends: &[usize], from: usize) -> usize {
    let start = from.checked_sub(1).and_then(|i| ends.get(i)).copied();
    let start = start.unwrap_or(0);
    let fitting = ends
        .iter()
        .skip(from)
        .zip(1usize..)
        .take_while(|(end, n)| ENTRIES_HEAD + 4 * n + (*end - start) <= ENTRIES_PAYLOAD);
    fitting.count().max(1)
}

/// Appends the payload of an entries frame: entries `from..from + count` of those in `bytes`.
pub(crate) fn put_entries(
    to: &mut Vec<u8>,
    ledger: u32,
    first: u64,
    bytes: &[u8],
    ends: &[usize],
    (from, count): (usize, usize),
) {
    let start = from.checked_sub(1).and_then(|i| ends.get(i)).copied();
    let start = start.unwrap_or(0);
    let ends = ends.get(from..from + count).unwrap_or_default();
    to.extend_from_slice(&ledger.to_le_bytes());
    let written = u32::try_from(count).unwrap_or(u32::MAX);
    to.extend_from_slice(&written.to_le_bytes());
    to.extend_from_slice(&first.to_le_bytes());
    for end in ends {
        // Batches are below 4 GiB.
        let end = u32::try_from(end - start).unwrap_or(u32::MAX);
        to.extend_from_slice(&end.to_le_bytes());
    }
    let end = ends.last().copied().unwrap_or(start);
    to.extend_from_slice(bytes.get(start..end).unwrap_or_default());
}

/// The payload of a body frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyRecord<'a> {
    pub(crate) body: &'a [u8],
    pub(crate) metadata: &'a [u8],
    pub(crate) audit_root_after: Hash,
}

impl<'a> BodyRecord<'a> {
    pub(crate) fn decode(payload: &'a [u8], batch: u64) -> Result<Self> {
        let mut input = Payload::new(payload, batch, "body frame");
        let (body_len, metadata_len) = (input.size32()?, input.size32()?);
        let record = Self {
            body: input.take(body_len)?,
            metadata: input.take(metadata_len)?,
            audit_root_after: Hash::new(input.array()?),
        };
        input.end()?;
        Ok(record)
    }

    pub(crate) fn put(&self, to: &mut Vec<u8>) {
        let len = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes();
        to.extend_from_slice(&len(self.body));
        to.extend_from_slice(&len(self.metadata));
        to.extend_from_slice(self.body);
        to.extend_from_slice(self.metadata);
        to.extend_from_slice(self.audit_root_after.as_bytes());
    }
}

/// The payload of a ranges frame: a tree as it stood before the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ranges {
    pub(crate) ledger: u32,
    pub(crate) range: CompactRange,
}

impl Ranges {
    pub(crate) fn decode(payload: &[u8], batch: u64) -> Result<Self> {
        let mut input = Payload::new(payload, batch, "ranges frame");
        let (ledger, count, size) = (input.u32()?, input.u32()?, input.u64()?);
        if count > 64 {
            return Err(input.error());
        }
        let hashes: Result<Vec<Hash>> = (0..count).map(|_| Ok(Hash::new(input.array()?))).collect();
        let range = CompactRange::from_hashes(0, size, hashes?).map_err(|_| input.error())?;
        input.end()?;
        Ok(Self { ledger, range })
    }

    pub(crate) fn put(to: &mut Vec<u8>, ledger: u32, range: &CompactRange) {
        let count = u32::try_from(range.hashes().len()).unwrap_or(u32::MAX);
        to.extend_from_slice(&ledger.to_le_bytes());
        to.extend_from_slice(&count.to_le_bytes());
        to.extend_from_slice(&range.end().to_le_bytes());
        for hash in range.hashes() {
            to.extend_from_slice(hash.as_bytes());
        }
    }
}

/// Leaf hashes of one tree, in one frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaves<'a> {
    /// Ordinal of the ledger, or [`AUDIT`].
    pub(crate) ledger: u32,
    pub(crate) first: u64,
    hashes: &'a [[u8; 32]],
}

impl<'a> Leaves<'a> {
    /// Leaf hashes in a full frame.
    pub(crate) const FRAME: usize = (ENTRIES_PAYLOAD - 16) / 32;

    pub(crate) fn decode(payload: &'a [u8], batch: u64) -> Result<Self> {
        let mut input = Payload::new(payload, batch, "leaves frame");
        let (ledger, count, first) = (input.u32()?, input.u32()?, input.u64()?);
        let (hashes, cut) = input.rest().as_chunks();
        let is_whole = cut.is_empty() && u32::try_from(hashes.len()) == Ok(count);
        if !is_whole || hashes.is_empty() || hashes.len() > Self::FRAME {
            return Err(input.error());
        }
        Ok(Self {
            ledger,
            first,
            hashes,
        })
    }

    pub(crate) fn put(to: &mut Vec<u8>, ledger: u32, first: u64, hashes: &[Hash]) {
        let count = u32::try_from(hashes.len()).unwrap_or(u32::MAX);
        to.extend_from_slice(&ledger.to_le_bytes());
        to.extend_from_slice(&count.to_le_bytes());
        to.extend_from_slice(&first.to_le_bytes());
        for hash in hashes {
            to.extend_from_slice(hash.as_bytes());
        }
    }

    pub(crate) fn hashes(&self) -> impl ExactSizeIterator<Item = Hash> + use<'a> {
        self.hashes.iter().copied().map(Hash::new)
    }
}

/// Something kept beside a height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// What it is, as the caller numbers it.
    pub kind: u32,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The payload of an attachment frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttachmentRecord<'a> {
    pub(crate) height: u64,
    pub(crate) kind: u32,
    pub(crate) previous: Option<Position>,
    pub(crate) bytes: &'a [u8],
}

impl<'a> AttachmentRecord<'a> {
    pub(crate) fn decode(payload: &'a [u8], batch: u64) -> Result<Self> {
        let mut input = Payload::new(payload, batch, "attachment frame");
        let (height, kind, zero, previous) =
            (input.u64()?, input.u32()?, input.u32()?, input.u64()?);
        if zero != 0 || height == 0 {
            return Err(input.error());
        }
        Ok(Self {
            height,
            kind,
            previous: (previous != 0).then(|| Position::from_bits(previous)),
            bytes: input.rest(),
        })
    }

    /// The record in a frame; that of padding has no bytes, and none at all if it is not known to
    /// which height the attachment belonged.
    pub(crate) fn of_frame(frame: &Frame<'a>) -> Result<Option<Self>> {
        match frame.kind {
            FrameKind::Attachment => Self::decode(frame.payload, frame.batch).map(Some),
            FrameKind::Padding => {
                let padding = Padding::decode(frame.payload, frame.batch)?;
                Ok(padding.height.map(|height| Self {
                    height,
                    kind: 0,
                    previous: padding.previous,
                    bytes: &[],
                }))
            }
            _ => Ok(None),
        }
    }

    pub(crate) fn put(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.height.to_le_bytes());
        to.extend_from_slice(&self.kind.to_le_bytes());
        to.extend_from_slice(&[0; 4]);
        let previous = self.previous.map_or(0, Position::to_bits);
        to.extend_from_slice(&previous.to_le_bytes());
        to.extend_from_slice(self.bytes);
    }
}

/// The payload of a frame in place of an attachment that was damaged: laid out as that was, so
/// that what leads to it leads on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Padding {
    /// The height it was attached to, if a later attachment says so.
    pub(crate) height: Option<u64>,
    pub(crate) previous: Option<Position>,
    /// The height that the damaged bytes named, for what it is worth.
    pub(crate) named: Option<u64>,
    pub(crate) len: usize,
}

impl Padding {
    /// The shortest payload.
    pub(crate) const LEN_MIN: usize = 24;

    pub(crate) fn decode(payload: &[u8], batch: u64) -> Result<Self> {
        let mut input = Payload::new(payload, batch, "padding");
        let (height, zero, previous) = (input.u64()?, input.u64()?, input.u64()?);
        if zero != 0 {
            return Err(input.error());
        }
        let named = match payload.len() {
            0..32 => 0,
            _ => input.u64()?,
        };
        if input.rest().iter().any(|byte| *byte != 0xff) {
            return Err(input.error());
        }
        let some = |value: u64| (value != 0).then_some(value);
        Ok(Self {
            height: some(height),
            previous: some(previous).map(Position::from_bits),
            named: some(named),
            len: payload.len(),
        })
    }

    pub(crate) fn payload(&self) -> Vec<u8> {
        let mut payload = Vec::with_capacity(self.len);
        let previous = self.previous.map_or(0, Position::to_bits);
        for field in [self.height.unwrap_or(0), 0, previous] {
            payload.extend_from_slice(&field.to_le_bytes());
        }
        if self.len >= 32 {
            payload.extend_from_slice(&self.named.unwrap_or(0).to_le_bytes());
        }
        payload.resize(self.len.max(Self::LEN_MIN), 0xff);
        payload
    }
}

/// Decodes the payload of a declaration frame: the ledger's ordinal and what it is.
pub(crate) fn decode_declaration(payload: &[u8], batch: u64) -> Result<(u32, Declaration)> {
    let mut input = Payload::new(payload, batch, "declaration frame");
    let ordinal = input.u32()?;
    let [tree, suite, key_mode, lookups] = input.array()?;
    let name = input.text()?;
    let id_space = match lookups & 2 {
        0 => String::new(),
        _ => input.text()?,
    };
    input.end()?;
    let declaration = Declaration {
        tree,
        suite,
        key_mode,
        lookups,
        id_space,
        name,
    };
    Ok((ordinal, declaration))
}

pub(crate) fn put_declaration(to: &mut Vec<u8>, ordinal: u32, declaration: &Declaration) {
    let Declaration {
        tree,
        suite,
        key_mode,
        lookups,
        id_space,
        name,
    } = declaration;
    to.extend_from_slice(&ordinal.to_le_bytes());
    to.extend_from_slice(&[*tree, *suite, *key_mode, *lookups]);
    for text in [name, id_space].into_iter().filter(|text| !text.is_empty()) {
        let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
        to.extend_from_slice(&len.to_le_bytes());
        to.extend_from_slice(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    fn word(payload: &[u8], number: usize) -> Option<u32> {
        let bytes = payload.get(4 * number..)?.first_chunk()?;
        Some(u32::from_le_bytes(*bytes))
    }

    proptest! {
        #[test]
        fn entries_come_back(lens in prop::collection::vec(0usize..1500, 1..60)) {
            let entries: Vec<Vec<u8>> = lens
                .iter()
                .zip(0u8..)
                .map(|(len, byte)| vec![byte; *len])
                .collect();
            let bytes = entries.concat();
            let mut ends = Vec::new();
            for entry in &entries {
                ends.push(ends.last().copied().unwrap_or(0) + entry.len());
            }
            let (mut from, mut read) = (0, Vec::new());
            while from < ends.len() {
                let count = entries_in_frame(&ends, from);
                let mut payload = Vec::new();
                put_entries(&mut payload, 3, 100 + from as u64, &bytes, &ends, (from, count));
                prop_assert!(payload.len() <= ENTRIES_PAYLOAD || count == 1);
                // One more would not fit.
                let more = lens.get(from + count).map(|len| payload.len() + 4 + len);
                prop_assert!(more.is_none_or(|len| len > ENTRIES_PAYLOAD));
                let frame = Entries::decode(&payload, 1).unwrap();
                prop_assert_eq!(frame.ledger, 3);
                prop_assert_eq!(frame.get(99 + from as u64), None);
                prop_assert_eq!(frame.get((100 + from + count) as u64), None);
                for index in 98..102 + (from + count) as u64 {
                    let place = place_in_frame(index, |number| word(&payload, number));
                    let entry = place.and_then(|place| payload.get(place));
                    prop_assert_eq!(entry, frame.get(index));
                }
                read.extend(frame.iter().map(|(index, entry)| (index, entry.to_vec())));
                from += count;
            }
            let wrote: Vec<_> = (100u64..).zip(entries).collect();
            prop_assert_eq!(read, wrote);
        }

        #[test]
        fn arbitrary_payloads_never_panic(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0), Just(0xff)], 0..200),
            index: u64,
        ) {
            let _ = place_in_frame(index, |number| word(&bytes, number));
            let first = u64::from_le_bytes(bytes.get(8..16).map_or([0; 8], |first| first.try_into().unwrap()));
            let _ = place_in_frame(first.saturating_add(index % 4), |number| word(&bytes, number));
            let _ = Entries::decode(&bytes, 1).map(|e| e.iter().count());
            let _ = BodyRecord::decode(&bytes, 1);
            let _ = Ranges::decode(&bytes, 1);
            let _ = AttachmentRecord::decode(&bytes, 1);
            let _ = Padding::decode(&bytes, 1);
            let _ = Leaves::decode(&bytes, 1).map(|leaves| leaves.hashes().count());
            let _ = decode_declaration(&bytes, 1);
        }
    }

    #[test]
    fn entries_that_nobody_writes_are_refused() {
        let payload = |count: u32, ends: &[u32], bytes: &[u8]| {
            let ends: Vec<u8> = ends.iter().flat_map(|end| end.to_le_bytes()).collect();
            let head = [[1, 0, 0, 0], count.to_le_bytes()].concat();
            [&head[..], &[7; 8], &ends, bytes].concat()
        };
        assert!(Entries::decode(&payload(2, &[1, 3], b"abc"), 1).is_ok());
        for (count, ends, bytes) in [
            (0, &[][..], &b""[..]),
            (2, &[1, 3], b"ab"),
            (2, &[1, 3], b"abcd"),
            (2, &[3, 1], b"a"),
            (3, &[1, 3], b"abc"),
        ] {
            assert!(Entries::decode(&payload(count, ends, bytes), 1).is_err());
        }
    }

    #[test]
    fn bodies_and_ranges_come_back_and_nothing_may_follow() {
        let body = BodyRecord {
            body: b"body",
            metadata: b"why",
            audit_root_after: Hash::new([3; 32]),
        };
        let mut payload = Vec::new();
        body.put(&mut payload);
        let read = BodyRecord::decode(&payload, 1).unwrap();
        assert_eq!((read.body, read.metadata), (body.body, body.metadata));
        assert_eq!(read.audit_root_after, body.audit_root_after);
        payload.push(0);
        assert!(BodyRecord::decode(&payload, 1).is_err());
        // The largest tree has 64 perfect subtrees.
        for (size, count) in [(0, 0), (5, 2), (u64::MAX, 64)] {
            let range = CompactRange::from_hashes(0, size, vec![Hash::new([9; 32]); count]);
            let ranges = Ranges {
                ledger: 2,
                range: range.unwrap(),
            };
            let mut payload = Vec::new();
            Ranges::put(&mut payload, ranges.ledger, &ranges.range);
            assert_eq!(payload.len(), 16 + 32 * count);
            assert_eq!(Ranges::decode(&payload, 1).unwrap(), ranges);
            payload.push(0);
            assert!(Ranges::decode(&payload, 1).is_err());
        }
    }

    #[test]
    fn leaves_come_back_and_no_frame_has_none_or_too_many() {
        for (count, is_one) in [(0, false), (1, true), (Leaves::FRAME, true), (128, false)] {
            let hashes = vec![Hash::new([5; 32]); count];
            let mut payload = Vec::new();
            Leaves::put(&mut payload, AUDIT, 7, &hashes);
            let leaves = Leaves::decode(&payload, 1);
            assert_eq!(leaves.is_ok(), is_one, "{count}");
            if let Ok(leaves) = leaves {
                assert!(payload.len() <= ENTRIES_PAYLOAD);
                assert_eq!((leaves.ledger, leaves.first), (AUDIT, 7));
                assert!(leaves.hashes().eq(hashes));
            }
            payload.push(0);
            assert!(Leaves::decode(&payload, 1).is_err());
        }
    }

    #[test]
    fn attachments_and_padding_come_back() {
        let attachment = AttachmentRecord {
            height: 6,
            kind: 2,
            previous: Some(Position::new(1, 4096)),
            bytes: b"certificate",
        };
        let mut payload = Vec::new();
        attachment.put(&mut payload);
        let read = AttachmentRecord::decode(&payload, 1).unwrap();
        assert_eq!((read.height, read.kind), (6, 2));
        assert_eq!(
            (read.previous, read.bytes),
            (attachment.previous, attachment.bytes)
        );
        // No height, and bits that have no meaning.
        for at in [0, 12] {
            let mut changed = payload.clone();
            changed[at] ^= 6;
            assert!(AttachmentRecord::decode(&changed, 1).is_err());
        }
        for (len, named) in [(24, None), (31, None), (32, Some(8)), (50, Some(8))] {
            let padding = Padding {
                height: Some(6),
                previous: attachment.previous,
                named,
                len,
            };
            let payload = padding.payload();
            assert_eq!(payload.len(), len);
            assert_eq!(Padding::decode(&payload, 1).unwrap(), padding);
            let unknown = Padding {
                height: None,
                previous: None,
                ..padding
            };
            assert_eq!(Padding::decode(&unknown.payload(), 1).unwrap(), unknown);
            for at in [8, len - 1] {
                let mut changed = payload.clone();
                changed[at] ^= 1;
                // The last byte of two of these lengths is one of a field.
                let is_field = at > 8 && matches!(len, 24 | 32);
                assert_eq!(Padding::decode(&changed, 1).is_err(), !is_field);
            }
        }
        // What leads to padding leads on, if it is known where it was attached.
        let in_frame = |payload: &[u8]| {
            let frame = Frame {
                kind: FrameKind::Padding,
                offset: 0,
                batch: 1,
                payload,
            };
            let record = AttachmentRecord::of_frame(&frame).unwrap();
            record.map(|record| (record.height, record.previous, record.bytes.len()))
        };
        let padding = Padding {
            height: Some(6),
            previous: attachment.previous,
            named: Some(8),
            len: 40,
        };
        let expected = Some((6, attachment.previous, 0));
        assert_eq!(in_frame(&padding.payload()), expected);
        let height = None;
        assert_eq!(in_frame(&Padding { height, ..padding }.payload()), None);
        let shortest = Padding::decode(&[0; 24], 1).unwrap();
        assert_eq!((shortest.height, shortest.named), (None, None));
        assert!(Padding::decode(&[0; 23], 1).is_err());
    }

    #[test]
    fn a_hostile_count_is_refused_before_anything_is_allocated() {
        let mut payload = vec![0; 4];
        payload.extend_from_slice(&u32::MAX.to_le_bytes());
        payload.extend_from_slice(&[0; 8]);
        assert!(Entries::decode(&payload, 1).is_err());
        payload.splice(8..16, u64::MAX.to_le_bytes());
        assert!(Entries::decode(&payload, 1).is_err());
    }
}
