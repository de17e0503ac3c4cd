//! tlog_tiles: the port of Go's tlog. It keeps no hashes itself: here they are in a vector in its
//! own order, or in a file in that order, read with one `pread` a hash.

use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::os::unix::fs::FileExt;

use tlog_tiles::{
    Error, Hash, HashReader, check_record, check_tree, prove_record, prove_tree, record_hash,
    stored_hashes, tree_hash,
};

use crate::input::{LEAVES, ROOT_32, ROOT_256, entries};
use crate::timing::{median, per_call, time};
use crate::{places, print};

const PEER: &str = "tlog_tiles 0.2";

struct Memory(Vec<Hash>);

impl HashReader for Memory {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        Ok(indexes
            .iter()
            .map(|index| self.0[*index as usize])
            .collect())
    }
}

struct OnDisk(File);

impl HashReader for OnDisk {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        let read = |index: &u64| {
            let mut hash = [0; 32];
            self.0.read_exact_at(&mut hash, index * 32).unwrap();
            Hash(hash)
        };
        Ok(indexes.iter().map(read).collect())
    }
}

fn build<const LEN: usize>(entries: &[[u8; LEN]], root: [u8; 8]) -> Memory {
    let mut stored = Memory(Vec::with_capacity(2 * LEAVES));
    for (index, entry) in (0..).zip(entries) {
        let hashes = stored_hashes(index, entry, &stored).unwrap();
        stored.0.extend(hashes);
    }
    assert_eq!(tree_hash(LEAVES as u64, &stored).unwrap().0[..8], root);
    stored
}

fn time_build<const LEN: usize>(root: [u8; 8]) -> Memory {
    let entries = entries::<LEN>(LEAVES);
    let samples: Vec<_> = (0..5).map(|_| time(|| build(&entries, root))).collect();
    let nanos = median(samples.iter().map(|(nanos, _)| *nanos).collect()) / LEAVES as f64;
    print(
        PEER,
        &format!("build_{LEN}"),
        nanos,
        "ns",
        "stored_hashes into a vector",
    );
    samples.into_iter().next().unwrap().1
}

pub fn memory() {
    time_build::<256>(ROOT_256);
    let mut stored = time_build::<32>(ROOT_32);
    let size = LEAVES as u64;
    let root = tree_hash(size, &stored).unwrap();
    let entries = entries::<32>(LEAVES);
    let settings = "hashes in a vector";

    let mut at = places();
    let nanos = per_call(9, 2000, || {
        black_box(prove_record(size, at.leaf(), &stored).unwrap());
    });
    print(PEER, "inclusion_prove", nanos, "ns", settings);

    let proofs: Vec<_> = (0..1000)
        .map(|_| {
            let leaf = at.leaf();
            let hash = record_hash(&entries[leaf as usize]);
            (leaf, hash, prove_record(size, leaf, &stored).unwrap())
        })
        .collect();
    let mut next = proofs.iter().cycle();
    let nanos = per_call(9, 1000, || {
        let (leaf, hash, proof) = next.next().unwrap();
        check_record(proof, size, root, *leaf, *hash).unwrap();
    });
    print(PEER, "inclusion_verify", nanos, "ns", "");

    let nanos = per_call(9, 2000, || {
        black_box(prove_tree(size, at.size(), &stored).unwrap());
    });
    print(PEER, "consistency_prove", nanos, "ns", settings);

    let proofs: Vec<_> = (0..1000)
        .map(|_| {
            let old = at.size();
            let proof = prove_tree(size, old, &stored).unwrap();
            (old, tree_hash(old, &stored).unwrap(), proof)
        })
        .collect();
    let mut next = proofs.iter().cycle();
    let nanos = per_call(9, 1000, || {
        let (old, old_root, proof) = next.next().unwrap();
        check_tree(proof, size, root, *old, *old_root).unwrap();
    });
    print(PEER, "consistency_verify", nanos, "ns", "");

    let nanos = per_call(9, 2000, || {
        black_box(tree_hash(at.size(), &stored).unwrap());
    });
    print(PEER, "root_at", nanos, "ns", settings);

    let mut next = (size..).zip(entries.iter().cycle());
    let nanos = per_call(9, 2000, || {
        let (index, entry) = next.next().unwrap();
        let hashes = stored_hashes(index, entry, &stored).unwrap();
        stored.0.extend(hashes);
    });
    print(PEER, "append", nanos, "ns", settings);

    let nanos = per_call(9, 2000, || {
        let (index, entry) = next.next().unwrap();
        let hashes = stored_hashes(index, entry, &stored).unwrap();
        stored.0.extend(hashes);
        black_box(tree_hash(index + 1, &stored).unwrap());
    });
    print(PEER, "append_root", nanos, "ns", "with the root");
}

pub fn mapped() {
    let stored = build(&entries::<32>(LEAVES), ROOT_32);
    let dir = tempfile::tempdir().unwrap();
    let mut file = File::create_new(dir.path().join("hashes")).unwrap();
    let bytes: Vec<u8> = stored.0.iter().flat_map(|hash| hash.0).collect();
    file.write_all(&bytes).unwrap();
    let reader = OnDisk(File::open(dir.path().join("hashes")).unwrap());
    let mut at = places();
    let nanos = per_call(9, 2000, || {
        black_box(prove_record(LEAVES as u64, at.leaf(), &reader).unwrap());
    });
    print(
        PEER,
        "inclusion_file",
        nanos,
        "ns",
        "one pread a hash, in the page cache",
    );
}
