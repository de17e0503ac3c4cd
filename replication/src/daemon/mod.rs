//! The command `ledgerd`: one node, from one file of configuration.
//!
//! It verifies its store before anything is served from it, starts the engine, serves clients, and
//! stops in order on SIGTERM and SIGINT.

mod config;
mod join;
// As the engine's real node, which it runs.
#[cfg(not(test))]
mod logs;
#[cfg(not(test))]
mod run;

pub use config::{Config, ConfigError, Http, Log, LogFormat, LogLevel, Pool, TlsFiles};
pub use join::JoinError;
#[cfg(not(test))]
pub use run::{DaemonError, run};
