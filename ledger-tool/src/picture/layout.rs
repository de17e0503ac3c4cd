//! Where the boxes of a tree stand: each parent over the middle of its children, subtrees as close
//! as they can be without touching (Reingold and Tilford 1981, with widths).
//!
//! Whole pixels, so that a picture is the same on every machine. O(boxes times depth).

use super::Node;

/// Between two boxes side by side, and between two rows.
pub(super) const GAP: i64 = 18;
pub(super) const ROW_GAP: i64 = 34;
/// Of a character and a line of the font that pictures ask for, a little more than they take.
pub(super) const CHAR: i64 = 8;
pub(super) const LINE: i64 = 16;
const PADDING: i64 = 8;

/// A box's place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) width: i64,
    pub(super) height: i64,
}

/// All places, and what they take.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) places: Vec<Place>,
    pub(super) width: i64,
    pub(super) height: i64,
}

/// Of each row below a box: how far left and right of its middle the boxes reach.
type Contour = Vec<(i64, i64)>;

pub(super) fn chars(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX / 64)
}

pub(super) fn layout(nodes: &[Node]) -> Layout {
    let sizes: Vec<(i64, i64)> = nodes.iter().map(size).collect();
    let depths = depths(nodes);
    let tops = tops(&sizes, &depths);
    // Children after their parents: from the last box on every subtree is done before its parent.
    let mut below: Vec<Row> = nodes.iter().map(|_| Row::default()).collect();
    let mut offsets: Vec<i64> = vec![0; nodes.len()];
    let mut roots = Row::default();
    for (at, node) in nodes.iter().enumerate().rev() {
        let row = below.get_mut(at).map(std::mem::take).unwrap_or_default();
        let half = sizes.get(at).map_or(0, |(width, _)| width / 2);
        let contour = row.under(half, &mut offsets);
        match node.parent.and_then(|parent| below.get_mut(parent)) {
            Some(row) => row.children.push((at, contour)),
            None => roots.children.push((at, contour)),
        }
    }
    let contour = roots.under(0, &mut offsets);
    let left = contour.iter().map(|(left, _)| *left).min().unwrap_or(0);
    let right = contour.iter().map(|(_, right)| *right).max().unwrap_or(0);
    let mut places = Vec::with_capacity(nodes.len());
    let mut middles: Vec<i64> = Vec::with_capacity(nodes.len());
    for (at, node) in nodes.iter().enumerate() {
        let above = node.parent.and_then(|parent| middles.get(parent)).copied();
        let middle = above.unwrap_or(-left) + offsets.get(at).copied().unwrap_or(0);
        middles.push(middle);
        let (width, height) = sizes.get(at).copied().unwrap_or_default();
        let depth = depths.get(at).copied().unwrap_or(0);
        places.push(Place {
            x: middle - width / 2,
            y: tops.get(depth).copied().unwrap_or(0),
            width,
            height,
        });
    }
    let bottoms = places.iter().map(|place| place.y + place.height);
    Layout {
        height: bottoms.max().unwrap_or(0),
        width: right - left,
        places,
    }
}

fn size(node: &Node) -> (i64, i64) {
    let texts = node.lines.iter().map(|line| chars(line));
    // The sign and the space before the note.
    let widest = texts.chain([chars(&node.note) + 2]).max().unwrap_or(0);
    let lines = i64::try_from(node.lines.len()).unwrap_or(0) + 1;
    // Even, so that the middle is a whole pixel.
    let width = (widest * CHAR + 2 * PADDING + 1) / 2 * 2;
    (width, lines * LINE + PADDING)
}

fn depths(nodes: &[Node]) -> Vec<usize> {
    let mut depths: Vec<usize> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let above = node.parent.and_then(|parent| depths.get(parent));
        depths.push(above.map_or(0, |depth| depth + 1));
    }
    depths
}

/// Where each row begins.
fn tops(sizes: &[(i64, i64)], depths: &[usize]) -> Vec<i64> {
    let rows = depths.iter().max().map_or(0, |depth| depth + 1);
    let mut heights = vec![0; rows];
    for ((_, height), depth) in sizes.iter().zip(depths) {
        if let Some(row) = heights.get_mut(*depth) {
            *row = (*row).max(*height);
        }
    }
    let mut top = 0;
    let tops = heights.iter().map(|height| {
        let here = top;
        top += height + ROW_GAP;
        here
    });
    tops.collect()
}

/// The children of a box, the last first, each with its contour.
#[derive(Default)]
struct Row {
    children: Vec<(usize, Contour)>,
}

impl Row {
    /// Puts the children side by side; answers with the contour of all of it below a box of which
    /// each half is this wide.
    fn under(self, half: i64, offsets: &mut [i64]) -> Contour {
        let mut joined: Contour = Vec::new();
        let mut shifts: Vec<(usize, i64)> = Vec::new();
        for (child, contour) in self.children.into_iter().rev() {
            let overlaps = joined.iter().zip(&contour);
            let shift = overlaps.map(|((_, right), (left, _))| right - left + GAP);
            let shift = shift.max().unwrap_or(0);
            for (depth, (left, right)) in contour.into_iter().enumerate() {
                let (left, right) = (left + shift, right + shift);
                match joined.get_mut(depth) {
                    Some(row) => *row = (row.0.min(left), row.1.max(right)),
                    None => joined.push((left, right)),
                }
            }
            shifts.push((child, shift));
        }
        let first = shifts.first().map_or(0, |(_, shift)| *shift);
        let last = shifts.last().map_or(0, |(_, shift)| *shift);
        let middle = (first + last) / 2;
        for (child, shift) in shifts {
            if let Some(offset) = offsets.get_mut(child) {
                *offset = shift - middle;
            }
        }
        let below = joined.into_iter().map(|(l, r)| (l - middle, r - middle));
        std::iter::once((-half, half)).chain(below).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Role;
    use proptest::prelude::*;

    /// A tree from a list of numbers: each says on which box before it the next one hangs.
    fn tree(parents: &[usize], widths: &[usize]) -> Vec<Node> {
        // Parents before children, left before right: sorted by path.
        let mut paths: Vec<(Vec<usize>, usize)> = vec![(vec![], 0)];
        for (at, parent) in parents.iter().enumerate() {
            let mut path = paths[parent % paths.len()].0.clone();
            path.push(at);
            paths.push((path, widths[at % widths.len()]));
        }
        paths.sort();
        let find = |path: &[usize]| paths.iter().position(|(other, _)| other == path);
        let nodes = paths.iter().map(|(path, width)| {
            let parent = path.split_last().and_then(|(_, above)| find(above));
            Node::new(parent, Role::Given, "x".repeat(*width))
        });
        nodes.collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn boxes_do_not_touch_and_parents_stand_over_the_middle(
            parents in prop::collection::vec(0usize..1000, 0..60),
            widths in prop::collection::vec(0usize..40, 1..10),
        ) {
            let nodes = tree(&parents, &widths);
            let laid = layout(&nodes);
            let places = &laid.places;
            for (i, one) in places.iter().enumerate() {
                prop_assert!(one.x >= 0 && one.x + one.width <= laid.width);
                prop_assert!(one.y >= 0 && one.y + one.height <= laid.height);
                for other in &places[..i] {
                    let beside = one.x >= other.x + other.width + GAP
                        || other.x >= one.x + one.width + GAP;
                    let below = one.y >= other.y + other.height || other.y >= one.y + one.height;
                    prop_assert!(beside || below, "{one:?} {other:?}");
                }
                let children = nodes.iter().zip(places).filter(|(n, _)| n.parent == Some(i));
                let middles: Vec<i64> = children.map(|(_, p)| p.x + p.width / 2).collect();
                if let (Some(first), Some(last)) = (middles.first(), middles.last()) {
                    prop_assert!((one.x + one.width / 2 - (first + last) / 2).abs() <= 1);
                    prop_assert!(middles.is_sorted());
                }
            }
        }
    }
}
