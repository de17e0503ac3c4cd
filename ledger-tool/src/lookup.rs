//! Naming an entry by what it is found by: leaf hash or id.

use clap::Args;
use ledger::{FoundEntry, Snapshot};
use merkle_log::Hash;

use crate::failure::Failure;
use crate::human;

/// The ways to name an entry besides its leaf index.
#[derive(Debug, Args)]
#[group(id = "lookup", multiple = false)]
pub(crate) struct LookupArgs {
    /// The first entry with this leaf hash, in hex; the ledger needs the look-up `hash`
    #[arg(long, value_name = "HEX")]
    hash: Option<String>,
    /// The entry with this id; the ledger needs the look-up `id`
    #[arg(long, value_name = "TEXT")]
    id: Option<String>,
    /// The entry with this id, given in hex
    #[arg(long, value_name = "HEX")]
    id_hex: Option<String>,
}

impl LookupArgs {
    pub(crate) const fn is_given(&self) -> bool {
        self.hash.is_some() || self.id.is_some() || self.id_hex.is_some()
    }

    /// The entry, which may be in another ledger of the same id space; `None` where nothing was
    /// asked for.
    pub(crate) fn find(
        &self,
        snapshot: &Snapshot,
        ledger: &str,
    ) -> Result<Option<FoundEntry>, Failure> {
        if let Some(text) = &self.hash {
            let bytes = unhex("--hash", text)?;
            let bytes: [u8; 32] = bytes
                .try_into()
                .map_err(|_| Failure::Usage("--hash: a leaf hash has 32 bytes".to_owned()))?;
            let found = snapshot.find_leaf(ledger, &Hash::new(bytes))?;
            let index = found.ok_or_else(|| absent("leaf hash", text, ledger))?;
            let ledger = ledger.to_owned();
            return Ok(Some(FoundEntry { ledger, index }));
        }
        let (id, text) = match (&self.id, &self.id_hex) {
            (Some(text), _) => (text.as_bytes().to_vec(), text),
            (None, Some(text)) => (unhex("--id-hex", text)?, text),
            (None, None) => return Ok(None),
        };
        let found = snapshot.find_id(ledger, id)?;
        let found = found.ok_or_else(|| absent("id", text, ledger))?;
        Ok(Some(found))
    }
}

fn unhex(option: &str, text: &str) -> Result<Vec<u8>, Failure> {
    human::unhex(text)
        .ok_or_else(|| Failure::Usage(format!("{option}: not hex digits in pairs: {text}")))
}

fn absent(what: &'static str, text: &str, ledger: &str) -> Failure {
    Failure::NotFound {
        what,
        text: human::start_of(text),
        ledger: ledger.to_owned(),
    }
}
