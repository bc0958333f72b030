//! What an instance cannot be told by this build: it is come back to, and holds up no other.

use crate::{
    bench::Bench,
    chore::{Lane, Manner, Script, Wish},
};
use khata_domain::processes::StepStatus;

async fn others_go_on(bench: &mut Bench) {
    bench.begin(9, vec![Wish::Call("pay".into(), Lane::Wide)]).await;
    bench.until("others go on", async |b| b.step(9, "pay").await == Some(StepStatus::Done)).await;
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_come_back_to() {
    let mut bench: Bench = Bench::new().await;
    bench.post(1, Manner::Unreadable, Script::default()).await;
    others_go_on(&mut bench).await;
    assert!(bench.at.note.starts_with("held:0"), "{}", bench.at.note);
    assert!(bench.at.position > 0);
}

#[tokio::test]
async fn whoever_hears_an_event_and_panics_holds_up_no_other() {
    let mut bench: Bench = Bench::new().await;
    bench.post(1, Manner::Panics, Script::default()).await;
    others_go_on(&mut bench).await;
    assert!(bench.at.note.starts_with("held:0"), "{}", bench.at.note);
}

#[tokio::test]
async fn a_definition_or_a_command_that_panics_holds_up_no_other() {
    for wish in [Wish::Panic, Wish::Do("panics".into())] {
        let mut bench: Bench = Bench::new().await;
        bench.begin(1, vec![wish]).await;
        others_go_on(&mut bench).await;
        assert!(bench.at.note.starts_with("held:0"), "{}", bench.at.note);
        assert!(!bench.outline(1).await.has_begun());
        bench.begin(2, vec![Wish::Do("works".into())]).await;
        bench.until("the board is whole", async |b| b.step(2, "works").await == Some(StepStatus::Done)).await;
    }
}
