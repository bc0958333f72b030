//! A credit bureau as a peer: it gives files on a free loopback port, or fails, hangs, answers rubbish, nothing, twice, or
//! with another person's file, as a test wants it. It keeps its answers by key, and counts how often it was asked.

use crate::{kyc::Question, wire};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// How a bureau meets a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BureauManner {
    /// Gives the file, with this score.
    Scores(u16),
    /// Gives the file of somebody else.
    TakesAnother,
    /// Answers 500.
    Fails,
    /// Never answers.
    Hangs,
    /// Answers what is no file.
    AnswersRubbish,
    /// Takes the question, and closes the connection.
    LosesItsAnswer,
    /// Sends its answer twice over.
    AnswersTwice,
}

impl BureauManner {
    /// By its name: a score, or what else it does.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "another" => Self::TakesAnother,
            "fails" => Self::Fails,
            "hangs" => Self::Hangs,
            "rubbish" => Self::AnswersRubbish,
            "loses" => Self::LosesItsAnswer,
            "twice" => Self::AnswersTwice,
            score => Self::Scores(score.parse().ok()?),
        })
    }
}

#[derive(Debug)]
struct Desk {
    manner: BureauManner,
    questions: Vec<Question>,
    files: BTreeMap<String, String>,
}

/// A running bureau.
#[derive(Debug)]
pub struct BureauServer {
    address: SocketAddr,
    desk: Arc<Mutex<Desk>>,
}

impl BureauServer {
    /// Begins to listen on a free port.
    pub fn start(manner: BureauManner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let desk = Desk { manner, questions: Vec::new(), files: BTreeMap::new() };
        let desk = Arc::new(Mutex::new(desk));
        let of_thread = desk.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let desk = of_thread.clone();
                // A client that went away is its own affair.
                thread::spawn(move || drop(serve(stream, &desk)));
            }
        });
        Self { address, desk }
    }

    /// What `--bureau-url` takes.
    pub fn url(&self) -> String {
        format!("http://{}/files", self.address)
    }

    /// What it is called in what is recorded.
    pub fn name(&self) -> String {
        self.address.to_string()
    }

    /// It meets questions otherwise from now on.
    pub fn set(&self, manner: BureauManner) {
        self.desk.lock().expect("a desk").manner = manner;
    }

    /// All questions so far.
    pub fn questions(&self) -> Vec<Question> {
        self.desk.lock().expect("a desk").questions.clone()
    }
}

/// The file of whoever was asked about.
fn file(question: &Question, manner: BureauManner, number: usize) -> Value {
    let score = if let BureauManner::Scores(score) = manner { score } else { 700 };
    let name = match manner {
        BureauManner::TakesAnother => json!("Somebody Else"),
        _ => question.body["name"].clone(),
    };
    json!({
        "reference": format!("B-{number}"), "name": name, "birth_date": question.body["birth_date"],
        "credit_score": score, "income_verified": true,
    })
}

/// Answers the requests of one connection.
fn serve(mut stream: TcpStream, desk: &Mutex<Desk>) -> io::Result<()> {
    loop {
        let request = wire::read(&mut stream)?;
        let body = request.json();
        let question = Question { key: request.key, authorization: request.authorization, body };
        let (manner, file) = {
            let mut at = desk.lock().expect("a desk");
            at.questions.push(question.clone());
            let (manner, number) = (at.manner, at.questions.len());
            let fresh = || file(&question, manner, number).to_string();
            (manner, at.files.entry(question.key.clone()).or_insert_with(fresh).clone())
        };
        let answer = |status: &str, body: &str| {
            format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
        };
        let text = match manner {
            BureauManner::Scores(_) | BureauManner::TakesAnother => answer("200 OK", &file),
            BureauManner::Fails => answer("500 Internal Server Error", "{}"),
            BureauManner::AnswersRubbish => answer("200 OK", r#"{"credit_score": "good"}"#),
            BureauManner::AnswersTwice => answer("200 OK", &file).repeat(2),
            BureauManner::LosesItsAnswer => return Ok(()),
            // Until the other side has had enough.
            BureauManner::Hangs => return stream.read(&mut [0]).map(drop),
        };
        stream.write_all(text.as_bytes())?;
        if manner == BureauManner::AnswersTwice {
            return Ok(());
        }
    }
}
