//! Plenum's serialized proofs and Ethereum's answers, read and written.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::common::Place;
use super::{check, hex, says, unhex, vectors};

#[test]
fn plenums_serialized_proofs() {
    let place = Place::new();
    let mut checked = 0;
    for name in [
        "sovrin_mainnet_pool",
        "sovrin_mainnet_domain",
        "bcovrin_test_pool",
    ] {
        let file = vectors(&format!("plenum/ledger_{name}.json"));
        let mut root = [0; 32];
        let text = file["final_state_root_b58"].as_str().unwrap();
        bs58::decode(text).onto(&mut root).unwrap();
        let root = hex(root);
        for case in file["state_proofs"].as_array().unwrap() {
            let key = case["key_hex"].as_str().unwrap();
            let nodes = case["proof_nodes_rlp_hex"].as_array().unwrap();
            let content: Vec<u8> = nodes
                .iter()
                .flat_map(|n| unhex(n.as_str().unwrap()))
                .collect();
            let len = u16::try_from(content.len()).unwrap().to_be_bytes();
            let header = if len[0] > 0 {
                vec![0xf9, len[0], len[1]]
            } else {
                vec![0xf8, len[1]]
            };
            let list = [header, content].concat();
            let expected = match case["value_utf8"].as_str() {
                Some(value) => format!("--value-hex {}", hex(value)),
                None => "--absent".to_owned(),
            };
            for bytes in [list.clone(), STANDARD.encode(&list).into_bytes()] {
                place.write("p", &bytes);
                let full = format!("--root {root} --key-hex {key} {expected}");
                says(&check(&place, "p", &full), 0, "VALID: ");
                let no_root = format!("--key-hex {key} {expected}");
                says(
                    &check(&place, "p", &no_root),
                    3,
                    "CONSISTENT, NOT TRUSTED: ",
                );
                check(&place, "p", &format!("--root {root}")).fails(2, "E-USAGE");
                for wrong in [
                    format!("--root {} --key-hex {key}", "00".repeat(32)),
                    format!("--root {root} --key-hex {key} --value-hex 00"),
                    format!("--root {root} --key-hex {key}00ff"),
                    format!("--root {root} --key-hex {key} --state keccak256"),
                ] {
                    // A key that shares the path to where this one ends may be absent.
                    let ran = check(&place, "p", &wrong);
                    assert!(
                        ran.code == 4 || ran.text(0).contains("is absent"),
                        "{wrong}: {ran:?}"
                    );
                }
                place.run("proof show p").fails(2, "E-USAGE");
            }
            let mut altered = list;
            altered[40] ^= 1;
            place.write("p", altered);
            says(
                &check(&place, "p", &format!("--root {root} --key-hex {key}")),
                4,
                "INVALID: ",
            );
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked}");
    place.write("p", [0xf9, 0xff, 0xff, 0]);
    let ran = check(&place, "p", "--key-hex 00");
    says(
        &ran,
        4,
        "INVALID: the file is not a serialized state proof of Plenum",
    );
}

#[test]
fn answers_of_eth_get_proof() {
    let place = Place::new();
    let root = vectors("patricia/helios/rpc/block.json")["stateRoot"].clone();
    let root = root
        .as_str()
        .unwrap()
        .strip_prefix("0x")
        .unwrap()
        .to_owned();
    let answer = vectors("patricia/helios/rpc/proof.json");
    let judge = |answer: &Value, args: &str| {
        place.write("p", answer.to_string());
        check(&place, "p", args)
    };
    let trusted = format!("--root {root}");
    let account = "00000000219ab540356cbb839cbe05303d7705fa";
    for answer in [
        answer.clone(),
        json!({"jsonrpc": "2.0", "id": 1, "result": answer}),
    ] {
        says(
            &judge(&answer, &trusted),
            0,
            "VALID: the account 0x00000000219ab540356cbb839cbe05303d7705fa is as the file says",
        );
        says(&judge(&answer, ""), 3, "CONSISTENT, NOT TRUSTED: ");
    }
    let slot = "01".repeat(0) + &"00".repeat(31) + "01";
    let value = "2394e3bc4086a9625ae88307145a40ff4a4bf2c9a6755435bff86b22d6175d5f";
    says(
        &judge(
            &answer,
            &format!("{trusted} --key-hex {slot} --value-hex {value}"),
        ),
        0,
        "VALID: ",
    );
    says(
        &judge(&answer, &format!("{trusted} --key-hex {slot} --absent")),
        4,
        "INVALID: ",
    );
    says(
        &judge(&answer, &format!("{trusted} --key-hex {account}")),
        0,
        "VALID: ",
    );
    says(
        &judge(&answer, &format!("{trusted} --key-hex {account} --absent")),
        4,
        "INVALID: ",
    );
    says(
        &judge(&answer, &format!("{trusted} --key-hex 00")),
        4,
        "INVALID: the proof is not for that key",
    );
    judge(&answer, &format!("{trusted} --absent")).fails(2, "E-USAGE");
    says(
        &judge(&answer, &format!("--root {}", "00".repeat(32))),
        4,
        "INVALID: ",
    );
    for change in [
        &|a: &mut Value| a["balance"] = json!("0x1"),
        &|a: &mut Value| a["nonce"] = json!("0x2"),
        &|a: &mut Value| a["codeHash"] = json!("0x".to_owned() + &"00".repeat(32)),
        &|a: &mut Value| a["storageHash"] = json!("0x".to_owned() + &"00".repeat(32)),
        &|a: &mut Value| a["address"] = json!("0x00000000219ab540356cbb839cbe05303d7705fb"),
        &|a: &mut Value| a["storageProof"][0]["value"] = json!("0x0"),
        &|a: &mut Value| a["storageProof"][0]["key"] = json!("0x2"),
        &|a: &mut Value| {
            a["accountProof"].as_array_mut().unwrap().pop();
        },
        &|a: &mut Value| {
            a["storageProof"][0]["proof"].as_array_mut().unwrap().pop();
        },
        &|a: &mut Value| a["balance"] = json!("1"),
        &|a: &mut Value| a["accountProof"][0] = json!(1),
    ] as [&dyn Fn(&mut Value); 11]
    {
        let mut altered = answer.clone();
        change(&mut altered);
        says(&judge(&altered, &trusted), 4, "INVALID: ");
    }
}

/// Accounts of a state of our own: one that is there, and one that is not.
#[test]
fn accounts_that_are_absent() {
    let place = Place::new();
    place
        .run("init s --ledger e:sha256:keccak256:hashed")
        .text(0);
    let empty = "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";
    // Keccak-256 of nothing.
    let no_code = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
    let (there, not) = ("aa".repeat(20), "bb".repeat(20));
    let account = format!("f8440110a0{empty}a0{no_code}");
    let lines = format!("{{\"key_hex\":\"{there}\",\"value_hex\":\"{account}\"}}\n");
    place.feed("state put s --ledger e -", lines).text(0);
    let answer = |address: &str, nonce: &str, balance: &str, storage: &str| {
        let args = format!("proof state s --ledger e --key-hex {address} --json");
        let proof = place.run(&args).json(0, "ledger-tool.proof/1");
        let nodes = proof["nodes"].as_array().unwrap().iter();
        let nodes: Vec<String> = nodes
            .map(|n| format!("0x{}", n.as_str().unwrap()))
            .collect();
        let answer = json!({
            "address": format!("0x{address}"), "accountProof": nodes, "nonce": nonce,
            "balance": balance, "storageHash": format!("0x{storage}"),
            "codeHash": format!("0x{no_code}"),
            "storageProof": [{"key": "0x0", "value": "0x0", "proof": []}],
        });
        place.write("p", answer.to_string());
        let root = proof["root_hash"].as_str().unwrap().to_owned();
        check(&place, "p", &format!("--root {root}"))
    };
    says(
        &answer(&there, "0x1", "0x10", empty),
        0,
        "VALID: the account 0xaaaa",
    );
    says(&answer(&there, "0x0", "0x0", empty), 4, "INVALID: ");
    says(
        &answer(&not, "0x0", "0x0", empty),
        0,
        "VALID: the account 0xbbbb",
    );
    says(&answer(&not, "0x0", "0x0", &"00".repeat(32)), 0, "VALID: ");
    says(
        &answer(&not, "0x1", "0x0", empty),
        4,
        "INVALID: the account is absent",
    );
    says(
        &answer(&not, "0x0", "0x0", no_code),
        4,
        "INVALID: the account is absent",
    );
}
