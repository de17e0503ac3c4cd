//! What can go wrong with a store of ledgers.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use hash_store::Damage;
use merkle_log::Hash;
use merkle_log::tiles::TileError;
use patricia_state::{NodeLogError, StoredNodeError};

use crate::body::BodyError;
use crate::names::NameError;
use crate::store::TransferError;

/// Bytes in hexadecimal, for messages.
struct HexId<'a>(&'a [u8]);

impl core::fmt::Display for HexId<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Result with this crate's [`Error`].
pub type Result<T> = core::result::Result<T, Error>;

/// Errors of a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The record log or the files beside it.
    #[error(transparent)]
    Log(#[from] hash_store::Error),
    /// A name that cannot be one.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A Merkle tile file; the tiles are derived and are rebuilt by the next open for writing.
    #[error(transparent)]
    Tiles(Box<TileError>),
    /// A node of a state; the node log is derived and is rebuilt by the next open for writing.
    #[error(transparent)]
    State(Box<NodeLogError>),
    /// The ledger was declared without state.
    #[error("ledger {name:?} has no state")]
    NoState {
        /// The ledger.
        name: String,
    },
    /// The state of this height is not kept any more. The record log still has it: see
    /// `Snapshot::state_from_log`.
    #[error(
        "the state of {ledger:?} at height {height} was dropped; every height from {oldest} on is kept"
    )]
    Dropped {
        /// The ledger.
        ledger: String,
        /// The height asked for.
        height: u64,
        /// The height from which on all are kept.
        oldest: u64,
    },
    /// The file that says which states are kept does not verify. Nothing else says so: opening for
    /// writing changes nothing. Removing the file keeps all heights from then on.
    #[error("the file that says which states are kept is damaged: {0}")]
    DamagedKept(Damage),
    /// A state that the node log does not hold cannot be made anew: the record log is damaged before
    /// its height, or the recorded writes do not make the recorded root.
    #[error(
        "the state of {ledger:?} at height {height} cannot be made from the record log: {source}"
    )]
    Unmade {
        /// The ledger.
        ledger: String,
        /// The height.
        height: u64,
        /// What stands in the way.
        #[source]
        source: Arc<Self>,
    },
    /// Nothing was committed at or before this time.
    #[error("there is no commit at or before time {time_ms} ms")]
    NoCommitAt {
        /// The time asked for.
        time_ms: u64,
    },
    /// The ledger was declared without this look-up.
    #[error("ledger {name:?} has no look-up by {what}")]
    NoLookup {
        /// The ledger.
        name: String,
        /// By what.
        what: &'static str,
    },
    /// An entry's id is not of 1 to 1024 bytes.
    #[error("an id of {len} bytes, from 1 to {limit} are possible")]
    IdLen {
        /// Its length in bytes.
        len: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// An entry was added before with this id.
    #[error("the id {} is that of entry {index} of {ledger:?}", HexId(id))]
    DuplicateId {
        /// The id.
        id: Vec<u8>,
        /// The ledger that has the first entry with this id.
        ledger: String,
        /// The leaf index of that entry, or the one it will have once its batch is committed.
        index: u64,
    },
    /// There is no ledger of this name.
    #[error("there is no ledger {name:?}")]
    NoSuchLedger {
        /// The name asked for.
        name: String,
    },
    /// A ledger of this name was declared before.
    #[error("there is a ledger {name:?} already")]
    LedgerExists {
        /// The name.
        name: String,
    },
    /// More ledgers than a store takes.
    #[error("{count} ledgers, the limit is {limit}")]
    TooManyLedgers {
        /// How many there would be.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// An entry is longer than the limit.
    #[error("an entry of {len} bytes, the limit is {limit}")]
    EntryTooLarge {
        /// Its length in bytes.
        len: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// An entry, leaf or size beyond what the view holds.
    #[error("{what} {asked} is outside {ledger:?}, which has {size} at this height")]
    OutOfRange {
        /// What was asked for.
        what: &'static str,
        /// Its index or size.
        asked: u64,
        /// In which ledger.
        ledger: String,
        /// How many there are.
        size: u64,
    },
    /// A height that was not committed.
    #[error("there is no height {asked}, the last one is {last}")]
    NoSuchHeight {
        /// The height asked for.
        asked: u64,
        /// The last height.
        last: u64,
    },
    /// What was asked for lies before the height at which this store begins.
    #[error("{what} {asked} is before height {base}, with which this store begins")]
    BeforeBase {
        /// What was asked for: a height, an entry by its index, a time.
        what: &'static str,
        /// Its number.
        asked: u64,
        /// The height that the store begins with.
        base: u64,
    },
    /// What a store was to begin with has not the size that the commit body says.
    #[error("base of {ledger:?}: size {expected} in the body, {computed} leaves are there")]
    BaseSize {
        /// The ledger, or `audit`.
        ledger: String,
        /// The size in the body.
        expected: u64,
        /// Leaves that are there.
        computed: u64,
    },
    /// What a store was to begin with does not come out at what the commit body says.
    #[error("base of {ledger:?}: {what}: {expected} in the body, computed {computed}")]
    BaseRoot {
        /// The ledger, or `audit`.
        ledger: String,
        /// What differs: `root`, `state root`, `root before`, `metadata`.
        what: &'static str,
        /// The hash in the body, or beside it.
        expected: Hash,
        /// The hash of what is there.
        computed: Hash,
    },
    /// A write that the base of a state cannot have.
    #[error("base of {ledger:?}: {what}")]
    BaseWrite {
        /// The ledger.
        ledger: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A commit whose time is before that of its parent.
    #[error("time {time_ms} ms is before the parent commit's {parent_ms} ms")]
    TimeRunsBackwards {
        /// The commit's time.
        time_ms: u64,
        /// Its parent's time.
        parent_ms: u64,
    },
    /// The sealed batch was made on another tip than the store has now.
    #[error("the batch was sealed on height {parent}, which is not the tip at height {tip}")]
    StaleParent {
        /// Height that the batch was sealed on.
        parent: u64,
        /// Height of the tip.
        tip: u64,
    },
    /// A consistency proof from size 0, which proves nothing.
    #[error("a consistency proof from size 0 proves nothing")]
    ConsistencyFromEmpty,
    /// A record verifies but does not fit what was recorded before it.
    #[error("batch {batch}: {what}: recorded {expected}, computed {computed}")]
    Mismatch {
        /// The batch.
        batch: u64,
        /// What differs.
        what: &'static str,
        /// The value in the record.
        expected: Hash,
        /// The value computed from the records.
        computed: Hash,
    },
    /// A frame verifies but its payload does not decode.
    #[error("batch {batch}: {what} does not decode at byte {at}")]
    Payload {
        /// The batch.
        batch: u64,
        /// What kind of payload.
        what: &'static str,
        /// Where decoding stopped.
        at: usize,
    },
    /// A commit body does not decode.
    #[error("height {height}: {source}")]
    Body {
        /// The height.
        height: u64,
        /// Why.
        source: BodyError,
    },
    /// A genesis file is loaded only into an empty ledger.
    #[error("ledger {name:?} has {size} entries; genesis is loaded only into an empty one")]
    NotEmpty {
        /// The ledger.
        name: String,
        /// How many entries it has.
        size: u64,
    },
    /// Too much waits for the next group commit, and the caller chose not to wait.
    #[error("{submissions} submissions of {bytes} bytes wait already")]
    Busy {
        /// How many wait.
        submissions: usize,
        /// Bytes of their entries, keys and values.
        bytes: usize,
    },
    /// The store was closed: there will be no more commits to wait for.
    #[error("the store was closed")]
    Closed,
    /// The group's leader failed; so did everything it took with it.
    #[error("group commit failed: {reason}")]
    Group {
        /// The leader's error.
        reason: String,
    },
    /// A copy can only be continued where it is the beginning of the same log.
    #[error("{location} is no copy of this store: {what}")]
    NotACopy {
        /// Where it lies.
        location: String,
        /// Why it is none.
        what: &'static str,
    },
    /// A store that is damaged is no source for a copy: it would be a shorter store.
    #[error("the store to copy is damaged: {reason}")]
    DamagedSource {
        /// The stable code of what was found.
        code: &'static str,
        /// What was found.
        reason: String,
    },
    /// Bytes are not the commit that they should be.
    #[error(transparent)]
    Transfer(#[from] TransferError),
    /// The store's audit tree does not have the root that the caller trusts.
    #[error("root of the audit tree at height {height}: expected {expected}, computed {computed}")]
    WrongRoot {
        /// The height.
        height: u64,
        /// The root given.
        expected: Hash,
        /// The root of the store.
        computed: Hash,
    },
    /// A file of a stopped verification cannot be gone on from.
    #[error("the verification cannot go on from that file: {what}")]
    Resume {
        /// Why not.
        what: &'static str,
    },
    /// A line of an input file.
    #[error("line {line}: {reason}")]
    Input {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
}

impl From<TileError> for Error {
    fn from(error: TileError) -> Self {
        Self::Tiles(Box::new(error))
    }
}

impl From<NodeLogError> for Error {
    fn from(error: NodeLogError) -> Self {
        Self::State(Box::new(error))
    }
}

impl From<StoredNodeError> for Error {
    fn from(error: StoredNodeError) -> Self {
        NodeLogError::from(error).into()
    }
}

impl Error {
    /// The stable code, as in findings and `ledger-tool explain`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Log(error) => error.code(),
            Self::Name(_) => "E-NAME",
            Self::Tiles(_) => "E-TILES",
            Self::State(_) => "E-TRIE",
            Self::NoState { .. } => "E-NO-STATE",
            Self::NoLookup { .. } => "E-NO-LOOKUP",
            Self::IdLen { .. } => "E-ID-LEN",
            Self::DuplicateId { .. } => "E-DUPLICATE-ID",
            Self::Dropped { .. } => "E-DROPPED",
            Self::DamagedKept(_) => "E-KEPT",
            Self::Unmade { .. } => "E-UNMADE",
            Self::NoCommitAt { .. } => "E-NO-COMMIT",
            Self::NoSuchLedger { .. } => "E-NO-LEDGER",
            Self::LedgerExists { .. } => "E-LEDGER-EXISTS",
            Self::TooManyLedgers { .. } => "E-TOO-MANY-LEDGERS",
            Self::EntryTooLarge { .. } => "E-ENTRY-TOO-LARGE",
            Self::OutOfRange { .. } => "E-OUT-OF-RANGE",
            Self::NoSuchHeight { .. } => "E-NO-HEIGHT",
            Self::BeforeBase { .. } => "E-BEFORE-BASE",
            Self::BaseSize { .. } | Self::BaseRoot { .. } | Self::BaseWrite { .. } => "E-BASE",
            Self::TimeRunsBackwards { .. } => "E-TIME",
            Self::StaleParent { .. } => "E-STALE-PARENT",
            Self::ConsistencyFromEmpty => "E-CONSISTENCY-FROM-EMPTY",
            Self::Mismatch { .. } => "E-MISMATCH",
            Self::Payload { .. } | Self::Body { .. } => "E-PAYLOAD",
            Self::NotEmpty { .. } => "E-NOT-EMPTY",
            Self::Busy { .. } => "E-BUSY",
            Self::Closed => "E-CLOSED",
            Self::Group { .. } => "E-GROUP",
            Self::DamagedSource { code, .. } => code,
            Self::NotACopy { .. } => "E-NOT-A-COPY",
            Self::Transfer(_) => "E-TRANSFER",
            Self::WrongRoot { .. } => "E-WRONG-ROOT",
            Self::Resume { .. } => "E-RESUME",
            Self::Input { .. } => "E-INPUT",
        }
    }

    /// The damaged bytes this error tells of, if it does.
    #[must_use]
    pub fn damage(&self) -> Option<&Damage> {
        match self {
            Self::Log(error) => error.damage(),
            Self::DamagedKept(damage) => Some(damage),
            Self::Unmade { source, .. } => source.damage(),
            _ => None,
        }
    }

    /// What the others of a group are told of their leader's error.
    pub(crate) fn for_group(&self) -> Self {
        match self {
            Self::Log(hash_store::Error::StoreFull { file }) => {
                hash_store::Error::StoreFull { file: file.clone() }.into()
            }
            other => Self::Group {
                reason: other.to_string(),
            },
        }
    }
}
