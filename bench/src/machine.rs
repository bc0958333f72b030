//! What the machine itself can do and what a process takes of it, read from Linux's `/proc`.

use crate::BenchError;
use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

/// Linux tells processor time in hundredths of a second, on every architecture.
const TICKS_PER_SECOND: f64 = 100.0;

/// Processor time a process has taken so far, in seconds. `None` where `/proc` does not tell.
pub(super) fn processor_seconds(pid: &str) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold spaces; user and system time are the 12th and 13th field behind it.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS_PER_SECOND)
}

/// Resident memory of a process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memory {
    pub(super) resident_mib: f64,
    /// The most so far, in MiB.
    pub(super) peak_mib: f64,
}

/// Resident memory of a process. `None` where `/proc` does not tell.
pub(super) fn memory(pid: u32) -> Option<Memory> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let mib = |name: &str| -> Option<f64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start_matches(':').split_whitespace().next()?.parse::<f64>().ok().map(|kib| kib / 1_024.0)
    };
    Some(Memory { resident_mib: mib("VmRSS")?, peak_mib: mib("VmHWM")? })
}

/// Processor and cores, in words.
pub(super) fn description() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("unknown", |(_, name)| name.trim());
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{cores} cores, {model}, Linux {}, load {}", kernel.trim(), load_average())
}

/// How many processes wanted to run over the last minute, as the kernel tells it.
pub(super) fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("unknown").to_owned()
}

/// Durable appends of 8 KiB per second to a file in `dir`: what one commit after another can reach on this
/// disk.
pub(super) fn fdatasync_rate(dir: &Path, lasting: Duration) -> Result<f64, BenchError> {
    let path = dir.join("fdatasync");
    let mut file: File = OpenOptions::new()
        .create_new(true)
        .append(true)
        .open(&path)
        .map_err(BenchError::io("making a file"))?;
    let block = [0x4B_u8; 8 * 1024];
    let started = Instant::now();
    let mut count = 0_u32;
    while started.elapsed() < lasting {
        file.write_all(&block)
            .and_then(|()| file.sync_data())
            .map_err(BenchError::io("appending durably"))?;
        count += 1;
    }
    let rate = f64::from(count) / started.elapsed().as_secs_f64();
    drop(file);
    std::fs::remove_file(&path).map_err(BenchError::io("removing a file"))?;
    Ok(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_memory_and_time() {
        let memory = memory(std::process::id()).unwrap();
        assert!(memory.resident_mib > 0.5 && memory.peak_mib >= memory.resident_mib * 0.5, "{memory:?}");
        assert!(processor_seconds("self").unwrap() >= 0.0);
        assert_eq!(processor_seconds("0").map(|_| ()), None);
    }
}
