//! SQLite and PostgreSQL behind one connection: what `actas-audit` and `actas-issuer` keep their rows by.
//!
//! It is not for use by applications: what is here changes with what those two need, in any release.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `sqlite` | no | databases in a file of SQLite, which is compiled in |
//! | `postgres` | no | databases of PostgreSQL, over rustls |

#![cfg_attr(
    any(feature = "sqlite", feature = "postgres"),
    expect(
        clippy::missing_errors_doc,
        reason = "they pass on the driver's error, where nothing else is said"
    )
)]

// The order of the modules is that of their dependencies: each imports only modules above it.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod nul;
mod error;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod open_error;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod row;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod tables;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod listener;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod database;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod migrate;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod place;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use database::{Connection, Database, UrlError};
pub use error::{Fault, StoreError};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use listener::Listener;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use migrate::version;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use open_error::OpenError;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use place::Place;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use row::{Arg, Row, decode};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use tables::{Step, Tables};
