//! File descriptors: as many as the system grants, some of them kept for stores and brokers, the others for
//! clients.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// More connections than a process of its size can serve anyway.
const MOST_CONNECTIONS: u64 = 16_384;
/// What stores, brokers, logs and collectors may have open: connections to databases, and the files of
/// embedded ones.
const RESERVED: u64 = 128;

/// Raises the limit as far as the system lets it be raised, and gives how many connections clients may have.
pub(super) fn connections() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let limit = match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => maximum,
        Err(error) => {
            tracing::warn!(%error, ?current, "the limit of open files could not be raised");
            current
        }
    };
    let connections = limit.map_or(MOST_CONNECTIONS, of_limit);
    if connections < 256 {
        tracing::warn!(
            ?limit,
            connections,
            "the limit of open files is so low that few clients can be served; raise it (LimitNOFILE=, ulimit -n)"
        );
    }
    usize::try_from(connections).unwrap_or(usize::MAX)
}

/// Of a limit that is low, half is for clients.
fn of_limit(limit: u64) -> u64 {
    limit.saturating_sub(RESERVED).max(limit / 2).clamp(1, MOST_CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_get_what_stores_do_not_need() {
        for (limit, connections) in [
            (64, 32),
            (256, 128),
            (1024, 896),
            (20_000, MOST_CONNECTIONS),
            (1 << 30, MOST_CONNECTIONS),
            (0, 1),
        ] {
            assert_eq!(of_limit(limit), connections, "{limit}");
        }
    }
}
