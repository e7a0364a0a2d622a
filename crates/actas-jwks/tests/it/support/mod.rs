mod answer;
mod issuer;
mod patience;
mod recorder;
mod ticks;
mod tls;
mod server;
mod failing;

pub(crate) use answer::{Answer, Gate, Part, dripping};
pub(crate) use failing::failed;
pub(crate) use issuer::{Issuer, accepts, known, refusal, verifier};
pub(crate) use patience::patient;
pub(crate) use recorder::Recorder;
pub(crate) use server::{Request, Server, settled};
pub(crate) use ticks::ManualTicks;
pub(crate) use tls::self_signed;
