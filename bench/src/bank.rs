//! The bank that the figures are measured on: verified customers, active accounts, prepared commands. Ids are
//! made here, from a counter, so that requests can be prepared before anything is stored.

use super::load::Request;
use khata_domain::ids::{AccountId, CustomerId, TypedId};
use uuid::{Builder, Uuid};

/// Accounts that one customer holds.
const ACCOUNTS_PER_CUSTOMER: u32 = 10;

/// 2026-01-01T00:00:00Z in milliseconds: ids are made up as if drawn from then on, one each millisecond.
const FIRST_ID_MS: u64 = 1_767_225_600_000;

/// Customers and accounts by number; nothing of it is stored until its requests are sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bank {
    pub(super) accounts: u32,
    /// Keeps the ids of several banks in one log apart.
    pub(super) series: u8,
}

impl Bank {
    /// The n-th account, from 0.
    pub(super) fn account(self, number: u32) -> AccountId {
        AccountId::from_uuid(self.id(1, number))
    }

    /// The n-th customer, from 0.
    pub(super) fn customer(self, number: u32) -> CustomerId {
        CustomerId::from_uuid(self.id(2, number))
    }

    /// The customer of an account.
    pub(super) fn owner(self, account: u32) -> u32 {
        account / ACCOUNTS_PER_CUSTOMER
    }

    /// How many customers.
    pub(super) fn customers(self) -> u32 {
        self.accounts.div_ceil(ACCOUNTS_PER_CUSTOMER)
    }

    /// The n-th thing of another kind; 1 and 2 are accounts and customers.
    pub(super) fn named<I: TypedId>(self, kind: u8, number: u32) -> I {
        I::from_uuid(self.id(kind, number))
    }

    fn id(self, kind: u8, number: u32) -> Uuid {
        let [a, b, c, d] = number.to_be_bytes();
        Builder::from_unix_timestamp_millis(
            FIRST_ID_MS + u64::from(number),
            &[kind, self.series, 0, 0, 0, 0, a, b, c, d],
        )
        .into_uuid()
    }

    /// Takes the customers on.
    pub(super) fn onboarding(self) -> Vec<Request> {
        let body = |number: u32| {
            format!(
                r#"{{"id":"{id}","type":"individual","name":"Bench {number}","email":"bench-{series}-{number}@example.com","phone":"+4202{number:08}","documents":[{{"type":"passport","number":"P{number}"}},{{"type":"utility_bill","number":"U{number}"}}]}}"#,
                id = self.customer(number),
                series = self.series
            )
        };
        (0..self.customers()).map(|number| Request::post("/v1/customers", body(number))).collect()
    }

    /// Verifies the customers.
    pub(super) fn verifying(self) -> Vec<Request> {
        let path = |number| format!("/v1/customers/{}/kyc", self.customer(number));
        (0..self.customers())
            .map(|number| Request::post(path(number), r#"{"verdict":"verified","reasons":[]}"#))
            .collect()
    }

    /// Opens the accounts. Neighbours belong to different customers, so that few wait for each other.
    pub(super) fn opening(self) -> Vec<Request> {
        let customers = self.customers();
        let body = |number: u32| {
            format!(
                r#"{{"id":"{}","customer_id":"{}","account_type":"savings","currency":"CZK"}}"#,
                self.account(number),
                self.customer(self.owner(number))
            )
        };
        let spread = (0..ACCOUNTS_PER_CUSTOMER)
            .flat_map(|nth| (0..customers).map(move |customer| customer * ACCOUNTS_PER_CUSTOMER + nth));
        spread
            .filter(|number| *number < self.accounts)
            .map(|number| Request::post("/v1/accounts", body(number)))
            .collect()
    }

    /// One deposit for each of the first `accounts` accounts.
    pub(super) fn deposits(self, accounts: u32) -> Vec<Request> {
        (0..accounts.min(self.accounts))
            .map(|number| Request::post(format!("/v1/accounts/{}/deposits", self.account(number)), DEPOSIT))
            .collect()
    }

    /// A deposit into each account that many payments can be made of.
    pub(super) fn funding(self) -> Vec<Request> {
        (0..self.accounts)
            .map(|number| Request::post(format!("/v1/accounts/{}/deposits", self.account(number)), FUNDING))
            .collect()
    }

    /// One payment from each account to the one half the bank further on.
    pub(super) fn transfers(self) -> Vec<Request> {
        let further = (self.accounts / 2).max(1);
        let body = |number: u32| {
            format!(
                r#"{{"from_account":"{}","to_account":"{}","amount":{{"amount":"1.00","currency":"CZK"}},"reference":"bench"}}"#,
                self.account(number),
                self.account((number + further) % self.accounts)
            )
        };
        (0..self.accounts).map(|number| Request::post("/v1/payments", body(number))).collect()
    }
}

/// The body of a deposit that payments are made of.
const FUNDING: &str = r#"{"amount":{"amount":"900000.00","currency":"CZK"},"reference":"bench"}"#;

/// The body of every deposit, and of every echo it is compared with.
pub(super) const DEPOSIT: &str =
    r#"{"amount":{"amount":"12.50","currency":"CZK"},"channel":"transfer","reference":"bench"}"#;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_account_is_opened_once_for_its_own_customer() {
        let bank = Bank { accounts: 25, series: 3 };
        let bodies: BTreeSet<String> = bank.opening().into_iter().map(|request| request.body).collect();
        assert_eq!((bodies.len(), bank.customers()), (25, 3));
        for number in 0..25 {
            let (account, customer) =
                (bank.account(number).to_string(), bank.customer(number / 10).to_string());
            assert!(
                bodies.iter().any(|body| body.contains(&account) && body.contains(&customer)),
                "{account}"
            );
        }
    }

    #[test]
    fn banks_of_different_series_share_no_id() {
        let (one, other) = (Bank { accounts: 2, series: 1 }, Bank { accounts: 2, series: 2 });
        assert_ne!(one.account(1), other.account(1));
        assert_ne!(one.account(1).uuid(), one.customer(1).uuid());
    }

    #[test]
    fn prepared_bodies_are_json() {
        let bank = Bank { accounts: 11, series: 0 };
        for request in [
            bank.onboarding(),
            bank.verifying(),
            bank.opening(),
            bank.deposits(11),
            bank.funding(),
            bank.transfers(),
        ]
        .concat()
        {
            serde_json::from_str::<serde_json::Value>(&request.body).unwrap();
        }
    }
}
