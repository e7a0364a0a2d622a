use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use actas::tower::{
    AuthLayer, GuardLayer, Head, deny_when_impersonated, read_only_when_impersonated, require_auth,
    sensitive,
};
use actas::{Auth, Error, Verifier};
use bytes::Bytes;
use http::header::CACHE_CONTROL;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::util::BoxCloneSyncService;
use tower::{ServiceBuilder, ServiceExt, service_fn};

use super::session::{CACHED, is_from_dashboard, seen};

type Route =
    BoxCloneSyncService<Request<Incoming>, Response<BoxBody<Bytes, Infallible>>, Infallible>;

pub(super) async fn serve(listener: TcpListener, verifier: Verifier, cold: Verifier) {
    let routes = Arc::new(routes(&AuthLayer::new(verifier), &AuthLayer::new(cold)));
    let app = service_fn(move |request: Request<Incoming>| {
        let route = routes.get(request.uri().path()).cloned();
        async move {
            match route {
                Some(route) => route.oneshot(request).await,
                None => Ok(answer(StatusCode::NOT_FOUND, String::new())),
            }
        }
    });
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let connection = http1::Builder::new()
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app.clone()));
        tokio::spawn(async move {
            // A client that goes away ends its own connection only.
            let _ = connection.await;
        });
    }
}

fn routes(required: &AuthLayer, cold: &AuthLayer) -> HashMap<&'static str, Route> {
    let optional = &required.clone().optional();
    HashMap::from([
        ("/me", open(required)),
        ("/cached", open(required)),
        ("/account", open(required)),
        ("/password", guarded(required, deny_when_impersonated())),
        (
            "/agents",
            guarded(required, deny_when_impersonated().allow_agents()),
        ),
        (
            "/support",
            guarded(
                required,
                deny_when_impersonated().allow_actors(is_from_dashboard),
            ),
        ),
        ("/keys", guarded(required, sensitive())),
        ("/notes", guarded(required, read_only_when_impersonated())),
        (
            "/reported",
            guarded(required, deny_when_impersonated().report_only()),
        ),
        ("/public/me", open(optional)),
        (
            "/public/password",
            guarded(optional, deny_when_impersonated()),
        ),
        ("/public/account", guarded(optional, require_auth())),
        (
            "/bare/password",
            boxed(
                ServiceBuilder::new()
                    .layer(deny_when_impersonated())
                    .service_fn(handle),
            ),
        ),
        ("/cold/me", open(cold)),
        ("/cold/password", guarded(cold, deny_when_impersonated())),
    ])
}

fn open(auth: &AuthLayer) -> Route {
    boxed(ServiceBuilder::new().layer(auth.clone()).service_fn(handle))
}

fn guarded(auth: &AuthLayer, guard: GuardLayer) -> Route {
    boxed(
        ServiceBuilder::new()
            .layer(auth.clone())
            .layer(guard)
            .service_fn(handle),
    )
}

fn boxed<S, B>(service: S) -> Route
where
    S: tower::Service<Request<Incoming>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error = Infallible> + Send + Sync + 'static,
{
    BoxCloneSyncService::new(
        service.map_response(|response: Response<B>| response.map(BodyExt::boxed)),
    )
}

async fn handle(
    request: Request<Incoming>,
) -> Result<Response<BoxBody<Bytes, Infallible>>, Infallible> {
    let auth = request.extensions().get::<Auth>();
    if request.uri().path() == "/account"
        && let Some(auth) = auth
        && let Err(error) = auth.require_direct()
    {
        return Ok(refuse(auth, &error, &request));
    }
    let mut response = answer(StatusCode::OK, seen(auth).to_string());
    if request.uri().path() == "/cached" {
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static(CACHED));
    }
    Ok(response)
}

/// What an application on bare hyper does with a refusal of its own.
fn refuse(
    auth: &Auth,
    error: &Error,
    request: &Request<Incoming>,
) -> Response<BoxBody<Bytes, Infallible>> {
    let reply = auth.refusals().render(error, &Head::from(request));
    let mut response = answer(
        StatusCode::from_u16(reply.status).unwrap(),
        String::from_utf8(reply.body).unwrap(),
    );
    for (name, value) in reply.headers {
        response.headers_mut().append(
            HeaderName::from_static(name),
            HeaderValue::try_from(value).unwrap(),
        );
    }
    response
}

fn answer(status: StatusCode, body: String) -> Response<BoxBody<Bytes, Infallible>> {
    let mut response = Response::new(Full::from(body).boxed());
    *response.status_mut() = status;
    response
}
