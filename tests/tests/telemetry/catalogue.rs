//! The metrics that `docs/metrics.md` promises.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// A metric as the page tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Documented {
    /// `counter`, `gauge` or `histogram`.
    pub(crate) kind: String,
    /// Its labels, but for the namespace.
    pub(crate) labels: BTreeSet<String>,
    /// The heading that it stands under.
    pub(crate) section: String,
}

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// All metrics of the page by name.
pub(crate) fn documented() -> BTreeMap<String, Documented> {
    let page = fs::read_to_string(root().join("docs/metrics.md")).unwrap();
    let mut metrics = BTreeMap::new();
    let mut section = String::new();
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            section = heading.to_owned();
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, name, kind, labels, _unit, meaning, _] = cells[..] else { continue };
        if !name.starts_with('`') {
            continue;
        }
        assert!(!meaning.is_empty() && matches!(kind, "counter" | "gauge" | "histogram"), "{line}");
        let labels = labels
            .split(',')
            .map(|label| label.trim().trim_matches('`').to_owned())
            .filter(|label| !label.is_empty())
            .collect();
        let metric = Documented { kind: kind.to_owned(), labels, section: section.clone() };
        assert_eq!(
            metrics.insert(name.trim_matches('`').to_owned(), metric),
            None,
            "{name} stands there twice"
        );
    }
    assert!(metrics.len() > 20, "the tables were not read");
    metrics
}
