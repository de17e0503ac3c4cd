//! Records: put, shown, given away, removed; and requests as they stand in the log.

use std::fs;

use ledger::ProofBundle;
use serde_json::{Value, json};

use super::cli::Global;
use super::directory::{Directory, now_ms};
use super::output::{Exit, Failure, Output};
use crate::client::Entry;
use crate::genesis::Genesis;
use crate::member;
use crate::names::{Name, RequestId};
use crate::nodes;
use crate::reason::Reason;
use crate::record::{APP, LEDGER, Operation, Record, state_key};
use crate::request::Request;

/// How long a request may take to become final.
const LIFETIME_MS: u64 = 120_000;

/// When a request that is signed now expires: the blocks' time may be behind the clock, so it is given
/// half of what the network allows at most.
pub(super) fn expires_ms(genesis: &Genesis) -> u64 {
    now_ms() + LIFETIME_MS.min(genesis.file().policy.lifetime_ms_max / 2)
}

pub(super) async fn put(
    global: &Global,
    output: &Output,
    key: &str,
    value: &str,
) -> Result<Exit, Failure> {
    let (key, value) = (key.as_bytes().to_vec(), value.as_bytes().to_vec());
    ask(global, output, Operation::Put { key, value }).await
}

pub(super) async fn transfer(
    global: &Global,
    output: &Output,
    key: &str,
    to: Name,
) -> Result<Exit, Failure> {
    let key = key.as_bytes().to_vec();
    ask(global, output, Operation::Transfer { key, to }).await
}

pub(super) async fn delete(global: &Global, output: &Output, key: &str) -> Result<Exit, Failure> {
    let key = key.as_bytes().to_vec();
    ask(global, output, Operation::Delete { key }).await
}

async fn ask(global: &Global, output: &Output, operation: Operation) -> Result<Exit, Failure> {
    if operation.key().len() > usize::from(u16::MAX) {
        return Err(Failure::Usage(
            "the key is longer than 65535 bytes".to_owned(),
        ));
    }
    let what = match &operation {
        Operation::Put { key, value } => {
            let (key, value) = (shown(key), shown(value));
            format!("{key} = {value}  owner {}", global.user)
        }
        Operation::Transfer { key, to } => format!("{}  owner {to}", shown(key)),
        Operation::Delete { key } => format!("{}  deleted", shown(key)),
    };
    submit(global, output, (APP, operation.encode()), &what).await
}

/// Signs and sends a request, waits until its proof holds, and says what came of it.
pub(super) async fn submit(
    global: &Global,
    output: &Output,
    (app, payload): (&str, Vec<u8>),
    what: &str,
) -> Result<Exit, Failure> {
    let directory = Directory::of(global)?;
    let client = directory.client(global).await?;
    let mut nonce = [0; 8];
    getrandom::fill(&mut nonce)?;
    let request = Request {
        network: directory.genesis.network(),
        sender: global.user.clone(),
        app: name(app)?,
        nonce: u64::from_le_bytes(nonce),
        expires_ms: expires_ms(&directory.genesis),
        payload,
    };
    let signed = request.sign(&directory.user(&global.user)?);
    let entry = client.submit(&signed, 0).await?;
    keep(global, &entry.bundle)?;
    let id = signed.request.id();
    Ok(tell(output, &entry, what, &id))
}

/// `tx show ID`
pub(super) async fn show(
    global: &Global,
    output: &Output,
    id: &RequestId,
) -> Result<Exit, Failure> {
    let client = Directory::of(global)?.client(global).await?;
    let entry = client.transaction(id).await?;
    keep(global, &entry.bundle)?;
    let request = &entry.transaction.signed.request;
    let payload = describe(&request.app, &request.payload);
    let what = format!(
        "{}  entry {} of {}  {} asks {}: {payload}",
        id, entry.index, entry.ledger, request.sender, request.app
    );
    tell(output, &entry, &what, id);
    Ok(Exit::Done)
}

/// The payload of a request for people: in hex, if it is of an application that is not known.
fn describe(app: &Name, payload: &[u8]) -> Value {
    let known = match app.as_str() {
        APP => Operation::decode(payload)
            .ok()
            .map(|operation| json!(operation)),
        member::APP => member::Operation::decode(payload)
            .ok()
            .map(|operation| json!(operation)),
        nodes::APP => nodes::Operation::decode(payload)
            .ok()
            .map(|operation| json!(operation)),
        _ => None,
    };
    known.unwrap_or_else(|| json!(crate::hex::to_hex(payload)))
}

/// Prints what became of a request.
fn tell(output: &Output, entry: &Entry, what: &str, id: &RequestId) -> Exit {
    let (height, rejected) = (entry.height, entry.transaction.rejected);
    let (status, text, exit) = match rejected {
        None => {
            let text = format!("{what}\nid {id}\nfinal at height {height}");
            ("final", text, Exit::Done)
        }
        Some(Reason::AwaitsAgreement) => {
            let text = format!("waits for agreement\n{what}\nid {id}\nfinal at height {height}");
            ("waits", text, Exit::Done)
        }
        Some(reason) => {
            let text = format!("rejected: {reason}\n{what}\nid {id}\nfinal at height {height}");
            ("rejected", text, Exit::No)
        }
    };
    output.answer(&text, || {
        let request = &entry.transaction.signed.request;
        json!({
            "id": id, "height": height, "status": status, "reason": rejected,
            "proof": document(&entry.bundle), "time_ms": entry.time_ms,
            "ledger": entry.ledger, "index": entry.index, "sender": request.sender,
            "app": request.app, "payload": describe(&request.app, &request.payload),
        })
    });
    exit
}

pub(super) async fn get(global: &Global, output: &Output, key: &str) -> Result<Exit, Failure> {
    let client = Directory::of(global)?.client(global).await?;
    let place = state_key(key.as_bytes());
    let found = client
        .state(APP, key.as_bytes(), (LEDGER, &place), now_ms)
        .await?;
    keep(global, &found.bundle)?;
    let height = found.height;
    let record = found.value.as_deref().map(Record::decode).transpose();
    let record = record.map_err(|error| Failure::Node(error.to_string()))?;
    let (status, reason) = match &record {
        Some(_) => ("present", None),
        None => ("absent", Some(Reason::NoSuchRecord)),
    };
    let text = match &record {
        Some(Record { owner, value }) => {
            format!(
                "{key} = {}  owner {owner}\nfinal at height {height}",
                shown(value)
            )
        }
        None => format!("{key}  absent: no-such-record\nfinal at height {height}"),
    };
    output.answer(&text, || {
        json!({
            "id": null, "height": height, "status": status, "reason": reason,
            "proof": document(&found.bundle), "time_ms": found.time_ms, "key": key, "record": record,
        })
    });
    Ok(match record {
        Some(_) => Exit::Done,
        None => Exit::No,
    })
}

/// Writes the proof to the file that was asked for.
pub(super) fn keep(global: &Global, bundle: &ProofBundle) -> Result<(), Failure> {
    let Some(file) = &global.proof else {
        return Ok(());
    };
    let json = bundle
        .to_json(false)
        .map_err(|error| Failure::Node(error.to_string()))?;
    fs::write(file, json).map_err(Failure::io("write", file.display()))
}

pub(super) fn document(bundle: &ProofBundle) -> Value {
    let json = bundle.to_json(true).ok();
    json.and_then(|json| serde_json::from_slice(&json).ok())
        .unwrap_or_default()
}

/// Bytes for people: as text where they are printable, in hex where not.
fn shown(bytes: &[u8]) -> String {
    match str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => text.to_owned(),
        _ => format!("0x{}", crate::hex::to_hex(bytes)),
    }
}

fn name(text: &str) -> Result<Name, Failure> {
    text.parse()
        .map_err(|error: crate::names::NameError| Failure::Usage(error.to_string()))
}
