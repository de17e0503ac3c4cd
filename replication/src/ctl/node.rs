//! Makes what a node is started with that the genesis does not name, and keys that are next.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::cli::{Global, Node as Command};
use super::directory::{Directory, NODE_FILE};
use super::init::{
    IDENTITY_KEY, NEXT_VOTING_KEY, NodeSeeds, Seeds, VOTING_KEY, free_ports, make_dir, name, write,
};
use super::output::{Exit, Failure, Output};
use crate::genesis::GenesisNode;
use crate::keyfile::{read_seed, write_seed};
use crate::keys::{BlsKey, BlsSignature, voting_key};
use crate::names::Name;

/// A key for votes, as `member rotate-key` takes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VotingKey {
    pub(super) bls: BlsKey,
    /// The proof that its owner holds the secret of it.
    pub(super) pop: BlsSignature,
}

/// `node COMMAND`
pub(super) fn run(global: &Global, output: &Output, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Init {
            dir,
            alias,
            p2p,
            client,
            join,
            snapshot,
        } => {
            let directory = Directory::of(global)?;
            let node = NodeSeeds::new(&Seeds(None), &alias)?;
            let named = node.named(&alias, p2p, client);
            fs::create_dir_all(&dir).map_err(Failure::io("make", dir.display()))?;
            let (from, to) = (directory.dir.join("genesis.json"), dir.join("genesis.json"));
            if to.exists() {
                let text = format!("{} holds a node already", dir.display());
                return Err(Failure::Usage(text));
            }
            fs::copy(&from, &to).map_err(Failure::io("copy", from.display()))?;
            make(&dir, (&node, &named), "genesis.json", (join, snapshot))?;
            tell(output, &named)
        }
        Command::NextKey { dir } => tell(output, &next_key(&dir)?),
    }
}

/// Makes the next key of the node in a directory.
fn next_key(dir: &Path) -> Result<VotingKey, Failure> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    write_seed(&dir.join(NEXT_VOTING_KEY), &seed)?;
    let (bls, pop) = voting_key(&seed);
    Ok(VotingKey { bls, pop })
}

/// `testnet add DIR`: one more node beside those of a local network.
pub(super) fn add(
    directory: &Directory,
    seed: Option<&str>,
    snapshot: bool,
) -> Result<GenesisNode, Failure> {
    let known = directory.nodes();
    let mut free = (0..).map(|index: u64| format!("node{index}"));
    let alias = free.find(|alias| known.iter().all(|node| node.as_str() != alias));
    let alias = name(&alias.unwrap_or_default())?;
    let taken: Vec<u16> = directory
        .made()
        .iter()
        .chain(&directory.genesis.file().nodes)
        .flat_map(|node| [node.p2p.port(), node.client.port()])
        .collect();
    let mut ports = free_ports(1, &taken)?.into_iter();
    let mut address = || SocketAddr::from((Ipv4Addr::LOCALHOST, ports.next().unwrap_or(0)));
    let node = NodeSeeds::new(&Seeds(seed), &alias)?;
    let named = node.named(&alias, address(), address());
    let dir = directory.node(&alias);
    make_dir(&dir)?;
    let first = directory.genesis.file().nodes.first();
    let join = first.map_or(named.client, |first| first.client);
    make(&dir, (&node, &named), "../genesis.json", (join, snapshot))?;
    Ok(named)
}

/// Writes the files of a node.
fn make(
    dir: &Path,
    (seeds, named): (&NodeSeeds, &GenesisNode),
    genesis: &str,
    (join, snapshot): (SocketAddr, bool),
) -> Result<(), Failure> {
    seeds.write(dir)?;
    let snapshot = if snapshot { "snapshot = true\n" } else { "" };
    let (alias, p2p, client) = (&named.alias, named.p2p, named.client);
    let configuration = format!(
        "# A node that joins a network. Paths are relative to this file.\n\
         node = \"{alias}\"\n\
         genesis = \"{genesis}\"\n\
         identity_key = \"{IDENTITY_KEY}\"\n\
         voting_key = \"{VOTING_KEY}\"\n\
         next_voting_key = \"{NEXT_VOTING_KEY}\"\n\
         listen = \"{p2p}\"\n\
         join = \"{join}\"\n\
         {snapshot}\
         \n\
         [http]\n\
         listen = \"{client}\"\n"
    );
    write(&dir.join("ledgerd.toml"), &configuration)?;
    // Last, for with it the node is there.
    write(&dir.join(NODE_FILE), &text(named)?)
}

fn text(value: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value);
    text.map(|text| text + "\n")
        .map_err(|error| Failure::Node(error.to_string()))
}

/// Prints what another command takes: as JSON in any case.
pub(super) fn tell(output: &Output, value: &impl Serialize) -> Result<Exit, Failure> {
    let text = text(value)?;
    output.answer(text.trim_end(), || json!(value));
    Ok(Exit::Done)
}

/// Reads what one of these commands printed.
pub(super) fn read_json<T: DeserializeOwned>(file: &Path) -> Result<T, Failure> {
    let json = fs::read(file).map_err(Failure::io("read", file.display()))?;
    serde_json::from_slice(&json)
        .map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))
}

/// The next key of a node of this directory; a new one, if there is none yet.
pub(super) fn local_next_key(
    global: &Global,
    output: &Output,
    alias: &Name,
) -> Result<VotingKey, Failure> {
    let directory = Directory::of(global)?;
    let dir = directory.node(alias);
    if !dir.exists() {
        let text = format!("{alias} is not here: `node next-key` makes its key where it is");
        return Err(Failure::Usage(text));
    }
    let file = dir.join(NEXT_VOTING_KEY);
    if !file.exists() {
        let key = next_key(&dir)?;
        output.say(&format!(
            "a new key in {}: {alias} finds it when it starts, and must before the epoch ends",
            file.display()
        ));
        return Ok(key);
    }
    let (bls, pop) = voting_key(&read_seed(&file)?);
    Ok(VotingKey { bls, pop })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctl::cli::Shape;
    use crate::ctl::init::init;

    #[test]
    fn what_is_made_is_what_a_request_takes() {
        let dir = tempfile::tempdir().unwrap();
        let shape = Shape {
            nodes: 4,
            base_port: None,
            seed: None,
            epoch: 16,
            dev: false,
        };
        init(dir.path(), &shape).unwrap();
        let directory = Directory::open(dir.path()).unwrap();
        let made = [(); 2].map(|()| add(&directory, None, false).unwrap());
        assert_eq!(directory.made(), made);
        assert_eq!(directory.nodes().len(), 6);
        let [four, five] = &made;
        let aliases = [&four.alias, &five.alias].map(Name::as_str);
        assert_eq!(aliases, ["node4", "node5"]);
        assert!(four.bls.is_possessed(&four.pop) && four.ed25519 != five.ed25519);

        let dir = dir.path().join("node4");
        let key = next_key(&dir).unwrap();
        let seed = read_seed(&dir.join(NEXT_VOTING_KEY)).unwrap();
        assert_eq!((key.bls, key.pop), voting_key(&seed));
        assert!(key.bls.is_possessed(&key.pop) && key.bls != four.bls);
        assert!(next_key(&dir).is_err(), "it is kept");
    }
}
