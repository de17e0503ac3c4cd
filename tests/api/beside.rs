//! Readers that a writer overtakes between two of their reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hash_store::{MemStorage, Storage};
use ledger::{Reader, Store};
use ledger_tests::store::{entry, fill, options, specs};
use merkle_log::LeafIndex;

use crate::counting::Counting;

/// A reader that no tip file guides has seen that a segment ends; before it looks at the next one,
/// the writer fills the first and begins the second.
#[test]
fn fault_29_a_segment_that_is_begun_behind_a_readers_back_is_no_damage() {
    let disk = Arc::new(MemStorage::new());
    let network = "net".parse().unwrap();
    let storage = Arc::clone(&disk) as Arc<dyn Storage>;
    let store = Store::create_in(storage, [5; 16], network, &specs(&["a"]), options()).unwrap();
    fill(&store, &["a"], &[3]);
    disk.remove("tip").unwrap();
    let segment = store.snapshot().log_end().segment();
    let last = format!("log/{segment:016x}.seg");
    let overtaken = Arc::new(AtomicBool::new(false));
    let storage = Counting::new(disk).after_reads({
        let overtaken = Arc::clone(&overtaken);
        move |name, len| {
            // Not when the header is read.
            let is_walked = name == last && len > 4096;
            while is_walked && store.snapshot().log_end().segment() == segment {
                fill(&store, &["a"], &[20]);
                overtaken.store(true, Ordering::SeqCst);
            }
        }
    });
    let reader = Reader::open_in(Arc::new(storage), Arc::new(MemStorage::new())).unwrap();
    assert!(overtaken.load(Ordering::SeqCst));
    assert_eq!(reader.problem().map(|problem| problem.to_string()), None);
    let snapshot = reader.snapshot();
    let view = snapshot.ledger("a").unwrap();
    for index in 0..view.size().0 {
        assert_eq!(view.entry(LeafIndex(index)).unwrap(), entry("a", index));
    }
}
