use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use actas::{Auth, Verifier};
use actas_tests::Framework;
use actix_web::HttpServer;
use actix_web::rt::System;
use actix_web::web::{Data, resource};
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::effects::Effects;

/// What a direct request is answered with.
pub(crate) const DIRECT: &str = "direct";

/// Seconds that actix-web gives to requests that run when it is stopped.
const STOPS_WITHIN: u64 = 30;

/// An application with one route, `POST /orders/{id}`. It does something for an impersonated request, and answers with what
/// the record knows the request by.
pub(crate) struct App {
    pub(crate) address: SocketAddr,
    /// Dropped, it stops as well.
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl App {
    pub(crate) fn start(framework: Framework, verifier: Verifier, effects: Arc<Effects>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let running = match framework {
            Framework::Axum => axum(listener, verifier, effects, stopped),
            Framework::Actix => actix(listener, verifier, effects, stopped),
            other => panic!("there is none in {other:?}"),
        };
        Self {
            address,
            stop,
            running,
        }
    }

    /// Ends it, once each response has ended.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        self.running.await.unwrap();
    }
}

fn axum(
    listener: TcpListener,
    verifier: Verifier,
    effects: Arc<Effects>,
    stopped: oneshot::Receiver<()>,
) -> JoinHandle<()> {
    let order = |State(effects): State<Arc<Effects>>, auth: actas::axum::Auth| async move {
        order(&auth, &effects)
    };
    let app = Router::new()
        .route("/orders/{id}", post(order))
        .layer(actas::axum::AuthLayer::new(verifier))
        .with_state(effects);
    listener.set_nonblocking(true).unwrap();
    tokio::spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let server = axum::serve(listener, app).with_graceful_shutdown(async {
            let _ = stopped.await;
        });
        server.await.unwrap();
    })
}

/// On threads of its own, where actix-web's own runtimes run.
fn actix(
    listener: TcpListener,
    verifier: Verifier,
    effects: Arc<Effects>,
    stopped: oneshot::Receiver<()>,
) -> JoinHandle<()> {
    let running = thread::spawn(move || {
        let server = HttpServer::new(move || {
            // Around the app it would stand before routing, where no template is known.
            let orders = resource("/orders/{id}")
                .route(actix_web::web::post().to(order_at_actix))
                .wrap(actas::actix::AuthLayer::new(verifier.clone()));
            actix_web::App::new()
                .app_data(Data::from(Arc::clone(&effects)))
                .service(orders)
        });
        let server = server
            .workers(2)
            .disable_signals()
            .shutdown_timeout(STOPS_WITHIN)
            .listen(listener)
            .unwrap();
        System::new().block_on(async {
            let server = server.run();
            let handle = server.handle();
            actix_web::rt::spawn(async move {
                let _ = stopped.await;
                handle.stop(true).await;
            });
            server.await.unwrap();
        });
    });
    spawn_blocking(|| running.join().unwrap())
}

async fn order_at_actix(auth: actas::actix::Auth, effects: Data<Effects>) -> String {
    order(&auth, &effects)
}

fn order(auth: &Auth, effects: &Effects) -> String {
    let Some(context) = auth.audit_context() else {
        return DIRECT.to_owned();
    };
    let request = context.request.unwrap();
    effects.add(&request);
    request
}
