//! The contract of `ViewStore`, run against every adapter.

#[path = "view_store_contract/asking.rs"]
mod asking;
#[path = "view_store_contract/comparing.rs"]
mod comparing;
#[path = "view_store_contract/fixture.rs"]
mod fixture;
#[path = "view_store_contract/generations.rs"]
mod generations;
#[path = "view_store_contract/leases.rs"]
mod leases;
#[path = "view_store_contract/paging.rs"]
mod paging;
#[path = "view_store_contract/parking.rs"]
mod parking;
#[path = "view_store_contract/postgres_schema.rs"]
mod postgres_schema;
#[path = "view_store_contract/requesting.rs"]
mod requesting;
#[path = "view_store_contract/sqlite_file.rs"]
mod sqlite_file;
#[path = "view_store_contract/writing.rs"]
mod writing;

/// Runs every case against one adapter, each with a store of its own.
macro_rules! contract {
    ($adapter:ident) => {
        contract! { $adapter,
            generations::{
                a_new_store_has_no_generation,
                a_new_generation_stands_at_the_start_and_is_not_served,
                an_active_generation_is_served_and_the_one_before_is_gone,
                activation_touches_no_other_projection,
                what_a_comparison_found_stays_with_the_newer_generation,
                a_discarded_generation_is_gone_and_discarding_it_again_is_no_error,
                a_generation_that_is_set_aside_is_out_of_the_books_and_its_number_is_not_used_again,
                a_generation_that_lacks_a_column_is_not_served,
                a_generation_that_has_more_columns_is_served,
                indexing_twice_is_no_error_and_changes_no_answer,
                an_indexed_column_is_found_by_its_new_value_only,
                the_shape_of_the_tables_is_kept,
                a_closed_store_refuses,
            },
            leases::{
                whoever_took_over_last_under_a_name_writes_and_nobody_else,
                each_writes_what_it_holds,
                a_lease_that_ran_out_bears_no_writes,
                a_lease_that_was_given_up_bears_no_writes,
                what_is_added_to_a_grant_is_written_with_the_rest,
                a_late_write_of_a_paused_holder_changes_nothing,
                everybody_is_told_how_far_views_are_and_of_leases_given_up,
            },
            requesting::{
                a_request_is_taken_once_by_whoever_holds_the_lease_and_answered,
            },
            writing::{
                states_rows_and_checkpoint_are_written_together,
                a_batch_on_another_checkpoint_changes_nothing,
                a_batch_fails_as_a_whole_if_one_of_its_generations_moved,
                a_batch_to_an_unknown_generation_changes_nothing,
                the_hash_counts_as_much_as_the_position,
                rows_are_replaced_and_deleted_by_key,
                every_kind_of_value_comes_back_as_it_went_in,
                batches_are_written_in_the_order_of_submission,
                states_come_back_in_the_order_asked_for,
                states_tell_where_they_were_written_and_from_where_on_they_may_be_behind,
                thousands_of_rows_fit_into_one_batch,
            },
            asking::{
                filters_compare_as_their_types_do,
                nothing_compares_with_an_empty_column,
                any_of_takes_conjunctions,
                one_of_takes_values,
                rows_come_in_order_and_backwards,
                texts_sort_by_their_bytes,
                sums_are_exact_also_where_partial_sums_are_not,
                a_sum_beyond_64_bits_is_exact,
                several_questions_share_one_snapshot,
                questions_that_do_not_fit_the_table_are_refused,
            },
            paging::{
                pages_never_skip_or_repeat_a_row_while_rows_come_and_go,
                the_last_page_tells_that_nothing_follows,
            },
            parking::{
                a_parked_partition_is_listed_until_it_is_released,
                parking_at_the_same_event_again_counts_attempts,
                waiting_events_are_caught_up_with_in_order,
                the_cause_of_parking_is_kept_and_counted,
                answers_tell_what_is_parked_of_what_they_are_concerned_with,
                what_is_left_out_belongs_to_a_generation,
            },
            comparing::{
                equal_generations_have_no_difference,
                differences_are_counted_and_named,
                generations_at_different_positions_are_not_compared,
                only_shared_columns_are_compared,
            },
        }
    };
    ($adapter:ident, $($group:ident :: { $($case:ident,)* },)*) => {
        mod $adapter {
            $(mod $group {
                $(#[tokio::test]
                async fn $case() {
                    let store = crate::fixture::$adapter().await;
                    crate::$group::$case(store.view_store()).await;
                })*
            })*
        }
    };
}

contract!(memory);
contract!(sqlite);
contract!(postgres);
