use actas_store::{Step, Tables};

/// The tables of the record.
pub(super) static TABLES: Tables = Tables {
    schema: "actas_audit",
    migrations: "actas_audit_migrations",
    steps: &[Step {
        version: 1,
        name: "record",
        sqlite: include_str!("../../migrations/sqlite/0001_record.sql"),
        postgres: include_str!("../../migrations/postgres/0001_record.sql"),
    }],
};
