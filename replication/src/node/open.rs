//! Opening a node's store: made with the genesis as its first commit, or found with what was
//! committed since.

use std::sync::Arc;

use hash_store::{MemStorage, Storage};
use ledger::{Options, Snapshot, Store};

use super::executor::{execute_genesis, ledger_specs};
use super::replica::{CERTIFICATE_ATTACHMENT, HEADER_ATTACHMENT, ReplicaError, genesis_header};
use crate::genesis::Genesis;
use crate::header::Header;

/// Opens the store in a storage, or makes it if there is none.
pub(crate) fn open_store(
    genesis: &Genesis,
    storage: &Arc<dyn Storage>,
    uuid: [u8; 16],
    options: Options,
) -> Result<Store, ReplicaError> {
    let opened = Store::open_in(Arc::clone(storage), options);
    let store = match opened {
        // What was cut short holds no commit.
        Err(ledger::Error::Log(
            hash_store::Error::NotAStore { .. } | hash_store::Error::Unfinished { .. },
        )) => {
            let network = genesis.network().id();
            Store::create_in(
                Arc::clone(storage),
                uuid,
                network,
                &ledger_specs()?,
                options,
            )?
        }
        opened => opened?,
    };
    let snapshot = store.snapshot();
    if *snapshot.network() != genesis.network().id() {
        return Err(ReplicaError::OtherNetwork {
            expected: genesis.network(),
            got: snapshot.network().to_string(),
        });
    }
    if snapshot.height() == 0 {
        let mut sealed = execute_genesis(genesis, store.batch())?;
        let header = genesis_header(genesis, &sealed);
        sealed.attach(HEADER_ATTACHMENT, &header.encode())?;
        store.commit(sealed)?;
    }
    Ok(store)
}

/// The header of the genesis block, made anew: for a store that does not begin with it.
pub(super) fn first_header(genesis: &Genesis) -> Result<Header, ReplicaError> {
    let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let options = Options {
        background: false,
        ..Options::default()
    };
    let store = open_store(genesis, &storage, [0; 16], options)?;
    header_at(&store.snapshot(), 1)
}

/// The header of the last commit, and the last height with a certificate; 0 if there is none.
pub(crate) fn tip(genesis: &Genesis, store: &Store) -> Result<(Header, u64), ReplicaError> {
    let snapshot = store.snapshot();
    let height = snapshot.height();
    let header = header_at(&snapshot, height)?;
    let belongs = header.network == genesis.network()
        && header.height == height
        && header.audit_root == snapshot.audit().root();
    if !belongs {
        return Err(ReplicaError::NoHeader { height });
    }
    let mut certified = height;
    while certified > 0 && attached(&snapshot, certified, CERTIFICATE_ATTACHMENT)?.is_none() {
        certified -= 1;
    }
    Ok((header, certified))
}

/// The block header of a commit.
pub(crate) fn header_at(snapshot: &Snapshot, height: u64) -> Result<Header, ReplicaError> {
    let bytes = attached(snapshot, height, HEADER_ATTACHMENT)?;
    let header = bytes.and_then(|bytes| Header::decode(&bytes).ok());
    header.ok_or(ReplicaError::NoHeader { height })
}

/// What of this kind is attached to a commit.
pub(crate) fn attached(
    snapshot: &Snapshot,
    height: u64,
    kind: u32,
) -> Result<Option<Vec<u8>>, ledger::Error> {
    let attachments = snapshot.attachments(height)?.into_iter();
    let mut found = attachments.filter(|attachment| attachment.kind == kind);
    Ok(found.next().map(|attachment| attachment.bytes))
}
