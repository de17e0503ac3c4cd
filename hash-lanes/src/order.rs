//! Messages in order of their number of blocks, so that those hashed in step end together.

/// Numbers of blocks told apart by counting; messages of this many and more, which take long
/// anyway, are sorted.
const COUNTS: usize = 32;

/// Fills `order` with the indices `0..order.len()`, those of fewer `blocks` first.
pub(crate) fn by_blocks(order: &mut [u8], blocks: impl Fn(u8) -> usize) {
    let count = order.len();
    let indices = || (0..=u8::MAX).take(count);
    let mut counts = indices().map(&blocks);
    let first = counts.next();
    if counts.all(|count| Some(count) == first) {
        for (to, index) in order.iter_mut().zip(indices()) {
            *to = index;
        }
        return;
    }
    let kind = |index| blocks(index).min(COUNTS) - 1;
    // Where the indices of each number of blocks begin.
    let mut begins = [0; COUNTS];
    for index in indices() {
        begins[kind(index)] += 1;
    }
    let mut begin = 0;
    for place in &mut begins {
        (*place, begin) = (begin, begin + *place);
    }
    let [.., long] = begins;
    for index in indices() {
        let place = &mut begins[kind(index)];
        order[*place] = index;
        *place += 1;
    }
    order[long..].sort_unstable_by_key(|index| blocks(*index));
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn each_index_once_and_fewer_blocks_first() {
        for len in 0..=256_usize {
            let blocks = |index: u8| 1 + (usize::from(index) * 37) % (1 + len / 4);
            let mut order = alloc::vec![0; len];
            by_blocks(&mut order, blocks);
            assert!(order.is_sorted_by_key(|index| blocks(*index)));
            order.sort_unstable();
            let all: Vec<u8> = (0..=u8::MAX).take(len).collect();
            assert_eq!(order, all);
        }
    }
}
