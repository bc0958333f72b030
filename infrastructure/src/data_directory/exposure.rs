//! What others on the machine may do with a data directory, as its owners and permissions stand: a start
//! tells it. Khata makes everything in it for its owner alone, so wider rights are somebody's wish or an
//! older Khata's work; they are told, not taken away.

use super::{EVENTS_FILE, LOCK_FILE, UNFINISHED_RESTORE, VIEWS_FILE, secret::SECRET_FILE};
use rustix::process::geteuid;
use std::{
    fs::{self, Metadata},
    os::unix::fs::MetadataExt,
    path::Path,
};

/// Rights of the group and of everybody.
const OF_OTHERS: u32 = 0o077;

/// What others may read or change: the directory and the files in it that are open to them or theirs, each
/// with how.
pub(super) fn exposed(directory: &Path) -> Vec<String> {
    let databases = [EVENTS_FILE, VIEWS_FILE, UNFINISHED_RESTORE]
        .into_iter()
        .flat_map(|name| ["", "-wal", "-shm"].map(|suffix| format!("{name}{suffix}")));
    let names = databases.chain([SECRET_FILE.to_owned(), LOCK_FILE.to_owned()]);
    let files = names.filter_map(|name| told(&name, &fs::metadata(directory.join(&name)).ok()?));
    let itself = fs::metadata(directory).ok().and_then(|found| told("the directory itself", &found));
    itself.into_iter().chain(files).collect()
}

fn told(name: &str, found: &Metadata) -> Option<String> {
    if found.uid() != geteuid().as_raw() {
        return Some(format!("{name} (belongs to user {})", found.uid()));
    }
    (found.mode() & OF_OTHERS != 0).then(|| format!("{name} (mode {:04o})", found.mode() & 0o7777))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data_directory::DataDirectory;
    use std::{fs::Permissions, os::unix::fs::PermissionsExt};

    #[test]
    fn what_khata_makes_is_told_only_once_somebody_has_opened_it() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("data");
        let directory = DataDirectory::open(&path).unwrap();
        assert_eq!(exposed(&path), Vec::<String>::new());
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(path.join(SECRET_FILE), Permissions::from_mode(0o640)).unwrap();
        fs::write(directory.events_file(), "").unwrap();
        fs::set_permissions(directory.events_file(), Permissions::from_mode(0o604)).unwrap();
        assert_eq!(
            exposed(&path),
            ["the directory itself (mode 0755)", "events.db (mode 0604)", "secret.key (mode 0640)"]
        );
    }
}
