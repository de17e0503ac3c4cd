//! Reading a store from another process, or one that cannot be written: no lock, no write.
//!
//! Invariants:
//!
//! - with a tip file of this boot nothing beyond it is served, and all up to it is durable;
//! - without one the prefix of the log that verifies is served, and its durability is unknown
//!   unless the store was closed in order;
//! - damage is told and passed over: everything else is served.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use hash_store::{
    Access, BatchKind, Damage, FileKind, FileStorage, Found, LogTip, MemStorage, Position, Scan,
    Segments, Storage, Superblock, Superblocks, Tip, Watermark, check_reached, is_quiet_after,
    read_tip,
};

use super::derived::TreePlace;
use super::kept::Pins;
use super::lookup::LedgerLookups;
use super::open::{attachment_index, base_head, first_tip, tip_after, tip_of};
use super::shared::{
    Attached, CommitRecord, Edges, Gaps, Published, Roots, Shared, TreeFiles, attachment_heights,
};
use super::snapshot::Snapshot;
use super::states::{PublishedState, StateFolder};
use super::sync::{AtomicU64, Mutex};
use crate::body::LedgerRoots;
use crate::error::Result;
use crate::head::{AUDIT_TREE, Head, LedgerSpec, Lookups};
use crate::names::{LedgerName, NetworkId};

/// What is known of the durability of what a reader serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Everything served was synced: a writer said so in this boot, or closed the store in order.
    Durable,
    /// The store was not closed in order and no writer spoke since the machine started: the last
    /// batches verify, and may yet be taken away as torn.
    Unknown,
}

/// A store that is open for reading.
#[derive(Debug)]
pub struct Reader {
    shared: Arc<Shared>,
    seen: Mutex<Standing>,
}

/// What a reader knows besides the ledgers.
#[derive(Clone, Debug)]
struct Standing {
    durability: Durability,
    problem: Option<Arc<hash_store::Error>>,
}

impl Standing {
    /// The damage that the log was found to have.
    fn damage(&self) -> Option<&Damage> {
        match self.problem.as_deref() {
            Some(hash_store::Error::CorruptCommitted(damage)) => Some(damage),
            _ => None,
        }
    }
}

/// The log as a reader finds it.
struct Seen {
    log: LogTip,
    roots: Roots,
    /// The roots at the superblock, up to which tiles may be believed.
    base: Option<Roots>,
    /// The look-ups of all ledgers, and the sizes up to which they have runs.
    lookups: Vec<(LedgerName, Lookups, u64)>,
    attached: Attached,
    standing: Standing,
}

impl Reader {
    /// Opens the store in `dir` for reading; works beside a writer and on a read-only mount.
    ///
    /// # Errors
    /// `NotAStore`, `NoSuperblock`, `FormatVersion`, `UnknownFeatures`, `MissingSegment`, `Io` of
    /// [`hash_store::Error`]. Damage elsewhere is told by [`Reader::problem`].
    pub fn open(dir: impl AsRef<Path>) -> Result<Self> {
        let storage = Arc::new(FileStorage::new(dir.as_ref()));
        Self::open_in(storage, Arc::new(MemStorage::new()))
    }

    /// Opens a store on any storage for reading. Derived files that are missing or damaged are
    /// made anew in `scratch` when they are first needed, at 72 bytes an entry.
    ///
    /// # Errors
    /// As [`Reader::open`].
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a store takes its storage over"
    )]
    pub fn open_in(storage: Arc<dyn Storage>, scratch: Arc<dyn Storage>) -> Result<Self> {
        let state = Superblocks::read(&*storage)?;
        let superblock = state.current;
        let network: NetworkId = superblock.network.parse()?;
        let uuid = superblock.uuid;
        let segments = Segments::open(Arc::clone(&storage), uuid, Access::Read)?;
        let segments = Arc::new(segments);
        let seen = look(&segments, &network, &superblock, state.clean)?;
        let audit = Arc::new(TreePlace::audit(uuid).for_reading(&storage, 0));
        let attachments = attachment_index(&*storage, uuid, Access::Read);
        let pins = Arc::<Pins>::default();
        let tip = Published {
            log: seen.log,
            roots: seen.roots,
            trees: Vec::new(),
            states: Vec::new(),
            lookups: Vec::new(),
            attached: seen.attached,
            pin: pins.pin(0),
            edges: Edges::default(),
        };
        let tip = trust(&storage, uuid, &audit, tip, seen.base.as_ref());
        let tip = look_up(&storage, uuid, tip, &seen.lookups);
        Ok(Self {
            shared: Arc::new(Shared::new(
                segments,
                (network, superblock.base.map(Arc::new)),
                audit,
                attachments.ok().flatten(),
                tip,
                scratch,
                pins,
            )),
            seen: Mutex::new(seen.standing),
        })
    }

    /// Looks for what was committed since.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn refresh(&self) -> Result<()> {
        let shared = &self.shared;
        let state = Superblocks::read(&*shared.storage)?;
        let before = shared.tip();
        // What was served without being known to be durable may have been taken away since.
        let lookups = match self.durability() {
            Durability::Durable => before.lookups.clone(),
            Durability::Unknown => Vec::new(),
        };
        shared.segments.forget_after(before.log.end.segment());
        shared.segments.refresh()?;
        let seen = look(
            &shared.segments,
            &shared.network,
            &state.current,
            state.clean,
        )?;
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = seen.standing;
        let tip = Published {
            log: seen.log,
            roots: seen.roots,
            trees: before.trees.clone(),
            states: before.states.clone(),
            lookups,
            attached: seen.attached,
            pin: Arc::clone(&before.pin),
            edges: Edges::default(),
        };
        let (storage, uuid) = (&shared.storage, shared.uuid);
        let tip = trust(storage, uuid, &shared.audit, tip, seen.base.as_ref());
        shared.publish(look_up(storage, uuid, tip, &seen.lookups));
        Ok(())
    }

    /// The ledgers as they were when the reader was opened or last refreshed.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(Arc::clone(&self.shared), self.shared.tip())
    }

    /// What is known of the durability of what is served.
    #[must_use]
    pub fn durability(&self) -> Durability {
        self.standing().durability
    }

    /// The first thing found that does not verify, if any: opening for writing would refuse it, or
    /// take it away as a torn tail.
    #[must_use]
    pub fn problem(&self) -> Option<Arc<hash_store::Error>> {
        self.standing().problem
    }

    fn standing(&self) -> Standing {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.clone()
    }
}

/// Finds the tip: by the tip file and the height index, or by walking the log.
fn look(
    segments: &Arc<Segments>,
    network: &NetworkId,
    superblock: &Superblock,
    closed: bool,
) -> Result<Seen> {
    let mut seen = look_once(segments, network, superblock, closed)?;
    // Where no tip file says how far to read, a writer that moves on meanwhile looks like damage
    // too: only what is met again is.
    while seen.standing.durability == Durability::Unknown && seen.standing.damage().is_some() {
        let before = seen.standing;
        seen = look_once(segments, network, superblock, closed)?;
        if seen.standing.damage() == before.damage() {
            break;
        }
    }
    Ok(seen)
}

fn look_once(
    segments: &Arc<Segments>,
    network: &NetworkId,
    superblock: &Superblock,
    closed: bool,
) -> Result<Seen> {
    let reached = check_reached(segments, superblock);
    let base = match &reached {
        Ok(()) => base_head(segments, network.clone(), superblock).ok(),
        Err(_) => None,
    };
    let mut lookups = Vec::new();
    let base = base.map(|(head, roots)| {
        for (ordinal, (ledger, roots)) in (0u32..).zip(head.ledgers.into_iter().zip(&roots.ledgers))
        {
            let covered = superblock.watermarks.iter().any(|mark| {
                mark.kind == FileKind::HashRun as u32
                    && (mark.ledger, mark.batch) == (ordinal, superblock.batch)
            });
            let size = if covered { roots.size } else { 0 };
            lookups.push((ledger.spec.name, ledger.spec.lookups, size));
        }
        roots
    });
    // The tip file may speak of what was cut off.
    let tip = read_tip(&**segments.storage(), &superblock.uuid)?
        .filter(|tip| tip.batch >= superblock.batch && !superblock.cut);
    let clean = closed && is_quiet_after(segments, superblock.end)?;
    let standing = |durability, problem: Option<hash_store::Error>| Standing {
        durability,
        problem: problem.map(Arc::new),
    };
    if let (Some(tip), Some(base)) = (&tip, &base)
        && let Some((log, roots)) = by_index(segments, tip, base)
    {
        return Ok(Seen {
            log,
            roots,
            base: Some(base.clone()),
            lookups,
            attached: Attached::Index,
            standing: standing(Durability::Durable, None),
        });
    }
    let (until, durability) = match tip {
        _ if superblock.cut => (Some(superblock.end), Durability::Durable),
        Some(tip) => (Some(tip.end), Durability::Durable),
        None if clean => (Some(superblock.end), Durability::Durable),
        None => (None, Durability::Unknown),
    };
    let start = match &base {
        Some(roots) => (tip_of(superblock), roots.clone()),
        None => from_the_first(network),
    };
    let walked = walk(segments, start, until)?;
    let declared = walked.declared.into_iter();
    lookups.extend(declared.map(|spec| (spec.name, spec.lookups, 0)));
    let marked = |mark: &Watermark| {
        mark.kind == FileKind::AttachmentIndex as u32 && mark.batch == superblock.batch
    };
    let attached = if walked.lost_attachments {
        Attached::Log
    } else if base.is_some() && superblock.watermarks.iter().any(marked) {
        let later = Arc::new(walked.attached);
        Attached::IndexUntil(superblock.height, superblock.end, later)
    } else {
        Attached::Log
    };
    let damage = walked.damage.map(hash_store::Error::CorruptCommitted);
    Ok(Seen {
        log: walked.log,
        roots: walked.roots,
        base,
        lookups,
        attached,
        standing: standing(durability, reached.err().or(damage)),
    })
}

fn from_the_first(network: &NetworkId) -> (LogTip, Roots) {
    let log = first_tip(network);
    let head = Head::empty(network.clone(), std::iter::empty(), None);
    (log, Roots::of_head(&head))
}

/// The roots at the tip that its writer told of.
fn by_index(segments: &Segments, tip: &Tip, base: &Roots) -> Option<(LogTip, Roots)> {
    let at_base = tip.height == base.height;
    let (log, mut roots) = if at_base {
        (None, base.clone())
    } else {
        let audit = TreePlace::audit(tip.uuid).for_reading(segments.storage(), 0);
        let at = audit.index?.get(tip.height.checked_sub(1)?).ok()??;
        let read = segments.batch(at, |batch| {
            let record = CommitRecord::of_batch(batch, at).ok()?;
            let fits = batch.header.height == tip.height && batch.header.number <= tip.batch;
            fits.then_some(record)
        });
        let record = read.ok()??;
        let roots = Roots::of_body(record.body, record.audit_root);
        (Some(record.chain), roots)
    };
    if roots.ledgers.len() > base.ledgers.len() {
        // Ledgers that the superblock does not know: their declarations have to be read.
        return None;
    }
    let later = base.ledgers.get(roots.ledgers.len()..).unwrap_or_default();
    roots.ledgers.extend_from_slice(later);
    Some((
        LogTip {
            batch: tip.batch,
            height: tip.height,
            end: tip.end,
            last_body: None,
            chain: log.unwrap_or_default(),
        },
        roots,
    ))
}

/// What a walk over the log's end found.
struct Walked {
    log: LogTip,
    roots: Roots,
    /// The last attachments of heights, where there were any.
    attached: BTreeMap<u64, Position>,
    declared: Vec<LedgerSpec>,
    /// Whether damage may have taken some of these.
    lost_attachments: bool,
    damage: Option<hash_store::Damage>,
}

/// Walks the log from a known place to its end, or to `until`, passing over damage.
fn walk(
    segments: &Arc<Segments>,
    (log, roots): (LogTip, Roots),
    until: Option<Position>,
) -> Result<Walked> {
    let mut scan = Scan::new(
        Arc::clone(segments),
        log.end,
        log.batch + 1,
        Some(log.chain),
    );
    if let Some(until) = until {
        scan = scan.until(until);
    }
    let mut walked = Walked {
        log,
        roots,
        attached: BTreeMap::new(),
        declared: Vec::new(),
        lost_attachments: false,
        damage: None,
    };
    let mut gaps = Gaps::after(&walked.log);
    loop {
        let stop = match scan.next()? {
            None => break,
            Some(Found::Batch { at, batch }) => {
                gaps.batch(&batch);
                walked.log = tip_after(&walked.log, at, &batch);
                match batch.header.kind {
                    // A part of a base that has no height yet says nothing.
                    BatchKind::Base if batch.header.height == 0 => {}
                    BatchKind::Commit | BatchKind::Base => {
                        let record = CommitRecord::of_batch(&batch, at)?;
                        walked.roots = Roots::of_body(record.body, record.audit_root);
                    }
                    BatchKind::Declaration => {
                        walked.declared.extend(walked.roots.declare(&batch)?);
                    }
                    BatchKind::Attachment => {
                        let heights = attachment_heights(&batch, u64::MAX)?.into_iter();
                        walked.attached.extend(heights.map(|height| (height, at)));
                    }
                }
                continue;
            }
            Some(Found::Stop(stop)) => stop,
        };
        gaps.stop(&stop.damage);
        let more = scan.resume_after(&stop)?;
        walked.damage.get_or_insert(stop.damage);
        if !more {
            break;
        }
    }
    walked.lost_attachments = gaps.finish().is_some();
    Ok(walked)
}

/// Decides how far the tiles of each tree may be believed: to the tip if they fold to its root,
/// else to the superblock, else not at all.
fn trust(
    storage: &Arc<dyn Storage>,
    uuid: [u8; 16],
    audit: &TreeFiles,
    mut tip: Published,
    base: Option<&Roots>,
) -> Published {
    let known = tip.trees.len();
    for (roots, ordinal) in tip.roots.ledgers.iter().zip(0u32..).skip(known) {
        let place = TreePlace::new(uuid, ordinal, roots.name.as_str().to_owned());
        tip.trees.push(Arc::new(place.for_reading(storage, 0)));
        let folder = StateFolder::of(
            storage,
            uuid,
            ordinal,
            roots.name.as_str().to_owned(),
            roots.state,
        );
        // Roots are checked when a state is opened.
        tip.states.push(folder.map(|folder| PublishedState {
            files: Arc::new(folder.for_reading()),
            newest: None,
            believed: 0,
        }));
    }
    let believed = match &tip.attached {
        Attached::Index => u64::MAX,
        _ => base.map_or(0, |base| base.height),
    };
    for state in tip.states.iter_mut().flatten() {
        state.believed = believed;
    }
    for (i, (roots, files)) in tip.roots.ledgers.iter().zip(&tip.trees).enumerate() {
        let place = TreePlace::new(uuid, files.ordinal, roots.name.as_str().to_owned());
        let size_and_root = |roots: &LedgerRoots| (roots.size, roots.root);
        let sizes = [
            Some(size_and_root(roots)),
            base.and_then(|base| base.ledgers.get(i)).map(size_and_root),
        ];
        believe(&files.trusted, sizes, |size, root| {
            place.tiles_hold(storage, roots.tree, size, root)
        });
    }
    let sizes = [
        Some((tip.roots.height, tip.roots.audit_root)),
        base.map(|base| (base.height, base.audit_root)),
    ];
    let place = TreePlace::audit(uuid);
    believe(&audit.trusted, sizes, |size, root| {
        place.tiles_hold(storage, AUDIT_TREE, size, root)
    });
    tip
}

/// Opens look-ups, with the runs that the superblock covers. A ledger whose declaration was lost
/// to damage has none here.
fn look_up(
    storage: &Arc<dyn Storage>,
    uuid: [u8; 16],
    mut tip: Published,
    lookups: &[(LedgerName, Lookups, u64)],
) -> Published {
    let mut opened = Vec::new();
    for (roots, ordinal) in tip.roots.ledgers.iter().zip(0u32..) {
        let of_it = lookups.iter().find(|(name, ..)| *name == roots.name);
        let before = tip.lookups.get(opened.len());
        opened.push(match (of_it, before) {
            (None, _) => LedgerLookups::default(),
            (Some((_, _, size)), Some(before))
                if before.all().all(|lookup| lookup.covered() == *size) =>
            {
                before.clone()
            }
            (Some((name, spec, size)), _) => {
                let place = TreePlace::new(uuid, ordinal, name.as_str().to_owned());
                LedgerLookups::for_reading(storage, &place, spec, *size)
            }
        });
    }
    tip.lookups = opened;
    tip
}

fn believe(
    trusted: &AtomicU64,
    sizes: [Option<(u64, merkle_log::Hash)>; 2],
    hold: impl Fn(u64, merkle_log::Hash) -> bool,
) {
    let believed = sizes
        .into_iter()
        .flatten()
        .find(|(size, root)| hold(*size, *root));
    let size = believed.map_or(0, |(size, _)| size);
    trusted.fetch_max(size, Ordering::AcqRel);
}
