//! `proof state`, and `proof check` and `proof show` of state proofs.

use std::fmt::Write as _;

use ledger::{Snapshot, StateView};
use patricia_state::nibbles::Nibbles;
use patricia_state::rlp::{self, Item};
use patricia_state::{Direction, ProofNodes};
use serde::Serialize;

use super::dump::{create, goes_on};
use super::key_mode_name;
use super::proof_check::{ProofDoc, answer_one, verdict_line};
use super::state::snapshot_at;
use super::state_entries::each_entry;
use crate::cli::{CheckArgs, StateProofArgs};
use crate::failure::{Exit, Failure};
use crate::human::{counted, hex, printable};
use crate::proof::{Form, Judgement};
use crate::session::Session;
use crate::state_proof::{
    self, Claim, StateAnchors, StateProofFile, StateSource, judge, scheme_name,
};

/// The most keys of one prefix proof, and the most bytes of keys and values.
const PREFIX_KEYS_MAX: usize = 200_000;
const PREFIX_BYTES_MAX: usize = 16 << 20;

#[derive(Serialize)]
struct ShowDoc<'a> {
    schema: &'static str,
    kind: &'static str,
    holds: bool,
    suite: &'static str,
    key_mode: &'static str,
    root_hash: String,
    network: Option<&'a str>,
    ledger: Option<&'a str>,
    height: Option<u64>,
    keys: usize,
    /// The topmost first.
    nodes: Vec<NodeDoc>,
}

#[derive(Serialize)]
struct NodeDoc {
    hash: String,
    kind: &'static str,
    /// The nibbles of a leaf's or extension's path; those of a branch's children.
    nibbles: Option<String>,
    size_bytes: usize,
}

/// The proof of one key that a store makes.
pub(crate) fn prove_key(
    snapshot: &Snapshot,
    ledger: &str,
    key: &[u8],
) -> Result<StateProofFile, Failure> {
    let view = snapshot.state(ledger)?;
    let pairs = vec![(key.to_vec(), view.get(key)?.map(<[u8]>::to_vec))];
    let nodes = view.prove(&[key])?.0;
    Ok(file(snapshot, ledger, &view, Claim::Keys(pairs), nodes))
}

fn file(
    snapshot: &Snapshot,
    ledger: &str,
    view: &StateView,
    claim: Claim,
    nodes: ProofNodes,
) -> StateProofFile {
    StateProofFile {
        source: StateSource {
            network: Some(snapshot.network().to_string()),
            ledger: Some(ledger.to_owned()),
            height: Some(view.height()),
        },
        scheme: view.scheme(),
        root: *view.root().as_bytes(),
        claim,
        nodes,
    }
}

pub(crate) fn prove(session: &Session, args: StateProofArgs) -> Result<Exit, Failure> {
    let (keys, prefix) = (args.keys()?, args.prefix()?);
    let snapshot = snapshot_at(session, args.dir, args.height)?;
    let view = snapshot.state(&args.ledger)?;
    let (claim, nodes) = match prefix {
        Some(prefix) => {
            let mut pairs = Vec::new();
            let mut bytes = 0;
            each_entry(&view, &prefix, None, Direction::Forward, |key, value| {
                bytes += key.len() + value.len();
                if pairs.len() == PREFIX_KEYS_MAX || bytes > PREFIX_BYTES_MAX {
                    return Err(Failure::Usage(format!(
                        "a prefix proof takes at most {PREFIX_KEYS_MAX} keys and \
                         {PREFIX_BYTES_MAX} bytes of keys and values; give a longer prefix"
                    )));
                }
                pairs.push((key.to_vec(), Some(value.to_vec())));
                Ok(true)
            })?;
            let proof = view.prove_prefix(&prefix)?;
            (Claim::Prefix { prefix, pairs }, proof.0)
        }
        None => {
            let mut pairs = Vec::with_capacity(keys.len());
            for key in &keys {
                pairs.push((key.clone(), view.get(key)?.map(<[u8]>::to_vec)));
            }
            let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
            (Claim::Keys(pairs), view.prove(&keys)?.0)
        }
    };
    let file = file(&snapshot, &args.ledger, &view, claim, nodes);
    let form = match (args.compact, session.json) {
        (true, _) => Form::Compact,
        (false, true) => Form::JsonLine,
        (false, false) => Form::Json,
    };
    let bytes = file.encode(form)?;
    let (mut output, name) = create(&args.output)?;
    let written = output.write_all(&bytes).and_then(|()| output.flush());
    goes_on(written, &name)?;
    session.detail(&format!("for the root {}", hex(&file.root)));
    Ok(Exit::Ok)
}

/// Checks a file if it is a state proof; `None` where there are only others.
pub(super) fn check(
    session: &Session,
    args: &CheckArgs,
    files: &[Vec<u8>],
) -> Result<Option<Exit>, Failure> {
    let [bytes] = files else {
        let states = files.iter().map(|bytes| state_proof::recognise(bytes));
        if args.state.is_given() || states.into_iter().any(|form| matches!(form, Ok(Some(_)))) {
            let single = "state proofs are checked one at a time";
            return Err(Failure::Usage(single.to_owned()));
        }
        return Ok(None);
    };
    let (form, judgement, code) = match state_proof::recognise(bytes) {
        Ok(None) => return Ok(None),
        Ok(Some(form)) => {
            let of_logs = args.old_root.is_some() || !args.data.is_empty();
            let of_bundles = args.max_age.is_some() || args.genesis.is_some();
            if of_logs || args.keys.is_some() || of_bundles {
                let only = "--old-root, --data, --keys, --max-age and --genesis are not for state \
                            proofs";
                return Err(Failure::Usage(only.to_owned()));
            }
            let anchors = StateAnchors::of(args.root.as_deref(), &args.state)?;
            let judged = judge(&form, &anchors);
            let judged = judged.map_err(|why| Failure::Usage(why.to_owned()))?;
            (Some(form), judged, "E-PROOF")
        }
        // No state can have made such a file: it proves nothing.
        Err(error) if error.exit() == Exit::No => {
            (None, Judgement::invalid(error.to_string()), error.code())
        }
        Err(error) => return Err(error.into()),
    };
    let file = match &form {
        Some(state_proof::Form::Own(file)) => Some(file),
        _ => None,
    };
    let kind = match &form {
        Some(state_proof::Form::Own(file)) => Some(file.claim.kind()),
        Some(state_proof::Form::Plenum(_)) => Some("plenum_state"),
        Some(state_proof::Form::Ethereum(_)) => Some("eth_get_proof"),
        None => None,
    };
    let network = file.and_then(|file| file.source.network.as_deref());
    let ledger = file.and_then(|file| file.source.ledger.as_deref());
    let document = ProofDoc::of(&judgement, code, kind, [network, ledger]);
    answer_one(session, document, &judgement).map(Some)
}

/// Shows a file if it is a state proof; `None` where it is something else.
pub(super) fn show(session: &Session, bytes: &[u8]) -> Result<Option<Exit>, Failure> {
    let file = match state_proof::recognise(bytes)? {
        None => return Ok(None),
        Some(state_proof::Form::Own(file)) => file,
        Some(_) => {
            let asked = "`proof show` draws what `proof state` writes; `proof check` reads this";
            return Err(Failure::Usage(asked.to_owned()));
        }
    };
    let nodes = file.nodes.nodes().iter().map(|node| describe(&file, node));
    let nodes: Vec<NodeDoc> = nodes.collect();
    let held = state_proof::verify(&file);
    if session.json {
        session.document(&ShowDoc {
            schema: "ledger-tool.state-proof-show/1",
            kind: file.claim.kind(),
            holds: held.is_ok(),
            suite: file.scheme.suite.name(),
            key_mode: key_mode_name(file.scheme.keys),
            root_hash: hex(&file.root),
            network: file.source.network.as_deref(),
            ledger: file.source.ledger.as_deref(),
            height: file.source.height,
            keys: file.claim.pairs().len(),
            nodes,
        })?;
    } else {
        let mut text = text(&file, &nodes);
        if let Err(reason) = &held {
            text += &verdict_line(&Judgement::invalid(reason.clone()));
        }
        session.answer(&text)?;
    }
    Ok(Some(if held.is_ok() { Exit::Ok } else { Exit::No }))
}

fn text(file: &StateProofFile, nodes: &[NodeDoc]) -> String {
    let size: usize = nodes.iter().map(|node| node.size_bytes).sum();
    let count = counted(nodes.len() as u64, "node", "nodes");
    let mut text = format!("root  {}  {}\n", hex(&file.root), scheme_name(file.scheme));
    // Writing to a string does not fail.
    let _ = writeln!(text, "      {count}, {}", crate::human::bytes(size as u64));
    for node in nodes {
        let what = match node.kind {
            "branch" => "children",
            _ => "path",
        };
        let nibbles = node.nibbles.as_deref().unwrap_or("?");
        let start = node.hash.get(..8).unwrap_or_default();
        let (kind, size) = (node.kind, node.size_bytes);
        let _ = writeln!(text, "{start}  {kind:9}  {size:>5} B  {what} {nibbles}");
    }
    if let Claim::Prefix { prefix, .. } = &file.claim {
        let _ = writeln!(text, "all keys with the prefix {}:", printable(prefix));
    }
    for (key, value) in file.claim.pairs() {
        let value = value.as_deref().map(printable);
        let value = value.unwrap_or_else(|| "absent".to_owned());
        let _ = writeln!(text, "key   {}\n      {value}", printable(key));
    }
    crate::human::safe(&text)
}

/// What a node of a proof is, as far as it can be told.
fn describe(file: &StateProofFile, node: &[u8]) -> NodeDoc {
    let (kind, nibbles) = rlp::exact_list(node)
        .ok()
        .and_then(shape)
        .map_or(("unknown", None), |(kind, nibbles)| (kind, Some(nibbles)));
    NodeDoc {
        hash: hex(&file.scheme.suite.hash(node)),
        kind,
        nibbles,
        size_bytes: node.len(),
    }
}

/// The kind of a node, and its nibbles, from the content of its RLP list.
fn shape(mut content: &[u8]) -> Option<(&'static str, String)> {
    let mut items = Vec::new();
    while !content.is_empty() {
        let (item, rest) = rlp::split(content).ok()?;
        items.push(item);
        content = rest;
    }
    match items.as_slice() {
        [Item::String(path), _] => {
            let (path, is_leaf) = Nibbles::decode_hex_prefix(path).ok()?;
            let nibbles = path
                .iter()
                .filter_map(|nibble| char::from_digit(nibble.into(), 16));
            let kind = if is_leaf { "leaf" } else { "extension" };
            Some((kind, nibbles.collect()))
        }
        [children @ .., _] if children.len() == 16 => {
            let there = |item: &Item<'_>| !matches!(item, Item::String([]));
            let children = children.iter().zip(0..).filter(|(item, _)| there(item));
            let nibbles = children.filter_map(|(_, nibble)| char::from_digit(nibble, 16));
            Some(("branch", nibbles.collect()))
        }
        _ => None,
    }
}
