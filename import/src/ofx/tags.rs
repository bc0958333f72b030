//! Tags and values, of SGML and XML alike: `<NAME>value`, with or without `</NAME>` behind a value. Neither a
//! document type nor an entity of its own is heeded; comments and processing instructions are passed over.

use crate::statement::{FileError, MAX_PARTS};
use std::borrow::Cow;

/// So deep may elements lie in each other.
const MAX_DEPTH: usize = 64;
/// The longest value, in bytes.
const MAX_VALUE_BYTES: usize = 64 * 1024;

/// An element: a value, or other elements.
#[derive(Debug, Default)]
pub(super) struct Element<'t> {
    pub(super) name: &'t str,
    pub(super) line: u64,
    value: Option<Cow<'t, str>>,
    children: Vec<Element<'t>>,
}

impl<'t> Element<'t> {
    /// The value of the first child of a name.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.child(name)?.value.as_deref().filter(|value| !value.is_empty())
    }

    /// The first child of a name.
    pub(super) fn child(&self, name: &str) -> Option<&Element<'t>> {
        self.children.iter().find(|child| child.name.eq_ignore_ascii_case(name))
    }

    /// All of a name, however deep.
    pub(super) fn all<'e>(&'e self, name: &str) -> Vec<&'e Element<'t>> {
        let mut found = Vec::new();
        self.collect(name, &mut found);
        found
    }

    fn collect<'e>(&'e self, name: &str, found: &mut Vec<&'e Element<'t>>) {
        for child in &self.children {
            if child.name.eq_ignore_ascii_case(name) {
                found.push(child);
            }
            child.collect(name, found);
        }
    }
}

/// The elements of a file below `OFX`.
pub(super) fn parse(text: &str) -> Result<Element<'_>, FileError> {
    let begin = find_root(text).ok_or_else(|| FileError::of_file("it is no OFX: there is no <OFX>"))?;
    let mut reading =
        Reading { text, at: begin, line: 1 + newlines(&text[..begin]), count: 0, open: Vec::new() };
    reading.open.push(Element { name: "", line: 1, ..Element::default() });
    while reading.next()? {}
    match reading.open.len() {
        1 => Ok(reading.open.pop().unwrap_or_default()),
        _ => {
            let open = reading.open.pop().unwrap_or_default();
            Err(FileError::at(open.line, format!("<{}> has no end: the file may be cut off", open.name)))
        }
    }
}

fn find_root(text: &str) -> Option<usize> {
    text.as_bytes().windows(5).position(|window| window.eq_ignore_ascii_case(b"<OFX>"))
}

fn newlines(text: &str) -> u64 {
    text.bytes().filter(|byte| *byte == b'\n').count() as u64
}

struct Reading<'t> {
    text: &'t str,
    at: usize,
    line: u64,
    count: usize,
    open: Vec<Element<'t>>,
}

impl<'t> Reading<'t> {
    /// Reads up to behind the next tag and its value. `false` at the end.
    fn next(&mut self) -> Result<bool, FileError> {
        let Some(begin) = self.text[self.at..].find('<') else { return Ok(false) };
        self.go(begin);
        let line = self.line;
        for (open, close) in [("<!--", "-->"), ("<?", "?>"), ("<!", ">")] {
            if self.text[self.at..].starts_with(open) {
                let end = self.text[self.at..]
                    .find(close)
                    .ok_or_else(|| FileError::at(line, format!("{open} has no end")))?;
                self.go(end + close.len());
                return Ok(true);
            }
        }
        let end = self.text[self.at..].find('>').ok_or_else(|| FileError::at(line, "a tag has no end"))?;
        let tag = self.text[self.at + 1..self.at + end].trim();
        self.go(end + 1);
        if let Some(name) = tag.strip_prefix('/') {
            return self.close(name.trim(), line).map(|()| true);
        }
        let (tag, empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag.trim_end(), true));
        let name = tag.split_whitespace().next().unwrap_or_default();
        if name.is_empty()
            || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
        {
            return Err(FileError::at(line, format!("<{tag}> is no tag")));
        }
        self.count += 1;
        if self.count > MAX_PARTS {
            return Err(FileError::at(line, format!("there are more than {MAX_PARTS} elements")));
        }
        let value_end = self.text[self.at..].find('<').unwrap_or(self.text.len() - self.at);
        let value = self.text[self.at..self.at + value_end].trim();
        if value.len() > MAX_VALUE_BYTES {
            return Err(FileError::at(
                line,
                format!("the value of <{name}> is longer than {MAX_VALUE_BYTES} bytes"),
            ));
        }
        let element = Element { name, line, ..Element::default() };
        if !value.is_empty() {
            self.go(value_end);
            let closing = format!("</{name}>");
            // Version 1 need not close a value.
            if self.text[self.at..]
                .get(..closing.len())
                .is_some_and(|next| next.eq_ignore_ascii_case(&closing))
            {
                self.go(closing.len());
            }
            return self.add(Element { value: Some(unescaped(value)), ..element }).map(|()| true);
        }
        if empty {
            return self.add(element).map(|()| true);
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(FileError::at(line, format!("<{name}> lies deeper than {MAX_DEPTH} elements")));
        }
        self.open.push(element);
        Ok(true)
    }

    fn go(&mut self, length: usize) {
        self.line += newlines(&self.text[self.at..self.at + length]);
        self.at += length;
    }

    fn add(&mut self, element: Element<'t>) -> Result<(), FileError> {
        let line = element.line;
        self.open
            .last_mut()
            .map(|open| open.children.push(element))
            .ok_or_else(|| FileError::at(line, "an element stands outside of <OFX>"))
    }

    /// Ends the nearest element of a name. What is open inside it had no value and no end, as version 1
    /// allows: what was taken to lie in it stands beside it.
    fn close(&mut self, name: &str, line: u64) -> Result<(), FileError> {
        let Some(place) = self
            .open
            .iter()
            .rposition(|open| open.name.eq_ignore_ascii_case(name))
            .filter(|place| *place > 0)
        else {
            return Err(FileError::at(line, format!("</{name}> ends nothing that is open")));
        };
        while self.open.len() > place + 1 {
            let Some(mut empty) = self.open.pop() else { break };
            let beside = std::mem::take(&mut empty.children);
            self.add(empty)?;
            beside.into_iter().try_for_each(|element| self.add(element))?;
        }
        let closed = self.open.pop().unwrap_or_default();
        self.add(closed)
    }
}

/// A value with its characters in place of their names; other entities stay as they are.
fn unescaped(value: &str) -> Cow<'_, str> {
    if !value.contains('&') {
        return Cow::Borrowed(value);
    }
    let named =
        [("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    Cow::Owned(named.into_iter().fold(value.to_owned(), |text, (name, letter)| text.replace(name, letter)))
}
