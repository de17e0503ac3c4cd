//! Checks what `prove_mainnet` wrote, as a stranger does who trusts one key: with the verifier alone,
//! without the store.
//!
//!     cargo run -p ledger --no-default-features --example check_proofs -- OUT

use std::error::Error;
use std::fs;
use std::path::Path;

use ledger::bundle::{BundleTrust, BundleVerdict, Fact, ProofBundle, Proven};
use merkle_log::note::{Quorum, VerifierKey, VerifierKeys};
use patricia_state::{ProofNodes, StateProof, plenum};

/// Checks the proofs in a folder; what they prove, a line each.
pub(crate) fn run(from: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let key: VerifierKey = fs::read_to_string(from.join("keys"))?.trim_end().parse()?;
    let trust = BundleTrust {
        network: Some("sovrin-mainnet".parse()?),
        checkpoints: Some(Quorum::new(VerifierKeys::new([key])?, 1)),
        ..BundleTrust::default()
    };
    let node = ProofBundle::from_compact(&fs::read(from.join("node.bundle"))?)?;
    let agreement = ProofBundle::from_json(&fs::read(from.join("agreement.json"))?)?;
    let entry = ProofBundle::from_compact(&fs::read(from.join("entry.bundle"))?)?;
    let mut said = Vec::new();
    for bundle in [&node, &agreement, &entry] {
        said.push(words(&valid(bundle, &trust)?)?);
    }
    // Proofs of states alone need a root: the bundles' commit body has it.
    for (file, bundle) in [("node.proof", &node), ("agreement.proof", &agreement)] {
        let proven = valid(bundle, &trust)?;
        let ledger = proven.ledger().as_str();
        let roots = proven.body().ledger(ledger).ok_or("no such ledger")?;
        let scheme = roots.state.ok_or("no state")?;
        let key = match proven.fact() {
            Fact::Present { key, .. } | Fact::Absent { key } => key,
            Fact::Entry { .. } => return Err("not of a state".into()),
        };
        let nodes = ProofNodes::from_plenum(&fs::read(from.join(file))?)?;
        let verified = StateProof(nodes).verify(scheme, roots.state_root.as_bytes(), &[key])?;
        let is_there = verified.get(key)?.is_some();
        let is_there = if is_there { "present" } else { "absent" };
        let key = String::from_utf8_lossy(key);
        said.push(format!(
            "{file}: {key} is {is_there} in the state of {ledger}"
        ));
    }
    Ok(said)
}

fn valid<'a>(
    bundle: &'a ProofBundle,
    trust: &BundleTrust<'_>,
) -> Result<Proven<'a>, Box<dyn Error>> {
    match bundle.verify(trust) {
        BundleVerdict::Valid(proven) => Ok(proven),
        BundleVerdict::Consistent(..) => Err("nobody vouches for the bundle".into()),
        BundleVerdict::Invalid(error) => Err(error.into()),
    }
}

fn words(proven: &Proven<'_>) -> Result<String, Box<dyn Error>> {
    let fact = match proven.fact() {
        Fact::Entry { leaf_index, entry } => {
            format!("entry {leaf_index}, {} bytes", entry.len())
        }
        Fact::Present { key, value } => {
            let value = plenum::decode_value(value)?;
            let (key, value) = (String::from_utf8_lossy(key), String::from_utf8_lossy(value));
            format!("{key} = {value}")
        }
        Fact::Absent { key } => format!("{} is absent", String::from_utf8_lossy(key)),
    };
    let (network, ledger, height) = (proven.network(), proven.ledger(), proven.height());
    Ok(format!("{network}/{ledger} at height {height}: {fact}"))
}

#[allow(dead_code, reason = "a test calls `run` alone")]
fn main() -> Result<(), Box<dyn Error>> {
    let from = std::env::args()
        .nth(1)
        .ok_or("give the folder that prove_mainnet made")?;
    for line in run(Path::new(&from))? {
        #[allow(clippy::print_stdout, reason = "it is what this program is for")]
        {
            println!("{line}");
        }
    }
    Ok(())
}
