//! The table that `khata bench` prints, line by line as the figures are measured.

use super::Figure;
use std::io::Write;

/// Whether a target was reached.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// As good as the target or better; how many times as good.
    Reached(f64),
    /// Not as good; how many times as good (below 1).
    Missed(f64),
    /// There is no target.
    Told,
    /// Could not be measured.
    Failed,
}

impl Verdict {
    /// For figures of which more is better.
    pub(super) fn at_least(measured: f64, target: f64) -> Self {
        Self::of(measured / target)
    }

    /// For figures of which less is better.
    pub(super) fn at_most(measured: f64, target: f64) -> Self {
        Self::of(target / measured)
    }

    fn of(ratio: f64) -> Self {
        if ratio >= 1.0 { Self::Reached(ratio) } else { Self::Missed(ratio) }
    }
}

/// One line.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Which figure; several lines may belong to one.
    pub(super) figure: Figure,
    pub(super) what: String,
    /// What it should be.
    pub(super) target: String,
    pub(super) measured: String,
    /// Whether that is enough.
    pub(super) verdict: Verdict,
    /// Relative to what, under which conditions.
    pub(super) note: String,
}

impl Line {
    /// A figure that could not be measured, and why.
    pub(super) fn failed(figure: Figure, why: &dyn std::fmt::Display) -> Self {
        let none = || "-".to_owned();
        Self {
            figure,
            what: none(),
            target: none(),
            measured: none(),
            verdict: Verdict::Failed,
            note: why.to_string(),
        }
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { figure, what, target, measured, verdict, note } = self;
        let verdict = match verdict {
            Verdict::Reached(ratio) => format!("reached ({ratio:.2})"),
            Verdict::Missed(ratio) => format!("missed ({ratio:.2})"),
            Verdict::Told => "no target".to_owned(),
            Verdict::Failed => "FAILED".to_owned(),
        };
        write!(f, "{figure:<5?} {what:<44} {target:>16} {measured:>18}  {verdict:<16} {note}")
    }
}

/// Above the lines.
pub(super) fn heading() -> String {
    format!(
        "{:<5} {:<44} {:>16} {:>18}  {:<16} {}",
        "", "figure", "target", "measured", "(times target)", "relative to, conditions"
    )
}

/// Prints a line at once. Nobody reading is no reason to stop measuring.
pub(super) fn say(text: &dyn std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// A number with its thousands apart, for people: 12,345.
pub(super) fn grouped(number: f64) -> String {
    let digits = format!("{:.0}", number.max(0.0));
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Microseconds for people: 180 µs, 12.3 ms.
pub(super) fn time(us: u64) -> String {
    if us < 10_000 { format!("{us} µs") } else { format!("{:.1} ms", us as f64 / 1_000.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0.4, 999.0, 1_000.0, 1_234_567.0].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([180, 12_345].map(time), ["180 µs", "12.3 ms"]);
    }

    #[test]
    fn a_verdict_says_how_far_a_figure_is_from_its_target() {
        assert_eq!(Verdict::at_least(5_500.0, 5_000.0), Verdict::Reached(1.1));
        assert_eq!(Verdict::at_most(40.0, 20.0), Verdict::Missed(0.5));
    }
}
