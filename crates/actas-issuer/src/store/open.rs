use std::sync::Arc;
use std::time::Duration;

use actas_store::{Database, Place};

use super::error::SetupError;
use super::tables::TABLES;

/// How long a connection, or another process that writes, is waited for.
const WAIT: Duration = Duration::from_secs(5);

/// The rows of one issuer.
#[derive(Clone)]
pub(crate) struct Store {
    pub(super) database: Database,
    pub(super) issuer: Arc<str>,
}

impl Store {
    pub(crate) async fn open(place: &Place, issuer: &str) -> Result<Self, SetupError> {
        let database = place.open(&TABLES, WAIT).await.map_err(SetupError::of)?;
        Ok(Self {
            database,
            issuer: issuer.into(),
        })
    }

    /// Ends the connections, each once it is given back.
    pub(crate) async fn close(&self) {
        self.database.close().await;
    }
}
