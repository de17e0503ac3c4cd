//! A local network in a directory of its own, driven by `ledgerctl` alone. Its end takes its
//! processes along, however the test ended.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hash_store::FileStorage;
use ledger::{Level, Verdict};
use replication::Genesis;
use serde_json::Value;
use tempfile::TempDir;

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// What a command said and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// What it said, having ended as expected.
    #[track_caller]
    pub(crate) fn exit(self, code: i32) -> String {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self.out
    }

    #[track_caller]
    pub(crate) fn json(self, code: i32) -> Value {
        let out = self.exit(code);
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }
}

#[derive(Debug)]
pub(crate) struct Testnet {
    dir: TempDir,
    pub(crate) genesis: Genesis,
    _alone: MutexGuard<'static, ()>,
}

impl Testnet {
    /// A network that does not run yet.
    pub(crate) fn init(nodes: u16) -> Self {
        Self::init_with(nodes, &[])
    }

    /// One that does not run yet, with epochs of so many heights, whose requests may be sent so long
    /// before they expire.
    pub(crate) fn init_short(nodes: u16, heights: u64, lifetime_ms: u64) -> Self {
        let mut network = Self::init_with(nodes, &["--epoch", &heights.to_string()]);
        let file = network.path().join("genesis.json");
        let mut json: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        json["policy"]["lifetime_ms_max"] = lifetime_ms.into();
        fs::write(&file, json.to_string()).unwrap();
        network.genesis = Genesis::from_json(json.to_string().as_bytes()).unwrap();
        network
    }

    fn init_with(nodes: u16, more: &[&str]) -> Self {
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("net");
        let count = nodes.to_string();
        let mut arguments = vec!["testnet", "init", "--nodes", &count, "--seed", "1"];
        arguments.extend((nodes < 4).then_some("--dev"));
        arguments.extend(more);
        ledgerctl(&arguments, &path).exit(0);
        let json = fs::read(path.join("genesis.json")).unwrap();
        Self {
            dir,
            genesis: Genesis::from_json(&json).unwrap(),
            _alone: alone,
        }
    }

    /// One that runs.
    pub(crate) fn start(nodes: u16) -> Self {
        let network = Self::init(nodes);
        network.testnet("start").exit(0);
        network
    }

    /// One that runs, with epochs of so many heights.
    pub(crate) fn start_with_epochs(nodes: u16, heights: u64) -> Self {
        let network = Self::init_with(nodes, &["--epoch", &heights.to_string()]);
        network.testnet("start").exit(0);
        network
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("net")
    }

    pub(crate) fn data(&self, node: usize) -> PathBuf {
        self.path().join(format!("node{node}/data"))
    }

    /// `ledgerctl testnet COMMAND DIR`
    pub(crate) fn testnet(&self, command: &str) -> Said {
        ledgerctl(&["testnet", command], &self.path())
    }

    /// `ledgerctl testnet add DIR ARGUMENTS`: the node that was made.
    pub(crate) fn testnet_add(&self, arguments: &[&str]) -> Value {
        let command = [&["testnet", "add"], arguments].concat();
        ledgerctl(&command, &self.path()).json(0)
    }

    /// `ledgerctl testnet kill|restart DIR NODE`
    pub(crate) fn node(&self, command: &str, node: usize) -> Said {
        let path = self.path();
        let node = format!("node{node}");
        run(Command::new(program("ledgerctl"))
            .args(["testnet", command])
            .arg(path)
            .arg(node))
    }

    /// `ledgerctl --net DIR ARGUMENTS`
    pub(crate) fn ctl(&self, arguments: &[&str]) -> Said {
        run(self.command(arguments).stdin(Stdio::null()))
    }

    /// `ledgerctl --net DIR bench`, beside what else is done.
    pub(crate) fn bench(&self, rate: u32, seconds: u32) -> Bench {
        self.bench_of(rate, seconds, 100)
    }

    /// The same, of which each request is waited for for so many seconds.
    pub(crate) fn bench_for(&self, rate: u32, seconds: u32, timeout: u32) -> Bench {
        self.bench_with((rate, seconds, 100), timeout)
    }

    /// The same with values of that many bytes.
    pub(crate) fn bench_of(&self, rate: u32, seconds: u32, size: u32) -> Bench {
        self.bench_with((rate, seconds, size), 60)
    }

    fn bench_with(&self, (rate, seconds, size): (u32, u32, u32), timeout: u32) -> Bench {
        let (rate, seconds, size) = (rate.to_string(), seconds.to_string(), size.to_string());
        let timeout = timeout.to_string();
        let arguments = [
            "bench",
            "--json",
            "--timeout",
            &timeout,
            "--rate",
            &rate,
            "--seconds",
            &seconds,
            "--size",
            &size,
        ];
        let mut command = self.command(&arguments);
        let command = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Bench(command.spawn().unwrap())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("ledgerctl"));
        command.arg("--net").arg(self.path()).args(arguments);
        command
    }

    /// The network at the highest height that all nodes have; all must be up and agree.
    #[track_caller]
    pub(crate) fn agreed(&self) -> Value {
        let status = self.ctl(&["status", "--all", "--json"]).json(0);
        assert_eq!(status["verdict"], "agree", "{status}");
        status
    }

    /// Number of entries of `domain`, once all nodes have come to a height. A node that answers late
    /// is taken for one that is down, and is asked again.
    #[track_caller]
    pub(crate) fn domain_size(&self, height: u64) -> u64 {
        let start = std::time::Instant::now();
        loop {
            let said = self.ctl(&["status", "--all", "--json"]);
            if said.code != 3 {
                let status = said.json(0);
                assert_eq!(status["verdict"], "agree", "{status}");
                if status["height"].as_u64().unwrap() >= height {
                    let ledgers = status["nodes"][0]["ledgers"].as_array().unwrap();
                    let domain = ledgers
                        .iter()
                        .find(|ledger| ledger["name"] == "domain")
                        .unwrap();
                    return domain["size"].as_u64().unwrap();
                }
            }
            assert!(
                start.elapsed().as_secs() < 30,
                "not all nodes come to height {height}"
            );
        }
    }

    /// How many nodes have a directory here.
    fn made(&self) -> usize {
        let config = |node: &usize| {
            self.path()
                .join(format!("node{node}/ledgerd.toml"))
                .exists()
        };
        (0..).take_while(config).count()
    }

    /// Stops all nodes in order, and makes every state of every store anew.
    #[track_caller]
    pub(crate) fn stop_and_verify(&self) {
        self.testnet("stop").exit(0);
        for node in 0..self.made() {
            let storage = Arc::new(FileStorage::new(self.data(node)));
            let report = ledger::verify(storage, Level::Deep, &mut |_| true).unwrap();
            assert_eq!(
                report.verdict,
                Verdict::Verified,
                "node{node}: {:?}",
                report.findings
            );
        }
    }
}

impl Drop for Testnet {
    fn drop(&mut self) {
        for node in 0..self.made() {
            self.node("kill", node);
        }
    }
}

/// A load that runs.
#[derive(Debug)]
pub(crate) struct Bench(Child);

impl Bench {
    #[track_caller]
    pub(crate) fn finish(self) -> Value {
        let output = self.0.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}{errors}"))
    }
}

fn ledgerctl(arguments: &[&str], path: &Path) -> Said {
    run(Command::new(program("ledgerctl")).args(arguments).arg(path))
}

fn run(command: &mut Command) -> Said {
    let output = command.stdin(Stdio::null()).output().unwrap();
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A binary of this package: it lies one above the tests and examples.
pub(crate) fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.ancestors().nth(2).unwrap().join(name)
}
