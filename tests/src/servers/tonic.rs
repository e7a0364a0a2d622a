use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use actas::tower::{
    AuthLayer, deny_when_impersonated, read_only_when_impersonated, require_auth, sensitive,
};
use actas::{Auth, Error, Verifier};
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::metadata::MetadataValue;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::service::LayerExt;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};
use tonic_prost::ProstCodec;
use tower::Service;

use super::session::{CACHED, is_from_dashboard, seen};
use crate::grpc::Seen;

/// The routes, and the service with the method that stands for each.
const ROUTES: [(&str, &str, &str); 15] = [
    ("/me", "actas.tests.Session", "Me"),
    ("/cached", "actas.tests.Cached", "Read"),
    ("/account", "actas.tests.Account", "Close"),
    ("/password", "actas.tests.Password", "ChangePassword"),
    ("/agents", "actas.tests.Agents", "Work"),
    ("/support", "actas.tests.Support", "Work"),
    ("/keys", "actas.tests.Keys", "Create"),
    ("/notes", "actas.tests.Notes", "Any"),
    ("/reported", "actas.tests.Reported", "Work"),
    ("/public/me", "actas.tests.public.Session", "Me"),
    (
        "/public/password",
        "actas.tests.public.Password",
        "ChangePassword",
    ),
    ("/public/account", "actas.tests.public.Account", "Read"),
    (
        "/bare/password",
        "actas.tests.bare.Password",
        "ChangePassword",
    ),
    ("/cold/me", "actas.tests.cold.Session", "Me"),
    (
        "/cold/password",
        "actas.tests.cold.Password",
        "ChangePassword",
    ),
];

/// The path of the call that stands for a route.
pub(super) fn call_of(path: &str) -> String {
    let route = ROUTES.iter().find(|(route, _, _)| *route == path);
    let (_, service, method) = route.unwrap();
    format!("/{service}/{method}")
}

pub(super) async fn serve(listener: TcpListener, verifier: Verifier, cold: Verifier) {
    let required = AuthLayer::new(verifier);
    let optional = required.clone().optional();
    let cold = AuthLayer::new(cold);
    let deny = deny_when_impersonated();
    Server::builder()
        // So that a token which is too large is the verifier's to refuse.
        .http2_max_header_list_size(64 * 1024)
        .add_service(required.named_layer(Rpc::<0>))
        .add_service(required.named_layer(Rpc::<1>))
        .add_service(required.named_layer(Rpc::<2>))
        .add_service(required.named_layer(deny.named_layer(Rpc::<3>)))
        .add_service(required.named_layer(deny.clone().allow_agents().named_layer(Rpc::<4>)))
        .add_service(
            required.named_layer(
                deny.clone()
                    .allow_actors(is_from_dashboard)
                    .named_layer(Rpc::<5>),
            ),
        )
        .add_service(required.named_layer(sensitive().named_layer(Rpc::<6>)))
        .add_service(required.named_layer(read_only_when_impersonated().named_layer(Rpc::<7>)))
        .add_service(required.named_layer(deny.clone().report_only().named_layer(Rpc::<8>)))
        .add_service(optional.named_layer(Rpc::<9>))
        .add_service(optional.named_layer(deny.named_layer(Rpc::<10>)))
        .add_service(optional.named_layer(require_auth().named_layer(Rpc::<11>)))
        .add_service(deny.named_layer(Rpc::<12>))
        .add_service(cold.named_layer(Rpc::<13>))
        .add_service(cold.named_layer(deny.named_layer(Rpc::<14>)))
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)))
        .await
        .unwrap();
}

/// The service of the route with this number, as tonic generates one from its description.
#[derive(Clone)]
struct Rpc<const ROUTE: usize>;

impl<const ROUTE: usize> NamedService for Rpc<ROUTE> {
    const NAME: &'static str = ROUTES[ROUTE].1;
}

impl<const ROUTE: usize> Service<http::Request<Body>> for Rpc<ROUTE> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async {
            let mut grpc = Grpc::new(ProstCodec::<Seen, ()>::default());
            Ok(grpc
                .unary(
                    Handler {
                        path: ROUTES[ROUTE].0,
                    },
                    request,
                )
                .await)
        })
    }
}

struct Handler {
    path: &'static str,
}

impl UnaryService<()> for Handler {
    type Response = Seen;
    type Future = Ready<Result<Response<Seen>, Status>>;

    fn call(&mut self, request: Request<()>) -> Self::Future {
        ready(self.handle(&request))
    }
}

impl Handler {
    fn handle(&self, request: &Request<()>) -> Result<Response<Seen>, Status> {
        let auth = request.extensions().get::<Auth>();
        if self.path == "/account"
            && let Some(auth) = auth
        {
            auth.require_direct().map_err(|error| status(&error))?;
        }
        let mut response = Response::new(Seen {
            json: seen(auth).to_string(),
        });
        if self.path == "/cached" {
            response
                .metadata_mut()
                .insert("cache-control", MetadataValue::from_static(CACHED));
        }
        Ok(response)
    }
}

/// What an application on tonic does with a refusal of its own.
fn status(error: &Error) -> Status {
    let refusal = error.refusal();
    let code = Code::from_i32(refusal.grpc_status().into());
    Status::new(code, refusal.grpc_message())
}
