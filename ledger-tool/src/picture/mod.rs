//! Pictures of trees, proofs, segments and growth: what is drawn, apart from how.
//!
//! A picture is data: boxes that hang on boxes, bars, or a line over time. Text, SVG, DOT and HTML
//! are made of the same data, so that they say the same; the report and the pages use them too.
//!
//! Invariants:
//!
//! - every box says in words what it is: colours and shapes only repeat it;
//! - text from a store or a file goes through [`crate::human::plain`] when it enters a picture, and
//!   through the escaping of the form when it leaves: nothing that somebody else wrote is markup;
//! - a picture has a bounded number of boxes, whatever it is of.

mod bars;
mod dot;
mod html;
mod layout;
mod merkle;
mod svg;
mod text;
mod trie;
mod whole;

use serde::Serialize;

pub(crate) use bars::{growth, segments};
#[cfg(feature = "explore")]
pub(crate) use html::PAGE_STYLE;
pub(crate) use html::{cell, escape, page};
pub(crate) use merkle::{proof, tree};
pub(crate) use svg::STYLE;
pub(crate) use trie::state_proof;
pub(crate) use whole::bundle;

/// Boxes beyond these are not drawn.
pub(crate) const NODES_MAX: usize = 600;

/// What is drawn.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Picture {
    pub(crate) title: String,
    /// What is said beside it: a name and a value.
    pub(crate) facts: Vec<Fact>,
    #[serde(flatten)]
    pub(crate) body: Body,
}

/// A line beside a picture.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Fact {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// The kinds of pictures.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Body {
    /// Boxes that hang on boxes: parents before children, left before right.
    Nodes(Vec<Node>),
    /// A bar a row.
    Bars(Vec<Bar>),
    /// A line over time.
    Points(Vec<Point>),
}

/// A box.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Node {
    /// The box that it hangs on.
    pub(crate) parent: Option<usize>,
    /// What leads to it from there.
    pub(crate) edge: String,
    /// What stands in it: short hash, place.
    pub(crate) lines: Vec<String>,
    /// What it is, in words.
    pub(crate) note: String,
    pub(crate) role: Role,
    /// All that is known of it: the full hash.
    pub(crate) detail: String,
}

/// What a box is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Computed from what hangs on it.
    Computed,
    /// Given by the proof.
    Given,
    /// What the picture is about: a leaf, a key, an earlier root.
    Subject,
    /// Not shown in full.
    Elided,
    /// Not there.
    Absent,
    /// Not what it has to be.
    Wrong,
    /// What vouches for the rest.
    Evidence,
}

/// A bar, of parts one after another.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) parts: Vec<Part>,
    pub(crate) note: String,
}

/// A part of a bar.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Part {
    pub(crate) kind: PartKind,
    pub(crate) bytes: u64,
}

/// What bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PartKind {
    /// In use.
    Live,
    /// Damaged.
    Damaged,
    /// Written in part and never acknowledged.
    Torn,
    /// Made ahead.
    Ready,
}

/// A value at a time.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Point {
    pub(crate) time: String,
    pub(crate) bytes: u64,
}

/// The characters of pictures made of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alphabet {
    Unicode,
    Ascii,
}

impl Picture {
    pub(crate) fn new(title: impl Into<String>, body: Body) -> Self {
        Self {
            title: title.into(),
            facts: Vec::new(),
            body,
        }
    }

    pub(crate) fn fact(mut self, name: &str, value: impl Into<String>) -> Self {
        self.facts.push(Fact {
            name: name.to_owned(),
            value: value.into(),
        });
        self
    }

    /// For a terminal or a file of text.
    pub(crate) fn to_text(&self, alphabet: Alphabet) -> String {
        text::render(self, alphabet)
    }

    /// A file of its own, light or dark as its reader is.
    pub(crate) fn to_svg(&self) -> String {
        svg::file(self)
    }

    /// For a page that has [`STYLE`].
    pub(crate) fn to_inline_svg(&self) -> String {
        svg::inline(self)
    }

    /// For Graphviz; `None` where there are no boxes.
    pub(crate) fn to_dot(&self) -> Option<String> {
        match &self.body {
            Body::Nodes(nodes) => Some(dot::render(self, nodes)),
            Body::Bars(_) | Body::Points(_) => None,
        }
    }

    /// The table below a picture.
    pub(crate) fn to_table(&self) -> String {
        html::table(self)
    }

    /// One file with the picture and all that it says as a table, without scripts.
    pub(crate) fn to_html(&self) -> String {
        html::file(self)
    }
}

impl Node {
    pub(crate) fn new(parent: Option<usize>, role: Role, note: impl Into<String>) -> Self {
        Self {
            parent,
            edge: String::new(),
            lines: Vec::new(),
            note: note.into(),
            role,
            detail: String::new(),
        }
    }

    pub(crate) fn line(mut self, line: impl Into<String>) -> Self {
        self.lines.push(line.into());
        self
    }

    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    pub(crate) fn edge(mut self, edge: impl Into<String>) -> Self {
        self.edge = edge.into();
        self
    }
}

impl Role {
    /// The name of its style.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Computed => "computed",
            Self::Given => "given",
            Self::Subject => "subject",
            Self::Elided => "elided",
            Self::Absent => "absent",
            Self::Wrong => "wrong",
            Self::Evidence => "evidence",
        }
    }

    /// What stands before its words.
    pub(crate) const fn sign(self, alphabet: Alphabet) -> &'static str {
        let (unicode, ascii) = match self {
            Self::Computed => ("\u{25cb}", "o"),
            Self::Given => ("\u{25cf}", "*"),
            Self::Subject => ("\u{25c0}", "<"),
            Self::Elided => ("\u{2026}", "..."),
            Self::Absent => ("\u{2205}", "0"),
            Self::Wrong => ("\u{2260}", "!="),
            Self::Evidence => ("\u{25c6}", "#"),
        };
        match alphabet {
            Alphabet::Unicode => unicode,
            Alphabet::Ascii => ascii,
        }
    }
}

impl PartKind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Damaged => "damaged",
            Self::Torn => "torn",
            Self::Ready => "ready",
        }
    }

    pub(crate) const fn sign(self, alphabet: Alphabet) -> char {
        let (unicode, ascii) = match self {
            Self::Live => ('\u{2593}', '='),
            Self::Damaged => ('\u{2573}', 'X'),
            Self::Torn => ('\u{2592}', '+'),
            Self::Ready => ('\u{2591}', '.'),
        };
        match alphabet {
            Alphabet::Unicode => unicode,
            Alphabet::Ascii => ascii,
        }
    }
}

/// The first `chars` of a text that is longer, with three dots.
pub(crate) fn shorten(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Brings boxes into the order of a picture: each followed by all that hangs on it, and that by what
/// leads to it, as nibbles are ordered.
fn in_order(nodes: &mut Vec<Node>) {
    let mut children: Vec<Vec<usize>> = nodes.iter().map(|_| Vec::new()).collect();
    let mut stack = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        match node.parent.and_then(|parent| children.get_mut(parent)) {
            Some(siblings) => siblings.push(at),
            None => stack.push((at, None)),
        }
    }
    stack.reverse();
    for siblings in &mut children {
        siblings.sort_by_key(|at| nodes.get(*at).map(|node| node.edge.clone()));
    }
    let mut taken: Vec<Option<Node>> = nodes.drain(..).map(Some).collect();
    while let Some((at, parent)) = stack.pop() {
        let Some(mut node) = taken.get_mut(at).and_then(Option::take) else {
            continue;
        };
        node.parent = parent;
        let new = nodes.len();
        nodes.push(node);
        let below = children.get(at).map(Vec::as_slice).unwrap_or_default();
        stack.extend(below.iter().rev().map(|child| (*child, Some(new))));
    }
}
