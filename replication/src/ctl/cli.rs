//! The arguments of `ledgerctl`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
#[cfg(feature = "simulate")]
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::action::Action;
use crate::genesis::EPOCH_LEN;
use crate::keys::Ed25519Key;
use crate::member::Place;
use crate::names::{Name, RequestId};
use crate::role::Role;
use crate::rule::Party;
#[cfg(feature = "simulate")]
use crate::simulate::{Byzantine, Change, Crash, Partition, Plan, Share, parse_time};

/// The client of a ledger network, and what makes local ones.
#[derive(Debug, Parser)]
#[command(name = "ledgerctl", version, after_help = EXIT_CODES, propagate_version = true)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
    0  done                      3  not all nodes answer
    1  could not tell            4  refused, absent, or the nodes differ
    2  wrong arguments";

#[derive(Clone, Debug, Args)]
pub(super) struct Global {
    /// Directory of the network: genesis.json and users' keys
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) net: Option<PathBuf>,
    /// Ask this node only
    #[arg(long, global = true, value_name = "NODE")]
    pub(super) node: Option<Name>,
    /// Sign as this user
    #[arg(
        long = "as",
        global = true,
        value_name = "USER",
        default_value = "alice"
    )]
    pub(super) user: Name,
    /// Write the proof bundle to a file, for `ledger-tool proof check`
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) proof: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Take no header older than this
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 30)]
    pub(super) max_age: u64,
    /// Try for this long
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 30)]
    pub(super) timeout: u64,
    /// Speak TLS with nodes, and trust the certificates of this PEM file
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) ca: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make and run a local network
    #[command(subcommand)]
    Testnet(Testnet),
    /// Make a record, or give it a new value
    Put {
        /// The key
        key: String,
        /// The value
        value: String,
    },
    /// Show a record
    Get {
        /// The key
        key: String,
    },
    /// Give a record to another owner
    Transfer {
        /// The key
        key: String,
        /// The new owner
        #[arg(value_name = "USER")]
        to: Name,
    },
    /// Remove a record
    Delete {
        /// The key
        key: String,
    },
    /// Requests in the log
    #[command(subcommand)]
    Tx(Tx),
    /// Users, organisations, nodes, and who may do what
    #[command(subcommand)]
    Member(Member),
    /// Keys and configuration of a node, made where it will run
    #[command(subcommand)]
    Node(Node),
    /// Show what a node, or each node, says of itself
    Status {
        /// Compare all nodes
        #[arg(long)]
        all: bool,
    },
    /// Print commits as they become final
    Watch {
        /// End after so many
        #[arg(long, value_name = "COUNT")]
        commits: Option<u64>,
    },
    /// Send requests at a rate, and say how long they took
    Bench(Bench),
    /// Run nodes with simulated links, clocks and disks, and say whether they agree
    #[cfg(feature = "simulate")]
    Simulate(Simulate),
}

#[derive(Debug, Subcommand)]
pub(super) enum Testnet {
    /// Make a network in a new or empty directory
    Init {
        /// The directory
        dir: PathBuf,
        #[command(flatten)]
        shape: Shape,
    },
    /// Make the keys and the configuration of one more node, and print what `member add-node` takes
    Add {
        /// The network's directory
        dir: PathBuf,
        /// Make its keys from this, for tests: whoever knows it has the keys
        #[arg(long, value_name = "SEED")]
        seed: Option<String>,
        /// Begin with the state at a certified height, and get the history while it votes and serves
        #[arg(long)]
        snapshot: bool,
    },
    /// Start the nodes that do not run, and wait until all answer
    Start {
        /// The network's directory
        dir: PathBuf,
    },
    /// Stop all nodes in order
    Stop {
        /// The network's directory
        dir: PathBuf,
    },
    /// Compare all nodes at the highest height that all have
    Status {
        /// The network's directory
        dir: PathBuf,
    },
    /// Kill a node with SIGKILL
    Kill {
        /// The network's directory
        dir: PathBuf,
        /// The node
        #[arg(value_name = "NODE")]
        alias: Name,
    },
    /// Stop a node if it runs, start it, and wait until it answers
    Restart {
        /// The network's directory
        dir: PathBuf,
        /// The node
        #[arg(value_name = "NODE")]
        alias: Name,
    },
}

/// What a local network is to be like.
#[derive(Clone, Debug, Args)]
pub(super) struct Shape {
    /// How many nodes
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub(super) nodes: u16,
    /// First of two ports a node; free ones are chosen if it is not given
    #[arg(long, value_name = "PORT")]
    pub(super) base_port: Option<u16>,
    /// Make all keys from this, for tests: whoever knows it has the keys
    #[arg(long, value_name = "SEED")]
    pub(super) seed: Option<String>,
    /// Heights of an epoch: nodes change between two
    #[arg(long, value_name = "HEIGHTS", default_value_t = EPOCH_LEN)]
    pub(super) epoch: u64,
    /// For development: fewer than 4 nodes, which bear no fault, and epochs of less than 16 heights
    #[arg(long)]
    pub(super) dev: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Tx {
    /// Show a request by its id
    Show {
        /// The id, as `put` printed it
        id: RequestId,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Member {
    /// Enrol a user
    AddUser {
        /// Their name
        #[arg(value_name = "USER")]
        name: Name,
        /// Their public key in hex; if it is not given, that of users/USER.key, made if need be
        #[arg(long, value_name = "HEX")]
        key: Option<Ed25519Key>,
        /// What they may do
        #[arg(long, value_name = "ROLE", value_delimiter = ',')]
        role: Vec<Role>,
        /// Where they belong to
        #[arg(long)]
        org: Option<Name>,
    },
    /// Give a user roles
    Grant {
        /// The user
        #[arg(value_name = "USER")]
        name: Name,
        /// admin, contractinvoker, userinvoker, nodeinvoker, policyinvoker
        #[arg(required = true)]
        role: Vec<Role>,
    },
    /// Take roles from a user
    Revoke {
        /// The user
        #[arg(value_name = "USER")]
        name: Name,
        /// admin, contractinvoker, userinvoker, nodeinvoker, policyinvoker
        #[arg(required = true)]
        role: Vec<Role>,
    },
    /// Make an organisation
    AddOrg {
        /// Its name
        org: Name,
    },
    /// Have a node vote from the next epoch on
    AddNode {
        /// Its keys and addresses, as `node init` and `testnet add` print them
        file: PathBuf,
    },
    /// Have a node vote no longer from the next epoch on
    RemoveNode {
        /// The node
        #[arg(value_name = "NODE")]
        alias: Name,
    },
    /// Have a node vote with another key from the next epoch on
    RotateKey {
        /// The node
        #[arg(value_name = "NODE")]
        alias: Name,
        /// The key, as `node next-key` prints it; if it is not given, that of the directory NODE of a
        /// local network, made if need be
        file: Option<PathBuf>,
    },
    /// Say who may do something, and who must agree to it
    Policy(Policy),
    /// Agree to a request that waits for it
    Agree {
        /// The request's id, as it was printed when it was sent
        id: RequestId,
    },
    /// Show nodes, user:NAME, org:NAME, policy:ACTION or open:ID; without one of these, all policies
    Show {
        /// What
        target: Option<Target>,
    },
}

#[derive(Debug, Args)]
pub(super) struct Policy {
    /// What is done, like record.put; `member show` lists all
    pub(super) action: Action,
    /// Who may: users with any of these roles, and admins; the usual role if it is not given
    #[arg(long, value_name = "ROLE", value_delimiter = ',')]
    pub(super) role: Vec<Role>,
    /// Every user may
    #[arg(long, conflicts_with = "role")]
    pub(super) anyone: bool,
    /// All of these must agree: user:NAME or org:NAME
    #[arg(
        long,
        value_name = "PARTY",
        value_delimiter = ',',
        conflicts_with = "k_of"
    )]
    pub(super) all_of: Vec<Party>,
    /// So many of the parties of --of must agree
    #[arg(long, value_name = "K", requires = "of")]
    pub(super) k_of: Option<u16>,
    /// Parties: user:NAME or org:NAME
    #[arg(long, value_name = "PARTY", value_delimiter = ',', requires = "k_of")]
    pub(super) of: Vec<Party>,
    /// Within so many blocks after the request's
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(super) blocks: u64,
}

#[derive(Debug, Subcommand)]
pub(super) enum Node {
    /// Make the keys and the configuration of a node that is to join the network of --net, and print
    /// what `member add-node` takes
    Init {
        /// A new or empty directory
        dir: PathBuf,
        /// What it is called
        #[arg(long)]
        alias: Name,
        /// Where other nodes reach it
        #[arg(long, value_name = "IP:PORT")]
        p2p: SocketAddr,
        /// Where clients reach it
        #[arg(long, value_name = "IP:PORT")]
        client: SocketAddr,
        /// Where clients reach a node that runs: it tells the rest
        #[arg(long, value_name = "IP:PORT")]
        join: SocketAddr,
        /// Begin with the state at a certified height, and get the history while it votes and serves
        #[arg(long)]
        snapshot: bool,
    },
    /// Make the key that a node's votes will be signed with next, and print what `member rotate-key`
    /// takes
    NextKey {
        /// The node's directory
        dir: PathBuf,
    },
}

/// What of the membership is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The nodes.
    Nodes,
    /// A place.
    Place(Place),
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        fn parsed<T: FromStr<Err: ToString>>(rest: &str) -> Result<T, String> {
            rest.parse().map_err(|error: T::Err| error.to_string())
        }
        Ok(Self::Place(match text.split_once(':') {
            None if text == "nodes" => return Ok(Self::Nodes),
            Some(("user", name)) => Place::User(parsed(name)?),
            Some(("org", name)) => Place::Organisation(parsed(name)?),
            Some(("policy", action)) => Place::Rule(parsed(action)?),
            Some(("open", id)) => Place::Open(parsed(id)?),
            _ => {
                return Err("none of nodes, user:NAME, org:NAME, policy:ACTION, open:ID".to_owned());
            }
        }))
    }
}

#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Bench {
    /// Requests a second
    #[arg(long, value_name = "R", default_value_t = 100)]
    pub(super) rate: u32,
    /// For how long
    #[arg(long, value_name = "S", default_value_t = 10)]
    pub(super) seconds: u32,
    /// Bytes of a value
    #[arg(long, value_name = "B", default_value_t = 100)]
    pub(super) size: u32,
}

/// Times are given as 20, 1500ms, 20s, 2m or 1h. The same options give the same output.
#[cfg(feature = "simulate")]
#[derive(Debug, Args)]
pub(super) struct Simulate {
    /// How many nodes
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub(super) nodes: u8,
    /// What all chance is drawn from
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(super) seed: u64,
    /// Requests that clients make
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(super) txs: u32,
    /// Heights of an epoch: each has an engine of its own
    #[arg(long, value_name = "HEIGHTS", default_value_t = Plan::default().epoch_len)]
    pub(super) epoch: u64,
    /// Messages that are lost, such as 5%
    #[arg(long, value_name = "P%", default_value = "0%")]
    pub(super) drop: Share,
    /// Mean time that a message takes
    #[arg(long, value_name = "D", default_value = "10ms", value_parser = parse_time)]
    pub(super) delay: Duration,
    /// Groups of nodes that cannot reach each other for a while, such as 0,1|2,3@10..20
    #[arg(long, value_name = "A|B@t..t")]
    pub(super) partition: Vec<Partition>,
    /// A node loses its power and what it had not synced, such as 1@20, and is back 5 s later
    #[arg(long, value_name = "N@t")]
    pub(super) crash: Vec<Crash>,
    /// A node that does not keep to the protocol: silent, slow, lying, equivocating or altering
    #[arg(long, value_name = "N:KIND")]
    pub(super) byzantine: Vec<Byzantine>,
    /// How far clocks are off at most: of as many nodes as may be at fault; of others by 1s at most
    #[arg(long, value_name = "D", default_value = "0s", value_parser = parse_time)]
    pub(super) clock_skew: Duration,
    /// Disks fail, three times
    #[arg(long)]
    pub(super) disk_faults: bool,
    /// A node comes, leaves or votes with another key: add:4@10, remove:2@15, rotate:1@20
    #[arg(long, value_name = "KIND:N@t")]
    pub(super) change: Vec<Change>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn no_argument_of_a_command_is_taken_for_a_global_one() {
        Cli::command().debug_assert();
        let words = [
            "ledgerctl",
            "--net",
            "n",
            "--as",
            "carol",
            "transfer",
            "door",
            "bob",
        ];
        let cli = Cli::try_parse_from(words).unwrap();
        assert_eq!(cli.global.user.as_str(), "carol");
        assert!(matches!(cli.command, Command::Transfer { to, .. } if to.as_str() == "bob"));
        let words = ["ledgerctl", "member", "grant", "bob", "admin"];
        assert_eq!(
            Cli::try_parse_from(words).unwrap().global.user.as_str(),
            "alice"
        );
        let words = ["ledgerctl", "member", "add-user", "bob"];
        assert_eq!(
            Cli::try_parse_from(words).unwrap().global.user.as_str(),
            "alice"
        );
        let words = ["ledgerctl", "testnet", "kill", "n", "node2"];
        assert_eq!(Cli::try_parse_from(words).unwrap().global.node, None);
    }
}
