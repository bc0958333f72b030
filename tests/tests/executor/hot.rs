//! A hot aggregate stays hot: who repeats himself, or is refused half-way, costs the others neither a load
//! nor a conflict.

use crate::{
    tally::{Tally, TallyCommand as Command},
    world::{Outcome, World, id},
};
use khata_application::{
    Executor,
    command::{Answer, CommandContext, CommandError},
    executor::{Limits, Unit},
};
use khata_domain::ids::AccountId;
use khata_infrastructure::ids::V7Ids;
use khata_tests::WatchedStore;
use std::sync::Arc;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// A world whose loads are counted.
fn watched() -> (Arc<World>, Arc<WatchedStore>) {
    let world = World::new();
    let store = Arc::new(WatchedStore::over(world.store.clone()));
    let executor = Arc::new(Executor::new(store.clone(), Arc::new(V7Ids), Limits::default()));
    (Arc::new(World { executor, ..world }), store)
}

/// Puts a task and waits until what it appends stands in the queue, or until it is done.
async fn put(
    world: &Arc<World>,
    task: impl Future<Output = Outcome> + Send + 'static,
) -> JoinHandle<Outcome> {
    let before = world.store.waiting();
    let task = tokio::spawn(task);
    while world.store.waiting() == before && !task.is_finished() {
        tokio::task::yield_now().await;
    }
    task
}

fn repeat(world: &Arc<World>, tally: AccountId) -> impl Future<Output = Outcome> + Send + 'static {
    let (executor, context) = (world.executor.clone(), world.keyed("k", "f"));
    async move { executor.execute::<Tally>(&context, tally, Command::Add(5)).await }
}

/// Adds a little, then takes more than there is.
fn refused_half_way(world: &Arc<World>, tally: AccountId) -> impl Future<Output = Outcome> + Send + 'static {
    let (executor, context) = (world.executor.clone(), world.context());
    async move {
        let body = move |unit: &mut Unit<'_>| {
            unit.decide::<Tally>(tally, Command::Add(1))?;
            unit.decide::<Tally>(tally, Command::Add(-1_000_000)).map(drop)
        };
        executor.transact::<Tally>(&context, tally, &[], body).await
    }
}

#[tokio::test]
async fn repeats_of_a_used_key_cost_the_others_no_load_and_no_conflict() {
    let (world, store) = watched();
    let tally = world.open(1).await;
    let first = repeat(&world, tally).await.unwrap();
    repeat(&world, tally).await.unwrap();
    let loads = store.loads();
    world.store.hold();
    let (mut plain, mut repeated) = (Vec::new(), Vec::new());
    for _ in 0..50 {
        let (executor, context) = (world.executor.clone(), world.context());
        plain.push(
            put(&world, async move { executor.execute::<Tally>(&context, tally, Command::Add(1)).await })
                .await,
        );
        repeated.push(put(&world, repeat(&world, tally)).await);
    }
    world.store.release();
    for (version, task) in (3..).zip(plain) {
        assert_eq!(task.await.unwrap().unwrap().version, version, "each is decided once, in its turn");
    }
    for task in repeated {
        let answer = task.await.unwrap().unwrap();
        assert_eq!(
            (answer.replayed, answer.version, answer.events),
            (true, first.version, first.events.clone())
        );
    }
    assert_eq!(store.loads(), loads, "the aggregate stays in memory");
}

#[tokio::test]
async fn a_refusal_half_way_costs_the_others_no_load_and_no_conflict() {
    let (world, store) = watched();
    let tally = world.open(1).await;
    let loads = store.loads();
    world.store.hold();
    let (mut plain, mut refused) = (Vec::new(), Vec::new());
    for _ in 0..50 {
        let (executor, context) = (world.executor.clone(), world.context());
        plain.push(
            put(&world, async move { executor.execute::<Tally>(&context, tally, Command::Add(1)).await })
                .await,
        );
        refused.push(put(&world, refused_half_way(&world, tally)).await);
    }
    world.store.release();
    for (version, task) in (2..).zip(plain) {
        assert_eq!(task.await.unwrap().unwrap().version, version);
    }
    for task in refused {
        assert!(matches!(task.await.unwrap(), Err(CommandError::Refused { .. })));
    }
    assert_eq!(store.loads(), loads, "the aggregate stays in memory");
}

#[tokio::test]
async fn a_first_use_at_the_same_time_waits_for_the_other_and_costs_the_others_nothing() {
    let (world, store) = watched();
    let tally = world.open(1).await;
    let loads = store.loads();
    world.store.hold();
    let first = put(&world, repeat(&world, tally)).await;
    let again = tokio::spawn(repeat(&world, tally));
    let (executor, context) = (world.executor.clone(), world.context());
    let plain =
        put(&world, async move { executor.execute::<Tally>(&context, tally, Command::Add(1)).await }).await;
    world.store.release();
    let (first, again) = (first.await.unwrap().unwrap(), again.await.unwrap().unwrap());
    assert_eq!((first.replayed, again.replayed, first.version, again.version), (false, true, 2, 2));
    assert_eq!(plain.await.unwrap().unwrap().version, 3);
    assert_eq!(store.loads(), loads + 1, "the one that draws the first answer");
}

async fn create(world: &World, context: &CommandContext) -> Outcome {
    let tally = id(1);
    let body = move |unit: &mut Unit<'_>| unit.decide::<Tally>(tally, Command::Open).map(drop);
    let made: Result<Answer<Tally>, CommandError> =
        world.executor.create::<Tally>(context, tally, &[], body).await;
    made
}

#[tokio::test]
async fn a_key_is_bound_also_when_an_equal_id_answered_its_request() {
    let world = World::new();
    let tally = id(1);
    let first = create(&world, &world.context()).await.unwrap();
    let later = CommandContext { command_id: Uuid::from_u128(9), ..world.context() };
    world.executor.execute::<Tally>(&later, tally, Command::Add(4)).await.unwrap();
    let keyed = world.keyed("k", "f");
    assert!(create(&world, &keyed).await.unwrap().replayed);
    let other =
        world.executor.execute::<Tally>(&world.keyed("k", "another payload"), tally, Command::Add(1)).await;
    assert_eq!(other.unwrap_err(), CommandError::KeyReused);
    for executor in [&world, &world.other_process()] {
        let again = create(executor, &keyed).await.unwrap();
        assert_eq!(
            (again.version, again.position, &again.events),
            (first.version, first.position, &first.events)
        );
        assert_eq!((again.state, again.replayed), (first.state.clone(), true));
    }
    assert_eq!(world.versions(tally).await, 2);
}

#[tokio::test]
async fn a_version_of_what_does_not_exist_is_not_compared() {
    let world = World::new();
    let unknown = CommandContext { if_match: Some(3), ..world.context() };
    let answer = world.executor.execute::<Tally>(&unknown, id(1), Command::Add(1)).await;
    assert_eq!(answer.unwrap_err(), CommandError::NotFound(id(1).to_string()));
    assert_eq!(
        create(&world, &unknown).await.unwrap_err(),
        CommandError::VersionConflict { actual: 0 },
        "what it makes is at version 0 before"
    );
    assert_eq!(world.versions(id(1)).await, 0);
}
