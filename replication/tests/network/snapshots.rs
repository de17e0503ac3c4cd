//! A node begins with the state, votes, serves what it has, refuses the rest by code, gets the history,
//! and changes over to it. A proxy stands before each of the others: one alters the pieces that it
//! passes on, the rest hold the history back until the test lets it through.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use hash_store::FileStorage;
use ledger::{Level, Verdict};
use serde_json::Value;

use crate::http::get;
use crate::liars::Liar;
use crate::testnet::Testnet;

/// Heights of an epoch.
const EPOCH: u64 = 16;
/// How long before its expiry a request may be sent: a state is offered that long after its epoch.
const LIFETIME_MS: u64 = 10_000;
/// For anything that is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// Pieces of history that are let through.
type Gate = Arc<AtomicU64>;

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(started.elapsed() < PATIENCE, "{what}");
        std::thread::yield_now();
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    u64::try_from(since.unwrap().as_millis()).unwrap()
}

/// Other bits everywhere: what executing a block comes to anyway a node does not miss.
fn altered(mut bytes: Vec<u8>) -> Vec<u8> {
    for byte in bytes.iter_mut().step_by(97) {
        *byte ^= 4;
    }
    bytes
}

/// Proxies before all nodes: node1 alters every piece, the others let through as many pieces of
/// history as the gate has.
fn proxies(network: &Testnet) -> Gate {
    let gate = Gate::default();
    for node in 0..4 {
        let held = Arc::clone(&gate);
        Liar::before(network, node).tell_bytes(move |path, answer| {
            let (status, bytes) = (answer.status, answer.bytes);
            let is_history = path.starts_with("/v1/commits");
            if node == 1 && (is_history || path.starts_with("/v1/snapshot/")) {
                return (status, altered(bytes));
            }
            let one_less = |left: u64| left.checked_sub(1);
            let order = Ordering::Relaxed;
            if is_history && held.fetch_update(order, order, one_less).is_err() {
                return (503, Vec::new());
            }
            (status, bytes)
        });
    }
    gate
}

struct Joiner<'a> {
    network: &'a Testnet,
    client: SocketAddr,
}

impl Joiner<'_> {
    fn dir(&self) -> std::path::PathBuf {
        self.network.path().join("node4")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.dir().join("log")).unwrap()
    }

    fn status(&self) -> Option<Value> {
        let answer = std::net::TcpStream::connect(self.client).ok();
        answer
            .map(|_| get(self.client, "/v1/status"))
            .filter(|answer| answer.status == 200)
            .map(|answer| answer.json())
    }

    fn refusal(&self, path: &str) -> (u16, String) {
        let answer = get(self.client, path);
        (answer.status, answer.code())
    }
}

#[track_caller]
fn verified(dir: &Path) {
    let storage = Arc::new(FileStorage::new(dir));
    let report = ledger::verify(storage, Level::Deep, &mut |_| true).unwrap();
    let findings = &report.findings;
    assert_eq!(report.verdict, Verdict::Verified, "{dir:?}: {findings:?}");
}

#[test]
fn a_node_begins_with_the_state_votes_and_gets_the_history() {
    let network = Testnet::init_short(4, EPOCH, LIFETIME_MS);
    let gate = proxies(&network);
    network.testnet("start").exit(0);
    let first = network.ctl(&["put", "door", "red", "--json"]).json(0);
    let first = first["id"].as_str().unwrap().to_owned();
    let load = network.bench_for(20, 20, 10);
    let of_node0 = network.genesis.file().nodes[0].client;
    until("no epoch ended long enough ago", || {
        let before_ms = now_ms() - LIFETIME_MS - 1000;
        let path = format!("/v1/snapshot?before_ms={before_ms}");
        (get(of_node0, &path).status == 200).then_some(())
    });

    // It is killed as soon as it gets the state, and begins anew.
    let made = network.testnet_add(&["--snapshot"]);
    let joiner = Joiner {
        network: &network,
        client: made["client"].as_str().unwrap().parse().unwrap(),
    };
    let file = joiner.dir().join("node.json");
    let add = ["--node", "node0", "--as", "admin", "member", "add-node"];
    network
        .ctl(&[&add[..], &[file.to_str().unwrap()]].concat())
        .exit(0);
    network.node("restart", 4).exit(0);
    until("it does not begin", || {
        joiner.log().contains("getting the state").then_some(())
    });
    network.node("kill", 4);
    network.node("restart", 4).exit(0);
    let status = until("it does not serve", || joiner.status());
    let base = status["base"].as_u64();
    let base = base.unwrap_or_else(|| panic!("{}", joiner.log()));
    assert_eq!(base % EPOCH, 0);
    let named = |log: &str| {
        let mut warnings = log
            .lines()
            .filter(|line| line.contains("is not asked again"));
        warnings.any(|line| line.contains("\"peer\":\"node1\""))
    };
    assert!(named(&joiner.log()), "{}", joiner.log());

    // It votes: without node3 all four others have to.
    until("it is not level", || {
        let shown = network.ctl(&["--json", "member", "show", "nodes"]).json(0);
        let all = shown["nodes"].as_array().unwrap().len() == 5;
        (all && shown["nodes"] == shown["next"]).then_some(())
    });
    let height_of = |client| get(client, "/v1/status").json()["height"].as_u64().unwrap();
    let height = height_of(of_node0);
    until("it does not follow", || {
        (joiner.status()?["height"].as_u64()? >= height).then_some(())
    });
    let load = load.finish();
    // What the machine is too slow for expires.
    let counts = ["sent", "final"].map(|what| load[what].as_u64().unwrap());
    assert!(2 * counts[1] > counts[0], "{load}");
    network.node("kill", 3).exit(0);
    // A request may expire while the turns of node3 are skipped.
    until("nothing becomes final", || {
        let put = network.ctl(&["put", "gate", "shut"]);
        (put.code == 0).then_some(())
    });
    network.node("restart", 3).exit(0);

    // It serves what it has, with proofs, and refuses the rest by code.
    let text = network.ctl(&["--node", "node4", "get", "door"]).exit(0);
    assert!(text.starts_with("door = red"), "{text}");
    let missing = (404, "before-base".to_owned());
    for path in [
        format!("/v1/headers/{}", base - 1),
        format!("/v1/requests/{first}"),
        format!("/v1/commits?from={base}"),
        format!("/v1/snapshot/{}/state/domain", base - 1),
        format!("/v1/snapshot/{}/leaves/audit", base - 1),
    ] {
        assert_eq!(joiner.refusal(&path), missing, "{path}");
    }
    assert_eq!(
        get(joiner.client, &format!("/v1/headers/{base}")).status,
        200
    );
    assert_eq!(
        get(joiner.client, &format!("/v1/headers/{height}")).status,
        200
    );
    let alone = network.ctl(&["--node", "node4", "--timeout", "8", "tx", "show", &first]);
    assert!(alone.exit(4).contains("before-base"));
    network.ctl(&["tx", "show", &first]).exit(0);

    // One piece of history, and it is killed; both stores are whole.
    gate.store(1, Ordering::Relaxed);
    let history = joiner.dir().join("history");
    until("no piece is taken", || {
        (gate.load(Ordering::Relaxed) == 0).then_some(())
    });
    until("node1 is not named again", || {
        let log = joiner.log();
        (log.matches("is not asked again").count() > 1 && history.exists()).then_some(())
    });
    network.node("kill", 4).exit(0);
    verified(&joiner.dir().join("data"));
    verified(&history);
    network.node("restart", 4).exit(0);
    until("it does not serve", || joiner.status());

    // All of it: the history takes the place of what the node began with.
    gate.store(u64::MAX, Ordering::Relaxed);
    until("it does not change over", || {
        joiner.status()?["base"].is_null().then_some(())
    });
    let found = |name: &str| joiner.dir().join(name).exists();
    assert!(found("data") && !found("data.old") && !found("history") && !found("data.new"));
    assert_eq!(get(joiner.client, "/v1/headers/2").status, 200);
    network
        .ctl(&["--node", "node4", "tx", "show", &first])
        .exit(0);

    // Ended between two steps of a change-over.
    network.node("kill", 4).exit(0);
    fs::rename(joiner.dir().join("data"), &history).unwrap();
    fs::create_dir(joiner.dir().join("data.old")).unwrap();
    network.node("restart", 4).exit(0);
    until("it does not serve", || joiner.status());
    assert!(found("data") && !found("data.old") && !found("history"));
    network.stop_and_verify();
}
