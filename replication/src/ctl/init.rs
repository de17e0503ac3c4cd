//! Makes a local network: keys, genesis, and a configuration for each node.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::cli::Shape;
use super::directory::now_ms;
use super::output::Failure;
use crate::genesis::{Genesis, GenesisFile, GenesisNode, GenesisUser};
use crate::keyfile::write_seed;
use crate::keys::{NodeKeys, UserKey};
use crate::names::Name;
use crate::policy::Policy;
use crate::role::Role;

/// The users of a new network and their roles.
const USERS: [(&str, &[Role]); 5] = [
    ("admin", &[Role::Admin]),
    ("alice", &[Role::ContractInvoker]),
    ("bob", &[Role::ContractInvoker]),
    ("carol", &[Role::ContractInvoker]),
    ("guest", &[]),
];

/// Files of a node's directory.
pub(super) const IDENTITY_KEY: &str = "identity.key";
pub(super) const VOTING_KEY: &str = "voting.key";
pub(super) const NEXT_VOTING_KEY: &str = "next-voting.key";

/// Ports below those that the system gives to connections on their way out.
const PORTS: (u16, u16) = (10_000, 30_000);

/// Where the seeds of keys come from.
pub(super) struct Seeds<'a>(pub(super) Option<&'a str>);

impl Seeds<'_> {
    fn seed(&self, kind: &str, owner: &str) -> Result<[u8; 32], Failure> {
        if let Some(seed) = &self.0 {
            let text = format!("ledgerctl testnet\0{seed}\0{kind}\0{owner}");
            return Ok(Sha256::digest(text).into());
        }
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        Ok(seed)
    }
}

/// The seeds of a node's keys.
pub(super) struct NodeSeeds {
    identity: [u8; 32],
    voting: [u8; 32],
}

impl NodeSeeds {
    pub(super) fn new(seeds: &Seeds<'_>, node: &Name) -> Result<Self, Failure> {
        Ok(Self {
            identity: seeds.seed("identity", node.as_str())?,
            voting: seeds.seed("voting", node.as_str())?,
        })
    }

    /// The node that has these keys.
    pub(super) fn named(&self, alias: &Name, p2p: SocketAddr, client: SocketAddr) -> GenesisNode {
        let keys = NodeKeys::from_seeds(&self.identity, &self.voting);
        GenesisNode {
            alias: alias.clone(),
            ed25519: keys.identity(),
            bls: keys.voting(),
            pop: keys.possession(),
            p2p,
            client,
        }
    }

    /// Writes them to the node's directory.
    pub(super) fn write(&self, dir: &Path) -> Result<(), Failure> {
        write_seed(&dir.join(IDENTITY_KEY), &self.identity)?;
        write_seed(&dir.join(VOTING_KEY), &self.voting)?;
        Ok(())
    }
}

/// Makes a network in a new or empty directory.
pub(super) fn init(dir: &Path, shape: &Shape) -> Result<Genesis, Failure> {
    let nodes = shape.nodes;
    fs::create_dir_all(dir).map_err(Failure::io("make", dir.display()))?;
    let mut there = fs::read_dir(dir).map_err(Failure::io("read", dir.display()))?;
    if there.next().is_some() {
        return Err(Failure::Usage(format!("{} is not empty", dir.display())));
    }
    let seeds = Seeds(shape.seed.as_deref());
    let mut ports = match shape.base_port {
        Some(base) => ports_from(base, nodes)?,
        None => free_ports(nodes, &[])?,
    }
    .into_iter();
    let mut address = || SocketAddr::from((Ipv4Addr::LOCALHOST, ports.next().unwrap_or(0)));
    let (mut named, mut secrets) = (Vec::new(), Vec::new());
    for index in 0..nodes {
        let alias = name(&format!("node{index}"))?;
        let own = NodeSeeds::new(&seeds, &alias)?;
        named.push(own.named(&alias, address(), address()));
        secrets.push(own);
    }
    let (mut users, mut user_seeds) = (Vec::new(), Vec::new());
    for (user, roles) in USERS {
        let seed = seeds.seed("user", user)?;
        user_seeds.push((dir.join("users").join(format!("{user}.key")), seed));
        users.push(GenesisUser {
            id: name(user)?,
            ed25519: UserKey::from_seed(&seed).public(),
            roles: roles.iter().copied().collect(),
            organisation: None,
        });
    }
    let file = dir.join("genesis.json");
    let wrong = |source| Failure::Genesis {
        file: file.display().to_string(),
        source,
    };
    let genesis = Genesis::new(GenesisFile {
        version: 1,
        name: name("testnet")?,
        time_ms: now_ms(),
        epoch_len: shape.epoch,
        dev: shape.dev,
        nodes: named,
        users,
        organisations: Vec::new(),
        policy: Policy::default(),
        rules: BTreeMap::new(),
    });
    let genesis = genesis.map_err(wrong)?;
    let json = genesis.to_json().map_err(wrong)? + "\n";
    make_dir(&dir.join("users"))?;
    for (node, secrets) in genesis.file().nodes.iter().zip(&secrets) {
        let dir = dir.join(node.alias.as_str());
        make_dir(&dir)?;
        secrets.write(&dir)?;
        write(&dir.join("ledgerd.toml"), &configuration(&node.alias))?;
    }
    for (file, seed) in user_seeds {
        write_seed(&file, &seed)?;
    }
    // Last, for with it the network is there.
    write(&file, &json)?;
    Ok(genesis)
}

/// What a node of a local network is started with; all else is as by default.
fn configuration(alias: &Name) -> String {
    format!(
        "# A node of a local network. Paths are relative to this file.\n\
         node = \"{alias}\"\n\
         genesis = \"../genesis.json\"\n\
         identity_key = \"{IDENTITY_KEY}\"\n\
         voting_key = \"{VOTING_KEY}\"\n\
         next_voting_key = \"{NEXT_VOTING_KEY}\"\n"
    )
}

pub(super) fn name(text: &str) -> Result<Name, Failure> {
    text.parse()
        .map_err(|error: crate::names::NameError| Failure::Usage(error.to_string()))
}

pub(super) fn make_dir(dir: &Path) -> Result<(), Failure> {
    fs::create_dir(dir).map_err(Failure::io("make", dir.display()))
}

pub(super) fn write(file: &Path, text: &str) -> Result<(), Failure> {
    fs::write(file, text).map_err(Failure::io("write", file.display()))
}

fn ports_from(base: u16, nodes: u16) -> Result<Vec<u16>, Failure> {
    let too_many = || Failure::Usage("there are not so many ports".to_owned());
    let count = nodes.checked_mul(2).ok_or_else(too_many)?;
    let end = base.checked_add(count).ok_or_else(too_many)?;
    Ok((base..end).collect())
}

/// Free ports, none of the others: each is taken for a moment, all at once, so that no two are the same.
pub(super) fn free_ports(nodes: u16, other: &[u16]) -> Result<Vec<u16>, Failure> {
    let mut taken = Vec::new();
    while taken.len() < 2 * usize::from(nodes) {
        let mut random = [0; 2];
        getrandom::fill(&mut random)?;
        let port = PORTS.0 + u16::from_le_bytes(random) % (PORTS.1 - PORTS.0);
        if other.contains(&port) {
            continue;
        }
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => taken.push((port, listener)),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(Failure::io("listen on", port)(error)),
        }
    }
    Ok(taken.into_iter().map(|(port, _)| port).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_seed_makes_the_same_keys_and_no_seed_makes_new_ones() {
        let make = |seed: Option<&str>| {
            let dir = tempfile::tempdir().unwrap();
            let shape = Shape {
                nodes: 2,
                base_port: Some(4000),
                seed: seed.map(str::to_owned),
                epoch: 5,
                dev: true,
            };
            let real = Shape {
                dev: false,
                ..shape.clone()
            };
            let error = init(dir.path(), &real).unwrap_err();
            assert!(
                error.to_string().contains("2 nodes bears no fault"),
                "{error}"
            );
            let genesis = init(dir.path(), &shape).unwrap();
            let mode = |file: &str| {
                let metadata = fs::metadata(dir.path().join(file)).unwrap();
                metadata.permissions().mode() & 0o777
            };
            assert_eq!(mode("users/alice.key"), 0o600);
            assert_eq!(
                (mode("node1/identity.key"), mode("node1/voting.key")),
                (0o600, 0o600)
            );
            let error = init(dir.path(), &shape).unwrap_err();
            assert!(error.to_string().ends_with("is not empty"));
            genesis.file().clone()
        };
        let (first, second, random) = (make(Some("1")), make(Some("1")), make(None));
        assert_eq!((&first.nodes, &first.users), (&second.nodes, &second.users));
        assert_ne!(first.nodes, random.nodes);
        assert_ne!(first.users, make(Some("2")).users);
        let ports: Vec<u16> = first
            .nodes
            .iter()
            .flat_map(|n| [n.p2p.port(), n.client.port()])
            .collect();
        assert_eq!(ports, [4000, 4001, 4002, 4003]);
    }
}
