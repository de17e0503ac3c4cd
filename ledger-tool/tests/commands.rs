//! Making, filling and reading stores: what each command prints, as text and as JSON.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use common::{EMPTY, Place, SEVEN};

#[test]
fn a_new_store_is_described_and_empty() {
    let place = Place::new();
    let made = place.run("init s --network test-net --ledger domain --ledger pool:sha256:none");
    let text = made.text(0);
    assert!(text.contains("network  test-net\n"), "{text}");
    assert!(text.contains("nothing was committed yet"), "{text}");
    assert_eq!(text.matches(EMPTY).count(), 3, "{text}");

    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    assert_eq!(info["network"], "test-net");
    assert_eq!(info["height"], 0);
    assert!(info["time"].is_null() && info["problem"].is_null());
    assert_eq!(info["durability"], "durable");
    assert_eq!(info["audit"]["tree_size"], 0);
    let ledgers = info["ledgers"].as_array().unwrap();
    let names: Vec<_> = ledgers
        .iter()
        .map(|l| l["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["domain", "pool"]);
    assert_eq!(ledgers[0]["tree"], "sha256");
    assert_eq!(ledgers[0]["state"], "none");
    assert!(ledgers[0]["state_root"].is_null());
    assert_eq!(ledgers[0]["root_hash"], EMPTY);
}

#[test]
fn init_refuses_what_cannot_be() {
    let place = Place::new();
    place.write("file", "");
    place.run("init s").text(2);
    for args in [
        "init s --ledger Domain",
        "init s --ledger audit",
        "init s --ledger a --ledger a",
        "init s --ledger a:blake2",
        "init s --ledger a:sha256:keccak",
        "init s --ledger a:sha256:none:hashed",
        "init s --ledger a --network a/b",
        "init --ledger a",
    ] {
        place.run(args).fails(2, "E-USAGE");
    }
    assert!(!place.path("s").exists());
    place.run("init . --ledger a").fails(1, "E-NOT-EMPTY");
    place.run("init file --ledger a").fails(1, "E-IO");
}

#[test]
fn imports_acknowledge_each_commit() {
    let place = Place::new();
    place.run("init s --ledger domain --ledger other").text(0);
    place.write("five", "a\nb\nc\nd\ne");
    let ran = place.run("import s --ledger domain --format lines --batch 2 five");
    assert_eq!(ran.text(0), "committed 1 2\ncommitted 2 4\ncommitted 3 5\n");
    assert!(
        ran.err.contains("imported 5 entries in 3 commits"),
        "{}",
        ran.err
    );

    let ran =
        place.run("import s five --ledger domain --format lines --batch 2 --quiet-commits -q");
    assert_eq!((ran.text(0), ran.err.as_str()), ("committed 6 10\n", ""));

    let ran = place.run("import s --ledger other --format lines five --json");
    let json = ran.json(0, "ledger-tool.import/1");
    assert_eq!(json["entries"], 5);
    assert_eq!(json["commits"], 1);
    assert_eq!(json["bytes_read"], 9);
    assert_eq!(json["height"], 7);
    assert_eq!(json["tree_size"], 5);
    assert_eq!(json["interrupted"], false);

    let nothing = place.feed("import s --ledger domain --format lines -", "");
    assert_eq!(nothing.text(0), "");
    place
        .run("import s --ledger none --format lines five")
        .fails(1, "E-NO-LEDGER");
    place
        .run("import s --ledger domain --format lines gone")
        .fails(1, "E-IO");
    place
        .run("import s --ledger domain --format lines .")
        .fails(1, "E-IO");
    place
        .run("import s --ledger domain --format lines --batch 0 five")
        .text(2);
    place
        .run("import s --ledger domain --format csv five")
        .text(2);
    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    assert_eq!(info["height"], 7);
}

#[test]
fn times_are_given_or_now_and_never_run_back() {
    let place = Place::new();
    place.run("init s --ledger l").text(0);
    let import = |time: &str| {
        let args = format!("import s --ledger l --format lines {time} -");
        place.feed(&args, "x").text(0);
        let info = place.run("info s --json").json(0, "ledger-tool.info/1");
        info["time"].as_str().unwrap().to_owned()
    };
    assert_eq!(import("--time 1700000000123"), "2023-11-14T22:13:20.123Z");
    assert_eq!(
        import("--time 2023-11-14T23:13:21+01:00"),
        "2023-11-14T22:13:21Z"
    );
    // A time before the last one becomes the last one.
    assert_eq!(import("--time 5"), "2023-11-14T22:13:21Z");
    let now = import("");
    assert!(now.as_str() > "2026", "{now}");
    for time in ["yesterday", "2023-11-14", "-1", "1e3"] {
        let args = format!("import s --ledger l --format lines --time={time} -");
        place.run(&args).fails(2, "E-USAGE");
    }
}

#[test]
fn an_entry_as_text_json_and_bytes() {
    let place = Place::with_seven();
    let text = place.run("entry s --ledger domain 5");
    let text = text.text(0);
    assert!(
        text.starts_with("entry      domain 5 (seqNo 6), 7 B\n"),
        "{text}"
    );
    assert!(text.contains("committed  at height 6, 20"), "{text}");
    assert!(text.ends_with("\nentry-5\n"), "{text}");

    let json = place.run("entry s --ledger domain 5 --json");
    let json = json.json(0, "ledger-tool.entry/1");
    assert_eq!(json["leaf_index"], 5);
    assert_eq!(json["seq_no"], 6);
    assert_eq!(json["height"], 6);
    assert_eq!(json["size_bytes"], 7);
    assert_eq!(json["data"], "entry-5");
    assert_eq!(json["data_hex"], "656e7472792d35");
    let leaf = "514158527515064c7bbd35b44c9f11addcfc38b439554fc9bb0d8b7c661c3e8f";
    assert_eq!(json["leaf_hash"], leaf);

    assert_eq!(
        place.run("entry s --ledger domain 5 --raw").text(0),
        "entry-5"
    );
    place
        .run("entry s --ledger domain 7")
        .fails(1, "E-OUT-OF-RANGE");
    place
        .run("entry s --ledger domain 18446744073709551615")
        .fails(1, "E-OUT-OF-RANGE");
    place.run("entry s --ledger nope 0").fails(1, "E-NO-LEDGER");
    place.run("entry s --ledger domain x").text(2);
    place.run("entry s --ledger domain").fails(2, "E-USAGE");
    place.run("entry s 5").text(2);

    // What a stranger wrote does not command the terminal.
    let bell = "import s --ledger domain --format lines -";
    place.feed(bell, b"\x1b[31mred\x07\n\xff\xfe\n").text(0);
    let shown = place.run("entry s --ledger domain 7");
    assert!(shown.text(0).ends_with("\n\\u{1b}[31mred\\u{7}\n"));
    let shown = place.run("entry s --ledger domain 8");
    assert!(shown.text(0).contains("\n00000000  ff fe "), "{shown:?}");
    let json = place.run("entry s --ledger domain 8 --json");
    assert!(json.json(0, "ledger-tool.entry/1").get("data").is_none());
}

#[test]
fn heights_of_entries_in_every_order_of_commits() {
    let place = Place::new();
    place.run("init s --ledger a --ledger b").text(0);
    for (ledger, lines) in [
        ("a", "0\n1\n"),
        ("b", "0\n"),
        ("a", "2\n"),
        ("b", "1\n2\n"),
        ("a", "3"),
    ] {
        let args = format!("import s --ledger {ledger} --format lines -");
        place.feed(&args, lines).text(0);
    }
    let heights = |ledger: &str, from: usize| -> Vec<u64> {
        let dump = place.run(&format!("dump s --ledger {ledger} --from {from}"));
        let lines = dump.text(0).lines();
        let lines = lines.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        lines.map(|line| line["height"].as_u64().unwrap()).collect()
    };
    assert_eq!(heights("a", 0), [1, 1, 3, 5]);
    assert_eq!(heights("b", 0), [2, 4, 4]);
    for from in 0..4 {
        assert_eq!(heights("a", from), [1, 1, 3, 5][from..]);
    }
    for (index, height) in [1, 1, 3, 5].into_iter().enumerate() {
        let json = place.run(&format!("entry s --ledger a {index} --json"));
        assert_eq!(json.json(0, "ledger-tool.entry/1")["height"], height);
    }
}

#[test]
fn a_healthy_store_verifies_at_every_level() {
    let place = Place::with_seven();
    let full = place.run("verify s");
    let text = full.text(0);
    assert!(text.contains("domain    7 entries, ok"), "{text}");
    assert!(text.contains(SEVEN), "{text}");
    assert!(
        text.lines().last().unwrap().starts_with("VERIFIED in "),
        "{text}"
    );
    let quick = place.run("verify s --level quick");
    assert!(quick.text(0).contains("all: --level full"));

    let json = place.run("verify s --json").json(0, "ledger-tool.verify/1");
    assert_eq!(json["verdict"], "verified");
    assert_eq!(json["level"], "full");
    assert_eq!(json["height"], 7);
    assert_eq!(json["ledgers"][0]["verified_size"], 7);
    assert_eq!(json["ledgers"][0]["root_hash"], SEVEN);
    assert_eq!(json["findings"].as_array().unwrap().len(), 0);
    let deep = place.run("verify s --level deep");
    assert!(deep.text(0).contains("every state made anew from nothing"));
    place.run("verify s --level deeper").text(2);
}

#[test]
fn the_directory_comes_from_the_argument_the_option_or_the_environment() {
    let place = Place::with_seven();
    let dir = place.path("s");
    let dir = dir.to_str().unwrap();
    for args in [
        "info",
        "verify",
        "entry --ledger domain 3",
        "dump --ledger domain",
    ] {
        place.run(args).fails(2, "E-USAGE");
        place.run(&format!("-C s {args}")).text(0);
        place.run(&format!("{args} -C s")).text(0);
        place.run_in(args, &[("LEDGER_DIR", dir)]).text(0);
        // The option is nearer than the environment.
        place
            .run_in(&format!("{args} -C s"), &[("LEDGER_DIR", "nope")])
            .text(0);
    }
    place
        .run_in("info", &[("LEDGER_DIR", "")])
        .fails(2, "E-USAGE");
    place
        .run_in("info", &[("LEDGER_DIR", "nope")])
        .fails(10, "E-NO-STORE");
    place.run("info s -C s").fails(2, "E-USAGE");
    place.write("x", "x");
    place
        .run("-C s import --ledger domain --format lines x")
        .text(0);
    place
        .run("import --ledger domain --format lines x")
        .fails(2, "E-USAGE");
}

#[test]
fn every_command_states_the_exit_codes_and_works_without_maps() {
    let place = Place::with_seven();
    for command in [
        "",
        "init",
        "import",
        "info",
        "verify",
        "entry",
        "dump",
        "proof",
        "proof inclusion",
        "proof consistency",
        "proof check",
        "proof show",
        "demo",
        "explain",
        "version",
    ] {
        for help in ["--help", "-h"] {
            let ran = place.run(&format!("{command} {help}"));
            let text = ran.text(0);
            for part in [
                "Exit codes:",
                "11  locked",
                "130  interrupted",
                "4  the answer is no",
            ] {
                assert!(text.contains(part), "{command}: {text}");
            }
        }
    }
    for args in [
        "info s",
        "verify s",
        "entry s --ledger domain 3",
        "dump s --ledger domain",
    ] {
        let mapped = place.run(args);
        let unmapped = place.run(&format!("{args} --no-mmap"));
        assert_eq!(unmapped.code, 0);
        if !args.starts_with("verify") {
            assert_eq!(mapped.out, unmapped.out);
        }
    }
    place.run("").text(2);
    place.run("frobnicate").text(2);
}

#[test]
fn versions_and_explanations() {
    let place = Place::new();
    let version = env!("CARGO_PKG_VERSION");
    assert!(place.run("version").text(0).contains(version));
    assert!(place.run("--version").text(0).contains(version));
    let json = place.run("version --json").json(0, "ledger-tool.version/1");
    assert_eq!(json["version"], version);
    assert_eq!(json["format_version"], 1);

    let one = place.run("explain E-FRAME-CRC");
    let text = one.text(0);
    for part in ["cause   ", "effect  ", "remedy  "] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(place.run("explain e-frame-crc").text(0), text);
    assert!(place.run("explain").text(0).lines().count() > 40);
    let json = place
        .run("explain E-LOCKED --json")
        .json(0, "ledger-tool.explain/1");
    assert_eq!(json["codes"][0]["code"], "E-LOCKED");
    place.run("explain E-NOPE").fails(2, "E-USAGE");
}

#[test]
fn colours_come_when_asked_for_and_json_errors_are_json() {
    let place = Place::with_seven();
    let has_colour = |ran: &common::Ran| ran.out.contains(&0x1b);
    assert!(!has_colour(&place.run("verify s")));
    assert!(has_colour(&place.run("verify s --color always")));
    assert!(!has_colour(&place.run("verify s --color never")));
    assert!(has_colour(
        &place.run_in("verify s", &[("CLICOLOR_FORCE", "1")])
    ));
    let both = [("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")];
    assert!(!has_colour(&place.run_in("verify s", &both)));
    assert!(!has_colour(&place.run("verify s --json --color always")));

    let ran = place.run("info nope --json");
    assert_eq!((ran.code, ran.out.len()), (10, 0));
    let error: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(error["schema"], "ledger-tool.error/1");
    assert_eq!(error["code"], "E-NO-STORE");
    assert_eq!(error["exit_code"], 10);
    assert!(error["next"].as_str().unwrap().contains("init"));
}
