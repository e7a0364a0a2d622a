use actas_store::{Step, Tables};

/// The tables of starts.
pub(super) static TABLES: Tables = Tables {
    schema: "actas_issuer",
    migrations: "actas_issuer_migrations",
    steps: &[Step {
        version: 1,
        name: "starts",
        sqlite: include_str!("../../migrations/sqlite/0001_starts.sql"),
        postgres: include_str!("../../migrations/postgres/0001_starts.sql"),
    }],
};
