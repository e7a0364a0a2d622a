//! `actas verify`.

// The order of the modules is that of their dependencies: each imports only modules above it.
mod input;
mod shown;
mod argument;
mod parts;
mod profile;
mod moment;
mod keys;
mod rules;
mod session;
mod report;
mod run;

pub(crate) use argument::{is_argument, refuse_argument};
pub(crate) use run::run;
