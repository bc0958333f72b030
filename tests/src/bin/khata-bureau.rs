//! A stand-in for a credit bureau, to try assessments by hand: `khata-bureau 742` gives everybody that score; others are
//! `another` (another person's file), `fails`, `hangs`, `rubbish`, `loses`, `twice`. It says where it listens, and goes on
//! until it is stopped.

use khata_tests::bureau::{BureauManner, BureauServer};
use std::{env, process::ExitCode, thread};

fn main() -> ExitCode {
    let name = env::args().nth(1).unwrap_or_else(|| "742".to_owned());
    let Some(manner) = BureauManner::named(&name) else {
        eprintln!("{name:?} is no manner of a bureau");
        return ExitCode::from(2);
    };
    println!("khata serve --bureau-url {}", BureauServer::start(manner).url());
    loop {
        thread::park();
    }
}
