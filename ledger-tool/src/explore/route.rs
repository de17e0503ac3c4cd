//! From a path and its query to an answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hash_store::Storage;
use ledger::{Reader, Snapshot};

use super::answer::{Answer, No};
use super::{lists, search, single};

/// The query of a request.
pub(super) type Query = BTreeMap<String, String>;

/// A reader is not looked for new commits more often.
const REFRESHED: Duration = Duration::from_millis(200);

/// What all requests share.
pub(super) struct Explorer {
    pub(super) storage: Arc<dyn Storage>,
    reader: Reader,
    refreshed: Mutex<Option<Instant>>,
    /// The last quick verification, with its time.
    pub(super) health: Mutex<Option<(Instant, lists::Health)>>,
}

impl Explorer {
    pub(super) fn new(storage: Arc<dyn Storage>, reader: Reader) -> Self {
        Self {
            storage,
            reader,
            refreshed: Mutex::new(None),
            health: Mutex::new(None),
        }
    }

    pub(super) const fn reader(&self) -> &Reader {
        &self.reader
    }

    /// The store as it is now, or was a moment ago.
    pub(super) fn snapshot(&self) -> Result<Snapshot, No> {
        let Ok(mut refreshed) = self.refreshed.try_lock() else {
            // Somebody else is looking just now.
            return Ok(self.reader.snapshot());
        };
        if refreshed.is_none_or(|at| at.elapsed() >= REFRESHED) {
            self.reader.refresh()?;
            *refreshed = Some(Instant::now());
        }
        Ok(self.reader.snapshot())
    }

    /// Answers a request for a path without its `.json`.
    pub(super) fn answer(
        &self,
        snapshot: &Snapshot,
        path: &str,
        query: &Query,
    ) -> Result<Answer, No> {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] | ["overview"] => lists::overview(self, snapshot),
            ["ledger", ledger] => lists::entries(snapshot, ledger, query),
            ["entry", ledger, index] => single::entry(snapshot, ledger, number("index", index)?),
            ["raw", ledger, index] => single::raw(snapshot, ledger, number("index", index)?),
            ["proof", ledger, index] => single::proof(snapshot, ledger, number("index", index)?),
            ["bundle", ledger, index] => single::bundle(snapshot, ledger, number("index", index)?),
            ["tree", ledger] => single::tree(snapshot, ledger),
            ["state", ledger] => lists::keys(snapshot, ledger, query),
            ["key", ledger] => single::key(snapshot, ledger, "", query),
            ["key", ledger, key] => single::key(snapshot, ledger, key, query),
            ["state-proof", ledger] => single::state_proof(snapshot, ledger, "", query),
            ["state-proof", ledger, key] => single::state_proof(snapshot, ledger, key, query),
            ["commits"] => lists::commits(snapshot, query),
            ["commit", height] => single::commit(snapshot, number("height", height)?),
            ["files"] => lists::files(self),
            ["health"] => lists::health(self),
            ["search", ledger] => search::search(snapshot, ledger, query),
            _ => Err(No::NotFound("there is no such page".to_owned())),
        }
    }
}

pub(super) fn number(what: &str, text: &str) -> Result<u64, No> {
    text.parse()
        .map_err(|_| No::Wrong(format!("{what}: a number from 0 on")))
}

/// A number of the query, if it is there.
pub(super) fn asked(query: &Query, name: &str) -> Result<Option<u64>, No> {
    query.get(name).map(|text| number(name, text)).transpose()
}
