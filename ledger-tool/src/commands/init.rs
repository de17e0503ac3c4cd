//! `init`: a new store with its ledgers.

use ledger::{LedgerName, LedgerSpec, NameError, NetworkId, Options, Store, TreeType};

use super::info;
use crate::cli::InitArgs;
use crate::failure::{Exit, Failure};
use crate::session::Session;

pub(crate) fn run(session: &Session, args: InitArgs) -> Result<Exit, Failure> {
    let dir = session.directory(args.dir)?;
    let network: NetworkId = args.network.parse().map_err(usage)?;
    let specs: Result<Vec<LedgerSpec>, Failure> =
        args.ledgers.iter().map(|text| spec(text)).collect();
    let specs = specs?;
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

/// Reads `NAME[:TREE]`.
fn spec(text: &str) -> Result<LedgerSpec, Failure> {
    let mut parts = text.split(':');
    let name: LedgerName = parts.next().unwrap_or_default().parse().map_err(usage)?;
    let tree = parts.next().unwrap_or("sha256");
    let tree = TreeType::from_name(tree).ok_or_else(|| {
        Failure::Usage(format!("--ledger {text}: the trees are sha256 and blake3"))
    })?;
    match parts.next() {
        None | Some("none") if parts.next().is_none() => Ok(LedgerSpec::log(name, tree)),
        _ => Err(Failure::Usage(format!(
            "--ledger {text}: this release has no ledgers with state"
        ))),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn usage(error: NameError) -> Failure {
    Failure::Usage(error.to_string())
}
