//! Pools whose epochs end: the engine of one stops, and that of the next begins.

use super::super::simulate::pool;
use super::*;

/// A new epoch begins within this, besides what a block takes anyway: four messages, one after the
/// other.
const PAUSE_MS: u64 = 100;

#[test]
fn epochs_follow_each_other_under_load_without_a_pause() {
    let epoch_len = 8;
    let shape = Shape { epoch_len, ..FOUR };
    let story = async |mut pool: Pool| {
        pool.start_all().await;
        pool.until_height(0, 4).await;
        let (mut ids, mut longest) = (Vec::new(), 0);
        let (mut height, mut since) = (4, pool.now_ms());
        while height < 60 {
            ids.push(pool.put(u8::try_from(height % 4).unwrap()));
            pool.pass(10).await;
            let now = pool.node(0).status().height;
            if now != height {
                longest = longest.max(pool.now_ms() - since);
                (height, since) = (now, pool.now_ms());
            }
        }
        for index in 0..NODES {
            pool.wait_final(index, &ids).await;
        }
        pool.wait_level().await;
        pool.check(&ids);
        assert!(longest <= PAUSE_MS, "{longest} ms");
        for index in 0..NODES {
            // Of the votes of one epoch in another there is nothing left.
            let epochs = pool.epochs_with_votes(index);
            let now = pool.node(index).status().height / epoch_len;
            assert_eq!(epochs, [now - 1, now]);
        }
    };
    let once = pool::simulate(shape, 1, story).1;
    assert_eq!(pool::simulate(shape, 1, story).1, once);
}
