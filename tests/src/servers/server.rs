use std::net::SocketAddr;

use actas::Verifier;
use tokio::net::TcpListener;

use super::{actix, axum, hyper, tonic};
use crate::clerk::verifier_without_keys;
use crate::own_issuer::verifier;
use crate::scenario::{OverGrpc, Scenario};
use crate::{grpc, http1};

/// A framework that the application is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framework {
    /// axum, over HTTP/1.1.
    Axum,
    /// tower on bare hyper, over HTTP/1.1.
    Hyper,
    /// tonic: gRPC, over HTTP/2.
    Tonic,
    /// actix-web, over HTTP/1.1.
    Actix,
}

impl Framework {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Axum, Self::Hyper, Self::Tonic, Self::Actix];
}

/// The application in one framework, on a socket.
#[derive(Clone, Copy, Debug)]
pub struct Server {
    framework: Framework,
    address: SocketAddr,
}

impl Server {
    /// Starts the application, for as long as the test runs.
    pub async fn start(framework: Framework) -> Self {
        Self::start_with(framework, verifier()).await
    }

    /// Starts the application with another verifier, for as long as the test runs.
    pub async fn start_with(framework: Framework, verifier: Verifier) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let cold = verifier_without_keys();
        match framework {
            Framework::Axum => drop(tokio::spawn(axum::serve(listener, verifier, cold))),
            Framework::Hyper => drop(tokio::spawn(hyper::serve(listener, verifier, cold))),
            Framework::Tonic => drop(tokio::spawn(tonic::serve(listener, verifier, cold))),
            Framework::Actix => actix::serve(listener.into_std().unwrap(), verifier, cold),
        }
        Self { framework, address }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Plays a scenario.
    ///
    /// Answers with what the client received, to be compared between frameworks; `None` where the framework cannot be sent
    /// such a request.
    ///
    /// # Errors
    ///
    /// What is wrong with the answer.
    pub async fn play(&self, scenario: &Scenario) -> Result<Option<String>, String> {
        if self.framework != Framework::Tonic {
            let target = format!("{}{}", scenario.path, scenario.query);
            let answer =
                http1::send(self.address, scenario.method, &target, &scenario.headers).await;
            return scenario.judge(&answer).map(|()| Some(answer.body));
        }
        if matches!(scenario.over_grpc, OverGrpc::Impossible) {
            return Ok(None);
        }
        let path = format!("{}{}", tonic::call_of(scenario.path), scenario.query);
        let answer = grpc::call(self.address, &path, &scenario.headers).await;
        scenario.judge_grpc(&answer).map(|()| None)
    }
}
