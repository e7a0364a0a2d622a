use std::net::{SocketAddr, TcpListener};

use actas_admin::actix;
use actas_core::Verifier;
use actix_web::rt::System;
use actix_web::{App, HttpServer};
use axum::Router;

/// Bytes that a socket holds on either side.
const BUFFER: u32 = 16 * 1024;

/// How the router is mounted, always under `/admin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mount {
    Axum,
    Actix,
}

/// What stands around it.
#[derive(Clone)]
pub(crate) enum Around {
    Nothing,
    Required(Verifier),
    Optional(Verifier),
}

impl Mount {
    pub(crate) const ALL: [Self; 2] = [Self::Axum, Self::Actix];

    /// Serves the router, and says where.
    pub(crate) fn serve(self, router: Router, around: Around) -> SocketAddr {
        let listener = small_buffers();
        let address = listener.local_addr().unwrap();
        match self {
            Self::Axum => {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let app = Router::new().nest("/admin", router);
                let app = match around {
                    Around::Nothing => app,
                    Around::Required(verifier) => app.layer(actas_tower::AuthLayer::new(verifier)),
                    Around::Optional(verifier) => {
                        app.layer(actas_tower::AuthLayer::new(verifier).optional())
                    }
                };
                tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
            }
            Self::Actix => serve_actix(listener, router, around),
        }
        address
    }
}

/// Serves on a thread of its own, where actix-web's runtime runs.
fn serve_actix(listener: TcpListener, router: Router, around: Around) {
    std::thread::spawn(move || {
        let server = HttpServer::new(move || {
            let (router, around) = (router.clone(), around.clone());
            App::new().configure(|config| {
                let nested = actix::nest("/admin/", router);
                match around {
                    Around::Nothing => config.service(nested),
                    Around::Required(verifier) => {
                        config.service(nested.wrap(actas_actix::AuthLayer::new(verifier)))
                    }
                    Around::Optional(verifier) => config
                        .service(nested.wrap(actas_actix::AuthLayer::new(verifier).optional())),
                };
            })
        });
        let server = server.workers(1).disable_signals().listen(listener);
        System::new().block_on(server.unwrap().run()).unwrap();
    });
}

/// A listener whose connections hold little of what is under way, so that it is the server's own buffers that a test sees.
pub(crate) fn small_buffers() -> TcpListener {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(BUFFER).unwrap();
    socket.set_send_buffer_size(BUFFER).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    socket.listen(64).unwrap().into_std().unwrap()
}
