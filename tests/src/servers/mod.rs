//! The same application, once in each framework, over a socket.
//!
//! | route | guard |
//! |---|---|
//! | `/me`, `/cached` | none |
//! | `/password` | denied when impersonated |
//! | `/account` | the handler demands a `Direct` |
//! | `/agents` | agents allowed |
//! | `/support` | the dashboard's actors allowed |
//! | `/keys` | sensitive |
//! | `/notes` | read-only when impersonated |
//! | `/reported` | denied when impersonated, report only |
//! | `/public/me` | none, authentication is optional |
//! | `/public/password` | denied when impersonated, authentication is optional |
//! | `/public/account` | somebody must be signed in, authentication is optional |
//! | `/bare/password` | denied when impersonated, and no authentication layer |
//! | `/cold/me` | none, and the issuer's keys cannot be had |
//! | `/cold/password` | denied when impersonated, and the issuer's keys cannot be had |

mod session;
mod axum;
mod hyper;
mod tonic;
mod actix;
mod server;

pub use server::{Framework, Server};
