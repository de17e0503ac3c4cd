//! What the node says of itself, on standard error: a line an event.

use tracing::Level;
use tracing_subscriber::fmt;

use super::config::{Log, LogFormat};
use crate::engine::panic_text;

/// Starts logging, for the whole process.
pub(super) fn start(log: &Log) {
    let level: Level = log.level.into();
    let lines = fmt().with_max_level(level).with_writer(std::io::stderr);
    // It fails only where logging was started before.
    let _ = match log.format {
        LogFormat::Json => lines.json().try_init(),
        LogFormat::Text => lines.with_ansi(false).try_init(),
    };
    // The engine panics where it cannot go on: that is a line like others.
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string);
        let what = panic_text(panic.payload());
        tracing::error!(what, at, "a thread panicked");
    }));
}
