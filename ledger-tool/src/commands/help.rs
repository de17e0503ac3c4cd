//! `completions` and `man`: what a shell and `man` know of the tool, made from its arguments.

use std::io;

use clap::Command;
use serde::Serialize;

use crate::cli;
use crate::cli::{CompletionsArgs, ManArgs};
use crate::failure::{Exit, Failure};
use crate::session::Session;

const NAME: &str = "ledger-tool";

#[derive(Serialize)]
pub(super) struct HelpDoc {
    schema: &'static str,
    text: String,
}

pub(crate) fn completions(session: &Session, args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut cli::command(), NAME, &mut script);
    show(session, "ledger-tool.completions/1", &script)
}

pub(crate) fn man(session: &Session, args: &ManArgs) -> Result<Exit, Failure> {
    let mut command = cli::command();
    // Names and usages of subcommands hold those of what they belong to.
    command.build();
    let mut chosen = &command;
    for name in &args.command {
        let found = chosen.find_subcommand(name);
        chosen = found.ok_or_else(|| Failure::Usage(format!("there is no command {name}")))?;
    }
    let page = page(chosen).map_err(Failure::io("make", "the manual"))?;
    show(session, "ledger-tool.man/1", &page)
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let name = command.get_display_name().unwrap_or(NAME).to_owned();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone())
        .title(name.to_uppercase())
        .render(&mut page)?;
    Ok(page)
}

fn show(session: &Session, schema: &'static str, text: &[u8]) -> Result<Exit, Failure> {
    let text = String::from_utf8_lossy(text).into_owned();
    if session.json {
        session.document(&HelpDoc { schema, text })?;
    } else {
        session.answer(&text)?;
    }
    Ok(Exit::Ok)
}
