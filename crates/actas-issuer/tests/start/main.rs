//! Starting and stopping impersonation: each case on SQLite, and on a PostgreSQL cluster of the tests' own.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that panics has failed, in a helper as well"
)]

// The cluster of the record's tests: a crate for one file would be one more to publish or to leave out.
#[expect(dead_code, reason = "the record's tests crash it, too")]
#[path = "../../../actas-audit/tests/store/postgres.rs"]
mod postgres;
#[path = "../../../actas-audit/tests/store/both_engines.rs"]
mod both_engines;
#[path = "../provider/support/log.rs"]
mod log;
mod rules;
mod engine;
mod node;
mod starting;
mod redeeming;
mod limits;
mod approval;
mod consent;
mod ending;
mod secrets;

use both_engines::both_engines;

both_engines! {
    starting:
    a_start_becomes_a_session_that_is_recorded_first,
    what_is_asked_for_is_judged_by_its_form,
    missing_and_refused_users_are_one_answer,
    a_login_can_have_to_be_fresh,
    nothing_starts_that_cannot_be_recorded,
    a_token_that_no_cookie_holds_is_not_started,
    what_the_application_adds_is_in_the_token,
    starts_lie_beside_the_record,
    what_is_set_is_judged;
    redeeming:
    one_of_a_hundred_redemptions_succeeds,
    all_that_is_wrong_with_a_ticket_is_one_error,
    a_session_that_was_ended_is_not_redeemed,
    no_session_is_longer_for_a_slow_application;
    limits:
    a_burst_stays_within_the_starts_of_an_hour,
    a_burst_stays_within_the_sessions_at_a_time,
    a_session_that_has_ended_counts_no_longer;
    approval:
    a_second_person_approves,
    neither_the_actor_nor_the_user_approves,
    an_approval_is_collected_once_in_time_by_its_actor;
    consent:
    nothing_starts_without_consent,
    withdrawing_ends_what_runs_on_it,
    no_start_slips_past_a_withdrawal,
    what_runs_ends_with_the_consent;
    ending:
    a_stop_works_twice_and_after_expiry,
    the_policy_ends_what_may_not_go_on,
    a_policy_that_breaks_over_one_session_ends_others,
    a_revocation_ends_sessions_and_tickets,
    what_nobody_fetches_ends,
    old_rows_are_removed;
    secrets:
    no_secret_is_stored_or_shown
}
