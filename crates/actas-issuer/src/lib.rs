//! Starting and stopping impersonation.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `clerk` | `provider::Clerk`, which starts impersonation at Clerk |

// The order of the modules is that of their dependencies: each imports only modules above it.
#[cfg(feature = "clerk")]
pub mod provider;
