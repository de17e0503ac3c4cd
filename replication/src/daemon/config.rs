//! The configuration of a node: one TOML file.
//!
//! Invariant: a key that is not known is refused with file and line, so that no setting is believed
//! to hold that does not.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::http::Limits;
use crate::names::Name;
use crate::node::{PoolLimits, Timing};

/// What stands in the file. Paths are relative to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// Which node this is.
    pub node: Name,
    /// The genesis.
    pub genesis: PathBuf,
    /// Where the node keeps everything: its store in `data`, the engine's files in `engine`.
    #[serde(default)]
    pub dir: PathBuf,
    /// The file with the seed of the key that it is known by, mode 0600.
    pub identity_key: PathBuf,
    /// The file with the seed of the key of its votes, mode 0600.
    pub voting_key: PathBuf,
    /// The file with the seed of the key that its votes will be signed with next, mode 0600; there need
    /// not be one.
    pub next_voting_key: Option<PathBuf>,
    /// Where clients reach a node that runs: a node that the genesis does not name asks there.
    pub join: Option<SocketAddr>,
    /// The PEM file of the certificates to trust there, if that node serves TLS.
    pub join_ca: Option<PathBuf>,
    /// Whether a node that joins and has no store begins with the state at a certified height, and
    /// gets the history while it votes and serves.
    #[serde(default)]
    pub snapshot: bool,
    /// Where it listens for other nodes; as in the genesis, if it is not given.
    pub listen: Option<SocketAddr>,
    /// Blocks that it keeps for other nodes that are a little behind, besides its store.
    #[serde(default = "keep_blocks")]
    pub keep_blocks: u64,
    /// For clients.
    #[serde(default)]
    pub http: Http,
    /// How much may wait.
    #[serde(default)]
    pub pool: Pool,
    /// How long it waits for what.
    #[serde(default)]
    pub timing: Timing,
    /// What it says of itself.
    #[serde(default)]
    pub log: Log,
}

const fn keep_blocks() -> u64 {
    1024
}

/// What clients get.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Http {
    /// Where it listens; as in the genesis, if it is not given.
    pub listen: Option<SocketAddr>,
    /// TLS, if there is to be.
    pub tls: Option<TlsFiles>,
    /// What it bears.
    pub limits: Limits,
}

/// The PEM files of TLS.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The certificates, the node's own first.
    pub certificates: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// How much may wait.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Pool {
    /// Requests.
    pub requests: usize,
    /// Bytes of them.
    pub bytes: usize,
    /// Requests of one sender.
    pub requests_per_sender: usize,
}

impl Default for Pool {
    fn default() -> Self {
        let limits = PoolLimits::default();
        Self {
            requests: limits.requests,
            bytes: limits.bytes,
            requests_per_sender: limits.requests_per_sender,
        }
    }
}

impl From<Pool> for PoolLimits {
    fn from(pool: Pool) -> Self {
        Self {
            requests: pool.requests,
            bytes: pool.bytes,
            requests_per_sender: pool.requests_per_sender,
        }
    }
}

/// What the node says of itself.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Log {
    /// In which form.
    pub format: LogFormat,
    /// How much.
    pub level: LogLevel,
}

/// The form of a line.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object.
    #[default]
    Json,
    /// Text for people.
    Text,
}

/// How much is said: what is at least so grave.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What needs somebody.
    Error,
    /// What is not as it should be.
    Warn,
    /// What happened.
    #[default]
    Info,
    /// What helps to find a fault.
    Debug,
    /// All.
    Trace,
}

impl From<LogLevel> for tracing::Level {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Trace => Self::TRACE,
        }
    }
}

/// The configuration cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file.
    #[error("{file}: {source}")]
    Io {
        /// Its path.
        file: PathBuf,
        /// What happened.
        #[source]
        source: std::io::Error,
    },
    /// What stands in it.
    #[error("{file}:{line}: {message}")]
    Form {
        /// Its path.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there, with the key.
        message: String,
    },
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(file).map_err(|source| ConfigError::Io {
            file: file.to_owned(),
            source,
        })?;
        let parsed: Result<Self, _> = toml::from_str(&text);
        let mut config = parsed.map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let before = text.get(..at).unwrap_or_default();
            ConfigError::Form {
                file: file.to_owned(),
                line: 1 + before.matches('\n').count(),
                message: error.message().to_owned(),
            }
        })?;
        config.place(file.parent().unwrap_or(Path::new("")));
        Ok(config)
    }

    /// Makes paths relative to the file those of the process.
    fn place(&mut self, beside: &Path) {
        let paths = [
            &mut self.genesis,
            &mut self.dir,
            &mut self.identity_key,
            &mut self.voting_key,
        ];
        let tls = self
            .http
            .tls
            .iter_mut()
            .flat_map(|tls| [&mut tls.certificates, &mut tls.key]);
        let optional = [&mut self.next_voting_key, &mut self.join_ca];
        let optional = optional.into_iter().flatten();
        for path in paths.into_iter().chain(tls).chain(optional) {
            *path = beside.join(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "node = \"node0\"\n\
        genesis = \"../genesis.json\"\n\
        identity_key = \"identity.key\"\n\
        voting_key = \"/keys/voting.key\"\n";

    fn read(text: &str) -> Result<Config, ConfigError> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ledgerd.toml");
        std::fs::write(&file, text).unwrap();
        let mut config = Config::read(&file)?;
        config.genesis = config.genesis.strip_prefix(dir.path()).unwrap().to_owned();
        Ok(config)
    }

    #[test]
    fn what_is_left_out_has_its_default_and_paths_are_beside_the_file() {
        let config = read(GOOD).unwrap();
        assert_eq!(config.genesis, Path::new("../genesis.json"));
        assert_eq!(config.voting_key, Path::new("/keys/voting.key"));
        assert_eq!((&config.next_voting_key, config.join), (&None, None));
        assert!(!config.snapshot);
        assert!(read(&format!("{GOOD}snapshot = true\n")).unwrap().snapshot);
        assert_eq!(config.http.limits, Limits::default());
        assert_eq!(config.timing, Timing::default());
        let config = read(&format!(
            "{GOOD}[http.limits]\nbody_ms = 7\n[timing]\nidle_ms = 3\n"
        ));
        let config = config.unwrap();
        let joins = "next_voting_key = \"next.key\"\njoin = \"127.0.0.1:1\"\njoin_ca = \"/ca\"\n";
        let joins = read(&format!("{GOOD}{joins}")).unwrap();
        let next = joins.next_voting_key.unwrap();
        assert!(next.is_absolute() && next.ends_with("next.key"));
        assert_eq!(joins.join_ca.as_deref(), Some(Path::new("/ca")));
        assert_eq!((config.http.limits.body_ms, config.timing.idle_ms), (7, 3));
    }

    #[test]
    fn what_is_not_known_is_refused_with_its_line_and_key() {
        let cases = [
            (format!("{GOOD}colour = 1\n"), 5, "colour"),
            (
                format!("{GOOD}[http]\nlisten = \"127.0.0.1:1\"\nport = 2\n"),
                7,
                "port",
            ),
            (
                format!("{GOOD}[http.limits]\nbody_mss = 2\n"),
                6,
                "body_mss",
            ),
            (format!("{GOOD}[timing]\nidle = 2\n"), 6, "idle"),
            (format!("{GOOD}[log]\nlevel = \"loud\"\n"), 6, "loud"),
            (format!("{GOOD}[pool]\nrequests = -1\n"), 6, "-1"),
            (format!("{GOOD}=\n"), 5, ""),
            (GOOD.replace("node0", "Node 0"), 1, "Node 0"),
            (GOOD.replace("voting_key", "votin_key"), 4, "votin_key"),
        ];
        for (text, expected, key) in cases {
            match read(&text) {
                Err(ConfigError::Form { line, message, .. }) => {
                    assert_eq!(line, expected, "{message}");
                    assert!(message.contains(key), "{message}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }
}
