//! `proof check` and `proof show`: judging and drawing proof files, without a store.

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use ledger::{CommitBody, ProofBundle};
use merkle_log::{Hash, TreeType};
use replication::{GENESIS_LEN_MAX, Genesis, GenesisVerifier};
use serde::Serialize;

use super::{bundle, proof_state};
use crate::cli::{CheckArgs, ShowArgs, StateAnchorArgs};
use crate::failure::{Exit, Failure};
use crate::human;
use crate::input::{self, Entries, Framing};
use crate::proof::{
    Anchor, Anchors, BundleAnchors, Claim, Decoded, Drawing, FILE_LEN_MAX, FileError, Glyphs,
    Judgement, Node, ProofFile, Role, Source, Verdict, judge_all, judge_bundle,
};
use crate::session::{BAD, GOOD, Session, UNSURE};
use crate::signed;
use crate::state_proof::{Expected, StateAnchors};

/// The longest entry that a proof can be for; more is not read.
const DATA_LEN_MAX: u64 = ledger::ENTRY_LEN_MAX as u64;

#[derive(Serialize)]
struct CheckDoc<'a> {
    schema: &'static str,
    #[serde(flatten)]
    proof: ProofDoc<'a>,
}

#[derive(Serialize)]
struct CheckAllDoc<'a> {
    schema: &'static str,
    /// The worst of them.
    verdict: &'static str,
    proofs: Vec<FileDoc<'a>>,
}

#[derive(Serialize)]
struct FileDoc<'a> {
    file: String,
    #[serde(flatten)]
    proof: ProofDoc<'a>,
}

/// What is said of one proof.
#[derive(Serialize)]
pub(super) struct ProofDoc<'a> {
    verdict: &'static str,
    statement: &'a str,
    remark: Option<&'a str>,
    code: Option<&'static str>,
    kind: Option<&'static str>,
    network: Option<String>,
    ledger: Option<String>,
}

impl<'a> ProofDoc<'a> {
    /// `code` is that of an invalid proof.
    pub(super) fn of(
        judgement: &'a Judgement,
        code: &'static str,
        kind: Option<&'static str>,
        [network, ledger]: [Option<&str>; 2],
    ) -> Self {
        Self {
            verdict: judgement.verdict.name(),
            statement: &judgement.statement,
            remark: judgement.remark,
            code: (judgement.verdict == Verdict::Invalid).then_some(code),
            kind,
            network: network.map(str::to_owned),
            ledger: ledger.map(str::to_owned),
        }
    }
}

#[derive(Serialize)]
struct ShowDoc {
    schema: &'static str,
    kind: &'static str,
    holds: bool,
    trees: Vec<TreeDoc>,
}

#[derive(Serialize)]
struct TreeDoc {
    expected_root: String,
    /// Parents before children, left before right.
    nodes: Vec<NodeDoc>,
}

#[derive(Serialize)]
struct NodeDoc {
    begin: u64,
    end: u64,
    depth: usize,
    hash: String,
    role: &'static str,
    /// Which hash of the proof's path it is, from 0.
    path_index: Option<usize>,
}

/// The bytes of a proof file, and of a longer one as many as show that it is.
pub(super) fn read_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let (file, _) = input::open(path)?;
    let mut bytes = Vec::new();
    file.take(FILE_LEN_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(Failure::io("read", path.display().to_string()))?;
    Ok(bytes)
}

/// Reads a proof file that says itself which leaves it is for.
pub(super) fn read_whole(path: &Path) -> Result<ProofFile, Failure> {
    match Decoded::of(&read_bytes(path)?)? {
        Decoded::Whole(file) => Ok(file),
        Decoded::Tlog(_) => Err(without_leaf(path)),
        Decoded::Bundle(_) => {
            let path = path.display();
            Err(Failure::Usage(format!(
                "{path} is a bundle, not a proof of one log"
            )))
        }
    }
}

fn without_leaf(path: &Path) -> Failure {
    let path = path.display();
    Failure::Usage(format!(
        "{path}: a tlog proof does not hold the hash of its leaf: give the entry with --data"
    ))
}

/// A file to be judged.
enum ToJudge {
    Log(ProofFile, Anchors),
    Bundle(Box<ProofBundle>, BundleAnchors),
    /// No tree can have made such a file: it proves nothing.
    Broken(FileError),
}

pub(crate) fn check(session: &Session, args: &CheckArgs) -> Result<Exit, Failure> {
    let bytes = args.files.iter().map(|path| read_bytes(path));
    let bytes = bytes.collect::<Result<Vec<_>, _>>()?;
    if let Some(exit) = proof_state::check(session, args, &bytes)? {
        return Ok(exit);
    }
    // Whatever the arguments are for, of a newer file this release cannot tell.
    for bytes in &bytes {
        if let Err(error) = Decoded::of(bytes)
            && error.exit() == Exit::Format
        {
            return Err(error.into());
        }
    }
    let (files, data) = (args.files.len(), args.data.len());
    if data > 0 && data != files {
        return Err(Failure::Usage(format!(
            "{files} proofs and {data} of --data: give it once for each proof, in their order"
        )));
    }
    let given = Given::of(args)?;
    let mut read = Vec::with_capacity(files);
    for (at, (path, bytes)) in args.files.iter().zip(&bytes).enumerate() {
        read.push(given.read((path, bytes), args.data.get(at))?);
    }
    let judgements = judge_each(&read)?;
    answer(session, &args.files, &read, &judgements)?;
    let worst = judgements.iter().map(|j| j.verdict).max();
    Ok(exit(worst.unwrap_or(Verdict::Invalid)))
}

fn judge_each(read: &[ToJudge]) -> Result<Vec<Judgement>, Failure> {
    let of_logs = read.iter().filter_map(|one| match one {
        ToJudge::Log(file, anchors) => Some((file, anchors)),
        _ => None,
    });
    let mut of_logs = judge_all(&of_logs.collect::<Vec<_>>()).into_iter();
    let each = read.iter().map(|one| match one {
        ToJudge::Log(..) => of_logs.next().unwrap_or(Err("the proof was not judged")),
        ToJudge::Bundle(bundle, anchors) => judge_bundle(bundle, anchors),
        ToJudge::Broken(error) => Ok(Judgement::invalid(error.to_string())),
    });
    let judgements: Result<Vec<Judgement>, &str> = each.collect();
    judgements.map_err(|e| Failure::Usage(e.to_owned()))
}

/// What the user gives for all of the files.
struct Given<'a> {
    anchors: Anchors,
    not_before_ms: Option<u64>,
    nodes: Option<GenesisVerifier>,
    state: &'a StateAnchorArgs,
}

impl<'a> Given<'a> {
    fn of(args: &'a CheckArgs) -> Result<Self, Failure> {
        let anchor = |option: &str, text: Option<&str>| {
            let anchor = text.map(Anchor::parse).transpose();
            anchor.map_err(|e| Failure::Usage(format!("{option}: {e}")))
        };
        let trust = args.keys.as_deref();
        let trust = trust.map(|keys| signed::read_trust(keys, args.quorum));
        let max_age_ms = |text: &str| {
            human::parse_duration(text).ok_or_else(|| {
                Failure::Usage(format!(
                    "--max-age {text}: a number and one of s, m, h, d, w"
                ))
            })
        };
        let max_age_ms = args.max_age.as_deref().map(max_age_ms).transpose()?;
        Ok(Self {
            anchors: Anchors {
                root: anchor("--root", args.root.as_deref())?,
                old_root: anchor("--old-root", args.old_root.as_deref())?,
                leaves: None,
                trust: trust.transpose()?,
            },
            not_before_ms: max_age_ms.map(|age| human::now_ms().saturating_sub(age)),
            nodes: args.genesis.as_deref().map(read_genesis).transpose()?,
            state: &args.state,
        })
    }

    fn read(
        &self,
        (path, bytes): (&Path, &[u8]),
        data: Option<&PathBuf>,
    ) -> Result<ToJudge, Failure> {
        let decoded = match Decoded::of(bytes) {
            Ok(decoded) => decoded,
            Err(error) if error.exit() == Exit::No => return Ok(ToJudge::Broken(error)),
            Err(error) => return Err(error.into()),
        };
        if let Decoded::Bundle(bundle) = decoded {
            return Ok(ToJudge::Bundle(bundle, self.for_bundle(data)?));
        }
        if self.state.is_given() {
            let reason = "--key-hex, --value-hex, --absent and --state are for state proofs; the \
                          first three for bundles too";
            return Err(Failure::Usage(reason.to_owned()));
        }
        if self.not_before_ms.is_some() {
            let reason = "--max-age is for bundles: proofs of one log do not say of which time \
                          they are";
            return Err(Failure::Usage(reason.to_owned()));
        }
        if self.nodes.is_some() {
            let reason = "--genesis is for bundles: proofs of one log carry no certificate";
            return Err(Failure::Usage(reason.to_owned()));
        }
        let file = with_leaf(decoded, path, data.map(PathBuf::as_path))?;
        let leaves = data.map(|data| read_leaves(&file, data)).transpose()?;
        let anchors = self.anchors.clone();
        Ok(ToJudge::Log(file, Anchors { leaves, ..anchors }))
    }

    fn for_bundle(&self, data: Option<&PathBuf>) -> Result<BundleAnchors, Failure> {
        if self.anchors.old_root.is_some() {
            let reason = "--old-root is for proofs between two roots, this is a bundle";
            return Err(Failure::Usage(reason.to_owned()));
        }
        if self.state.state.is_some() {
            let reason = "--state is not for bundles: the commit body says how states are made";
            return Err(Failure::Usage(reason.to_owned()));
        }
        let state = StateAnchors::of(None, self.state)?;
        Ok(BundleAnchors {
            root: self.anchors.root,
            trust: self.anchors.trust.clone(),
            entry: data.map(|data| read_entry(data)).transpose()?,
            key: state.key,
            value: state.value.map(|value| match value {
                Expected::Value(value) => Some(value),
                Expected::Absent => None,
            }),
            not_before_ms: self.not_before_ms,
            nodes: self.nodes.clone(),
        })
    }
}

/// The nodes of a network, from its genesis.
fn read_genesis(path: &Path) -> Result<GenesisVerifier, Failure> {
    let (file, _) = input::open(path)?;
    let name = path.display().to_string();
    let mut json = Vec::new();
    file.take(GENESIS_LEN_MAX as u64 + 1)
        .read_to_end(&mut json)
        .map_err(Failure::io("read", name.clone()))?;
    let genesis = Genesis::from_json(&json);
    let genesis = genesis.map_err(|e| Failure::Usage(format!("--genesis {name}: {e}")))?;
    Ok(GenesisVerifier::new(&genesis))
}

/// Prints what is said of the only proof there is.
pub(super) fn answer_one(
    session: &Session,
    proof: ProofDoc<'_>,
    judgement: &Judgement,
) -> Result<Exit, Failure> {
    if session.json {
        let schema = "ledger-tool.proof-check/1";
        session.document(&CheckDoc { schema, proof })?;
    } else {
        session.answer(&verdict_line(judgement))?;
        if let Some(remark) = judgement.remark {
            session.note(remark);
        }
    }
    Ok(exit(judgement.verdict))
}

const fn exit(verdict: Verdict) -> Exit {
    match verdict {
        Verdict::Valid => Exit::Ok,
        Verdict::Stale | Verdict::NotTrusted => Exit::Incomplete,
        Verdict::Invalid => Exit::No,
    }
}

/// The proof, of a tlog proof with the leaf that the data gives.
pub(super) fn with_leaf(
    decoded: Decoded,
    path: &Path,
    data: Option<&Path>,
) -> Result<ProofFile, Failure> {
    match decoded {
        Decoded::Whole(file) => Ok(file),
        Decoded::Bundle(_) => Err(Failure::Usage(format!("{} is a bundle", path.display()))),
        Decoded::Tlog(tlog) => {
            let data = data.ok_or_else(|| without_leaf(path))?;
            let leaf = TreeType::Sha256.leaf(&read_entry(data)?);
            Ok(tlog.of_leaf(leaf))
        }
    }
}

fn answer(
    session: &Session,
    paths: &[PathBuf],
    read: &[ToJudge],
    judgements: &[Judgement],
) -> Result<(), Failure> {
    let each = || paths.iter().zip(read).zip(judgements);
    if session.json {
        let mut documents: Vec<FileDoc<'_>> = each()
            .map(|((path, read), judgement)| FileDoc {
                file: path.display().to_string(),
                proof: proof_document(read, judgement),
            })
            .collect();
        if documents.len() == 1
            && let Some(FileDoc { proof, .. }) = documents.pop()
        {
            let schema = "ledger-tool.proof-check/1";
            return session.document(&CheckDoc { schema, proof });
        }
        let worst = judgements.iter().map(|j| j.verdict).max();
        return session.document(&CheckAllDoc {
            schema: "ledger-tool.proof-check-all/1",
            verdict: worst.unwrap_or(Verdict::Invalid).name(),
            proofs: documents,
        });
    }
    for ((path, _), judgement) in each() {
        let line = verdict_line(judgement);
        let path = human::safe(&path.display().to_string());
        let named = paths.len() > 1;
        session.answer(&if named {
            format!("{path}: {line}")
        } else {
            line
        })?;
        if let Some(remark) = judgement.remark
            && !named
        {
            session.note(remark);
        }
    }
    Ok(())
}

fn proof_document<'a>(read: &ToJudge, judgement: &'a Judgement) -> ProofDoc<'a> {
    let (code, kind, source) = match read {
        ToJudge::Log(file, _) => ("E-PROOF", Some(file.claim.kind()), file.source.clone()),
        ToJudge::Bundle(bundle, _) => {
            let body = CommitBody::decode(&bundle.body).ok();
            let network = body.map(|body| body.network.to_string());
            let ledger = Some(bundle.ledger.to_string());
            ("E-PROOF", Some("bundle"), Source { network, ledger })
        }
        ToJudge::Broken(error) => (error.code(), None, Source::default()),
    };
    let names = [source.network.as_deref(), source.ledger.as_deref()];
    ProofDoc::of(judgement, code, kind, names)
}

pub(super) fn verdict_line(judgement: &Judgement) -> String {
    let statement = human::safe(&judgement.statement);
    match judgement.verdict {
        Verdict::Valid => format!("{GOOD}VALID{GOOD:#}: {statement}\n"),
        Verdict::NotTrusted => {
            format!(
                "{UNSURE}CONSISTENT, NOT TRUSTED{UNSURE:#}: {statement}, if its root is right\n"
            )
        }
        Verdict::Stale => format!(
            "{UNSURE}CONSISTENT, NOT TRUSTED{UNSURE:#}: {statement}, which is older than --max-age\n"
        ),
        Verdict::Invalid => format!("{BAD}INVALID{BAD:#}: {statement}\n"),
    }
}

/// The leaf hashes of the user's data: one entry as it is, or of a proof of many all as records.
fn read_leaves(proof: &ProofFile, path: &Path) -> Result<Vec<Hash>, Failure> {
    if let Claim::Range { leaves, .. } | Claim::Multi { leaves, .. } = &proof.claim {
        return read_records(proof.tree, leaves.len(), path);
    }
    Ok(vec![proof.tree.leaf(&read_entry(path)?)])
}

/// Reads no further than one record beyond those needed.
fn read_records(tree: TreeType, needed: usize, path: &Path) -> Result<Vec<Hash>, Failure> {
    let (file, _) = input::open(path)?;
    let mut entries = Entries::new(BufReader::new(file), Framing::Records);
    let mut leaves = Vec::new();
    while leaves.len() <= needed && entries.advance()? {
        leaves.push(tree.leaf(entries.entry()));
    }
    Ok(leaves)
}

fn read_entry(path: &Path) -> Result<Vec<u8>, Failure> {
    let (file, _) = input::open(path)?;
    let name = path.display().to_string();
    let mut entry = Vec::new();
    file.take(DATA_LEN_MAX + 1)
        .read_to_end(&mut entry)
        .map_err(Failure::io("read", name.clone()))?;
    if entry.len() as u64 > DATA_LEN_MAX {
        return Err(Failure::Usage(format!(
            "--data {name}: longer than the {DATA_LEN_MAX} bytes that an entry may have"
        )));
    }
    Ok(entry)
}

pub(crate) fn show(session: &Session, args: &ShowArgs) -> Result<Exit, Failure> {
    let bytes = read_bytes(&args.file)?;
    if let Some(exit) = proof_state::show(session, &bytes)? {
        return Ok(exit);
    }
    let decoded = Decoded::of(&bytes)?;
    if let Decoded::Bundle(bundle) = &decoded {
        return bundle::show(session, bundle);
    }
    let file = with_leaf(decoded, &args.file, args.data.as_deref())?;
    let drawing = match Drawing::of(&file) {
        Ok(drawing) => drawing,
        Err(reason) => {
            let judgement = Judgement::invalid(reason);
            session.answer(&verdict_line(&judgement))?;
            return Ok(Exit::No);
        }
    };
    if session.json {
        session.document(&document(&file, &drawing))?;
    } else {
        let glyphs = if args.ascii {
            Glyphs::ASCII
        } else {
            Glyphs::UNICODE
        };
        session.answer(&drawing.render(&glyphs))?;
    }
    Ok(if drawing.holds() { Exit::Ok } else { Exit::No })
}

fn document(file: &ProofFile, drawing: &Drawing) -> ShowDoc {
    let trees = drawing.trees.iter().map(|tree| TreeDoc {
        expected_root: tree.expected.to_string(),
        nodes: tree.nodes.iter().map(node_document).collect(),
    });
    ShowDoc {
        schema: "ledger-tool.proof-show/1",
        kind: file.claim.kind(),
        holds: drawing.holds(),
        trees: trees.collect(),
    }
}

fn node_document(node: &Node) -> NodeDoc {
    let (role, path_index) = match node.role {
        Role::Computed => ("computed", None),
        Role::Proof(number) => ("proof", number.checked_sub(1)),
        Role::Leaf => ("leaf", None),
        Role::Leaves => ("leaves", None),
        Role::FirstRoot(_) => ("first_root", None),
    };
    NodeDoc {
        begin: node.range.begin,
        end: node.range.end,
        depth: node.depth,
        hash: node.hash.to_string(),
        role,
        path_index,
    }
}
