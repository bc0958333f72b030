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

#[tokio::test]
async fn the_same_build_does_not_read_again_what_it_could_not_tell_and_another_one_does() {
    let mut bench: Bench = Bench::new().await;
    bench.post(1, Manner::Unreadable, Script::default()).await;
    bench.post(2, Manner::Panics, Script::default()).await;
    others_go_on(&mut bench).await;
    let (noted, at) = (bench.at.note.clone(), bench.at.position);
    assert!(noted.starts_with("held:0:2:"), "{noted}");
    for _ in 0..3 {
        bench.take_over().await;
        assert_eq!((&bench.at.note, bench.at.position), (&noted, at), "it goes on where it was");
        others_go_on(&mut bench).await;
        assert_eq!(bench.at.note, noted);
    }
    bench.build = Some("a newer one");
    bench.take_over().await;
    assert_eq!(bench.at.position, 0, "it begins again before what others could not tell");
    bench.rounds(20).await;
    assert_eq!(bench.at.note, "held:0:2:a newer one");
}
