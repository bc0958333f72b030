//! The contract of leases and of what rests on them beside the log: one set of tests, run against every store
//! that keeps leases. A new adapter adds one line at the end.

#[path = "leases_contract/leases.rs"]
mod leases;
#[path = "leases_contract/positions.rs"]
mod positions;
#[path = "leases_contract/subject.rs"]
mod subject;
#[path = "leases_contract/upgrade.rs"]
mod upgrade;

macro_rules! contract {
    ($store:ident, $fresh:path, $group:ident: $($promise:ident),* $(,)?) => {
        mod $store {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    crate::$group::$promise($fresh().await).await;
                }
            )*
        }
    };
}

macro_rules! leases {
    ($($store:ident: $fresh:path),* $(,)?) => {$(
        contract! {
            $store, $fresh, leases:
            nobody_holds_anything_at_the_beginning,
            the_names_that_nobody_holds_are_granted_in_their_order,
            while_one_holds_a_name_another_is_not_granted_it,
            a_holder_of_the_same_name_is_granted_again_and_shuts_out_the_epoch_before,
            a_released_lease_is_free_at_once,
            a_lease_that_has_run_out_is_free_and_cannot_be_renewed,
            a_renewed_lease_lasts,
            names_are_added_to_a_grant_once_they_are_free,
            epochs_grow_whatever_they_are_granted_for,
            of_many_requests_at_once_one_is_granted,
            who_holds_what_is_told,
            epochs_outlive_the_process,
        }
    )*};
}

macro_rules! positions {
    ($($store:ident: $fresh:path),* $(,)?) => {$(
        contract! {
            $store, $fresh, positions:
            a_subscription_begins_at_the_beginning,
            a_checkpoint_is_noted_under_the_lease,
            an_earlier_epoch_notes_nothing,
            a_lease_that_is_over_bears_no_checkpoint,
            subscriptions_do_not_meet,
            checkpoints_outlive_the_process,
        }
    )*};
}

leases! {
    beside_the_log_in_memory: crate::subject::memory_log,
    beside_the_log_in_sqlite: crate::subject::sqlite_log,
    beside_the_log_in_postgres: crate::subject::postgres_log,
    of_views_in_memory: crate::subject::memory_views,
    of_views_in_sqlite: crate::subject::sqlite_views,
    of_views_in_postgres: crate::subject::postgres_views,
}

positions! {
    memory: crate::subject::memory_log,
    sqlite: crate::subject::sqlite_log,
    postgres: crate::subject::postgres_log,
}
