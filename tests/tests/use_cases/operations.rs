//! What operators do is recorded before it is done, and what it came to behind that.

use crate::world::World;
use khata_application::{
    EventStore as _, OperationsLog,
    access::{Principal, Role, Roles},
    command::{CommandContext, CommandError},
    event_store::FeedFilter,
};
use khata_domain::operations::{Operation, OperationBegun, OperationDone, OperationEvent, OperationFailed};
use khata_infrastructure::V7Ids;
use std::{
    cell::Cell,
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

fn log_of(world: &World) -> OperationsLog {
    OperationsLog::new(world.executor.clone(), Arc::new(V7Ids))
}

/// The circumstances of what an operator asks for.
fn asked(world: &World, key: Option<&str>) -> CommandContext {
    let operator = Principal { roles: Roles::of(&[Role::Operator]), ..Principal::trusted("oscar") };
    let idempotency_key = key.map(str::to_owned);
    CommandContext { principal: Arc::new(operator), idempotency_key, ..world.context() }
}

fn begun() -> OperationBegun {
    OperationBegun { act: "rebuild".into(), target: "accounts".into() }
}

fn done(answer: &str) -> OperationDone {
    OperationDone { act: "rebuild".into(), target: "accounts".into(), status: 202, answer: answer.into() }
}

fn told(_: &CommandError) -> OperationFailed {
    OperationFailed { status: 409, code: "conflict".into() }
}

/// What is recorded: of each event its stream, by number, and what it says.
async fn recorded(world: &World) -> Vec<(usize, OperationEvent)> {
    let log = world.store.read_all(0, 100, &FeedFilter::default()).await.unwrap();
    let mut streams = Vec::new();
    let event = |event: &khata_application::Recorded| {
        let known = streams.iter().position(|stream| *stream == event.stream);
        let number = known.unwrap_or_else(|| {
            streams.push(event.stream.clone());
            streams.len() - 1
        });
        (number, event.event::<Operation>().unwrap().unwrap().clone())
    };
    log.events.iter().map(event).collect()
}

#[tokio::test]
async fn a_log_that_takes_no_record_gets_nothing_done() {
    let world = World::new();
    world.store.fail_with(Some("the disk is full"));
    for key in [None, Some("k")] {
        let times = Cell::new(0);
        let perform = async || {
            times.set(times.get() + 1);
            Ok(done("{}"))
        };
        let refused = log_of(&world).once(&asked(&world, key), begun(), perform, told).await;
        assert!(matches!(refused, Err(CommandError::Unavailable(_))), "{refused:?}");
        assert_eq!(times.get(), 0);
    }
}

#[tokio::test]
async fn what_it_came_to_is_recorded_behind_its_beginning() {
    let world = World::new();
    let log = log_of(&world);
    for key in [None, Some("k"), Some("k")] {
        log.once(&asked(&world, key), begun(), async || Ok(done("{}")), told).await.unwrap();
    }
    let refused = async || Err(CommandError::Contended);
    let failed = log.once(&asked(&world, Some("another")), begun(), refused, told).await;
    assert_eq!(failed.unwrap_err(), CommandError::Contended);
    // What failed has left its key free.
    log.once(&asked(&world, Some("another")), begun(), async || Ok(done("{}")), told).await.unwrap();
    let (begun, done) = (|| OperationEvent::from(begun()), || OperationEvent::from(done("{}")));
    assert_eq!(
        recorded(&world).await,
        [
            (0, begun()),
            (0, done()),
            (1, begun()),
            (1, done()),
            (2, begun()),
            (2, told(&CommandError::Contended).into()),
            (3, begun()),
            (3, done()),
        ]
    );
}

#[tokio::test]
async fn what_a_process_died_over_is_there_and_is_done_again_when_it_is_asked_for_again() {
    let world = World::new();
    {
        let (log, context) = (log_of(&world), asked(&world, Some("k")));
        let never = async || std::future::pending::<Result<OperationDone, CommandError>>().await;
        let mut dying = pin!(log.once(&context, begun(), never, told));
        while recorded(&world).await.is_empty() {
            let polled = dying.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(matches!(polled, Poll::Pending));
        }
    }
    let again = log_of(&world).once(&asked(&world, Some("k")), begun(), async || Ok(done("{}")), told).await;
    assert!(!again.unwrap().replayed);
    let ends: Vec<usize> = recorded(&world).await.into_iter().map(|(stream, _)| stream).collect();
    assert_eq!(ends, [0, 1, 1]);
}

#[tokio::test]
async fn two_processes_under_one_key_give_one_answer_and_both_are_recorded() {
    let world = World::new();
    let (here, there) = (log_of(&world), log_of(&world.other_process()));
    let meanwhile = async || {
        let first = there.once(&asked(&world, Some("k")), begun(), async || Ok(done("[1]")), told).await;
        assert!(!first.unwrap().replayed);
        Ok(done("[2]"))
    };
    let second = here.once(&asked(&world, Some("k")), begun(), meanwhile, told).await.unwrap();
    assert_eq!((second.replayed, &*second.operation.answer), (true, "[1]"));
    let streams: Vec<usize> = recorded(&world).await.into_iter().map(|(stream, _)| stream).collect();
    assert_eq!(streams, [0, 1, 1, 0]);
}
