//! Every operation of making a store that begins at a height, and of its first commits, as a crash
//! point.

use std::sync::Arc;

use hash_store::sim::SimStorage;
use ledger::Store;

use super::stores::{
    Change, begin, begun, commit, create, give, last, open, options, small_commits,
};
use super::whole::same;

const BASE: u64 = 3;
const LAST: u64 = 5;

/// What is left is the whole base with all that was acknowledged, or no store at all, and then the
/// next try succeeds in its place.
#[test]
fn a_crash_leaves_all_of_a_base_or_none() {
    let changes: Vec<Change> = small_commits(LAST);
    let whole = create(&SimStorage::new());
    let (before, after) = changes.split_at(BASE as usize);
    before.iter().for_each(|change| commit(&whole, change, 2));
    let source = whole.snapshot();
    let disk = SimStorage::new();
    disk.record_points();
    let mut writer = begin(&source, &disk).unwrap();
    give(&source, &mut writer, 50).unwrap();
    let (body, metadata, attachments) = last(&source);
    let light = writer.finish(&body, &metadata, &attachments).unwrap();
    disk.mark(BASE);
    for (change, height) in after.iter().zip(BASE + 1..) {
        commit(&light, change, 2);
        disk.mark(height);
        commit(&whole, change, 2);
    }
    let mut points = disk.take_points();
    points.push(disk.here());
    let whole = whole.snapshot();
    let (mut images, mut stores, mut unfinished) = (0u32, 0u32, 0u32);
    for point in &points {
        let crashed = point.choices(1, 2).into_iter();
        let crashed = crashed.map(|choice| point.image(choice));
        for image in crashed.chain([point.killed()]) {
            images += 1;
            match Store::open_in(Arc::new(image.clone()), options()) {
                Ok(store) => {
                    let snapshot = store.snapshot();
                    assert!(snapshot.height() >= point.mark.max(BASE), "op {}", point.op);
                    let then = whole.at_height(snapshot.height()).unwrap();
                    assert_eq!(snapshot.base(), Some(BASE));
                    assert_eq!(snapshot.ledgers(), then.ledgers());
                    if point.mark == LAST {
                        same(&whole, &snapshot, BASE);
                    }
                    stores += 1;
                }
                Err(error) => {
                    assert_eq!(point.mark, 0, "op {}: {error}", point.op);
                    let code = error.code();
                    let none = ["E-UNFINISHED", "E-NO-STORE"].contains(&code);
                    assert!(none, "op {}: {error}", point.op);
                    if images.is_multiple_of(20) {
                        let again = begun(&source, &image);
                        assert_eq!(again.snapshot().height(), BASE);
                        drop(again);
                        assert_eq!(open(&image).snapshot().base(), Some(BASE));
                    }
                    unfinished += 1;
                }
            }
        }
    }
    println!(
        "{} points, {images} images: {stores} stores, {unfinished} unfinished",
        points.len()
    );
    assert!(stores > 200 && unfinished > 200, "{stores} {unfinished}");
}
