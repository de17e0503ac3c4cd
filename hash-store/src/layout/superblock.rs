//! Superblocks: where the tip was, and what of the derived files is on the disk
//! (FORMAT.md section 9).

use super::header::{HeaderFlaw, check_identity, put_identity};
use super::{Fields, FileKind, Flaw, FlawKind, Seed, put};
use crate::position::Position;
use crate::storage::Access;

/// A superblock is never longer than this.
pub(crate) const SUPERBLOCK_LEN_MAX: usize = 65_536;

/// Bytes before the network id.
pub(crate) const FIXED_LEN: usize = 160;
const WATERMARK_LEN: usize = 24;
const CLEAN: u32 = 1;
const CUT: u32 = 2;
/// Incompatible feature: some ledger has look-ups, and the list of ledgers says which.
const LOOKUPS: u64 = 1;
/// Incompatible feature: the log begins with a base, not with height 1.
const BASE: u64 = 2;
/// All incompatible features that this release knows.
pub(crate) const KNOWN_FEATURES: u64 = LOOKUPS | BASE;

/// A ledger as it was declared: codes as in FORMAT.md section 5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// Tree type.
    pub tree: u8,
    /// State suite; 0 for no state.
    pub suite: u8,
    /// Key mode of the state.
    pub key_mode: u8,
    /// Look-ups: bit 0 by leaf hash, bit 1 by id.
    pub lookups: u8,
    /// The space in which ids are unique; empty without look-up by id.
    pub id_space: String,
    /// Name of the ledger.
    pub name: String,
}

/// What stands before the first commit of a log that does not begin with height 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// The height that it stands for, at least 1; the first commit has the next one.
    pub height: u64,
    /// The sizes of the ledgers at that height, in order of their ordinals; of those that were
    /// declared before it, and no others.
    pub sizes: Vec<u64>,
}

/// How far the derived files of one kind and ledger are on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watermark {
    /// Kind of the files.
    pub kind: u32,
    /// Ordinal of the ledger.
    pub ledger: u32,
    /// Number of the last batch that they cover.
    pub batch: u64,
    /// Where that batch ends.
    pub end: Position,
}

/// The durable summary of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Superblock {
    /// The store's uuid.
    pub uuid: [u8; 16],
    /// Rises by one with each superblock written.
    pub generation: u64,
    /// Whether the store was closed in order, everything synced, and not written since.
    pub clean: bool,
    /// Whether what lies behind the end was cut off and is still to be taken away.
    pub cut: bool,
    /// Number of the last batch; 0 in a store without batches.
    pub batch: u64,
    /// Height of the last commit; 0 if there is none.
    pub height: u64,
    /// Where the last batch ends.
    pub end: Position,
    /// Where the last body frame starts.
    pub last_body: Option<Position>,
    /// Chain after the last batch.
    pub chain: [u8; 32],
    /// The network id.
    pub network: String,
    /// The ledgers, in order of their ordinals.
    pub ledgers: Vec<Declaration>,
    /// One for each kind of derived file and ledger.
    pub watermarks: Vec<Watermark>,
    /// What the log begins with, if that is not height 1.
    pub base: Option<Base>,
}

impl Superblock {
    /// The highest batch number that any watermark, or the tip itself, covers.
    #[must_use]
    pub fn covered_batch(&self) -> u64 {
        let derived = self.watermarks.iter().map(|mark| mark.batch).max();
        self.batch.max(derived.unwrap_or(0))
    }

    const fn seed(uuid: [u8; 16], slot: u64) -> Seed {
        Seed {
            uuid,
            kind: FileKind::Superblock,
            number: slot,
        }
    }

    /// The bytes of the file `SUPER.<slot>`.
    ///
    /// # Errors
    /// [`FlawKind::Length`] where it would pass 65,536 bytes.
    pub fn encode(&self, slot: u64) -> Result<Vec<u8>, Flaw> {
        let seed = Self::seed(self.uuid, slot);
        let has_lookups = self.ledgers.iter().any(|ledger| ledger.lookups != 0);
        let mut bytes = vec![0; FIXED_LEN];
        bytes.extend_from_slice(self.network.as_bytes());
        for ledger in &self.ledgers {
            bytes.extend_from_slice(&[ledger.tree, ledger.suite, ledger.key_mode]);
            put_name(&mut bytes, &ledger.name)?;
            if has_lookups {
                bytes.push(ledger.lookups);
                put_name(&mut bytes, &ledger.id_space)?;
            }
        }
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        for mark in &self.watermarks {
            bytes.extend_from_slice(&mark.kind.to_le_bytes());
            bytes.extend_from_slice(&mark.ledger.to_le_bytes());
            bytes.extend_from_slice(&mark.batch.to_le_bytes());
            bytes.extend_from_slice(&mark.end.to_bits().to_le_bytes());
        }
        if let Some(base) = &self.base {
            bytes.extend_from_slice(&base.height.to_le_bytes());
            bytes.extend_from_slice(&(base.sizes.len() as u64).to_le_bytes());
            bytes.extend(base.sizes.iter().flat_map(|size| size.to_le_bytes()));
        }
        bytes.resize(bytes.len() + 8, 0);
        let len = bytes.len();
        if len > SUPERBLOCK_LEN_MAX {
            let limit = SUPERBLOCK_LEN_MAX as u64;
            return Err(Flaw::new(FlawKind::Length, 76, limit, len as u64));
        }
        put_identity(&mut bytes, &seed, slot);
        let features =
            if has_lookups { LOOKUPS } else { 0 } | if self.base.is_some() { BASE } else { 0 };
        put(&mut bytes, 16, &features.to_le_bytes());
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
        put(&mut bytes, 64, &self.generation.to_le_bytes());
        let flags = if self.clean { CLEAN } else { 0 } | if self.cut { CUT } else { 0 };
        put(&mut bytes, 72, &flags.to_le_bytes());
        put(&mut bytes, 76, &count(len));
        put(&mut bytes, 80, &self.batch.to_le_bytes());
        put(&mut bytes, 88, &self.height.to_le_bytes());
        put(&mut bytes, 96, &self.end.to_bits().to_le_bytes());
        let last = self.last_body.map_or(0, Position::to_bits);
        put(&mut bytes, 104, &last.to_le_bytes());
        put(&mut bytes, 112, &self.chain);
        put(&mut bytes, 144, &count(self.network.len()));
        put(&mut bytes, 148, &count(self.ledgers.len()));
        put(&mut bytes, 152, &count(self.watermarks.len()));
        let check = seed.check(0, &[bytes.get(..len - 4).unwrap_or_default()]);
        put(&mut bytes, len - 4, &check.to_le_bytes());
        Ok(bytes)
    }

    /// Decodes the file `SUPER.<slot>` for writing; bytes past its stated length are ignored.
    ///
    /// # Errors
    /// [`HeaderFlaw`]: a newer format, unknown features, or the first flaw.
    pub fn decode(bytes: &[u8], slot: u64) -> Result<Self, HeaderFlaw> {
        Self::decode_for(Access::Write, bytes, slot)
    }

    /// Decodes, for reading also where features are unknown that only forbid writing.
    pub(crate) fn decode_for(access: Access, bytes: &[u8], slot: u64) -> Result<Self, HeaderFlaw> {
        let fields = Fields(bytes);
        check_identity(access, fields, FileKind::Superblock, KNOWN_FEATURES)?;
        let uuid = fields.array(40)?;
        let len = fields.size32(76)?;
        if !(FIXED_LEN + 8..=SUPERBLOCK_LEN_MAX).contains(&len) {
            let limit = SUPERBLOCK_LEN_MAX as u64;
            return Err(Flaw::new(FlawKind::Length, 76, limit, len as u64).into());
        }
        let fields = Fields(fields.bytes(0, len)?);
        let check = Self::seed(uuid, slot).check(0, &[fields.bytes(0, len - 4)?]);
        fields.check(len - 4, check, FlawKind::HeaderCheck)?;
        let flags = fields.u32(72)?;
        let number = fields.u64(56)?;
        if flags & !(CLEAN | CUT) != 0 || number != slot {
            return Err(Flaw::new(FlawKind::Kind, 56, slot, number).into());
        }
        fields.zero(156, 4)?;
        fields.zero(len - 8, 4)?;
        let network_len = fields.size32(144)?;
        let mut at = FIXED_LEN;
        let network = text(fields, at, network_len)?;
        at += network_len;
        let mut ledgers = Vec::new();
        let has_lookups = fields.u64(16)? & LOOKUPS != 0;
        for _ in 0..fields.u32(148)? {
            let [tree, suite, key_mode] = fields.array(at)?;
            let name = name(fields, at + 3)?;
            at += 4 + name.len();
            let (mut lookups, mut id_space) = (0, String::new());
            if has_lookups {
                [lookups] = fields.array(at)?;
                id_space = self::name(fields, at + 1)?;
                at += 2 + id_space.len();
            }
            ledgers.push(Declaration {
                tree,
                suite,
                key_mode,
                lookups,
                id_space,
                name,
            });
        }
        if has_lookups && ledgers.iter().all(|ledger| ledger.lookups == 0) {
            return Err(Flaw::new(FlawKind::Kind, 16, 0, LOOKUPS).into());
        }
        fields.zero(at, at.next_multiple_of(8) - at)?;
        at = at.next_multiple_of(8);
        let mut watermarks = Vec::new();
        for _ in 0..fields.u32(152)? {
            watermarks.push(Watermark {
                kind: fields.u32(at)?,
                ledger: fields.u32(at + 4)?,
                batch: fields.u64(at + 8)?,
                end: Position::from_bits(fields.u64(at + 16)?),
            });
            at += WATERMARK_LEN;
        }
        let base = if fields.u64(16)? & BASE == 0 {
            None
        } else {
            Some(decode_base(fields, &mut at, ledgers.len())?)
        };
        if at != len - 8 {
            return Err(Flaw::new(FlawKind::Length, 76, (at + 8) as u64, len as u64).into());
        }
        let last = fields.u64(104)?;
        Ok(Self {
            uuid,
            generation: fields.u64(64)?,
            clean: flags & CLEAN != 0,
            cut: flags & CUT != 0,
            batch: fields.u64(80)?,
            height: fields.u64(88)?,
            end: Position::from_bits(fields.u64(96)?),
            last_body: (last != 0).then(|| Position::from_bits(last)),
            chain: fields.array(112)?,
            network,
            ledgers,
            watermarks,
            base,
        })
    }
}

/// The base at `at`, which is moved behind it, of a store with so many ledgers.
fn decode_base(fields: Fields<'_>, at: &mut usize, ledgers: usize) -> Result<Base, Flaw> {
    let (height, count) = (fields.u64(*at)?, fields.u64(*at + 8)?);
    if height == 0 {
        return Err(Flaw::new(FlawKind::Height, *at as u64, 1, 0));
    }
    if count > ledgers as u64 {
        let place = *at as u64 + 8;
        return Err(Flaw::new(FlawKind::Count, place, ledgers as u64, count));
    }
    *at += 16;
    let mut sizes = Vec::new();
    for _ in 0..count {
        sizes.push(fields.u64(*at)?);
        *at += 8;
    }
    Ok(Base { height, sizes })
}

fn put_name(bytes: &mut Vec<u8>, name: &str) -> Result<(), Flaw> {
    let len = u8::try_from(name.len())
        .map_err(|_| Flaw::new(FlawKind::Length, 0, 255, name.len() as u64))?;
    bytes.push(len);
    bytes.extend_from_slice(name.as_bytes());
    Ok(())
}

/// A name behind its length, which is one byte.
fn name(fields: Fields<'_>, at: usize) -> Result<String, Flaw> {
    let [len] = fields.array(at)?;
    text(fields, at + 1, usize::from(len))
}

fn text(fields: Fields<'_>, at: usize, len: usize) -> Result<String, Flaw> {
    let bytes = fields.bytes(at, len)?;
    let text = std::str::from_utf8(bytes)
        .map_err(|e| Flaw::new(FlawKind::Payload, (at + e.valid_up_to()) as u64, 0, 0))?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(super) fn example() -> Superblock {
        Superblock {
            uuid: [3; 16],
            generation: 12,
            clean: true,
            cut: false,
            batch: 9,
            height: 7,
            end: Position::new(1, 8192),
            last_body: Some(Position::new(1, 4096)),
            chain: [1; 32],
            network: "net".to_owned(),
            ledgers: vec![Declaration {
                tree: 1,
                suite: 0,
                key_mode: 0,
                lookups: 0,
                id_space: String::new(),
                name: "domain".to_owned(),
            }],
            watermarks: vec![Watermark {
                kind: 2,
                ledger: 0,
                batch: 8,
                end: Position::new(0, 4608),
            }],
            base: None,
        }
    }

    /// The example with a base at height 5, and a ledger that was declared later.
    pub(super) fn with_base() -> Superblock {
        let mut superblock = with_lookups();
        superblock.base = Some(Base {
            height: 5,
            sizes: vec![1 << 40],
        });
        superblock
    }

    /// The example with a second ledger that has look-ups.
    pub(super) fn with_lookups() -> Superblock {
        let mut superblock = example();
        superblock.ledgers.push(Declaration {
            lookups: 3,
            id_space: "requests".to_owned(),
            name: "pool".to_owned(),
            ..superblock.ledgers[0].clone()
        });
        superblock
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused() {
        every_flip_and_cut_is_refused(&example());
        every_flip_and_cut_is_refused(&with_lookups());
        every_flip_and_cut_is_refused(&with_base());
    }

    #[test]
    fn a_store_with_lookups_or_a_base_is_refused_by_those_who_do_not_know_them() {
        let known = |superblock: &Superblock, known| {
            let bytes = superblock.encode(1).unwrap();
            check_identity(Access::Read, Fields(&bytes), FileKind::Superblock, known)
        };
        let features = HeaderFlaw::Features {
            bits: LOOKUPS,
            writing: false,
        };
        assert_eq!(known(&example(), 0), Ok(()));
        assert_eq!(known(&with_lookups(), 0), Err(features));
        assert_eq!(known(&with_lookups(), LOOKUPS), Ok(()));
        let features = HeaderFlaw::Features {
            bits: BASE,
            writing: false,
        };
        assert_eq!(known(&with_base(), LOOKUPS), Err(features));
        assert_eq!(known(&with_base(), LOOKUPS | BASE), Ok(()));
    }

    fn every_flip_and_cut_is_refused(example: &Superblock) {
        let bytes = example.encode(1).unwrap();
        assert_eq!(Superblock::decode(&bytes, 1), Ok(example.clone()));
        assert!(Superblock::decode(&bytes, 0).is_err());
        for bit in 0..bytes.len() * 8 {
            let mut bad = bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(Superblock::decode(&bad, 1).is_err(), "bit {bit}");
        }
        for len in 0..bytes.len() {
            assert!(Superblock::decode(&bytes[..len], 1).is_err());
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let mut framed = example().encode(0).unwrap();
            framed.truncate(64);
            framed.extend_from_slice(&bytes);
            let _ = Superblock::decode(&framed, 0);
        }
    }
}

#[cfg(test)]
#[path = "superblock_fields.rs"]
mod fields;
