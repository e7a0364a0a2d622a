use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Scope, web};
use axum::Router;
use tower_service::Service;

use super::{request, response};

/// Mounts `router` under `path` in an application of actix-web, as axum's `Router::nest` does in one of axum.
///
/// A trailing slash of `path` is dropped. The scope takes middleware as any other: [`AuthLayer`] is wrapped around it, or around
/// the application.
///
/// A request that `http` 1 cannot hold, such as one with more than 24,576 headers, is answered with 400 and an empty body.
///
/// [`AuthLayer`]: https://docs.rs/actas-actix/latest/actas_actix/struct.AuthLayer.html
#[must_use]
pub fn nest(path: &str, router: Router) -> Scope {
    // Prepared once, and not for each request.
    let router = router.with_state::<()>(());
    let handler = move |request: HttpRequest, payload: web::Payload| {
        call(router.clone(), request, payload.into_inner())
    };
    web::scope(path.trim_end_matches('/')).default_service(web::to(handler))
}

async fn call(mut router: Router, request: HttpRequest, payload: Payload) -> HttpResponse {
    let to_head = request.method() == actix_web::http::Method::HEAD;
    let translated = match request::translated(&request, payload) {
        Ok(translated) => translated,
        Err(error) => {
            tracing::debug!(%error, "a request that http 1 cannot hold");
            return HttpResponse::new(StatusCode::BAD_REQUEST);
        }
    };
    match router.call(translated).await {
        Ok(answer) => response::translated(answer, to_head).map_into_boxed_body(),
        Err(never) => match never {},
    }
}
