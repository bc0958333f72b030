//! The mixed load: a day's business in small, on accounts, cards, orders and loans at once, with reads
//! between the commands.

use super::*;
use khata_domain::ids::{CardId, LoanId};

/// Every customer has a card; one in so many has a loan.
const CUSTOMERS_PER_LOAN: u32 = 5;

/// Measures the load on a server of its own.
pub(super) async fn measure(run: &mut Run) -> Result<(), BenchError> {
    let home = run.home("mixed")?;
    let mut server = Server::start(&home).await?;
    let bank = Bank { accounts: run.options.accounts, series: 4 };
    commands::set_up(run, &mut server, bank).await?;
    let credit = Credit(bank);
    let filling =
        bank.deposits(bank.accounts).into_iter().map(|request| request.with_body(FILLING)).collect();
    for requests in [vec![filling], credit.cards(), credit.loans()].concat() {
        let count = requests.len() as u64;
        let plan = LoadPlan {
            choice: Choice::EachOnce,
            most: count,
            seconds: 3_600.0,
            ..run.plan(&server, 64, requests)
        };
        check::whole(&loader::send(&plan).await?)?;
    }
    commands::caught_up(&mut server, bank).await?;
    let connections = run.options.connections;
    let plan = LoadPlan { mix: Some(credit.mix()), ..run.plan(&server, connections, Vec::new()) };
    let warm_up =
        LoadPlan { seconds: (plan.seconds / 5.0).min(2.0), mix: Some(credit.other_mix()), ..plan.clone() };
    check::whole(&loader::send(&warm_up).await?)?;
    commands::caught_up(&mut server, bank).await?;
    let (head, processor) = (check::head(&mut server).await?, server.processor_seconds());
    let report = loader::send(&plan).await?;
    let server_us_each = (server.processor_seconds() - processor) * 1e6 / report.succeeded().max(1) as f64;
    let behind = commands::caught_up(&mut server, bank).await?;
    check::whole(&report)?;
    let appended = check::head(&mut server).await? - head;
    if appended < report.succeeded() {
        return Err(BenchError::Answer(format!(
            "{} commands were answered, {appended} events are in the log",
            report.succeeded()
        )));
    }
    let (memory, reads) = (server.memory()?, report.reads.unwrap_or_default());
    run.show(Line {
        figure: Figure::Mixed,
        what: format!("60/20/15/5 accounts, cards, orders, loans; {connections} connections"),
        target: "-".to_owned(),
        measured: format!("{}/s", table::grouped(report.rate())),
        verdict: Verdict::Told,
        note: format!(
            "commands p50 {}, p99 {}; {} reads/s p50 {}, p99 {}; {:.2} events per command; server {server_us_each:.0} µs each; views done {:.1} s later; {:.0} MiB at most",
            table::time(report.latency.p50),
            table::time(report.latency.p99),
            table::grouped(reads.count as f64 / report.seconds.max(f64::EPSILON)),
            table::time(reads.p50),
            table::time(reads.p99),
            appended as f64 / report.succeeded().max(1) as f64,
            behind.as_secs_f64(),
            memory.peak_mib
        ),
    });
    server.stop().await?;
    check::chain(&home).await?;
    home.remove().await
}

/// What goes into every account first, so that withdrawals are covered.
const FILLING: &str = r#"{"amount":{"amount":"100000.00","currency":"CZK"},"channel":"transfer"}"#;

/// Cards and loans of a bank's customers.
#[derive(Debug, Clone, Copy)]
struct Credit(Bank);

impl Credit {
    fn card(self, customer: u32) -> CardId {
        self.0.named(3, customer)
    }

    fn loan(self, number: u32) -> LoanId {
        self.0.named(4, number)
    }

    fn loan_count(self) -> u32 {
        self.0.customers().div_ceil(CUSTOMERS_PER_LOAN)
    }

    /// Issues the cards, then activates them.
    fn cards(self) -> Vec<Vec<Request>> {
        let customers = 0..self.0.customers();
        let body = |customer| {
            format!(
                r#"{{"id":"{}","customer_id":"{}","limit":{{"amount":"100000000.00","currency":"CZK"}}}}"#,
                self.card(customer),
                self.0.customer(customer)
            )
        };
        let issue = customers.clone().map(|customer| Request::post("/v1/cards", body(customer))).collect();
        let activate = customers
            .map(|customer| Request::post(format!("/v1/cards/{}/activate", self.card(customer)), "{}"))
            .collect();
        vec![issue, activate]
    }

    /// Applies for the loans, assesses, approves and disburses them.
    fn loans(self) -> Vec<Vec<Request>> {
        let loans = 0..self.loan_count();
        let body = |number: u32| {
            format!(
                r#"{{"id":"{}","customer_id":"{}","loan_type":"personal","principal":{{"amount":"4800000.00","currency":"CZK"}},"annual_rate":"9.5","term_months":24,"day_count":"ACT/365"}}"#,
                self.loan(number),
                self.0.customer(number * CUSTOMERS_PER_LOAN)
            )
        };
        let step = |name: &str, body: &str| {
            loans
                .clone()
                .map(|number| Request::post(format!("/v1/loans/{}/{name}", self.loan(number)), body))
                .collect()
        };
        vec![
            loans.clone().map(|number| Request::post("/v1/loans", body(number))).collect(),
            step("assessment", r#"{"credit_score":780,"income_verified":true}"#),
            step("approve", r#"{"approver":"bench","role":"loan_officer"}"#),
            step("disburse", "{}"),
        ]
    }

    fn mix(self) -> Mix {
        let customers = 0..self.0.customers();
        Mix {
            customers: customers.clone().map(|number| self.0.customer(number).to_string()).collect(),
            accounts: (0..self.0.accounts).map(|number| self.0.account(number).to_string()).collect(),
            cards: customers.map(|number| self.card(number).to_string()).collect(),
            loans: (0..self.loan_count()).map(|number| self.loan(number).to_string()).collect(),
            series: 1,
        }
    }

    /// The same, with other ids for what is made.
    fn other_mix(self) -> Mix {
        Mix { series: 0, ..self.mix() }
    }
}
