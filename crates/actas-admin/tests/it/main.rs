//! What is served, asked over sockets.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that panics has failed, in a helper as well"
)]

#[expect(dead_code, reason = "the record's own tests use the rest of it")]
#[path = "../../../actas-audit/tests/store/postgres.rs"]
mod postgres;
mod support;
mod bridge;
mod browser;
mod description;
mod list;
mod scope;
mod impersonation;

/// Each case on each engine.
macro_rules! both_engines {
    ($($module:ident: $($case:ident),+);+ $(,)?) => {
        mod on_sqlite {
            $($(
                #[tokio::test]
                async fn $case() {
                    crate::$module::$case(&crate::support::Record::new().await).await;
                }
            )+)+
        }

        mod on_postgres {
            $($(
                #[tokio::test]
                async fn $case() {
                    if let Some(record) = crate::support::Record::postgres().await {
                        crate::$module::$case(&record).await;
                    }
                }
            )+)+
        }
    };
}

both_engines! {
    list:
    filters_choose_and_the_newest_is_first,
    pages_are_whole_while_sessions_begin,
    a_session_reads_as_clerks,
    events_come_in_their_order_a_page_at_a_time,
    a_parameter_that_is_wrong_is_named,
    text_cannot_act_on_a_terminal,
    nothing_is_cached_and_nothing_but_get_is_taken,
    a_record_that_cannot_be_read_is_unavailable;
    scope:
    whoever_is_not_an_auditor_is_told_so,
    an_organisation_is_all_that_its_auditor_sees,
    the_cursor_of_another_widens_nothing,
    a_user_sees_who_acted_as_them
}
