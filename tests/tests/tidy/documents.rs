//! Documents: each page can be found, each link leads somewhere.

use crate::{Repository, assert_found, assert_tidy};
use std::collections::BTreeSet;

/// Where a reader begins.
const ENTRANCES: [&str; 2] = ["README.md", "ARCHITECTURE.md"];

/// A link within the repository: from where, to which path (empty for the page itself), to which heading.
struct Link<'a> {
    line: usize,
    path: &'a str,
    heading: Option<&'a str>,
}

fn lost_pages(repository: &Repository) -> Vec<String> {
    let entrances = ENTRANCES.iter().filter_map(|page| repository.file(page));
    let linked: BTreeSet<&str> = entrances.flat_map(links).map(|link| link.path).collect();
    let pages = repository.within("docs/", ".md").map(|(path, _)| path);
    pages
        .filter(|path| !linked.contains(path))
        .map(|path| format!("{path}: linked neither from README.md nor from ARCHITECTURE.md"))
        .collect()
}

fn dead_links(repository: &Repository) -> Vec<String> {
    let mut findings = Vec::new();
    for (page, text) in repository.within("", ".md") {
        for link in links(text) {
            let target = resolve(page, link.path);
            let is_folder = || {
                repository.paths().any(|path| path.starts_with(&format!("{}/", target.trim_end_matches('/'))))
            };
            let dead = match (repository.file(&target), link.heading) {
                (None, _) => !is_folder(),
                (Some(linked), Some(heading)) if target.ends_with(".md") => {
                    !headings(linked).contains(heading)
                }
                (Some(_), _) => false,
            };
            if dead {
                let heading = link.heading.map(|heading| format!("#{heading}")).unwrap_or_default();
                findings.push(format!("{page}:{}: {}{heading} leads nowhere", link.line, link.path));
            }
        }
    }
    findings
}

/// The links of a page that stay within the repository; those in code blocks are no links.
fn links(text: &str) -> impl Iterator<Item = Link<'_>> {
    prose(text).flat_map(|(line, prose)| {
        prose.split("](").skip(1).filter_map(move |rest| {
            let target = rest.split([')', ' ']).next()?;
            let outside = target.contains("://") || target.starts_with("mailto:");
            let (path, heading) =
                target.split_once('#').map_or((target, None), |(path, heading)| (path, Some(heading)));
            (!outside).then_some(Link { line, path, heading })
        })
    })
}

/// The anchors of a page's headings, as they are made for reading on the web: lower case, dashes for spaces,
/// no punctuation.
fn headings(text: &str) -> BTreeSet<String> {
    let titles = prose(text)
        .filter_map(|(_, line)| line.strip_prefix('#'))
        .map(|rest| rest.trim_start_matches('#').trim());
    let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
    titles
        .map(|title| {
            title
                .to_lowercase()
                .chars()
                .filter(kept)
                .map(|letter| if letter == ' ' { '-' } else { letter })
                .collect()
        })
        .collect()
}

fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        (!in_code && !fence).then_some((index + 1, line))
    })
}

/// A link's path from the root, given the page on which it stands.
fn resolve(page: &str, path: &str) -> String {
    if path.is_empty() {
        return page.to_owned();
    }
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[test]
fn every_page_can_be_found_from_the_entrance() {
    assert_tidy(lost_pages(&Repository::here()));
    let planted = [("README.md", "[a](docs/a.md)"), ("docs/a.md", "[b](b.md)"), ("docs/b.md", "")];
    assert_found(lost_pages(&Repository::of(planted)), "docs/b.md");
}

#[test]
fn every_link_leads_somewhere() {
    assert_tidy(dead_links(&Repository::here()));
}

#[test]
fn a_planted_dead_link_is_found() {
    let dead = |text: &str| {
        dead_links(&Repository::of([
            ("docs/a.md", text),
            ("docs/b.md", "# One, two\n```\n# code\n```"),
            ("LICENSE", ""),
        ]))
    };
    assert_tidy(dead(
        "[b](b.md) [one](./b.md#one-two) [licence](../LICENSE) [folder](../docs) [out](https://example.com/x)\n```\n[no](link.md)\n```",
    ));
    assert_found(dead("\n[c](c.md)"), "docs/a.md:2: c.md leads nowhere");
    assert_found(dead("[b](b.md#three)"), "b.md#three leads nowhere");
    assert_found(dead("[b](b.md#code)"), "b.md#code leads nowhere");
}
