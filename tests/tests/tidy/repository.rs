//! The files of this repository as texts, or a few planted ones in their place.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Texts by path, relative to the repository's root and with forward slashes. Files that are no UTF-8 are
/// left out.
#[derive(Debug, Default)]
pub struct Repository {
    files: BTreeMap<String, String>,
}

impl Repository {
    /// This repository, as it lies on the disk; build output, data directories and git's own files left out.
    pub fn here() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder above tests/");
        let mut repository = Self::default();
        repository.walk(root, root);
        repository
    }

    /// A repository of planted files.
    pub fn of<const N: usize>(files: [(&str, &str); N]) -> Self {
        Self { files: files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect() }
    }

    /// One file's text.
    pub fn file(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Every path, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Every file.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Files whose path begins and ends so.
    pub fn within<'a>(
        &'a self,
        prefix: &'a str,
        suffix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.all().filter(move |(path, _)| path.starts_with(prefix) && path.ends_with(suffix))
    }

    fn walk(&mut self, root: &Path, folder: &Path) {
        let entries = fs::read_dir(folder).expect("a folder that can be listed");
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let not_ours = name == ".git"
                || name == "target"
                || name.starts_with("khata-data")
                || path.join("CACHEDIR.TAG").exists();
            if not_ours || path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                self.walk(root, &path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                let relative = path
                    .strip_prefix(root)
                    .expect("a path below the root")
                    .to_string_lossy()
                    .replace('\\', "/");
                self.files.insert(relative, text);
            }
        }
    }
}
