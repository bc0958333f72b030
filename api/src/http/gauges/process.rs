//! The process itself, under the names that Prometheus's own client libraries use. What the system does not tell is left out.

use metrics::{counter, gauge};
use std::fs;

/// Linux counts processor time in hundredths of a second, for programs, on every machine.
const TICKS_PER_SECOND: f64 = 100.0;

/// Takes the measures.
pub(super) fn measure() {
    if let Some(usage) = fs::read_to_string("/proc/self/stat").ok().and_then(|stat| Usage::parse(&stat)) {
        counter!("process_cpu_seconds_total").absolute(usage.cpu_seconds as u64);
        gauge!("process_virtual_memory_bytes").set(usage.virtual_bytes);
        gauge!("process_threads").set(usage.threads);
        if let Some(booted) = fs::read_to_string("/proc/stat").ok().and_then(|stat| booted_at(&stat)) {
            gauge!("process_start_time_seconds").set(booted + usage.started_seconds);
        }
    }
    if let Some(bytes) =
        fs::read_to_string("/proc/self/status").ok().and_then(|status| resident_bytes(&status))
    {
        gauge!("process_resident_memory_bytes").set(bytes);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        // One of them is the look itself.
        gauge!("process_open_fds").set(open.count().saturating_sub(1) as f64);
    }
    if let Some(most) =
        fs::read_to_string("/proc/self/limits").ok().and_then(|limits| most_open_files(&limits))
    {
        gauge!("process_max_fds").set(most);
    }
}

/// What `/proc/self/stat` tells.
#[derive(Debug, PartialEq)]
struct Usage {
    cpu_seconds: f64,
    threads: f64,
    /// After the machine was started.
    started_seconds: f64,
    virtual_bytes: f64,
}

impl Usage {
    fn parse(stat: &str) -> Option<Self> {
        // The second field is the program's name in parentheses, which may hold anything; the third one stands behind it.
        let (_, behind) = stat.rsplit_once(") ")?;
        let fields: Vec<&str> = behind.split_ascii_whitespace().collect();
        let number = |nth: usize| fields.get(nth - 3)?.parse::<f64>().ok();
        Some(Self {
            cpu_seconds: (number(14)? + number(15)?) / TICKS_PER_SECOND,
            threads: number(20)?,
            started_seconds: number(22)? / TICKS_PER_SECOND,
            virtual_bytes: number(23)?,
        })
    }
}

/// When the machine was started, in seconds since 1970.
fn booted_at(stat: &str) -> Option<f64> {
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

fn resident_bytes(status: &str) -> Option<f64> {
    let kibibytes: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?
        .trim()
        .strip_suffix(" kB")?
        .parse()
        .ok()?;
    Some(kibibytes * 1024.0)
}

fn most_open_files(limits: &str) -> Option<f64> {
    limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?
        .split_ascii_whitespace()
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_a_process_are_found_behind_any_name() {
        let stat = "42 (kha) ta) S 1 42 42 0 -1 4194560 1200 0 0 0 150 50 0 0 20 0 9 0 12345 987654321 4000 18446744073709551615 1 1";
        let usage =
            Usage { cpu_seconds: 2.0, threads: 9.0, started_seconds: 123.45, virtual_bytes: 987_654_321.0 };
        assert_eq!(Usage::parse(stat), Some(usage));
        assert_eq!(Usage::parse("42 (khata"), None);
    }

    #[test]
    fn figures_are_read_with_their_units() {
        assert_eq!(resident_bytes("VmPeak:\t  10 kB\nVmRSS:\t    2048 kB\n"), Some(2_097_152.0));
        assert_eq!(booted_at("cpu 1 2\nbtime 1700000000\n"), Some(1_700_000_000.0));
        assert_eq!(
            most_open_files(
                "Limit  Soft  Hard  Units\nMax open files            1024                 524288               files\n"
            ),
            Some(1024.0)
        );
    }
}
