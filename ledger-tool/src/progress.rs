//! Progress with an estimate of the rest, on stderr: for people once work takes more than a second,
//! for programs from the start.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::cli::ProgressMode;
use crate::session::to_json;

/// Shorter work draws nothing; JSON comes once in this time.
const PERIOD: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Progress {
    what: &'static str,
    total: Option<u64>,
    started: Instant,
    told: Instant,
    target: Target,
}

#[derive(Debug)]
enum Target {
    Nobody,
    /// Whether anything was told.
    Json(bool),
    /// The bar once it is drawn.
    Terminal(Option<ProgressBar>),
}

#[derive(Serialize)]
struct ProgressDoc {
    schema: &'static str,
    what: &'static str,
    bytes_done: u64,
    bytes_total: Option<u64>,
    elapsed_ms: u64,
    eta_ms: Option<u64>,
}

impl Progress {
    pub(crate) fn new(mode: ProgressMode, what: &'static str, total: Option<u64>) -> Self {
        let now = Instant::now();
        let target = match mode {
            ProgressMode::Json => Target::Json(false),
            ProgressMode::Auto if stderr().is_terminal() => Target::Terminal(None),
            ProgressMode::Auto | ProgressMode::None => Target::Nobody,
        };
        Self {
            what,
            total,
            started: now,
            told: now,
            target,
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Tells how many bytes are done, of how many.
    pub(crate) fn update(&mut self, done: u64, total: Option<u64>) {
        self.total = total;
        match &mut self.target {
            Target::Nobody => {}
            Target::Json(has_told) => {
                // The first line tells a program at once that work began.
                if !*has_told || self.told.elapsed() >= PERIOD {
                    *has_told = true;
                    self.told = Instant::now();
                    self.tell_json(done);
                }
            }
            Target::Terminal(bar) => {
                if bar.is_none() && self.started.elapsed() >= PERIOD {
                    *bar = Some(draw(self.what, total, self.started.elapsed()));
                }
                if let Some(bar) = bar {
                    bar.set_position(done);
                }
            }
        }
    }

    fn tell_json(&self, done: u64) {
        let elapsed = self.started.elapsed();
        let rest = self.total.map(|total| total.saturating_sub(done));
        let eta = rest
            .filter(|_| done > 0)
            .map(|rest| elapsed.as_secs_f64() / done as f64 * rest as f64)
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let document = ProgressDoc {
            schema: "ledger-tool.progress/1",
            what: self.what,
            bytes_done: done,
            bytes_total: self.total,
            elapsed_ms: millis(elapsed),
            eta_ms: eta.map(millis),
        };
        if let Ok(text) = to_json(&document) {
            let _ = writeln!(stderr().lock(), "{text}");
        }
    }

    /// Runs what writes to the terminal, with the bar out of the way.
    pub(crate) fn aside<T>(&self, run: impl FnOnce() -> T) -> T {
        match &self.target {
            Target::Terminal(Some(bar)) => bar.suspend(run),
            _ => run(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Target::Terminal(Some(bar)) = &self.target {
            bar.finish_and_clear();
        }
    }
}

pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn draw(what: &'static str, total: Option<u64>, elapsed: Duration) -> ProgressBar {
    let template = if total.is_some() {
        "{msg} [{wide_bar}] {bytes}/{total_bytes} {bytes_per_sec} eta {eta}"
    } else {
        "{msg} {bytes} {bytes_per_sec} {elapsed}"
    };
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(what);
    bar.with_elapsed(elapsed)
}
