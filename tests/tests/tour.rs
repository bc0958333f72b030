//! The README's tour, taken step by step on a real server: each answer that the page shows is what a reader
//! gets.
//!
//! The page may leave members out. Ids drawn by the server, instants, dates and hashes differ from run to
//! run; all else must agree.

#[path = "tour/page.rs"]
mod page;
#[path = "tour/shape.rs"]
mod shape;

use khata_tests::{
    Request, Server,
    velocitypay::{Manner, VelocityPayServer},
};
use page::Step;
use serde_json::Value;
use std::{
    path::Path,
    time::{Duration, Instant},
};

const README: &str = include_str!("../../README.md");

#[test]
fn the_tour_of_the_readme_goes_as_the_page_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let data_dir = folder.path().join("khata-data");
    the_first_tour(&data_dir).stop();
}

fn the_first_tour(data_dir: &Path) -> Server {
    let mut server = Server::start(data_dir);
    let steps = page::steps(README, "A three-minute tour");
    assert!(steps.len() > 8, "the tour has only {} steps", steps.len());
    for step in steps {
        match step {
            Step::Restart => {
                server.kill();
                server = Server::start(data_dir);
            }
            Step::Ask { request, answer } => ask(&server, &request, answer.as_ref()),
        }
    }
    server
}

fn ask(server: &Server, request: &Request, answer: Option<&Value>) {
    let response = server.client().send(request).expect("a server that answers");
    match answer {
        Some(shown) => {
            let missing = shape::missing(shown, &response.json());
            assert_eq!(missing, None, "{} {}", request.path, response.text());
        }
        None => assert!(response.status < 300, "{} {}", request.path, response.text()),
    }
}

#[test]
fn a_network_that_fails_and_recovers_goes_as_the_page_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let data_dir = folder.path().join("khata-data");
    the_first_tour(&data_dir).stop();
    let network = VelocityPayServer::start(Manner::SETTLES);
    let url = network.url();
    let serve = || Server::start_with(&data_dir, &["--velocitypay-url", &url, "--velocitypay-pause", "1"]);
    let mut server = serve();
    network.go_down();
    let steps = page::steps(README, "A payment to another bank, when the network fails");
    let [Step::Ask { request: order, answer }, rest @ ..] = &steps[..] else { panic!("no order") };
    ask(&server, order, answer.as_ref());
    assert_eq!(rest.len(), 3);
    for (number, step) in rest.iter().enumerate() {
        let Step::Ask { request, answer: Some(shown) } = step else { panic!("no question: {step:?}") };
        let begun = Instant::now();
        let is_shown = || {
            let response = server.client().send(request).expect("a server that answers");
            response.status == 200 && shape::missing(shown, &response.json()).is_none()
        };
        while !is_shown() {
            assert!(begun.elapsed() < Duration::from_secs(60), "{} shows no {shown}", request.path);
        }
        if number == 0 {
            server.kill();
            server = serve();
            network.come_back();
        }
    }
    network.assert_nothing_was_paid_twice();
}
