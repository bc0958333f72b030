//! What the rows mean to Khata.

use super::{
    super::table::{DataSetError, Table},
    DELIMITER,
    credit::{self, LoanBook},
    orders::OrderBook,
    tables::{
        Account, Card, Client, Direction, Disposition, District, Loan, Operation, Order, Role, Symbol,
        Transaction,
    },
    words::{czk, source, told},
};
use jiff::civil::Date;
use khata_application::import::{
    AccountOpened, BusinessTime, CustomerOnboarded, Entry, EntryKind, Fact, SignatoryAdded,
};
use khata_domain::{
    Text,
    accounts::{AccountType, Channel},
    customers::{Address, CustomerType, Email, Phone, customer::IdentityPart},
};
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::Path;

/// What must be known of the bank to tell its transactions.
#[derive(Debug)]
pub(super) struct Bank {
    accounts: FxHashSet<u32>,
    pub(super) loans: LoanBook,
    pub(super) orders: OrderBook,
}

/// The small files, and where each client begins.
struct Files {
    districts: FxHashMap<u32, District>,
    clients: Vec<(u64, Client)>,
    accounts: Vec<(u64, Account)>,
    dispositions: Vec<(u64, Disposition)>,
    loans: Vec<(u64, Loan)>,
    cards: Vec<(u64, Card)>,
    orders: Vec<(u64, Order)>,
}

impl Bank {
    /// Reads the small files and tells the facts in them.
    pub(super) fn read(directory: &Path) -> Result<(Self, Vec<Fact>), DataSetError> {
        let mut files = Files::read(directory)?;
        let opened: FxHashMap<u32, Date> =
            files.accounts.iter().map(|(_, account)| (account.id, account.opened)).collect();
        let known_clients: FxHashSet<u32> = files.clients.iter().map(|(_, client)| client.id).collect();
        let mut first_account: FxHashMap<u32, Date> = FxHashMap::default();
        let mut owners: FxHashMap<u32, u32> = FxHashMap::default();
        for &(line, ref disposition) in &files.dispositions {
            let Some(&date) = opened.get(&disposition.account) else {
                return Err(complaint(
                    directory,
                    "disp.asc",
                    line,
                    format!("account.asc has no account {}", disposition.account),
                ));
            };
            if !known_clients.contains(&disposition.client) {
                return Err(complaint(
                    directory,
                    "disp.asc",
                    line,
                    format!("client.asc has no client {}", disposition.client),
                ));
            }
            first_account
                .entry(disposition.client)
                .and_modify(|first| *first = date.min(*first))
                .or_insert(date);
            if disposition.role == Role::Owner
                && owners.insert(disposition.account, disposition.client).is_some()
            {
                return Err(complaint(
                    directory,
                    "disp.asc",
                    line,
                    format!("account {} has an owner already", disposition.account),
                ));
            }
        }
        let mut facts =
            Vec::with_capacity(files.clients.len() + files.accounts.len() + files.dispositions.len());
        for (line, client) in &files.clients {
            let refused = |reason: String| complaint(directory, "client.asc", *line, reason);
            let since = first_account
                .get(&client.id)
                .ok_or_else(|| refused(format!("disp.asc gives client {} no account", client.id)))?;
            let district = files.districts.get(&client.district);
            let district = district
                .ok_or_else(|| refused(format!("district.asc has no district {}", client.district)))?;
            facts.push(customer(client, *since, district).map_err(refused)?);
        }
        for (line, account) in &files.accounts {
            let refused = |reason: String| complaint(directory, "account.asc", *line, reason);
            let owner = owners
                .get(&account.id)
                .ok_or_else(|| refused(format!("disp.asc gives account {} no owner", account.id)))?;
            facts.push(opening(account, *owner).map_err(refused)?);
        }
        for (line, disposition) in
            files.dispositions.iter().filter(|(_, disposition)| disposition.role == Role::Disponent)
        {
            let since = opened.get(&disposition.account).copied().unwrap_or_default();
            facts.push(
                signatory(disposition, since)
                    .map_err(|reason| complaint(directory, "disp.asc", *line, reason))?,
            );
        }
        let orders = files.take_orders(directory, &owners, &opened)?;
        let loans = files.tell_credit(directory, &owners, &mut facts)?;
        Ok((Self { accounts: opened.into_keys().collect(), loans, orders }, facts))
    }

    pub(super) fn has_account(&self, account: u32) -> bool {
        self.accounts.contains(&account)
    }
}

impl Files {
    /// Takes the standing orders out.
    fn take_orders(
        &mut self,
        directory: &Path,
        owners: &FxHashMap<u32, u32>,
        opened: &FxHashMap<u32, Date>,
    ) -> Result<OrderBook, DataSetError> {
        let mut book = OrderBook::default();
        for (line, order) in std::mem::take(&mut self.orders) {
            let refused = |reason: String| complaint(directory, "order.asc", line, reason);
            let account = owners.get(&order.account).zip(opened.get(&order.account));
            let (owner, opened) =
                account.ok_or_else(|| refused(format!("account.asc has no account {}", order.account)))?;
            book.add(order, *owner, *opened).map_err(refused)?;
        }
        Ok(book)
    }

    fn read(directory: &Path) -> Result<Self, DataSetError> {
        let districts = Table::open(directory, "district.asc", DELIMITER)?.rows::<District>()?;
        Ok(Self {
            districts: districts.into_iter().map(|(_, district)| (district.id, district)).collect(),
            clients: Table::open(directory, "client.asc", DELIMITER)?.rows()?,
            accounts: Table::open(directory, "account.asc", DELIMITER)?.rows()?,
            dispositions: Table::open(directory, "disp.asc", DELIMITER)?.rows()?,
            loans: Table::open(directory, "loan.asc", DELIMITER)?.rows()?,
            cards: Table::open(directory, "card.asc", DELIMITER)?.rows()?,
            orders: Table::open(directory, "order.asc", DELIMITER)?.rows()?,
        })
    }

    /// Tells the loans and the cards.
    fn tell_credit(
        self,
        directory: &Path,
        owners: &FxHashMap<u32, u32>,
        facts: &mut Vec<Fact>,
    ) -> Result<LoanBook, DataSetError> {
        let mut book = LoanBook::default();
        for (line, loan) in self.loans {
            let refused = |reason: String| complaint(directory, "loan.asc", line, reason);
            let owner = owners
                .get(&loan.account)
                .ok_or_else(|| refused(format!("account.asc has no account {}", loan.account)))?;
            facts.push(book.grant(loan, *owner).map_err(refused)?);
        }
        let clients: FxHashMap<u32, u32> =
            self.dispositions.iter().map(|(_, disposition)| (disposition.id, disposition.client)).collect();
        for (line, card) in &self.cards {
            let refused = |reason: String| complaint(directory, "card.asc", *line, reason);
            let client = clients
                .get(&card.disposition)
                .ok_or_else(|| refused(format!("disp.asc has no disposition {}", card.disposition)))?;
            facts.push(credit::card(card, *client).map_err(refused)?);
        }
        Ok(book)
    }
}

/// The data tells birth date and district of a client; all else is made up and marked so.
fn customer(client: &Client, since: Date, district: &District) -> Result<Fact, String> {
    let id = client.id;
    Ok(Fact::CustomerOnboarded(Box::new(CustomerOnboarded {
        source: source("client", id)?,
        effective_at: BusinessTime::Day(since),
        name: Text::of_record(&format!("Client {id}")).map_err(told)?,
        email: Email::parse(&format!("client-{id}@berka.example")).map_err(told)?,
        phone: Phone::parse(&format!("+420 000 {id:06}")).map_err(told)?,
        customer_type: CustomerType::Individual,
        documents: Vec::new(),
        birth_date: Some(client.birth_date),
        tax_id: None,
        address: Some(Address {
            line1: None,
            line2: None,
            city: Text::of_record(&district.name).map_err(told)?,
            city_tier: None,
            region: Some(Text::of_record(&district.region).map_err(told)?),
            postal_code: None,
            country: Some(Text::of_record("CZ").map_err(told)?),
        }),
        kyc: None,
        synthetic: vec![IdentityPart::Name, IdentityPart::Email, IdentityPart::Phone],
    })))
}

fn opening(account: &Account, owner: u32) -> Result<Fact, String> {
    Ok(Fact::AccountOpened(AccountOpened {
        source: source("account", account.id)?,
        effective_at: BusinessTime::Day(account.opened),
        customer: source("client", owner)?,
        account_type: AccountType::Savings,
        currency: czk()?,
    }))
}

fn signatory(disposition: &Disposition, since: Date) -> Result<Fact, String> {
    Ok(Fact::SignatoryAdded(SignatoryAdded {
        source: source("disp", disposition.id)?,
        effective_at: BusinessTime::Day(since),
        account: source("account", disposition.account)?,
        customer: source("client", disposition.client)?,
    }))
}

/// What a transaction was.
pub(super) fn entry(row: &Transaction) -> Result<Fact, String> {
    let kind = match (row.symbol, row.direction) {
        (Symbol::Interest, Direction::Credit) => EntryKind::Interest,
        (Symbol::Fee, Direction::Debit) => EntryKind::Fee,
        (Symbol::PenaltyInterest, Direction::Debit) => EntryKind::PenaltyInterest,
        (_, Direction::Credit) => EntryKind::Deposit,
        (_, Direction::Debit) => EntryKind::Withdrawal,
    };
    let moves_money = matches!(kind, EntryKind::Deposit | EntryKind::Withdrawal);
    let (reference, description) = purpose(row.symbol);
    let text = |text: &str| Text::of_record(text).map_err(told);
    Ok(Fact::Entry(Entry {
        source: source("trans", row.id)?,
        effective_at: BusinessTime::Day(row.date),
        value_date: None,
        account: source("account", row.account)?,
        kind,
        reverses: None,
        amount: row.amount,
        channel: moves_money.then(|| channel(row.operation)),
        counterparty: counterparty(row)
            .filter(|_| moves_money)
            .map(|other| Text::of_record(&other).map_err(told))
            .transpose()?,
        reference: reference
            .filter(|_| moves_money)
            .map(|reference| Text::of_record(reference).map_err(told))
            .transpose()?,
        description: description.map(text).transpose()?,
    }))
}

fn channel(operation: Operation) -> Channel {
    match operation {
        Operation::CashIn | Operation::CashOut => Channel::Cash,
        Operation::TransferIn | Operation::TransferOut => Channel::Transfer,
        Operation::CardWithdrawal => Channel::Card,
        Operation::Internal => Channel::Internal,
    }
}

/// Account and bank as Czech banks write them: `70984434/QR`.
fn counterparty(row: &Transaction) -> Option<String> {
    let account = row.other_account.trim();
    match row.bank.trim() {
        "" if account.is_empty() || account == "0" => None,
        "" => Some(account.to_owned()),
        bank => Some(format!("{account}/{bank}")),
    }
}

/// The bank's own symbol as reference, and what it stands for.
fn purpose(symbol: Symbol) -> (Option<&'static str>, Option<&'static str>) {
    match symbol {
        Symbol::None => (None, None),
        Symbol::Interest => (Some("UROK"), Some("Interest")),
        Symbol::Fee => (Some("SLUZBY"), Some("Statement fee")),
        Symbol::PenaltyInterest => (Some("SANKC. UROK"), Some("Penalty interest on a negative balance")),
        Symbol::Household => (Some("SIPO"), Some("Household payment")),
        Symbol::LoanPayment => (Some("UVER"), Some("Loan payment")),
        Symbol::Pension => (Some("DUCHOD"), Some("Pension")),
        Symbol::Insurance => (Some("POJISTNE"), Some("Insurance payment")),
    }
}

fn complaint(directory: &Path, file: &str, line: u64, reason: String) -> DataSetError {
    DataSetError::Row { path: directory.join(file), line, reason }
}
