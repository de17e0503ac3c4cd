//! Holds the histories of nodes against each other, and against what clients have proofs of.

use std::collections::{BTreeMap, BTreeSet};

use ledger::Snapshot;
use merkle_log::Hash;

use super::report::Verdict;
use crate::names::RequestId;
use crate::record;
use crate::reply::Outcome;
use crate::transaction::Transaction;

/// A node's history.
pub(in crate::engine) type History = (u8, Snapshot);

/// Requests that clients made, and those outcomes that they have proofs of.
pub(in crate::engine) type Requests = BTreeMap<RequestId, Option<Outcome>>;

/// The first thing that is wrong with histories that should be one; `None` if nothing is.
pub(in crate::engine) fn judge(histories: &[History], requests: &Requests) -> Option<Verdict> {
    let wrong = compare(histories);
    let wrong = match wrong {
        Ok(None) => histories.iter().try_fold(None, |wrong, history| {
            Ok(wrong.or(account(history, requests).map_err(|e| (history.0, e))?))
        }),
        wrong => wrong,
    };
    wrong.unwrap_or_else(|(node, error)| {
        let found = error.to_string();
        Some(Verdict::Damaged { node, found })
    })
}

/// Compares the commits at every height.
fn compare(histories: &[History]) -> Result<Option<Verdict>, (u8, ledger::Error)> {
    let heights = histories.iter().map(|(_, snapshot)| snapshot.height());
    for height in 1..=heights.max().unwrap_or(0) {
        let mut first = None;
        let there = |history: &&History| history.1.height() >= height;
        for (node, snapshot) in histories.iter().filter(there) {
            let failed = |error| (*node, error);
            let commit = snapshot.commit(height).map_err(failed)?.body_bytes;
            let (one, same) = first.get_or_insert_with(|| ((*node, snapshot), commit.clone()));
            if commit != *same {
                return Ok(Some(Verdict::Differ {
                    height,
                    one: (one.0, audit(one.1, height).map_err(failed)?),
                    other: (*node, audit(snapshot, height).map_err(failed)?),
                }));
            }
        }
    }
    Ok(None)
}

/// Root of the audit tree at a height.
pub(in crate::engine) fn audit(snapshot: &Snapshot, height: u64) -> Result<Hash, ledger::Error> {
    Ok(snapshot.at_height(height)?.audit().root())
}

/// Looks each entry up among what clients asked for, and each proven request among the entries.
fn account(
    (node, snapshot): &History,
    requests: &Requests,
) -> Result<Option<Verdict>, ledger::Error> {
    let node = *node;
    let ledger = snapshot.ledger(record::LEDGER)?;
    let mut seen = BTreeSet::new();
    for entry in ledger.entries(0..ledger.size().0)? {
        let (index, bytes) = entry?;
        let transaction = Transaction::decode(&bytes).ok();
        let id = transaction.as_ref().map(|t| t.signed.request.id());
        let asked = id.and_then(|id| Some((id, requests.get(&id)?)));
        let Some(((id, proven), transaction)) = asked.zip(transaction) else {
            let entry = index.0;
            return Ok(Some(Verdict::Forged { node, entry }));
        };
        if !seen.insert(id) {
            return Ok(Some(Verdict::Doubled { node, id }));
        }
        let as_proven = |outcome: &Outcome| {
            outcome.index == index.0 && outcome.rejected == transaction.rejected
        };
        if !proven.as_ref().is_none_or(as_proven) {
            return Ok(Some(Verdict::Lost { node, id }));
        }
    }
    let missing = |(id, proven): (&RequestId, &Option<Outcome>)| {
        let is_due = |outcome: &Outcome| outcome.height <= snapshot.height();
        (proven.as_ref().is_some_and(is_due) && !seen.contains(id)).then_some(*id)
    };
    let lost = requests.iter().find_map(missing);
    Ok(lost.map(|id| Verdict::Lost { node, id }))
}
