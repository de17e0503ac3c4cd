//! Figures that form a line: how a cost grows, how latencies are spread.

use serde_json::{Value, json};

/// What is drawn together: lines of one unit over one quantity.
#[derive(Debug)]
pub(crate) struct Plot {
    /// The file's name, without its ending.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// What runs from left to right; its scale is logarithmic if `log_x`.
    pub(crate) x: &'static str,
    pub(crate) log_x: bool,
    /// What runs upwards, on a logarithmic scale.
    pub(crate) unit: &'static str,
    pub(crate) lines: Vec<Series>,
}

/// One line.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) name: &'static str,
    pub(crate) points: Vec<(f64, f64)>,
}

impl Series {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self {
            name,
            points: Vec::new(),
        }
    }

    /// The share of samples, in percent, that took at most so much: at the percentiles that are
    /// read off such plots.
    pub(crate) fn percentiles(name: &'static str, mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        let at = |permille: u32| {
            let index = (samples.len().saturating_sub(1)) * permille as usize / 1000;
            Some((f64::from(permille) / 10.0, *samples.get(index)?))
        };
        let permilles = (0..1000).step_by(10).chain([995, 999, 1000]);
        Self {
            name,
            points: permilles.filter_map(at).collect(),
        }
    }

    /// The value at the greatest x that is not above `x`.
    pub(crate) fn at(&self, x: f64) -> Option<f64> {
        let below = self.points.iter().rev().find(|(here, _)| *here <= x);
        below.map(|(_, y)| *y)
    }
}

impl Plot {
    pub(crate) fn json(&self) -> Value {
        let line = |line: &Series| json!({ "name": line.name, "points": line.points });
        json!({
            "name": self.name, "title": self.title, "x": self.x, "unit": self.unit,
            "lines": self.lines.iter().map(line).collect::<Vec<_>>(),
        })
    }
}
