//! Where the parts of a local network lie.
//!
//! ```text
//! DIR/genesis.json            what all begin with
//! DIR/users/NAME.key          a user's secret key, mode 0600
//! DIR/nodeK/ledgerd.toml      what the node is started with
//! DIR/nodeK/{identity,voting,next-voting}.key    its secret keys, mode 0600
//! DIR/nodeK/node.json         what `member add-node` takes, of a node that the genesis does not name
//! DIR/nodeK/data              its store
//! DIR/nodeK/{pid,log}         its process, while it runs, and what it says
//! ```

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::cli::Global;
use super::node::read_json;
use super::output::Failure;
use crate::client::{Client, ClientOptions, Tls};
use crate::genesis::{Genesis, GenesisNode};
use crate::keyfile::read_seed;
use crate::keys::UserKey;
use crate::names::Name;

/// What `member add-node` takes, in a node's directory.
pub(super) const NODE_FILE: &str = "node.json";

/// For a node to tell who votes now.
const UPDATE_PATIENCE: Duration = Duration::from_secs(3);

/// A network's directory, with its genesis.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) dir: PathBuf,
    pub(super) genesis: Genesis,
}

impl Directory {
    pub(super) fn open(dir: &Path) -> Result<Self, Failure> {
        let file = dir.join("genesis.json");
        let json = fs::read(&file).map_err(Failure::io("read", file.display()))?;
        let genesis = Genesis::from_json(&json).map_err(|source| Failure::Genesis {
            file: file.display().to_string(),
            source,
        })?;
        // However it was named: processes are known by it.
        let dir = dir.canonicalize();
        let dir = dir.map_err(Failure::io("find", file.display()))?;
        Ok(Self { dir, genesis })
    }

    /// The one that the client's commands are for.
    pub(super) fn of(global: &Global) -> Result<Self, Failure> {
        let missing = || Failure::Usage("which network? --net DIR says it".to_owned());
        Self::open(global.net.as_ref().ok_or_else(missing)?)
    }

    /// The aliases of the nodes: those of the genesis in its order, then those made here since.
    pub(super) fn nodes(&self) -> Vec<Name> {
        let first = self.genesis.file().nodes.iter();
        let first = first.map(|node| node.alias.clone());
        first
            .chain(self.made().into_iter().map(|node| node.alias))
            .collect()
    }

    /// The nodes that were made here since the network began, in order of their aliases.
    pub(super) fn made(&self) -> Vec<GenesisNode> {
        let dirs = fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let files = dirs.map(|dir| dir.path().join(NODE_FILE));
        let mut made: Vec<GenesisNode> = files.filter_map(|file| read_json(&file).ok()).collect();
        made.sort_by(|a, b| a.alias.cmp(&b.alias));
        made
    }

    pub(super) fn node(&self, alias: &Name) -> PathBuf {
        self.dir.join(alias.as_str())
    }

    /// Where a user's key is, if it is here.
    pub(super) fn user_file(&self, name: &Name) -> PathBuf {
        self.dir.join("users").join(format!("{name}.key"))
    }

    pub(super) fn user(&self, name: &Name) -> Result<UserKey, Failure> {
        Ok(UserKey::from_seed(&read_seed(&self.user_file(name))?))
    }

    /// A client that has asked who votes now.
    pub(super) async fn client(&self, global: &Global) -> Result<Client, Failure> {
        let mut client = self.first_client(global)?;
        client.update(UPDATE_PATIENCE).await;
        if let Some(node) = &global.node {
            client.only(node)?;
        }
        Ok(client)
    }

    /// A client of the nodes that the genesis names, and those that were made here.
    pub(super) fn first_client(&self, global: &Global) -> Result<Client, Failure> {
        let options = ClientOptions {
            age_max: Duration::from_secs(global.max_age),
            patience: Duration::from_secs(global.timeout),
            tls: global.ca.as_deref().map(Tls::trusting).transpose()?,
        };
        let mut client = Client::new(self.genesis.clone(), options);
        for node in self.made() {
            client.also(node.alias, node.client);
        }
        Ok(client)
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z.
pub(super) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
