//! Backups, exports and restores: the contract of the archive's ports over every store, the file format
//! against hostile files, and the commands of the real binary. A new adapter adds one line at the end.

#[path = "archive/commands.rs"]
mod commands;
#[path = "archive/cut_short.rs"]
mod cut_short;
#[path = "archive/hostile.rs"]
mod hostile;
#[path = "archive/in_postgres.rs"]
mod in_postgres;
#[path = "archive/logs.rs"]
mod logs;
#[path = "archive/long.rs"]
mod long;
#[path = "archive/over_http.rs"]
mod over_http;
#[path = "archive/places.rs"]
mod places;
#[path = "archive/promises.rs"]
mod promises;

macro_rules! contract {
    ($store:ident, $place:path, $($promise:ident),* $(,)?) => {
        mod $store {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    crate::promises::$promise(&$place()).await;
                }
            )*
        }
    };
}

macro_rules! stores {
    ($($store:ident: $place:path),* $(,)?) => {$(
        contract! {
            $store, $place,
            a_log_comes_back_as_it_was,
            a_key_answers_after_a_restore_as_before,
            a_key_bound_to_an_earlier_answer_comes_back,
            the_secret_comes_with_the_log,
            appends_go_on_behind_a_restored_log,
            nothing_is_stamped_before_the_backup,
            an_empty_log_can_be_restored,
            a_store_that_holds_something_is_refused_untouched,
            a_store_that_holds_a_key_alone_is_refused,
            nothing_is_seen_of_a_restore_that_is_given_up,
            what_does_not_follow_is_refused,
            keys_come_in_pages_in_order_up_to_a_position,
            a_backup_passes_through_a_file_to_the_byte,
            a_restore_up_to_a_position_ends_there,
        }
    )*};
}

stores! {
    memory: crate::places::Memory::fresh,
    sqlite: crate::places::Sqlite::fresh,
    postgres: crate::places::Postgres::fresh,
}
