//! `render`: pictures of trees, proofs, segments and growth.

use std::path::Path;

use ledger::bundle::{BundleTrust, BundleVerdict};
use serde::Serialize;

use super::dump::{create, goes_on};
use super::proof::tree;
use super::proof_check::{read_bytes, verdict_line, with_leaf};
use crate::cli::{
    PictureFormat, PictureOutput, RenderCommand, RenderProofArgs, RenderStoreArgs, RenderTreeArgs,
};
use crate::failure::{Exit, Failure};
use crate::picture::{self, Alphabet, Picture};
use crate::proof::{Decoded, Judgement};
use crate::session::{Session, to_json};
use crate::state_proof;
use crate::stop::Stop;

#[derive(Serialize)]
struct RenderDoc<'a> {
    schema: &'static str,
    kind: &'static str,
    /// Of a proof, whether it leads to what it claims.
    holds: bool,
    #[serde(flatten)]
    picture: &'a Picture,
}

pub(crate) fn run(session: &Session, command: RenderCommand) -> Result<Exit, Failure> {
    match command {
        RenderCommand::Tree(args) => of_tree(session, args),
        RenderCommand::Proof(args) => of_proof(session, &args),
        RenderCommand::Segments(args) => of_store(session, args, "segments", picture::segments),
        RenderCommand::Growth(args) => of_store(session, args, "growth", picture::growth),
    }
}

fn of_tree(session: &Session, args: RenderTreeArgs) -> Result<Exit, Failure> {
    let snapshot = session.reader(&session.directory(args.dir)?)?.snapshot();
    let view = tree(&snapshot, &args.tree)?;
    let network = snapshot.network().as_str();
    let drawn = picture::tree(&view, network, args.size, &args.leaves)?;
    put(session, "tree", true, &drawn, &args.output)
}

fn of_proof(session: &Session, args: &RenderProofArgs) -> Result<Exit, Failure> {
    let bytes = read_bytes(&args.file)?;
    let (drawn, holds) = match picture_of(&bytes, &args.file, args.data.as_deref())? {
        Ok(drawn) => drawn,
        Err(judgement) => {
            session.answer(&verdict_line(&judgement))?;
            return Ok(Exit::No);
        }
    };
    put(session, "proof", holds, &drawn, &args.output)
}

/// The picture of a proof in any form, and whether it leads to what it claims; or why it cannot be
/// drawn.
pub(super) fn picture_of(
    bytes: &[u8],
    path: &Path,
    data: Option<&Path>,
) -> Result<Result<(Picture, bool), Judgement>, Failure> {
    match state_proof::recognise(bytes)? {
        None => {}
        Some(state_proof::Form::Own(file)) => {
            let holds = state_proof::verify(&file).is_ok();
            return Ok(Ok((picture::state_proof(&file), holds)));
        }
        Some(_) => {
            let asked = "`render proof` draws what `proof state` writes; `proof check` reads this";
            return Err(Failure::Usage(asked.to_owned()));
        }
    }
    let decoded = Decoded::of(bytes)?;
    if let Decoded::Bundle(bundle) = &decoded {
        let proven = match bundle.verify(&BundleTrust::default()) {
            BundleVerdict::Valid(proven) | BundleVerdict::Consistent(proven, _) => proven,
            BundleVerdict::Invalid(error) => return Ok(Err(Judgement::invalid(error.to_string()))),
        };
        let drawn = picture::bundle(bundle, &proven);
        return Ok(drawn.map(|drawn| (drawn, true)).map_err(Judgement::invalid));
    }
    let file = with_leaf(decoded, path, data)?;
    Ok(match picture::proof(&file) {
        Ok((drawn, holds)) => Ok((drawn, holds)),
        Err(reason) => Err(Judgement::invalid(reason)),
    })
}

fn of_store(
    session: &Session,
    args: RenderStoreArgs,
    kind: &'static str,
    draw: fn(&str, &ledger::stat::StoreStat) -> Picture,
) -> Result<Exit, Failure> {
    let dir = session.directory(args.dir)?;
    let stop = Stop::listen()?;
    let mut progress = session.progress("render", None);
    let stat = ledger::stat::stat(&session.storage(&dir), &mut |at| {
        progress.update(at.bytes_done, Some(at.bytes_total));
        !stop.asked()
    })?;
    drop(progress);
    if !stat.complete {
        return session.interrupted("nothing was drawn");
    }
    let name = dir.display().to_string();
    put(session, kind, true, &draw(&name, &stat), &args.output)
}

fn put(
    session: &Session,
    kind: &'static str,
    holds: bool,
    drawn: &Picture,
    how: &PictureOutput,
) -> Result<Exit, Failure> {
    let alphabet = if how.ascii {
        Alphabet::Ascii
    } else {
        Alphabet::Unicode
    };
    let text = if session.json {
        to_json(&RenderDoc {
            schema: "ledger-tool.render/1",
            kind,
            holds,
            picture: drawn,
        })? + "\n"
    } else {
        match how.format {
            PictureFormat::Text => drawn.to_text(alphabet),
            PictureFormat::Svg => drawn.to_svg(),
            PictureFormat::Html => drawn.to_html(),
            PictureFormat::Dot => drawn.to_dot().ok_or_else(|| {
                Failure::Usage(format!("--format dot is for trees and proofs, not {kind}"))
            })?,
        }
    };
    let exit = if holds { Exit::Ok } else { Exit::No };
    // Colours are for terminals: a file gets none.
    if how.output == Path::new("-") {
        session.answer(&text)?;
        return Ok(exit);
    }
    let text = anstream::adapter::strip_str(&text).to_string();
    let (mut output, name) = create(&how.output)?;
    let written = output.write_all(text.as_bytes());
    goes_on(written.and_then(|()| output.flush()), &name)?;
    Ok(exit)
}
