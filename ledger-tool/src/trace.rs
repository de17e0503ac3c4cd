//! `LEDGER_TOOL_LOG`: what the libraries do, with how long it takes, on stderr.
//!
//! Invariant: where the variable is unset or empty, nobody listens and nothing is said.

use std::env;
use std::ffi::OsStr;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::prelude::*;

use crate::failure::Failure;

const VARIABLE: &str = "LEDGER_TOOL_LOG";

/// Listens from now on, if the environment asks for it. A span is told of when it ends.
pub(crate) fn listen() -> Result<(), Failure> {
    let Some(asked) = env::var_os(VARIABLE).filter(|asked| !asked.is_empty()) else {
        return Ok(());
    };
    let listener = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_span_events(FmtSpan::CLOSE)
        .with_filter(filter(&asked)?);
    // Nobody else in this process listens.
    let _ = tracing_subscriber::registry().with(listener).try_init();
    Ok(())
}

fn filter(asked: &OsStr) -> Result<Targets, Failure> {
    let wrong = || {
        let asked = asked.to_string_lossy();
        Failure::Usage(format!(
            "{VARIABLE}: a level, or levels of parts as info,ledger=debug, and not {asked}"
        ))
    };
    let text = asked.to_str().ok_or_else(wrong)?;
    let filter: Targets = text.parse().map_err(|_| wrong())?;
    // A word that is no level is taken for a part of the program, all of which is asked for.
    let is_level = |word: &str| {
        word.parse::<tracing_subscriber::filter::LevelFilter>()
            .is_ok()
    };
    let mut words = text.split(',');
    if words.any(|word| !word.contains('=') && !is_level(word.trim())) {
        return Err(wrong());
    }
    Ok(filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_levels_with_or_without_a_part() {
        for good in ["info", "TRACE", "off", "info,ledger=debug", "ledger=warn"] {
            assert!(filter(OsStr::new(good)).is_ok(), "{good}");
        }
        for bad in ["loud", "ledger=loud", "info,loud"] {
            assert!(filter(OsStr::new(bad)).is_err(), "{bad}");
        }
    }
}
