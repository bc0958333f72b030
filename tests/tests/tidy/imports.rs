//! Which file of a crate imports which other one, read from its `use` lines and from paths in its code.
//!
//! A path leads to the file that its longest beginning names: `crate::serve::Stance` to `serve.rs`. If that file
//! only passes the name on (`pub use settings::Stance`), the path leads on to where it is defined. Tests are left
//! out: what stands in `tests.rs`, under `tests/`, or behind `#[cfg(test)] mod tests`.

use crate::{Repository, code_text::code_of};
use std::collections::{BTreeMap, BTreeSet};

/// For each file of a crate, by its module path (`""` is `lib.rs`), those that it imports.
pub type Imports = BTreeMap<String, BTreeSet<String>>;

/// So many faces may pass a name on.
const FACES: usize = 8;

/// The library of one crate.
struct Library {
    modules: BTreeMap<String, Module>,
}

struct Module {
    code: String,
    uses: Vec<Use>,
}

/// One name that a `use` brings in.
struct Use {
    path: Vec<String>,
    /// What it is called here; `*` for all that stands there.
    name: String,
}

/// The imports within a crate.
pub fn imports(repository: &Repository, layer: &str) -> Imports {
    let library = Library::of(repository, layer);
    let imported = |(from, module): (&String, &Module)| {
        let used = module.uses.iter().map(|used| used.path.clone());
        let leads =
            used.chain(inline_paths(&module.code)).filter_map(|path| library.leads_to(from, &path, FACES));
        (from.clone(), leads.filter(|to| to != from).collect())
    };
    library.modules.iter().map(imported).collect()
}

impl Library {
    fn of(repository: &Repository, layer: &str) -> Self {
        let root = format!("{layer}/src/");
        let files = repository.within(&root, ".rs").filter_map(|(path, text)| {
            let name = path.strip_prefix(&root)?.strip_suffix(".rs")?;
            let is_test = name == "tests" || name.ends_with("/tests") || name.contains("/tests/");
            (!is_test && name != "main")
                .then(|| (if name == "lib" { "" } else { name }.to_owned(), Module::of(text)))
        });
        Self { modules: files.collect() }
    }

    /// The file that a path leads to, as it stands in a module; `None` if it leads out of the crate.
    fn leads_to(&self, module: &str, path: &[String], faces: usize) -> Option<String> {
        let (mut at, mut rest) = self.begin(module, path)?;
        while let Some(below) =
            rest.first().map(|name| child(&at, name)).filter(|below| self.modules.contains_key(below))
        {
            (at, rest) = (below, &rest[1..]);
        }
        let Some(name) = rest.first().filter(|_| faces > 0) else { return Some(at) };
        let uses = &self.modules.get(&at)?.uses;
        if let Some(passed_on) = uses.iter().find(|used| used.name == *name && used.path.len() > 1) {
            return self.leads_to(&at, &passed_on.path, faces - 1);
        }
        let globs = uses.iter().filter(|used| used.name == "*");
        let mut below = globs.filter_map(|used| self.leads_to(&at, &used.path, 0));
        below.find(|file| self.modules[file].defines(name)).or(Some(at))
    }

    /// Where a path begins, and what follows.
    fn begin<'a>(&self, module: &str, path: &'a [String]) -> Option<(String, &'a [String])> {
        let first = path.first()?;
        match first.as_str() {
            "crate" => Some((String::new(), &path[1..])),
            "self" => Some((module.to_owned(), &path[1..])),
            "super" => {
                let ups = path.iter().take_while(|name| *name == "super").count();
                let mut at = module;
                for _ in 0..ups {
                    at = at.rsplit_once('/').map_or("", |(above, _)| above);
                }
                Some((at.to_owned(), &path[ups..]))
            }
            _ => self.modules.contains_key(&child(module, first)).then(|| (module.to_owned(), path)),
        }
    }
}

impl Module {
    fn of(text: &str) -> Self {
        let whole = code_of(text);
        let tests = whole.find("#[cfg(test)]\nmod tests").unwrap_or(whole.len());
        let (mut code, mut uses, mut rest) = (String::new(), Vec::new(), &whole[..tests]);
        while let Some(at) = next_use(rest) {
            let (before, statement) = rest.split_at(at);
            let (tree, behind) = statement["use ".len()..].split_once(';').unwrap_or((statement, ""));
            code.push_str(before);
            uses.extend(uses_of(tree));
            rest = behind;
        }
        Self { code: code + rest, uses }
    }

    /// Whether an item of this name is written down here.
    fn defines(&self, name: &str) -> bool {
        let items = ["struct", "enum", "trait", "type", "fn", "const", "static"];
        items.iter().any(|item| {
            let item = format!("{item} {name}");
            self.code.match_indices(&item).any(|(at, _)| !self.code[at + item.len()..].starts_with(is_word))
        })
    }
}

/// Where the next `use` begins.
fn next_use(code: &str) -> Option<usize> {
    let begins = |at: usize| code[..at].chars().next_back().is_none_or(|before| !is_word(before));
    code.match_indices("use ").map(|(at, _)| at).find(|at| begins(*at))
}

/// The names of a `use` tree: `a::{b, c::{self, D as E}}` are `a::b`, `a::c` and `a::c::D`, here `E`.
fn uses_of(tree: &str) -> Vec<Use> {
    let tree: String = tree.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    branch(&tree, &[], &mut found);
    found
}

fn branch(tree: &str, above: &[String], found: &mut Vec<Use>) {
    let tree = tree.trim();
    if let Some((head, group)) = tree.split_once('{') {
        let path: Vec<String> = above.iter().cloned().chain(segments(head)).collect();
        let group = group.trim_end().strip_suffix('}').unwrap_or(group);
        commas(group).into_iter().for_each(|tree| branch(tree, &path, found));
        return;
    }
    let (path, alias) =
        tree.split_once(" as ").map_or((tree, None), |(path, alias)| (path, Some(alias.trim())));
    let mut path: Vec<String> = above.iter().cloned().chain(segments(path)).collect();
    let is_glob = path.last().is_some_and(|last| last == "*");
    if is_glob || (path.len() > 1 && path.last().is_some_and(|last| last == "self")) {
        path.pop();
    }
    if let Some(last) = path.last() {
        let name = if is_glob { "*" } else { alias.unwrap_or(last) };
        found.push(Use { name: name.to_owned(), path });
    }
}

fn segments(path: &str) -> impl Iterator<Item = String> + '_ {
    path.split("::").map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
}

/// The parts of a group, split at the commas that stand in no inner group.
fn commas(group: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut begin) = (Vec::new(), 0, 0);
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&group[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&group[begin..]);
    parts.into_iter().filter(|part| !part.trim().is_empty()).collect()
}

/// The paths in code that say where in the crate they begin.
fn inline_paths(code: &str) -> impl Iterator<Item = Vec<String>> + '_ {
    ["crate::", "super::", "self::"].into_iter().flat_map(move |root| {
        code.match_indices(root).filter_map(move |(at, _)| {
            let begins = !code[..at].ends_with(|letter| is_word(letter) || letter == ':');
            let path =
                code[at..].split(|letter| !is_word(letter) && letter != ':').next().unwrap_or_default();
            begins.then(|| segments(path).collect())
        })
    })
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The module path of a child.
fn child(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}/{name}") }
}

#[test]
fn paths_lead_to_the_files_that_define_what_they_name() {
    let repository = Repository::of([
        ("api/src/lib.rs", "mod serve;\npub use serve::Stores;"),
        (
            "api/src/serve.rs",
            "mod stores;\nmod url;\npub use stores::{Stores, holder as held};\npub use url::*;",
        ),
        (
            "api/src/serve/stores.rs",
            "use super::url;\npub struct Stores;\n#[cfg(test)]\nmod tests { use crate::cli; }",
        ),
        ("api/src/serve/url.rs", "use std::fmt;\npub struct Url;"),
        (
            "api/src/cli.rs",
            "use crate::{serve::{self, held}, Stores};\nfn f(a: crate::serve::Url) { other::serve(a) }",
        ),
    ]);
    let found = imports(&repository, "api");
    let of = |file: &str| found[file].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(of("cli"), ["serve", "serve/stores", "serve/url"]);
    assert_eq!((of("serve/stores"), of("serve/url")), (vec!["serve/url"], vec![]));
    assert_eq!(of(""), ["serve/stores"]);
}
