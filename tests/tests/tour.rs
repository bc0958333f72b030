//! The README's tour, taken step by step on a real server: each answer that the page shows is what a reader
//! gets.
//!
//! The page may leave members out. Ids drawn by the server, instants, dates and hashes differ from run to
//! run; all else must agree.

#[path = "tour/page.rs"]
mod page;
#[path = "tour/shape.rs"]
mod shape;

use khata_tests::Server;
use page::Step;

#[test]
fn the_tour_of_the_readme_goes_as_the_page_says() {
    let readme = include_str!("../../README.md");
    let folder = tempfile::tempdir().expect("a folder");
    let data_dir = folder.path().join("khata-data");
    let mut server = Server::start(&data_dir);
    let steps = page::steps(readme);
    assert!(steps.len() > 8, "the tour has only {} steps", steps.len());
    for step in steps {
        match step {
            Step::Restart => {
                server.kill();
                server = Server::start(&data_dir);
            }
            Step::Ask { request, answer } => {
                let response = server.client().send(&request).expect("a server that answers");
                match answer {
                    Some(shown) => assert_eq!(
                        shape::missing(&shown, &response.json()),
                        None,
                        "{} {}",
                        request.path,
                        response.text()
                    ),
                    None => assert!(response.status < 300, "{} {}", request.path, response.text()),
                }
            }
        }
    }
}
