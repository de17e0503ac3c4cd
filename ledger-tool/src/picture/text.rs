//! Pictures as text, for a terminal.

use super::{Alphabet, Bar, Body, Node, Part, PartKind, Picture, Point, Role};
use crate::human;
use crate::session::{BAD, FAINT, GOOD, UNSURE};

/// Characters of a bar.
const BAR: u64 = 48;

struct Lines {
    child: &'static str,
    last_child: &'static str,
    beside: &'static str,
}

const UNICODE: Lines = Lines {
    child: "\u{251c}\u{2500} ",
    last_child: "\u{2514}\u{2500} ",
    beside: "\u{2502}  ",
};
const ASCII: Lines = Lines {
    child: "|- ",
    last_child: "`- ",
    beside: "|  ",
};

pub(super) fn render(picture: &Picture, alphabet: Alphabet) -> String {
    let mut text = format!("{}\n", picture.title);
    let width = picture.facts.iter().map(|fact| fact.name.len()).max();
    let width = width.unwrap_or(0);
    for fact in &picture.facts {
        text += &format!("{FAINT}{:width$}{FAINT:#}  {}\n", fact.name, fact.value);
    }
    text.push('\n');
    match &picture.body {
        Body::Nodes(nodes) => text += &tree(nodes, alphabet),
        Body::Bars(bars) => text += &rows(bars, alphabet),
        Body::Points(points) => text += &columns(points, alphabet),
    }
    text
}

fn tree(nodes: &[Node], alphabet: Alphabet) -> String {
    let lines = match alphabet {
        Alphabet::Unicode => UNICODE,
        Alphabet::Ascii => ASCII,
    };
    // The last child of each box, and what stands before the lines of each box and its children.
    let mut last: Vec<Option<usize>> = vec![None; nodes.len()];
    for (at, node) in nodes.iter().enumerate() {
        if let Some(last) = node.parent.and_then(|parent| last.get_mut(parent)) {
            *last = Some(at);
        }
    }
    let mut before: Vec<String> = Vec::with_capacity(nodes.len());
    let mut text = String::new();
    for (at, node) in nodes.iter().enumerate() {
        let (own, below) = match node.parent {
            None => {
                if at > 0 {
                    text.push('\n');
                }
                (String::new(), String::new())
            }
            Some(parent) => {
                let above = before.get(parent).map_or("", String::as_str);
                let is_last = last.get(parent) == Some(&Some(at));
                if is_last {
                    (
                        format!("{above}{}", lines.last_child),
                        format!("{above}   "),
                    )
                } else {
                    (
                        format!("{above}{}", lines.child),
                        format!("{above}{}", lines.beside),
                    )
                }
            }
        };
        let edge = match node.edge.as_str() {
            "" => String::new(),
            edge => format!("{edge}: "),
        };
        let style = match node.role {
            Role::Computed | Role::Elided => FAINT,
            Role::Given => anstyle::Style::new(),
            Role::Subject | Role::Evidence => GOOD,
            Role::Absent => UNSURE,
            Role::Wrong => BAD,
        };
        let said: Vec<&str> = node.lines.iter().map(String::as_str).collect();
        let said = said.join("  ");
        let space = if said.is_empty() { "" } else { "  " };
        let sign = node.role.sign(alphabet);
        text += &format!(
            "{own}{edge}{said}{space}{style}{sign} {}{style:#}\n",
            node.note
        );
        before.push(below);
    }
    text
}

/// Whole characters that add up to `BAR` times the part that a bar is of the longest one; what there
/// is at all has one.
fn rows(bars: &[Bar], alphabet: Alphabet) -> String {
    let longest = bars.iter().map(total).max().unwrap_or(0).max(1);
    let width = bars.iter().map(|bar| bar.label.len()).max().unwrap_or(0);
    let mut text = String::new();
    for bar in bars {
        let mut drawn = String::new();
        for Part { kind, bytes } in &bar.parts {
            let count = u128::from(*bytes) * u128::from(BAR) / u128::from(longest);
            let count = usize::try_from(count).unwrap_or(0);
            let count = if *bytes > 0 { count.max(1) } else { 0 };
            drawn.extend(std::iter::repeat_n(kind.sign(alphabet), count));
        }
        let space = if drawn.is_empty() { "" } else { "  " };
        text += &format!("{:width$}  {drawn}{space}{}\n", bar.label, bar.note);
    }
    let kinds = [
        PartKind::Live,
        PartKind::Damaged,
        PartKind::Torn,
        PartKind::Ready,
    ];
    let legend = kinds.map(|kind| format!("{} {}", kind.sign(alphabet), kind.name()));
    text + &format!("\n{FAINT}{}{FAINT:#}\n", legend.join("   "))
}

pub(super) fn total(bar: &Bar) -> u64 {
    bar.parts.iter().map(|part| part.bytes).sum()
}

/// A row a time.
fn columns(points: &[Point], alphabet: Alphabet) -> String {
    let most = points.iter().map(|point| point.bytes).max().unwrap_or(0);
    let mut text = String::new();
    // As many rows as a screen has.
    let step = points.len().div_ceil(24).max(1);
    let shown = points.iter().enumerate();
    let shown = shown.filter(|(at, _)| (at + 1).is_multiple_of(step) || at + 1 == points.len());
    for (_, Point { time, bytes }) in shown {
        let count = u128::from(*bytes) * u128::from(BAR) / u128::from(most.max(1));
        let drawn = PartKind::Live.sign(alphabet).to_string();
        let drawn = drawn.repeat(usize::try_from(count).unwrap_or(0));
        text += &format!("{time:20}  {drawn}  {}\n", human::bytes(*bytes));
    }
    text
}
