//! What a live node refuses over HTTP: each with its stable code, and nothing changes by it.

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use replication::member::{Member, Operation as Enrolment};
use replication::record::Operation;
use replication::{Ed25519Signature, NetworkHash, Request, Role, SignedRequest, UserKey, from_hex};
use serde_json::{Value, json};

use crate::http::{Answer, connect, get, post, read};
use crate::testnet::Testnet;

const JSON: &str = "application/json";
const BYTES: &str = "application/octet-stream";

struct Stranger<'a> {
    network: &'a Testnet,
    node: SocketAddr,
}

impl Stranger<'_> {
    fn key(&self, user: &str) -> UserKey {
        let file = self.network.path().join(format!("users/{user}.key"));
        let seed = from_hex(fs::read_to_string(file).unwrap().trim()).unwrap();
        UserKey::from_seed(&seed.try_into().unwrap())
    }

    fn request(&self, user: &str, nonce: u64, operation: &Operation) -> Request {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap();
        Request {
            network: self.network.genesis.network(),
            sender: user.parse().unwrap(),
            app: "record".parse().unwrap(),
            nonce,
            expires_ms: u64::try_from(now.as_millis()).unwrap() + 60_000,
            payload: operation.encode(),
        }
    }

    fn send(&self, signed: &SignedRequest) -> Answer {
        let json = serde_json::to_vec(signed).unwrap();
        post(self.node, "/v1/requests?wait_ms=20000", JSON, &json)
    }

    /// Signs as the sender what was changed.
    fn signed(&self, operation: &Operation, change: impl Fn(&mut Request)) -> Answer {
        let mut request = self.request("alice", 7, operation);
        change(&mut request);
        let key = self.key(request.sender.as_str());
        self.send(&request.sign(&key))
    }

    /// Changes what alice signed.
    fn altered(&self, change: impl Fn(&mut SignedRequest)) -> Answer {
        let request = self.request("alice", 7, &put("new", "v"));
        let mut signed = request.sign(&self.key("alice"));
        change(&mut signed);
        self.send(&signed)
    }

    /// As JSON that is no request.
    fn json(&self, change: impl Fn(&mut Value)) -> Answer {
        let request = self.request("alice", 7, &put("new", "v"));
        let mut json = json!(request.sign(&self.key("alice")));
        change(&mut json);
        post(self.node, "/v1/requests", JSON, json.to_string().as_bytes())
    }
}

fn put(key: &str, value: &str) -> Operation {
    Operation::Put {
        key: key.into(),
        value: value.into(),
    }
}

#[test]
fn a_live_node_refuses_each_thing_by_its_code_and_nothing_changes() {
    let network = Testnet::init(4);
    // One of the nodes bears little.
    let strict = "[http.limits]\nhead_ms = 300\nbody_ms = 300\nrequests_per_second = 50\n\
                  connections_per_client_max = 20\nwatchers_max = 1\n";
    let file = network.path().join("node1/ledgerd.toml");
    let config = fs::read_to_string(&file).unwrap() + strict;
    fs::write(&file, config).unwrap();
    network.testnet("start").exit(0);

    let node = |index: usize| network.genesis.file().nodes[index].client;
    let stranger = Stranger {
        network: &network,
        node: node(0),
    };
    let own = stranger
        .request("alice", 1, &put("mine", "v"))
        .sign(&stranger.key("alice"));
    let answer = stranger.send(&own);
    assert_eq!(
        (answer.status, &answer.json()["status"]),
        (200, &"final".into()),
        "{answer:?}"
    );
    let before = roots(node(0));

    let mut cases = requests_refused(&stranger, &own);
    cases.extend(questions_refused(&stranger, &own));
    cases.extend(load_refused(node(1)));
    for (name, expected, got) in &cases {
        assert_eq!(expected, got, "{name}");
    }
    assert!(cases.len() >= 45, "{}", cases.len());
    assert_eq!(roots(node(0)), before);
    let metrics = get(node(0), "/metrics").body;
    assert!(
        metrics.contains("ledgerd_http_refusals_total{code=\"bad-signature\"}"),
        "{metrics}"
    );
    // The strict node answers again once the flood is over.
    let start = Instant::now();
    while network.testnet("status").code != 0 {
        assert!(start.elapsed() < Duration::from_secs(60));
    }
    network.stop_and_verify();
}

type Case = (&'static str, &'static str, String);

fn requests_refused(stranger: &Stranger<'_>, own: &SignedRequest) -> Vec<Case> {
    let put = |key: &str| put(key, "v");
    let delete = |key: &str| Operation::Delete { key: key.into() };
    let transfer = |key: &str, to: &str| Operation::Transfer {
        key: key.into(),
        to: to.parse().unwrap(),
    };
    let enrol = |user: &str, key: [u8; 32]| {
        let member = Member {
            ed25519: replication::Ed25519Key::new(key),
            roles: [Role::ContractInvoker].into_iter().collect(),
            organisation: None,
        };
        let user = user.parse().unwrap();
        Enrolment::AddUser { user, member }.encode()
    };
    let by = |user: &'static str| move |r: &mut Request| r.sender = user.parse().unwrap();
    let member = |user: &'static str, payload: Vec<u8>| {
        move |r: &mut Request| {
            r.sender = user.parse().unwrap();
            r.app = "member".parse().unwrap();
            r.payload.clone_from(&payload);
        }
    };
    let usable = *stranger.key("bob").public().as_bytes();
    let s = stranger;
    let of = |name, code, answer: Answer| (name, code, answer.code());
    vec![
        of(
            "unsigned",
            "malformed",
            s.json(|j| drop(j.as_object_mut().unwrap().remove("signature"))),
        ),
        of(
            "signature of zeros",
            "bad-signature",
            s.altered(|r| r.signature = Ed25519Signature::new([0; 64])),
        ),
        of("signed by another user", "bad-signature", {
            let request = s.request("alice", 7, &put("new"));
            s.send(&request.sign(&s.key("bob")))
        }),
        of(
            "network altered",
            "wrong-network",
            s.altered(|r| r.request.network = NetworkHash::new([1; 32])),
        ),
        of(
            "sender altered",
            "bad-signature",
            s.altered(|r| r.request.sender = "bob".parse().unwrap()),
        ),
        of(
            "application altered",
            "bad-signature",
            s.altered(|r| r.request.app = "member".parse().unwrap()),
        ),
        of(
            "nonce altered",
            "bad-signature",
            s.altered(|r| r.request.nonce += 1),
        ),
        of(
            "expiry altered",
            "bad-signature",
            s.altered(|r| r.request.expires_ms += 1),
        ),
        of(
            "payload altered",
            "bad-signature",
            s.altered(|r| r.request.payload[4] ^= 1),
        ),
        of(
            "payload longer",
            "bad-signature",
            s.altered(|r| r.request.payload.push(0)),
        ),
        of(
            "of another network",
            "wrong-network",
            s.signed(&put("new"), |r| r.network = NetworkHash::new([2; 32])),
        ),
        of("replayed", "duplicate", s.send(own)),
        of(
            "replayed, signed anew",
            "duplicate",
            s.send(&own.request.clone().sign(&s.key("alice"))),
        ),
        of(
            "expired",
            "expired",
            s.signed(&put("new"), |r| r.expires_ms = 1),
        ),
        of(
            "expires too late",
            "expiry-too-far",
            s.signed(&put("new"), |r| r.expires_ms += 86_400_000),
        ),
        of(
            "expires never",
            "expiry-too-far",
            s.signed(&put("new"), |r| r.expires_ms = u64::MAX),
        ),
        of("not enrolled", "not-enrolled", {
            let mut request = s.request("alice", 7, &put("new"));
            request.sender = "mallory".parse().unwrap();
            s.send(&request.sign(&s.key("alice")))
        }),
        of(
            "no such application",
            "no-such-app",
            s.signed(&put("new"), |r| r.app = "coins".parse().unwrap()),
        ),
        of("no role to put", "role", s.signed(&put("new"), by("guest"))),
        of(
            "no role to enrol",
            "role",
            s.signed(&put("new"), member("alice", enrol("dora", usable))),
        ),
        of(
            "a user that is there",
            "user-exists",
            s.signed(&put("new"), member("admin", enrol("bob", usable))),
        ),
        of(
            "a key of nobody",
            "bad-key",
            s.signed(&put("new"), member("admin", enrol("dora", [0; 32]))),
        ),
        of(
            "put of another's",
            "not-owner",
            s.signed(&put("mine"), by("bob")),
        ),
        of(
            "delete of another's",
            "not-owner",
            s.signed(&delete("mine"), by("bob")),
        ),
        of(
            "transfer of another's",
            "not-owner",
            s.signed(&transfer("mine", "bob"), by("bob")),
        ),
        of(
            "delete of nothing",
            "no-such-record",
            s.signed(&delete("nothing"), |_| {}),
        ),
        of(
            "transfer of nothing",
            "no-such-record",
            s.signed(&transfer("nothing", "bob"), |_| {}),
        ),
        of(
            "transfer to nobody",
            "no-such-user",
            s.signed(&transfer("mine", "mallory"), |_| {}),
        ),
        of("empty key", "key-length", s.signed(&put(""), |_| {})),
        of(
            "long key",
            "key-length",
            s.signed(&put(&"k".repeat(257)), |_| {}),
        ),
        of(
            "long value",
            "value-length",
            s.signed(&self::put("new", &"v".repeat(65_537)), |_| {}),
        ),
        of(
            "payload of no operation",
            "malformed",
            s.signed(&put("new"), |r| r.payload = vec![9]),
        ),
        of(
            "empty payload",
            "malformed",
            s.signed(&put("new"), |r| r.payload.clear()),
        ),
        of(
            "oversize",
            "oversize",
            s.signed(&put("new"), |r| r.payload = vec![1; 131_072]),
        ),
    ]
}

fn questions_refused(stranger: &Stranger<'_>, own: &SignedRequest) -> Vec<Case> {
    let s = stranger;
    let (node, bytes) = (s.node, own.encode());
    let mut flipped = bytes.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let submit = |content_type, body: &[u8]| post(node, "/v1/requests", content_type, body).code();
    let id = "00".repeat(32);
    let ask = |path: &str| get(node, path).code();
    vec![
        (
            "unknown member",
            "malformed",
            s.json(|j| j["colour"] = json!(1)).code(),
        ),
        (
            "a name that is none",
            "malformed",
            s.json(|j| j["sender"] = json!("Alice")).code(),
        ),
        (
            "a number that is none",
            "malformed",
            s.json(|j| j["nonce"] = json!(-1)).code(),
        ),
        (
            "upper-case hex",
            "malformed",
            s.json(|j| j["payload"] = json!("AB")).code(),
        ),
        ("no JSON", "malformed", submit(JSON, b"{")),
        ("empty body", "malformed", submit(BYTES, b"")),
        (
            "bytes cut short",
            "malformed",
            submit(BYTES, &bytes[..bytes.len() - 1]),
        ),
        (
            "bytes too many",
            "malformed",
            submit(BYTES, &[bytes.as_slice(), b"x"].concat()),
        ),
        ("last bit flipped", "bad-signature", submit(BYTES, &flipped)),
        ("long JSON", "oversize", submit(JSON, &vec![b' '; 400_000])),
        (
            "long bytes",
            "oversize",
            submit(BYTES, &vec![b' '; 200_000]),
        ),
        (
            "no type that is known",
            "media-type",
            submit("text/plain", &bytes),
        ),
        (
            "unknown parameter",
            "bad-parameter",
            post(node, "/v1/requests?wait=1", BYTES, &bytes).code(),
        ),
        ("no id", "bad-parameter", ask("/v1/requests/1234")),
        (
            "unknown id",
            "unknown-request",
            ask(&format!("/v1/requests/{id}")),
        ),
        (
            "query of no application",
            "no-such-app",
            ask("/v1/query/coins?text=a"),
        ),
        ("query of nothing", "bad-parameter", ask("/v1/query/record")),
        (
            "query in bad hex",
            "bad-parameter",
            ask("/v1/query/record?hex=0"),
        ),
        (
            "no user's name",
            "malformed",
            ask("/v1/query/member?text=u/Bob"),
        ),
        ("no height", "bad-parameter", ask("/v1/headers/first")),
        (
            "a height to come",
            "not-found",
            ask("/v1/headers/18446744073709551615"),
        ),
        ("the height before all", "not-found", ask("/v1/headers/0")),
        ("no such path", "no-such-path", ask("/v2/status")),
        (
            "no such method",
            "method",
            post(node, "/v1/status", JSON, b"").code(),
        ),
    ]
}

/// At a node that bears little: slow clients, too many, too fast. The order is that of what they
/// leave behind.
fn load_refused(node: SocketAddr) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut slow = connect(node);
    let head =
        "POST /v1/requests HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 9\r\n";
    let head = format!("{head}content-type: {JSON}\r\n\r\n{{");
    slow.write_all(head.as_bytes()).unwrap();
    cases.push(("slow body", "slow", read(&mut slow).code()));

    let mut slow = connect(node);
    slow.write_all(b"GET /v1/status HTT").unwrap();
    // Nothing can be answered to what is no request yet.
    let closed = read(&mut slow);
    assert!(matches!(closed.status, 0 | 408), "{closed:?}");
    cases.push(("slow head", "", closed.body));

    let mut watcher = connect(node);
    watcher
        .write_all(b"GET /v1/watch HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    let mut first = [0; 1];
    std::io::Read::read_exact(&mut watcher, &mut first).unwrap();
    cases.push((
        "too many watchers",
        "too-many-watchers",
        get(node, "/v1/watch").code(),
    ));

    let idle: Vec<_> = (0..19).map(|_| connect(node)).collect();
    cases.push((
        "too many connections",
        "too-many-connections",
        get(node, "/v1/status").code(),
    ));
    drop((idle, watcher));

    // Connections that were left are gone when the server has seen it.
    let start = Instant::now();
    let codes = std::iter::from_fn(|| {
        let answer = get(node, "/health/live");
        Some(if answer.status == 429 {
            answer.code()
        } else {
            String::new()
        })
    });
    let flooded = codes
        .take_while(|_| start.elapsed() < Duration::from_secs(20))
        .find(|code| code == "rate");
    cases.push(("flood", "rate", flooded.unwrap_or_default()));
    cases
}

/// What would change if a refused request did anything: entries and states of all ledgers.
fn roots(node: SocketAddr) -> Value {
    get(node, "/v1/status").json()["ledgers"].clone()
}
