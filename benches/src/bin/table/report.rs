//! What was measured, held against the bars.

use std::fmt::Write as _;

use ledger_benches::Result;
use serde_json::json;

use crate::bars::{Bar, LINES, Line};
use crate::peers::{Figure, Peers};
use crate::series::Plot;

/// A figure of ours, with the bare machine's or another of ours beside it where that is what it is
/// held against.
#[derive(Debug)]
struct Ours {
    quantity: &'static str,
    value: f64,
    unit: &'static str,
    beside: Option<Figure>,
}

/// Everything that was measured.
#[derive(Debug, Default)]
pub(crate) struct Report {
    ours: Vec<Ours>,
    plots: Vec<Plot>,
}

/// A line of the table.
#[derive(Debug)]
pub(crate) struct Row {
    line: &'static Line,
    value: f64,
    unit: &'static str,
    peer: Option<Figure>,
}

impl Report {
    /// Keeps what is to be drawn.
    pub(crate) fn plot(&mut self, plot: Plot) {
        self.plots.push(plot);
    }

    /// What is to be drawn.
    pub(crate) fn plots(&self) -> &[Plot] {
        &self.plots
    }

    /// Notes a figure that peers may have too.
    pub(crate) fn add(&mut self, quantity: &'static str, value: f64, unit: &'static str) {
        self.ours.push(Ours {
            quantity,
            value,
            unit,
            beside: None,
        });
    }

    /// Notes a figure and what the bare machine does.
    pub(crate) fn beside_raw(
        &mut self,
        quantity: &'static str,
        value: f64,
        unit: &'static str,
        raw: f64,
    ) {
        let settings = "reserved file, zeros written ahead of small writes, same bytes";
        self.beside(
            quantity,
            (value, unit),
            raw,
            ("write + fdatasync", settings),
        );
    }

    /// Notes a figure and what reading and one CRC-32 of the same bytes takes.
    pub(crate) fn beside_crc(
        &mut self,
        quantity: &'static str,
        value: f64,
        unit: &'static str,
        bare: f64,
    ) {
        let bare_name = ("read + crc32fast", "whole segments");
        self.beside(quantity, (value, unit), bare, bare_name);
    }

    /// Notes a figure and what ours is at the tip.
    pub(crate) fn beside_tip(
        &mut self,
        quantity: &'static str,
        value: f64,
        unit: &'static str,
        tip: f64,
    ) {
        self.beside(quantity, (value, unit), tip, ("ours at the tip", ""));
    }

    fn beside(
        &mut self,
        quantity: &'static str,
        (value, unit): (f64, &'static str),
        other: f64,
        (name, settings): (&str, &str),
    ) {
        self.ours.push(Ours {
            quantity,
            value,
            unit,
            beside: Some(Figure {
                peer: name.to_owned(),
                quantity: quantity.to_owned(),
                value: other,
                unit: unit.to_owned(),
                settings: settings.to_owned(),
            }),
        });
    }

    /// The lines of the table for which there is a figure.
    pub(crate) fn lines(&self, peers: &Peers) -> Vec<Row> {
        let mut rows = Vec::new();
        for line in LINES {
            let Some(ours) = self.ours.iter().find(|o| o.quantity == line.quantity) else {
                continue;
            };
            rows.push(Row {
                line,
                value: ours.value,
                unit: ours.unit,
                peer: (ours.beside.clone()).or_else(|| peers.best(line.quantity).cloned()),
            });
        }
        rows
    }
}

impl Row {
    fn ratio(&self) -> Option<f64> {
        self.peer.as_ref().map(|peer| self.value / peer.value)
    }

    /// `None` where there is no bar, or nothing to hold it against.
    fn reached(&self) -> Option<bool> {
        self.holds(|bar| bar)
    }

    /// The same of what is hoped for beyond the bar.
    fn reached_stretch(&self) -> Option<bool> {
        let stretch = self.line.stretch?;
        self.holds(|_| stretch)
    }

    fn holds(&self, asked: impl Fn(f64) -> f64) -> Option<bool> {
        match self.line.bar {
            Bar::AtMost(most) => Some(self.value <= asked(most)),
            Bar::AtLeast(least) => Some(self.value >= asked(least)),
            Bar::AtMostPeer(most) => self.ratio().map(|ratio| ratio <= asked(most)),
            Bar::AtLeastPeer(least) => self.ratio().map(|ratio| ratio >= asked(least)),
            Bar::None => None,
        }
    }

    fn verdict(&self) -> &'static str {
        match (self.reached(), self.reached_stretch()) {
            (Some(true), Some(true)) => "reached, stretch too",
            (Some(true), _) => "reached",
            (Some(false), _) => "missed",
            (None, _) => "-",
        }
    }

    fn bar(&self) -> String {
        match self.line.bar {
            Bar::AtMost(most) => format!("<= {}", figure(most)),
            Bar::AtLeast(least) => format!(">= {}", figure(least)),
            Bar::AtMostPeer(most) => format!("<= {most} x peer"),
            Bar::AtLeastPeer(least) => format!(">= {least} x peer"),
            Bar::None => "-".to_owned(),
        }
    }
}

/// Three digits that count, in thousands and millions.
fn figure(value: f64) -> String {
    let (value, letter) = match value {
        v if v >= 999_500.0 => (v / 1e6, " M"),
        v if v >= 9_995.0 => (v / 1e3, " k"),
        v => (v, ""),
    };
    match value {
        v if v >= 99.95 => format!("{v:.0}{letter}"),
        v if v >= 9.995 => format!("{v:.1}{letter}"),
        v => format!("{v:.2}{letter}"),
    }
}

/// The table as text, and below it every peer's figures with its settings.
pub(crate) fn text(rows: &[Row], peers: &Peers) -> String {
    let mut text = columns(&ours(rows));
    if !peers.figures().is_empty() {
        text.push('\n');
        text.push_str(&columns(&theirs(peers)));
    }
    text
}

fn ours(rows: &[Row]) -> Vec<[String; 9]> {
    let mut table = vec![
        [
            "quantity", "ours", "unit", "peer", "whose", "ratio", "limit", "bar", "",
        ]
        .map(str::to_owned),
    ];
    for row in rows {
        let peer = row.peer.as_ref();
        table.push([
            row.line.words.to_owned(),
            figure(row.value),
            row.unit.to_owned(),
            peer.map_or("-".to_owned(), |peer| figure(peer.value)),
            peer.map_or("-".to_owned(), |peer| peer.peer.clone()),
            row.ratio()
                .map_or("-".to_owned(), |ratio| format!("{ratio:.2}")),
            row.line.limit.map_or("-".to_owned(), figure),
            row.bar(),
            row.verdict().to_owned(),
        ]);
    }
    table
}

fn theirs(peers: &Peers) -> Vec<[String; 5]> {
    let mut table = vec![["peer", "quantity", "figure", "unit", "settings"].map(str::to_owned)];
    table.extend(peers.figures().iter().map(|of| {
        let (peer, quantity, unit) = (of.peer.clone(), of.quantity.clone(), of.unit.clone());
        [peer, quantity, figure(of.value), unit, of.settings.clone()]
    }));
    table
}

fn columns<const N: usize>(table: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for cells in table {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (*width).max(cell.len());
        }
    }
    let mut text = String::new();
    for cells in table {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            let _ = write!(line, "{cell:width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The table for programs.
pub(crate) fn json(rows: &[Row], peers: &Peers, plots: &[Plot]) -> Result<String> {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({
                "quantity": row.line.words,
                "ours": row.value,
                "unit": row.unit,
                "peer": row.peer.as_ref().map(|peer| json!({
                    "name": peer.peer, "value": peer.value, "settings": peer.settings,
                })),
                "ratio": row.ratio(),
                "limit": row.line.limit,
                "bar": row.bar(),
                "reached": row.reached(),
                "stretch": row.line.stretch,
                "stretch_reached": row.reached_stretch(),
            })
        })
        .collect();
    let peers: Vec<_> = peers
        .figures()
        .iter()
        .map(|figure| {
            json!({
                "peer": figure.peer, "quantity": figure.quantity, "value": figure.value,
                "unit": figure.unit, "settings": figure.settings,
            })
        })
        .collect();
    let plots: Vec<_> = plots.iter().map(Plot::json).collect();
    let table = json!({ "schema": 1, "rows": rows, "peers": peers, "plots": plots });
    Ok(serde_json::to_string_pretty(&table)?)
}
