//! The steps of the tour as they stand on the page: shell blocks, each with the answer that the page shows
//! behind it, if any.

use khata_tests::Request;
use serde_json::Value;

/// One step.
#[derive(Debug)]
pub enum Step {
    /// The server is killed and started again.
    Restart,
    /// Something is asked, and the page shows (a part of) the answer.
    Ask { request: Request, answer: Option<Value> },
}

/// The steps between a tour's heading and the next one.
pub fn steps(page: &str, heading: &str) -> Vec<Step> {
    let (_, behind) = page.split_once(&format!("\n## {heading}\n")).expect("a tour");
    let tour = behind.split("\n## ").next().unwrap_or_default();
    let mut steps = Vec::new();
    for (language, text) in blocks(tour) {
        match (language, steps.last_mut()) {
            ("json", Some(Step::Ask { answer, .. })) => {
                *answer = Some(serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}")))
            }
            ("sh", _) if text.starts_with("curl ") => {
                steps.push(Step::Ask { request: curl(text), answer: None })
            }
            ("sh", _) if text.starts_with("kill -9 ") => steps.push(Step::Restart),
            // What is typed elsewhere.
            ("console", _) => {}
            other => panic!("no step of a tour: {other:?}"),
        }
    }
    steps
}

/// Fenced blocks with their languages.
fn blocks(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("```").skip(1).step_by(2).filter_map(|block| block.split_once('\n'))
}

/// The request that a `curl` command sends.
fn curl(command: &str) -> Request {
    let words = words(command);
    let mut words = words.iter().skip(1).map(String::as_str);
    let (mut request, mut headers) = (Request::get(""), Vec::new());
    while let Some(word) = words.next() {
        match word {
            "-s" => {}
            "-H" => headers.extend(words.next().and_then(|header| header.split_once(": "))),
            "--json" => {
                let path = std::mem::take(&mut request.path);
                request = Request::post_bytes(path, "application/json", words.next().expect("a body"));
            }
            url => {
                request.path = url.strip_prefix("localhost:8080").expect("the server's address").to_owned()
            }
        }
    }
    headers.into_iter().fold(request, |request, (name, value)| request.header(name, value))
}

/// The words of a command as a shell reads them: parted by blanks, apart from those within single quotes.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut quoted) = (vec![String::new()], false);
    for letter in command.trim().chars() {
        match letter {
            '\'' => quoted = !quoted,
            blank if blank.is_whitespace() && !quoted => words.push(String::new()),
            other => words.last_mut().expect("a word").push(other),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
