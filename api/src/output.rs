//! Where commands write: what was asked for to standard output, everything about it to standard error. What
//! others have written, stored or told, comes with escapes for what would not be shown.

use crate::shown;
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::{self, IsTerminal, Write},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// How often progress is told where nobody sees a bar.
const PLAIN_EVERY: Duration = Duration::from_secs(5);

/// Writes a line that was asked for.
pub(crate) fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(shown::lines(line).as_bytes())?;
    out.write_all(b"\n")
}

/// Writes a line about what happens. Nobody is left to tell where it cannot be written.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", shown::lines(line));
}

/// Writes a table with its columns aligned.
pub(crate) fn table<const N: usize>(
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> io::Result<()> {
    let lines: Vec<[String; N]> = std::iter::once(header.map(str::to_owned))
        .chain(rows.map(|row| row.map(|cell| shown::text(&cell).into_owned())))
        .collect();
    let mut widths = [0; N];
    for line in &lines {
        widths.iter_mut().zip(line).for_each(|(width, cell)| *width = cell.chars().count().max(*width));
    }
    for line in &lines {
        let cells = line.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        say(cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

/// How far something long has come: a bar with rate and time left on a terminal, a plain line now and then
/// elsewhere.
pub(crate) struct Bar {
    bar: Option<ProgressBar>,
    what: &'static str,
    total: AtomicU64,
    started: Instant,
    /// When the last plain line was written, in milliseconds since the start.
    told_ms: AtomicU64,
}

impl Bar {
    /// For so many of something; 0 if nobody knows how many.
    pub(crate) fn of(what: &'static str, total: u64) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let template =
                format!("{{bar:40}} {{human_pos}}/{{human_len}} {what}  {{per_sec}}  {{eta}} left");
            let style =
                ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(total).with_style(style)
        });
        Self { bar, what, total: AtomicU64::new(total), started: Instant::now(), told_ms: AtomicU64::new(0) }
    }

    /// Learns of how much.
    pub(crate) fn grow(&self, total: u64) {
        self.total.store(total, Ordering::Relaxed);
        self.bar.iter().for_each(|bar| bar.set_length(total));
    }

    /// Shows how far it has come.
    pub(crate) fn at(&self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
            return;
        }
        let elapsed = self.started.elapsed();
        let now_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let told_ms = self.told_ms.load(Ordering::Relaxed);
        if u128::from(now_ms.saturating_sub(told_ms)) < PLAIN_EVERY.as_millis() {
            return;
        }
        self.told_ms.store(now_ms, Ordering::Relaxed);
        let seconds = elapsed.as_secs_f64();
        let rate = per_second(done, seconds);
        let total = self.total.load(Ordering::Relaxed);
        let left = total.saturating_sub(done).checked_div(rate).filter(|_| total > 0);
        let left = left.map_or_else(String::new, |left| format!(", {left} s left"));
        complain(&format!("{done} of {total} {}, {rate}/s{left}", self.what));
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A rate, in whole ones per second.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a rate is shown, not calculated with"
)]
pub(crate) fn per_second(count: u64, seconds: f64) -> u64 {
    if seconds > 0.0 { (count as f64 / seconds) as u64 } else { 0 }
}
