//! Pictures as SVG, written by hand: no scripts, nothing from elsewhere, light or dark as the reader
//! asks for.
//!
//! Colours are those of Okabe and Ito, which people who see few colours tell apart; each style also
//! has a stroke of its own, and each box its words.

use super::html::escape;
use super::layout::{self, CHAR, LINE, ROW_GAP, chars};
use super::text::total;
use super::{Alphabet, Bar, Body, Fact, Node, Part, PartKind, Picture, Point};
use crate::human;

/// The styles of all pictures, for a page or a file. Without variables, which not every program knows.
pub(crate) const STYLE: &str = "\
.picture text{font:13px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace}\
.picture .head{font-size:16px;font-weight:bold}\
.picture .edge{fill:none;stroke-width:1.5}\
.picture rect.box{stroke-width:1.5}\
.picture .given rect{stroke-width:2}\
.picture .subject rect{stroke-width:4}\
.picture .elided rect{stroke-dasharray:6 4}\
.picture .absent rect{stroke-width:3;stroke-dasharray:2 4}\
.picture .wrong rect{stroke-width:5}\
.picture .evidence rect{stroke-width:3}\
.picture .ready{fill:none;stroke-dasharray:4 3}\
.picture .curve{fill:none;stroke-width:2.5}\
.picture .under{opacity:.15}\
.picture .damaged{stroke-width:3;stroke-dasharray:1 3}\
.picture .torn{stroke-width:2;stroke-dasharray:6 3}\
.picture .paper{fill:#fff}\
.picture text{fill:#1a1a1a}\
.picture .faint{fill:#595959}\
.picture .edge{stroke:#8a8a8a}\
.picture rect.box{fill:#f6f6f6;stroke:#8a8a8a}\
.picture .given rect{stroke:#0072b2}\
.picture .subject rect{stroke:#00795a}\
.picture .absent rect{stroke:#8f5f00}\
.picture .wrong rect{stroke:#b34700}\
.picture .evidence rect{stroke:#8a3a6e}\
.picture .given .note,.picture .live{fill:#0072b2}\
.picture .subject .note{fill:#00795a}\
.picture .computed .note,.picture .elided .note{fill:#595959}\
.picture .absent .note,.picture .torn{fill:#8f5f00}\
.picture .wrong .note,.picture .damaged{fill:#b34700}\
.picture .evidence .note{fill:#8a3a6e}\
.picture .ready{stroke:#8a8a8a}\
.picture .damaged,.picture .torn{stroke:#1a1a1a}\
.picture .curve{stroke:#0072b2}\
.picture .under{fill:#0072b2}\
@media (prefers-color-scheme:dark){\
.picture .paper{fill:#161616}\
.picture text{fill:#f0f0f0}\
.picture .faint{fill:#b0b0b0}\
.picture .edge{stroke:#8a8a8a}\
.picture rect.box{fill:#232323;stroke:#8a8a8a}\
.picture .given rect{stroke:#5ab4e5}\
.picture .subject rect{stroke:#2fc79a}\
.picture .absent rect{stroke:#e69f00}\
.picture .wrong rect{stroke:#ff8a4c}\
.picture .evidence rect{stroke:#e29ac8}\
.picture .given .note,.picture .live{fill:#5ab4e5}\
.picture .subject .note{fill:#2fc79a}\
.picture .computed .note,.picture .elided .note{fill:#b0b0b0}\
.picture .absent .note,.picture .torn{fill:#e69f00}\
.picture .wrong .note,.picture .damaged{fill:#ff8a4c}\
.picture .evidence .note{fill:#e29ac8}\
.picture .ready{stroke:#8a8a8a}\
.picture .damaged,.picture .torn{stroke:#f0f0f0}\
.picture .curve{stroke:#5ab4e5}\
.picture .under{fill:#5ab4e5}}";

const MARGIN: i64 = 24;
/// Of a bar and of a curve.
const BAR: i64 = 560;
const CURVE: i64 = 240;

/// What stands in a picture, and what it takes.
struct Drawn {
    shapes: String,
    width: i64,
    height: i64,
}

pub(super) fn file(picture: &Picture) -> String {
    let style = format!("<style>{STYLE}</style>");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n",
        whole(picture, Some(&style))
    )
}

pub(super) fn inline(picture: &Picture) -> String {
    whole(picture, None)
}

/// With a style a file of its own, which also has title and facts; the page around an inline picture
/// has them.
fn whole(picture: &Picture, style: Option<&str>) -> String {
    let drawn = match &picture.body {
        Body::Nodes(nodes) => tree(nodes),
        Body::Bars(bars) => rows(bars),
        Body::Points(points) => curve(points),
    };
    let facts = picture.facts.iter().filter(|_| style.is_some());
    let said = facts.map(said).collect::<Vec<_>>();
    let texts = said.iter().map(|text| chars(text) * CHAR);
    let head = style.map_or(0, |_| chars(&picture.title) * CHAR * 5 / 4);
    let width = texts.chain([head, drawn.width]).max().unwrap_or(0) + 2 * MARGIN;
    let facts = i64::try_from(said.len()).unwrap_or(0) * (LINE + 2);
    let top = style.map_or(MARGIN, |_| MARGIN + 24 + facts + 12);
    let height = top + drawn.height + MARGIN;
    let title = escape(&picture.title);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"picture\" role=\"img\" \
         viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n\
         <title>{title}</title>\n{}<rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n",
        style.unwrap_or_default()
    );
    if style.is_some() {
        let base = MARGIN + 12;
        text += &format!("<text class=\"head\" x=\"{MARGIN}\" y=\"{base}\">{title}</text>\n");
    }
    let mut y = MARGIN + 24 + LINE - 2;
    for line in &said {
        text += &format!(
            "<text class=\"faint\" x=\"{MARGIN}\" y=\"{y}\">{}</text>\n",
            escape(line)
        );
        y += LINE + 2;
    }
    // What is narrower than its words stands in the middle below them, as far as a page is wide.
    let spare = (width.min(960) - 2 * MARGIN - drawn.width).max(0) / 2;
    let left = MARGIN
        + if matches!(picture.body, Body::Nodes(_)) {
            spare
        } else {
            0
        };
    text += &format!(
        "<g transform=\"translate({left} {top})\">\n{}</g>\n</svg>",
        drawn.shapes
    );
    text
}

fn said(fact: &Fact) -> String {
    format!("{}: {}", fact.name, fact.value)
}

fn tree(nodes: &[Node]) -> Drawn {
    let laid = layout::layout(nodes);
    let mut edges = String::new();
    let mut boxes = String::new();
    for (node, place) in nodes.iter().zip(&laid.places) {
        let (middle, top) = (place.x + place.width / 2, place.y);
        if let Some(above) = node.parent.and_then(|parent| laid.places.get(parent)) {
            let (from, bottom) = (above.x + above.width / 2, above.y + above.height);
            let bend = top - ROW_GAP / 2;
            edges +=
                &format!("<path class=\"edge\" d=\"M{from} {bottom}V{bend}H{middle}V{top}\"/>\n");
            if !node.edge.is_empty() {
                boxes += &format!(
                    "<text class=\"faint\" x=\"{}\" y=\"{}\">{}</text>\n",
                    middle + 4,
                    top - 4,
                    escape(&node.edge)
                );
            }
        }
        boxes += &format!(
            "<g class=\"{}\"><title>{}</title><rect class=\"box\" x=\"{}\" y=\"{top}\" width=\"{}\" \
             height=\"{}\" rx=\"4\"/>",
            node.role.name(),
            escape(&node.detail),
            place.x,
            place.width,
            place.height,
        );
        let mut y = top + LINE;
        for line in &node.lines {
            boxes += &format!(
                "<text x=\"{middle}\" y=\"{y}\" text-anchor=\"middle\">{}</text>",
                escape(line)
            );
            y += LINE;
        }
        boxes += &format!(
            "<text class=\"note\" x=\"{middle}\" y=\"{y}\" text-anchor=\"middle\">{} {}</text></g>\n",
            node.role.sign(Alphabet::Unicode),
            escape(&node.note)
        );
    }
    Drawn {
        shapes: edges + &boxes,
        width: laid.width,
        height: laid.height,
    }
}

/// How many of `pixels` are this part of the whole.
fn scaled(part: u64, whole: u64, pixels: i64) -> i64 {
    let pixels = u128::from(pixels.unsigned_abs());
    i64::try_from(u128::from(part) * pixels / u128::from(whole.max(1))).unwrap_or(0)
}

fn rows(bars: &[Bar]) -> Drawn {
    let longest = bars.iter().map(total).max().unwrap_or(0);
    let labels = bars.iter().map(|bar| chars(&bar.label) * CHAR).max();
    let left = labels.unwrap_or(0) + 12;
    let notes = bars.iter().map(|bar| chars(&bar.note) * CHAR).max();
    let mut shapes = String::new();
    let mut y = 0;
    for bar in bars {
        let base = y + LINE - 2;
        shapes += &format!("<text x=\"0\" y=\"{base}\">{}</text>", escape(&bar.label));
        let mut x = left;
        for Part { kind, bytes } in bar.parts.iter().filter(|part| part.bytes > 0) {
            let width = scaled(*bytes, longest, BAR).max(3);
            let name = kind.name();
            shapes += &format!(
                "<rect class=\"{name}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{LINE}\">\
                 <title>{name}: {}</title></rect>",
                escape(&human::bytes(*bytes))
            );
            x += width;
        }
        let note = escape(&bar.note);
        shapes += &format!(
            "<text class=\"faint\" x=\"{}\" y=\"{base}\">{note}</text>\n",
            x + 10
        );
        y += LINE + 8;
    }
    let kinds = [
        PartKind::Live,
        PartKind::Damaged,
        PartKind::Torn,
        PartKind::Ready,
    ];
    let mut x = left;
    for kind in kinds {
        let name = kind.name();
        let (top, base) = (y + 8, y + 8 + LINE - 3);
        shapes += &format!(
            "<rect class=\"{name}\" x=\"{x}\" y=\"{top}\" width=\"{LINE}\" height=\"{LINE}\"/>\
             <text x=\"{}\" y=\"{base}\">{name}</text>\n",
            x + LINE + 6
        );
        x += LINE + 6 + chars(name) * CHAR + 24;
    }
    Drawn {
        shapes,
        width: left + BAR + 12 + notes.unwrap_or(0),
        height: y + 8 + LINE,
    }
}

fn curve(points: &[Point]) -> Drawn {
    let most = points.iter().map(|point| point.bytes).max().unwrap_or(0);
    let steps = i64::try_from(points.len().saturating_sub(1))
        .unwrap_or(0)
        .max(1);
    let left = 90;
    let mut corners = String::new();
    let mut marks = String::new();
    for (at, point) in (0..).zip(points) {
        let x = left + at * BAR / steps;
        let y = CURVE - scaled(point.bytes, most, CURVE);
        corners += &format!("{x},{y} ");
        marks += &format!(
            "<circle class=\"live\" cx=\"{x}\" cy=\"{y}\" r=\"3\"><title>{}: {}</title></circle>\n",
            escape(&point.time),
            escape(&human::bytes(point.bytes))
        );
    }
    let corners = corners.trim_end();
    let last = left + i64::try_from(points.len().saturating_sub(1)).unwrap_or(0) * BAR / steps;
    let mut shapes = format!(
        "<path class=\"edge\" d=\"M{left} 0V{CURVE}H{}\"/>\n\
         <polygon class=\"under\" points=\"{left},{CURVE} {corners} {last},{CURVE}\"/>\n\
         <polyline class=\"curve\" points=\"{corners}\"/>\n{marks}",
        left + BAR
    );
    let half = escape(&human::bytes(most / 2));
    shapes += &format!(
        "<text class=\"faint\" x=\"{0}\" y=\"12\" text-anchor=\"end\">{1}</text>\
         <text class=\"faint\" x=\"{0}\" y=\"{2}\" text-anchor=\"end\">{half}</text>\
         <text class=\"faint\" x=\"{0}\" y=\"{CURVE}\" text-anchor=\"end\">0 B</text>\n",
        left - 8,
        escape(&human::bytes(most)),
        CURVE / 2 + 6,
    );
    if let (Some(first), Some(last)) = (points.first(), points.last()) {
        let base = CURVE + LINE + 4;
        shapes += &format!(
            "<text class=\"faint\" x=\"{left}\" y=\"{base}\">{}</text>\
             <text class=\"faint\" x=\"{}\" y=\"{base}\" text-anchor=\"end\">{}</text>\n",
            escape(&first.time),
            left + BAR,
            escape(&last.time)
        );
    }
    Drawn {
        shapes,
        width: left + BAR + 8,
        height: CURVE + LINE + 8,
    }
}
