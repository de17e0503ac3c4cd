//! A node that lies to clients: a proxy before it changes what it answers. Nothing of it is
//! believed; asked alone it gives no answer, among others the next one is asked.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use replication::client::Verifier;
use replication::record;
use serde_json::{Value, json};

use crate::http::{Answer, converse};
use crate::testnet::Testnet;

/// What the proxy makes of the path that was asked and of the true answer.
type Lie = Box<dyn FnMut(&str, Answer) -> (u16, Vec<u8>) + Send>;

#[derive(Clone)]
pub(crate) struct Liar(Arc<Mutex<Lie>>);

impl Liar {
    /// Puts itself between clients and a node, which does not run yet.
    pub(crate) fn before(network: &Testnet, node: usize) -> Self {
        let behind = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let file = network.path().join(format!("node{node}/ledgerd.toml"));
        let config = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("{config}[http]\nlisten = \"{behind}\"\n")).unwrap();
        let listener = TcpListener::bind(network.genesis.file().nodes[node].client).unwrap();
        let liar = Self(Arc::new(Mutex::new(Box::new(|_, answer| {
            (answer.status, answer.bytes)
        }))));
        let served = liar.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let served = served.clone();
                thread::spawn(move || served.serve(client.unwrap(), behind));
            }
        });
        liar
    }

    fn serve(&self, mut client: TcpStream, behind: SocketAddr) {
        let mut request = Vec::new();
        let (head, body_len) = loop {
            let mut bytes = [0; 4096];
            match client.read(&mut bytes) {
                Ok(0) | Err(_) => return,
                Ok(len) => request.extend_from_slice(&bytes[..len]),
            }
            let end = request.windows(4).position(|four| four == b"\r\n\r\n");
            let Some(end) = end else { continue };
            let head = String::from_utf8(request[..end].to_vec()).unwrap();
            let len = head
                .lines()
                .filter_map(|line| line.split_once(": "))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, len)| len.parse().unwrap());
            if request.len() >= end + 4 + len {
                break (head, len);
            }
        };
        let body = request.split_off(request.len() - body_len);
        let whole = format!("{head}\r\nconnection: close\r\n\r\n");
        let path = head.split(' ').nth(1).unwrap();
        if TcpStream::connect(behind).is_err() {
            return;
        }
        let answer = converse(behind, &[whole.as_bytes(), &body].concat());
        if answer.status == 0 {
            return;
        }
        let (status, body) = self.0.lock().unwrap()(path, answer);
        let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
        // The client may have gone.
        let head = format!("{head}connection: close\r\n\r\n");
        let _ = client.write_all(&[head.as_bytes(), &body].concat());
    }

    fn tell(&self, mut lie: impl FnMut(&str, Answer) -> (u16, String) + Send + 'static) {
        self.tell_bytes(move |path, answer| {
            let (status, body) = lie(path, answer);
            (status, body.into_bytes())
        });
    }

    /// The same with bytes that may be no text.
    pub(crate) fn tell_bytes(
        &self,
        lie: impl FnMut(&str, Answer) -> (u16, Vec<u8>) + Send + 'static,
    ) {
        *self.0.lock().unwrap() = Box::new(lie);
    }

    /// Lies by changing the JSON of good answers; what it says of who votes is true.
    fn change(&self, mut change: impl FnMut(&mut Value) + Send + 'static) {
        self.tell(move |path, answer| {
            if path.starts_with(HANDOVERS) {
                return (answer.status, answer.body);
            }
            let Ok(mut json) = serde_json::from_str(&answer.body) else {
                return (answer.status, answer.body);
            };
            change(&mut json);
            (answer.status, json.to_string())
        });
    }
}

/// Another hex digit in the middle.
fn flip(hex: &mut Value) {
    let mut text = hex.as_str().unwrap().to_owned().into_bytes();
    let at = text.len() / 2;
    text[at] = if text[at] == b'0' { b'1' } else { b'0' };
    *hex = String::from_utf8(text).unwrap().into();
}

/// Paths of everything within that is no list and no object.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                leaves(member, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                leaves(item, &format!("{at}/{index}"), found);
            }
        }
        _ => found.push(at.to_owned()),
    }
}

fn alter(leaf: &mut Value) {
    match leaf {
        Value::String(text) if text.is_empty() => *leaf = "00".into(),
        Value::String(_) => flip(leaf),
        Value::Number(number) => *leaf = (number.as_u64().unwrap() + 1).into(),
        other => *other = Value::Null,
    }
}

const HANDOVERS: &str = "/v1/handovers";

const ALONE: [&str; 4] = ["--node", "node0", "--timeout", "1"];

fn alone<'a>(rest: &[&'a str]) -> Vec<&'a str> {
    [&ALONE[..], rest].concat()
}

#[test]
fn nothing_that_a_lying_node_answers_is_believed() {
    let network = Testnet::init(4);
    let liar = Liar::before(&network, 0);
    network.testnet("start").exit(0);
    network.ctl(&["put", "door", "red"]).exit(0);
    network.ctl(&["put", "gate", "shut"]).exit(0);
    let truth = network.ctl(&alone(&["get", "door"])).exit(0);
    assert!(truth.starts_with("door = red"), "{truth}");

    reads(&network, &liar);
    writes(&network, &liar);
    every_part_of_a_proof(&network);
    stale(&network, &liar);

    liar.tell(|_, answer| (answer.status, answer.body));
    let text = network.ctl(&alone(&["get", "door"])).exit(0);
    assert!(text.starts_with("door = red"), "{text}");
    network.stop_and_verify();
}

/// Each lie about a record: refused by its name, and the next node has the truth.
fn reads(network: &Testnet, liar: &Liar) {
    let other = network.ctl(&["get", "gate", "--json"]).json(0)["proof"].clone();
    assert!(other.is_object(), "{other}");
    type Change = Box<dyn FnMut(&mut Value) + Send>;
    let lies: [(&str, Change); 6] = [
        (
            "the answer brings no proof",
            Box::new(|reply| reply["proofs"] = json!([])),
        ),
        (
            "the proof is of another key",
            Box::new(move |reply| reply["proofs"][0] = other.clone()),
        ),
        (
            "the proof does not hold",
            Box::new(|reply| flip(&mut reply["proofs"][0]["state"]["value_hex"])),
        ),
        (
            "certificate",
            Box::new(|reply| flip(&mut reply["proofs"][0]["finality"]["certificate_hex"])),
        ),
        (
            "certificate",
            Box::new(|reply| flip(&mut reply["proofs"][0]["finality"]["header_hex"])),
        ),
        (
            "the answer is not of the API",
            Box::new(|reply| *reply = json!({"value": "blue"})),
        ),
    ];
    for (named, lie) in lies {
        liar.change(lie);
        let said = network.ctl(&alone(&["get", "door"]));
        assert!(said.err.contains(named), "{named}: {said:?}");
        said.exit(1);
        let text = network.ctl(&["get", "door"]).exit(0);
        assert!(text.starts_with("door = red"), "{text}");
    }
    // Who is told of other nodes that vote believes it no more than a proof.
    liar.tell(|path, answer| {
        let mut json: Value = serde_json::from_str(&answer.body).unwrap();
        if path.starts_with(HANDOVERS) {
            json["handovers"] = json!([{"epoch": 0, "handover": "00"}]);
        } else {
            flip(&mut json["proofs"][0]["finality"]["certificate_hex"]);
        }
        (answer.status, json.to_string())
    });
    let said = network.ctl(&alone(&["get", "door"]));
    assert!(said.err.contains("certificate"), "{said:?}");
    said.exit(1);
    // A node's words beside the proof are not looked at.
    liar.change(|reply| reply["value"]["value"] = "00".into());
    let text = network.ctl(&alone(&["get", "door"])).exit(0);
    assert!(text.starts_with("door = red"), "{text}");
    // That there is no such record takes a proof.
    liar.tell(|_, _| {
        (
            404,
            json!({"code": "not-found", "detail": "no"}).to_string(),
        )
    });
    let text = network.ctl(&["get", "door"]).exit(0);
    assert!(text.starts_with("door = red"), "{text}");
}

/// Lies about what became of a request: it is done once, by the next node's word and proof.
fn writes(network: &Testnet, liar: &Liar) {
    let shown = network.ctl(&["put", "lamp", "on", "--json"]).json(0);
    let other = shown["proof"].clone();
    assert!(other.is_object(), "{other}");
    let on_proof = |reply: &mut Value, change: &dyn Fn(&mut Value)| {
        if reply["proof"].is_object() {
            change(&mut reply["proof"]);
        }
    };
    type Change = Box<dyn FnMut(&mut Value) + Send>;
    let lies: [(&str, Change); 4] = [
        (
            "not final in time",
            Box::new(|reply| reply["proof"] = Value::Null),
        ),
        (
            "the proof is of another request",
            Box::new(move |reply| on_proof(reply, &|proof| *proof = other.clone())),
        ),
        (
            "the proof does not hold",
            Box::new(move |reply| {
                on_proof(reply, &|proof| flip(&mut proof["entry"]["data_hex"]));
            }),
        ),
        (
            "not final in time",
            Box::new(|reply| {
                if reply["id"].is_null() {
                    return;
                }
                *reply = json!({
                    "id": reply["id"], "status": "dropped", "reason": "expired", "height": null,
                    "time_ms": null, "ledger": null, "index": null, "proof": null,
                });
            }),
        ),
    ];
    let size = || {
        let height = network.ctl(&["put", "level", "x", "--json"]).json(0)["height"].as_u64();
        network.domain_size(height.unwrap())
    };
    for (number, (named, lie)) in lies.into_iter().enumerate() {
        liar.change(lie);
        let value = number.to_string();
        let said = network.ctl(&alone(&["put", "lamp", &value]));
        assert!(said.err.contains(named), "{named}: {said:?}");
        said.exit(1);
        let before = size();
        network.ctl(&["put", "lamp", &value]).exit(0);
        // This one, and the one that measures.
        assert_eq!(size(), before + 2);
    }
    // One node's refusal is not the network's.
    let refusal = json!({"code": "role", "detail": "you may not"}).to_string();
    liar.tell(move |_, _| (403, refusal.clone()));
    network.ctl(&["put", "lamp", "off"]).exit(0);
    let said = network
        .ctl(&["--as", "guest", "put", "lamp", "mine"])
        .exit(4);
    assert!(said.contains("role"), "{said}");
}

/// Whatever single part of a true proof is changed, nothing is believed.
fn every_part_of_a_proof(network: &Testnet) {
    let verifier = Verifier::new(network.genesis.clone());
    let put = network.ctl(&["put", "lamp", "on", "--json"]).json(0);
    let id = put["id"].as_str().unwrap().parse().unwrap();
    let got = network.ctl(&["get", "door", "--json"]).json(0);
    let key = record::state_key(b"door");
    let entry = |proof: &Value| verifier.entry(&id, Some(proof)).is_ok();
    let state = |proof: &Value| {
        let at = (0, u64::MAX);
        verifier.state(("domain", &key), Some(proof), at).is_ok()
    };
    type Believed<'a> = &'a dyn Fn(&Value) -> bool;
    let proofs: [(&Value, Believed<'_>); 2] = [(&put["proof"], &entry), (&got["proof"], &state)];
    for (proof, believed) in proofs {
        assert!(believed(proof));
        let mut all = Vec::new();
        leaves(proof, "", &mut all);
        assert!(all.len() > 8, "{all:?}");
        for at in all {
            let mut altered = proof.clone();
            alter(altered.pointer_mut(&at).unwrap());
            assert!(!believed(&altered), "{at}: {altered}");
        }
    }
}

/// A true answer of long ago, again and again.
fn stale(network: &Testnet, liar: &Liar) {
    let mut first = None;
    liar.tell(move |path, answer| {
        if path.starts_with(HANDOVERS) {
            return (answer.status, answer.body);
        }
        let kept = first.get_or_insert((answer.status, answer.body));
        (kept.0, kept.1.clone())
    });
    let ask = ["--max-age", "4", "get", "door"];
    network.ctl(&alone(&ask)).exit(0);
    let start = Instant::now();
    let said = loop {
        let said = network.ctl(&alone(&ask));
        if said.code != 0 {
            break said;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{said:?}");
    };
    assert!(said.err.contains("ms old, at most 4000"), "{said:?}");
    said.exit(1);
    // The next node has a newer one.
    network.ctl(&ask).exit(0);
}
