//! The plan of a repair: everything is done once beside the store, and verified there.

use std::collections::BTreeMap;
use std::sync::Arc;

use hash_store::{
    Access, BEGIN_LEN, Base, BatchKind, BeginHeader, Found, HEADER_LEN, MemStorage, Position, Scan,
    Segments, Stop, Storage, Superblock, Superblocks, first_chain, seed_of_segment, segment_files,
    segment_name,
};
use merkle_log::Hash;

use super::structure::{self, Work};
use super::walk::{Place, Salvage, Walk};
use super::{Repair, RepairOptions, RepairSource, Step, Unrepaired};
use crate::error::Result;
use crate::head::LedgerSpec;
use crate::names::NetworkId;
use crate::record::Attachment;
use crate::store::{CommitRecord, Reader, StateFolder, first_tip};
use crate::verdict::ConditionKind;
use crate::verify::{Level, verify};

/// What is to be done, with the new files ready.
#[derive(Debug)]
pub(in crate::mend) struct Plan {
    pub(in crate::mend) steps: Vec<Step>,
    pub(in crate::mend) unrepaired: Vec<Unrepaired>,
    pub(in crate::mend) work: Work,
    /// Both superblocks are lost: what they would say.
    pub(super) superblocks: Option<Superblock>,
    /// No derived file is to be believed.
    pub(super) forget_derived: bool,
    /// Derived files that do not verify.
    pub(super) wrong: Vec<String>,
    pub(super) kept: Vec<String>,
    pub(super) drop: Option<Stop>,
    pub(super) attach: Vec<(u64, Attachment)>,
}

impl Plan {
    pub(super) fn into_repair(self) -> Repair {
        Repair {
            steps: self.steps,
            unrepaired: self.unrepaired,
            kept_in: None,
            report: None,
        }
    }
}

/// What a walk over the whole log found, and what was made again beside it.
#[derive(Debug)]
pub(in crate::mend) struct Survey {
    pub(in crate::mend) work: Work,
    pub(in crate::mend) network: NetworkId,
    pub(in crate::mend) superblock: Superblock,
    superblocks_lost: bool,
    pub(in crate::mend) steps: Vec<Step>,
    pub(in crate::mend) unrepaired: Vec<Unrepaired>,
    /// Where the log ends.
    pub(in crate::mend) end: Place,
    /// Where its first gap is.
    pub(in crate::mend) prefix: Option<Place>,
    pub(in crate::mend) noted: Option<Hash>,
    lost: Vec<super::walk::Lost>,
    drop: Option<Stop>,
}

/// Walks the log and makes again what can be proven.
pub(in crate::mend) fn survey(
    storage: &Arc<dyn Storage>,
    scratch: &Arc<dyn Storage>,
    options: &RepairOptions,
    note: Option<u64>,
    salvage: Option<&mut dyn Salvage>,
) -> Result<Survey> {
    let (found, is_clean) = match Superblocks::read(&**storage) {
        Ok(state) => (Ok(state.current), state.clean),
        Err(error) => (Err(error), false),
    };
    let files = segment_files(&**storage)?;
    let uuid = match &found {
        Ok(superblock) => Some(superblock.uuid),
        Err(hash_store::Error::NoSuperblock(_) | hash_store::Error::NotAStore { .. }) => {
            let mut stated = files.iter().filter_map(|file| file.stated);
            stated.next().map(|(uuid, _)| uuid)
        }
        Err(_) => None,
    };
    let (superblocks_lost, uuid) = match (&found, uuid) {
        (Ok(_), Some(uuid)) => (false, uuid),
        (Err(_), Some(uuid)) => (true, uuid),
        (_, None) => {
            return Err(found
                .err()
                .unwrap_or_else(|| not_a_store(&**storage))
                .into());
        }
    };
    let mut work = Work::new(storage, scratch, uuid);
    let (mut steps, mut unrepaired) = (Vec::new(), Vec::new());
    let needed = found
        .as_ref()
        .map_or(0, |superblock| superblock.end.segment());
    let sources = &options.sources;
    structure::settle(&mut work, needed, sources, &mut steps, &mut unrepaired)?;
    let (network, superblock) = match found {
        Ok(superblock) => (superblock.network.parse::<NetworkId>()?, superblock),
        Err(error) => match beginning_of(&work, sources)? {
            Some((network, base)) => {
                let superblock = no_superblock(uuid, &network, base);
                (network, superblock)
            }
            None => return Err(error.into()),
        },
    };
    for source in sources {
        source.check(&network)?;
    }
    let drop_last = options.drop_last_batch;
    let mut walk = Walk::new(
        &mut work,
        &network,
        &superblock,
        is_clean,
        sources,
        drop_last,
    );
    walk.salvage = salvage;
    walk.noted = note.map(|height| (height, None));
    if unrepaired.is_empty() {
        walk.run()?;
    } else {
        walk.prefix = Some(walk.place.clone());
    }
    steps.append(&mut walk.steps);
    unrepaired.append(&mut walk.unrepaired);
    let (end, prefix, lost, drop) = (walk.place, walk.prefix, walk.lost, walk.drop);
    let noted = walk.noted.and_then(|(_, root)| root);
    Ok(Survey {
        work,
        network,
        superblock,
        superblocks_lost,
        steps,
        unrepaired,
        end,
        prefix,
        noted,
        lost,
        drop,
    })
}

/// Finds everything that is to be done.
pub(in crate::mend) fn plan(
    storage: &Arc<dyn Storage>,
    scratch: &Arc<dyn Storage>,
    options: &RepairOptions,
) -> Result<Plan> {
    let survey = survey(storage, scratch, options, None, None)?;
    let mut plan = Plan {
        steps: survey.steps,
        unrepaired: survey.unrepaired,
        work: survey.work,
        superblocks: None,
        forget_derived: false,
        wrong: Vec::new(),
        kept: Vec::new(),
        drop: survey.drop,
        attach: Vec::new(),
    };
    if !plan.unrepaired.is_empty() {
        // Nothing can be opened for writing yet, and nothing but segments is looked at.
        return Ok(plan);
    }
    if survey.superblocks_lost {
        let first = Superblock {
            batch: survey.end.tip.batch,
            height: survey.end.tip.height,
            end: survey.end.tip.end,
            last_body: survey.end.tip.last_body,
            chain: survey.end.tip.chain,
            ledgers: survey.end.declared.clone(),
            ..survey.superblock.clone()
        };
        Superblocks::found(&*plan.work.upper, &first)?;
        plan.steps.push(Step::Superblocks);
        plan.superblocks = Some(first);
    }
    plan.check_kept(&survey.end)?;
    plan.check_rest()?;
    plan.attach_again(&survey.lost, &options.sources)?;
    Ok(plan)
}

impl Plan {
    fn layered(&self) -> Arc<dyn Storage> {
        Arc::clone(&self.work.layered) as Arc<dyn Storage>
    }

    /// What says which states are kept is derived from nothing: where it is damaged, all are kept.
    fn check_kept(&mut self, end: &Place) -> Result<()> {
        let layered = self.layered();
        for (declared, ordinal) in end.declared.iter().zip(0u32..) {
            let spec = LedgerSpec::from_declaration(declared, 0)?;
            let dir = spec.name.as_str().to_owned();
            let folder = StateFolder::of(&layered, self.work.uuid, ordinal, dir, spec.state);
            let kept = folder.map(|folder| folder.kept_heights()).transpose();
            let Err(error) = kept else {
                continue;
            };
            let file = error.damage().map(|damage| damage.file.clone());
            let Some(file) = file else {
                return Err(error);
            };
            self.work.layered.hide(&file);
            self.steps.push(Step::Kept { file: file.clone() });
            self.kept.push(file);
            self.forget_derived = true;
        }
        Ok(())
    }

    /// Verifies the store as it would be, and finds what is left to do.
    fn check_rest(&mut self) -> Result<()> {
        let report = verify(self.layered(), Level::Full, &mut |_| true)?;
        let ends_early = self.steps.iter();
        let mut ends_early =
            ends_early.filter(|step| matches!(step, Step::Tail { .. } | Step::DropLast { .. }));
        let is_tail = ends_early.next().is_some();
        for condition in report.conditions() {
            match condition.kind {
                ConditionKind::TornTail | ConditionKind::StrayBit if is_tail => {}
                ConditionKind::Unsettled if self.drop.is_some() => {}
                ConditionKind::Superblock => {
                    let file = condition.file;
                    self.steps.push(Step::Superblock { file });
                }
                ConditionKind::Derived => self.wrong.push(condition.file),
                _ if self.drop.is_some() && condition.batch == self.dropped() => {}
                _ => self.unrepaired.push(Unrepaired {
                    code: condition.code,
                    file: condition.file,
                    offset: condition.offset,
                    batch: condition.batch,
                    affected: condition.affected,
                    reason: "nothing that is left tells how it was".to_owned(),
                }),
            }
        }
        self.wrong.sort_unstable();
        self.wrong.dedup();
        if let Some(file) = self.wrong.first() {
            self.forget_derived = true;
            if self.kept.is_empty() {
                let file = file.clone();
                self.steps.push(Step::Derived { file });
            }
        }
        Ok(())
    }

    fn dropped(&self) -> u64 {
        self.drop.as_ref().map_or(0, |stop| stop.damage.batch)
    }

    /// Finds what became padding in the sources.
    fn attach_again(&mut self, lost: &[super::walk::Lost], sources: &[RepairSource]) -> Result<()> {
        if lost.is_empty() || sources.is_empty() {
            return Ok(());
        }
        let reader = Reader::open_in(self.layered(), Arc::new(MemStorage::new()))?;
        let snapshot = reader.snapshot();
        let mut known = BTreeMap::new();
        for lost in lost.iter().filter(|lost| lost.height <= snapshot.height()) {
            let height = lost.height;
            let ours = match known.entry(height) {
                std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::btree_map::Entry::Vacant(entry) => {
                    entry.insert(snapshot.attachments(height)?)
                }
            };
            let theirs = sources.iter().flat_map(|source| source.attachments(height));
            // Of those that fit, the longest fills the padding best.
            let found = theirs.filter(|theirs| fits(theirs, lost.len) && !ours.contains(theirs));
            let found = found.max_by_key(|theirs| theirs.bytes.len());
            if let Some(found) = found {
                ours.push(found.clone());
                self.steps.push(Step::Attach {
                    height,
                    len: found.bytes.len() as u64,
                });
                self.attach.push((height, found));
            }
        }
        Ok(())
    }
}

/// Whether an attachment may be what a padding of this length stands for, which may have taken a
/// sector more than it needs.
pub(super) fn fits(attachment: &Attachment, padding: usize) -> bool {
    let needed = crate::record::Padding::LEN_MIN + attachment.bytes.len();
    (needed..needed + 8 + hash_store::SECTOR).contains(&padding)
}

fn not_a_store(storage: &dyn Storage) -> hash_store::Error {
    hash_store::Error::NotAStore {
        location: storage.location(),
    }
}

fn no_superblock(uuid: [u8; 16], network: &NetworkId, base: Option<Base>) -> Superblock {
    let tip = first_tip(network);
    Superblock {
        uuid,
        generation: 0,
        clean: false,
        cut: false,
        batch: 0,
        height: 0,
        end: tip.end,
        last_body: None,
        chain: tip.chain,
        network: network.as_str().to_owned(),
        ledgers: Vec::new(),
        watermarks: Vec::new(),
        base,
    }
}

/// How a log without superblocks begins. The network is as a body names it, or a source, if the chain
/// starts from it; what stands in the place of its first commits is as the last of its batches says,
/// and is nothing to build on where that one is lost.
fn beginning_of(
    work: &Work,
    sources: &[RepairSource],
) -> Result<Option<(NetworkId, Option<Base>)>> {
    let layered = Arc::clone(&work.layered) as Arc<dyn Storage>;
    let segments = Arc::new(Segments::open(layered, work.uuid, Access::Read)?);
    if segments.count() == 0 {
        return Ok(None);
    }
    let first = Position::new(0, HEADER_LEN);
    let mut begin = [0; BEGIN_LEN];
    segments.get(0)?.read(HEADER_LEN, &mut begin)?;
    let seed = seed_of_segment(work.uuid, 0);
    let begin = BeginHeader::decode(&begin, &seed, HEADER_LEN).ok();
    let mut candidates: Vec<NetworkId> = Vec::new();
    let (mut has_base, mut base) = (false, None);
    let mut scan = Scan::new(Arc::clone(&segments), first, 1, None);
    while candidates.is_empty() {
        match scan.next()? {
            None => break,
            Some(Found::Batch { at, batch }) if batch.header.height > 0 => {
                let body = CommitRecord::of_batch(&batch, at)?.body;
                if batch.header.kind == BatchKind::Base {
                    base = Some(Base {
                        height: body.height,
                        sizes: body.ledgers.iter().map(|ledger| ledger.size).collect(),
                    });
                }
                candidates.push(body.network);
            }
            Some(Found::Batch { batch, .. }) => {
                has_base |= batch.header.kind == BatchKind::Base;
            }
            Some(Found::Stop(stop)) => {
                if !scan.resume_after(&stop)? {
                    break;
                }
            }
        }
    }
    if has_base && base.is_none() {
        return Ok(None);
    }
    for source in sources {
        if let RepairSource::Store(reader) = source {
            candidates.push(reader.snapshot().network().clone());
        }
    }
    let starts = |network: &NetworkId| {
        begin.is_none_or(|begin| begin.chain_before == first_chain(network.as_str()))
    };
    let network = candidates.into_iter().find(starts);
    Ok(network.map(|network| (network, base)))
}

/// The files of the segments that were made again.
pub(super) fn remade_files(work: &Work) -> Vec<String> {
    work.remade
        .keys()
        .map(|number| segment_name(*number))
        .collect()
}
