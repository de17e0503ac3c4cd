//! `stat`, `inspect`, `debug-bundle`, `bench`.

use std::fs;

use serde_json::Value;

use crate::common::{Place, patch};
use crate::sample::{self, SECRETS};
use crate::schemas;

fn sizes(dir: &std::path::Path, wanted: impl Fn(&str) -> bool) -> u64 {
    let files = sample::files(dir);
    let chosen = files.iter().filter(|name| wanted(name));
    chosen
        .map(|name| fs::metadata(dir.join(name)).unwrap().len())
        .sum()
}

#[test]
fn stat_accounts_for_every_byte() {
    let place = sample::place();
    let stat = place.run("stat s --json").json(0, "ledger-tool.stat/1");
    let space = &stat["space"];
    let parts = space
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| !["total", "unreachable"].contains(&name.as_str()));
    let sum: u64 = parts.map(|(_, bytes)| bytes.as_u64().unwrap()).sum();
    let dir = place.path("s");
    assert_eq!(space["total"], sum);
    assert_eq!(sum, sizes(&dir, |_| true));
    assert_eq!(space["tiles"], sizes(&dir, |name| name.contains("/tiles.")));
    assert_eq!(space["states"], sizes(&dir, |name| name.contains("/trie/")));
    assert_eq!(space["lookups"], sizes(&dir, |name| name.ends_with(".run")));
    let log = sizes(&dir, |name| name.starts_with("log/"));
    let logged = |member: &str| space[member].as_u64().unwrap();
    assert_eq!(logged("log") + logged("ready"), log);
    assert_eq!(
        (logged("dead"), logged("torn"), logged("damaged")),
        (0, 0, 0)
    );

    assert_eq!(stat["height"], 8);
    assert_eq!(stat["entries"]["count"], 83);
    assert_eq!(stat["entries"]["max"], 10_000);
    let domain = &stat["ledgers"][0];
    assert_eq!(
        (&domain["name"], &domain["entries"]["count"]),
        (&"domain".into(), &80.into())
    );
    assert_eq!(domain["state_writes"], 8 * 4 + 2);
    // The median of entries of 21 to 101 bytes or so, each one byte longer than the one before.
    let mut lens: Vec<u64> = (0..80u64)
        .map(|n| match n {
            11 => SECRETS[0].len() as u64,
            n => format!("{{\"txn\":{n},\"pays\":\"\"}}").len() as u64 + n,
        })
        .collect();
    lens.sort_unstable();
    assert_eq!(domain["entries"]["p50"], lens[39]);
    assert_eq!(domain["entries"]["bytes"], lens.iter().sum::<u64>());
    // 42 hours of commits.
    assert_eq!(stat["growth"]["first_commit"], "2023-11-14T22:13:20Z");
    assert_eq!(stat["growth"]["last_commit"], "2023-11-16T16:13:20Z");
    let bins: u64 = stat["growth"]["bins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| b.as_u64().unwrap())
        .sum();
    assert!(bins <= logged("log") && bins > logged("log") / 2);
    let a_day = stat["growth"]["bytes_a_day"].as_u64().unwrap();
    let derived = logged("tiles") + logged("indexes") + logged("lookups") + logged("states");
    let expected =
        u128::from(bins) * u128::from(logged("log") + derived) / u128::from(logged("log")) * 24
            / 42;
    assert!(
        u128::from(a_day).abs_diff(expected) <= 24,
        "{a_day} {expected}"
    );
    assert!(stat["growth"]["days_until_full"].is_u64());
}

/// Nodes that pruning would take away, of heights that are dropped already: as a node leaves them
/// that stops between the two.
#[test]
fn stat_counts_the_nodes_of_states_that_nothing_leads_to() {
    let place = sample::place();
    let unreachable = |store: &str| {
        let stat = place.run(&format!("stat {store} --level deep --json"));
        let stat = stat.json(0, "ledger-tool.stat/1");
        assert_eq!(
            stat["space"]["unreachable"],
            stat["ledgers"][0]["states_unreachable"]
        );
        assert!(stat["ledgers"][1]["states_unreachable"].is_null());
        stat["space"]["unreachable"].as_u64().unwrap()
    };
    assert_eq!(unreachable("s"), 0);
    place.copy("s", "pruned");
    let pruned = place
        .run("prune pruned --ledger domain --keep 2 --apply --json")
        .json(0, "ledger-tool.prune/1");
    let given_back =
        pruned["bytes_before"].as_u64().unwrap() - pruned["bytes_after"].as_u64().unwrap();
    assert!(given_back > 1000, "{given_back}");
    fs::copy(
        place.path("pruned/domain/kept"),
        place.path("s/domain/kept"),
    )
    .unwrap();
    assert_eq!(unreachable("s"), given_back);
    assert_eq!(unreachable("pruned"), 0);
    let text = place.run("stat s --level deep");
    assert!(text.text(0).contains("  unreachable "), "{}", text.text(0));
    // Without reading them nothing is said of them.
    let quick = place.run("stat s --json").json(0, "ledger-tool.stat/1");
    assert!(quick["space"]["unreachable"].is_null());
}

#[test]
fn stat_tells_dead_torn_and_damaged_bytes_apart() {
    let place = sample::place();
    fs::create_dir_all(place.path("s/lost+found/0")).unwrap();
    place.write("s/lost+found/0/tail", [1; 777]);
    place.write("s/notes.txt", [1; 55]);
    let stat = place.run("stat s --json").json(0, "ledger-tool.stat/1");
    assert_eq!(
        (&stat["space"]["dead"], &stat["space"]["foreign"]),
        (&777.into(), &55.into())
    );

    place.copy("s", "bad");
    let listed = place
        .run("inspect segment bad --number 0 --json")
        .json(0, "ledger-tool.inspect/1");
    let batch = &listed["batches"][3];
    let (at, len) = (
        batch["offset"].as_u64().unwrap(),
        batch["length"].as_u64().unwrap(),
    );
    let segment = place.path("bad/log/0000000000000000.seg");
    patch(&segment, |bytes| bytes[at as usize + 200] ^= 1);
    let stat = place.run("stat bad --json").json(4, "ledger-tool.stat/1");
    assert_eq!(
        (&stat["space"]["damaged"], &stat["space"]["torn"]),
        (&len.into(), &0.into())
    );
    assert_eq!(stat["gaps"][0]["offset"], at);
    assert_eq!(stat["gaps"][0]["batch"], batch["number"]);
    // Everything else is still counted.
    assert_eq!(
        stat["segments"][0]["batches"],
        listed["batches"].as_array().unwrap().len() - 1
    );
    assert!(
        place
            .run("stat bad --by segment")
            .text(4)
            .contains("damaged")
    );
}

/// A machine that stopped within a write leaves a batch that lacks sectors.
#[test]
fn stat_counts_a_torn_tail() {
    let place = Place::with_seven();
    sample::tear(&place);
    let stat = place.run("stat torn --json").json(3, "ledger-tool.stat/1");
    assert_eq!(stat["gaps"][0]["code"], "E-TORN-TAIL");
    assert_eq!(stat["space"]["torn"], stat["gaps"][0]["bytes"]);
    assert!(stat["space"]["torn"].as_u64().unwrap() > 1500);
    assert_eq!(
        (&stat["space"]["damaged"], &stat["height"]),
        (&0.into(), &7.into())
    );
    assert!(place.run("stat torn").text(3).contains("torn"));
}

#[test]
fn sound_structures_are_whole() {
    let place = sample::place();
    let runs = [
        "inspect superblock s",
        "inspect superblock s --slot 1",
        "inspect segment s --number 0",
        "inspect frame s --ledger domain --leaf 11",
        "inspect tile s --ledger domain --block 0",
        "inspect tile s --audit --block 0",
        "inspect trie-node s --ledger domain",
        "inspect trie-node s --ledger domain --height 3",
    ];
    for args in runs {
        assert!(place.run(args).text(0).contains("SOUND"), "{args}");
        let json = place
            .run(&format!("{args} --json"))
            .json(0, "ledger-tool.inspect/1");
        assert_eq!(json["sound"], true);
    }
    // The frame of an entry shows it; the path from the topmost node leads to the last leaf.
    let text = place.run("inspect frame s --ledger domain --leaf 11");
    let entry: Vec<String> = SECRETS[0]
        .bytes()
        .take(16)
        .map(|b| format!("{b:02x}"))
        .collect();
    assert!(text.text(0).contains(&entry.join(" ")));
    let mut node = place
        .run("inspect trie-node s --ledger domain --json")
        .json(0, "ledger-tool.inspect/1");
    let mut depth = 0;
    while let Some(child) = node["node"]["children"]
        .as_array()
        .unwrap()
        .first()
        .cloned()
    {
        let (at, hash) = (
            child["location"].as_u64().unwrap(),
            child["hash"].as_str().unwrap(),
        );
        let args =
            format!("inspect trie-node s --ledger domain --location {at} --hash {hash} --json");
        node = place.run(&args).json(0, "ledger-tool.inspect/1");
        assert_eq!(node["node"]["hash"], hash);
        depth += 1;
    }
    assert!(depth > 0);
    let wrong = format!(
        "inspect trie-node s --ledger domain --location 0 --hash {}",
        "00".repeat(32)
    );
    assert!(place.run(&wrong).text(4).contains("E-PAYLOAD"));
}

/// The member of the flaws that are told of, in JSON.
fn flaws(json: &Value) -> Vec<Value> {
    let parts = json["parts"].as_array().unwrap().iter();
    let fields = parts.flat_map(|part| part["fields"].as_array().unwrap());
    fields
        .map(|field| field["flaw"].clone())
        .filter(|flaw| !flaw.is_null())
        .collect()
}

#[test]
fn damaged_structures_are_decoded_and_the_bad_byte_is_marked() {
    let place = sample::place();
    let frame = place
        .run("inspect frame s --ledger domain --leaf 11 --json")
        .json(0, "ledger-tool.inspect/1");
    let payload_at = frame["parts"][1]["fields"][0]["offset"].as_u64().unwrap() as usize;
    let node = place
        .run("inspect trie-node s --ledger domain --json")
        .json(0, "ledger-tool.inspect/1");
    let node_at = node["parts"][0]["fields"][0]["offset"].as_u64().unwrap() as usize;
    for (file, at, args, code) in [
        ("SUPER.1", 200, "inspect superblock bad", "E-HEADER-CRC"),
        ("tip", 50, "inspect superblock bad", "E-HEADER-CRC"),
        (
            "log/0000000000000000.seg",
            100,
            "inspect segment bad --number 0",
            "E-PADDING",
        ),
        (
            "log/0000000000000000.seg",
            payload_at + 30,
            "inspect frame bad --ledger domain --leaf 11",
            "E-FRAME-CRC",
        ),
        (
            "domain/tiles.0",
            4096 + 40,
            "inspect tile bad --ledger domain --block 0",
            "E-PAYLOAD",
        ),
        (
            "domain/trie/0000000000000000.nodes",
            node_at + 40,
            "inspect trie-node bad --ledger domain",
            "E-PAYLOAD",
        ),
    ] {
        let place = &place;
        let _ = fs::remove_dir_all(place.path("bad"));
        place.copy("s", "bad");
        patch(&place.path(&format!("bad/{file}")), |bytes| bytes[at] ^= 4);
        let json = place
            .run(&format!("{args} --json"))
            .json(4, "ledger-tool.inspect/1");
        assert_eq!(json["sound"], false);
        let found = flaws(&json);
        assert!(
            found.iter().any(|flaw| flaw["code"] == code),
            "{args}: {found:?}"
        );
        let covers = |flaw: &Value| {
            let (from, len) = (
                flaw["offset"].as_u64().unwrap(),
                flaw["length"].as_u64().unwrap(),
            );
            (from..from + len.max(1)).contains(&(at as u64))
        };
        let near = |flaw: &Value| file.contains("tiles") || file.contains("nodes") || covers(flaw);
        assert!(found.iter().any(near), "{args}: {found:?}");
        let text = place.run(args);
        assert!(text.text(4).contains("^^"), "{args}: {}", text.text(4));
        assert!(text.text(4).contains(code), "{args}");
    }
    // With both superblocks gone the log is still taken apart.
    place.write("bad/SUPER.0", [1; 300]);
    place.write("bad/SUPER.1", [2; 300]);
    let text = place.run("inspect segment bad --number 0");
    assert!(text.text(0).contains("commit"), "{}", text.err);
    assert!(text.err.contains("E-SUPERBLOCK"), "{}", text.err);
}

#[test]
fn what_is_not_there_is_no_verdict() {
    let place = sample::place();
    place.run("inspect segment s --number 99").fails(1, "E-IO");
    place
        .run("inspect frame s --segment 0 --offset 99999999999")
        .fails(2, "E-USAGE");
    place
        .run("inspect frame s --ledger none --leaf 0")
        .fails(1, "E-NO-LEDGER");
    place
        .run("inspect tile s --ledger domain --block 9")
        .fails(2, "E-USAGE");
    place
        .run("inspect tile s --ledger domain --level 3 --block 0")
        .fails(1, "E-IO");
    place
        .run("inspect trie-node s --ledger pool")
        .fails(1, "E-NO-STATE");
    fs::create_dir(place.path("empty")).unwrap();
    for args in [
        "superblock empty",
        "segment empty --number 0",
        "tile empty --audit --block 0",
    ] {
        place
            .run(&format!("inspect {args}"))
            .fails(10, "E-NO-STORE");
    }
}

#[test]
fn a_debug_bundle_tells_no_entry_key_value_id_or_metadata() {
    let place = sample::place();
    place.copy("s", "bad");
    patch(&place.path("bad/log/0000000000000000.seg"), |bytes| {
        bytes[4096 + 2000] ^= 1;
    });
    for (store, verdict) in [("s", "verified"), ("bad", "damaged")] {
        let ran = place.run(&format!("debug-bundle {store} -o {store}.json --json"));
        let written = ran.json(0, "ledger-tool.debug-bundle-written/1");
        assert_eq!(written["verdict"], verdict);
        let bytes = place.read(&format!("{store}.json"));
        assert_eq!(written["bytes"], bytes.len());
        let text = String::from_utf8(bytes).unwrap();
        for secret in SECRETS {
            let hex: String = secret.bytes().map(|b| format!("{b:02x}")).collect();
            assert!(!text.contains(secret) && !text.contains(&hex), "{secret}");
        }
        let bundle: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(bundle["schema"], "ledger-tool.debug-bundle/1");
        assert_eq!(bundle["superblocks"].as_array().unwrap().len(), 3);
        assert_eq!(
            bundle["files_count"],
            sample::files(&place.path(store)).len()
        );
        assert_eq!(bundle["verify"]["verdict"], verdict);
    }
    let bundle: Value = serde_json::from_slice(&place.read("s.json")).unwrap();
    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    let last = bundle["commits"].as_array().unwrap().last().unwrap();
    assert_eq!(last["audit_root"], info["audit"]["root_hash"]);
    assert_eq!(
        last["ledgers"][0]["state_root"],
        info["ledgers"][0]["state_root"]
    );
    // Where nothing opens it still says what there is.
    for name in ["SUPER.0", "SUPER.1"] {
        place.write(&format!("bad/{name}"), [9; 64]);
    }
    let text = place.run("debug-bundle bad -o -");
    let bundle: Value = serde_json::from_str(text.text(0)).unwrap();
    assert_eq!(bundle["errors"][0]["code"], "E-SUPERBLOCK");
    assert!(bundle["verify"].is_null() && bundle["superblocks"][0]["fields"].is_array());
    fs::create_dir(place.path("empty")).unwrap();
    place.run("debug-bundle empty -o x").fails(10, "E-NO-STORE");
}

#[test]
fn bench_checks_measures_and_leaves_nothing() {
    let place = Place::new();
    fs::create_dir(place.path("disk")).unwrap();
    let ran = place.run("bench disk --seconds 1 --json");
    let bench = ran.json(0, "ledger-tool.bench/1");
    schemas::holds(&bench);
    let names: Vec<_> = bench["measurements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "disk", "commit", "append", "entry", "proof", "check", "trie", "get", "proof"
        ]
    );
    for measured in bench["measurements"].as_array().unwrap() {
        let of = |member: &str| measured[member].as_u64().unwrap();
        assert!(of("count") > 0 && of("p50_ns") > 0, "{measured}");
        assert!(of("p50_ns") <= of("p99_ns") && of("p99_ns") <= of("max_ns"));
    }
    assert_eq!(fs::read_dir(place.path("disk")).unwrap().count(), 0);
    place.run("bench nowhere").fails(1, "E-IO");
}
