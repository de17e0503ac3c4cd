//! Making a store that begins at a height: with the leaf hashes and states of all that came before,
//! and none of its entries.
//!
//! What is given is written as it comes, in parts, and followed from the log as every open follows
//! it. Nothing of it is believed before the commit body of the height was given too and all came
//! out at its roots. Invariants:
//!
//! - the superblocks are written last: until then the directory holds no store;
//! - memory is bounded by a part, however much is given.

use std::sync::Arc;

use hash_store::{
    Base, BatchBuffer, BatchKind, FrameKind, LogWriter, Storage, StorageFile, Superblocks,
};
use merkle_log::Hash;

use super::Store;
use super::open::{assemble, begin, first_superblock};
use super::replay::Replay;
use crate::batch::{check_len, push_delta};
use crate::body::{CommitBody, LedgerRoots};
use crate::delta::Write;
use crate::error::{Error, Result};
use crate::head::{AUDIT_TREE, Head, LedgerHead, LedgerSpec};
use crate::names::NetworkId;
use crate::record::{AUDIT, Attachment, AttachmentRecord, BodyRecord, Leaves, put_declaration};

/// Bytes of a part, as a rule.
const PART_LEN: usize = 4 << 20;
/// Bytes of a write besides its key and value.
const WRITE_LEN: usize = 17;

/// A store that is being made from what another one has at a height ([`Store::begin_in`]).
///
/// After an error nothing more can be given: what was written is no store, and the next try begins
/// in its place.
#[derive(Debug)]
pub struct BaseWriter {
    storage: Arc<dyn Storage>,
    locked: Arc<dyn StorageFile>,
    options: super::LogOptions,
    log: LogWriter,
    replay: Replay,
    /// What the next part has: by ledger, then of the audit tree.
    pending: Vec<Pending>,
    /// Bytes of all that is pending.
    len: usize,
}

#[derive(Debug, Default)]
struct Pending {
    leaves: Vec<Hash>,
    writes: Vec<(Vec<u8>, Vec<u8>)>,
    /// The last key that was given.
    last: Option<Vec<u8>>,
}

impl BaseWriter {
    pub(super) fn new(
        storage: Arc<dyn Storage>,
        uuid: [u8; 16],
        network: NetworkId,
        ledgers: &[LedgerSpec],
        options: super::LogOptions,
    ) -> Result<Self> {
        let (locked, log, derived) = begin(&storage, uuid, &network, ledgers, options)?;
        // Which base it is, the body says in the end.
        let unknown = Base {
            height: u64::MAX,
            sizes: Vec::new(),
        };
        let head = Head::empty(network, std::iter::empty(), Some(Arc::new(unknown)));
        let replay = Replay::new(&storage, uuid, head, derived, options.background);
        let mut writer = Self {
            storage,
            locked,
            options,
            log,
            replay,
            pending: Vec::new(),
            len: 0,
        };
        for (spec, ordinal) in ledgers.iter().zip(0u32..) {
            let mut buffer = BatchBuffer::new(BatchKind::Declaration, 0);
            let declaration = spec.to_declaration();
            buffer.push(FrameKind::Declaration, |to| {
                put_declaration(to, ordinal, &declaration);
            })?;
            writer.append(&mut buffer)?;
        }
        let pending = writer.pending.len() + ledgers.len() + 1;
        writer.pending.resize_with(pending, Pending::default);
        Ok(writer)
    }

    /// Gives the next leaf hashes of a ledger, in order from leaf 0 on, in pieces of any size.
    ///
    /// # Errors
    /// [`Error::NoSuchLedger`]; `StoreFull`, `Poisoned`, `Io` of [`hash_store::Error`].
    pub fn leaves(&mut self, ledger: &str, hashes: &[Hash]) -> Result<()> {
        let (ordinal, _) = self.replay.head().ledger(ledger)?;
        self.add_leaves(ordinal, hashes)
    }

    /// Gives the next leaf hashes of the audit tree, those of heights before the one that the store
    /// begins with.
    ///
    /// # Errors
    /// As [`BaseWriter::leaves`].
    pub fn audit_leaves(&mut self, hashes: &[Hash]) -> Result<()> {
        let audit = self.replay.head().ledgers.len();
        self.add_leaves(audit, hashes)
    }

    fn add_leaves(&mut self, ordinal: usize, hashes: &[Hash]) -> Result<()> {
        for piece in hashes.chunks(Leaves::FRAME) {
            self.make_room(32 * piece.len())?;
            if let Some(pending) = self.pending.get_mut(ordinal) {
                pending.leaves.extend_from_slice(piece);
            }
        }
        Ok(())
    }

    /// Gives the next key of a ledger's state with its value, keys rising. The keys are those of the
    /// trie, as [`StateView::entries`](super::StateView::entries) gives them: in the hashed key mode
    /// the hashes of the callers' keys.
    ///
    /// # Errors
    /// [`Error::BaseWrite`] for a key that does not rise or an empty value; [`Error::NoSuchLedger`],
    /// [`Error::NoState`], [`Error::EntryTooLarge`]; otherwise as [`BaseWriter::leaves`].
    pub fn set(&mut self, ledger: &str, key: &[u8], value: &[u8]) -> Result<()> {
        let (ordinal, _) = self.replay.head().state(ledger)?;
        check_len(key)?;
        check_len(value)?;
        let refused = |what| Error::BaseWrite {
            ledger: ledger.to_owned(),
            what,
        };
        let last = self.pending.get(ordinal).and_then(|p| p.last.as_deref());
        if last.is_some_and(|last| last >= key) {
            return Err(refused("keys do not rise"));
        }
        if value.is_empty() {
            return Err(refused("an empty value"));
        }
        self.make_room(WRITE_LEN + key.len() + value.len())?;
        if let Some(pending) = self.pending.get_mut(ordinal) {
            pending.last = Some(key.to_vec());
            pending.writes.push((key.to_vec(), value.to_vec()));
        }
        Ok(())
    }

    /// What was given of a ledger so far comes out at this size and these roots: who gave a whole
    /// ledger that is not as its commit body says is known before all the others were asked.
    ///
    /// # Errors
    /// As [`BaseWriter::leaves`].
    pub fn roots(&mut self, ledger: &str) -> Result<LedgerRoots> {
        self.write_part()?;
        let (_, ledger) = self.replay.head().ledger(ledger)?;
        Ok(ledger.roots())
    }

    /// The same of the audit tree: its size and root.
    ///
    /// # Errors
    /// As [`BaseWriter::leaves`].
    pub fn audit_roots(&mut self) -> Result<(u64, Hash)> {
        self.write_part()?;
        let head = self.replay.head();
        Ok((head.audit.end(), head.audit_root))
    }

    /// Ends with the commit of the height that the store begins with: its body, its metadata and
    /// what is attached to it. Everything given is held against the body.
    ///
    /// # Durability
    /// The store is on the disk when this returns, and not before.
    ///
    /// # Errors
    /// [`Error::BaseSize`], [`Error::BaseRoot`], which name the ledger and what does not come out;
    /// [`Error::Body`]; [`Error::Payload`] where the body is of another network or other ledgers;
    /// [`Error::EntryTooLarge`]; otherwise as [`BaseWriter::leaves`].
    pub fn finish(
        mut self,
        body: &[u8],
        metadata: &[u8],
        attachments: &[Attachment],
    ) -> Result<Store> {
        check_len(metadata)?;
        self.write_part()?;
        let decoded =
            CommitBody::decode(body).map_err(|source| Error::Body { height: 0, source })?;
        let base = Arc::new(Base {
            height: decoded.height,
            sizes: decoded.ledgers.iter().map(|ledger| ledger.size).collect(),
        });
        self.replay.head_mut().base = Some(Arc::clone(&base));
        let mut audit = self.replay.head().audit.clone();
        let too_large = |_| Error::BaseSize {
            ledger: "audit".to_owned(),
            expected: decoded.height,
            computed: u64::MAX,
        };
        let leaf = merkle_log::Growth::new(AUDIT_TREE, &audit, vec![AUDIT_TREE.leaf(body)]);
        audit = leaf.map_err(too_large)?.after().clone();
        let record = BodyRecord {
            body,
            metadata,
            audit_root_after: audit.root(AUDIT_TREE).map_err(too_large)?,
        };
        let mut buffer = BatchBuffer::new(BatchKind::Base, decoded.height);
        buffer.push(FrameKind::Body, |to| record.put(to))?;
        for attachment in attachments {
            check_len(&attachment.bytes)?;
            let record = AttachmentRecord {
                height: decoded.height,
                kind: attachment.kind,
                previous: None,
                bytes: &attachment.bytes,
            };
            buffer.push(FrameKind::Attachment, |to| record.put(to))?;
        }
        self.append(&mut buffer)?;
        let segments = Arc::clone(self.log.segments());
        let (head, derived) = self.replay.finish()?;
        let first = first_superblock(segments.uuid(), &head.network, Some(&base));
        let superblocks = Superblocks::create(&*self.storage, self.locked, first)?;
        let mut opened = assemble(segments, head, self.log, superblocks, derived, self.options)?;
        opened.writer.sync_point(&opened.shared, false).reach()?;
        opened.writer.close(&opened.shared)?;
        opened.writer.tell(&opened.shared);
        Ok(Store::new(opened))
    }

    /// Writes what is pending if it would be too much together with `more` bytes.
    fn make_room(&mut self, more: usize) -> Result<()> {
        let limit = usize::try_from(self.options.batch_len_max / 2).unwrap_or(PART_LEN);
        if self.len + more > PART_LEN.min(limit) {
            self.write_part()?;
        }
        self.len += more;
        Ok(())
    }

    /// Writes what is pending as a part, if there is anything.
    fn write_part(&mut self) -> Result<()> {
        let head = self.replay.head();
        let mut buffer = BatchBuffer::new(BatchKind::Base, 0);
        let ledgers = head.ledgers.iter().map(LedgerHead::size).zip(0u32..);
        let trees = ledgers.chain([(head.audit.end(), AUDIT)]);
        for (pending, (size, ordinal)) in self.pending.iter_mut().zip(trees) {
            let leaves = std::mem::take(&mut pending.leaves);
            let mut first = size;
            for hashes in leaves.chunks(Leaves::FRAME) {
                buffer.push(FrameKind::Leaves, |to| {
                    Leaves::put(to, ordinal, first, hashes);
                })?;
                first += hashes.len() as u64;
            }
        }
        for (pending, ordinal) in self.pending.iter_mut().zip(0u32..) {
            let writes = std::mem::take(&mut pending.writes);
            let writes = writes
                .iter()
                .map(|(key, value)| (&key[..], Some(&value[..])));
            let writes: Vec<Write<'_>> = writes.collect();
            push_delta(&mut buffer, ordinal, &writes)?;
        }
        self.len = 0;
        if buffer.is_empty() {
            return Ok(());
        }
        self.append(&mut buffer)
    }

    /// Writes a batch and follows it from the log.
    fn append(&mut self, buffer: &mut BatchBuffer) -> Result<()> {
        let appended = self.log.append(buffer, |_| {})?;
        let followed = self
            .log
            .segments()
            .batch(appended.at, |batch| self.replay.batch(appended.at, batch));
        let followed = followed.map_err(Error::from).and_then(|followed| followed);
        if let Err(error) = &followed {
            // What was written is not what was followed.
            self.log.poison(error.to_string());
        }
        self.log.settle();
        followed
    }
}
