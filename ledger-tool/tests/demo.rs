//! The demo: real ledgers, the reference system's roots, and commands that work when pasted.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use std::process::Command;

use common::Place;

const POOL: &str = "BoXLu21YMWT7JsPz7A8sVKN3zTeUhdyXikT9B7hygWS3";
const DOMAIN: &str = "66smAmghRPbmGU8NM6SnNfKGcptasGHvrDCuezNysaBP";

#[test]
fn the_demo_and_every_command_it_names() {
    let place = Place::new();
    // A folder whose name needs quotes in a shell.
    let mut command = common::command(&place.path("."));
    let ran = common::Ran::of(command.args(["demo", "it's here"]).output().unwrap());
    let text = ran.text(0);
    for part in [
        POOL,
        DOMAIN,
        "136 entries",
        "AdzjRbHfhrZV5WbYepEBTP8MWzi8hX6XnL1vD22JXJqe",
        "8ezjMCVSp2ZTpiuKGVSK596Z3oVnGQRv8RfL8cNHzLpZ",
        "equal what the reference system",
        "VALID: the key GWgp6huggos5HrzHVDy5xeBkYHxPvrRZzjPNAyJAqpjA has the value ",
        "VALID: this entry is leaf 5 (seqNo 6) of the tree of size 136",
        "VALID: the tree of size 136 begins with the tree of size 100",
        "VERIFIED in ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let (_, next) = text.split_once("Try next:").unwrap();
    let commands: Vec<&str> = next
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    assert!(commands.len() >= 5, "{next}");
    for line in commands {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(line).current_dir(place.path("."));
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
    }
    place.run("demo -C other").text(0);
    place.run("verify other/store").text(0);
    place.run("demo .").fails(1, "E-NOT-EMPTY");
}

#[test]
fn the_demo_makes_a_directory_of_its_own_and_keeps_it() {
    let place = Place::new();
    let temporary = place.path(".");
    let temporary = temporary.to_str().unwrap();
    let env = [("TMPDIR", temporary), ("LEDGER_DIR", "/nowhere")];
    let json = place
        .run_in("demo --json", &env)
        .json(0, "ledger-tool.demo/1");
    assert_eq!(json["verdict"], "verified");
    for (ledger, root, size) in [(0, POOL, 136), (1, DOMAIN, 16)] {
        assert_eq!(json["ledgers"][ledger]["root_base58"], root);
        assert_eq!(json["ledgers"][ledger]["tree_size"], size);
    }
    let proofs = json["proofs"].as_array().unwrap();
    assert_eq!(proofs.len(), 3);
    for proof in proofs {
        assert_eq!(proof["verdict"], "valid");
        assert!(std::path::Path::new(proof["file"].as_str().unwrap()).exists());
    }
    let store = json["store"].as_str().unwrap();
    assert!(store.starts_with(temporary), "{store}");
    place.run(&format!("verify {store}")).text(0);
}
