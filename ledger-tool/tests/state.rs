//! States: made, written, read, listed, compared and dumped; and what is refused.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use std::fs::OpenOptions;
use std::io::Read;

use common::{Place, Ran};
use serde_json::{Value, json};

/// The store `s` with one ledger of each kind of state, and one without.
fn store() -> Place {
    let place = Place::new();
    place
        .run("init s --ledger d:sha256:blake3 --ledger h:sha256:keccak256:hashed --ledger plain")
        .text(0);
    place
}

fn line(key: &str, value: Option<&str>) -> String {
    let hex = |text: &str| text.bytes().map(|b| format!("{b:02x}")).collect::<String>();
    let value = value.map_or("null".to_owned(), |value| format!("\"{}\"", hex(value)));
    format!("{{\"key_hex\":\"{}\",\"value_hex\":{value}}}\n", hex(key))
}

fn put(place: &Place, writes: &[(&str, Option<&str>)]) -> Ran {
    let lines: String = writes
        .iter()
        .map(|(key, value)| line(key, *value))
        .collect();
    place.feed("state put s --ledger d -", lines)
}

/// With three heights: a, b; b changed and c added; a deleted.
fn three() -> Place {
    let place = store();
    put(&place, &[("a", Some("1")), ("b", Some("2"))]).text(0);
    put(&place, &[("b", Some("3")), ("ca", Some("4"))]).text(0);
    put(&place, &[("a", None), ("cb", Some("\u{1}"))]).text(0);
    place
}

/// Keys and values as text, from the lines of a listing.
fn list(place: &Place, args: &str) -> Vec<String> {
    let ran = place.run(&format!("state ls s --ledger d {args}"));
    ran.text(0).lines().map(str::to_owned).collect()
}

#[test]
fn ledgers_are_made_with_every_suite() {
    let place = Place::new();
    let empty = [
        (
            "blake3",
            "bbe6a9f5a0146a1f4d0381e9b0ed1ac2f1a979ce9d5ad84e46ff0b58f36b5f46",
        ),
        // The empty roots of Ethereum and of Plenum.
        (
            "keccak256",
            "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
        ),
        (
            "sha3-256",
            "bc2071a4de846f285702447f2589dd163678e0972a8a1b0d28b04ed5c094547f",
        ),
        (
            "sha256",
            "76be8b528d0075f7aae98d6fa57a6d3c83ae480a8469e668d7b0af968995ac71",
        ),
    ];
    let ledgers: String = empty
        .iter()
        .map(|(suite, _)| format!(" --ledger {suite}:sha256:{suite}"))
        .collect();
    place
        .run(&format!(
            "init s{ledgers} --ledger k:blake3:keccak256:hashed --ledger n:sha256:none --ledger l"
        ))
        .text(0);
    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    for (i, (suite, root)) in empty.iter().enumerate() {
        let ledger = &info["ledgers"][i];
        assert_eq!(
            (&ledger["state"], &ledger["state_root"]),
            (&json!(suite), &json!(root))
        );
        assert_eq!(ledger["key_mode"], "as_given");
    }
    assert_eq!(info["ledgers"][4]["state"], "keccak256");
    assert_eq!(info["ledgers"][4]["key_mode"], "hashed");
    for i in [5, 6] {
        assert_eq!(info["ledgers"][i]["state"], "none");
        assert_eq!(info["ledgers"][i]["state_root"], Value::Null);
    }
    assert!(
        place
            .run("info s")
            .text(0)
            .contains("keccak256, keys hashed, root 56e8")
    );
    for spec in [
        "a:sha256:md5",
        "a:sha256:blake3:plain",
        "a:sha256:none:hashed",
        "a:sha256:blake3:hashed:x",
        "a:blake4",
        "a:sha256:",
        "",
    ] {
        place
            .run(&format!("init t --ledger a --ledger={spec}"))
            .fails(2, "E-USAGE");
    }
}

#[test]
fn keys_are_put_and_got_at_every_height() {
    let place = store();
    let ran = put(
        &place,
        &[
            ("a", Some("1")),
            ("b", Some("2")),
            ("a", Some("3")),
            ("b", None),
        ],
    );
    assert_eq!(ran.text(0), "committed 1 0\n");
    put(&place, &[("a", Some("4")), ("", Some("the empty key"))]).text(0);

    let get = |args: &str| place.run(&format!("state get s --ledger d {args}"));
    assert_eq!(get("--key a --raw").text(0), "4");
    assert_eq!(get("--key-hex 61 --height 1 --raw").text(0), "3");
    let absent = get("--key b --raw");
    assert_eq!(absent.text(4), "");
    assert!(absent.err.contains("the key is absent"), "{}", absent.err);
    let text = get("--key a");
    assert!(
        text.text(0).contains("value   4\nheight  2\nroot    "),
        "{}",
        text.text(0)
    );
    assert!(get("--key b").text(4).contains("absent"));
    assert_eq!(get("--key-hex= --raw").text(0), "the empty key");

    let json = get("--key a --json").json(0, "ledger-tool.state-get/1");
    let roots = place.run("state roots s --ledger d --json");
    let roots = roots.json(0, "ledger-tool.state-roots/1");
    let expected = json!({
        "schema": "ledger-tool.state-get/1", "network": "local", "ledger": "d", "height": 2,
        "state": "blake3", "key_mode": "as_given", "root_hash": roots["roots"][1]["root_hash"],
        "key_hex": "61", "key": "a", "present": true, "value_hex": "34", "value": "4",
    });
    assert_eq!(json, expected);
    let json = get("--key-hex ff --json").json(4, "ledger-tool.state-get/1");
    assert_eq!(
        (&json["present"], &json["value_hex"]),
        (&json!(false), &Value::Null)
    );
    assert!(json.get("key").is_none());

    for (args, exit, code) in [
        ("--key a --height 3", 1, "E-NO-HEIGHT"),
        ("--key a --height 0", 1, "E-NO-HEIGHT"),
        ("--key-hex 6", 2, "E-USAGE"),
        ("--key-hex 0x61", 2, "E-USAGE"),
    ] {
        get(args).fails(exit, code);
    }
    for args in ["", "--key a --key-hex 61", "--key a --raw --json"] {
        get(args).text(2);
    }
    place
        .run("state get s --ledger plain --key a")
        .fails(1, "E-NO-STATE");
    place
        .run("state get s --ledger x --key a")
        .fails(1, "E-NO-LEDGER");
    place
        .run("state get nowhere --ledger d --key a")
        .fails(10, "E-NO-STORE");
}

#[test]
fn the_last_line_for_a_key_wins_within_a_batch_and_each_batch_is_a_commit() {
    let place = store();
    let lines =
        line("k", Some("1")) + &line("k", Some("2")) + &line("k", None) + &line("l", Some("x"));
    let ran = place.feed("state put s --ledger d --batch 2 -", &lines);
    assert_eq!(ran.text(0), "committed 1 0\ncommitted 2 0\n");
    let at = |height: u64| list(&place, &format!("--height {height}"));
    assert_eq!(at(1), ["k  2"]);
    assert_eq!(at(2), ["l  x"]);
    // One commit for all of it leads to the same root.
    place.run("init t --ledger d:sha256:blake3").text(0);
    place.write("lines", &lines);
    let ran = place.run("state put t --ledger d --quiet-commits lines");
    assert_eq!(ran.text(0), "committed 1 0\n");
    let root = |dir: &str| {
        let info = place.run(&format!("info {dir} --json"));
        info.json(0, "ledger-tool.info/1")["ledgers"][0]["state_root"].clone()
    };
    assert_eq!(root("s"), root("t"));
    // Deleting what is absent is no error, and no input is no commit.
    put(&place, &[("nothing", None), ("l", None)]).text(0);
    assert_eq!(put(&place, &[]).text(0), "");
    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    assert_eq!(info["height"], 3);
    assert_eq!(
        info["ledgers"][0]["state_root"],
        "bbe6a9f5a0146a1f4d0381e9b0ed1ac2f1a979ce9d5ad84e46ff0b58f36b5f46"
    );
    let json = place
        .feed(
            "state put s --ledger d --batch 1 --json --time 2100-01-01T00:00:00Z -",
            &lines,
        )
        .json(0, "ledger-tool.state-put/1");
    let expected = json!({"writes": 4, "commits": 4, "height": 7, "tree_size": 0, "interrupted": false,
        "state_root": root("t"), "bytes_read": lines.len()});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(json[name], *value, "{name}");
    }
    // A time before that of the last commit becomes the same.
    let ran = place.feed("state put s --ledger d --time 5 -", line("m", Some("1")));
    assert_eq!(ran.text(0), "committed 8 0\n");
    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    assert_eq!(info["time"], "2100-01-01T00:00:00Z");
}

#[test]
fn lines_that_are_no_writes_are_named_and_what_was_committed_stays() {
    let place = store();
    let good = line("a", Some("1"));
    for (bad, code, reason) in [
        (&b"nothing"[..], "E-INPUT", "is not JSON"),
        (b"", "E-INPUT", "is not JSON"),
        (
            b"{\"key_hex\":\"61\"}",
            "E-INPUT",
            "missing field `value_hex`",
        ),
        (
            b"{\"key_hex\":\"61\",\"value_hex\":null,\"value_hex\":\"61\"}",
            "E-INPUT",
            "duplicate field",
        ),
        (
            b"{\"key_hex\":\"61\",\"value_hex\":null,\"x\":1}",
            "E-INPUT",
            "unknown field",
        ),
        (
            b"{\"key_hex\":\"6\",\"value_hex\":null}",
            "E-INPUT",
            "key_hex is not hex digits in pairs: 6",
        ),
        (
            b"{\"key_hex\":\"61\",\"value_hex\":\"\x1b[31m\"}",
            "E-INPUT",
            "is not JSON",
        ),
        (
            b"{\"key_hex\":\"61\",\"value_hex\":\"xy\"}",
            "E-INPUT",
            "value_hex is not hex",
        ),
        (
            b"{\"key_hex\":\"\xff\",\"value_hex\":null}",
            "E-INPUT",
            "is not UTF-8",
        ),
    ] {
        let before = place.run("info s --json").json(0, "ledger-tool.info/1");
        let before = before["height"].as_u64().unwrap();
        let input = [good.as_bytes(), bad, b"\n", good.as_bytes()].concat();
        let ran = place.feed("state put s --ledger d --batch 1 -", &input);
        let err = ran.fails(1, code);
        assert!(err.contains("line 2 at byte 34"), "{err}");
        assert!(err.contains(reason), "{reason}: {err}");
        assert!(
            err.contains("the input's first 1 write are in, the rest is not"),
            "{err}"
        );
        let committed = format!("committed {} 0\n", before + 1);
        assert_eq!(String::from_utf8(ran.out).unwrap(), committed);
        let ran = place.feed("state put s --ledger d -", &input);
        assert!(ran.fails(1, code).contains("nothing was written"));
    }
    let long = "00".repeat((16 << 20) + 1);
    place.write(
        "long",
        format!("{{\"key_hex\":\"61\",\"value_hex\":\"{long}\"}}"),
    );
    let ran = place.run("state put s --ledger d long");
    assert!(
        ran.fails(1, "E-ENTRY-TOO-LARGE")
            .contains("the value has 16777217 bytes")
    );
    place
        .run("state put s --ledger d /dev/zero")
        .fails(1, "E-ENTRY-TOO-LARGE");
    place.run("state put s --ledger d nowhere").fails(1, "E-IO");
    place
        .run("state put s --ledger plain -")
        .fails(1, "E-NO-STATE");
    place
        .run("state put s --ledger d --time yesterday -")
        .fails(2, "E-USAGE");
    place.run("state put s --ledger d --batch 0 -").text(2);
    // As long as may be.
    let longest = "ab".repeat(16 << 20);
    place.write(
        "longest",
        format!("{{\"key_hex\":\"61\",\"value_hex\":\"{longest}\"}}"),
    );
    place.run("state put s --ledger d longest").text(0);
    let got = place.run("state get s --ledger d --key a --raw");
    assert!(got.code == 0 && got.out == vec![0xab; 16 << 20]);
}

#[test]
fn lists_go_by_prefix_and_in_pages_both_ways() {
    let place = three();
    assert_eq!(list(&place, ""), ["b  3", "ca  4", "cb  0x01"]);
    assert_eq!(list(&place, "--height 2"), ["a  1", "b  3", "ca  4"]);
    assert_eq!(list(&place, "--reverse"), ["cb  0x01", "ca  4", "b  3"]);
    assert_eq!(list(&place, "--prefix c"), ["ca  4", "cb  0x01"]);
    assert_eq!(list(&place, "--prefix-hex 6362"), ["cb  0x01"]);
    assert!(list(&place, "--prefix d").is_empty());
    for (from, forward, backward) in [
        ("a", &["b", "ca", "cb"][..], &[][..]),
        ("b", &["b", "ca", "cb"], &["b"]),
        ("bz", &["ca", "cb"], &["b"]),
        ("ca", &["ca", "cb"], &["ca", "b"]),
        ("z", &[], &["cb", "ca", "b"]),
    ] {
        let keys = |args: &str| {
            let lines = list(&place, &format!("--from {from} {args}"));
            lines
                .iter()
                .map(|l| l.split(' ').next().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(keys(""), forward, "{from}");
        assert_eq!(keys("--reverse"), backward, "{from}");
        let with_c = |keys: &[&str]| -> Vec<String> {
            keys.iter()
                .filter(|k| k.starts_with('c'))
                .map(|k| (*k).to_owned())
                .collect()
        };
        assert_eq!(keys("--prefix c"), with_c(forward), "{from}");
        assert_eq!(keys("--prefix c --reverse"), with_c(backward), "{from}");
    }
    // Page by page.
    for reverse in ["", "--reverse"] {
        let (mut from, mut all) = (String::new(), Vec::new());
        loop {
            let args = format!("state ls s --ledger d --json --limit 1 {reverse} {from}");
            let page = place.run(&args).json(0, "ledger-tool.state-ls/1");
            assert_eq!(page["entries"].as_array().unwrap().len(), 1);
            all.push(page["entries"][0]["key_hex"].as_str().unwrap().to_owned());
            match page["next_key_hex"].as_str() {
                Some(next) => from = format!("--from-hex {next}"),
                None => break,
            }
        }
        if !reverse.is_empty() {
            all.reverse();
        }
        assert_eq!(all, ["62", "6361", "6362"]);
    }
    let ran = place.run("state ls s --ledger d --limit 2");
    assert_eq!(ran.text(0).lines().count(), 2);
    assert!(
        ran.err.contains("go on with --from-hex 6362"),
        "{}",
        ran.err
    );
    let json = place.run("state ls s --ledger d --json --limit 0");
    let json = json.json(0, "ledger-tool.state-ls/1");
    assert_eq!(
        (&json["entries"], &json["next_key_hex"]),
        (&json!([]), &json!("62"))
    );
    let json = place.run("state ls s --ledger d --json --prefix x");
    let json = json.json(0, "ledger-tool.state-ls/1");
    assert_eq!(json["next_key_hex"], Value::Null);
    assert_eq!(
        (&json["height"], &json["state"]),
        (&json!(3), &json!("blake3"))
    );
    place
        .run("state ls s --ledger d --prefix-hex 6")
        .fails(2, "E-USAGE");
    place
        .run("state ls s --ledger d --prefix a --prefix-hex 61")
        .text(2);
    place
        .run("state ls s --ledger d --from-hex zz")
        .fails(2, "E-USAGE");
}

#[test]
fn heights_are_compared_and_roots_listed() {
    let place = three();
    let diff =
        |from: u64, to: u64| place.run(&format!("state diff s --ledger d --from {from} --to {to}"));
    assert_eq!(diff(1, 2).text(0), "- b  2\n+ b  3\n+ ca  4\n");
    assert_eq!(diff(2, 1).text(0), "- b  3\n+ b  2\n- ca  4\n");
    assert_eq!(
        diff(1, 3).text(0),
        "- a  1\n- b  2\n+ b  3\n+ ca  4\n+ cb  0x01\n"
    );
    assert_eq!(diff(2, 2).text(0), "");
    let json = place.run("state diff s --ledger d --from 2 --to 3 --json");
    let json = json.json(0, "ledger-tool.state-diff/1");
    assert_eq!(
        json["differences"],
        json!([
            {"key_hex": "61", "before_hex": "31", "after_hex": null},
            {"key_hex": "6362", "before_hex": null, "after_hex": "01"},
        ])
    );
    diff(0, 1).fails(1, "E-NO-HEIGHT");
    diff(1, 4).fails(1, "E-NO-HEIGHT");

    let roots = place.run("state roots s --ledger d --json");
    let roots = roots.json(0, "ledger-tool.state-roots/1");
    let roots = roots["roots"].as_array().unwrap();
    assert_eq!(roots.len(), 3);
    assert_eq!(roots[1]["root_hash"], json["from_root"]);
    assert_eq!(roots[2]["root_hash"], json["to_root"]);
    for (height, root) in (1..).zip(roots) {
        assert_eq!(root["height"], height);
        let get = place.run(&format!(
            "state get s --ledger d --key b --height {height} --json"
        ));
        let get = get.json(0, "ledger-tool.state-get/1");
        assert_eq!(get["root_hash"], root["root_hash"]);
    }
    let text = place.run("state roots s --ledger d --from 2 --to 3");
    let lines: Vec<&str> = text.text(0).lines().collect();
    assert_eq!(lines.len(), 1);
    let fields: Vec<&str> = lines[0].split_whitespace().collect();
    assert_eq!(
        (fields[0], fields[2]),
        ("2", roots[1]["root_hash"].as_str().unwrap())
    );
    place
        .run("state roots s --ledger d --from 3 --to 2")
        .fails(2, "E-USAGE");
    place
        .run("state roots s --ledger d --to 9")
        .fails(1, "E-NO-HEIGHT");
    place
        .run("state roots s --ledger plain")
        .fails(1, "E-NO-STATE");
}

#[test]
fn hashed_keys_are_found_and_listed_as_hashes() {
    let place = store();
    place
        .feed("state put s --ledger h -", line("dog", Some("puppy")))
        .text(0);
    let got = place.run("state get s --ledger h --key dog --raw");
    assert_eq!(got.text(0), "puppy");
    let ls = place.run("state ls s --ledger h --json");
    let ls = ls.json(0, "ledger-tool.state-ls/1");
    // Keccak-256 of "dog".
    let hash = "41791102999c339c844880b23950704cc43aa840f3739e365323cda4dfa89e7a";
    assert_eq!(ls["entries"][0]["key_hex"], hash);
    assert_eq!(ls["key_mode"], "hashed");
}

#[test]
fn a_dumped_state_can_be_put_again() {
    let place = three();
    let dump = place.run("dump s --ledger d --state");
    assert_eq!(
        dump.text(0),
        "{\"key_hex\":\"62\",\"value_hex\":\"33\"}\n{\"key_hex\":\"6361\",\"value_hex\":\"34\"}\n\
         {\"key_hex\":\"6362\",\"value_hex\":\"01\"}\n"
    );
    place.run("init t --ledger d:sha256:blake3").text(0);
    place.feed("state put t --ledger d -", &dump.out).text(0);
    let root = |dir: &str| {
        let info = place.run(&format!("info {dir} --json"));
        info.json(0, "ledger-tool.info/1")["ledgers"][0]["state_root"].clone()
    };
    assert_eq!(root("s"), root("t"));
    let records = place.run("dump s --ledger d --state --height 1 --format records");
    assert_eq!(
        records.out,
        b"\x01\0\0\0a\x01\0\0\x001\x01\0\0\0b\x01\0\0\x002"
    );
    place
        .run("dump s --ledger d --state --format raw")
        .fails(2, "E-USAGE");
    place
        .run("dump s --ledger plain --state")
        .fails(1, "E-NO-STATE");
    place.run("dump s --ledger d --height 1").text(2);
    place.run("dump s --ledger d --state --from 1").text(2);
    // A ledger of its own from its entries.
    assert_eq!(place.run("dump s --ledger d").text(0), "");
}

#[test]
fn readers_that_go_away_and_full_disks() {
    let place = store();
    let lines: String = (0..20_000)
        .map(|i| line(&format!("key {i}"), Some(&format!("value {i}"))))
        .collect();
    place.write("lines", lines);
    place
        .run("state put s --ledger d --quiet-commits lines")
        .text(0);
    for args in [
        "state ls s --ledger d",
        "state ls s --ledger d --json",
        "state diff s --ledger d --from 1 --to 20",
        "dump s --ledger d --state",
        "proof state s --ledger d --prefix-hex 6b",
    ] {
        let mut child = place.spawn(args);
        let mut first = [0; 8];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args}");
        let mut command = common::command(&place.path("."));
        command.args(args.split(' '));
        command.stdout(OpenOptions::new().write(true).open("/dev/full").unwrap());
        Ran::of(command.output().unwrap()).fails(1, "E-IO");
    }
    let mut child = place.spawn("state get s --ledger d --key absent");
    drop(child.stdout.take());
    assert_eq!(Ran::of(child.wait_with_output().unwrap()).code, 4);
    // A put goes on when nobody reads what it acknowledges.
    let mut child = place.spawn("state put s --ledger d --batch 1000 lines");
    drop(child.stdout.take());
    assert_eq!(Ran::of(child.wait_with_output().unwrap()).code, 0);
    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    assert_eq!(info["height"], 40);
    let all = place.run("state ls s --ledger d --no-mmap");
    assert_eq!(all.text(0).lines().count(), 20_000);
}

#[test]
fn a_store_that_is_written_refuses_a_second_writer_and_serves_readers() {
    let place = three();
    let mut child = place.spawn("state put s --ledger d -");
    let id = child.id();
    while !std::fs::read_to_string("/proc/locks")
        .unwrap()
        .contains(&format!(" {id} "))
    {
        std::thread::yield_now();
    }
    let err = put(&place, &[("x", None)]);
    assert!(err.fails(11, "E-LOCKED").contains(&format!("process {id}")));
    assert_eq!(
        place.run("state get s --ledger d --key b --raw").text(0),
        "3"
    );
    drop(child.stdin.take());
    assert_eq!(Ran::of(child.wait_with_output().unwrap()).code, 0);
}

#[test]
fn genesis_writes_the_states_that_plenum_has() {
    let place = Place::new();
    let ledgers = [
        "sovrin_mainnet_pool",
        "sovrin_mainnet_domain",
        "bcovrin_prod_pool",
        "bcovrin_test_pool",
    ];
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/plenum/");
    let specs: String = ledgers
        .iter()
        .map(|l| format!(" --ledger {l}:sha256:sha3-256"))
        .collect();
    place.run(&format!("init s{specs} --ledger plain")).text(0);
    for (i, name) in ledgers.iter().enumerate() {
        let file = format!("{data}data/{name}.jsonl");
        let vectors = std::fs::read(format!("{data}ledger_{name}.json")).unwrap();
        let vectors: Value = serde_json::from_slice(&vectors).unwrap();
        let args = format!("import s --ledger {name} --format plenum-genesis --state {file}");
        place.run(&args).text(0);
        let info = place.run("info s --json").json(0, "ledger-tool.info/1");
        assert_eq!(info["ledgers"][i]["root_hash"], vectors["final_root_hex"]);
        let mut root = [0; 32];
        bs58::decode(vectors["final_state_root_b58"].as_str().unwrap())
            .onto(&mut root)
            .unwrap();
        let root: String = root.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(info["ledgers"][i]["state_root"], root, "{name}");
    }
    place.run("verify s --level deep").text(0);
    let file = format!("{data}data/bcovrin_prod_pool.jsonl");
    place
        .run(&format!(
            "import s --ledger plain --format plenum-genesis --state {file}"
        ))
        .fails(1, "E-NO-STATE");
    place
        .run(&format!(
            "import s --ledger plain --format lines --state {file}"
        ))
        .fails(2, "E-USAGE");
    place.run("init t --ledger p:sha256:sha3-256").text(0);
    let ran = place.feed(
        "import t --ledger p --format plenum-genesis --state -",
        "{}\n",
    );
    assert!(
        ran.fails(1, "E-INPUT")
            .contains("line 1: txn is not an object")
    );
}

/// Wherever a node is damaged: everything is still listed, compared, dumped and proven.
#[test]
fn lists_go_around_damaged_nodes() {
    let place = store();
    for height in 1..4 {
        let lines: String = (0..60)
            .map(|i| {
                line(
                    &format!("key {}", i * height),
                    Some(&format!("{:040}", i + height)),
                )
            })
            .collect();
        place.feed("state put s --ledger d -", lines).text(0);
    }
    let asked = [
        "state ls S --ledger d --json",
        "state ls S --ledger d --reverse",
        "state ls S --ledger d --prefix key --from-hex 6b65792039 --limit 5",
        "state diff S --ledger d --from 1 --to 3",
        "dump S --ledger d --state",
        "proof state S --ledger d --prefix-hex 6b6579",
    ];
    let answers = |dir: &str| {
        asked.map(|args| {
            let ran = place.run(&args.replace('S', dir));
            ran.text(0).to_owned()
        })
    };
    let good = answers("s");
    let nodes = "d/trie/0000000000000000.nodes";
    let bytes = place.read(&format!("s/{nodes}"));
    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    for at in (4096..used).step_by((used - 4096) / 12) {
        let copy = place.path("bad");
        if copy.exists() {
            std::fs::remove_dir_all(&copy).unwrap();
        }
        place.copy("s", "bad");
        common::patch(&copy.join(nodes), |bytes| bytes[at] ^= 0x44);
        assert_eq!(answers("bad"), good, "{at}");
    }
}

#[test]
fn damage_to_states_is_named_and_explained() {
    let place = three();
    let flip = |file: &str, at: usize| {
        let copy = place.path("bad");
        if copy.exists() {
            std::fs::remove_dir_all(&copy).unwrap();
        }
        place.copy("s", "bad");
        common::patch(&copy.join(file), |bytes| bytes[at] ^= 1);
    };
    let nodes = "d/trie/0000000000000000.nodes";
    let segment = "log/0000000000000000.seg";
    let value = common::find(
        &place.read(&format!("s/{segment}")),
        b"\x01\0\0\0\0\0\0\0b\x01",
    );
    for (file, at, code, levels) in [
        (nodes, 4096 + 2, "E-TRIE", &["full", "deep"][..]),
        ("d/states", 4096, "E-INDEX", &["full", "deep"]),
        (segment, value, "E-FRAME-CRC", &["full", "deep"]),
    ] {
        flip(file, at);
        for level in levels {
            let report = place.run(&format!("verify bad --level {level} --json"));
            let report = report.json(4, "ledger-tool.verify/1");
            assert_eq!(report["verdict"], "damaged");
            assert_eq!(report["level"], *level);
            let finding = &report["findings"][0];
            assert_eq!(
                (&finding["code"], &finding["file"]),
                (&json!(code), &json!(file)),
                "{level}"
            );
            let text = place.run(&format!("verify bad --level {level}"));
            assert!(
                text.text(4)
                    .contains(&format!("ledger-tool explain {code}"))
            );
        }
        place.run(&format!("explain {code}")).text(0);
    }
    // The topmost node of the tip: a quick verification sees that too, and reads go around it.
    let len = place
        .read(&format!("s/{nodes}"))
        .iter()
        .rposition(|byte| *byte != 0)
        .unwrap();
    flip(nodes, len);
    let quick = place
        .run("verify bad --level quick --json")
        .json(4, "ledger-tool.verify/1");
    assert_eq!(quick["findings"][0]["code"], "E-TRIE");
    assert_eq!(
        place.run("state get bad --ledger d --key b --raw").text(0),
        "3"
    );
    let good = place.run("state ls s --ledger d --json");
    let ls = place.run("state ls bad --ledger d --json");
    assert_eq!(ls.text(0), good.text(0));
    let proof = place.run("proof state bad --ledger d --key b --json");
    proof.json(0, "ledger-tool.proof/1");
    place
        .run("import bad --ledger d --format lines /dev/null")
        .text(0);
    place.run("verify bad --level deep").text(0);
    let report = place
        .run("verify s --level deep --json")
        .json(0, "ledger-tool.verify/1");
    let ledger = &report["ledgers"][0];
    assert_eq!(
        (&ledger["state"], &ledger["state_keys"]),
        (&json!("blake3"), &json!(3))
    );
    assert!(
        place
            .run("verify s")
            .text(0)
            .contains("state 3 keys, root ")
    );
}
