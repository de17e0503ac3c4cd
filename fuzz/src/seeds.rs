//! The committed corpus: small real inputs, made by the suite itself, and some made by hand that
//! must be refused; their names begin with `refused-`.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hash_store::{
    Access, Base, BatchBuffer, BatchKind, Declaration, FileHeader, Footer, FrameKind, LogOptions,
    LogWriter, MemStorage, Position, SECTOR, Segments, Storage, Superblock, Tip, Watermark,
    first_chain, read_exact_at, segment_name,
};
use ledger::{CommitBody, KeyMode, LedgerRoots, StateScheme, metadata_hash};
use ledger_tool::proof::{Claim, Form, ProofFile, Source};
use ledger_tool::state_proof::{Claim as StateClaim, StateProofFile, StateSource};
use merkle_log::note::SignedNote;
use merkle_log::tlog::{Resource, TlogProof, encode_bundle, read_tile, tiles_between};
use merkle_log::{
    Hash, LeafIndex, NodeRange, Proof, TreeSize, TreeType, prove_consistency, prove_inclusion,
    prove_multi, prove_range, prove_subtree_consistency, prove_subtree_inclusion,
};
use patricia_state::nibbles::Nibbles;
use patricia_state::{Batch, NodeStore, ProofNodes, StateSuite, Trie, plenum, rlp};

use super::merkle::{SIZE, TREE, known};
use super::{bundles, network, payloads, state, state_files, store, tlog};

/// One input: the target, the name of the file, and its bytes.
pub type Seed = (&'static str, String, Vec<u8>);

/// Kinds and payloads of frames.
type Frames<'a> = &'a [(FrameKind, &'a [u8])];

/// Every seed.
pub fn all() -> Vec<Seed> {
    let mut seeds = Vec::new();
    log(&mut seeds);
    store_files(&mut seeds);
    proofs(&mut seeds);
    imports(&mut seeds);
    tiles(&mut seeds);
    texts(&mut seeds);
    commits(&mut seeds);
    codecs(&mut seeds);
    states(&mut seeds);
    small_states(&mut seeds);
    state_files(&mut seeds);
    accounts(&mut seeds);
    network::seeds(&mut seeds);
    seeds
}

fn add(seeds: &mut Vec<Seed>, target: &'static str, name: &str, bytes: impl Into<Vec<u8>>) {
    seeds.push((target, name.to_owned(), bytes.into()));
}

/// Batches as the writer of a log writes them; all are placed first in the segment.
fn log(seeds: &mut Vec<Seed>) {
    let batches: [(&str, BatchKind, u64, Frames<'_>); 6] = [
        (
            "declaration",
            BatchKind::Declaration,
            0,
            &[(
                FrameKind::Declaration,
                b"\0\0\0\0\x01\0\0\0\x06\0\0\0domain",
            )],
        ),
        (
            "commit",
            BatchKind::Commit,
            1,
            &[
                (
                    FrameKind::Entries,
                    b"\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0hello",
                ),
                (FrameKind::Delta, b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
                (FrameKind::Body, b"a body"),
                (FrameKind::Attachment, b""),
            ],
        ),
        (
            "zeros",
            BatchKind::Commit,
            1,
            &[
                (FrameKind::Entries, &[0; 1200]),
                (FrameKind::Body, b"a body"),
                (FrameKind::Attachment, &[0; 700]),
            ],
        ),
        (
            "attachment",
            BatchKind::Attachment,
            0,
            &[(FrameKind::Attachment, &[5; 403])],
        ),
        (
            "base",
            BatchKind::Base,
            0,
            &[(
                FrameKind::Leaves,
                b"\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0a hash of one leaf, of 32 bytes..",
            )],
        ),
        (
            "base-end",
            BatchKind::Base,
            7,
            &[(FrameKind::Body, b"a body")],
        ),
    ];
    for (name, kind, height, frames) in batches {
        let bytes = first_batch(kind, height, frames);
        add(seeds, "begin_header", name, &bytes[..96]);
        add(seeds, "batch", name, bytes);
    }
    // A sector more than the batch needs, in the begin header, the bytes and the trailer.
    let mut longer = first_batch(
        BatchKind::Attachment,
        0,
        &[(FrameKind::Attachment, &[5; 403])],
    );
    let trailer = longer.split_off(longer.len() - 64);
    longer.extend([0; SECTOR]);
    longer.extend(trailer);
    let len = longer.len();
    for at in [16, len - 64 + 16] {
        longer[at..at + 8].copy_from_slice(&(len as u64).to_le_bytes());
    }
    add(seeds, "batch", "refused-a-sector-too-long", longer);
}

fn first_batch(kind: BatchKind, height: u64, frames: Frames<'_>) -> Vec<u8> {
    let storage = Arc::new(MemStorage::new());
    storage.create_dir("log").unwrap();
    let segments = Segments::open(storage.clone(), store::UUID, Access::Write).unwrap();
    let options = LogOptions {
        background: false,
        ..LogOptions::default()
    };
    let mut log = LogWriter::create(Arc::new(segments), options, first_chain("fuzz")).unwrap();
    let mut batch = BatchBuffer::new(kind, height);
    for (kind, payload) in frames {
        batch
            .push(*kind, |bytes| bytes.extend_from_slice(payload))
            .unwrap();
    }
    let appended = log.append(&mut batch, |_| {}).unwrap();
    let len = appended.tip.end.offset() - store::BATCH_AT;
    let mut bytes = vec![0; usize::try_from(len).unwrap()];
    let file = storage.open(&segment_name(0), Access::Read).unwrap();
    read_exact_at(&*file, &mut bytes, store::BATCH_AT).unwrap();
    bytes
}

fn store_files(seeds: &mut Vec<Seed>) {
    let len = store::SEGMENT_LEN;
    let header = FileHeader {
        seed: store::SEGMENT,
        len,
    };
    // The last bytes of the page are zero but for the check, which the target mends.
    add(seeds, "file_header", "segment", header.encode());

    let end = Position::new(3, 8192);
    let mark = |kind, ledger| Watermark {
        kind,
        ledger,
        batch: 9,
        end,
    };
    let declaration = |name: &str, suite| Declaration {
        tree: 1,
        suite,
        key_mode: 0,
        lookups: 0,
        id_space: String::new(),
        name: name.to_owned(),
    };
    let empty = Superblock {
        uuid: store::UUID,
        generation: 2,
        clean: false,
        cut: false,
        batch: 0,
        height: 0,
        end: Position::new(0, 4096),
        last_body: None,
        chain: first_chain("fuzz"),
        network: "fuzz".to_owned(),
        ledgers: Vec::new(),
        watermarks: Vec::new(),
        base: None,
    };
    let full = Superblock {
        generation: 40,
        clean: true,
        cut: false,
        batch: 11,
        height: 7,
        end,
        last_body: Some(Position::new(3, 4096)),
        ledgers: vec![declaration("pool", 0), declaration("domain", 2)],
        watermarks: vec![
            mark(2, 0),
            mark(3, 0),
            mark(2, 1),
            mark(3, 1),
            mark(4, u32::MAX),
        ],
        ..empty.clone()
    };
    add(seeds, "superblock", "empty", empty.encode(0).unwrap());
    add(seeds, "superblock", "full", full.encode(0).unwrap());
    let base = Superblock {
        base: Some(Base {
            height: 5,
            sizes: vec![3, 1 << 40],
        }),
        ..full
    };
    add(seeds, "superblock", "base", base.encode(0).unwrap());

    let tip = Tip {
        boot_id: [3; 16],
        uuid: store::UUID,
        height: 7,
        batch: 11,
        end,
    };
    add(seeds, "tip", "tip", store::encode_tip(&tip));
    let footer = Footer {
        first_batch: 1,
        last_batch: 11,
        first_height: 1,
        last_height: 7,
        end: len - SECTOR as u64,
        chain: [4; 32],
    };
    add(seeds, "footer", "footer", store::encode_footer(&footer));
}

fn proofs(seeds: &mut Vec<Seed>) {
    let log = &known().nodes;
    let (index, size) = (LeafIndex, TreeSize);
    let range = |begin, end| NodeRange { begin, end };
    let indices = [0, 7, 8, 40, 69].map(LeafIndex);
    let inclusion = |i, n| {
        prove_inclusion(log, TREE, index(i), size(n))
            .unwrap()
            .into()
    };
    let consistency = |m, n| {
        prove_consistency(log, TREE, size(m), size(n))
            .unwrap()
            .into()
    };
    let proofs: [(&str, Proof); 10] = [
        ("inclusion-1", inclusion(0, 1)),
        ("inclusion-69-of-70", inclusion(69, SIZE)),
        ("inclusion-13-of-51", inclusion(13, 51)),
        ("consistency-64-to-70", consistency(64, SIZE)),
        ("consistency-23-to-51", consistency(23, 51)),
        ("consistency-9-to-9", consistency(9, 9)),
        (
            "range",
            prove_range(log, TREE, index(5), index(9), size(SIZE))
                .unwrap()
                .into(),
        ),
        (
            "multi",
            prove_multi(log, TREE, &indices, size(SIZE)).unwrap().into(),
        ),
        (
            "subtree-inclusion",
            prove_subtree_inclusion(log, TREE, index(37), range(32, 47))
                .unwrap()
                .into(),
        ),
        (
            "subtree-consistency",
            prove_subtree_consistency(log, TREE, range(32, 47), size(SIZE))
                .unwrap()
                .into(),
        ),
    ];
    for (name, proof) in proofs {
        add(
            seeds,
            "proof_json",
            name,
            serde_json::to_vec(&proof).unwrap(),
        );
        add(seeds, "proof_compact", name, proof.to_compact().unwrap());
        let file = proof_file(proof);
        for (target, form) in [
            ("proof_file_json", Form::JsonLine),
            ("proof_file_compact", Form::Compact),
        ] {
            add(seeds, target, name, file.encode(form).unwrap());
        }
    }
    let mut signed = proof_file(inclusion(13, SIZE));
    signed.checkpoint = Some(signed_checkpoint().to_string());
    for (target, form) in [
        ("proof_file_json", Form::Json),
        ("proof_file_compact", Form::Compact),
        ("proof_file_tlog", Form::Tlog),
    ] {
        add(seeds, target, "signed", signed.encode(form).unwrap());
    }
}

/// A proof of the known tree as a file.
fn proof_file(proof: Proof) -> ProofFile {
    let leaf = |index: LeafIndex| *known().leaf(index).unwrap();
    let root = |size| *known().root(size).unwrap();
    let claim = match proof {
        Proof::Inclusion(proof) => Claim::Inclusion {
            leaf: leaf(proof.leaf_index),
            root: root(proof.tree_size),
            proof,
        },
        Proof::Consistency(proof) => Claim::Consistency {
            first_root: root(proof.first_size),
            second_root: root(proof.second_size),
            proof,
        },
        Proof::Range(proof) => Claim::Range {
            leaves: (proof.begin.0..proof.end.0)
                .map(|i| leaf(LeafIndex(i)))
                .collect(),
            root: root(proof.tree_size),
            proof,
        },
        Proof::Multi(proof) => Claim::Multi {
            leaves: proof.leaf_indices.iter().map(|i| leaf(*i)).collect(),
            root: root(proof.tree_size),
            proof,
        },
        Proof::SubtreeInclusion(proof) => Claim::SubtreeInclusion {
            leaf: leaf(proof.leaf_index),
            root: known().subtree(proof.subtree).unwrap(),
            proof,
        },
        Proof::SubtreeConsistency(proof) => Claim::SubtreeConsistency {
            subtree_root: known().subtree(proof.subtree).unwrap(),
            root: root(proof.tree_size),
            proof,
        },
        _ => panic!("a proof of an unknown form"),
    };
    ProofFile {
        source: Source {
            network: Some("fuzz".to_owned()),
            ledger: None,
        },
        tree: TREE,
        claim,
        checkpoint: None,
    }
}

fn imports(seeds: &mut Vec<Seed>) {
    let lines: &[u8] = b"one\n\ntwo \xff\r\nthree";
    add(seeds, "import_lines", "four", lines);
    let jsonl: &[u8] = b"{\"a\": [1, -2.5e3, null]}\n \"\\u00e9\" \n7";
    add(seeds, "import_jsonl", "three", jsonl);
    let records: &[u8] = b"\x03\0\0\0one\0\0\0\0\x01\0\0\0x";
    add(seeds, "import_records", "three", records);
    let genesis: &[u8] =
        b"{\"txn\":{\"type\":\"0\"},\"txnMetadata\":{\"seqNo\":1}}\n{\"txn\":{}}\n{}";
    add(seeds, "plenum_genesis", "three", genesis);
    for (name, bundle) in ["entry", "key"].into_iter().zip(bundles::honest()) {
        add(
            seeds,
            "proof_bundle_compact",
            name,
            bundle.to_compact().unwrap(),
        );
        add(
            seeds,
            "proof_bundle_json",
            name,
            bundle.to_json(true).unwrap(),
        );
    }
    for (name, input) in payloads::honest() {
        add(seeds, "payloads", name, input);
    }
}

fn tiles(seeds: &mut Vec<Seed>) {
    let sized = |width: u16, bytes: &[u8]| [&width.to_le_bytes(), bytes].concat();
    let entries: [&[u8]; 4] = [b"one", b"", b"three", &[7; 300]];
    let bundle = encode_bundle(&entries).unwrap();
    add(seeds, "bundle", "four", sized(4, &bundle));
    add(seeds, "bundle", "empty", sized(0, b""));
    for path in tiles_between(TreeSize(0), TreeSize(SIZE)) {
        let name = path.to_string().replace('/', "-");
        add(seeds, "tile_path", &name, path.to_string());
        if let Resource::Hashes { level } = path.resource() {
            let (index, width) = (path.index(), path.width());
            let bytes = read_tile(&known().nodes, level, index, width).unwrap();
            add(seeds, "tile", &name, sized(width, &bytes));
        }
    }
    for path in [
        "tile/0/x001/x234/067",
        "tile/63/x018/x446/x744/x073/x709/x551/615.p/255",
    ] {
        add(seeds, "tile_path", &path.replace('/', "-"), path);
    }
}

/// The checkpoint of the known tree with both signatures.
fn signed_checkpoint() -> SignedNote {
    let [log, witness] = tlog::signers();
    let mut signed = SignedNote::unsigned(&tlog::known_checkpoint()).unwrap();
    signed.sign(&log).unwrap();
    signed.cosign(&witness, 1_700_000_000).unwrap();
    signed
}

fn texts(seeds: &mut Vec<Seed>) {
    let [log, witness] = tlog::signers();
    let mut plain = SignedNote::unsigned(tlog::PLAIN_TEXT).unwrap();
    plain.sign(&log).unwrap();
    add(seeds, "note", "plain", plain.to_string());
    let signed = signed_checkpoint();
    add(seeds, "note", "checkpoint", signed.to_string());
    add(seeds, "checkpoint", "known", tlog::known_checkpoint());
    let extended = tlog::known_checkpoint() + "an extension line\nand another\n";
    add(seeds, "checkpoint", "extended", extended);
    for key in [&log, &witness] {
        let name = key.verifier_key().name().replace('/', "-");
        add(seeds, "key", &name, key.verifier_key().to_string());
        add(
            seeds,
            "key",
            &format!("{name}-secret"),
            key.to_secret_text(),
        );
    }
    for (name, extra) in [("bare", None), ("extra", Some(b"extra".to_vec()))] {
        let honest = prove_inclusion(&known().nodes, TREE, LeafIndex(13), TreeSize(SIZE));
        let proof = TlogProof {
            leaf_index: LeafIndex(13),
            path: honest.unwrap().path,
            extra,
            checkpoint: signed.clone(),
        };
        add(seeds, "tlog_proof", name, proof.to_string());
    }
}

fn commits(seeds: &mut Vec<Seed>) {
    let given = payloads::given();
    add(seeds, "transfer", "refused-cut", &given[..given.len() - 1]);
    add(seeds, "transfer", "commit", given);
    let ledger = |name: &str, tree, suite, key_mode| LedgerRoots {
        name: name.parse().unwrap(),
        tree,
        state: StateSuite::from_code(suite).map(|suite| StateScheme {
            suite,
            keys: KeyMode::from_code(key_mode).unwrap(),
        }),
        size: 9,
        root: Hash::new([2; 32]),
        state_root: Hash::new([suite; 32]),
    };
    let body = |height, ledgers| CommitBody {
        network: "fuzz".parse().unwrap(),
        height,
        time_ms: 1_700_000_000_000,
        audit_root_before: TREE.empty(),
        metadata_hash: metadata_hash(b""),
        ledgers,
    };
    let ledgers = vec![
        ledger("pool", TreeType::Sha256, 0, 0),
        ledger("domain", TreeType::Blake3, 2, 1),
    ];
    add(seeds, "commit_body", "empty", body(1, Vec::new()).encode());
    add(
        seeds,
        "commit_body",
        "two-ledgers",
        body(300, ledgers).encode(),
    );

    let lines: [(&str, &[u8]); 3] = [
        ("bare", br#" {}"#),
        ("numbered", br#"{"txn":{"type":"1","data":{"b":[{"z":1,"a":[[{"y":0,"x":2}]]}],"a":-5}},"txnMetadata":{"seqNo":1,"txnTime":1.5e3},"ver":"1"}"#),
        ("unnumbered", br#"{"reqSignature":{},"txn":{"data":{"alias":"Node\u0031","client_port":9702},"metadata":null},"txnMetadata":{},"ok":true}"#),
    ];
    for (name, json) in lines {
        add(seeds, "plenum_line", name, [b"\0", json].concat());
    }
}

fn codecs(seeds: &mut Vec<Seed>) {
    let mut items = Vec::new();
    for len in [0, 1, 55, 56, 300] {
        rlp::put_string(&mut items, &vec![b'x'; len]);
    }
    rlp::put_list_header(&mut items, 0);
    rlp::put_list_header(&mut items, 60);
    items.extend([7; 60]);
    add(seeds, "rlp", "items", items);
    let path = Nibbles::new(&[0x12, 0x34, 0xf0]);
    for (name, path, is_leaf) in [
        ("even-leaf", path, true),
        ("odd-extension", path.skip(1), false),
        ("empty", path.take(0), false),
    ] {
        let mut encoded = Vec::new();
        path.encode_hex_prefix(is_leaf, &mut encoded);
        add(seeds, "hex_prefix", name, encoded);
    }
    for (name, value) in [("empty", &b""[..]), ("one", b"a"), ("long", &[9; 70])] {
        add(seeds, "plenum_value", name, plenum::encode_value(value));
    }
}

fn states(seeds: &mut Vec<Seed>) {
    let log = NodeStore::new();
    let state = state::state_of(&state::entries());
    let view = state.on(&log);
    let trie = Trie::new(&view, state::SUITE, *state.root());
    let mut batch = Batch::new(state::SUITE);
    batch.remove(b"dog");
    batch.set(b"zebra", b"new");
    let proofs: [(&str, ProofNodes); 6] = [
        ("present", trie.prove(&[b"dog"]).unwrap().0),
        ("absent", trie.prove(&[b"zebra"]).unwrap().0),
        ("many", trie.prove(&state::KEYS).unwrap().0),
        ("prefix", trie.prove_prefix(b"do").unwrap().0),
        ("whole", trie.prove_prefix(b"").unwrap().0),
        ("witness", trie.witness(&batch.changes()).unwrap().0),
    ];
    for (name, proof) in proofs {
        add(seeds, "plenum_proof", name, proof.to_plenum());
        add(seeds, "state_nodes", name, flat(0, proof.nodes()));
        let linked = with_links(proof.nodes());
        add(
            seeds,
            "state_nodes",
            &format!("{name}-linked"),
            flat(0, &linked),
        );
        add(
            seeds,
            "state_nodes",
            &format!("{name}-ethereum"),
            flat(1, &linked),
        );
    }
}

/// Tries of one leaf and of a few inline nodes, and such that no state has.
fn small_states(seeds: &mut Vec<Seed>) {
    for (name, keys) in [("one-leaf", &["dog"][..]), ("inline", &["", "do", "dog"])] {
        let entries = keys.iter().map(|key| ((*key).into(), b"puppy".into()));
        let state = state::state_of(&entries.collect());
        let log = NodeStore::new();
        let view = state.on(&log);
        let whole = Trie::new(&view, state::SUITE, *state.root()).prove_prefix(b"");
        add(
            seeds,
            "state_nodes",
            name,
            flat(0, whole.unwrap().0.nodes()),
        );
    }
    let link = [&state::LINK[..], &[1]].concat();
    let leaf_of_dog = list(&[b"\x34og", b"puppy"]);
    let branch = |child: &[u8], value: &[u8]| {
        let mut items = Vec::new();
        (0..6).for_each(|_| rlp::put_string(&mut items, b""));
        items.extend_from_slice(child);
        (7..16).for_each(|_| rlp::put_string(&mut items, b""));
        rlp::put_string(&mut items, value);
        let mut node = Vec::new();
        rlp::put_list_header(&mut node, items.len());
        [node, items].concat()
    };
    let mut linked = Vec::new();
    rlp::put_string(&mut linked, &link);
    let refused: [(&str, &[Vec<u8>]); 4] = [
        ("refused-branch-of-one", &[branch(&leaf_of_dog, b"")]),
        ("refused-empty-value", &[list(&[b"\x20dog", b""])]),
        (
            "refused-leaf-under-extension",
            &[list(&[b"\0do", &link]), list(&[b"\x20g", &[9; 40]])],
        ),
        (
            "refused-short-node-by-hash",
            &[branch(&linked, b"puppy"), leaf_of_dog.clone()],
        ),
    ];
    for (name, nodes) in refused {
        add(seeds, "state_nodes", name, flat(0, nodes));
    }
}

/// Proofs of the known state as files.
fn state_files(seeds: &mut Vec<Seed>) {
    let log = NodeStore::new();
    let known = state::entries();
    let sealed = state::state_of(&known);
    let view = sealed.on(&log);
    let trie = Trie::new(&view, state::SUITE, *sealed.root());
    let pair = |key: &[u8]| (key.to_vec(), known.get(key).cloned());
    let keys = |keys: &[&[u8]]| {
        let claim = StateClaim::Keys(keys.iter().map(|key| pair(key)).collect());
        (claim, trie.prove(keys).unwrap().0)
    };
    let under = |prefix: &[u8]| {
        let there = known.keys().filter(|key| key.starts_with(prefix));
        let claim = StateClaim::Prefix {
            prefix: prefix.to_vec(),
            pairs: there.map(|key| pair(key)).collect(),
        };
        (claim, trie.prove_prefix(prefix).unwrap().0)
    };
    let files = [
        ("present", keys(&[b"dog"])),
        ("absent", keys(&[b"zebra"])),
        ("keys", keys(&[b"doe", b"doh", b"horse"])),
        ("prefix", under(b"do")),
        ("nothing-under", under(b"x")),
    ];
    for (name, (claim, nodes)) in files {
        let file = StateProofFile {
            source: StateSource {
                network: Some("fuzz".to_owned()),
                ledger: (name != "absent").then(|| "domain".to_owned()),
                height: Some(5),
            },
            scheme: state::SUITE.into(),
            root: *state::known_root(),
            claim,
            nodes,
        };
        for (target, form) in [
            ("state_file_json", Form::JsonLine),
            ("state_file_compact", Form::Compact),
        ] {
            add(seeds, target, name, file.encode(form).unwrap());
        }
    }
    let plenum = STANDARD.encode(trie.prove(&[b"dog"]).unwrap().0.to_plenum());
    add(seeds, "state_file_foreign", "plenum", plenum);
}

/// Answers of `eth_getProof` about the known accounts.
fn accounts(seeds: &mut Vec<Seed>) {
    let world = state_files::world();
    let hex = |bytes: &[u8]| {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("0x{digits}")
    };
    let list = |nodes: &[Vec<u8>]| nodes.iter().map(|node| hex(node)).collect::<Vec<_>>();
    let suite = state_files::HASHED.suite;
    let roots = [world.storage.root(), suite.empty_root(), [0; 32]];
    let numbers = [("0x5", "0x100"), ("0x9", "0x100"), ("0x0", "0x0")];
    for (at, address) in state_files::ADDRESSES.iter().enumerate() {
        let slots = state_files::SLOTS.iter().take(if at == 0 { 2 } else { 0 });
        let slots = slots.map(|slot| {
            let mut key = [0; 32];
            key[31] = *slot;
            serde_json::json!({
                "key": hex(&key),
                "value": if *slot == 7 { "0x12c" } else { "0x0" },
                "proof": list(&world.storage.prove(&key)),
            })
        });
        let result = serde_json::json!({
            "address": hex(address),
            "accountProof": list(&world.accounts.prove(address)),
            "nonce": numbers[at].0,
            "balance": numbers[at].1,
            "storageHash": hex(&roots[at]),
            "codeHash": hex(&if at < 2 { suite.hash(b"") } else { [0; 32] }),
            "storageProof": slots.collect::<Vec<_>>(),
        });
        let answer = match at {
            1 => result,
            _ => serde_json::json!({ "jsonrpc": "2.0", "id": 1, "result": result }),
        };
        let name = format!("account-{at}");
        add(seeds, "state_file_foreign", &name, answer.to_string());
    }
}

/// A list of strings.
fn list(strings: &[&[u8]]) -> Vec<u8> {
    let mut items = Vec::new();
    strings
        .iter()
        .for_each(|string| rlp::put_string(&mut items, string));
    let mut list = Vec::new();
    rlp::put_list_header(&mut list, items.len());
    [list, items].concat()
}

/// The nodes as [`state::state_nodes`] reads them.
fn flat(flags: u8, nodes: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = vec![flags];
    for node in nodes {
        bytes.extend(u16::try_from(node.len()).unwrap().to_le_bytes());
        bytes.extend(node);
    }
    bytes
}

/// The nodes with links in place of the hashes of later nodes.
fn with_links(nodes: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut linked = nodes.to_vec();
    for (to, child) in nodes.iter().enumerate() {
        let hash = state::SUITE.hash(child);
        for parent in &mut linked[..to] {
            if let Some(at) = parent.windows(32).position(|window| window == hash) {
                parent[at..at + 31].copy_from_slice(&state::LINK);
                parent[at + 31] = u8::try_from(to).unwrap();
            }
        }
    }
    linked
}
