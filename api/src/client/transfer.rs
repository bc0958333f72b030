//! Giving an import its facts: as lines over HTTP, or straight into a session over stores that are opened
//! here.

use super::{Client, Reply};
use crate::{failure::Failure, http::ImportAnswer, output::Bar};
use khata_application::import::{Fact, ImportSession, Report, Stop};
use serde::Deserialize;
use serde_json::Value;
use std::io::{self, Read};

/// The route that takes lines.
const ROUTE: &str = "/v1/admin/import";
/// Lines are read and given on in pieces of about this size.
const PIECE_BYTES: usize = 256 * 1024;

/// Where facts come from. Nothing more comes after an error.
pub(crate) enum Source {
    /// Ready-made.
    Facts(Box<dyn Iterator<Item = Result<Fact, Failure>> + Send>),
    /// As lines of JSON.
    Lines(Box<dyn Read + Send>),
}

/// What an import came to, and why it stopped, if it did.
pub(crate) struct Outcome {
    /// What it came to.
    pub(crate) answer: ImportAnswer,
    /// Why it stopped.
    pub(crate) failure: Option<Failure>,
    /// The line that stopped it, if one did.
    pub(crate) refused: Option<RefusedLine>,
}

/// A line that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct RefusedLine {
    /// Its number, counted from 1.
    pub(crate) line: u64,
    /// The rule that refuses it.
    pub(crate) rule: String,
    /// What is wrong with it.
    pub(crate) reason: String,
}

impl Client {
    /// Imports what a source has, and shows on a bar how far that is.
    pub(crate) fn import(&self, mut source: Source, bar: &Bar) -> Result<Outcome, Failure> {
        let mut broken = None;
        let outcome = match self {
            Self::Server(server) => {
                let lines = Outgoing {
                    source: &mut source,
                    bar,
                    piece: Vec::new(),
                    sent: 0,
                    done: 0,
                    broken: &mut broken,
                };
                answered(&server.post_lines(ROUTE, lines)?)?
            }
            Self::Opened(opened) => {
                let (report, stop) =
                    opened.import(async |session| give(session, &mut source, bar, &mut broken).await);
                reported(&report, stop)
            }
        };
        // What the server or the session refuses comes before what could not be read behind it.
        Ok(Outcome { failure: outcome.failure.or(broken), ..outcome })
    }
}

async fn give(session: &mut ImportSession<'_>, source: &mut Source, bar: &Bar, broken: &mut Option<Failure>) {
    let mut done = 0;
    let mut piece = vec![0; PIECE_BYTES];
    while !session.is_stopped() {
        match source {
            Source::Facts(facts) => match facts.next() {
                Some(Ok(fact)) => {
                    session.take(fact).await;
                    bar.at(session.report().facts);
                }
                Some(Err(failure)) => return *broken = Some(failure),
                None => return,
            },
            Source::Lines(lines) => match lines.read(&mut piece) {
                Ok(0) => return,
                Ok(length) => {
                    session.take_bytes(&piece[..length]).await;
                    done += length as u64;
                    bar.at(done);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return *broken = Some(unreadable(error)),
            },
        }
    }
}

/// What a source has, as a body of lines. An error in the source ends the body, so that everything before it
/// is imported.
struct Outgoing<'a> {
    source: &'a mut Source,
    bar: &'a Bar,
    piece: Vec<u8>,
    /// How much of the piece is sent.
    sent: usize,
    /// Facts or bytes given on so far, as the bar counts them.
    done: u64,
    broken: &'a mut Option<Failure>,
}

impl Outgoing<'_> {
    /// The next piece. An empty one is the end.
    fn fill(&mut self) {
        self.piece.clear();
        self.sent = 0;
        match self.source {
            Source::Facts(facts) => {
                while self.piece.len() < PIECE_BYTES && self.broken.is_none() {
                    match facts.next() {
                        Some(Ok(fact)) => match serde_json::to_writer(&mut self.piece, &fact) {
                            Ok(()) => {
                                self.piece.push(b'\n');
                                self.done += 1;
                            }
                            Err(error) => {
                                *self.broken =
                                    Some(Failure::because("a fact cannot be written as JSON", error))
                            }
                        },
                        Some(Err(failure)) => *self.broken = Some(failure),
                        None => break,
                    }
                }
            }
            Source::Lines(lines) => {
                self.piece.resize(PIECE_BYTES, 0);
                let length = loop {
                    match lines.read(&mut self.piece) {
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        other => break other,
                    }
                };
                let length = length.unwrap_or_else(|error| {
                    *self.broken = Some(unreadable(error));
                    0
                });
                self.piece.truncate(length);
                self.done += length as u64;
            }
        }
        self.bar.at(self.done);
    }
}

impl Read for Outgoing<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.sent == self.piece.len() {
            self.fill();
        }
        let length = into.len().min(self.piece.len() - self.sent);
        into[..length].copy_from_slice(&self.piece[self.sent..self.sent + length]);
        self.sent += length;
        Ok(length)
    }
}

fn unreadable(error: io::Error) -> Failure {
    Failure::because("the lines cannot be read to the end", error)
}

/// What the server says of an import.
fn answered(reply: &Reply) -> Result<Outcome, Failure> {
    if reply.status == 200 {
        return Ok(Outcome { answer: reply.read()?, failure: None, refused: None });
    }
    let problem: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let imported =
        problem.get("imported").cloned().and_then(|imported| serde_json::from_value(imported).ok());
    match imported {
        Some(answer) => Ok(Outcome {
            answer,
            failure: Some(reply.problem()),
            refused: serde_json::from_value(problem).ok(),
        }),
        None => Err(reply.problem()),
    }
}

fn reported(report: &Report, stop: Option<Stop>) -> Outcome {
    let refused = match &stop {
        Some(Stop::BadLine { line, code, reason }) => {
            Some(RefusedLine { line: *line, rule: code.clone(), reason: reason.clone() })
        }
        Some(Stop::Failed(_)) | None => None,
    };
    let failure = stop.map(|stop| match stop {
        Stop::BadLine { line, code, reason } => Failure::new(format!("line {line}: {reason} ({code})")),
        Stop::Failed(error) => Failure::because("the import cannot continue", error),
    });
    Outcome { answer: report.into(), failure, refused }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(lines: &'static [&'static str]) -> Source {
        let read =
            |line: &&str| serde_json::from_str(line).map_err(|error| Failure::because("a bad fact", error));
        Source::Facts(Box::new(lines.iter().map(read)))
    }

    fn sent(source: &mut Source) -> (String, Option<Failure>) {
        let mut broken = None;
        let mut text = String::new();
        let bar = Bar::of("facts", 0);
        let mut body =
            Outgoing { source, bar: &bar, piece: Vec::new(), sent: 0, done: 0, broken: &mut broken };
        body.read_to_string(&mut text).unwrap();
        (text, broken)
    }

    const SIGNATORY: &str = r#"{"signatory_added":{"source":"s:1","effective_at":"1993-02-01","account":"a:1","customer":"c:2"}}"#;

    #[test]
    fn facts_go_out_as_lines() {
        let (text, broken) = sent(&mut facts(&[SIGNATORY, SIGNATORY]));
        assert_eq!(text, format!("{SIGNATORY}\n{SIGNATORY}\n"));
        assert!(broken.is_none());
    }

    #[test]
    fn a_fact_that_cannot_be_read_ends_the_body_behind_those_before_it() {
        let (text, broken) = sent(&mut facts(&[SIGNATORY, "{}", SIGNATORY]));
        assert_eq!(text, format!("{SIGNATORY}\n"));
        assert_eq!(broken.unwrap().to_string(), "a bad fact");
    }

    #[test]
    fn lines_go_out_as_they_are() {
        let text = "x\n".repeat(PIECE_BYTES);
        assert_eq!(sent(&mut Source::Lines(Box::new(io::Cursor::new(text.clone())))).0, text);
    }

    #[test]
    fn a_refused_line_keeps_the_counts_of_what_stands_before_it() {
        let answer = ImportAnswer::from(&Report { facts: 3, ..Report::default() });
        let body =
            serde_json::json!({ "detail": "Line 4: no.", "code": "invalid_import_line", "imported": answer });
        let outcome = answered(&Reply { status: 400, body: body.to_string().into_bytes() }).unwrap();
        assert_eq!(outcome.answer.facts, 3);
        assert_eq!(outcome.failure.unwrap().to_string(), "Line 4: no. (invalid_import_line)");
    }
}
