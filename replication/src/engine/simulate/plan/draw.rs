//! Plans drawn from a seed.
//!
//! Invariant: a seed means the same plan for ever, so that those which found something can be told by
//! their number.

use std::time::Duration;

use hash_store::sim::Random;

use super::{Byzantine, Change, ChangeKind, Crash, Kind, Partition, Plan, Share};
use crate::genesis::NODES_MIN;

/// The first seed whose plan may have nodes come, leave and change their keys.
pub const CHANGING_FROM: u64 = 1_000_000;

impl Plan {
    /// Draws a plan: mostly of 4 or 7 nodes, of which at most as many are at fault as may be. Of the
    /// seeds from [`CHANGING_FROM`] on every third has nodes come, leave and change their keys; what
    /// else happens is drawn as before, so that seeds mean what they meant.
    #[must_use]
    pub fn draw(seed: u64) -> Self {
        let mut plan = Self::draw_constant(seed);
        if seed >= CHANGING_FROM && seed.is_multiple_of(3) {
            plan.draw_changes(&mut Random::new(seed ^ 0x6368_616e_6765));
        }
        plan
    }

    /// Draws one to four changes. As many nodes as are at fault may be, in each committee.
    fn draw_changes(&mut self, random: &mut Random) {
        let mut below = |limit: u64| u8::try_from(random.below(limit)).unwrap_or(0);
        let mut voting: Vec<u8> = (0..self.nodes).collect();
        let mut tenths = 5;
        for _ in 0..=below(4) {
            tenths += below(50);
            let at = Duration::from_millis(100 * u64::from(tenths));
            let chosen = voting.get(usize::from(below(voting.len() as u64))).copied();
            let kind = ChangeKind::ALL.get(usize::from(below(3))).copied();
            let (Some(chosen), Some(kind)) = (chosen, kind) else {
                continue;
            };
            let node = match kind {
                ChangeKind::Add => self.places(),
                ChangeKind::Remove | ChangeKind::Rotate => chosen,
            };
            let twice = |change: &Change| (change.kind, change.node) == (kind, node);
            let too_few = kind == ChangeKind::Remove && voting.len() <= NODES_MIN;
            if too_few || self.changes.iter().any(twice) {
                continue;
            }
            self.changes.push(Change { kind, node, at });
            if self.at_fault().len() > usize::from(self.faults_max()) {
                self.changes.pop();
                continue;
            }
            match kind {
                ChangeKind::Add => voting.push(node),
                ChangeKind::Remove => voting.retain(|stays| *stays != node),
                ChangeKind::Rotate => {}
            }
        }
        // What happens to the first nodes happens to the others too.
        for node in self.nodes..self.places() {
            for partition in &mut self.partitions {
                let group = usize::from(below(3));
                if let Some(group) = partition.groups.get_mut(group) {
                    group.push(node);
                }
            }
            if below(2) == 0 {
                let at = Duration::from_millis(100 * u64::from(10 + below(180)));
                self.crashes.push(Crash { node, at });
            }
            let room = self.at_fault().len() < usize::from(self.faults_max());
            let kind = Kind::ALL.get(usize::from(below(5))).copied();
            if let Some(kind) = kind.filter(|_| room && below(3) == 0) {
                self.byzantine.push(Byzantine { node, kind });
            }
        }
    }

    fn draw_constant(seed: u64) -> Self {
        let mut random = Random::new(seed ^ 0x7369_6d75_6c61_7465);
        let mut below = |limit: u64| u8::try_from(random.below(limit)).unwrap_or(0);
        let nodes = match below(8) {
            0..=3 => 4,
            4 | 5 => 7,
            6 => 5 + below(2),
            _ => 10,
        };
        let mut plan = Self {
            nodes,
            seed,
            txs: 6 + u32::from(below(25)),
            delay: Duration::from_millis(5 + 5 * u64::from(below(10))),
            ..Self::default()
        };
        plan.drop = match below(16) {
            0 => Share(2000),
            1..=7 => Share(100 * (1 + u16::from(below(10)))),
            _ => Share(0),
        };
        let seconds = |tenths: u8| Duration::from_millis(100 * u64::from(tenths));
        for _ in 0..below(3) {
            let from = seconds(10 + below(100));
            let to = from + seconds(10 + below(90));
            let (one, other): (Vec<u8>, Vec<u8>) = (0..nodes).partition(|_| below(2) == 0);
            if !one.is_empty() && !other.is_empty() {
                let groups = vec![one, other];
                plan.partitions.push(Partition { groups, from, to });
            }
        }
        if below(8) == 0 {
            // The power of all goes.
            let at = seconds(5 + below(100));
            plan.crashes = (0..nodes).map(|node| Crash { node, at }).collect();
        }
        for _ in 0..below(5) {
            let node = below(nodes.into());
            let at = seconds(5 + below(150));
            plan.crashes.push(Crash { node, at });
        }
        let count = match below(2) {
            0 => 0,
            _ => below(u64::from(plan.faults_max()) + 1),
        };
        while plan.byzantine.len() < usize::from(count) {
            let node = below(nodes.into());
            let kind = Kind::ALL.get(usize::from(below(5)));
            if let (Some(kind), None) = (kind.copied(), plan.kind(node)) {
                plan.byzantine.push(Byzantine { node, kind });
            }
        }
        plan.clock_skew = match below(6) {
            0 => Duration::from_millis(500),
            1 => Duration::from_secs(5),
            2 => Duration::from_secs(3600),
            _ => Duration::ZERO,
        };
        plan.disk_faults = below(3) == 0;
        plan.epoch_len = u64::from(4 + below(13));
        plan
    }

    /// Draws a plan with more nodes at fault than may be.
    #[must_use]
    pub fn draw_beyond(seed: u64) -> Self {
        let mut plan = Self::draw_constant(seed);
        plan.byzantine.clear();
        let mut random = Random::new(seed ^ 0x6265_796f_6e64);
        let wrong = [
            Kind::Silent,
            Kind::Lying,
            Kind::Equivocating,
            Kind::Altering,
        ];
        let honest = u8::try_from(1 + random.below(2)).unwrap_or(1);
        for node in 0..plan.nodes - honest {
            let drawn = usize::try_from(random.below(wrong.len() as u64)).unwrap_or(0);
            let kind = wrong.get(drawn).copied().unwrap_or(Kind::Lying);
            plan.byzantine.push(Byzantine { node, kind });
        }
        plan
    }
}
