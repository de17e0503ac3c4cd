//! The fuzz targets on stable Rust: the committed corpus is replayed, then changed in thousands of
//! ways that are the same in every run. `fuzz/README.md` tells how libFuzzer goes on from there.
//!
//! `FUZZ_CHANGES=100000` tries that many changes a target; `FUZZ_SEEDS=write` writes the seeds anew
//! after a change of format.

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

#[path = "../fuzz/src/lib.rs"]
pub mod targets;

use targets::{TARGETS, seeds};

/// Changed inputs that each target gets, unless told otherwise.
const CHANGES: u64 = 3000;
const FILE_LEN_MAX: usize = 4096;
const CORPUS_LEN_MAX: usize = 300 << 10;

fn corpus(target: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../fuzz/corpus", target]
        .iter()
        .collect()
}

/// The names and bytes of a target's inputs, in order of names.
fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let mut inputs: Vec<_> = fs::read_dir(corpus(target))
        .unwrap_or_else(|e| panic!("corpus of {target}: {e}"))
        .map(|file| {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            (name, fs::read(file.path()).unwrap())
        })
        .collect();
    inputs.sort();
    inputs
}

#[test]
fn every_seed_is_committed_and_small() {
    let write = std::env::var_os("FUZZ_SEEDS").is_some_and(|value| value == "write");
    let mut total = 0;
    for (target, name, bytes) in seeds::all() {
        let file = corpus(target).join(&name);
        if write {
            fs::create_dir_all(corpus(target)).unwrap();
            fs::write(&file, &bytes).unwrap();
        }
        let committed = fs::read(&file).unwrap_or_default();
        assert!(committed == bytes, "seed {name} of {target} differs");
    }
    for (target, _) in TARGETS {
        for (name, bytes) in inputs(target) {
            assert!(bytes.len() <= FILE_LEN_MAX, "{target}/{name}");
            total += bytes.len();
        }
    }
    assert!(total <= CORPUS_LEN_MAX, "{total} bytes");
}

#[test]
fn every_target_has_a_corpus_and_a_program() {
    let named: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let listed = |dir: &str| -> BTreeSet<String> {
        let path = corpus("..").join(dir);
        let names = fs::read_dir(path).unwrap();
        let names = names.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.map(|name| name.replace(".rs", "")).collect()
    };
    assert_eq!(named.len(), TARGETS.len());
    assert_eq!(listed("corpus"), named);
    assert_eq!(listed("fuzz_targets"), named);
    let manifest = fs::read_to_string(corpus("..").join("Cargo.toml")).unwrap();
    for name in &named {
        assert!(manifest.contains(&format!(
            "name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\""
        )));
    }
}

#[test]
fn the_corpus_is_accepted_but_for_what_must_be_refused() {
    for (target, run) in TARGETS {
        for (name, bytes) in inputs(target) {
            let accepted = try_input(target, run, &bytes);
            assert_eq!(accepted, !name.starts_with("refused-"), "{target}/{name}");
        }
    }
}

#[test]
fn the_corpus_and_its_changes_keep_every_promise() {
    let told = std::env::var("FUZZ_CHANGES").ok();
    let changes = told.map_or(CHANGES, |count| count.parse().unwrap());
    for (target, run) in TARGETS {
        let inputs: Vec<Vec<u8>> = inputs(target).into_iter().map(|(_, bytes)| bytes).collect();
        let mut accepted = 0;
        // One input is cut at every length.
        let shortest = inputs.iter().min_by_key(|input| input.len()).unwrap();
        for len in 0..shortest.len().min(600) {
            try_input(target, run, &shortest[..len]);
        }
        let mut changer = Changer::new(target);
        for _ in 0..changes {
            let input = changer.changed(&inputs);
            accepted += u64::from(try_input(target, run, &input));
        }
        // The changes are not all stopped at the door.
        println!("{target}: {accepted} of {changes} changed inputs accepted");
        assert!(
            accepted >= changes / 100,
            "{target} accepts {accepted} changed inputs"
        );
    }
}

fn try_input(target: &str, run: fn(&[u8]) -> bool, input: &[u8]) -> bool {
    catch_unwind(AssertUnwindSafe(|| run(input))).unwrap_or_else(|_| {
        let hex: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
        panic!("{target} breaks on these {} bytes: {hex}", input.len())
    })
}

/// Changes inputs, the same ones in every run (xorshift64*).
struct Changer(u64);

impl Changer {
    fn new(target: &str) -> Self {
        let start = target
            .bytes()
            .fold(0x9e37_79b9_7f4a_7c15, |state: u64, byte| {
                (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        Self(start)
    }

    /// A number below `limit`; 0 if that is 0.
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let random = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16;
        usize::try_from(random).unwrap() % limit.max(1)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }

    /// One of the inputs with one to three changes.
    fn changed(&mut self, inputs: &[Vec<u8>]) -> Vec<u8> {
        let mut input = inputs[self.below(inputs.len())].clone();
        for _ in 0..=self.below(3) {
            let other = &inputs[self.below(inputs.len())];
            self.change(&mut input, other);
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(input.len());
        let len = 1 + self.below(40).min(input.len() - at);
        match self.below(10) {
            // A bit.
            0..=2 if !input.is_empty() => input[at] ^= 1 << self.below(8),
            // A byte: any, or one that formats like.
            3 if !input.is_empty() => input[at] = self.byte(),
            4 if !input.is_empty() => {
                input[at] = *[0, 1, b'\n', b' ', b'0', 0x7f, 0x80, 0xff]
                    .get(self.below(8))
                    .unwrap();
            }
            // A number, up or down.
            5 if input.len() >= 8 => {
                let at = self.below(input.len() - 7) & !3;
                let number = u32::from_le_bytes(input[at..at + 4].try_into().unwrap());
                let step = [1, 8, 512, u32::MAX, u32::MAX - 511][self.below(5)];
                input[at..at + 4].copy_from_slice(&number.wrapping_add(step).to_le_bytes());
            }
            6 => input.truncate(at),
            // Bytes out, bytes in, bytes from elsewhere.
            7 => drop(input.drain(at..(at + len).min(input.len()))),
            8 => {
                let from = self.below(other.len());
                let piece = other[from..(from + len).min(other.len())].to_vec();
                input.splice(at..at, piece);
            }
            _ => {
                input.truncate(at);
                input.extend_from_slice(&other[at.min(other.len())..]);
            }
        }
    }
}
