//! Pictures of proofs in a Patricia trie: the way of each key down to its value, or to where the way
//! ends.

use std::collections::BTreeMap;

use patricia_state::nibbles::Nibbles;
use patricia_state::rlp::{self, Item};

use super::merkle::start_of;
use super::{Body, NODES_MAX, Node, Picture, Role, in_order, shorten};
use crate::human::{self, counted, hex};
use crate::state_proof::{self, Claim, StateProofFile, scheme_name};

/// More characters of a path or a value do not stand in a box.
const SHORT: usize = 20;
/// Nor more of a value in what is said of it in full.
const LONG: usize = 400;
/// Keys that are followed.
const KEYS_MAX: usize = 64;

/// The picture of a state proof.
pub(crate) fn state_proof(file: &StateProofFile) -> Picture {
    let mut nodes = Vec::new();
    let drawn = add(&mut nodes, file, (None, ""));
    let held = state_proof::verify(file);
    let pairs = file.claim.pairs();
    let said = match (&file.claim, pairs) {
        (Claim::Prefix { prefix, .. }, pairs) => format!(
            "{} start with {}, and no others do",
            counted(pairs.len() as u64, "key", "keys"),
            shown(prefix, SHORT)
        ),
        (_, [(key, None)]) => format!("The key {} is absent", shown(key, SHORT)),
        (_, [(key, Some(value))]) => {
            format!(
                "The key {} has the value {}",
                shown(key, SHORT),
                shown(value, SHORT)
            )
        }
        (_, pairs) => {
            let absent = pairs.iter().filter(|(_, value)| value.is_none()).count();
            format!(
                "{}, {} of them absent",
                counted(pairs.len() as u64, "key", "keys"),
                human::count(absent as u64)
            )
        }
    };
    let title = match &held {
        Ok(_) => said,
        Err(_) => format!("INVALID: {said}"),
    };
    let mut picture = Picture::new(title, Body::Nodes(nodes));
    let source = &file.source;
    if let (Some(network), Some(ledger)) = (&source.network, &source.ledger) {
        let height = source.height.map(|height| format!(" at height {height}"));
        let of = format!("{network}/{ledger}{}", height.unwrap_or_default());
        picture = picture.fact("says it is of", shorten(&human::plain(&of), 200));
    }
    picture = picture
        .fact("state root", hex(&file.root))
        .fact("state", scheme_name(file.scheme));
    let verdict = match held {
        Ok(_) => {
            "leads from the root to what it claims; `proof check` says whether that is trusted"
                .to_owned()
        }
        Err(reason) => shorten(&human::plain(&reason), 200),
    };
    picture = picture.fact("verdict", verdict);
    if !drawn {
        picture = picture.fact("drawn", "not all of it: it is too large");
    }
    picture
}

/// Bytes as text or hex, of long ones the start.
fn shown(bytes: &[u8], chars: usize) -> String {
    // As many bytes as can be shown are looked at, however many there are.
    let start = bytes.get(..4 * chars).unwrap_or(bytes);
    let text = match str::from_utf8(start) {
        Ok(_) => human::printable(start),
        // What was cut within a character is not text that is wrong.
        Err(error) if error.error_len().is_none() && start.len() < bytes.len() => {
            human::printable(start.get(..error.valid_up_to()).unwrap_or_default())
        }
        Err(_) => format!("0x{}", hex(start)),
    };
    shorten(&text, chars)
}

/// A node of a trie, as a proof has it.
enum Parsed<'a> {
    Branch(Vec<(u8, Item<'a>)>, &'a [u8]),
    Extension(Vec<u8>, Item<'a>),
    Leaf(Vec<u8>, &'a [u8]),
}

fn parse(content: &[u8]) -> Option<Parsed<'_>> {
    let mut items = Vec::with_capacity(17);
    let mut rest = content;
    while !rest.is_empty() && items.len() < 18 {
        let (item, after) = rlp::split(rest).ok()?;
        items.push(item);
        rest = after;
    }
    match items.as_slice() {
        [Item::String(path), second] => {
            let (path, is_leaf) = Nibbles::decode_hex_prefix(path).ok()?;
            let path: Vec<u8> = path.iter().collect();
            match (is_leaf, second) {
                (true, Item::String(value)) => Some(Parsed::Leaf(path, value)),
                (false, child) => Some(Parsed::Extension(path, *child)),
                _ => None,
            }
        }
        [children @ .., Item::String(value)] if children.len() == 16 => {
            let there = |item: &Item<'_>| !matches!(item, Item::String([]));
            let children = (0u8..).zip(children.iter().copied());
            let children = children.filter(|(_, item)| there(item)).collect();
            Some(Parsed::Branch(children, value))
        }
        _ => None,
    }
}

/// A key that is followed: its nibbles, what it is called, and whether it is there.
struct Followed {
    nibbles: Vec<u8>,
    name: String,
    present: bool,
}

/// What is still to be drawn: a node's content, or that nothing is there.
struct Next<'a> {
    parent: Option<usize>,
    edge: String,
    /// The nibbles on the way to it.
    way: Vec<u8>,
    content: &'a [u8],
    hash: String,
}

/// Adds the trie below a box; `false` where not all of it was drawn.
pub(super) fn add(
    nodes: &mut Vec<Node>,
    file: &StateProofFile,
    (under, edge): (Option<usize>, &str),
) -> bool {
    let known: BTreeMap<[u8; 32], &[u8]> = file
        .nodes
        .nodes()
        .iter()
        .map(|node| (file.scheme.suite.hash(node), node.as_slice()))
        .collect();
    let followed = followed(file);
    let root = start_of(&hex(&file.root));
    let top = known
        .get(&file.root)
        .and_then(|node| rlp::exact_list(node).ok());
    let Some(top) = top else {
        let note = match known.is_empty() {
            true => "empty: no keys",
            false => "a root that the proof does not have",
        };
        let role = if known.is_empty() {
            Role::Absent
        } else {
            Role::Wrong
        };
        let node = Node::new(under, role, note).line(root).edge(edge);
        nodes.push(node.detail(hex(&file.root)));
        return true;
    };
    let mut stack = vec![Next {
        parent: under,
        edge: edge.to_owned(),
        way: Vec::new(),
        content: top,
        hash: hex(&file.root),
    }];
    let end = nodes.len() + NODES_MAX;
    while let Some(next) = stack.pop() {
        if nodes.len() >= end {
            return false;
        }
        let below = step(nodes, &next, &known, &followed);
        stack.extend(below.into_iter().rev());
    }
    in_order(nodes);
    followed.len() == file.claim.pairs().len()
}

fn followed(file: &StateProofFile) -> Vec<Followed> {
    let pairs = file.claim.pairs().iter().take(KEYS_MAX);
    let of_trie = matches!(file.claim, Claim::Prefix { .. });
    let followed = pairs.map(|(key, value)| {
        let trie_key = if of_trie {
            key.as_slice().into()
        } else {
            file.scheme.trie_key(key)
        };
        Followed {
            nibbles: Nibbles::new(&trie_key).iter().collect(),
            name: shown(key, SHORT),
            present: value.is_some(),
        }
    });
    followed.collect()
}

/// Draws a node; answers with what hangs on it.
fn step<'a>(
    nodes: &mut Vec<Node>,
    next: &Next<'a>,
    known: &BTreeMap<[u8; 32], &'a [u8]>,
    followed: &[Followed],
) -> Vec<Next<'a>> {
    let at = nodes.len();
    let short = match next.hash.as_str() {
        "" => "inline".to_owned(),
        hash => start_of(hash),
    };
    let node = |role, note: String| {
        Node::new(next.parent, role, note)
            .line(short.clone())
            .edge(next.edge.clone())
    };
    let full = |what: String| match next.hash.as_str() {
        "" => what,
        hash => format!("{hash}, {what}"),
    };
    let (mut below, mut gone) = (Vec::new(), Vec::new());
    let passing = |way: &[u8]| -> Vec<&Followed> {
        let keys = followed.iter();
        keys.filter(|key| key.nibbles.starts_with(way)).collect()
    };
    match parse(next.content) {
        None => nodes.push(node(Role::Wrong, "no node".to_owned()).detail(next.hash.clone())),
        Some(Parsed::Leaf(path, value)) => {
            let way = [next.way.as_slice(), &path].concat();
            let key = followed
                .iter()
                .find(|key| key.present && key.nibbles == way);
            let (role, note) = match key {
                Some(key) => (Role::Subject, format!("key {}", key.name)),
                None => (Role::Given, "another key".to_owned()),
            };
            let mut leaf = node(role, note).line(path_line(&path));
            leaf = leaf.line(format!("= {}", shown(value, SHORT)));
            nodes.push(leaf.detail(full(format!("value {}", shown(value, LONG)))));
            gone = passing(&next.way);
            gone.retain(|key| key.nibbles != way);
        }
        Some(Parsed::Extension(path, child)) => {
            let way = [next.way.as_slice(), &path].concat();
            nodes.push(
                node(Role::Given, "extension".to_owned())
                    .line(path_line(&path))
                    .detail(full(format!("path {}", digits(&path)))),
            );
            gone = passing(&next.way);
            gone.retain(|key| !key.nibbles.starts_with(&way));
            match content_of(child, known) {
                Some((content, hash)) => below.push(Next {
                    parent: Some(at),
                    edge: String::new(),
                    way,
                    content,
                    hash,
                }),
                None => nodes.push(
                    Node::new(Some(at), Role::Elided, "not in the proof").line(short_of(child)),
                ),
            }
        }
        Some(Parsed::Branch(children, value)) => {
            let count = counted(children.len() as u64, "child", "children");
            let mut branch = node(Role::Given, format!("branch, {count}"));
            let own = passing(&next.way);
            let own: Vec<&Followed> = own.into_iter().filter(|k| k.nibbles == next.way).collect();
            if !value.is_empty() {
                branch = branch.line(format!("= {}", shown(value, SHORT)));
                if let Some(key) = own.first() {
                    branch.role = Role::Subject;
                    branch.note = format!("key {}, {}", key.name, branch.note);
                }
            } else {
                gone = own;
            }
            nodes.push(branch.detail(full("branch".to_owned())));
            let mut others = Vec::new();
            for (nibble, child) in &children {
                let mut way = next.way.clone();
                way.push(*nibble);
                match content_of(*child, known) {
                    Some((content, hash)) => below.push(Next {
                        parent: Some(at),
                        edge: digits(&[*nibble]),
                        way,
                        content,
                        hash,
                    }),
                    None => others.push(*nibble),
                }
            }
            if !others.is_empty() {
                let count = counted(others.len() as u64, "other child", "other children");
                let list: Vec<String> = others.iter().map(|nibble| digits(&[*nibble])).collect();
                nodes.push(Node::new(Some(at), Role::Elided, count).edge(list.join(" ")));
            }
            // Where a key would go on and nothing is.
            for key in passing(&next.way) {
                let nibble = key.nibbles.get(next.way.len());
                if let Some(nibble) = nibble.filter(|n| children.iter().all(|(c, _)| c != *n)) {
                    let absent = Node::new(Some(at), Role::Absent, "nothing here");
                    nodes.push(
                        absent
                            .line(format!("key {}", key.name))
                            .edge(digits(&[*nibble]))
                            .detail(format!("the path of the key ends here: {}", key.name)),
                    );
                }
            }
        }
    }
    for key in gone {
        nodes.push(
            Node::new(Some(at), Role::Absent, "the path goes elsewhere")
                .line(format!("key {}", key.name))
                .detail(format!(
                    "the path of the key leaves this node: {}",
                    key.name
                )),
        );
    }
    below
}

/// The content of a child, with its hash if it has one; `None` where the proof does not have it.
fn content_of<'a>(
    child: Item<'a>,
    known: &BTreeMap<[u8; 32], &'a [u8]>,
) -> Option<(&'a [u8], String)> {
    match child {
        Item::List(content) => Some((content, String::new())),
        Item::String(hash) => {
            let hash: [u8; 32] = hash.try_into().ok()?;
            let node = known.get(&hash)?;
            Some((rlp::exact_list(node).ok()?, hex(&hash)))
        }
    }
}

fn short_of(child: Item<'_>) -> String {
    match child {
        Item::String(hash) => start_of(&hex(hash)),
        Item::List(_) => String::new(),
    }
}

fn digits(nibbles: &[u8]) -> String {
    let digits = nibbles
        .iter()
        .map(|nibble| char::from_digit(u32::from(*nibble), 16));
    digits.flatten().collect()
}

fn path_line(path: &[u8]) -> String {
    match path {
        [] => "no path".to_owned(),
        path => format!("path {}", shorten(&digits(path), SHORT)),
    }
}
