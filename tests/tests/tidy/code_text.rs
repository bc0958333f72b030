//! Rust source with its comments and literals blanked out, so that looking for code finds code only.

/// The same text, line by line and byte by byte, with spaces in place of comments and of what stands in
/// quotes.
pub fn code_of(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut code = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let end = at + blank_length(&source[at..], bytes[..at].last().copied());
        if end == at {
            let letter = source[at..].chars().next().map_or(1, char::len_utf8);
            code.extend_from_slice(&bytes[at..at + letter]);
            at += letter;
        } else {
            code.extend(bytes[at..end].iter().map(|byte| if *byte == b'\n' { b'\n' } else { b' ' }));
            at = end;
        }
    }
    String::from_utf8(code).expect("text that was UTF-8 before")
}

/// How much of the rest is a comment or a literal; 0 where code goes on.
fn blank_length(rest: &str, before: Option<u8>) -> usize {
    let within_word = before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return rest.find("*/").map_or(rest.len(), |end| end + 2);
    }
    if rest.starts_with('"') {
        return quoted_length(rest);
    }
    if !within_word && rest.starts_with('r') {
        let hashes = rest[1..].bytes().take_while(|byte| *byte == b'#').count();
        if rest[1 + hashes..].starts_with('"') {
            let closing = format!("\"{}", "#".repeat(hashes));
            let body = 2 + hashes;
            return rest[body..].find(&closing).map_or(rest.len(), |end| body + end + closing.len());
        }
    }
    if rest.starts_with('\'') { character_length(rest) } else { 0 }
}

fn quoted_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A character literal's length; 0 for a lifetime.
fn character_length(rest: &str) -> usize {
    let mut letters = rest.char_indices().skip(1);
    match letters.next() {
        Some((_, '\\')) => rest[3..].find('\'').map_or(0, |end| 3 + end + 1),
        Some(_) => letters.next().filter(|(_, letter)| *letter == '\'').map_or(0, |(at, _)| at + 1),
        None => 0,
    }
}

/// The lines of a text with their numbers, from 1.
pub fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

/// Whether a word stands alone in a line of code.
pub fn has_word(line: &str, word: &str) -> bool {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].chars().next_back().is_some_and(is_word)
            && !line[at + word.len()..].chars().next().is_some_and(is_word)
    })
}

#[test]
fn comments_and_literals_are_blanked_and_code_stays() {
    let source = "let a: &'a str = \"f64 \\\" {\"; // f64\nlet b = r#\"f64 \" \"#; /* f64\n*/ let c = '\\''; let d = '{';\nlet e = f32::MAX; let for_r = 1;";
    let code = code_of(source);
    assert_eq!(code.lines().count(), source.lines().count());
    assert_eq!(code.len(), source.len());
    assert!(
        !code.contains("f64")
            && !code.contains('{')
            && code.contains("&'a str")
            && code.contains("f32::MAX")
            && code.contains("for_r")
    );
}

#[test]
fn a_word_is_found_only_where_it_stands_alone() {
    assert!(has_word("let x: f64 = y;", "f64"));
    assert!(!has_word("let my_f64 = y;", "f64") && !has_word("f640", "f64"));
}
