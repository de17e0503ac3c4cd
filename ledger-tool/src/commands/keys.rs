//! `keys new` and `show`.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;

use merkle_log::note::{KeyKind, SigningKey, VerifierKey};
use serde::Serialize;

use crate::cli::{KeysNewArgs, KeysShowArgs};
use crate::failure::{Exit, Failure};
use crate::session::Session;
use crate::signed;

#[derive(Serialize)]
struct KeysDoc {
    schema: &'static str,
    keys: Vec<KeyDoc>,
}

#[derive(Serialize)]
struct KeyDoc {
    name: String,
    id: String,
    verifier_key: String,
}

pub(crate) fn new(session: &Session, args: &KeysNewArgs) -> Result<Exit, Failure> {
    let mut seed = [0; 32];
    let unavailable = |e: getrandom::Error| io::Error::other(e.to_string());
    getrandom::fill(&mut seed)
        .map_err(unavailable)
        .map_err(Failure::io("read", "the system's random numbers"))?;
    let kind = if args.cosigner {
        KeyKind::Cosignature
    } else {
        KeyKind::Ed25519
    };
    let key = SigningKey::from_seed(&args.name, kind, &seed);
    seed.fill(0);
    let key = key.map_err(|e| Failure::Usage(format!("--name: {e}")))?;
    let name = args.output.display().to_string();
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&args.output)
        .map_err(Failure::io("create", name.clone()))?;
    file.write_all((key.to_secret_text() + "\n").as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(Failure::io("write", name))?;
    print(session, &[key.verifier_key().clone()])
}

pub(crate) fn show(session: &Session, args: &KeysShowArgs) -> Result<Exit, Failure> {
    print(session, &signed::read_any_keys(&args.file)?)
}

fn print(session: &Session, keys: &[VerifierKey]) -> Result<Exit, Failure> {
    if session.json {
        let keys = keys.iter().map(|key| KeyDoc {
            name: key.name().to_owned(),
            id: key.id().to_string(),
            verifier_key: key.to_string(),
        });
        session.document(&KeysDoc {
            schema: "ledger-tool.keys/1",
            keys: keys.collect(),
        })?;
    } else {
        let lines: String = keys.iter().map(|key| format!("{key}\n")).collect();
        session.answer(&lines)?;
    }
    Ok(Exit::Ok)
}
