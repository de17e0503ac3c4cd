//! Figures of the peers: run beside ours, or read from a file.

use std::path::{Path, PathBuf};
use std::process::Command;

use ledger_benches::Result;
use serde_json::Value;

/// One figure of one peer.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) peer: String,
    pub(crate) quantity: String,
    pub(crate) value: f64,
    pub(crate) unit: String,
    pub(crate) settings: String,
}

/// All figures so far.
#[derive(Debug)]
pub(crate) struct Peers {
    program: Option<PathBuf>,
    figures: Vec<Figure>,
}

impl Peers {
    /// Figures from `file`, or else of the program where it was built.
    pub(crate) fn new(file: Option<&Path>) -> Result<Self> {
        let built = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/peers/target/release/ledger-peers"
        );
        let mut peers = Self {
            program: None,
            figures: Vec::new(),
        };
        match file {
            Some(file) => peers.read(&std::fs::read_to_string(file)?)?,
            None => peers.program = Some(PathBuf::from(built)).filter(|path| path.exists()),
        }
        if file.is_none() && peers.program.is_none() {
            eprintln!("no peers: cargo build --release --manifest-path benches/peers/Cargo.toml");
        }
        Ok(peers)
    }

    /// Runs the peers of a section, with their files in `dir`.
    pub(crate) fn run(&mut self, section: &str, dir: &Path) -> Result<()> {
        let have_peers = ["memory", "mapped", "durable", "open", "state", "records"];
        let Some(program) = self
            .program
            .as_ref()
            .filter(|_| have_peers.contains(&section))
        else {
            return Ok(());
        };
        let output = Command::new(program)
            .arg(section)
            .env("TMPDIR", dir)
            .output()?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            return Err(format!("the peers failed: {errors}").into());
        }
        self.read(&String::from_utf8(output.stdout)?)
    }

    fn read(&mut self, lines: &str) -> Result<()> {
        for line in lines.lines() {
            let value: Value = serde_json::from_str(line)?;
            let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or("");
            self.figures.push(Figure {
                peer: text("peer").to_owned(),
                quantity: text("quantity").to_owned(),
                value: value.get("value").and_then(Value::as_f64).unwrap_or(0.0),
                unit: text("unit").to_owned(),
                settings: text("settings").to_owned(),
            });
        }
        Ok(())
    }

    /// The best figure for a quantity.
    pub(crate) fn best(&self, quantity: &str) -> Option<&Figure> {
        let of = self.figures.iter().filter(|f| f.quantity == quantity);
        of.min_by(|a, b| {
            let rates = a.unit.ends_with("/s");
            let (a, b) = if rates { (b, a) } else { (a, b) };
            a.value.total_cmp(&b.value)
        })
    }

    /// Every figure.
    pub(crate) fn figures(&self) -> &[Figure] {
        &self.figures
    }
}
