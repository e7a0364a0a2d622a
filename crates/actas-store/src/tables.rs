/// The tables of one crate, and how they came to be.
#[derive(Debug)]
pub struct Tables {
    /// The schema that holds them at PostgreSQL, where the database may be the application's own.
    pub schema: &'static str,
    /// The table that says which steps were taken. Not sqlx's own name: the application may migrate tables of its own in the
    /// same database.
    pub migrations: &'static str,
    /// In their order.
    pub steps: &'static [Step],
}

/// One step of a migration. It is never changed once it was released.
#[derive(Debug)]
pub struct Step {
    /// From 1.
    pub version: i64,
    /// One word.
    pub name: &'static str,
    /// What SQLite runs.
    pub sqlite: &'static str,
    /// What PostgreSQL runs.
    pub postgres: &'static str,
}

impl Tables {
    /// The version of the last step.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.steps.last().map_or(0, |step| step.version)
    }
}
