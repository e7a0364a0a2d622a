//! A small application that can be watched and stopped.

use std::net::{SocketAddr, TcpListener};

use actas::Verifier;
use actix_web::HttpServer;
use actix_web::dev::Service;
use actix_web::rt::System;
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::routing::get;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::http1::{Answer, Client};
use crate::servers::Framework;

/// An application with one route, `/`, which answers with the user's id, behind the authentication layer on a socket. It
/// ends when it is dropped.
#[derive(Debug)]
pub struct App {
    address: SocketAddr,
    arrived: watch::Sender<usize>,
    _running: Running,
}

#[derive(Debug)]
enum Running {
    /// In a task of the test's runtime.
    Task(JoinHandle<()>),
    /// On threads of its own, where actix-web's own runtimes run.
    Threads { _stop: oneshot::Sender<()> },
}

impl App {
    /// The frameworks that there is one in.
    pub const FRAMEWORKS: [Framework; 2] = [Framework::Axum, Framework::Actix];

    /// Starts it; to be called on a tokio runtime.
    #[must_use]
    pub fn start(framework: Framework, verifier: Verifier) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let arrived = watch::Sender::new(0);
        let running = match framework {
            Framework::Axum => axum(listener, verifier, arrived.clone()),
            Framework::Actix => actix(listener, verifier, arrived.clone()),
            other => panic!("there is none in {other:?}"),
        };
        Self {
            address,
            arrived,
            _running: running,
        }
    }

    /// Opens a connection.
    pub async fn connect(&self) -> Client {
        Client::connect(self.address).await
    }

    /// Asks over this connection with this token.
    pub async fn ask_over(client: &mut Client, token: &str) -> Answer {
        let authorization = format!("Bearer {token}").into_bytes();
        let headers = [("authorization".to_owned(), authorization)];
        client.send("GET", "/", &headers).await
    }

    /// Asks over a connection of its own with this token.
    pub async fn ask(&self, token: &str) -> Answer {
        Self::ask_over(&mut self.connect().await, token).await
    }

    /// Waits until that many requests have arrived at the authentication layer.
    pub async fn reached(&self, requests: usize) {
        let mut arrived = self.arrived.subscribe();
        arrived.wait_for(|count| *count >= requests).await.unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Self::Task(task) = self {
            task.abort();
        }
    }
}

fn axum(listener: TcpListener, verifier: Verifier, arrived: watch::Sender<usize>) -> Running {
    let count = from_fn(move |request: Request, next: Next| {
        note(&arrived);
        next.run(request)
    });
    let app = Router::new()
        .route(
            "/",
            get(|auth: actas::axum::Auth| async move { auth.user_id.to_string() }),
        )
        .layer(actas::axum::AuthLayer::new(verifier))
        .layer(count);
    listener.set_nonblocking(true).unwrap();
    Running::Task(tokio::spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        axum::serve(listener, app).await.unwrap();
    }))
}

fn actix(listener: TcpListener, verifier: Verifier, arrived: watch::Sender<usize>) -> Running {
    let (stop, stopped) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        let server = HttpServer::new(move || {
            let arrived = arrived.clone();
            actix_web::App::new()
                .route("/", actix_web::web::get().to(user_id))
                .wrap(actas::actix::AuthLayer::new(verifier.clone()))
                .wrap_fn(move |request, service| {
                    note(&arrived);
                    service.call(request)
                })
        });
        let server = server
            .workers(2)
            .disable_signals()
            .listen(listener)
            .unwrap();
        System::new().block_on(async {
            let server = server.run();
            let handle = server.handle();
            actix_web::rt::spawn(async move {
                let _ = stopped.await;
                handle.stop(false).await;
            });
            server.await.unwrap();
        });
    });
    Running::Threads { _stop: stop }
}

async fn user_id(auth: actas::actix::Auth) -> String {
    auth.user_id.to_string()
}

fn note(arrived: &watch::Sender<usize>) {
    arrived.send_modify(|count| *count = count.saturating_add(1));
}
