//! Plots as SVG: a page of its own for each, light or dark as its reader's screen is, lines told
//! apart by dashes and names and not by colour alone.

use std::fmt::Write as _;

use crate::series::{Plot, Series};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 190.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 52.0;

/// Colours that differ for every kind of sight, each with dashes of its own.
const LINES: [(&str, &str); 5] = [
    ("#0072b2", ""),
    ("#d55e00", "7 3"),
    ("#009e73", "2 3"),
    ("#cc79a7", "9 3 2 3"),
    ("#8a6d00", "1 4"),
];

const STYLE: &str = "text{font:13px sans-serif;fill:#222}.g{stroke:#ddd}.a{stroke:#666}\
svg{background:#fff}@media(prefers-color-scheme:dark){svg{background:#14171a}text{fill:#e6e6e6}\
.g{stroke:#333}.a{stroke:#999}}";

/// A scale from what is measured to where it stands.
struct Scale {
    is_log: bool,
    least: f64,
    most: f64,
    from: f64,
    to: f64,
}

impl Scale {
    fn at(&self, value: f64) -> f64 {
        let place = |v: f64| if self.is_log { v.max(1e-9).log10() } else { v };
        let (least, most) = (place(self.least), place(self.most));
        let share = (place(value) - least) / (most - least).max(1e-9);
        self.from + share * (self.to - self.from)
    }

    /// Powers of ten within a logarithmic scale, quarters of another.
    fn ticks(&self) -> Vec<f64> {
        if !self.is_log {
            let step = (self.most - self.least) / 4.0;
            return (0..=4).map(|n| self.least + step * f64::from(n)).collect();
        }
        let powers = (-3..=12).map(|power| 10f64.powi(power));
        powers
            .filter(|tick| (self.least..=self.most).contains(tick))
            .collect()
    }
}

/// The plot as one SVG document.
pub(crate) fn svg(plot: &Plot) -> String {
    let points = || plot.lines.iter().flat_map(|line| &line.points);
    let least = |of: fn(&(f64, f64)) -> f64| points().map(of).fold(f64::MAX, f64::min);
    let most = |of: fn(&(f64, f64)) -> f64| points().map(of).fold(f64::MIN, f64::max);
    let x = Scale {
        is_log: plot.log_x,
        least: least(|p| p.0),
        most: most(|p| p.0),
        from: LEFT,
        to: WIDTH - RIGHT,
    };
    // Whole powers of ten, so that what is flat looks flat.
    let y = Scale {
        is_log: true,
        least: 10f64.powf(least(|p| p.1).max(1e-3).log10().floor()),
        most: 10f64.powf(most(|p| p.1).max(1e-3).log10().ceil()),
        from: HEIGHT - BOTTOM,
        to: TOP,
    };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\n\
         <title>{title}</title><style>{STYLE}</style>\n\
         <text x=\"{LEFT}\" y=\"24\" font-weight=\"bold\">{title} ({unit})</text>\n",
        title = plot.title,
        unit = plot.unit,
    );
    for tick in y.ticks() {
        let at = y.at(tick);
        let _ = writeln!(
            svg,
            "<line class=\"g\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            x.to,
            LEFT - 8.0,
            at + 4.0,
            number(tick)
        );
    }
    let bottom = HEIGHT - BOTTOM;
    for tick in x.ticks() {
        let at = x.at(tick);
        let _ = writeln!(
            svg,
            "<line class=\"a\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{bottom}\" y2=\"{}\"/>\
             <text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            bottom + 5.0,
            bottom + 20.0,
            number(tick)
        );
    }
    let _ = writeln!(
        svg,
        "<line class=\"a\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{bottom}\" y2=\"{bottom}\"/>\
         <text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
        x.to,
        f64::midpoint(x.from, x.to),
        HEIGHT - 12.0,
        plot.x
    );
    for ((line, style), row) in plot.lines.iter().zip(LINES.iter().cycle()).zip(0..) {
        svg.push_str(&polyline(line, *style, &x, &y, f64::from(row)));
    }
    svg.push_str("</svg>\n");
    svg
}

fn polyline(
    line: &Series,
    (colour, dashes): (&str, &str),
    x: &Scale,
    y: &Scale,
    row: f64,
) -> String {
    let places = line.points.iter();
    let places: Vec<String> = places
        .map(|(a, b)| format!("{:.1},{:.1}", x.at(*a), y.at(*b)))
        .collect();
    let (key, at) = (WIDTH - RIGHT + 14.0, TOP + 12.0 + row * 22.0);
    let stroke = format!(
        "fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\""
    );
    format!(
        "<polyline {stroke} points=\"{}\"><title>{}</title></polyline>\n\
         <line {stroke} x1=\"{key}\" x2=\"{}\" y1=\"{at}\" y2=\"{at}\"/>\
         <text x=\"{}\" y=\"{}\">{}</text>\n",
        places.join(" "),
        line.name,
        key + 30.0,
        key + 36.0,
        at + 4.0,
        line.name
    )
}

/// `1k`, `10M`: round numbers for ticks.
fn number(value: f64) -> String {
    match value {
        v if v >= 1e9 => format!("{}G", v / 1e9),
        v if v >= 1e6 => format!("{}M", v / 1e6),
        v if v >= 1e3 => format!("{}k", v / 1e3),
        v => format!("{v}"),
    }
}
