//! Loads the pool and domain ledgers of the Sovrin main network, with their states, beside an empty config
//! ledger, and writes proofs of them for a stranger: `check_proofs` checks them.
//!
//!     cargo run -p ledger --features plenum --example prove_mainnet -- OUT
//!     cargo run -p ledger --no-default-features --example check_proofs -- OUT

use std::error::Error;
use std::fs;
use std::path::Path;

use ledger::bundle::Evidence;
use ledger::{LedgerSpec, Options, StateSuite, Store, TreeType};
use merkle_log::TreeSize;
use merkle_log::note::{Checkpoint, KeyKind, SignedNote, SigningKey};

const POOL: &[u8] = include_bytes!("../../tests/vectors/plenum/data/sovrin_mainnet_pool.jsonl");
const DOMAIN: &[u8] = include_bytes!("../../tests/vectors/plenum/data/sovrin_mainnet_domain.jsonl");

/// A node of the pool: its state says where it is.
const NODE: &str = "GWgp6huggos5HrzHVDy5xeBkYHxPvrRZzjPNAyJAqpjA";
/// Where the transaction author agreement would stand, had one been agreed on.
const AGREEMENT: &str = "2:latest";

/// Makes the store and the proofs in a new folder.
pub(crate) fn run(out: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir(out)?;
    let with_state = |name: &str| -> Result<LedgerSpec, Box<dyn Error>> {
        let suite = StateSuite::Sha3_256;
        Ok(LedgerSpec::with_state(
            name.parse()?,
            TreeType::Sha256,
            suite,
        ))
    };
    let ledgers = [
        with_state("pool")?,
        with_state("config")?,
        with_state("domain")?,
    ];
    let network = "sovrin-mainnet".parse()?;
    let store = Store::create(out.join("store"), network, &ledgers, Options::default())?;
    store.load_plenum_genesis_with_state("pool", POOL, 1_700_000_000_000)?;
    store.load_plenum_genesis_with_state("domain", DOMAIN, 1_700_000_001_000)?;

    let snapshot = store.snapshot();
    let height = snapshot.height();
    let size = TreeSize(height);

    // What the keeper of the network signs, and who that is.
    let keeper = SigningKey::from_seed("example-keeper", KeyKind::Ed25519, &[42; 32])?;
    let origin = format!("{}/audit", snapshot.network());
    let checkpoint = Checkpoint::new(&origin, size, snapshot.audit().root())?;
    let mut note = SignedNote::unsigned(&checkpoint.to_string())?;
    note.sign(&keeper)?;
    fs::write(out.join("keys"), format!("{}\n", keeper.verifier_key()))?;

    // Two state proofs, in the form that Plenum's clients read.
    let pool = snapshot.state("pool")?;
    let present = pool.prove(&[NODE.as_bytes()])?.0.to_plenum();
    fs::write(out.join("node.proof"), present)?;
    let config = snapshot.state("config")?;
    let absent = config.prove(&[AGREEMENT.as_bytes()])?.0.to_plenum();
    fs::write(out.join("agreement.proof"), absent)?;

    // Bundles lead all the way to the checkpoint.
    let mut bundle = snapshot.bundle_key("pool", NODE.as_bytes(), height, size)?;
    bundle.evidence = Evidence::Checkpoint(note.to_string());
    fs::write(out.join("node.bundle"), bundle.to_compact()?)?;
    let mut bundle = snapshot.bundle_key("config", AGREEMENT.as_bytes(), height, size)?;
    bundle.evidence = Evidence::Checkpoint(note.to_string());
    fs::write(out.join("agreement.json"), bundle.to_json(false)?)?;
    let mut bundle = snapshot.bundle_entry("domain", merkle_log::LeafIndex(0), height, size)?;
    bundle.evidence = Evidence::Checkpoint(note.to_string());
    fs::write(out.join("entry.bundle"), bundle.to_compact()?)?;
    store.close()?;
    Ok(())
}

#[allow(dead_code, reason = "a test calls `run` alone")]
fn main() -> Result<(), Box<dyn Error>> {
    let out = std::env::args().nth(1).ok_or("give a folder to be made")?;
    run(Path::new(&out))
}
