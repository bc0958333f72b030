//! The name under which a process holds leases: of work that only one may do at a time. Operators see it.

use khata_application::IdSource;

/// The host, the process, and what tells it from all others: containers like to be process 1 on a host of the
/// same name.
pub(crate) fn name(ids: &dyn IdSource) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = Some(host.trim()).filter(|host| !host.is_empty()).unwrap_or("localhost");
    let drawn = ids.uuid().simple().to_string();
    format!("{host}/{}/{}", std::process::id(), &drawn[drawn.len() - 8..])
}
