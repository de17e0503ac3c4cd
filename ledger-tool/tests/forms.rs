//! Every kind and form of proof of a log, through the tool: made, checked, shown, carried on.

#![allow(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests"
)]

mod common;

use std::fs;
use std::path::PathBuf;

use common::{Place, SEVEN};
use serde_json::{Value, json};

/// The tree of the first three entries.
const THREE: &str = "a64bf26e09128f6fe2fe6f8b2d8c801e166b57c047a7cd9b2b809e7a96a2f1cb";

fn parse(place: &Place, name: &str) -> Value {
    serde_json::from_slice(&place.read(name)).unwrap()
}

fn key(place: &Place, name: &str, more: &str) {
    let ran = place.run(&format!(
        "keys new --name example.com/{name} {more} -o {name}"
    ));
    place.write(&format!("{name}.pub"), ran.text(0));
}

fn sign(place: &Place, name: &str) {
    let args = format!("checkpoint sign s --ledger domain --key keeper -o {name}");
    place.run(&args).text(0);
}

fn records(entries: &[u64]) -> Vec<u8> {
    let mut records = Vec::new();
    for entry in entries {
        let entry = format!("entry-{entry}");
        records.extend((entry.len() as u32).to_le_bytes());
        records.extend(entry.as_bytes());
    }
    records
}

#[test]
fn entries_at_any_indices_in_one_proof() {
    let place = Place::with_seven();
    let make = "proof inclusion s --ledger domain --leaf 6 --leaf 1 --leaf 0 --leaf 1";
    place.run(&format!("{make} -o m")).text(0);
    let proof = parse(&place, "m");
    assert_eq!(
        (&proof["kind"], &proof["leaf_indices"], &proof["tree_size"]),
        (&json!("multi"), &json!([0, 1, 6]), &json!(7))
    );
    // 0 and 1 need nothing of each other, 6 is alone: [2,4) and [4,6) are given, once.
    assert_eq!(proof["path"].as_array().unwrap().len(), 2);
    place.write("e", records(&[0, 1, 6]));
    let check = |args: &str| place.run(&format!("proof check {args}"));
    let said = "VALID: these entries are leaves 0, 1, 6 of the tree of size 7\n";
    assert_eq!(check(&format!("m --data e --root {SEVEN}@7")).text(0), said);
    check("m --data e").text(3);
    for other in [&[0, 1][..], &[0, 1, 5], &[1, 0, 6], &[0, 1, 6, 6]] {
        place.write("other", records(other));
        check(&format!("m --data other --root {SEVEN}@7")).text(4);
    }
    assert_eq!(
        place.run("proof show m --ascii").text(0),
        "\
9139601c  [0,7)  o computed = expected root
|- 256b9e88  [0,4)  o computed
|  |- 2f27a508  [0,2)  o computed
|  |  |- 40766b20  #0  < leaf
|  |  `- e868811a  #1  < leaf
|  `- b17003e0  [2,4)  * proof 1
`- e429c5b5  [4,7)  o computed
   |- 4a136a70  [4,6)  * proof 2
   `- 0cfda576  #6  < leaf
"
    );
    place.run(&format!("{make} --compact -o b")).text(0);
    assert_eq!(
        check(&format!("b --data e --root {SEVEN}@7")).text(0),
        check(&format!("m --data e --root {SEVEN}@7")).text(0)
    );
    place
        .run("proof inclusion s --ledger domain --leaf 1 --leaf 7")
        .fails(1, "E-OUT-OF-RANGE");
    // At a size of long ago.
    place
        .run(&format!("{make} --size 3"))
        .fails(1, "E-OUT-OF-RANGE");
    let old = "proof inclusion s --ledger domain --leaf 0 --leaf 2 --size 3 -o old";
    place.run(old).text(0);
    place.write("e", records(&[0, 2]));
    check(&format!("old --data e --root {THREE}@3")).text(0);
}

#[test]
fn subtrees_are_proven_and_hold_their_entries() {
    let place = Place::with_seven();
    let check = |args: &str| place.run(&format!("proof check {args}"));
    place
        .run("proof subtree-consistency s --ledger domain --from 4 --to 6 -o part")
        .text(0);
    let proof = parse(&place, "part");
    assert_eq!(proof["kind"], "subtree_consistency");
    let subtree = proof["subtree_root"].as_str().unwrap().to_owned();
    assert!(subtree.starts_with("4a136a70"));
    let said = "VALID: the subtree [4, 6) is part of the tree of size 7\n";
    let args = format!("part --old-root {subtree}@4-6 --root {SEVEN}@7");
    assert_eq!(check(&args).text(0), said);
    check("part").text(3);
    for args in [
        format!("part --old-root {subtree}@4-7 --root {SEVEN}@7"),
        format!("part --old-root {subtree}@6 --root {SEVEN}@7"),
        format!("part --old-root {SEVEN}@4-6 --root {SEVEN}@7"),
        format!("part --root {SEVEN}@8"),
        format!("part --root {SEVEN}@4-7"),
    ] {
        check(&args).text(4);
    }
    check(&format!("part --root {SEVEN}@7 --data e")).fails(1, "E-IO");
    place.write("e", "entry-5");
    check(&format!("part --root {SEVEN}@7 --data e")).fails(2, "E-USAGE");
    let ran = place.run("proof show part --ascii");
    assert_eq!(
        ran.text(0),
        "\
9139601c  [0,7)  o computed = expected root
|- 256b9e88  [0,4)  * proof 2
`- e429c5b5  [4,7)  o computed
   |- 4a136a70  [4,6)  < subtree root
   `- 0cfda576  #6  * proof 1
"
    );

    place
        .run("proof subtree-inclusion s --ledger domain --leaf 5 --from 4 --to 6 -o in")
        .text(0);
    let said = "VALID: this entry is leaf 5 (seqNo 6) of the subtree [4, 6)\n";
    let args = format!("in --data e --root {subtree}@4-6");
    assert_eq!(check(&args).text(0), said);
    check(&format!("in --data e --root {subtree}@6")).text(4);
    check(&format!("in --data e --root {subtree}@5-7")).text(4);
    check("in --data e").text(3);
    assert!(
        place
            .run("proof show in --ascii")
            .text(0)
            .starts_with("4a136a70  [4,6)  o computed = expected subtree root\n")
    );
    // A subtree that is complete in none of the later trees.
    place
        .run("proof subtree-consistency s --ledger domain --from 4 --to 7 --compact -o last")
        .text(0);
    check(&format!("last --root {SEVEN}@7")).text(0);
    place.run("proof show last").text(0);
    place
        .run("proof subtree-consistency s --ledger domain --from 0 --to 3 -o first")
        .text(0);
    check(&format!("first --old-root {THREE}@3 --root {SEVEN}@7")).text(0);
    place.run("proof show first").text(0);

    for (args, code) in [
        ("--from 2 --to 5", "E-USAGE"),
        ("--from 4 --to 4", "E-USAGE"),
        ("--from 5 --to 4", "E-USAGE"),
        ("--from 4 --to 8", "E-OUT-OF-RANGE"),
        ("--from 4 --to 6 --size 5", "E-OUT-OF-RANGE"),
    ] {
        let ran = place.run(&format!(
            "proof subtree-consistency s --ledger domain {args}"
        ));
        assert!(ran.err.contains(code), "{args}: {ran:?}");
    }
    place
        .run("proof subtree-inclusion s --ledger domain --leaf 6 --from 4 --to 6")
        .fails(1, "E-OUT-OF-RANGE");
    // A subtree without entries is part of every tree: nothing is shown by that.
    let mut empty = proof;
    empty["begin"] = json!(4);
    empty["end"] = json!(4);
    empty["subtree_root"] = json!(common::EMPTY);
    empty["path"] = json!([]);
    place.write("empty", empty.to_string());
    check(&format!("empty --root {SEVEN}@7")).text(4);
    place.run("proof show empty").text(4);
}

#[test]
fn an_inclusion_proof_is_carried_on_without_the_store() {
    let place = Place::with_seven();
    place.write("e", "entry-1");
    for size in 2..=7 {
        place
            .run(&format!(
                "proof inclusion s --ledger domain --leaf 1 --size {size} -o p"
            ))
            .text(0);
        place
            .run(&format!(
                "proof consistency s --ledger domain --from {size} -o c"
            ))
            .text(0);
        place.run("proof carry p c -o carried").text(0);
        place
            .run("proof inclusion s --ledger domain --leaf 1 -o fresh")
            .text(0);
        assert_eq!(place.read("carried"), place.read("fresh"));
    }
    place
        .run(&format!("proof check carried --data e --root {SEVEN}@7"))
        .text(0);
    // Another start, a broken proof, another kind, another ledger.
    place
        .run("proof consistency s --ledger domain --from 4 -o c4")
        .text(0);
    place
        .run("proof inclusion s --ledger domain --leaf 1 --size 3 -o p3")
        .text(0);
    place.run("proof carry p3 c4").fails(4, "E-PROOF");
    place.run("proof carry p3 p3").fails(4, "E-PROOF");
    place.run("proof carry c4 c4").fails(4, "E-PROOF");
    place
        .run("proof consistency s --audit --from 3 -o audit")
        .text(0);
    place.run("proof carry p3 audit").fails(4, "E-PROOF");
    place
        .run("proof consistency s --ledger domain --from 3 -o c3")
        .text(0);
    place.run("proof carry p3 c3").text(0);
    for field in ["path", "leaf_hash"] {
        let mut bad = parse(&place, "p3");
        bad[field] = json!(if field == "path" {
            json!([])
        } else {
            json!(SEVEN)
        });
        place.write("bad", bad.to_string());
        place.run("proof carry bad c3").fails(4, "E-PROOF");
    }
    let mut bad = parse(&place, "c3");
    bad["path"][0] = json!(SEVEN);
    place.write("bad", bad.to_string());
    place.run("proof carry p3 bad").fails(4, "E-PROOF");
}

#[test]
fn tlog_proofs_are_written_and_checked() {
    let place = Place::with_seven();
    key(&place, "keeper", "");
    sign(&place, "cp");
    place.write("e", "entry-5");
    let make = "proof inclusion s --ledger domain --leaf 5 --checkpoint cp --tlog -o t";
    place.run(make).text(0);
    let text = String::from_utf8(place.read("t")).unwrap();
    assert!(
        text.starts_with("c2sp.org/tlog-proof@v1\nindex 5\nGUu1otW9EOXRqm"),
        "{text}"
    );
    let check = |args: &str| place.run(&format!("proof check {args}"));
    let said = "VALID: this entry is leaf 5 (seqNo 6) of the tree of size 7 of local/domain, \
                signed by example.com/keeper\n";
    assert_eq!(check("t --data e --keys keeper.pub").text(0), said);
    check(&format!("t --data e --root {SEVEN}@7")).text(0);
    check("t --data e").text(3);
    check("t --keys keeper.pub").fails(2, "E-USAGE");
    place.write("other", "entry-4");
    check("t --data other --keys keeper.pub").text(4);
    key(&place, "stranger", "");
    check("t --data e --keys stranger.pub").text(4);
    for (from, to) in [
        ("index 5", "index 4"),
        ("index 5", "index 05"),
        ("index 5", "index 7"),
        ("\n7\n", "\n8\n"),
        ("tlog-proof@v1", "tlog-proof@v2"),
        ("GUu1", "HUu1"),
        ("\n\nlocal", "\nlocal"),
    ] {
        place.write("bad", text.replacen(from, to, 1));
        check("bad --data e --keys keeper.pub").text(4);
    }
    for len in [0, 10, 60, text.len() - 1] {
        place.write("bad", &text[..len]);
        check("bad --data e --keys keeper.pub").text(4);
    }
    place.write("bad", format!("{text}more\n"));
    check("bad --data e --keys keeper.pub").text(4);
    // What an application added is taken and vouched for by nobody.
    place.write("extra", text.replacen("index", "extra AAAA\nindex", 1));
    check("extra --data e --keys keeper.pub").text(0);
    assert!(
        place
            .run("proof show t --data e --ascii")
            .text(0)
            .starts_with("9139601c  [0,7)  o computed = expected root\n")
    );
    place.run("proof show t").fails(2, "E-USAGE");

    // Only one entry, of a SHA-256 tree, with a checkpoint.
    place
        .run("proof inclusion s --ledger domain --leaf 5 --tlog")
        .text(2);
    let make = "proof inclusion s --ledger domain --leaf 5 --leaf 6 --checkpoint cp --tlog";
    place.run(make).fails(2, "E-USAGE");
    place.run("init f --ledger domain:blake3").text(0);
    place
        .feed("import f --ledger domain --format lines -", "a\nb\n")
        .text(0);
    place
        .run("checkpoint sign f --ledger domain --key keeper -o fcp")
        .text(0);
    place
        .run("proof inclusion f --ledger domain --leaf 1 --checkpoint fcp --tlog")
        .fails(2, "E-USAGE");
}

#[test]
fn many_proofs_are_judged_together_and_the_worst_counts() {
    let place = Place::with_seven();
    let mut files = Vec::new();
    for leaf in 0..7 {
        let args = format!("proof inclusion s --ledger domain --leaf {leaf} -o p{leaf}");
        place.run(&args).text(0);
        place.write(&format!("e{leaf}"), format!("entry-{leaf}"));
        files.push(format!("p{leaf}"));
    }
    place
        .run("proof range s --ledger domain --from 1 --to 4 -o r")
        .text(0);
    let all = files.join(" ");
    let ran = place.run(&format!("proof check {all} r --root {SEVEN}@7"));
    let lines: Vec<&str> = ran.text(0).lines().collect();
    assert_eq!(lines.len(), 8);
    for (leaf, line) in lines[..7].iter().enumerate() {
        assert!(line.starts_with(&format!("p{leaf}: VALID: ")), "{line}");
        assert!(line.contains(&format!("is leaf {leaf} ")), "{line}");
    }
    assert!(lines[7].starts_with("r: VALID: "));
    place.run(&format!("proof check {all}")).text(3);
    let data: Vec<String> = (0..7).map(|leaf| format!("--data e{leaf}")).collect();
    let data = data.join(" ");
    place
        .run(&format!("proof check {all} {data} --root {SEVEN}@7"))
        .text(0);
    let swapped = data
        .replace("e3", "x")
        .replace("e4", "e3")
        .replace('x', "e4");
    let ran = place.run(&format!(
        "proof check {all} {swapped} --root {SEVEN}@7 --json"
    ));
    let json = ran.json(4, "ledger-tool.proof-check-all/1");
    assert_eq!(json["verdict"], "invalid");
    for leaf in 0..7 {
        let expected = if leaf == 3 || leaf == 4 {
            "invalid"
        } else {
            "valid"
        };
        let proof = &json["proofs"][leaf];
        assert_eq!(proof["verdict"], expected);
        assert_eq!(proof["file"], format!("p{leaf}"));
    }
    place
        .run(&format!("proof check {all} --data e0 --root {SEVEN}@7"))
        .fails(2, "E-USAGE");
    // One altered among many, one that is no proof.
    let mut bad = parse(&place, "p2");
    bad["path"][0] = json!(SEVEN);
    place.write("p2", bad.to_string());
    place.write("p5", "nothing");
    let ran = place.run(&format!("proof check {all} --root {SEVEN}@7"));
    let verdicts: Vec<bool> = ran
        .text(4)
        .lines()
        .map(|l| l.contains(": VALID: "))
        .collect();
    assert_eq!(verdicts, [true, true, false, true, true, false, true]);
}

/// A witness signs what follows from what it signed before, and nothing else.
#[test]
fn checkpoints_are_cosigned_and_a_quorum_is_counted() {
    let place = Place::with_seven();
    key(&place, "keeper", "");
    key(&place, "one", "--cosigner");
    key(&place, "two", "--cosigner");
    sign(&place, "cp");
    let cosign = |args: &str| place.run(&format!("checkpoint cosign {args}"));
    let ran = cosign("cp --key one --keys keeper.pub --time 1700000000000 -o cp1");
    ran.text(0);
    assert!(ran.err.contains("compared with no earlier one"), "{ran:?}");
    let text = String::from_utf8(place.read("cp1")).unwrap();
    assert!(text.starts_with(std::str::from_utf8(&place.read("cp")).unwrap()));
    assert_eq!(text.lines().count(), 6);
    // With a copy of the log, and by another witness.
    cosign("cp1 s --key two --keys keeper.pub -o cp2").text(0);
    let keys = ["keeper", "one", "two"].map(|name| place.read(&format!("{name}.pub")));
    place.write("keys", keys.concat());
    place.write("witnesses", keys[1..].concat());
    let verify = |args: &str| place.run(&format!("checkpoint verify {args}"));
    let said = format!(
        "VALID: local/domain has the root {SEVEN}@7, signed by example.com/keeper, \
         example.com/one, example.com/two\n"
    );
    assert_eq!(verify("cp2 --keys keys --quorum 3").text(0), said);
    verify("cp2 --keys witnesses --quorum 2").text(0);
    verify("cp1 --keys keys --quorum 2").text(0);
    verify("cp1 --keys keys --quorum 3").text(4);
    verify("cp --keys keys --quorum 2").text(4);
    verify("cp2 --keys keys --quorum 4").fails(1, "E-KEY");
    verify("cp2 --keys keys --quorum 0").text(2);
    // A key named twice in the file counts once.
    place.write("twice", [&keys[0][..], &keys[0]].concat());
    verify("cp2 --keys twice --quorum 2").fails(1, "E-KEY");
    place.write("altered", text.replace("\n7\n", "\n6\n"));
    verify("altered --keys keys").text(4);
    cosign("altered --key two --keys keeper.pub -o x").text(4);
    assert!(!place.path("x").exists());
    cosign("cp --key two --keys one.pub -o x").text(4);

    // The proof carries the cosigned checkpoint.
    place
        .run("proof inclusion s --ledger domain --leaf 5 --checkpoint cp2 -o p")
        .text(0);
    place.run("proof check p --keys keys --quorum 3").text(0);
    place
        .run("proof check p --keys witnesses --quorum 2")
        .text(0);
    place
        .run("proof inclusion s --ledger domain --leaf 5 --checkpoint cp1 -o p")
        .text(0);
    place.run("proof check p --keys keys --quorum 3").text(4);

    // The log grows; the witness asks for the proof that it did.
    place
        .feed("import s --ledger domain --format lines -", "more\n")
        .text(0);
    sign(&place, "cp8");
    place
        .run("proof consistency s --ledger domain --from 7 -o c")
        .text(0);
    place
        .run("proof consistency s --ledger domain --from 6 -o c6")
        .text(0);
    let grown = "cp8 --key one --keys keeper.pub --old cp1";
    cosign(&format!("{grown} -o x")).fails(2, "E-USAGE");
    cosign(&format!("{grown} --proof c6 -o x")).text(4);
    cosign(&format!("{grown} --proof c -o cp9")).text(0);
    verify("cp9 s --keys witnesses").text(0);
    // Never back, never to another root, never after what it did not sign itself.
    cosign("cp --key one --keys keeper.pub --old cp9 -o x").text(4);
    cosign("cp8 --key one --keys keeper.pub --old cp --proof c -o x").fails(4, "E-CHECKPOINT");
    cosign("cp8 --key one --keys keeper.pub --old cp9 -o y").text(0);
    place.run("init t --ledger domain").text(0);
    let forged = "entry-0\nentry-1\nentry-2\nentry-3\nentry-4\nentry-5\nforged\n";
    place
        .feed("import t --ledger domain --format lines -", forged)
        .text(0);
    place
        .run("checkpoint sign t --ledger domain --key keeper -o split")
        .text(0);
    cosign("split --key one --keys keeper.pub --old cp1 -o x").text(4);
    cosign("split s --key one --keys keeper.pub -o x").text(4);
    cosign("cp8 t --key one --keys keeper.pub -o x").text(3);
    place
        .run("checkpoint sign s --audit --key keeper -o audit")
        .text(0);
    cosign("audit --key one --keys keeper.pub --old cp1 -o x").text(4);
    assert!(!place.path("x").exists());
    // A cosigner's key signs no checkpoint of its own.
    place
        .run("checkpoint sign s --ledger domain --key one")
        .fails(4, "E-CHECKPOINT");
    // The witness's log must not choose the hash functions.
    let mut other = parse(&place, "c");
    other["hash"] = json!("blake3");
    place.write("other", other.to_string());
    cosign(&format!("{grown} --proof other -o x")).fails(2, "E-USAGE");
}

/// The directory of tiles, as the crate `tlog_tiles` reads it.
struct Tiles(PathBuf);

impl tlog_tiles::TileReader for Tiles {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = tiles.iter().map(|tile| {
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            fs::read(self.0.join(path)).unwrap()
        });
        Ok(read.collect())
    }

    fn save_tiles(&self, _tiles: &[tlog_tiles::Tile], _data: &[Vec<u8>]) {}
}

fn hex(hash: &tlog_tiles::Hash) -> String {
    hash.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn proofs_made_by_another_implementation_are_valid_here() {
    let place = Place::new();
    place.run("init s --ledger domain").text(0);
    let lines: String = (0..300).map(|i| format!("entry-{i}\n")).collect();
    place
        .feed("import s --ledger domain --format lines -", lines)
        .text(0);
    key(&place, "keeper", "");
    place
        .run("export tiles s --ledger domain --key keeper -o tiles")
        .text(0);
    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    let root = info["ledgers"][0]["root_hash"].as_str().unwrap().to_owned();
    let bytes: Vec<u8> = (0..32)
        .map(|i| u8::from_str_radix(&root[2 * i..2 * i + 2], 16).unwrap())
        .collect();
    let theirs = tlog_tiles::Hash(bytes.try_into().unwrap());
    let tiles = Tiles(place.path("tiles"));
    let reader = tlog_tiles::TileHashReader::new(300, theirs, &tiles);
    for leaf in [0, 200, 255, 256, 299] {
        let path = tlog_tiles::prove_record(300, leaf, &reader).unwrap();
        let path: Vec<String> = path.iter().map(hex).collect();
        let entry = format!("entry-{leaf}");
        let proof = json!({
            "schema": "ledger-tool.proof/1", "kind": "inclusion", "hash": "sha-256",
            "leaf_index": leaf, "tree_size": 300, "path": path, "root_hash": root,
            "leaf_hash": hex(&tlog_tiles::record_hash(entry.as_bytes())),
        });
        place.write("p", proof.to_string());
        place.write("e", entry);
        let args = format!("proof check p --data e --root {root}@300");
        place.run(&args).text(0);
        place.run("proof show p").text(0);
    }
    for from in [1, 128, 255, 300] {
        let path = tlog_tiles::prove_tree(300, from, &reader).unwrap();
        let path: Vec<String> = path.iter().map(hex).collect();
        let args = format!("proof consistency s --ledger domain --from {from}");
        let ours: Value = serde_json::from_str(place.run(&args).text(0)).unwrap();
        assert_eq!(ours["path"], json!(path));
        let old = ours["first_root"].as_str().unwrap();
        place.write("c", ours.to_string());
        let args = format!("proof check c --old-root {old}@{from} --root {root}@300");
        place.run(&args).text(0);
    }
}
