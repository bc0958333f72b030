//! A stand-in for the payment network VelocityPay, to try payments to other banks by hand:
//!
//! `khata-velocitypay settles`, or one of `refuses`, `in-progress`, `fails-before`, `fails-after`, `hangs`, `rubbish`, `loses`,
//! `twice`, `other-amount`, `late`; with `--notify URL` it tells Khata there what happens, signed with `--secret whsec_…`.
//!
//! It prints what to start Khata with, and goes on until it is stopped. Lines on its input change what it does: `manner NAME`,
//! `settle PAYMENT`, `refuse PAYMENT`, `return PAYMENT`, `receive ACCOUNT AMOUNT CURRENCY`, `down`, `up`.

use khata_domain::Money;
use khata_infrastructure::webhooks::WebhookSecrets;
use khata_tests::velocitypay::{Incoming, Manner, Notice, Signing, VelocityPayServer};
use std::{
    env, io,
    process::ExitCode,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

/// The example of the specification's libraries: good for trying, since everybody knows it.
const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// A notice that nobody took is sent again after so long.
const PAUSE: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let (mut manner, mut url, mut secret) = ("settles".to_owned(), None, SECRET.to_owned());
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--notify" => url = words.next(),
            "--secret" => secret = words.next().unwrap_or_default(),
            _ => manner = word,
        }
    }
    let Some(manner) = Manner::named(&manner) else {
        eprintln!("{manner:?} is no manner of a payment network");
        return ExitCode::from(2);
    };
    if let Err(error) = WebhookSecrets::parse([secret.as_str()]) {
        eprintln!("{error}");
        return ExitCode::from(2);
    }
    let network = Arc::new(VelocityPayServer::start(manner));
    println!("khata serve --velocitypay-url {} --velocitypay-webhook-secret {secret}", network.url());
    if let Some(url) = url {
        network.set_notified(&url, &secret);
        let network = network.clone();
        thread::spawn(move || notify(&network));
    }
    for line in io::stdin().lines().map_while(Result::ok) {
        match obey(&network, &line.split_whitespace().collect::<Vec<_>>()) {
            Ok(told) => println!("{told}"),
            Err(error) => eprintln!("{error}"),
        }
    }
    loop {
        thread::park();
    }
}

/// Sends what there is to tell, in order, each until somebody takes it.
fn notify(network: &VelocityPayServer) {
    for next in 0.. {
        let notice = loop {
            match network.notices().into_iter().nth(next) {
                Some(notice) => break notice,
                None => pause(),
            }
        };
        loop {
            match network.deliver(&notice, Signing::Proper) {
                Ok(200..=299) => break,
                Ok(status) => eprintln!("{} was answered with status {status}", told(&notice)),
                Err(error) => eprintln!("{} reached nobody: {error}", told(&notice)),
            }
            pause();
        }
    }
}

fn pause() {
    let begun = Instant::now();
    while begun.elapsed() < PAUSE {
        thread::park_timeout(PAUSE);
    }
}

fn told(notice: &Notice) -> String {
    format!("{} {}", notice.kind.name(), notice.id)
}

/// Does what a line says.
fn obey(network: &VelocityPayServer, words: &[&str]) -> Result<String, String> {
    let payment = |text: &str| text.parse().map_err(|error| format!("{text}: {error}"));
    let cannot = |text: &str| format!("{text} does not stand so that this can be");
    match words {
        ["manner", name] => {
            network.set(Manner::named(name).ok_or_else(|| format!("{name:?} is no manner"))?);
            Ok((*name).to_owned())
        }
        ["settle", id] => network.settle(payment(id)?).map(|notice| told(&notice)).ok_or_else(|| cannot(id)),
        ["refuse", id] => network.refuse(payment(id)?).map(|notice| told(&notice)).ok_or_else(|| cannot(id)),
        ["return", id] => {
            network.give_back(payment(id)?, None).map(|notice| told(&notice)).ok_or_else(|| cannot(id))
        }
        ["receive", account, amount, currency] => {
            let currency = currency.parse().map_err(|error| format!("{currency}: {error}"))?;
            let amount = Money::parse(amount, currency).map_err(|error| error.to_string())?;
            let account = account.parse().map_err(|error| format!("{account}: {error}"))?;
            let incoming = Incoming { account, amount, payer: "Somebody".to_owned(), reference: None };
            Ok(told(&network.receive(&incoming)))
        }
        ["down"] => {
            network.go_down();
            Ok("down".to_owned())
        }
        ["up"] => {
            network.come_back();
            Ok("up".to_owned())
        }
        _ => Err("what is wanted is not understood".to_owned()),
    }
}
