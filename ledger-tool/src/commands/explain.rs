//! `explain`: what a code means.

use std::fmt::Write;

use serde::Serialize;

use crate::cli::ExplainArgs;
use crate::explain::{EXPLANATIONS, Explanation, explanation};
use crate::failure::{Exit, Failure};
use crate::session::Session;

#[derive(Serialize)]
struct ExplainDoc {
    schema: &'static str,
    codes: Vec<CodeDoc>,
}

#[derive(Serialize)]
struct CodeDoc {
    code: &'static str,
    title: &'static str,
    cause: &'static str,
    effect: &'static str,
    remedy: &'static str,
}

pub(crate) fn run(session: &Session, args: &ExplainArgs) -> Result<Exit, Failure> {
    let chosen = match &args.code {
        None => EXPLANATIONS,
        Some(code) => match explanation(code) {
            Some(known) => std::slice::from_ref(known),
            None => {
                return Err(Failure::Usage(format!(
                    "{code} is no code; `ledger-tool explain` lists them"
                )));
            }
        },
    };
    if session.json {
        session.document(&ExplainDoc {
            schema: "ledger-tool.explain/1",
            codes: chosen.iter().map(document).collect(),
        })?;
    } else if let [one] = chosen {
        session.answer(&text(one))?;
    } else {
        let mut text = String::new();
        for Explanation { code, title, .. } in chosen {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{code:<24}  {title}");
        }
        session.answer(&text)?;
    }
    Ok(Exit::Ok)
}

const fn document(explanation: &Explanation) -> CodeDoc {
    let Explanation {
        code,
        title,
        cause,
        effect,
        remedy,
    } = *explanation;
    CodeDoc {
        code,
        title,
        cause,
        effect,
        remedy,
    }
}

fn text(explanation: &Explanation) -> String {
    let Explanation {
        code,
        title,
        cause,
        effect,
        remedy,
    } = explanation;
    format!("{code}: {title}\n\ncause   {cause}\n\neffect  {effect}\n\nremedy  {remedy}\n")
}
