//! State proof files, in each of their forms, judged as `proof check` judges them.
//!
//! What is valid against the root of the known state, or of the known accounts, must be true of it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use ledger_tool::proof::{Form as Encoding, Verdict};
use ledger_tool::state_proof::{
    Claim, Expected, Form, StateAnchors, StateProofFile, judge, recognise,
};
use patricia_state::{
    Batch, KeyMode, NodeHash, NodeStore, Overlay, StateScheme, StateSuite, Trie, rlp,
};

use super::state::{KEYS, SUITE, entries, known_root};

/// Of Ethereum's accounts and slots.
pub const HASHED: StateScheme = StateScheme {
    suite: StateSuite::Keccak256,
    keys: KeyMode::Hashed,
};
/// Addresses that are asked for; the last one has no account.
pub const ADDRESSES: [[u8; 20]; 3] = [[1; 20], [2; 20], [3; 20]];
/// Slots of the first account: 7 has 300, 8 has nothing.
pub const SLOTS: [u8; 2] = [7, 8];

type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// A trie over hashed keys, in memory.
#[derive(Debug)]
pub struct Hashed(Overlay, NodeStore);

impl Hashed {
    fn of(map: &Map) -> Self {
        let log = NodeStore::new();
        let mut batch = Batch::new(HASHED);
        map.iter().for_each(|(key, value)| batch.set(key, value));
        let sealed = Overlay::empty(HASHED.suite).seal(&log, HASHED.suite, &batch.changes());
        Self(sealed.unwrap(), log)
    }

    /// Its root.
    pub fn root(&self) -> NodeHash {
        self.0.root().hash
    }

    /// The nodes on the path of a key.
    pub fn prove(&self, key: &[u8]) -> Vec<Vec<u8>> {
        let view = self.0.on(&self.1);
        let trie = Trie::new(&view, HASHED, *self.0.root());
        trie.prove(&[key]).unwrap().0.nodes().to_vec()
    }
}

/// Accounts, and the storage of the first of them.
#[derive(Debug)]
pub struct World {
    /// The accounts by address.
    pub accounts: Hashed,
    /// The slots of the first one.
    pub storage: Hashed,
    /// What the accounts have: RLP, by address.
    pub values: Map,
}

/// The known accounts.
pub fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let mut slot = [0; 32];
        slot[31] = SLOTS[0];
        let mut number = Vec::new();
        rlp::put_string(&mut number, &300u16.to_be_bytes());
        let storage = Hashed::of(&[(slot.to_vec(), number)].into());
        let roots = [storage.root(), HASHED.suite.empty_root()];
        let accounts = ADDRESSES.iter().zip(roots).zip([5u8, 9]);
        let values = accounts.map(|((address, root), nonce)| {
            let mut content = Vec::new();
            for string in [&[nonce][..], &[1, 0], &root, &HASHED.suite.hash(b"")] {
                rlp::put_string(&mut content, string);
            }
            let mut account = Vec::new();
            rlp::put_list_header(&mut account, content.len());
            account.extend(content);
            (address.to_vec(), account)
        });
        let values: Map = values.collect();
        World {
            accounts: Hashed::of(&values),
            storage,
            values,
        }
    })
}

fn verdict(form: &Form, anchors: &StateAnchors) -> Option<Verdict> {
    Some(judge(form, anchors).ok()?.verdict)
}

/// Whether the claim is true of the known state, its root being that one's.
fn is_true(file: &StateProofFile) -> bool {
    let known = entries();
    match &file.claim {
        Claim::Keys(pairs) => pairs
            .iter()
            .all(|(key, value)| known.get(&*file.scheme.trie_key(key)) == value.as_ref()),
        Claim::Prefix { prefix, pairs } => {
            let under = known.iter().filter(|(key, _)| key.starts_with(prefix));
            under.eq(pairs
                .iter()
                .map(|(key, value)| (key, value.as_ref().unwrap())))
        }
    }
}

/// What is said of some keys is not believed where it is wrong.
fn check_wrong<'a>(
    form: &Form,
    root: NodeHash,
    keys: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
) {
    for (key, value) in keys {
        let wrong = value.map_or(Expected::Value(b"wrong".to_vec()), |_| Expected::Absent);
        let anchors = StateAnchors {
            root: Some(root),
            key: Some(key.to_vec()),
            value: Some(wrong),
            ..StateAnchors::default()
        };
        assert_ne!(verdict(form, &anchors), Some(Verdict::Valid));
    }
}

/// A root that nothing known has.
fn check_without_root(form: &Form, key: &[u8]) {
    for root in [None, Some([9; 32])] {
        for key in [None, Some(key.to_vec())] {
            let anchors = StateAnchors {
                root,
                key,
                ..StateAnchors::default()
            };
            assert_ne!(verdict(form, &anchors), Some(Verdict::Valid));
        }
    }
}

fn own(bytes: &[u8], compact: bool) -> bool {
    let Ok(Some(Form::Own(file))) = recognise(bytes) else {
        return false;
    };
    for form in [Encoding::Json, Encoding::JsonLine, Encoding::Compact] {
        let encoded = file.encode(form).unwrap();
        assert!(matches!(recognise(&encoded), Ok(Some(Form::Own(again))) if again == file));
        if compact && form == Encoding::Compact {
            assert_eq!(encoded, bytes);
        }
    }
    let root = *known_root();
    let known = StateAnchors {
        root: Some(root),
        ..StateAnchors::default()
    };
    let is_of_known = file.root == root;
    let form = Form::Own(file.clone());
    let judged = verdict(&form, &known);
    if judged == Some(Verdict::Valid) {
        assert!(is_of_known && is_true(&file) && file.scheme.suite == SUITE);
    }
    check_without_root(&form, KEYS[4]);
    let known = entries();
    if file.scheme.keys == KeyMode::AsGiven {
        let keys = KEYS
            .iter()
            .map(|key| (*key, known.get(*key).map(Vec::as_slice)));
        check_wrong(&form, root, keys);
    }
    true
}

/// A state proof as JSON.
pub fn json(bytes: &[u8]) -> bool {
    own(bytes, false)
}

/// A state proof in the compact form: as it is, and with its check mended.
pub fn compact(bytes: &[u8]) -> bool {
    let as_it_is = own(bytes, true);
    let mut mended = bytes.to_vec();
    if let Some(end) = bytes.len().checked_sub(4) {
        let check = crc32fast::hash(&mended[..end]);
        mended[end..].copy_from_slice(&check.to_le_bytes());
    }
    own(&mended, true) || as_it_is
}

/// The answer of `eth_getProof`, or Plenum's serialized proof in Base64.
pub fn foreign(bytes: &[u8]) -> bool {
    let Ok(Some(form)) = recognise(bytes) else {
        return false;
    };
    let known = entries();
    match &form {
        Form::Own(_) => return false,
        Form::Plenum(_) => {
            check_without_root(&form, KEYS[4]);
            let keys = KEYS
                .iter()
                .map(|key| (*key, known.get(*key).map(Vec::as_slice)));
            check_wrong(&form, *known_root(), keys);
        }
        Form::Ethereum(_) => {
            check_without_root(&form, &ADDRESSES[0]);
            let world = world();
            let values = ADDRESSES.iter().map(|address| {
                let value = world.values.get(&address[..]);
                (&address[..], value.map(Vec::as_slice))
            });
            check_wrong(&form, world.accounts.root(), values);
        }
    }
    true
}
