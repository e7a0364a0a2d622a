mod answer;
mod issuer;
mod recorder;
mod ticks;
mod server;
mod failing;

pub(crate) use answer::{Answer, Gate, Part};
pub(crate) use failing::failed;
pub(crate) use issuer::{Issuer, accepts, known, refusal, verifier};
pub(crate) use recorder::Recorder;
pub(crate) use server::{Request, Server, settled};
pub(crate) use ticks::ManualTicks;
