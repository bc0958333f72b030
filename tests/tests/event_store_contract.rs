//! The contract of the event-store port: one set of tests, run against every adapter. A new adapter adds one
//! line at the end.

#[path = "event_store_contract/appending.rs"]
mod appending;
#[path = "event_store_contract/feed.rs"]
mod feed;
#[path = "event_store_contract/keys.rs"]
mod keys;
#[path = "event_store_contract/order.rs"]
mod order;
#[path = "event_store_contract/snapshots.rs"]
mod snapshots;
#[path = "event_store_contract/stored.rs"]
mod stored;
#[path = "event_store_contract/streams.rs"]
mod streams;
#[path = "event_store_contract/subject.rs"]
mod subject;
#[path = "event_store_contract/times.rs"]
mod times;

macro_rules! contract {
    ($store:ident, $fresh:path, $($module:ident { $($promise:ident),* $(,)? })*) => {
        mod $store {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    crate::$module::$promise($fresh().await).await;
                }
            )*)*
        }
    };
}

macro_rules! stores {
    ($($store:ident: $fresh:path),* $(,)?) => {$(
        contract! {
            $store, $fresh,
            appending {
                an_empty_log_has_no_head,
                positions_and_versions_count_from_one,
                an_append_to_several_streams_is_all_or_nothing,
                a_stream_cannot_stand_twice_in_an_append,
                an_append_without_events_tells_the_head,
                any_expects_nothing,
                no_stream_expects_an_empty_stream,
                stream_exists_expects_an_event,
                exact_expects_the_very_version,
                exact_can_expect_the_very_event,
                the_first_unexpected_stream_is_named,
                a_part_without_events_only_checks,
                a_check_stores_nothing_and_sees_what_was_submitted_before,
                an_event_id_is_stored_once,
                an_event_id_twice_in_one_append_is_refused,
                texts_are_kept_to_the_byte,
                an_event_in_this_process_need_not_be_parsed_again,
            }
            keys {
                a_key_is_stored_with_its_events,
                a_key_without_events_is_stored_too,
                a_key_is_looked_up_before_anything_else,
                keys_of_several_scopes_do_not_meet,
                a_failed_append_stores_no_key,
                a_check_stores_no_key_but_finds_one,
                a_key_can_be_bound_to_an_earlier_answer,
                a_stored_key_may_be_there_and_is_never_denied,
                the_same_key_at_once_has_one_effect,
            }
            order {
                appends_are_done_in_the_order_of_submit,
                answers_come_in_order_and_one_conflict_fails_no_neighbour,
                what_builds_on_a_failed_append_fails,
                positions_are_gapless_while_many_write_and_one_follows,
                too_many_waiting_appends_are_refused,
                what_readers_see_is_what_was_answered,
                an_honest_log_verifies,
            }
            times {
                recorded_at_is_the_clocks_and_in_whole_microseconds,
                recorded_at_never_decreases_when_the_clock_is_set_back,
                after_a_fence_nothing_is_stamped_at_or_before_it,
                a_fence_in_the_future_is_none,
                a_fence_waits_for_what_was_submitted_before_it,
                business_time_is_kept,
            }
            streams {
                an_unknown_stream_has_no_events,
                a_stream_is_read_by_versions,
                a_stream_is_read_backwards,
                a_stream_is_read_as_of_an_instant,
                a_stream_holds_only_its_own_events,
                events_are_found_by_id,
            }
            feed {
                the_log_is_read_in_pages,
                behind_the_head_there_is_nothing,
                a_category_is_read_alone,
                an_event_type_is_read_alone,
                a_rare_kind_is_found_among_many,
                some_categories_are_read_together,
                a_filter_that_nothing_passes_has_seen_everything,
                the_head_is_told_after_each_commit,
            }
            stored {
                the_stored_log_is_what_was_answered,
                an_audit_names_what_was_altered_under_a_running_store,
                an_audit_names_what_was_cut_off_under_a_running_store,
                an_audit_names_an_end_that_was_written_anew_under_a_running_store,
                the_first_of_several_misfits_is_named,
                a_head_that_was_kept_elsewhere_is_compared,
            }
            snapshots {
                there_is_no_snapshot_at_first,
                the_latest_snapshot_is_found,
                a_snapshot_is_found_by_version_and_instant,
                a_snapshot_of_the_same_version_is_replaced,
            }
        }
    )*};
}

stores! {
    memory: crate::subject::memory,
    sqlite: crate::subject::sqlite,
    postgres: crate::subject::postgres,
}
