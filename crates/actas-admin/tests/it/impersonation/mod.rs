//! Starting and stopping, as browsers do it.

mod story;
mod ending;
mod refused;
mod bodies;
mod approval;
mod consent;
mod revocation;
mod described;
mod clerk;
mod exchange;
