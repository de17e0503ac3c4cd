//! What happens in a simulation: written as the options of `ledgerctl simulate`, or drawn from a
//! seed (`draw`).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::genesis::quorum;

mod draw;

pub use draw::CHANGING_FROM;

/// The most nodes of a simulation.
pub const NODES_MAX: u8 = 100;
/// The most requests of a simulation.
pub const TXS_MAX: u32 = 100_000;
const EPOCH_LEN_LEAST: u32 = 4;
const EPOCH_LEN_MOST: u32 = 100_000;
/// How far clocks may be off at most. A request may be sent 24 hours before it expires.
pub const CLOCK_SKEW_MAX: Duration = Duration::from_secs(6 * 3600);
/// Nothing is planned for later than this.
pub const PLANNED_MAX: Duration = Duration::from_secs(24 * 3600);
/// How long a node is down after it crashed.
pub const DOWN: Duration = Duration::from_secs(5);

/// What happens in a simulation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many nodes there are, from `node0` on.
    pub nodes: u8,
    /// What all chance is drawn from.
    pub seed: u64,
    /// Requests that clients make.
    pub txs: u32,
    /// Heights of an epoch: a node changes from one engine to the next after each.
    pub epoch_len: u64,
    /// Messages that are lost.
    pub drop: Share,
    /// Mean time that a message takes.
    pub delay: Duration,
    /// Times when nodes cannot reach each other.
    pub partitions: Vec<Partition>,
    /// Power cuts.
    pub crashes: Vec<Crash>,
    /// Nodes that do not keep to the protocol.
    pub byzantine: Vec<Byzantine>,
    /// How far clocks are off at most, ahead or behind: of as many nodes as may be at fault, those at
    /// fault among them; others by a second at most.
    pub clock_skew: Duration,
    /// Whether disks fail.
    pub disk_faults: bool,
    /// Changes of the nodes, in the order in which an operator has them made: each as soon as it is
    /// time and the one before is done.
    pub changes: Vec<Change>,
}

/// A part of a whole, in hundredths of a percent: `5%`, `0.25%`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share(pub u16);

/// Groups of nodes that cannot reach each other for a while: `0,1|2,3@10..20`. A node of no group
/// reaches all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The groups.
    pub groups: Vec<Vec<u8>>,
    /// From when.
    pub from: Duration,
    /// Until when.
    pub to: Duration,
}

/// A power cut: `1@20`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crash {
    /// Whose.
    pub node: u8,
    /// When.
    pub at: Duration,
}

/// A node that does not keep to the protocol: `3:silent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Byzantine {
    /// Which.
    pub node: u8,
    /// What it does.
    pub kind: Kind,
}

/// A change of the nodes: `add:4@10`, `remove:2@15`, `rotate:1@20`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// What changes.
    pub kind: ChangeKind,
    /// Of which node.
    pub node: u8,
    /// When an operator asks for it.
    pub at: Duration,
}

/// What changes of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// It comes: it starts with an empty disk once the network has it.
    Add,
    /// It leaves.
    Remove,
    /// It votes with another key, for which it starts anew.
    Rotate,
}

impl ChangeKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Add, Self::Remove, Self::Rotate];

    const fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Rotate => "rotate",
        }
    }
}

/// What a node that does not keep to the protocol does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It hears and does not speak.
    Silent,
    /// Its messages take nearly as long as others wait. It is right in all that it says.
    Slow,
    /// The headers that it proposes are not what comes out.
    Lying,
    /// It makes two blocks for a turn, and votes for one before some nodes and for the other before
    /// others.
    Equivocating,
    /// Every fourth of its messages has a bit flipped.
    Altering,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::Silent,
        Self::Slow,
        Self::Lying,
        Self::Equivocating,
        Self::Altering,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Slow => "slow",
            Self::Lying => "lying",
            Self::Equivocating => "equivocating",
            Self::Altering => "altering",
        }
    }
}

/// Why a plan, or a part of one, is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// A text does not have the form that it should have.
    #[error("{text:?} is not {expected}")]
    Form {
        /// The text.
        text: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A number is too small or too great.
    #[error("{what} must be from {least} to {most}")]
    Range {
        /// Of what.
        what: &'static str,
        /// The least that is possible.
        least: u32,
        /// The most.
        most: u32,
    },
    /// It names a node that there is not.
    #[error("there is no node {node}: the last one is {last}")]
    NoSuchNode {
        /// The node.
        node: u8,
        /// The last node that there is.
        last: u8,
    },
    /// A node is in two groups, at fault in two ways, or changed twice in one way.
    #[error("node {node} is named twice in {place}")]
    Twice {
        /// The node.
        node: u8,
        /// Where.
        place: String,
    },
    /// Nodes are not added in the order of their numbers.
    #[error("{text}: the next node to be added is {next}")]
    NotNext {
        /// Where.
        text: String,
        /// The node that would be.
        next: u8,
    },
    /// A time is too far off, or a partition ends before it begins.
    #[error("{text}: times must be in order, and at most {PLANNED_MAX:?} from the beginning")]
    Time {
        /// Where.
        text: String,
    },
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            nodes: 4,
            seed: 0,
            txs: 50,
            epoch_len: 8,
            drop: Share(0),
            delay: Duration::from_millis(10),
            partitions: Vec::new(),
            crashes: Vec::new(),
            byzantine: Vec::new(),
            clock_skew: Duration::ZERO,
            disk_faults: false,
            changes: Vec::new(),
        }
    }
}

impl Plan {
    /// How many nodes may be at fault without harm, whichever of the committees votes that the nodes
    /// come to be.
    #[must_use]
    pub fn faults_max(&self) -> u8 {
        let faults = |nodes: u8| nodes - u8::try_from(quorum(nodes.into())).unwrap_or(nodes);
        let mut nodes = self.nodes;
        let mut least = faults(nodes);
        for change in &self.changes {
            nodes = match change.kind {
                ChangeKind::Add => nodes.saturating_add(1),
                ChangeKind::Remove => nodes.saturating_sub(1),
                ChangeKind::Rotate => nodes,
            };
            least = least.min(faults(nodes));
        }
        least
    }

    /// All nodes that there come to be, those that leave too.
    #[must_use]
    pub fn places(&self) -> u8 {
        let added = self.changes.iter().filter(|c| c.kind == ChangeKind::Add);
        let added = u8::try_from(added.count()).unwrap_or(u8::MAX);
        self.nodes.saturating_add(added)
    }

    /// The nodes that are at fault: slow ones are not.
    #[must_use]
    pub fn at_fault(&self) -> Vec<u8> {
        let wrong = self.byzantine.iter().filter(|b| b.kind != Kind::Slow);
        wrong.map(|b| b.node).collect()
    }

    /// What a node does instead of keeping to the protocol, if it does.
    #[must_use]
    pub fn kind(&self, node: u8) -> Option<Kind> {
        let found = self.byzantine.iter().find(|b| b.node == node);
        found.map(|b| b.kind)
    }

    /// Whether it can be simulated.
    ///
    /// # Errors
    /// [`PlanError`]: all variants but [`PlanError::Form`].
    pub fn check(&self) -> Result<(), PlanError> {
        let range = |what, value: u32, least, most| match (least..=most).contains(&value) {
            true => Ok(()),
            false => Err(PlanError::Range { what, least, most }),
        };
        range("--nodes", self.nodes.into(), 1, NODES_MAX.into())?;
        range("--txs", self.txs, 1, TXS_MAX)?;
        let epoch_len = u32::try_from(self.epoch_len).unwrap_or(u32::MAX);
        range("--epoch", epoch_len, EPOCH_LEN_LEAST, EPOCH_LEN_MOST)?;
        range("--drop, in 1/100 %,", self.drop.0.into(), 0, 10_000)?;
        let seconds = |time: Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
        range("--delay, in seconds,", seconds(self.delay), 0, 60)?;
        let (skew, skew_max) = (seconds(self.clock_skew), seconds(CLOCK_SKEW_MAX));
        range("--clock-skew, in seconds,", skew, 0, skew_max)?;
        for partition in &self.partitions {
            let nodes = || partition.groups.iter().flatten();
            self.check_nodes(nodes().copied(), partition)?;
            if partition.from >= partition.to || partition.to > PLANNED_MAX {
                let text = partition.to_string();
                return Err(PlanError::Time { text });
            }
        }
        for crash in &self.crashes {
            self.check_nodes([crash.node], crash)?;
            if crash.at > PLANNED_MAX {
                let text = crash.to_string();
                return Err(PlanError::Time { text });
            }
        }
        self.check_nodes(self.byzantine.iter().map(|b| b.node), &"--byzantine")?;
        self.check_changes()
    }

    fn check_changes(&self) -> Result<(), PlanError> {
        let mut next = self.nodes;
        for change in &self.changes {
            let text = || change.to_string();
            if change.at > PLANNED_MAX {
                return Err(PlanError::Time { text: text() });
            }
            if change.kind == ChangeKind::Add {
                if change.node != next {
                    return Err(PlanError::NotNext { text: text(), next });
                }
                next = next.saturating_add(1);
            }
            self.check_nodes([change.node], change)?;
        }
        for kind in ChangeKind::ALL {
            let of_kind = self.changes.iter().filter(|change| change.kind == kind);
            self.check_nodes(of_kind.map(|change| change.node), &"--change")?;
        }
        let places = u32::from(self.places());
        match places <= NODES_MAX.into() {
            true => Ok(()),
            false => Err(PlanError::Range {
                what: "all nodes, with those that are added,",
                least: 1,
                most: NODES_MAX.into(),
            }),
        }
    }

    fn check_nodes(
        &self,
        nodes: impl IntoIterator<Item = u8>,
        place: &impl fmt::Display,
    ) -> Result<(), PlanError> {
        let mut seen = Vec::new();
        for node in nodes {
            if node >= self.places() {
                let last = self.places() - 1;
                return Err(PlanError::NoSuchNode { node, last });
            }
            if seen.contains(&node) {
                let place = place.to_string();
                return Err(PlanError::Twice { node, place });
            }
            seen.push(node);
        }
        Ok(())
    }
}

/// The options of `ledgerctl simulate` that say the same.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            nodes,
            seed,
            txs,
            epoch_len,
            ..
        } = self;
        write!(
            f,
            "--nodes {nodes} --seed {seed} --txs {txs} --epoch {epoch_len}"
        )?;
        write!(f, " --drop {} --delay {}", self.drop, Time(self.delay))?;
        for partition in &self.partitions {
            write!(f, " --partition '{partition}'")?;
        }
        for crash in &self.crashes {
            write!(f, " --crash {crash}")?;
        }
        for byzantine in &self.byzantine {
            write!(f, " --byzantine {byzantine}")?;
        }
        write!(f, " --clock-skew {}", Time(self.clock_skew))?;
        if self.disk_faults {
            f.write_str(" --disk-faults")?;
        }
        for change in &self.changes {
            write!(f, " --change {change}")?;
        }
        Ok(())
    }
}

/// A time as it is written.
struct Time(Duration);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.subsec_millis() {
            0 => write!(f, "{}s", self.0.as_secs()),
            _ => write!(f, "{}ms", self.0.as_millis()),
        }
    }
}

/// Reads a time: `20` and `20s` are seconds; `1500ms`, `2m` and `1h`.
///
/// # Errors
/// [`PlanError::Form`].
pub fn parse_time(text: &str) -> Result<Duration, PlanError> {
    let wrong = || PlanError::Form {
        text: text.to_owned(),
        expected: "a time such as 20, 1500ms, 20s, 2m or 1h",
    };
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).ok_or_else(wrong)?;
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let millis = match unit {
        "ms" => 1,
        "" | "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wrong()),
    };
    let millis = number.checked_mul(millis).ok_or_else(wrong)?;
    Ok(Duration::from_millis(millis))
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 100, self.0 % 100) {
            (whole, 0) => write!(f, "{whole}%"),
            (whole, rest) => write!(f, "{whole}.{rest:02}%"),
        }
    }
}

impl FromStr for Share {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let parse = || {
            let number = text.strip_suffix('%')?;
            let (whole, rest) = number.split_once('.').unwrap_or((number, "0"));
            let hundredths: u16 = match rest.len() {
                1 => 10 * rest.parse::<u16>().ok()?,
                2 => rest.parse().ok()?,
                _ => return None,
            };
            let whole: u16 = whole.parse().ok().filter(|whole| *whole <= 100)?;
            Some(whole * 100 + hundredths).filter(|share| *share <= 10_000)
        };
        parse().map(Self).ok_or_else(|| PlanError::Form {
            text: text.to_owned(),
            expected: "a share such as 5% or 0.25%",
        })
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, group) in self.groups.iter().enumerate() {
            if index > 0 {
                f.write_str("|")?;
            }
            let group: Vec<String> = group.iter().map(u8::to_string).collect();
            f.write_str(&group.join(","))?;
        }
        write!(f, "@{}..{}", Time(self.from), Time(self.to))
    }
}

impl FromStr for Partition {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let wrong = || PlanError::Form {
            text: text.to_owned(),
            expected: "a partition such as 0,1|2,3@10..20",
        };
        let (groups, times) = text.split_once('@').ok_or_else(wrong)?;
        let (from, to) = times.split_once("..").ok_or_else(wrong)?;
        let group = |text: &str| {
            let nodes = text.split(',').map(|node| node.trim().parse());
            nodes.collect::<Result<Vec<u8>, _>>().map_err(|_| wrong())
        };
        let groups: Vec<_> = groups.split('|').map(group).collect::<Result<_, _>>()?;
        if groups.len() < 2 {
            return Err(wrong());
        }
        let (from, to) = (parse_time(from)?, parse_time(to)?);
        Ok(Self { groups, from, to })
    }
}

impl fmt::Display for Crash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.node, Time(self.at))
    }
}

impl FromStr for Crash {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let wrong = || PlanError::Form {
            text: text.to_owned(),
            expected: "a crash such as 1@20",
        };
        let (node, at) = text.split_once('@').ok_or_else(wrong)?;
        let node = node.parse().map_err(|_| wrong())?;
        let at = parse_time(at)?;
        Ok(Self { node, at })
    }
}

impl fmt::Display for Byzantine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.node, self.kind)
    }
}

impl FromStr for Byzantine {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let parse = || {
            let (node, kind) = text.split_once(':')?;
            let mut kinds = Kind::ALL.into_iter();
            let kind = kinds.find(|known| known.name() == kind)?;
            let node = node.parse().ok()?;
            Some(Self { node, kind })
        };
        parse().ok_or_else(|| PlanError::Form {
            text: text.to_owned(),
            expected: "a node at fault such as 3:silent (slow, lying, equivocating, altering)",
        })
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, node, at } = self;
        write!(f, "{}:{node}@{}", kind.name(), Time(*at))
    }
}

impl FromStr for Change {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let parse = || {
            let (what, at) = text.split_once('@')?;
            let (kind, node) = what.split_once(':')?;
            let mut kinds = ChangeKind::ALL.into_iter();
            let kind = kinds.find(|known| known.name() == kind)?;
            let (node, at) = (node.parse().ok()?, parse_time(at).ok()?);
            Some(Self { kind, node, at })
        };
        parse().ok_or_else(|| PlanError::Form {
            text: text.to_owned(),
            expected: "a change such as add:4@10, remove:2@15 or rotate:1@20",
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes<const N: usize>(texts: [&str; N]) -> Vec<Change> {
        texts.map(|text| text.parse().unwrap()).into()
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        for seed in (0..200).chain(CHANGING_FROM..CHANGING_FROM + 600) {
            let plan = Plan::draw(seed);
            assert_eq!(plan.check(), Ok(()), "{plan}");
            for change in &plan.changes {
                assert_eq!(change.to_string().parse().as_ref(), Ok(change));
            }
            assert!(plan.at_fault().len() <= usize::from(plan.faults_max()));
            let beyond = Plan::draw_beyond(seed);
            assert_eq!(beyond.check(), Ok(()), "{beyond}");
            assert!(beyond.at_fault().len() > usize::from(plan.faults_max()));
            assert_eq!(plan.drop.to_string().parse(), Ok(plan.drop));
            for partition in &plan.partitions {
                assert_eq!(partition.to_string().parse().as_ref(), Ok(partition));
            }
            for crash in &plan.crashes {
                assert_eq!(crash.to_string().parse().as_ref(), Ok(crash));
            }
            for byzantine in &plan.byzantine {
                assert_eq!(byzantine.to_string().parse().as_ref(), Ok(byzantine));
            }
        }
        assert_eq!("0.25%".parse(), Ok(Share(25)));
        assert_eq!("12.5%".parse(), Ok(Share(1250)));
        assert_eq!(Share(1205).to_string(), "12.05%");
        assert_eq!(parse_time("20"), Ok(Duration::from_secs(20)));
        assert_eq!(parse_time("2m"), parse_time("120s"));
        assert_eq!(parse_time("1h"), parse_time("3600000ms"));
    }

    #[test]
    fn what_is_no_plan_is_refused() {
        for text in ["5", "%", "101%", "100.01%", "1.234%", "-1%", "1.%"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
        for text in ["", "s", "1 s", "-1", "1d", "18446744073709551615h"] {
            assert!(parse_time(text).is_err(), "{text}");
        }
        for text in ["0,1@1..2", "0|1", "0|1@1", "0||1@1..2", "a|b@1..2"] {
            assert!(text.parse::<Partition>().is_err(), "{text}");
        }
        for text in ["1", "@20", "1@", "256@20"] {
            assert!(text.parse::<Crash>().is_err(), "{text}");
        }
        for text in ["add@1", "add:4", "add:4@", "swap:1@1", "remove:x@1"] {
            assert!(text.parse::<Change>().is_err(), "{text}");
        }
        for text in ["1", "1:", "1:good", "x:silent"] {
            assert!(text.parse::<Byzantine>().is_err(), "{text}");
        }
        type Alter = fn(&mut Plan);
        let wrong: [(Alter, &str); 11] = [
            (|p| p.nodes = 0, "--nodes must be from 1 to 100"),
            (|p| p.txs = 0, "--txs must be from 1 to 100000"),
            (
                |p| p.clock_skew = Duration::from_secs(21_601),
                "--clock-skew, in seconds, must be from 0 to 21600",
            ),
            (
                |p| p.crashes.extend("4@1".parse::<Crash>()),
                "there is no node 4: the last one is 3",
            ),
            (
                |p| p.partitions.extend("0|1,0@1..2".parse::<Partition>()),
                "node 0 is named twice in 0|1,0@1s..2s",
            ),
            (
                |p| p.partitions.extend("0|1@2..2".parse::<Partition>()),
                "0|1@2s..2s: times must be in order, and at most 86400s from the beginning",
            ),
            (
                |p| p.crashes.extend("1@25h".parse::<Crash>()),
                "1@90000s: times must be in order, and at most 86400s from the beginning",
            ),
            (
                |p| {
                    let kinds = [Kind::Silent, Kind::Lying];
                    let twice = kinds.map(|kind| Byzantine { node: 2, kind });
                    p.byzantine.extend(twice);
                },
                "node 2 is named twice in --byzantine",
            ),
            (
                |p| p.changes.extend("add:5@1".parse::<Change>()),
                "add:5@1s: the next node to be added is 4",
            ),
            (
                |p| p.changes = changes(["add:4@1", "remove:5@2"]),
                "there is no node 5: the last one is 4",
            ),
            (
                |p| p.changes = changes(["rotate:1@1", "rotate:1@2"]),
                "node 1 is named twice in --change",
            ),
        ];
        for (change, expected) in wrong {
            let mut plan = Plan::default();
            change(&mut plan);
            assert_eq!(plan.check().unwrap_err().to_string(), expected);
        }
    }
}
