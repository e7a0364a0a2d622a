mod caller;
mod description;
mod log;
mod stand_in;

pub(crate) use caller::{CLERK, Callers};
pub(crate) use description::ERRORS_TRACE_ID;
pub(crate) use log::Log;
pub(crate) use stand_in::{Reply, SECRET, StandIn, errors};
