//! The payment network VelocityPay as a peer, on a free loopback port: it pays, refuses, takes its time, fails before or after
//! it paid, hangs, lies, loses its answers, or is down, as a test wants it, for all payments or for those to one name.
//!
//! It has books of its own (`books`), keeps every request in the order of arrival, and sends notices (`notices`). What it does
//! with a payment, and what it says of it, are apart: see [`Manner`].

mod books;
mod manner;
mod notices;

pub use crate::wire::Request;
pub use books::Incoming;
pub use manner::{Deed, Manner, Reply};
pub use notices::{Kind, Notice, Signing};

use crate::wire;
use books::{Books, Taken};
use jiff::Timestamp;
use khata_application::{Clock, payments::StatementLine};
use khata_domain::{Money, ids::PaymentId};
use khata_infrastructure::SystemClock;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fmt, io,
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// Longer than any honest request takes to come, also on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

struct Desk {
    manner: Manner,
    by_name: BTreeMap<String, Manner>,
    questions: Reply,
    requests: Vec<Request>,
    books: Books,
    /// Where notices go, and the secret that they are signed with.
    notified: Option<(String, String)>,
}

struct Office {
    desk: Mutex<Desk>,
    news: Condvar,
    clock: Arc<dyn Clock>,
    is_closing: AtomicBool,
    /// How many requests it is at, and how many it was at once at most.
    at_work: AtomicUsize,
    most: AtomicUsize,
}

/// A running network.
pub struct VelocityPayServer {
    address: SocketAddr,
    office: Arc<Office>,
    listening: Mutex<Option<JoinHandle<()>>>,
}

impl fmt::Debug for VelocityPayServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VelocityPayServer").field("address", &self.address).finish_non_exhaustive()
    }
}

impl VelocityPayServer {
    /// Begins to listen on a free port.
    pub fn start(manner: Manner) -> Self {
        Self::start_by(manner, Arc::new(SystemClock))
    }

    /// The same by a clock: days of statements are days of UTC by it, and notices are signed by it.
    pub fn start_by(manner: Manner, clock: Arc<dyn Clock>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        // What one network calls something, no other does.
        let name = format!("{:x}{:04x}", clock.now().as_microsecond(), address.port());
        let desk = Desk {
            manner,
            by_name: BTreeMap::new(),
            questions: Reply::Straight,
            requests: Vec::new(),
            books: Books::new(name),
            notified: None,
        };
        let office = Arc::new(Office {
            desk: Mutex::new(desk),
            news: Condvar::new(),
            clock,
            is_closing: AtomicBool::new(false),
            at_work: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        });
        let listening = Mutex::new(Some(listen(listener, office.clone())));
        Self { address, office, listening }
    }

    /// What `--velocitypay-url` takes.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// It meets orders otherwise from now on.
    pub fn set(&self, manner: Manner) {
        self.with(|desk| desk.manner = manner);
    }

    /// It meets orders to payees of this name otherwise from now on, whatever it does with others.
    pub fn set_for(&self, name: &str, manner: Manner) {
        self.with(|desk| desk.by_name.insert(name.to_owned(), manner));
    }

    /// It answers inquiries and asks for statements otherwise from now on.
    pub fn set_questions(&self, reply: Reply) {
        self.with(|desk| desk.questions = reply);
    }

    /// Connections are refused from now on. Those that are there stay.
    pub fn go_down(&self) {
        let Some(thread) = self.listening.lock().expect("a listener").take() else { return };
        self.office.is_closing.store(true, Ordering::SeqCst);
        // It waits for a connection, and looks up when it gets one.
        drop(TcpStream::connect(self.address));
        thread.join().expect("a listener that ends");
    }

    /// It listens again, on the same port.
    pub fn come_back(&self) {
        let mut listening = self.listening.lock().expect("a listener");
        if listening.is_none() {
            self.office.is_closing.store(false, Ordering::SeqCst);
            let listener = TcpListener::bind(self.address).expect("its port");
            *listening = Some(listen(listener, self.office.clone()));
        }
    }

    /// All requests so far, in the order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.with(|desk| desk.requests.clone())
    }

    /// How many requests it was at once at most.
    pub fn most_at_once(&self) -> usize {
        self.office.most.load(Ordering::SeqCst)
    }

    /// The orders that came under the id of a payment.
    pub fn orders_of(&self, payment_id: PaymentId) -> Vec<Request> {
        let (all, key) = (self.requests(), payment_id.to_string());
        all.into_iter().filter(|request| request.is_order() && request.key == key).collect()
    }

    /// Waits until so many orders have come.
    #[track_caller]
    pub fn wait_for_orders(&self, count: usize) {
        self.wait("orders", count, |desk| desk.requests.iter().filter(|request| request.is_order()).count());
    }

    /// Waits until so many requests of any kind have come.
    #[track_caller]
    pub fn wait_for_requests(&self, count: usize) {
        self.wait("requests", count, |desk| desk.requests.len());
    }

    /// Waits until so many notices could be sent.
    #[track_caller]
    pub fn wait_for_notices(&self, count: usize) {
        self.wait("notices", count, |desk| desk.books.notices().len());
    }

    /// What it has booked, in the order of booking.
    pub fn lines(&self) -> Vec<StatementLine> {
        self.with(|desk| desk.books.lines.clone())
    }

    /// Changes what its statements will say. What it answers about payments stays.
    pub fn rewrite<T>(&self, change: impl FnOnce(&mut Vec<StatementLine>) -> T) -> T {
        self.with(|desk| change(&mut desk.books.lines))
    }

    /// How often it has paid a payment: more than once would be the end of trust.
    pub fn times_paid(&self, payment_id: PaymentId) -> usize {
        self.with(|desk| desk.books.times_paid(payment_id))
    }

    /// Fails if a payment was paid twice, or if orders under one key were not the same to the byte.
    #[track_caller]
    pub fn assert_nothing_was_paid_twice(&self) {
        let requests = self.requests();
        let mut bodies: BTreeMap<&str, &[u8]> = BTreeMap::new();
        for order in requests.iter().filter(|request| request.is_order()) {
            let first = bodies.entry(&order.key).or_insert(&order.body);
            assert_eq!(*first, order.body.as_slice(), "other bytes under the key {}", order.key);
            let payment_id = order.key.parse().expect("a payment's id as the key");
            assert!(self.times_paid(payment_id) <= 1, "{payment_id} was paid twice");
        }
    }

    /// Pays what it works on; nothing if it works on no such payment.
    pub fn settle(&self, payment_id: PaymentId) -> Option<Notice> {
        self.tell(|books, now| books.settle(payment_id, now))
    }

    /// Refuses what it works on, with code AC04; nothing if it works on no such payment.
    pub fn refuse(&self, payment_id: PaymentId) -> Option<Notice> {
        self.tell(|books, now| books.refuse(payment_id, now))
    }

    /// The last order under the id of a payment arrives after all: it had only been slow.
    ///
    /// # Panics
    /// No such order was ever sent.
    #[track_caller]
    pub fn arrive(&self, payment_id: PaymentId, deed: Deed) {
        let order = self.orders_of(payment_id).pop().expect("an order of that payment");
        self.tell(|books, now| drop(books.take(&order.key, &order.body, deed, now)));
    }

    /// Gives back what it has paid, or a part of it; nothing if it has paid no such payment.
    pub fn give_back(&self, payment_id: PaymentId, amount: Option<Money>) -> Option<Notice> {
        self.tell(|books, now| books.give_back(payment_id, amount, now))
    }

    /// Brings money of somebody elsewhere.
    pub fn receive(&self, incoming: &Incoming) -> Notice {
        self.tell(|books, now| books.receive(incoming, now))
    }

    /// All notices that it has reason for, in the order of what happened.
    pub fn notices(&self) -> Vec<Notice> {
        self.with(|desk| desk.books.notices().to_vec())
    }

    /// Sends notices to a URL from now on, signed with a secret.
    pub fn set_notified(&self, url: &str, secret: &str) {
        self.with(|desk| desk.notified = Some((url.to_owned(), secret.to_owned())));
    }

    /// Sends the last notice of a kind about a payment, properly; makes one up if nothing of that kind has happened. Gives the
    /// status that it is answered with.
    #[track_caller]
    pub fn notify(&self, kind: Kind, payment_id: PaymentId) -> u16 {
        let notice =
            self.tell(|books, now| books.notice(kind, payment_id, now)).expect("an order of that payment");
        self.deliver(&notice, Signing::Proper).expect("somebody who takes notices")
    }

    /// Sends a notice, as often as it is called under the same id. Gives the status that it is answered with.
    ///
    /// # Errors
    /// Nobody answers there.
    #[track_caller]
    pub fn deliver(&self, notice: &Notice, signing: Signing) -> io::Result<u16> {
        let notified = self.with(|desk| desk.notified.clone());
        let (url, secret) = notified.expect("a URL that notices go to");
        notice.deliver(&url, &secret, signing, self.office.clock.now())
    }

    fn with<T>(&self, act: impl FnOnce(&mut Desk) -> T) -> T {
        act(&mut self.office.desk.lock().expect("a desk"))
    }

    fn tell<T>(&self, act: impl FnOnce(&mut Books, Timestamp) -> T) -> T {
        let now = self.office.clock.now();
        let told = self.with(|desk| act(&mut desk.books, now));
        self.office.news.notify_all();
        told
    }

    #[track_caller]
    fn wait(&self, what: &str, count: usize, counted: impl Fn(&Desk) -> usize) {
        let desk = self.office.desk.lock().expect("a desk");
        let came = self.office.news.wait_timeout_while(desk, PATIENCE, |desk| counted(desk) < count);
        let (desk, waited) = came.expect("a desk");
        assert!(!waited.timed_out(), "only {} {what} came", counted(&desk));
    }
}

fn listen(listener: TcpListener, office: Arc<Office>) -> JoinHandle<()> {
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            if office.is_closing.load(Ordering::SeqCst) {
                return;
            }
            let office = office.clone();
            // A client that went away is its own affair.
            thread::spawn(move || drop(serve(stream, &office)));
        }
    })
}

/// That a request is being worked on.
struct AtWork<'o>(&'o Office);

impl<'o> AtWork<'o> {
    fn on(office: &'o Office) -> Self {
        let at_work = office.at_work.fetch_add(1, Ordering::SeqCst) + 1;
        office.most.fetch_max(at_work, Ordering::SeqCst);
        Self(office)
    }
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.at_work.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Answers the requests of one connection.
fn serve(mut stream: TcpStream, office: &Office) -> io::Result<()> {
    loop {
        let request = wire::read(&mut stream)?;
        let _at_work = AtWork::on(office);
        let Manner(deed, reply) = {
            let mut desk = office.desk.lock().expect("a desk");
            desk.requests.push(request.clone());
            desk.manner_for(&request)
        };
        office.news.notify_all();
        if reply == Reply::Late {
            wire::wait_until_gone(&mut stream);
        }
        let (status, body) = {
            let mut desk = office.desk.lock().expect("a desk");
            desk.answer(&request, deed, office.clock.now())
        };
        office.news.notify_all();
        match reply {
            Reply::Straight => wire::answer(&mut stream, status, &body)?,
            Reply::Fails => wire::answer(&mut stream, 500, &json!({}))?,
            Reply::Rubbish => wire::answer(&mut stream, 200, &json!("<html>settled</html>"))?,
            Reply::OtherAmount => wire::answer(&mut stream, status, &with_other_amount(body))?,
            Reply::Unknown => wire::answer(&mut stream, 404, &json!({ "code": "payment_unknown" }))?,
            Reply::Twice => {
                wire::answer(&mut stream, status, &body)?;
                return wire::answer(&mut stream, status, &body);
            }
            Reply::Hangs => {
                wire::wait_until_gone(&mut stream);
                return Ok(());
            }
            Reply::Lost | Reply::Late => return Ok(()),
        }
    }
}

impl Desk {
    fn manner_for(&self, request: &Request) -> Manner {
        if request.is_order() {
            let name = request.json()["creditor"]["name"].as_str().unwrap_or_default().to_owned();
            self.by_name.get(&name).copied().unwrap_or(self.manner)
        } else {
            Manner(Deed::Nothing, self.questions)
        }
    }

    /// Does what a request wants, as far as it is done at all, and says how things stand.
    fn answer(&mut self, request: &Request, deed: Deed, now: Timestamp) -> (u16, Value) {
        let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        let known = match (request.method.as_str(), &parts[..]) {
            ("POST", ["payments"]) => match self.books.take(&request.key, &request.body, deed, now) {
                Taken::Stands(standing) => return (201, standing),
                Taken::OtherBytes => return (409, json!({ "code": "idempotency_key_reused" })),
                Taken::Malformed => return (400, json!({ "code": "malformed" })),
                Taken::Not => return (503, json!({ "code": "unavailable" })),
            },
            ("GET", ["payments", payment_id]) => self.books.standing(payment_id),
            ("GET", ["statements", day]) => self.books.statement(day),
            _ => return (404, json!({ "code": "not_found" })),
        };
        known.map_or((404, json!({ "code": "payment_unknown" })), |known| (200, known))
    }
}

fn with_other_amount(mut body: Value) -> Value {
    if let Some(amount) = body.pointer_mut("/amount/amount") {
        *amount = json!(format!("9{}", amount.as_str().unwrap_or_default()));
    }
    body
}
