use std::io::ErrorKind;
use std::path::PathBuf;

use actas_store::{Database, Place, StoreError};

use super::error::OpenError;
use super::ledger;
use crate::key::{KeyError, SigningKey};

/// The signing key's file beside a SQLite database.
#[cfg(feature = "sqlite")]
const KEY_FILE: &str = "audit.key";

/// The key that a record is signed with.
pub(super) enum KeyPlace {
    Given(SigningKey),
    File(PathBuf),
}

impl KeyPlace {
    /// The usual one of a record that lies at `place`.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(clippy::unnecessary_wraps, reason = "at PostgreSQL it must be named")
    )]
    pub(super) fn beside(place: &Place) -> Result<Self, OpenError> {
        match place {
            #[cfg(feature = "sqlite")]
            Place::Sqlite(path) => Ok(Self::File(path.with_file_name(KEY_FILE))),
            #[cfg(feature = "postgres")]
            Place::Postgres(_) => Err(OpenError::NoKey),
        }
    }

    /// The key. One in a file is made where nothing was signed yet: one that was lost is not silently replaced by a new one.
    pub(super) async fn key(
        self,
        place: &Place,
        database: &Database,
    ) -> Result<SigningKey, OpenError> {
        let path = match self {
            Self::Given(key) => return Ok(key),
            Self::File(path) => path,
        };
        let last = async {
            let mut connection = database.reader().await?;
            ledger::last_key(&mut connection).await
        };
        let failed = |error| OpenError::of(place.failed(StoreError::of(&error)));
        let Some(signed_by) = last.await.map_err(failed)? else {
            return SigningKey::open_or_create(path).map_err(OpenError::Key);
        };
        let key = match SigningKey::open(&path) {
            Ok(key) => key,
            Err(KeyError::File { error, .. }) if error.kind() == ErrorKind::NotFound => {
                return Err(OpenError::KeyLost { signed_by, path });
            }
            Err(error) => return Err(OpenError::Key(error)),
        };
        let found = key.verifying_key().id().to_string();
        if signed_by == found {
            Ok(key)
        } else {
            Err(OpenError::OtherKey { signed_by, found })
        }
    }
}
