//! A store that is the same in every run, byte for byte: its uuid and times are given.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::sync::Arc;

use hash_store::FileStorage;
use ledger::{LedgerSpec, Options, StateSuite, Store, TreeType};

use crate::common::{Place, find, patch};

const HOUR: u64 = 3_600_000;
const START: u64 = 1_700_000_000_000;
/// What no support bundle may tell: an entry, a key, a value, an id, the metadata of a commit.
pub(crate) const SECRETS: [&str; 5] = [
    "secret-entry-4711",
    "secret-key-4712",
    "secret-value-4713",
    "secret-id-4714",
    "secret-metadata-4715",
];

/// A place with the store `s`.
pub(crate) fn place() -> Place {
    let place = Place::new();
    make(&place.path("s"), [7; 16]);
    place
}

/// Two ledgers: `domain` with a state and look-ups, of eight commits six hours apart, each of ten
/// entries with ids and four writes; `pool` with three entries, one of them longer than a page, one
/// of them not UTF-8.
pub(crate) fn make(dir: &Path, uuid: [u8; 16]) {
    let spec = |name: &str| name.parse().unwrap();
    let domain = LedgerSpec::with_state(spec("domain"), TreeType::Sha256, StateSuite::Sha3_256);
    let pool = LedgerSpec::log(spec("pool"), TreeType::Blake3);
    let ledgers = [domain.with_leaf_hashes().with_ids(), pool];
    let options = Options {
        background: false,
        ..Options::default()
    };
    let storage = Arc::new(FileStorage::new(dir));
    let store = Store::create_in(storage, uuid, spec_network(), &ledgers, options).unwrap();
    for commit in 0..8u64 {
        let mut batch = store.batch();
        for i in 0..10u64 {
            let number = commit * 10 + i;
            let entry = match number {
                11 => SECRETS[0].to_owned(),
                number => format!(
                    "{{\"txn\":{number},\"pays\":\"{}\"}}",
                    "x".repeat(number as usize)
                ),
            };
            let id = match number {
                12 => SECRETS[3].to_owned(),
                number => format!("id-{number}"),
            };
            batch.append_unique("domain", id, entry).unwrap();
        }
        for i in 0..4u64 {
            let key = format!("account-{}", (commit * 3 + i) % 17);
            batch
                .put("domain", key, format!("balance {commit}"))
                .unwrap();
        }
        if commit == 2 {
            batch.put("domain", SECRETS[1], SECRETS[2]).unwrap();
            batch.append("pool", b"comma, \"quote\"\nand line").unwrap();
            batch.append("pool", [0xff, 0, 0x80]).unwrap();
            batch.append("pool", "long ".repeat(2000)).unwrap();
        }
        if commit == 7 {
            batch.delete("domain", "account-0").unwrap();
        }
        let metadata = if commit == 3 { SECRETS[4] } else { "" };
        let sealed = batch
            .seal(START + commit * 6 * HOUR, metadata.as_bytes())
            .unwrap();
        store.commit(sealed).unwrap();
    }
    store.close().unwrap();
}

fn spec_network() -> ledger::NetworkId {
    "sample".parse().unwrap()
}

/// Every file below a directory, from there on, in order.
pub(crate) fn files(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    list(dir, "", &mut found);
    found.sort();
    found
}

fn list(dir: &Path, under: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{under}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            list(&entry.path(), &format!("{name}/"), found);
        } else {
            found.push(name);
        }
    }
}

/// Makes `torn` of the store `s` with seven entries: a copy taken while the eighth was written.
pub(crate) fn tear(place: &Place) {
    let mut writer = place.spawn("import s --ledger domain --format lines --batch 1 -");
    let mut stdin = writer.stdin.take().unwrap();
    let mut stdout = BufReader::new(writer.stdout.take().unwrap());
    // Its batch has several sectors.
    writeln!(stdin, "entry-7{}", "x".repeat(2000)).unwrap();
    stdout.read_line(&mut String::new()).unwrap();
    place.copy("s", "torn");
    drop(stdin);
    writer.wait().unwrap();
    // The machine stopped before the batch was written in full, and before anything told of it.
    fs::remove_file(place.path("torn/tip")).unwrap();
    patch(&place.path("torn/audit/heights"), |bytes| {
        bytes[4096 + 8 * 7..][..8].fill(0);
    });
    patch(&place.path("torn/log/0000000000000000.seg"), |bytes| {
        let at = find(bytes, b"entry-7");
        let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() / 512 * 512;
        assert!(end >= at);
        bytes[end..end + 512].fill(0);
    });
}

/// Makes `torn` of the sample `s`: a store of its own with seven entries, torn.
pub(crate) fn tear_sample(place: &Place) {
    fs::rename(place.path("s"), place.path("s-kept")).unwrap();
    place.run("init s --ledger domain").text(0);
    let lines: String = (0..7).map(|i| format!("entry-{i}\n")).collect();
    let import = "import s --ledger domain --format lines --batch 1 --time 2023-11-14T22:13:20Z -";
    place.feed(import, lines).text(0);
    tear(place);
    fs::remove_dir_all(place.path("s")).unwrap();
    fs::rename(place.path("s-kept"), place.path("s")).unwrap();
}
