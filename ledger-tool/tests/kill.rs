//! SIGKILL in the middle of an import: every batch that was acknowledged is there afterwards, the
//! root is that of the lines, and no step by hand is needed.
//!
//! The kill falls when a randomly chosen `committed` line is read, while the process runs on: at
//! any point of any later commit, rotation or watermark. The full count is a soak command:
//! `LEDGER_KILLS=200 LEDGER_KILL_LINES=10000000 cargo test --release -p ledger-tool --test kill`.

#![allow(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use ledger::{Options, Reader, Store};
use merkle_log::{CompactRange, Hash, LeafIndex, TreeType};

const TREE: TreeType = TreeType::Sha256;
const BATCH: u64 = 1000;
const ANONYMOUS_KIB_MAX: u64 = 300 << 10;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

fn line(index: u64) -> String {
    let (amount, account) = (index % 977, index * 31 % 65_537);
    format!("transaction {index} pays {amount} to account {account}")
}

/// Writes the lines to a file, and gives the root after every batch of them.
fn lines(path: &Path, count: u64) -> Vec<Hash> {
    let mut file = BufWriter::new(File::create(path).unwrap());
    let mut range = CompactRange::empty(0);
    let mut roots = vec![TREE.empty()];
    for index in 0..count {
        let line = line(index);
        writeln!(file, "{line}").unwrap();
        range.append(TREE, TREE.leaf(line.as_bytes())).unwrap();
        if (index + 1) % BATCH == 0 {
            roots.push(range.root(TREE).unwrap());
        }
    }
    file.flush().unwrap();
    roots
}

fn tool() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ledger-tool"))
}

/// Kibibytes of memory that no file backs.
fn anonymous_kib(process: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:"));
    let digits = line.unwrap().split_whitespace().nth(1);
    digits.unwrap().parse().unwrap()
}

/// Starts an import, kills it when it has acknowledged `commits` batches, and answers with the
/// height and size that it acknowledged last.
fn import_and_kill(store: &Path, lines: &Path, commits: u64) -> (u64, u64) {
    let mut import = tool()
        .args(["import", "--ledger", "domain", "--format", "lines"])
        .args([store, lines])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut acknowledged = (0, 0);
    let stdout = BufReader::new(import.stdout.take().unwrap());
    for (line, read) in stdout.lines().zip(1..) {
        let line = line.unwrap();
        let mut words = line.split(' ');
        assert_eq!(words.next(), Some("committed"), "{line}");
        let mut next = || words.next().unwrap().parse::<u64>().unwrap();
        acknowledged = (next(), next());
        if read == commits {
            let memory = anonymous_kib(&import);
            assert!(
                memory < ANONYMOUS_KIB_MAX,
                "{memory} KiB of anonymous memory"
            );
            import.kill().unwrap();
        }
    }
    import.wait().unwrap();
    acknowledged
}

fn check(store: &Path, roots: &[Hash], acknowledged: (u64, u64)) {
    // Without a writer, as the kill left it.
    let reader = Reader::open(store).unwrap();
    let size = reader.snapshot().ledger("domain").unwrap().size().0;
    assert!(size >= acknowledged.1, "reader: {size} of {acknowledged:?}");
    drop(reader);

    let store = Store::open(store, Options::default()).unwrap();
    let snapshot = store.snapshot();
    let view = snapshot.ledger("domain").unwrap();
    let size = view.size().0;
    let in_flight = acknowledged.1 + BATCH;
    assert!(
        (acknowledged.1..=in_flight).contains(&size),
        "{size} entries, {acknowledged:?} were acknowledged"
    );
    assert!(snapshot.height() >= acknowledged.0);
    let batches = usize::try_from(size / BATCH).unwrap();
    assert_eq!(size % BATCH, 0);
    assert_eq!(view.root(), roots[batches]);
    for index in [0, size / 3, size - 1] {
        let index = LeafIndex(index);
        assert_eq!(view.entry(index).unwrap(), line(index.0).as_bytes());
        let proof = view.prove_inclusion(index, view.size()).unwrap();
        let leaf = TREE.leaf(line(index.0).as_bytes());
        let verified = proof.verify(TREE, &leaf, &roots[batches]).unwrap();
        assert_eq!(verified.leaf_index(), index);
    }
    let mut batch = store.batch();
    assert_eq!(batch.append("domain", b"afterwards").unwrap().0, size);
    let time = snapshot.time_ms();
    store.commit(batch.seal(time, b"").unwrap()).unwrap();
    store.close().unwrap();
}

#[test]
fn acknowledged_batches_survive_a_kill_at_any_moment() {
    let kills = number("LEDGER_KILLS", 20);
    let count = number("LEDGER_KILL_LINES", 1_000_000);
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("lines");
    let roots = lines(&input, count);
    let mut random = 0x9e37_79b9_7f4a_7c15u64;
    for kill in 0..kills {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let commits = 1 + random % (count / BATCH - 1);
        let store = dir.path().join(format!("store-{kill}"));
        let made = tool()
            .args(["init", "--ledger", "domain"])
            .arg(&store)
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success());
        let acknowledged = import_and_kill(&store, &input, commits);
        assert!(acknowledged.0 >= commits);
        check(&store, &roots, acknowledged);
        let verify = tool()
            .arg("verify")
            .arg(&store)
            .stdout(Stdio::null())
            .status();
        assert_eq!(
            verify.unwrap().code(),
            Some(0),
            "kill {kill} after {commits}"
        );
        std::fs::remove_dir_all(&store).unwrap();
    }
    println!("{kills} kills, 0 acknowledged batches lost");
}
