//! The golden files and their manifest.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Lines `<BLAKE3 in hex>  <path within golden/>`, sorted by path.
const MANIFEST: &str = "FROZEN";

/// The folder `golden/`.
pub struct Files {
    root: PathBuf,
    writes: bool,
}

impl Files {
    /// The folder of this repository; missing files are written if the environment says so.
    pub fn here() -> Self {
        Self { writes: std::env::var_os("KHATA_WRITE_GOLDEN").is_some(), ..Self::untouched() }
    }

    /// The folder of this repository, as it is.
    pub fn untouched() -> Self {
        Self { root: Path::new(env!("CARGO_MANIFEST_DIR")).join("golden"), writes: false }
    }

    /// A file's text. Without the file, the test fails and tells what it would hold, or writes it if told so.
    #[track_caller]
    pub fn expect(&self, name: &str, would_hold: &str) -> String {
        if let Ok(text) = fs::read_to_string(self.root.join(name)) {
            return text;
        }
        assert!(self.writes, "tests/golden/{name} is missing; it would hold\n{would_hold}");
        // Tests may run in processes of their own: the manifest's lock lets them write one by one.
        let alone = fs::File::options().append(true).create(true).open(self.root.join(MANIFEST)).unwrap();
        alone.lock().unwrap();
        fs::write(self.root.join(name), would_hold).unwrap();
        let mut manifest = self.manifest();
        let known = manifest.insert(name.to_owned(), hash(would_hold.as_bytes()));
        assert_eq!(known, None, "{name} was frozen and is gone");
        let lines: String = manifest.iter().map(|(path, hash)| format!("{hash}  {path}\n")).collect();
        fs::write(self.root.join(MANIFEST), lines).unwrap();
        would_hold.to_owned()
    }

    /// The names of all golden files, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for folder in ["", "processes/", "states/"] {
            for entry in fs::read_dir(self.root.join(folder)).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                if name.ends_with(".json") {
                    names.push(format!("{folder}{name}"));
                }
            }
        }
        names.sort();
        names
    }

    fn manifest(&self) -> BTreeMap<String, String> {
        let text = fs::read_to_string(self.root.join(MANIFEST)).unwrap_or_default();
        text.lines()
            .map(|line| line.split_once("  ").unwrap())
            .map(|(hash, path)| (path.to_owned(), hash.to_owned()))
            .collect()
    }
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// What does not fit between a manifest and the files that are there.
fn breaches(manifest: &BTreeMap<String, String>, files: &BTreeMap<String, String>) -> Vec<String> {
    let gone = manifest
        .keys()
        .filter(|path| !files.contains_key(*path))
        .map(|path| format!("{path} was frozen and is gone"));
    let other = files.iter().filter_map(|(path, hash)| match manifest.get(path) {
        None => Some(format!("{path} is not in the manifest")),
        Some(frozen) if frozen != hash => Some(format!("{path} was frozen and has changed")),
        Some(_) => None,
    });
    gone.chain(other).collect()
}

#[test]
fn no_golden_file_has_changed_or_gone() {
    let files = Files::here();
    let present = files
        .names()
        .into_iter()
        .map(|name| (name.clone(), hash(&fs::read(files.root.join(&name)).unwrap())))
        .collect();
    assert_eq!(breaches(&files.manifest(), &present), [""; 0]);
}

#[test]
fn a_changed_a_lost_and_an_unknown_file_are_found() {
    let map = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(path, hash)| ((*path).to_owned(), (*hash).to_owned())).collect()
    };
    let (manifest, files) =
        (map(&[("a", "1"), ("b", "2"), ("c", "3")]), map(&[("a", "1"), ("b", "9"), ("d", "4")]));
    assert_eq!(
        breaches(&manifest, &files),
        ["c was frozen and is gone", "b was frozen and has changed", "d is not in the manifest"]
    );
}
