//! A stand-in for a provider of identity checks, to try onboarding by hand: `khata-kyc verifies`, or one of `rejects`,
//! `pending`, `fails`, `hangs`, `rubbish`, `loses`, `twice`. It says where it listens, and goes on until it is stopped.

use khata_tests::kyc::{KycManner, KycServer};
use std::{env, process::ExitCode, thread};

fn main() -> ExitCode {
    let name = env::args().nth(1).unwrap_or_else(|| "verifies".to_owned());
    let Some(manner) = KycManner::named(&name) else {
        eprintln!("{name:?} is no manner of a provider");
        return ExitCode::from(2);
    };
    println!("khata serve --kyc-url {}", KycServer::start(manner).url());
    loop {
        thread::park();
    }
}
