//! What clients have learned of the bank from its answers, and all that was asked of it.

use crate::{
    command::{Command, Kind},
    import::ImportFile,
};
use khata_tests::{Random, Response, ledger};
use serde_json::Value;

/// What became of a command.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It was answered as done.
    Done(Value),
    /// It was refused with this code.
    Refused(String),
    /// No answer came: whether it was done is unknown.
    Lost,
}

/// A command and what became of it.
#[derive(Debug, Clone)]
pub struct Sent {
    pub command: Command,
    /// What became of it.
    pub outcome: Outcome,
}

/// All that was asked, and what the answers have told.
#[derive(Debug, Default)]
pub struct Bank {
    /// Every command ever sent.
    pub sent: Vec<Sent>,
    /// Every file ever sent, the last one perhaps in part only.
    pub imports: Vec<ImportFile>,
    /// How many answers never came.
    pub answers_lost: u64,
    /// How many of these were answers to commands that had been done.
    pub answers_lost_of_done: u64,
    customers: Vec<Customer>,
    accounts: Vec<Account>,
    /// Loans, cards and orders by their collection.
    things: Vec<(&'static str, String)>,
}

#[derive(Debug)]
struct Customer {
    id: String,
    email: String,
    status: String,
}

#[derive(Debug)]
struct Account {
    id: String,
    /// Holds that were placed and not ended, as far as answers told, with what they hold.
    holds: Vec<(String, i64)>,
}

impl Bank {
    /// How many customers are known.
    pub fn customers(&self) -> usize {
        self.customers.len()
    }

    /// How many accounts are known.
    pub fn accounts(&self) -> usize {
        self.accounts.len()
    }

    /// A customer without a verdict.
    pub fn unverified(&self, random: &mut Random) -> Option<String> {
        self.customer_that_is("pending", random)
    }

    /// A customer who may open accounts.
    pub fn verified(&self, random: &mut Random) -> Option<String> {
        self.customer_that_is("verified", random)
    }

    /// The address of some customer.
    pub fn email(&self, random: &mut Random) -> Option<String> {
        random.pick(&self.customers).map(|customer| customer.email.clone())
    }

    /// Some account.
    pub fn account(&self, random: &mut Random) -> Option<String> {
        random.pick(&self.accounts).map(|account| account.id.clone())
    }

    /// A hold on an account, and how much it holds.
    pub fn hold(&self, account: &str, random: &mut Random) -> Option<(String, i64)> {
        let account = self.accounts.iter().find(|known| known.id == account)?;
        random.pick(&account.holds).cloned()
    }

    /// How many loans, cards or orders are known.
    pub fn things(&self, collection: &str) -> usize {
        self.things.iter().filter(|(of, _)| *of == collection).count()
    }

    /// A loan, a card or an order.
    pub fn thing(&self, collection: &str, random: &mut Random) -> Option<String> {
        let fitting: Vec<_> = self.things.iter().filter(|(of, _)| *of == collection).collect();
        random.pick(&fitting).map(|(_, id)| id.clone())
    }

    /// Commands whose outcome is unknown, by their place in `sent`.
    pub fn lost(&self) -> Vec<usize> {
        self.sent
            .iter()
            .enumerate()
            .filter(|(_, sent)| sent.outcome == Outcome::Lost)
            .map(|(index, _)| index)
            .collect()
    }

    /// What all commands that were done, and all files, add to the bank's money, in minor units.
    pub fn money_minor(&self) -> i64 {
        let done = self
            .sent
            .iter()
            .filter(|sent| matches!(sent.outcome, Outcome::Done(_)))
            .map(|sent| sent.command.adds_minor);
        done.chain(self.imports.iter().map(ImportFile::sum_minor)).sum()
    }

    /// Notes a command and what became of it.
    #[track_caller]
    pub fn note(&mut self, command: Command, response: Option<&Response>) {
        let outcome = outcome_of(&command, response);
        self.learn(&command.kind, &outcome);
        self.sent.push(Sent { command, outcome });
    }

    /// Notes what became of a command whose answer had been lost.
    #[track_caller]
    pub fn settle(&mut self, index: usize, response: &Response) {
        let command = self.sent[index].command.clone();
        let outcome = outcome_of(&command, Some(response));
        self.learn(&command.kind, &outcome);
        self.sent[index].outcome = outcome;
    }

    fn customer_that_is(&self, status: &str, random: &mut Random) -> Option<String> {
        let fitting: Vec<_> = self.customers.iter().filter(|customer| customer.status == status).collect();
        random.pick(&fitting).map(|customer| customer.id.clone())
    }

    fn learn(&mut self, kind: &Kind, outcome: &Outcome) {
        let Outcome::Done(answer) = outcome else { return };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match kind {
            Kind::Onboard => self.customers.push(Customer {
                id: text(&answer["id"]),
                email: text(&answer["state"]["email"]),
                status: text(&answer["state"]["status"]),
            }),
            Kind::Verify { customer } => {
                let status = text(&answer["state"]["status"]);
                self.customers
                    .iter_mut()
                    .filter(|known| known.id == *customer)
                    .for_each(|known| known.status.clone_from(&status));
            }
            Kind::Open => self.accounts.push(Account { id: text(&answer["id"]), holds: Vec::new() }),
            Kind::PlaceHold { account, hold } => {
                let holds = answer["state"]["holds"].as_array().cloned().unwrap_or_default();
                let held = holds
                    .iter()
                    .find(|known| known["hold_id"] == hold.as_str())
                    .and_then(|known| ledger::minor(&known["amount"]).ok());
                if let (Some(known), Some(held)) =
                    (self.accounts.iter_mut().find(|known| known.id == *account), held)
                {
                    known.holds.push((hold.clone(), held));
                }
            }
            Kind::EndHold { account, hold } => {
                self.accounts
                    .iter_mut()
                    .filter(|known| known.id == *account)
                    .for_each(|known| known.holds.retain(|(id, _)| id != hold));
            }
            Kind::Begin { collection } => self.things.push((collection, text(&answer["id"]))),
            Kind::Entry => {}
        }
    }
}

#[track_caller]
fn outcome_of(command: &Command, response: Option<&Response>) -> Outcome {
    match response {
        None => Outcome::Lost,
        Some(response) => match response.status {
            200 | 201 => Outcome::Done(response.json()),
            400..=499 => Outcome::Refused(response.json()["code"].as_str().unwrap_or_default().to_owned()),
            503 => Outcome::Lost,
            status => panic!(
                "{} {} was answered with {status}: {}",
                command.label,
                command.request.path,
                response.text()
            ),
        },
    }
}
