//! The contract of the book of consumers: one set of tests, run against every store. A new adapter adds one
//! line at the end.

#[path = "consumers_contract/promises.rs"]
mod promises;
#[path = "consumers_contract/subject.rs"]
mod subject;

macro_rules! contract {
    ($store:ident, $fresh:path, $($promise:ident),* $(,)?) => {
        mod $store {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    crate::promises::$promise($fresh().await).await;
                }
            )*
        }
    };
}

macro_rules! stores {
    ($($store:ident: $fresh:path),* $(,)?) => {$(
        contract! {
            $store, $fresh,
            a_consumer_that_nobody_worked_for_is_unknown,
            the_first_charge_begins_at_the_beginning,
            while_one_holds_a_consumer_another_is_not_granted_it,
            the_holder_itself_is_granted_again,
            a_released_consumer_is_free_at_once,
            a_lease_that_has_run_out_frees_the_consumer,
            renewing_and_advancing_begin_the_lease_anew,
            a_charge_counts_until_another_is_granted,
            an_earlier_charge_writes_nothing,
            a_released_charge_writes_nothing,
            consumers_do_not_meet,
            of_many_claims_at_once_one_is_granted,
            checkpoints_and_epochs_outlive_the_process,
        }
    )*};
}

stores! {
    memory: crate::subject::memory,
    sqlite: crate::subject::sqlite,
    postgres: crate::subject::postgres,
}
