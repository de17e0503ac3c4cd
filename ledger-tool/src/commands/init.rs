//! `init`: a new store with its ledgers.

use ledger::{
    KeyMode, LedgerName, LedgerSpec, Lookups, NameError, NetworkId, Options, StateScheme,
    StateSuite, Store, TreeType,
};

use super::info;
use crate::cli::InitArgs;
use crate::failure::{Exit, Failure};
use crate::session::Session;

pub(crate) fn run(session: &Session, args: InitArgs) -> Result<Exit, Failure> {
    let dir = session.directory(args.dir)?;
    let network: NetworkId = args.network.parse().map_err(usage)?;
    let specs: Result<Vec<LedgerSpec>, Failure> =
        args.ledgers.iter().map(|text| spec(text)).collect();
    let mut specs = specs?;
    for text in &args.lookups {
        add_lookups(text, &mut specs)?;
    }
    for (i, spec) in specs.iter().enumerate() {
        if specs.iter().take(i).any(|other| other.name == spec.name) {
            let twice = format!("--ledger {} is given twice", spec.name);
            return Err(Failure::Usage(twice));
        }
    }
    Store::create(&dir, network, &specs, Options::default())?.close()?;
    session.detail("created; every file and name is on the disk");
    info::show(session, &dir)
}

/// Reads `NAME[:TREE[:STATE[:hashed]]]`.
fn spec(text: &str) -> Result<LedgerSpec, Failure> {
    let refused = |why| Failure::Usage(format!("--ledger {text}: {why}"));
    let mut parts = text.split(':');
    let name: LedgerName = parts.next().unwrap_or_default().parse().map_err(usage)?;
    let tree = TreeType::from_name(parts.next().unwrap_or("sha256"))
        .ok_or_else(|| refused("the trees are sha256 and blake3"))?;
    let suite = match parts.next().unwrap_or("none") {
        "none" => None,
        suite => Some(StateSuite::from_name(suite).ok_or_else(|| {
            refused("the states are none, blake3, keccak256, sha3-256 and sha256")
        })?),
    };
    let keys = match (parts.next(), suite) {
        (None, _) => KeyMode::AsGiven,
        (Some("hashed"), Some(_)) => KeyMode::Hashed,
        _ => return Err(refused("after a state there is nothing but hashed")),
    };
    if parts.next().is_some() {
        return Err(refused("it goes NAME:TREE:STATE:hashed"));
    }
    let state = suite.map(|suite| StateScheme { suite, keys });
    Ok(LedgerSpec {
        name,
        tree,
        state,
        lookups: Lookups::default(),
    })
}

/// Reads `NAME=hash,id[:SPACE]`.
fn add_lookups(text: &str, specs: &mut [LedgerSpec]) -> Result<(), Failure> {
    let refused = |why| Failure::Usage(format!("--lookup {text}: {why}"));
    let (name, kinds) = text
        .split_once('=')
        .ok_or_else(|| refused("it goes NAME=hash,id"))?;
    let spec = specs.iter_mut().find(|spec| spec.name.as_str() == name);
    let spec = spec.ok_or_else(|| refused("no --ledger has this name"))?;
    for kind in kinds.split(',') {
        match kind.split_once(':').unwrap_or((kind, name)) {
            ("hash", _) if kind == "hash" => spec.lookups.leaf_hashes = true,
            ("id", space) => spec.lookups.ids = Some(space.parse().map_err(usage)?),
            _ => return Err(refused("the look-ups are hash, id and id:SPACE")),
        }
    }
    Ok(())
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn usage(error: NameError) -> Failure {
    Failure::Usage(error.to_string())
}
