//! The table of `docs/PERFORMANCE.md`: ours, the peer or the bare machine, ratio, bar, verdict.
//!
//! `table [memory mapped commit durable open verify group state lookup records
//! rebuild sizes]... [--dir DIR] [--peers FILE] [--large N] [--json FILE] [--svg DIR]`; without sections all of them. Peers are run beside ours if
//! `benches/peers` was built in release, or read from FILE, as `ledger-peers` prints them.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that prints a table"
)]

mod bars;
mod commits;
mod lookup;
mod memory;
mod opening;
mod peers;
mod raw;
mod rebuild;
mod records;
mod recover;
mod report;
mod series;
mod sizes;
mod state;
mod stores;
mod svg;

use std::path::PathBuf;

use ledger_benches::Result;
use peers::Peers;
use report::Report;

/// What the command line asks for.
struct Args {
    sections: Vec<String>,
    dir: PathBuf,
    peers: Option<PathBuf>,
    large: u64,
    json: Option<PathBuf>,
    svg: Option<PathBuf>,
}

const SECTIONS: [&str; 12] = [
    "memory", "mapped", "commit", "durable", "open", "verify", "group", "state", "lookup",
    "records", "rebuild", "sizes",
];

fn args() -> Result<Args> {
    let mut args = Args {
        sections: Vec::new(),
        dir: std::env::temp_dir(),
        peers: None,
        large: 20_000_000,
        json: None,
        svg: None,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--dir" => args.dir = value()?.into(),
            "--peers" => args.peers = Some(value()?.into()),
            "--large" => args.large = value()?.parse()?,
            "--json" => args.json = Some(value()?.into()),
            "--svg" => args.svg = Some(value()?.into()),
            section if SECTIONS.contains(&section) => args.sections.push(word),
            _ => return Err(format!("{word} is none of {}", SECTIONS.join(" ")).into()),
        }
    }
    if args.sections.is_empty() {
        args.sections = SECTIONS.map(str::to_owned).to_vec();
    }
    Ok(args)
}

fn main() -> Result<()> {
    // The table's own child, which measures what a process with nothing else in it takes.
    let mut words = std::env::args_os().skip(1);
    if let (Some("--state-memory"), Some(dir)) = (
        words.next().as_ref().and_then(|word| word.to_str()),
        words.next(),
    ) {
        println!("{}", state::anonymous_memory(dir.as_ref())?);
        return Ok(());
    }
    let args = args()?;
    let mut peers = Peers::new(args.peers.as_deref())?;
    let mut report = Report::default();
    for section in &args.sections {
        eprintln!("measuring: {section}");
        // Peers run right before ours, so that both see the same machine.
        peers.run(section, &args.dir)?;
        match section.as_str() {
            "memory" => memory::memory(&mut report)?,
            "mapped" => memory::mapped(&mut report, &args.dir)?,
            "commit" => commits::latency(&mut report, &args.dir)?,
            "durable" => commits::durable(&mut report, &args.dir)?,
            "open" => opening::open(&mut report, &args.dir, args.large)?,
            "verify" => opening::verify_and_get(&mut report, &args.dir)?,
            "group" => commits::group(&mut report, &args.dir)?,
            "lookup" => lookup::lookup(&mut report, &args.dir)?,
            "records" => records::records(&mut report, &args.dir)?,
            "rebuild" => rebuild::rebuild(&mut report, &args.dir)?,
            "sizes" => sizes::sizes(&mut report, &args.dir)?,
            _ => state::state(&mut report, &args.dir)?,
        }
    }
    let lines = report.lines(&peers);
    print!("{}", report::text(&lines, &peers));
    if let Some(file) = &args.json {
        std::fs::write(file, report::json(&lines, &peers, report.plots())?)?;
    }
    if let Some(dir) = &args.svg {
        std::fs::create_dir_all(dir)?;
        for plot in report.plots() {
            std::fs::write(dir.join(format!("{}.svg", plot.name)), svg::svg(plot))?;
        }
    }
    Ok(())
}
