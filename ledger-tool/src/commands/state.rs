//! `state get`, `ls`, `diff` and `roots`; `state put` is in [`super::state_put`].
//!
//! Invariant: lists are written as they are read, whatever their length, also as one JSON document.

use std::io::{self, Write};
use std::path::PathBuf;

use ledger::{KeyMode, Snapshot, StateView};
use patricia_state::Direction;
use serde::Serialize;

use super::state_entries::{each_difference, each_entry};
use crate::cli::{StateDiffArgs, StateGetArgs, StateLsArgs, StateRootsArgs};
use crate::failure::{Exit, Failure};
use crate::human;
use crate::listing::List;
use crate::session::{Session, heard};

/// What a state is, in every answer about one.
#[derive(Serialize)]
struct StateDoc<'a> {
    schema: &'static str,
    network: &'a str,
    ledger: &'a str,
    height: u64,
    state: &'static str,
    key_mode: &'static str,
    root_hash: String,
}

#[derive(Serialize)]
struct GetDoc<'a> {
    #[serde(flatten)]
    state: StateDoc<'a>,
    key_hex: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    present: bool,
    value_hex: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
}

/// A key and its value: what `state put` reads too.
#[derive(Serialize)]
pub(super) struct PairDoc {
    key_hex: String,
    value_hex: String,
}

impl PairDoc {
    pub(super) fn of(key: &[u8], value: &[u8]) -> Self {
        Self {
            key_hex: human::hex(key),
            value_hex: human::hex(value),
        }
    }
}

#[derive(Serialize)]
struct NextDoc<'a> {
    next_key_hex: Option<&'a str>,
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Serialize)]
struct DiffDoc<'a> {
    schema: &'static str,
    network: &'a str,
    ledger: &'a str,
    state: &'static str,
    key_mode: &'static str,
    from_height: u64,
    to_height: u64,
    from_root: String,
    to_root: String,
}

#[derive(Serialize)]
struct DifferenceDoc {
    key_hex: String,
    before_hex: Option<String>,
    after_hex: Option<String>,
}

#[derive(Serialize)]
struct RootsDoc<'a> {
    schema: &'static str,
    network: &'a str,
    ledger: &'a str,
}

#[derive(Serialize)]
struct RootDoc {
    height: u64,
    time: String,
    tree_size: u64,
    root_hash: String,
}

/// The name of a key mode in JSON.
pub(crate) const fn key_mode_name(mode: KeyMode) -> &'static str {
    match mode {
        KeyMode::AsGiven => "as_given",
        KeyMode::Hashed => "hashed",
    }
}

/// The store as it was at a height, or as it is.
pub(super) fn snapshot_at(
    session: &Session,
    dir: Option<PathBuf>,
    height: Option<u64>,
) -> Result<Snapshot, Failure> {
    let snapshot = session.reader(&session.directory(dir)?)?.snapshot();
    Ok(match height {
        Some(height) => snapshot.at_height(height)?,
        None => snapshot,
    })
}

fn describe<'a>(
    schema: &'static str,
    snapshot: &'a Snapshot,
    ledger: &'a str,
    view: &StateView,
) -> StateDoc<'a> {
    StateDoc {
        schema,
        network: snapshot.network().as_str(),
        ledger,
        height: view.height(),
        state: view.scheme().suite.name(),
        key_mode: key_mode_name(view.scheme().keys),
        root_hash: view.root().to_string(),
    }
}

pub(crate) fn get(session: &Session, args: StateGetArgs) -> Result<Exit, Failure> {
    let key = args.key.bytes()?;
    let snapshot = snapshot_at(session, args.dir, args.height)?;
    let view = snapshot.state(&args.ledger)?;
    let value = view.get(&key)?;
    let exit = if value.is_some() { Exit::Ok } else { Exit::No };
    if args.raw {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(value.unwrap_or_default());
        heard(written.and_then(|()| stdout.flush()))?;
        if value.is_none() {
            session.note("the key is absent");
        }
        return Ok(exit);
    }
    let state = describe("ledger-tool.state-get/1", &snapshot, &args.ledger, &view);
    if session.json {
        session.document(&GetDoc {
            state,
            key_hex: human::hex(&key),
            key: str::from_utf8(&key).ok(),
            present: value.is_some(),
            value_hex: value.map(human::hex),
            value: value.and_then(|value| str::from_utf8(value).ok()),
        })?;
        return Ok(exit);
    }
    let shown = match value {
        Some(value) => human::printable(value),
        None => "none: the key is absent".to_owned(),
    };
    session.answer(&format!(
        "key     {}\nvalue   {shown}\nheight  {}\nroot    {}, {}\n",
        human::printable(&key),
        human::count(state.height),
        state.root_hash,
        state.state,
    ))?;
    Ok(exit)
}

pub(crate) fn ls(session: &Session, args: StateLsArgs) -> Result<Exit, Failure> {
    let (prefix, from) = (args.prefix()?, args.from()?);
    let direction = if args.reverse {
        Direction::Backward
    } else {
        Direction::Forward
    };
    let snapshot = snapshot_at(session, args.dir, args.height)?;
    let view = snapshot.state(&args.ledger)?;
    let state = describe("ledger-tool.state-ls/1", &snapshot, &args.ledger, &view);
    if view.scheme().keys == KeyMode::Hashed {
        session.detail("keys are hashed: these are the hashes");
    }
    let mut list = List::begin(session, &state, "entries")?;
    let (mut count, mut next) = (0u64, None);
    let mut heard = true;
    each_entry(&view, &prefix, from.as_deref(), direction, |key, value| {
        if args.limit == Some(count) {
            next = Some(human::hex(key));
            return Ok(false);
        }
        count += 1;
        heard = list.item(&PairDoc::of(key, value), || {
            format!("{}  {}\n", human::printable(key), human::printable(value))
        })?;
        Ok::<_, Failure>(heard)
    })?;
    if !heard {
        return Ok(Exit::Ok);
    }
    list.end(&NextDoc {
        next_key_hex: next.as_deref(),
    })?;
    if let (Some(next), false) = (next, session.json) {
        session.note(&format!("there are more: go on with --from-hex {next}"));
    }
    Ok(Exit::Ok)
}

pub(crate) fn diff(session: &Session, args: StateDiffArgs) -> Result<Exit, Failure> {
    let snapshot = session.reader(&session.directory(args.dir)?)?.snapshot();
    let before = snapshot.at_height(args.from)?.state(&args.ledger)?;
    let after = snapshot.at_height(args.to)?.state(&args.ledger)?;
    let document = DiffDoc {
        schema: "ledger-tool.state-diff/1",
        network: snapshot.network().as_str(),
        ledger: &args.ledger,
        state: after.scheme().suite.name(),
        key_mode: key_mode_name(after.scheme().keys),
        from_height: args.from,
        to_height: args.to,
        from_root: before.root().to_string(),
        to_root: after.root().to_string(),
    };
    let mut list = List::begin(session, &document, "differences")?;
    let mut count = 0u64;
    let mut heard = true;
    each_difference(&before, &after, |key, before, after| {
        count += 1;
        let document = DifferenceDoc {
            key_hex: human::hex(key),
            before_hex: before.map(human::hex),
            after_hex: after.map(human::hex),
        };
        heard = list.item(&document, || {
            let key = human::printable(key);
            let line = |sign, value: Option<&[u8]>| {
                let value = value.map(human::printable);
                value.map_or_else(String::new, |value| format!("{sign} {key}  {value}\n"))
            };
            line('-', before) + &line('+', after)
        })?;
        Ok::<_, Failure>(heard)
    })?;
    if !heard {
        return Ok(Exit::Ok);
    }
    list.end(&Nothing {})?;
    session.detail(&human::counted(count, "key differs", "keys differ"));
    Ok(Exit::Ok)
}

pub(crate) fn roots(session: &Session, args: StateRootsArgs) -> Result<Exit, Failure> {
    let snapshot = session.reader(&session.directory(args.dir)?)?.snapshot();
    // That there is such a state.
    snapshot.state(&args.ledger)?;
    let to = args
        .to
        .unwrap_or_else(|| snapshot.height().saturating_add(1));
    if args.from > to {
        let range = format!("--from {} is after --to {to}", args.from);
        return Err(Failure::Usage(range));
    }
    let document = RootsDoc {
        schema: "ledger-tool.state-roots/1",
        network: snapshot.network().as_str(),
        ledger: &args.ledger,
    };
    let mut list = List::begin(session, &document, "roots")?;
    for height in args.from..to {
        let body = snapshot.commit(height)?.body;
        // Before the ledger was declared it had no root.
        let Some(roots) = body.ledger(&args.ledger) else {
            continue;
        };
        let document = RootDoc {
            height,
            time: human::time(body.time_ms),
            tree_size: roots.size,
            root_hash: roots.state_root.to_string(),
        };
        let line = || format!("{height}  {}  {}\n", document.time, document.root_hash);
        if !list.item(&document, line)? {
            return Ok(Exit::Ok);
        }
    }
    list.end(&Nothing {})?;
    Ok(Exit::Ok)
}
