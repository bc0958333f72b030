//! A directory is taken by one, shows its files to its owner alone, and follows nothing that others may have
//! put into it.

use super::{secret::SECRET_FILE, *};
use std::os::unix::fs::{PermissionsExt, symlink};

#[test]
fn a_directory_is_made_and_keeps_its_secret() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("a/b");
    let first = *DataDirectory::open(&path).unwrap().secret();
    assert_ne!(first, [0; 32]);
    assert_eq!(*DataDirectory::open(&path).unwrap().secret(), first);
}

#[test]
fn a_second_khata_is_told_who_holds_it_and_where() {
    let place = tempfile::tempdir().unwrap();
    assert_eq!(DataDirectory::holder(place.path()).unwrap(), None);
    let held = DataDirectory::open(place.path()).unwrap();
    held.announce("http://127.0.0.1:1234").unwrap();
    let holder = Holder::this(Some("http://127.0.0.1:1234".into()));
    assert_eq!(DataDirectory::holder(place.path()).unwrap(), Some(holder.clone()));
    match DataDirectory::open(place.path()).unwrap_err() {
        DataDirectoryError::Held { holder: found, .. } => assert_eq!(found, Some(holder)),
        other => panic!("{other}"),
    }
    drop(held);
    assert_eq!(DataDirectory::holder(place.path()).unwrap(), None);
    DataDirectory::open(place.path()).unwrap();
}

#[test]
fn a_file_in_its_place_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("file");
    fs::write(&path, "x").unwrap();
    assert!(matches!(DataDirectory::open(&path), Err(DataDirectoryError::NotADirectory { .. })));
    assert!(matches!(DataDirectory::open(&path.join("below")), Err(DataDirectoryError::NotWritable { .. })));
}

#[test]
fn a_restore_that_was_cut_short_keeps_everybody_but_a_restore_out() {
    let place = tempfile::tempdir().unwrap();
    let directory = DataDirectory::open(place.path()).unwrap();
    fs::write(directory.unfinished_restore(), "").unwrap();
    drop(directory);
    let refused = DataDirectory::open(place.path()).unwrap_err();
    assert!(refused.to_string().contains("was cut short: run `khata restore` again"), "{refused}");
    let directory = DataDirectory::open_for_restore(place.path()).unwrap();
    fs::remove_file(directory.unfinished_restore()).unwrap();
    drop(directory);
    DataDirectory::open(place.path()).unwrap();
}

#[test]
fn a_restored_secret_is_there_after_the_next_start() {
    let place = tempfile::tempdir().unwrap();
    DataDirectory::open(place.path()).unwrap().replace_secret(&[9; 32]).unwrap();
    assert_eq!(DataDirectory::open(place.path()).unwrap().secret(), &[9; 32]);
}

#[test]
fn a_log_without_its_secret_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let directory = DataDirectory::open(place.path()).unwrap();
    fs::write(directory.events_file(), "").unwrap();
    drop(directory);
    fs::remove_file(place.path().join(SECRET_FILE)).unwrap();
    assert!(matches!(
        DataDirectory::open(place.path()),
        Err(DataDirectoryError::Secret { what: "missing", .. })
    ));
    fs::write(place.path().join(SECRET_FILE), "short").unwrap();
    assert!(matches!(
        DataDirectory::open(place.path()),
        Err(DataDirectoryError::Secret { what: "damaged", .. })
    ));
}

/// The permissions of a file or directory.
fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_is_made_is_for_its_owner_alone() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("a/b");
    let directory = DataDirectory::open(&path).unwrap();
    directory.replace_secret(&[9; 32]).unwrap();
    assert_eq!((mode(&place.path().join("a")), mode(&path)), (0o700, 0o700));
    assert_eq!((mode(&path.join(LOCK_FILE)), mode(&path.join(SECRET_FILE))), (0o600, 0o600));
}

#[test]
fn a_link_or_a_pipe_in_the_place_of_a_file_is_refused_and_what_it_leads_to_stays() {
    for name in [LOCK_FILE, SECRET_FILE, "secret.new", EVENTS_FILE, VIEWS_FILE] {
        let place = tempfile::tempdir().unwrap();
        let victim = place.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        let path = place.path().join("data");
        fs::create_dir(&path).unwrap();
        // A database may be a link to a file, but not to nowhere.
        let leads_to = if name.ends_with(".db") { place.path().join("nowhere") } else { victim.clone() };
        symlink(&leads_to, path.join(name)).unwrap();
        let error = DataDirectory::open(&path).unwrap_err();
        assert!(
            matches!(error, DataDirectoryError::NotAFile { what: "a symbolic link", .. }),
            "{name}: {error}"
        );
        assert!(!place.path().join("nowhere").exists());
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious", "{name}");

        fs::remove_file(path.join(name)).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(path.join(name)).status().unwrap().success());
        let error = DataDirectory::open(&path).unwrap_err();
        assert!(matches!(error, DataDirectoryError::NotAFile { what: "a pipe", .. }), "{name}: {error}");
    }
}

#[test]
fn what_an_interrupted_start_left_of_a_secret_is_made_anew_with_its_own_mode() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("secret.new"), "half").unwrap();
    fs::set_permissions(place.path().join("secret.new"), fs::Permissions::from_mode(0o644)).unwrap();
    DataDirectory::open(place.path()).unwrap();
    assert_eq!(mode(&place.path().join(SECRET_FILE)), 0o600);
}

#[test]
fn whoever_keeps_the_file_locked_without_being_khata_is_not_taken_for_the_last_holder() {
    let place = tempfile::tempdir().unwrap();
    DataDirectory::open(place.path()).unwrap().announce("http://127.0.0.1:1234").unwrap();
    // The last holder has ended: only its words are left.
    let ended = {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        child.id()
    };
    let lock = File::options().write(true).truncate(true).open(place.path().join(LOCK_FILE)).unwrap();
    io::Write::write_all(
        &mut &lock,
        format!(r#"{{"pid":{ended},"url":"http://127.0.0.1:1234"}}"#).as_bytes(),
    )
    .unwrap();
    lock.lock_shared().unwrap();
    let told = DataDirectory::open(place.path()).unwrap_err().to_string();
    assert!(
        told.contains("held by another process")
            && !told.contains(&ended.to_string())
            && !told.contains("1234"),
        "{told}"
    );
    assert_eq!(
        DataDirectory::holder(place.path()).unwrap(),
        None,
        "a shared lock keeps nobody from sharing it"
    );
}
