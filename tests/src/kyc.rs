//! A provider of identity checks as a peer: verifies or rejects on a free loopback port, or fails, hangs, answers rubbish
//! or nothing, as a test wants it. It keeps its answers by key, and counts how often it was asked.

use crate::wire;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

/// Longer than any honest question takes to come, also on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a provider meets a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KycManner {
    Verifies,
    Rejects,
    /// It is still at it.
    IsPending,
    /// Answers 500.
    Fails,
    /// Never answers.
    Hangs,
    /// Answers once it is told to meet questions otherwise, and then as it was told.
    Waits,
    /// Answers what is no verdict.
    AnswersRubbish,
    /// Takes the question, decides, and closes the connection.
    LosesItsAnswer,
    /// Sends its answer twice over.
    AnswersTwice,
}

impl KycManner {
    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "verifies" => Self::Verifies,
            "rejects" => Self::Rejects,
            "pending" => Self::IsPending,
            "fails" => Self::Fails,
            "hangs" => Self::Hangs,
            "waits" => Self::Waits,
            "rubbish" => Self::AnswersRubbish,
            "loses" => Self::LosesItsAnswer,
            "twice" => Self::AnswersTwice,
            _ => return None,
        })
    }
}

/// A question as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Its idempotency key.
    pub key: String,
    pub authorization: Option<String>,
    pub body: Value,
}

#[derive(Debug)]
struct Desk {
    manner: KycManner,
    questions: Vec<Question>,
    verdicts: BTreeMap<String, String>,
}

/// A running provider.
#[derive(Debug)]
pub struct KycServer {
    address: SocketAddr,
    desk: Arc<(Mutex<Desk>, Condvar)>,
}

impl KycServer {
    /// Begins to listen on a free port.
    pub fn start(manner: KycManner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let desk = Desk { manner, questions: Vec::new(), verdicts: BTreeMap::new() };
        let desk = Arc::new((Mutex::new(desk), Condvar::new()));
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

    /// What `--kyc-url` takes.
    pub fn url(&self) -> String {
        format!("http://{}/verifications", self.address)
    }

    /// It meets questions otherwise from now on.
    pub fn set(&self, manner: KycManner) {
        self.desk.0.lock().expect("a desk").manner = manner;
        self.desk.1.notify_all();
    }

    /// All questions so far.
    pub fn questions(&self) -> Vec<Question> {
        self.desk.0.lock().expect("a desk").questions.clone()
    }

    /// Waits until so many questions have come.
    #[track_caller]
    pub fn wait_for_questions(&self, count: usize) {
        let desk = self.desk.0.lock().expect("a desk");
        let came = self.desk.1.wait_timeout_while(desk, PATIENCE, |desk| desk.questions.len() < count);
        let (desk, waited) = came.expect("a desk");
        assert!(!waited.timed_out(), "only {} questions came", desk.questions.len());
    }
}

/// Answers the requests of one connection.
fn serve(mut stream: TcpStream, desk: &(Mutex<Desk>, Condvar)) -> io::Result<()> {
    loop {
        let question = read_question(&mut stream)?;
        let (manner, verdict) = {
            let mut at = desk.0.lock().expect("a desk");
            at.questions.push(question.clone());
            desk.1.notify_all();
            let waits = |desk: &mut Desk| desk.manner == KycManner::Waits;
            let (mut at, _) = desk.1.wait_timeout_while(at, PATIENCE, waits).expect("a desk");
            let manner = at.manner;
            let fresh = match manner {
                KycManner::Rejects => {
                    json!({ "verdict": "rejected", "reasons": ["the passport has expired"] })
                }
                _ => json!({ "verdict": "verified" }),
            };
            (manner, at.verdicts.entry(question.key).or_insert_with(|| fresh.to_string()).clone())
        };
        let answer = |status: &str, body: &str| {
            format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
        };
        let text = match manner {
            KycManner::Verifies | KycManner::Rejects => answer("200 OK", &verdict),
            KycManner::IsPending => answer("200 OK", r#"{"verdict":"pending"}"#),
            KycManner::Fails => answer("500 Internal Server Error", "{}"),
            KycManner::AnswersRubbish => answer("200 OK", "<html>verified</html>"),
            KycManner::AnswersTwice => answer("200 OK", &verdict).repeat(2),
            KycManner::LosesItsAnswer => return Ok(()),
            // Until the other side has had enough.
            KycManner::Hangs | KycManner::Waits => return stream.read(&mut [0]).map(drop),
        };
        stream.write_all(text.as_bytes())?;
        if manner == KycManner::AnswersTwice {
            return Ok(());
        }
    }
}

/// The next question of a connection.
fn read_question(stream: &mut TcpStream) -> io::Result<Question> {
    let request = wire::read(stream)?;
    let body = request.json();
    Ok(Question { key: request.key, authorization: request.authorization, body })
}
