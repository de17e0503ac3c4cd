//! Replaying the log into derived files.

use std::sync::Arc;

use hash_store::{Batch, BatchKind, Position, SlotIndex, Storage};

use super::derived::{TreePlace, TreeWriter};
use super::prune::RebuildPruner;
use super::shared::attachment_heights;
use super::states::StateFolder;
use crate::error::Result;
use crate::head::Head;

/// The derived files of a store while the log is replayed into them.
#[derive(Debug)]
pub(crate) struct Replay {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) uuid: [u8; 16],
    pub(crate) head: Head,
    pub(crate) audit: TreeWriter,
    pub(crate) ledgers: Vec<TreeWriter>,
    pub(crate) attachments: SlotIndex,
    /// Drops what is not kept, where the node logs are made anew.
    pub(super) pruner: Option<RebuildPruner>,
}

impl Replay {
    /// Takes in the next batch of the log.
    ///
    /// # Errors
    /// Where the records contradict each other: as [`Head::follow`]; what creating a new ledger's
    /// files gives.
    pub(crate) fn batch(&mut self, at: Position, batch: &Batch<'_>) -> Result<()> {
        match batch.header.kind {
            BatchKind::Declaration => {
                for spec in self.head.follow_declaration(batch)? {
                    let ordinal = u32::try_from(self.ledgers.len()).unwrap_or(u32::MAX);
                    let dir = spec.name.as_str().to_owned();
                    let place = TreePlace::new(self.uuid, ordinal, dir.clone());
                    self.ledgers.push(place.create(&self.storage)?);
                    let folder =
                        StateFolder::of(&self.storage, self.uuid, ordinal, dir, spec.state);
                    if let Some(folder) = folder {
                        let ledger = self.head.ledgers.get_mut(self.ledgers.len() - 1);
                        let state = folder.create()?;
                        ledger.into_iter().for_each(|l| l.set_state(state.clone()));
                    }
                }
            }
            BatchKind::Commit => {
                let step = self.head.follow(at, batch)?;
                let height = self.head.height;
                for (tree, added) in self.ledgers.iter_mut().zip(&step.ledgers) {
                    if let Some((growth, positions)) = added {
                        tree.append(growth, height, positions);
                    }
                }
                self.audit.append(&step.audit, height, &[at]);
                self.attachments.set_nowhere(height - 1)?;
                if let Some(pruner) = &mut self.pruner {
                    pruner.after(&self.head, false)?;
                }
            }
            BatchKind::Attachment => {
                for height in attachment_heights(batch, self.head.height)? {
                    self.attachments.set(height - 1, &[at])?;
                }
            }
        }
        Ok(())
    }
}
