//! What nodes and clients of a network exchange, and what clients make of it. Whatever a client
//! believes must be true of the one network that is known here.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use blst::min_sig::SecretKey;
use hash_store::MemStorage;
use ledger::bundle::{CertificateVerifier, Evidence};
use ledger::{LedgerSpec, Options, ProofBundle, StateSuite, Store, TreeType};
use merkle_log::{Hash, LeafIndex, TreeSize};
use replication::api::{HeaderReply, QueryAnswer, RequestReply};
use replication::client::Verifier;
use replication::member::{Member, Operation as MemberOperation};
use replication::nodes::Operation as NodeOperation;
use replication::record::{APP, Operation, Record, state_key};
use replication::{
    BlockHash, BlsSignature, Certificate, CertificateChain, Committee, EPOCH_LEN, Genesis,
    GenesisFile, GenesisNode, GenesisUser, GenesisVerifier, Handover, Header, LedgerTip, NodeKeys,
    Policy, Request, Role, SignedRequest, Transaction, UserKey, to_hex,
};
use serde_json::json;

use super::seeds::Seed;

const NOW_MS: u64 = 2_000_000;
const AGE_MS_MAX: u64 = 60_000;
const VIEW: u64 = 9;

/// A network of one node after its second commit.
struct Known {
    genesis: Genesis,
    verifier: GenesisVerifier,
    client: Verifier,
    signed: SignedRequest,
    header: Header,
    certificate: Certificate,
    entry: ProofBundle,
    record: ProofBundle,
}

fn user() -> UserKey {
    UserKey::from_seed(&[7; 32])
}

fn record() -> Record {
    Record {
        owner: "alice".parse().unwrap(),
        value: b"red".to_vec(),
    }
}

fn genesis() -> Genesis {
    let keys = NodeKeys::from_seeds(&[1; 32], &[2; 32]);
    let node = GenesisNode {
        alias: "node0".parse().unwrap(),
        ed25519: keys.identity(),
        bls: keys.voting(),
        pop: keys.possession(),
        p2p: "127.0.0.1:1".parse().unwrap(),
        client: "127.0.0.1:2".parse().unwrap(),
    };
    let alice = GenesisUser {
        id: "alice".parse().unwrap(),
        ed25519: user().public(),
        roles: [Role::ContractInvoker].into_iter().collect(),
        organisation: None,
    };
    let file = GenesisFile {
        version: 1,
        name: "fuzz".parse().unwrap(),
        time_ms: NOW_MS - 2,
        epoch_len: EPOCH_LEN,
        dev: true,
        nodes: vec![node],
        users: vec![alice],
        organisations: Vec::new(),
        policy: Policy::default(),
        rules: BTreeMap::new(),
    };
    Genesis::new(file).unwrap()
}

/// The one node's vote, as the format has it.
fn certify(genesis: &Genesis, block: &BlockHash) -> Certificate {
    let domain = format!("{}_FINALIZE", genesis.network());
    let mut statement = vec![u8::try_from(domain.len()).unwrap()];
    statement.extend_from_slice(domain.as_bytes());
    statement.extend_from_slice(&[0, u8::try_from(VIEW).unwrap(), 0]);
    statement.extend_from_slice(block.as_bytes());
    let secret = SecretKey::key_gen(&[2; 32], &[]).unwrap();
    let suite = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_";
    Certificate {
        epoch: 0,
        view: VIEW,
        parent_view: 0,
        signers: vec![true],
        signature: BlsSignature::new(secret.sign(&statement, suite, &[]).to_bytes()),
    }
}

fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let genesis = genesis();
        let operation = Operation::Put {
            key: b"door".to_vec(),
            value: b"red".to_vec(),
        };
        let request = Request {
            network: genesis.network(),
            sender: "alice".parse().unwrap(),
            app: APP.parse().unwrap(),
            nonce: 5,
            expires_ms: NOW_MS,
            payload: operation.encode(),
        };
        let signed = request.sign(&user());
        let domain = "domain".parse().unwrap();
        let spec = LedgerSpec::with_state(domain, TreeType::Sha256, StateSuite::Blake3);
        let options = Options {
            segment_len_first: 1 << 16,
            background: false,
            ..Options::default()
        };
        let storage = Arc::new(MemStorage::new());
        let network = genesis.network().id();
        let store = Store::create_in(storage, [7; 16], network, &[spec], options).unwrap();
        store
            .commit(store.batch().seal(NOW_MS - 2, b"").unwrap())
            .unwrap();
        let mut batch = store.batch();
        let transaction = Transaction {
            rejected: None,
            signed: signed.clone(),
        };
        batch.append("domain", transaction.encode()).unwrap();
        batch
            .put("domain", state_key(b"door"), record().encode())
            .unwrap();
        store.commit(batch.seal(NOW_MS - 1, b"").unwrap()).unwrap();
        let snapshot = store.snapshot();
        let ledgers = snapshot.commit(2).unwrap().body.ledgers;
        let tips = ledgers.into_iter().map(|ledger| LedgerTip {
            name: ledger.name,
            size: ledger.size,
            root: ledger.root,
            state_root: ledger.state_root,
        });
        let header = Header {
            network: genesis.network(),
            height: 2,
            epoch: 0,
            view: VIEW,
            proposer: NodeKeys::from_seeds(&[1; 32], &[2; 32]).identity(),
            parent_view: 0,
            parent: BlockHash::new([3; 32]),
            time_ms: NOW_MS - 1,
            payload_hash: Hash::new([4; 32]),
            audit_root: snapshot.audit().root(),
            ledgers: tips.collect(),
        };
        let certificate = certify(&genesis, &header.hash());
        let size = TreeSize(2);
        let bundles = [
            snapshot.bundle_entry("domain", LeafIndex(0), 2, size),
            snapshot.bundle_key("domain", &state_key(b"door"), 2, size),
        ];
        let [entry, record] = bundles.map(|bundle| ProofBundle {
            evidence: Evidence::Finality {
                header: header.encode(),
                certificate: certificate.encode(),
            },
            ..bundle.unwrap()
        });
        Known {
            verifier: GenesisVerifier::new(&genesis),
            client: Verifier::new(genesis.clone()),
            genesis,
            signed,
            header,
            certificate,
            entry,
            record,
        }
    })
}

/// A request whose signature holds is the one that was signed, whatever signature it brings.
fn judge(signed: &SignedRequest) {
    assert_eq!(&SignedRequest::decode(&signed.encode()).unwrap(), signed);
    let json = serde_json::to_vec(signed).unwrap();
    assert_eq!(&SignedRequest::from_json(&json).unwrap(), signed);
    if signed.is_signed_by(&user().public()) {
        assert_eq!(signed.request, known().signed.request);
    }
}

/// Requests in their canonical bytes.
pub fn request(data: &[u8]) -> bool {
    let Ok(signed) = SignedRequest::decode(data) else {
        return false;
    };
    assert_eq!(signed.encode(), data);
    judge(&signed);
    true
}

/// Requests as JSON, the body of `POST /v1/requests`.
pub fn request_json(data: &[u8]) -> bool {
    let Ok(signed) = SignedRequest::from_json(data) else {
        return false;
    };
    judge(&signed);
    true
}

/// Headers of blocks, beside the certificate of the known one.
pub fn block_header(data: &[u8]) -> bool {
    let Ok(header) = Header::decode(data) else {
        return false;
    };
    assert_eq!(header.encode(), data);
    let certificate = known().certificate.encode();
    if known().verifier.verify(data, &certificate).is_ok() {
        assert_eq!(header, known().header);
    }
    true
}

/// Certificates, beside the known header.
pub fn certificate(data: &[u8]) -> bool {
    let Ok(certificate) = Certificate::decode(data) else {
        return false;
    };
    assert_eq!(certificate.encode(), data);
    let header = known().header.encode();
    if known().verifier.verify(&header, data).is_ok() {
        assert_eq!(certificate, known().certificate);
    }
    true
}

/// Genesis files.
pub fn genesis_file(data: &[u8]) -> bool {
    let Ok(genesis) = Genesis::from_json(data) else {
        return false;
    };
    let json = genesis.to_json().unwrap();
    let again = Genesis::from_json(json.as_bytes()).unwrap();
    assert_eq!(again.network(), genesis.network());
    assert_eq!(again.file(), genesis.file());
    true
}

/// What stands in logs and states, and payloads of requests.
pub fn replicated(data: &[u8]) -> bool {
    let mut accepted = false;
    macro_rules! form {
        ($form:ty) => {
            if let Ok(decoded) = <$form>::decode(data) {
                assert_eq!(decoded.encode(), data, "{decoded:?}");
                accepted = true;
            }
        };
    }
    form!(Transaction);
    form!(Operation);
    form!(MemberOperation);
    form!(NodeOperation);
    form!(Member);
    form!(Record);
    form!(Policy);
    form!(Committee);
    form!(Handover);
    form!(CertificateChain);
    accepted
}

/// Answers of nodes, as a client reads and judges them.
pub fn replies(data: &[u8]) -> bool {
    let known = known();
    let mut accepted = false;
    if let Ok(reply) = serde_json::from_slice::<RequestReply>(data) {
        accepted = true;
        let id = known.signed.request.id();
        if let Ok(entry) = known.client.entry(&id, reply.proof.as_ref()) {
            assert_eq!(entry.transaction.signed, known.signed);
            assert_eq!((entry.transaction.rejected, entry.height), (None, 2));
            assert_eq!((entry.ledger.as_str(), entry.index), ("domain", 0));
        }
    }
    if let Ok(reply) = serde_json::from_slice::<QueryAnswer>(data) {
        accepted = true;
        let key = state_key(b"door");
        let at = (NOW_MS, AGE_MS_MAX);
        let found = known
            .client
            .state(("domain", &key), reply.proofs.first(), at);
        if let Ok(found) = found {
            assert_eq!(found.value, Some(record().encode()));
            assert_eq!((found.height, found.time_ms), (2, NOW_MS - 1));
        }
    }
    if let Ok(reply) = serde_json::from_slice::<HeaderReply>(data) {
        accepted = true;
        if let Ok(Some(header)) = known.client.header(&reply) {
            assert_eq!(header, known.header);
        }
    }
    accepted
}

/// The corpus of these targets.
pub fn seeds(seeds: &mut Vec<Seed>) {
    let known = known();
    let mut add = |target: &'static str, name: &str, bytes: Vec<u8>| {
        seeds.push((target, name.to_owned(), bytes));
    };
    let json = |bundle: &ProofBundle| -> serde_json::Value {
        serde_json::from_slice(&bundle.to_json(true).unwrap()).unwrap()
    };
    add("request", "put", known.signed.encode());
    let mut trailing = known.signed.encode();
    trailing.push(0);
    add("request", "refused-trailing", trailing);
    add(
        "request_json",
        "put",
        serde_json::to_vec(&known.signed).unwrap(),
    );
    let mut more = serde_json::to_value(&known.signed).unwrap();
    more["key"] = json!("00");
    add("request_json", "refused-more", more.to_string().into());
    add("block_header", "second", known.header.encode());
    add("certificate", "one-of-one", known.certificate.encode());
    let many = Certificate {
        signers: (0..21).map(|index| index % 3 != 0).collect(),
        ..known.certificate.clone()
    };
    add("certificate", "fourteen-of-21", many.encode());
    let handover = Handover {
        header: known.header.clone(),
        certificate: known.certificate.clone(),
        proof: vec![vec![0xc0], vec![0xc2, 1, 2]],
    };
    add("replicated", "handover", handover.encode());
    let chain = CertificateChain {
        handovers: vec![handover.clone(), handover],
        certificate: known.certificate.clone(),
    };
    add("replicated", "chain", chain.encode());
    let genesis = known.genesis.to_json().unwrap();
    let twice = genesis.replacen("\"version\"", "\"version\":1,\"version\"", 1);
    add("genesis", "one-node", genesis.into());
    add("genesis", "refused-twice", twice.into());
    let key = || b"door".to_vec();
    let transfer = Operation::Transfer {
        key: key(),
        to: "bob".parse().unwrap(),
    };
    let member = Member {
        ed25519: user().public(),
        roles: [Role::UserInvoker].into_iter().collect(),
        organisation: Some("bank".parse().unwrap()),
    };
    let enrol = MemberOperation::AddUser {
        user: "bob".parse().unwrap(),
        member: member.clone(),
    };
    let rejected = Transaction {
        rejected: Some(replication::Reason::NotOwner),
        signed: known.signed.clone(),
    };
    for (name, bytes) in [
        ("put", known.signed.request.payload.clone()),
        ("transfer", transfer.encode()),
        ("delete", Operation::Delete { key: key() }.encode()),
        ("enrol", enrol.encode()),
        (
            "add-node",
            NodeOperation::Add(known.genesis.file().nodes[0].clone()).encode(),
        ),
        ("member", member.encode()),
        ("record", record().encode()),
        ("policy", Policy::default().encode()),
        ("nodes", Committee::of_genesis(&known.genesis).encode()),
        ("rejected", rejected.encode()),
    ] {
        add("replicated", name, bytes);
    }
    let request = json!({
        "id": known.signed.request.id(), "status": "final", "reason": null, "height": 2,
        "time_ms": NOW_MS - 1, "ledger": "domain", "index": 0, "proof": json(&known.entry),
    });
    add("replies", "request", request.to_string().into());
    let answer = json!({"height": 2, "value": record(), "proofs": [json(&known.record)]});
    add("replies", "query", answer.to_string().into());
    let header = json!({
        "height": 2, "block": known.header.hash(), "header": to_hex(&known.header.encode()),
        "certificate": to_hex(&known.certificate.encode()),
    });
    add("replies", "header", header.to_string().into());
}

/// What the corpus holds is believed, so that a check that refuses everything is seen.
#[test]
fn the_known_network_is_believed() {
    let known = known();
    let json = |bundle: &ProofBundle| -> serde_json::Value {
        serde_json::from_slice(&bundle.to_json(true).unwrap()).unwrap()
    };
    let id = known.signed.request.id();
    assert!(known.client.entry(&id, Some(&json(&known.entry))).is_ok());
    let (key, at) = (state_key(b"door"), (NOW_MS, AGE_MS_MAX));
    let found = known
        .client
        .state(("domain", &key), Some(&json(&known.record)), at);
    assert_eq!(found.unwrap().value, Some(record().encode()));
    assert!(known.signed.is_signed_by(&user().public()));
}
