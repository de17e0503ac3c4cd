//! Snapshots: all ledgers as they were at one height, read beside the writer without a lock.
//!
//! A snapshot costs two reference counts and is never invalidated. Everything it answers was
//! verified on the way: entries by their frames' checks, proofs by the roots they lead to.

use std::ops::Range;
use std::sync::Arc;

use hash_store::{Base, Position, Segments, StoredFrame};
use merkle_log::{
    ConsistencyProof, Edged, Hash, InclusionProof, LeafIndex, NodeId, NodeRange, NodeReader,
    ProveError, RangeProof, RightEdge, TreeSize, TreeType, prove_consistency, prove_inclusion,
    prove_range, read_range, root_at,
};
use patricia_state::PassSizes;

use super::base::base_height;
use super::ids::InLedger;
use super::lookup::leaf_fingerprint;
use super::shared::{
    CommitRecord, Edges, Nodes, Published, Roots, Shared, TreeFiles, attachments_of,
};
use super::states::{PublishedState, StateView};
use crate::body::LedgerRoots;
use crate::error::{Error, Result};
use crate::head::AUDIT_TREE;
use crate::keep::KeptHeights;
use crate::names::NetworkId;
use crate::record::{AUDIT, Attachment, Entries};

/// All ledgers at one height.
#[derive(Clone, Debug)]
pub struct Snapshot {
    shared: Arc<Shared>,
    at: Arc<Published>,
}

impl Snapshot {
    pub(crate) const fn new(shared: Arc<Shared>, at: Arc<Published>) -> Self {
        Self { shared, at }
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &NetworkId {
        &self.shared.network
    }

    /// The store's uuid.
    #[must_use]
    pub fn uuid(&self) -> [u8; 16] {
        self.shared.uuid
    }

    /// The height; 0 before the first commit.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.at.roots.height
    }

    /// Time of the last commit, in milliseconds since 1970-01-01T00:00:00Z; 0 before the first.
    #[must_use]
    pub fn time_ms(&self) -> u64 {
        self.at.roots.time_ms
    }

    /// The height that the store begins with, if it was not made with height 1: it has the commit
    /// and the states of this height, and the entries of later ones. `None`: all history is there.
    #[must_use]
    pub fn base(&self) -> Option<u64> {
        self.shared.base.as_ref().map(|base| base.height)
    }

    /// What the log begins with, as the superblock has it.
    pub(crate) fn base_record(&self) -> Option<Arc<Base>> {
        self.shared.base.clone()
    }

    /// Every ledger with its roots, in order of declaration.
    #[must_use]
    pub fn ledgers(&self) -> &[LedgerRoots] {
        &self.at.roots.ledgers
    }

    /// Where the log ended when the snapshot was taken.
    #[must_use]
    pub fn log_end(&self) -> Position {
        self.at.log.end
    }

    pub(crate) fn segments(&self) -> &Arc<Segments> {
        &self.shared.segments
    }

    /// One ledger.
    ///
    /// # Errors
    /// [`Error::NoSuchLedger`].
    pub fn ledger(&self, name: &str) -> Result<TreeView<'_>> {
        let ledgers = self.at.roots.ledgers.iter().zip(&self.at.trees);
        ledgers
            .into_iter()
            .find(|(roots, _)| roots.name.as_str() == name)
            .map(|(roots, files)| TreeView {
                snapshot: self,
                name: roots.name.as_str(),
                tree: roots.tree,
                size: roots.size,
                root: roots.root,
                files,
            })
            .ok_or_else(|| Error::NoSuchLedger { name: name.into() })
    }

    /// The roots of the ledger of that name.
    pub(super) fn ledger_roots(&self, name: &str) -> Result<&LedgerRoots> {
        self.ordinal(name).map(|(_, roots)| roots)
    }

    /// Whether a ledger has look-up by id.
    pub(super) fn has_ids(&self, name: &str) -> Result<bool> {
        let (ordinal, _) = self.ordinal(name)?;
        let lookups = self.at.lookups.get(ordinal);
        Ok(lookups.is_some_and(|lookups| lookups.ids.is_some()))
    }

    /// The state of one ledger.
    ///
    /// # Errors
    /// [`Error::NoSuchLedger`], [`Error::NoState`]; [`Error::Dropped`] where the state of this
    /// height is not kept; where the node log does not hold the state, [`Error::Unmade`] if the
    /// record log is damaged, and [`Error::DamagedKept`] if nothing tells whether it is kept.
    pub fn state(&self, name: &str) -> Result<StateView> {
        let at = &self.at;
        let roots = self.ledger_roots(name)?;
        let mut ledgers = at.roots.ledgers.iter();
        let ordinal = ledgers
            .position(|other| other.name == roots.name)
            .unwrap_or(usize::MAX);
        let published = at.states.get(ordinal).and_then(Option::as_ref);
        let height = self.height();
        StateView::open(&self.shared, &at.log, (ordinal, published), height, roots)
    }

    /// The first entry with an id, in this ledger or another of the same space. Its inclusion is
    /// proven as that of any entry. In a store that begins at a height ([`Snapshot::base`]) only
    /// later entries have ids.
    ///
    /// # Errors
    /// [`Error::NoSuchLedger`], [`Error::NoLookup`]; [`Error::Log`] where the log has to answer and
    /// is damaged.
    pub fn find_id(&self, ledger: &str, id: impl AsRef<[u8]>) -> Result<Option<FoundEntry>> {
        let (ordinal, _) = self.ordinal(ledger)?;
        let space = self.at.lookups.get(ordinal).and_then(|l| l.space.as_ref());
        let space = space.ok_or_else(|| no_lookup(ledger, "id"))?;
        let ledgers = self.at.roots.ledgers.iter().zip(&self.at.lookups);
        for (ordinal, (roots, lookups)) in ledgers.enumerate() {
            if lookups.space.as_ref() != Some(space) {
                continue;
            }
            let found = self
                .shared
                .find_id_at(&self.at, ordinal, id.as_ref(), roots.size)?;
            if let Some(index) = found {
                return Ok(Some(FoundEntry {
                    ledger: roots.name.as_str().to_owned(),
                    index: LeafIndex(index),
                }));
            }
        }
        Ok(None)
    }

    /// The first entry of a ledger with this leaf hash.
    ///
    /// # Errors
    /// As [`Snapshot::find_id`].
    pub fn find_leaf(&self, ledger: &str, leaf_hash: &Hash) -> Result<Option<LeafIndex>> {
        self.leaves(ledger, leaf_hash).next().transpose()
    }

    /// All entries of a ledger with this leaf hash, in order.
    ///
    /// # Errors
    /// As [`Snapshot::find_id`], of the iterator.
    pub fn leaves(
        &self,
        ledger: &str,
        leaf_hash: &Hash,
    ) -> impl Iterator<Item = Result<LeafIndex>> + use<'_> {
        let hash = *leaf_hash;
        let candidates = self.leaf_candidates(ledger, &hash);
        let (found, error) = match candidates {
            Ok(found) => (Some(found), None),
            Err(error) => (None, Some(Err(error))),
        };
        let found = found.into_iter().flat_map(move |(view, leaves)| {
            leaves.into_iter().filter_map(move |leaf| {
                let is_it = self.shared.has_hash(view, leaf, &hash);
                is_it
                    .map(|is_it| is_it.then_some(LeafIndex(leaf)))
                    .transpose()
            })
        });
        found.chain(error)
    }

    fn leaf_candidates(&self, ledger: &str, hash: &Hash) -> Result<(InLedger<'_>, Vec<u64>)> {
        let (ordinal, roots) = self.ordinal(ledger)?;
        let lookups = self.at.lookups.get(ordinal);
        let lookup = lookups.and_then(|lookups| lookups.hashes.as_ref());
        let place = lookup.zip(InLedger::of(&self.at, ordinal));
        let (lookup, view) = place.ok_or_else(|| no_lookup(ledger, "leaf hash"))?;
        let fingerprint = leaf_fingerprint(hash);
        let leaves = self
            .shared
            .candidates(lookup, view, fingerprint, roots.size)?;
        Ok((view, leaves))
    }

    /// The id that an entry was added with, if it was.
    ///
    /// # Errors
    /// [`Error::NoSuchLedger`], [`Error::NoLookup`], [`Error::OutOfRange`], [`Error::BeforeBase`];
    /// [`Error::Log`] where the log is damaged.
    pub fn id(&self, ledger: &str, index: LeafIndex) -> Result<Option<Vec<u8>>> {
        let (ordinal, roots) = self.ordinal(ledger)?;
        let lookups = self.at.lookups.get(ordinal);
        let place = lookups
            .and_then(|lookups| lookups.ids.as_ref())
            .zip(InLedger::of(&self.at, ordinal));
        let (_, view) = place.ok_or_else(|| no_lookup(ledger, "id"))?;
        self.ledger(ledger)?
            .check("leaf", index.0, index.0 < roots.size)?;
        self.shared.id_of(view, index.0)
    }

    fn ordinal(&self, name: &str) -> Result<(usize, &LedgerRoots)> {
        let mut ledgers = self.at.roots.ledgers.iter().enumerate();
        let found = ledgers.find(|(_, roots)| roots.name.as_str() == name);
        found.ok_or_else(|| Error::NoSuchLedger { name: name.into() })
    }

    /// The state of one ledger, made anew from the record log: also that of a height that was
    /// dropped. The first use replays the log into scratch storage.
    ///
    /// # Errors
    /// [`Error::NoSuchLedger`], [`Error::NoState`]; [`Error::Unmade`] where the record log is damaged.
    pub fn state_from_log(&self, name: &str) -> Result<StateView> {
        let roots = self.ledger_roots(name)?;
        let mut ledgers = self.at.roots.ledgers.iter();
        let ordinal = ledgers.position(|other| other.name == roots.name);
        let ordinal = ordinal.unwrap_or(usize::MAX);
        StateView::made_anew(&self.shared, &self.at.log, ordinal, self.height(), roots)
    }

    /// Which heights of a ledger's state can be read.
    ///
    /// # Errors
    /// [`Error::NoSuchLedger`], [`Error::NoState`]; [`Error::DamagedKept`], of a reader.
    pub fn kept(&self, name: &str) -> Result<KeptHeights> {
        let roots = self.ledger_roots(name)?;
        let found = self.at.roots.ledgers.iter().zip(&self.at.states);
        let mut found = found.filter(|(other, _)| other.name == roots.name);
        let state = found.next().and_then(|(_, state)| state.as_ref());
        let state = state.ok_or_else(|| Error::NoState { name: name.into() })?;
        let mut kept = state.files.retention.kept()?;
        kept.oldest = kept.oldest.max(base_height(self.shared.base.as_ref()));
        Ok(kept)
    }

    /// Bytes of the node records of a ledger's states, and of those that a height that is kept
    /// needs: the rest is given back by pruning.
    ///
    /// Reads every node of the oldest state that is kept, and remembers where each is.
    ///
    /// # Errors
    /// As [`Snapshot::kept`]; [`Error::State`] where a node cannot be read.
    pub fn state_sizes(&self, name: &str) -> Result<PassSizes> {
        let roots = self.ledger_roots(name)?;
        let mut ledgers = self.at.roots.ledgers.iter();
        let ordinal = ledgers.position(|other| other.name == roots.name);
        let state = ordinal.and_then(|ordinal| self.at.states.get(ordinal)?.as_ref());
        let (ordinal, state) = ordinal
            .zip(state)
            .ok_or_else(|| Error::NoState { name: name.into() })?;
        if self.height() == 0 {
            return Ok(PassSizes::default());
        }
        super::prune::measure(&self.shared, ordinal, &state.files, self.height())
    }

    /// The audit tree: one leaf, the commit body, for each height.
    #[must_use]
    pub fn audit(&self) -> TreeView<'_> {
        TreeView {
            snapshot: self,
            name: "audit",
            tree: AUDIT_TREE,
            size: self.at.roots.height,
            root: self.at.roots.audit_root,
            files: &self.shared.audit,
        }
    }

    /// The commit at a height, 1 to [`height`](Self::height).
    ///
    /// # Errors
    /// [`Error::NoSuchHeight`], [`Error::BeforeBase`], [`Error::Log`] where it is damaged.
    pub fn commit(&self, height: u64) -> Result<CommitRecord> {
        let last = self.height();
        if height > last {
            return Err(Error::NoSuchHeight {
                asked: height,
                last,
            });
        }
        self.shared.commit(height, &self.at.log)
    }

    /// The ledgers as they were at an earlier height.
    ///
    /// # Errors
    /// As [`Snapshot::commit`].
    pub fn at_height(&self, height: u64) -> Result<Self> {
        let record = self.commit(height)?;
        // The newest nodes are those of another height, which this one does not keep.
        let states = if height == self.height() {
            self.at.states.clone()
        } else {
            self.at.states.iter().map(PublishedState::stored).collect()
        };
        let at = Published {
            states,
            pin: self.shared.pins.pin(height),
            edges: Edges::default(),
            roots: Roots::of_body(record.body, record.audit_root),
            ..Published::clone(&self.at)
        };
        Ok(Self::new(Arc::clone(&self.shared), Arc::new(at)))
    }

    /// The ledgers as they were at a time, in milliseconds since 1970-01-01T00:00:00Z: at the last
    /// commit at or before it. Reads O(log height) commits.
    ///
    /// # Errors
    /// [`Error::NoCommitAt`] where there is none, [`Error::BeforeBase`] where it may be before what
    /// the store begins with; as [`Snapshot::commit`].
    pub fn at_time(&self, time_ms: u64) -> Result<Self> {
        let before = self.base().map_or(0, |base| base - 1);
        let (mut low, mut high) = (before, self.height());
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            if self.commit(middle)?.body.time_ms <= time_ms {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        match self.base() {
            Some(base) if low < base => Err(Error::BeforeBase {
                what: "time",
                asked: time_ms,
                base,
            }),
            None if low == 0 => Err(Error::NoCommitAt { time_ms }),
            _ => self.at_height(low),
        }
    }

    /// Everything attached to a height: in its own write first, then in order of attaching.
    ///
    /// # Errors
    /// As [`Snapshot::commit`].
    pub fn attachments(&self, height: u64) -> Result<Vec<Attachment>> {
        let mut kept = self.commit(height)?.attachments;
        let mut next = self.shared.last_attachment(height, &self.at)?;
        let mut later = Vec::new();
        while let Some(at) = next {
            if at >= self.at.log.end {
                // Attached after this snapshot was taken: only what came before counts.
                next = self.previous_attachment(at, height)?.1;
                continue;
            }
            let (mut found, previous) = self.previous_attachment(at, height)?;
            found.append(&mut later);
            later = found;
            // Positions fall from batch to batch, so this ends.
            next = previous.filter(|before| *before < at);
        }
        kept.append(&mut later);
        Ok(kept)
    }

    fn previous_attachment(
        &self,
        at: Position,
        height: u64,
    ) -> Result<(Vec<Attachment>, Option<Position>)> {
        let segments = &self.shared.segments;
        segments.batch(at, |batch| attachments_of(batch, height))?
    }
}

/// Where an entry was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundEntry {
    /// The ledger that has it.
    pub ledger: String,
    /// Its index there.
    pub index: LeafIndex,
}

fn no_lookup(name: &str, what: &'static str) -> Error {
    let name = name.into();
    Error::NoLookup { name, what }
}

/// One tree of a snapshot: a ledger's, or the audit tree.
#[derive(Clone, Copy, Debug)]
pub struct TreeView<'a> {
    snapshot: &'a Snapshot,
    name: &'a str,
    tree: TreeType,
    size: u64,
    root: Hash,
    files: &'a TreeFiles,
}

impl<'a> TreeView<'a> {
    /// The ledger's name, or `audit`.
    #[must_use]
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// Type of the tree.
    #[must_use]
    pub const fn tree(&self) -> TreeType {
        self.tree
    }

    /// Number of entries.
    #[must_use]
    pub const fn size(&self) -> TreeSize {
        TreeSize(self.size)
    }

    /// Root of the tree.
    #[must_use]
    pub const fn root(&self) -> Hash {
        self.root
    }

    /// The nodes for a proof in the tree of `size`. The edge of the snapshot's own size is kept.
    fn edged(&self, size: TreeSize) -> Edged<'a, Nodes<'a>> {
        let is_own = size.0 == self.size;
        Edged {
            reader: self.nodes(),
            edge: is_own.then(|| self.edge()).flatten(),
        }
    }

    fn edge(&self) -> Option<&'a RightEdge> {
        let at = &self.snapshot.at;
        let audit = at.roots.ledgers.len();
        let ordinal = usize::try_from(self.files.ordinal).unwrap_or(audit);
        let place = at.edges.of(ordinal.min(audit), audit + 1)?;
        if let Some(edge) = place.get() {
            return Some(edge);
        }
        // What cannot be read is said where a proof needs it.
        let range = read_range(&self.nodes(), self.size()).ok()?;
        let edge = RightEdge::new(self.tree, &range).ok()?;
        if edge.hash(self.size().leaves()) != Some(self.root) {
            return None;
        }
        Some(place.get_or_init(|| edge))
    }

    fn nodes(&self) -> Nodes<'a> {
        Nodes {
            shared: &self.snapshot.shared,
            files: self.files,
            tip: &self.snapshot.at.log,
        }
    }

    /// The bytes of an entry; of the audit tree, of a commit body.
    ///
    /// # Errors
    /// [`Error::OutOfRange`], [`Error::BeforeBase`]; [`Error::Log`] where the entry is damaged.
    pub fn entry(&self, index: LeafIndex) -> Result<Vec<u8>> {
        self.check("leaf", index.0, index.0 < self.size)?;
        let (shared, log) = (&self.snapshot.shared, &self.snapshot.at.log);
        if self.files.ordinal == AUDIT {
            return Ok(shared.commit(index.0 + 1, log)?.body_bytes);
        }
        shared.check_entry(self.files.ordinal, index.0)?;
        if let Some(entry) = shared.single_entry(self.tree, self.files, index.0) {
            return Ok(entry);
        }
        let (_, frame) = shared.entries_frame(self.files, index.0, log)?;
        let entries = Entries::decode(&frame.payload, frame.batch)?;
        let entry = entries.get(index.0).map(<[u8]>::to_vec);
        entry.ok_or_else(|| self.lost(index.0))
    }

    /// The leaf hashes of `range` in order, of entries too that this store does not have: 32 bytes of
    /// memory for each, so long ranges are for the caller to divide.
    ///
    /// # Errors
    /// [`Error::OutOfRange`]; [`Error::Log`] where the log has to answer and is damaged.
    pub fn leaf_hashes(&self, range: Range<u64>) -> Result<Vec<Hash>> {
        self.check("leaf", range.end, range.end <= self.size)?;
        let log = &self.snapshot.at.log;
        self.snapshot.shared.leaf_hashes(self.files, range, log)
    }

    /// The entries of `range` in order, read as they are asked for.
    ///
    /// # Errors
    /// [`Error::OutOfRange`], [`Error::BeforeBase`].
    pub fn entries(&self, range: Range<u64>) -> Result<EntryIter<'a>> {
        self.check("leaf", range.end, range.end <= self.size)?;
        if !range.is_empty() {
            let shared = &self.snapshot.shared;
            shared.check_entry(self.files.ordinal, range.start)?;
        }
        Ok(EntryIter {
            view: *self,
            range,
            frame: None,
        })
    }

    /// Root of the tree when it had `size` entries.
    ///
    /// # Errors
    /// [`Error::OutOfRange`]; [`Error::Log`] where the log has to answer and is damaged.
    pub fn root_at(&self, size: TreeSize) -> Result<Hash> {
        self.check("size", size.0, size.0 <= self.size)?;
        if size.0 == self.size {
            return Ok(self.root);
        }
        root_at(&self.nodes(), self.tree, size)
    }

    /// Proves that an entry is in the tree of `size` entries (RFC 6962 section 2.1.1).
    ///
    /// # Errors
    /// [`Error::OutOfRange`]; [`Error::Log`] where the log has to answer and is damaged.
    pub fn prove_inclusion(&self, index: LeafIndex, size: TreeSize) -> Result<InclusionProof> {
        self.check("size", size.0, size.0 <= self.size)?;
        self.check("leaf", index.0, index.0 < size.0)?;
        prove_inclusion(&self.edged(size), self.tree, index, size).map_err(unproven)
    }

    /// Proves that the tree of `second` entries begins with that of `first` (section 2.1.2).
    ///
    /// # Errors
    /// [`Error::ConsistencyFromEmpty`], [`Error::OutOfRange`]; [`Error::Log`] where the log has to
    /// answer and is damaged.
    pub fn prove_consistency(&self, first: TreeSize, second: TreeSize) -> Result<ConsistencyProof> {
        if first.0 == 0 {
            return Err(Error::ConsistencyFromEmpty);
        }
        self.check("size", second.0, second.0 <= self.size)?;
        self.check("size", first.0, first.0 <= second.0)?;
        prove_consistency(&self.edged(second), self.tree, first, second).map_err(unproven)
    }

    /// Proves that the entries of `range`, all of them and in order, are in the tree of `size`
    /// entries.
    ///
    /// # Errors
    /// [`Error::OutOfRange`], for an empty range too; [`Error::Log`] where the log has to answer and
    /// is damaged.
    pub fn prove_range(&self, range: Range<u64>, size: TreeSize) -> Result<RangeProof> {
        self.check("size", size.0, size.0 <= self.size)?;
        self.check("leaf", range.end, range.end <= size.0)?;
        self.check("leaf", range.start, range.start < range.end)?;
        let (begin, end) = (LeafIndex(range.start), LeafIndex(range.end));
        prove_range(&self.edged(size), self.tree, begin, end, size).map_err(unproven)
    }

    fn lost(&self, index: u64) -> Error {
        Error::OutOfRange {
            what: "readable leaf",
            asked: index,
            ledger: self.name.to_owned(),
            size: self.size,
        }
    }

    fn check(&self, what: &'static str, asked: u64, inside: bool) -> Result<()> {
        if inside {
            return Ok(());
        }
        Err(Error::OutOfRange {
            what,
            asked,
            ledger: self.name.to_owned(),
            size: self.size,
        })
    }
}

impl NodeReader for TreeView<'_> {
    type Error = Error;

    /// A complete node of the tree; of a node that the tree has not, an error.
    fn node(&self, id: NodeId) -> Result<Hash> {
        self.check("node", id.index, id.is_complete_in(TreeSize(self.size)))?;
        self.nodes().node(id)
    }

    fn incomplete(&self, range: NodeRange) -> Option<Hash> {
        self.edge()?.hash(range)
    }
}

fn unproven(error: ProveError<Error>) -> Error {
    match error {
        ProveError::Read(error) => error,
        // The bounds were checked before.
        _ => Error::ConsistencyFromEmpty,
    }
}

/// The entries of a range, in order.
#[derive(Debug)]
pub struct EntryIter<'a> {
    view: TreeView<'a>,
    range: Range<u64>,
    /// The last frame read.
    frame: Option<StoredFrame>,
}

impl EntryIter<'_> {
    fn read(&mut self, index: u64) -> Result<Vec<u8>> {
        let view = self.view;
        if view.files.ordinal == AUDIT {
            return view.entry(LeafIndex(index));
        }
        if let Some(frame) = &self.frame {
            let entries = Entries::decode(&frame.payload, frame.batch)?;
            if let Some(entry) = entries.get(index) {
                return Ok(entry.to_vec());
            }
        }
        let (shared, log) = (&view.snapshot.shared, &view.snapshot.at.log);
        let (_, frame) = shared.entries_frame(view.files, index, log)?;
        let entries = Entries::decode(&frame.payload, frame.batch)?;
        let entry = entries.get(index).map(<[u8]>::to_vec);
        self.frame = Some(frame);
        entry.ok_or_else(|| view.lost(index))
    }
}

impl Iterator for EntryIter<'_> {
    type Item = Result<(LeafIndex, Vec<u8>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.range.next()?;
        Some(self.read(index).map(|entry| (LeafIndex(index), entry)))
    }
}
