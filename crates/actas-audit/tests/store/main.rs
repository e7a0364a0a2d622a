//! The record in real databases: each case on SQLite, and on a PostgreSQL cluster of the tests' own.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that panics has failed, in a helper as well"
)]

mod both_engines;
mod issuer;
mod postgres;
mod engine;
mod record;
mod control;
mod revocation;
mod lists;
mod concurrent;
mod failures;
mod nodes;
mod opening;
mod reading;
mod seal;
mod compare;
mod hostile;

use both_engines::both_engines;

both_engines! {
    record:
    a_request_is_on_disk_before_it_runs,
    a_session_is_summed_up,
    no_reason_is_lost_for_its_shape,
    what_is_refused_is_counted,
    one_that_ran_out_is_shown_as_expired_and_closed,
    a_long_session_is_open_until_its_last_token_expires,
    time_does_not_go_back_when_a_clock_does,
    refused_tokens_are_one_event_a_minute,
    a_clock_that_is_put_back_neither_silences_nor_floods,
    work_after_the_request_is_recorded,
    a_caller_that_goes_away_leaves_an_aborted_request,
    nul_and_backslash_are_kept_apart,
    a_record_is_closed_and_opened_again,
    nothing_is_changed_or_removed,
    an_actor_of_another_kind_is_told,
    one_session_at_fault_stops_no_other,
    what_cannot_be_written_is_left_out,
    a_session_is_removed_only_as_it_was_closed,
    a_page_left_open_adds_no_link_a_minute,
    a_refused_token_begins_no_session;
    control:
    an_ended_session_never_goes_on,
    a_request_is_refused_where_another_process_ended_its_session,
    a_stop_takes_effect_while_the_database_is_away,
    a_request_that_waits_does_not_run_after_a_stop,
    a_stop_waits_for_no_room,
    a_stop_of_what_is_not_recorded_says_so,
    what_ran_after_the_end_is_recorded,
    one_actor_takes_half_of_the_room,
    a_start_is_recorded_before_the_session_is_used,
    no_session_starts_that_cannot_be_recorded,
    a_session_that_is_left_idle_ends;
    revocation:
    what_is_revoked_runs_nowhere,
    a_session_may_have_begun_before_it_was_seen,
    one_that_began_before_is_revoked_for_good,
    it_is_told_who_revoked_what_and_why,
    what_cannot_be_revoked_in_time_says_so;
    nodes:
    a_stream_hears_of_the_end_of_its_session,
    a_stream_hears_of_a_revocation,
    one_that_listens_late_hears_of_the_end;
    lists:
    pages_are_stable_under_inserts,
    a_list_is_filtered,
    a_row_that_cannot_be_read_hides_no_other,
    what_is_exported_is_within_the_scope,
    one_session_of_an_issuer_is_several_where_it_serves_several,
    what_is_pruned_leaves_a_record_that_holds,
    long_ids_that_begin_alike_stay_apart,
    what_cannot_be_pruned_keeps_no_other;
    opening:
    a_later_release_s_record_is_not_touched,
    what_is_buffered_is_written_together,
    requests_beyond_the_capacity_wait_their_turn,
    a_wait_for_room_ends_at_the_deadline,
    what_is_gathered_is_written_when_somebody_waits,
    another_key_is_given_on_purpose;
    seal:
    what_another_has_added_is_never_signed,
    a_row_is_gone_by_as_a_whole,
    sweeps_and_prunes_go_past_rows_that_do_not_hold,
    a_session_of_another_key_goes_on_when_that_is_given,
    sessions_of_a_lost_key_are_taken_on_purpose;
    compare:
    each_column_of_the_list_is_what_the_events_say,
    the_list_has_the_sessions_of_the_events_and_no_other;
    hostile:
    revoked_rows_that_do_not_hold_keep_no_other,
    an_event_that_another_has_added_stops_no_sweep,
    nothing_runs_whose_event_the_database_drops,
    nothing_runs_in_a_session_whose_last_event_is_gone,
    who_reads_keeps_no_session_from_being_ended,
    what_waits_for_room_does_not_run_after_a_stop,
    what_is_buffered_runs_on_in_no_session_whose_row_does_not_hold,
    an_ended_session_that_was_pruned_does_not_go_on,
    an_end_that_another_has_written_keeps_no_stop_from_the_record;
    reading:
    a_record_is_read_without_its_key;
    concurrent:
    two_processes_share_one_chain,
    many_processes_open_at_once,
    sweeps_and_closing_come_to_their_turn
}
