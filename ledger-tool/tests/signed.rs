//! Keys, signed checkpoints, and proofs that carry them.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use std::os::unix::fs::PermissionsExt;

use common::{Place, SEVEN};
use serde_json::{Value, json};

/// The store with seven entries, a key, its verifier key, and a checkpoint of the ledger.
fn place() -> Place {
    let place = Place::with_seven();
    key(&place, "keeper");
    place
        .run("checkpoint sign s --ledger domain --key keeper -o cp")
        .text(0);
    place
}

fn key(place: &Place, name: &str) {
    let ran = place.run(&format!("keys new --name example.com/{name} -o {name}"));
    place.write(&format!("{name}.pub"), ran.text(0));
}

#[test]
fn keys_are_secret_and_known_by_their_public_part() {
    let place = place();
    let mode = place
        .path("keeper")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let public = String::from_utf8(place.read("keeper.pub")).unwrap();
    assert!(public.starts_with("example.com/keeper+") && public.lines().count() == 1);
    assert_eq!(place.run("keys show keeper").text(0), public);
    assert_eq!(place.run("keys show keeper.pub").text(0), public);
    let json = place
        .run("keys show keeper --json")
        .json(0, "ledger-tool.keys/1");
    assert_eq!(json["keys"][0]["verifier_key"], public.trim());
    // Never over an existing file, and no two keys are the same.
    place.run("keys new --name x -o keeper").fails(1, "E-IO");
    key(&place, "other");
    assert_ne!(place.read("other"), place.read("keeper"));
    place.run("keys new --name a+b -o new").fails(2, "E-USAGE");
    assert!(!place.path("new").exists());
    place.write("bad", public.replace("keeper", "keeped"));
    place.run("keys show bad").fails(1, "E-KEY");
    place.write("none", "# nothing\n\n");
    place
        .run("checkpoint verify cp --keys none")
        .fails(1, "E-KEY");
    place
        .run("checkpoint verify cp --keys keeper")
        .fails(1, "E-KEY");
    place
        .run("checkpoint sign s --ledger domain --key keeper.pub")
        .fails(1, "E-KEY");
}

#[test]
fn checkpoints_are_verified_against_keys_and_stores() {
    let place = place();
    let text = String::from_utf8(place.read("cp")).unwrap();
    assert!(text.starts_with("local/domain\n7\nkTlgHMHKirKn"), "{text}");
    let json = place
        .run("checkpoint show cp --json")
        .json(0, "ledger-tool.checkpoint/1");
    assert_eq!(
        (&json["root_hash"], &json["tree_size"]),
        (&json!(SEVEN), &json!(7))
    );
    assert!(
        place
            .run("checkpoint show cp")
            .text(0)
            .contains("not checked")
    );

    let verify = |args: &str| place.run(&format!("checkpoint verify {args}"));
    let said =
        format!("VALID: local/domain has the root {SEVEN}@7, signed by example.com/keeper\n");
    assert_eq!(verify("cp --keys keeper.pub").text(0), said);
    verify("cp s --keys keeper.pub").text(0);
    verify("cp --keys keeper.pub -C s").text(0);
    key(&place, "other");
    assert!(
        verify("cp --keys other.pub")
            .text(4)
            .starts_with("INVALID: ")
    );
    place.write("altered", text.replace("\n7\n", "\n8\n"));
    verify("altered --keys keeper.pub").text(4);
    place.write("torn", &text[..40]);
    verify("torn --keys keeper.pub").fails(4, "E-CHECKPOINT");

    // The same tree having grown, one that has another entry, one that has fewer, another ledger.
    place
        .feed("import s --ledger domain --format lines -", "more\n")
        .text(0);
    verify("cp s --keys keeper.pub").text(0);
    place.run("init other-entry --ledger domain").text(0);
    let lines = "entry-0\nentry-1\nentry-2\nentry-3\nentry-4\nentry-5\nforged\n";
    place
        .feed("import other-entry --ledger domain --format lines -", lines)
        .text(0);
    verify("cp other-entry --keys keeper.pub").text(4);
    place.run("init fewer --ledger domain").text(0);
    verify("cp fewer --keys keeper.pub").text(3);
    place.run("init stranger --ledger other").text(0);
    verify("cp stranger --keys keeper.pub").text(4);
    place
        .run("checkpoint sign s --audit --key keeper -o audit")
        .text(0);
    assert!(place.read("audit").starts_with(b"local/audit\n8\n"));
    verify("audit s --keys keeper.pub").text(0);
}

#[test]
fn two_signed_roots_are_evidence() {
    let place = place();
    place.run("init t --ledger domain").text(0);
    let lines = "entry-0\nentry-1\nentry-2\nentry-3\nentry-4\nentry-5\nforged\n";
    place
        .feed("import t --ledger domain --format lines -", lines)
        .text(0);
    place
        .run("checkpoint sign t --ledger domain --key keeper -o cp2")
        .text(0);
    let compare = |args: &str| place.run(&format!("checkpoint compare {args}"));
    compare("cp cp --keys keeper.pub").text(0);
    let ran = compare("cp cp2 --keys keeper.pub -o evidence");
    assert!(
        ran.text(4)
            .starts_with("CONFLICT: local/domain has two roots"),
        "{ran:?}"
    );
    // A third party has the evidence and the keys.
    let ran = compare("evidence --keys keeper.pub");
    assert!(ran.text(4).starts_with("CONFLICT: "), "{ran:?}");
    let json = compare("cp cp2 --json").json(4, "ledger-tool.checkpoint-compare/1");
    assert_eq!(json["verdict"], "conflict");
    assert_eq!(
        json["evidence"],
        serde_json::from_slice::<Value>(&place.read("evidence")).unwrap()
    );
    // Evidence that somebody made up.
    let evidence = String::from_utf8(place.read("evidence")).unwrap();
    place.write("forged", evidence.replacen("\\n7\\n", "\\n8\\n", 2));
    assert!(
        compare("forged --keys keeper.pub")
            .text(4)
            .starts_with("INVALID: ")
    );
    compare("cp").fails(2, "E-USAGE");
    place
        .feed("import s --ledger domain --format lines -", "more\n")
        .text(0);
    place
        .run("checkpoint sign s --ledger domain --key keeper -o cp8")
        .text(0);
    assert!(compare("cp cp8").text(3).starts_with("OPEN: "));
    place
        .run("checkpoint sign s --audit --key keeper -o audit")
        .text(0);
    assert!(compare("cp audit").text(4).starts_with("INVALID: "));
}

#[test]
fn a_proof_with_its_checkpoint_needs_keys_alone() {
    let place = place();
    place
        .feed("import s --ledger domain --format lines -", "more\n")
        .text(0);
    place.write("e", "entry-5");
    for form in ["", "--compact"] {
        for kind in [
            "inclusion --leaf 5",
            "consistency --from 3",
            "range --from 0 --to 7",
        ] {
            let (kind, args) = kind.split_once(' ').unwrap();
            let args = format!("proof {kind} s --ledger domain {args} --checkpoint cp {form} -o p");
            place.run(&args).text(0);
            let ran = place.run("proof check p --keys keeper.pub");
            assert!(
                ran.text(0).ends_with(", signed by example.com/keeper\n"),
                "{ran:?}"
            );
            place.run("proof check p").text(3);
        }
    }
    let make = "proof inclusion s --ledger domain --leaf 5";
    place.run(&format!("{make} --checkpoint cp -o p")).text(0);
    place
        .run("proof check p --data e --keys keeper.pub")
        .text(0);
    key(&place, "other");
    place.run("proof check p --keys other.pub").text(4);

    // A checkpoint of another size, or of another tree.
    place
        .run(&format!("{make} --checkpoint cp --size 8"))
        .fails(4, "E-CHECKPOINT");
    place
        .run("checkpoint sign s --audit --key keeper -o audit")
        .text(0);
    place
        .run(&format!("{make} --checkpoint audit"))
        .fails(4, "E-CHECKPOINT");
    place.run(&format!("{make} -o q")).text(0);
    place
        .run("proof check q --keys keeper.pub")
        .fails(2, "E-USAGE");
    let proof: Value = serde_json::from_slice(&place.read("p")).unwrap();
    for (field, value) in [
        ("ledger", json!("other")),
        (
            "checkpoint",
            json!(String::from_utf8(place.read("audit")).unwrap()),
        ),
        ("checkpoint", json!("nothing")),
    ] {
        let mut proof = proof.clone();
        proof[field] = value;
        place.write("bad", proof.to_string());
        place.run("proof check bad --keys keeper.pub").text(4);
    }
}
