//! What other crates take for what `benches/` measures, on the same input.
//!
//! `ledger-peers memory|mapped|durable|open|state|records ...` prints a JSON line for each figure. Every peer's
//! root is checked before anything is timed: against the acceptance root where the peer makes RFC
//! 6962 trees, by the peer's own verifier otherwise. Engines that keep no trees are asked for their records.

#[path = "../../src/input.rs"]
#[allow(dead_code, reason = "shared with the table")]
mod input;
#[path = "../../src/state_input.rs"]
#[allow(dead_code, reason = "shared with the table")]
mod state_input;
#[path = "../../src/timing.rs"]
mod timing;

mod commonware;
mod ct;
mod records;
mod rs;
mod state;
mod tlog;

/// Leaves and sizes that proofs are asked for, from the same numbers in every peer.
struct Places(input::XorShift);

impl Places {
    fn leaf(&mut self) -> u64 {
        self.0.below(input::LEAVES as u64)
    }

    /// A size that is neither 0 nor that of the whole tree.
    fn size(&mut self) -> u64 {
        1 + self.0.below(input::LEAVES as u64 - 1)
    }
}

fn places() -> Places {
    Places(input::XorShift::default())
}

fn print(peer: &str, quantity: &str, value: f64, unit: &str, settings: &str) {
    let line = serde_json::json!({
        "peer": peer, "quantity": quantity, "value": value, "unit": unit, "settings": settings,
    });
    println!("{line}");
}

fn main() {
    let mut words = std::env::args().skip(1);
    while let Some(section) = words.next() {
        match section.as_str() {
            "memory" => {
                ct::memory();
                rs::memory();
                tlog::memory();
                commonware::memory();
            }
            "mapped" => {
                tlog::mapped();
                commonware::mapped();
            }
            "durable" => commonware::durable(),
            "open" => commonware::open(),
            "state" => state::state(),
            "records" => records::records(),
            // A child of `records`, which is killed once it has filled an engine.
            "fill" => records::fill(&words.next().unwrap(), words.next().unwrap().as_ref()),
            other => panic!("unknown section {other}"),
        }
    }
}
