//! Runs cases on each engine: for the stores of this crate, and of those that keep theirs in the same way.

/// Each case on each engine.
macro_rules! both_engines {
    ($($module:ident: $($case:ident),+);+ $(,)?) => {
        mod on_sqlite {
            use super::*;
            $($(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    $module::$case(&engine::Engine::sqlite()).await;
                }
            )+)+
        }

        mod on_postgres {
            use super::*;
            $($(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    if let Some(engine) = engine::Engine::postgres().await {
                        $module::$case(&engine).await;
                    }
                }
            )+)+
        }
    };
}

pub(crate) use both_engines;
