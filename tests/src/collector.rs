//! A collector of traces as a peer: takes OTLP over HTTP on a free loopback port and keeps the spans that
//! arrive, or is down, out of order, or silent, as a test wants it.

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value},
    trace::v1::{Span as Encoded, span::SpanKind},
};
use prost::Message;
use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

/// Longer than any honest delivery takes, also on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a collector meets what it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Takes it.
    Takes,
    /// Answers 500.
    Fails,
    /// Never answers.
    IsSilent,
}

/// A span as it arrived.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// 32 hex digits.
    pub trace: String,
    /// 16 hex digits.
    pub id: String,
    /// The span that it is a child of, if any.
    pub parent: Option<String>,
    pub name: String,
    /// Whether it is the server's side of a request.
    pub is_server: bool,
    /// What is told of it, as text.
    pub attributes: BTreeMap<String, String>,
    /// Who told it, as text.
    pub resource: BTreeMap<String, String>,
}

/// A running collector.
#[derive(Debug)]
pub struct Collector {
    address: SocketAddr,
    arrived: Arc<Arrived>,
}

#[derive(Debug, Default)]
struct Arrived {
    log: Mutex<Log>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Log {
    spans: Vec<Span>,
    deliveries: usize,
}

impl Collector {
    /// Begins to listen.
    pub fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let arrived = Arc::new(Arrived::default());
        let of_thread = arrived.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let arrived = of_thread.clone();
                // A client that went away is its own affair.
                thread::spawn(move || drop(serve(stream, manner, &arrived)));
            }
        });
        Self { address, arrived }
    }

    /// What `--otlp-endpoint` takes.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All spans that have arrived.
    pub fn spans(&self) -> Vec<Span> {
        self.arrived.log.lock().expect("a log").spans.clone()
    }

    /// Waits until what has arrived is enough, and gives it.
    #[track_caller]
    pub fn wait_until(&self, enough: impl Fn(&[Span]) -> bool) -> Vec<Span> {
        let log = self.wait(|log| enough(&log.spans));
        log.expect("spans that suffice; there are others, or none")
    }

    /// Waits until so many deliveries were begun, however they were met.
    #[track_caller]
    pub fn wait_for_deliveries(&self, count: usize) {
        self.wait(|log| log.deliveries >= count).expect("deliveries");
    }

    fn wait(&self, enough: impl Fn(&Log) -> bool) -> Option<Vec<Span>> {
        let log = self.arrived.log.lock().expect("a log");
        let (log, waited) =
            self.arrived.changed.wait_timeout_while(log, PATIENCE, |log| !enough(log)).expect("a log");
        if waited.timed_out() {
            eprintln!("{} spans arrived in {} deliveries: {:#?}", log.spans.len(), log.deliveries, log.spans);
        }
        (!waited.timed_out()).then(|| log.spans.clone())
    }
}

/// Answers the requests of one connection.
fn serve(mut stream: TcpStream, manner: Manner, arrived: &Arrived) -> io::Result<()> {
    loop {
        let body = read_request(&mut stream)?;
        arrived.log.lock().expect("a log").deliveries += 1;
        arrived.changed.notify_all();
        let answer = match manner {
            Manner::Takes => {
                let spans = decode(&body);
                arrived.log.lock().expect("a log").spans.extend(spans);
                arrived.changed.notify_all();
                "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n"
            }
            Manner::Fails => "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n",
            // Until the other side has had enough.
            Manner::IsSilent => return stream.read(&mut [0]).map(drop),
        };
        stream.write_all(answer.as_bytes())?;
    }
}

/// The body of the next request for traces.
fn read_request(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    assert!(
        head.starts_with("post /v1/traces ") && head.contains("content-type: application/x-protobuf"),
        "{head}"
    );
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|length| length.trim().parse().ok());
    let mut body = vec![0; length.expect("a length")];
    stream.read_exact(&mut body)?;
    Ok(body)
}

fn decode(body: &[u8]) -> Vec<Span> {
    let request = ExportTraceServiceRequest::decode(body).expect("OTLP");
    let mut spans = Vec::new();
    for of_resource in request.resource_spans {
        let resource = texts(of_resource.resource.map(|resource| resource.attributes).unwrap_or_default());
        let encoded = of_resource.scope_spans.into_iter().flat_map(|of_scope| of_scope.spans);
        spans.extend(encoded.map(|span| Span::of(span, resource.clone())));
    }
    spans
}

impl Span {
    fn of(encoded: Encoded, resource: BTreeMap<String, String>) -> Self {
        let parent = hex(&encoded.parent_span_id);
        Self {
            trace: hex(&encoded.trace_id),
            id: hex(&encoded.span_id),
            parent: (!parent.is_empty()).then_some(parent),
            is_server: encoded.kind == SpanKind::Server as i32,
            name: encoded.name,
            attributes: texts(encoded.attributes),
            resource,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn texts(attributes: Vec<KeyValue>) -> BTreeMap<String, String> {
    let text = |value| match value {
        any_value::Value::StringValue(text) => text,
        any_value::Value::IntValue(number) => number.to_string(),
        any_value::Value::BoolValue(truth) => truth.to_string(),
        other => format!("{other:?}"),
    };
    attributes.into_iter().filter_map(|pair| Some((pair.key, text(pair.value?.value?)))).collect()
}
