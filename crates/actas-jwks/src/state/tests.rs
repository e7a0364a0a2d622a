mod support;

mod flights;
mod lifetime;
mod look_ups;
mod outage;
