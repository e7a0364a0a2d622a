//! What guards refuse, on every level of an application.

use actas_actix::{
    AuthLayer, GuardLayer, deny_when_impersonated, read_only_when_impersonated, require_auth,
    sensitive,
};
use actas_core::RefusalBody;
use actix_web::http::Method;
use actix_web::middleware::Condition;
use actix_web::test::init_service;
use actix_web::{App, guard, web};

use crate::support::{Issuer, Seen, builder, request, send, whoami};

const LEVELS: [&str; 4] = ["app", "scope", "resource", "route"];

/// Sends a request to `/shop/cart/{item}` with `guard` on one level of the application.
async fn guarded(
    level: &str,
    guard: GuardLayer,
    auth: Option<AuthLayer>,
    (method, path): (&str, &str),
    token: Option<&str>,
) -> Seen {
    let is = |wanted: &str| level == wanted;
    let wrap = |wanted| Condition::new(is(wanted), guard.clone());
    let route = if is("route") {
        web::route().to(whoami).wrap(guard.clone())
    } else {
        web::route().to(whoami)
    };
    let app = App::new()
        .service(
            web::scope("/shop")
                .service(
                    web::resource("/cart/{item}")
                        .route(route)
                        .wrap(wrap("resource")),
                )
                .wrap(wrap("scope")),
        )
        .wrap(wrap("app"))
        .wrap(Condition::new(auth.is_some(), auth.unwrap_or_else(unused)));
    let app = init_service(app).await;
    let mut request = request(method, path, token);
    if method == "UPGRADE" {
        request = request
            .method(Method::GET)
            .insert_header(("connection", "upgrade"))
            .insert_header(("upgrade", "websocket"));
    }
    send(&app, request.to_request()).await
}

fn unused() -> AuthLayer {
    AuthLayer::new(Issuer::new().verifier())
}

#[actix_web::test]
async fn the_table() {
    let issuer = Issuer::new();
    let tokens = [issuer.direct(), issuer.impersonated(), issuer.agent()];
    let read_only = || read_only_when_impersonated().except("POST", "/shop/cart/{item}");
    let is_admin = |actor: &actas_core::Actor| &*actor.subject == "admin_1";
    // Statuses of a direct, an impersonated and an agent's request.
    let table = [
        ("deny", deny_when_impersonated(), "GET", [200, 403, 403]),
        ("sensitive", sensitive(), "POST", [200, 403, 403]),
        ("require", require_auth(), "POST", [200, 200, 200]),
        (
            "agents",
            deny_when_impersonated().allow_agents(),
            "POST",
            [200, 403, 200],
        ),
        (
            "actors",
            sensitive().allow_actors(is_admin),
            "POST",
            [200, 200, 403],
        ),
        (
            "report",
            deny_when_impersonated().report_only(),
            "POST",
            [200, 200, 200],
        ),
        (
            "read",
            read_only_when_impersonated(),
            "GET",
            [200, 200, 200],
        ),
        (
            "head",
            read_only_when_impersonated(),
            "HEAD",
            [200, 200, 200],
        ),
        (
            "options",
            read_only_when_impersonated(),
            "OPTIONS",
            [200, 200, 200],
        ),
        (
            "write",
            read_only_when_impersonated(),
            "POST",
            [200, 403, 403],
        ),
        (
            "purge",
            read_only_when_impersonated(),
            "PURGE",
            [200, 403, 403],
        ),
        (
            "upgrade",
            read_only_when_impersonated(),
            "UPGRADE",
            [200, 403, 403],
        ),
        ("except", read_only(), "POST", [200, 200, 200]),
        ("other method", read_only(), "PUT", [200, 403, 403]),
        (
            "other template",
            read_only_when_impersonated().except("POST", "/shop/cart/1"),
            "POST",
            [200, 403, 403],
        ),
    ];
    for (name, guard, method, statuses) in table {
        for level in LEVELS {
            // Before routing no template is known, so nothing is excepted.
            let unrouted = name == "except" && ["app", "scope"].contains(&level);
            let statuses = if unrouted { [200, 403, 403] } else { statuses };
            for (token, status) in tokens.iter().zip(statuses) {
                let seen = guarded(
                    level,
                    guard.clone(),
                    Some(AuthLayer::new(issuer.verifier())),
                    (method, "/shop/cart/1"),
                    Some(token),
                )
                .await;

                assert_eq!(seen.status, status, "{name} on {level}: {seen:?}");
                if status == 403 {
                    assert_eq!(seen.code(), "impersonation_denied");
                    assert_eq!(seen.header("cache-control"), "private, no-store");
                    assert_eq!(seen.header("vary"), "Authorization, Cookie");
                    assert_eq!(seen.header("www-authenticate"), "");
                    assert!(!seen.body.contains("admin_1"));
                }
            }
        }
    }
}

#[actix_web::test]
async fn a_guard_fails_closed() {
    let issuer = Issuer::new();
    let token = issuer.direct();
    let guards = [
        deny_when_impersonated(),
        sensitive(),
        read_only_when_impersonated(),
        require_auth(),
        deny_when_impersonated().report_only(),
    ];
    for guard in guards {
        for level in LEVELS {
            let get = ("GET", "/shop/cart/1");
            let missing = guarded(level, guard.clone(), None, get, Some(&token)).await;
            let optional = AuthLayer::new(issuer.verifier()).optional();
            let signed_out = guarded(level, guard.clone(), Some(optional), get, None).await;

            assert_eq!(
                (missing.status, missing.code().as_str()),
                (500, "missing_layer")
            );
            assert_eq!(missing.header("cache-control"), "no-store");
            assert_eq!(
                (signed_out.status, signed_out.code().as_str()),
                (401, "missing_credential")
            );
            assert_eq!(signed_out.header("www-authenticate"), "Bearer");
        }
    }
}

#[actix_web::test]
async fn a_guard_outside_the_layer_lets_nothing_through() {
    let issuer = Issuer::new();
    let app = App::new()
        .route("/", web::get().to(whoami))
        .wrap(AuthLayer::new(issuer.verifier()))
        .wrap(deny_when_impersonated());
    let app = init_service(app).await;

    let seen = send(
        &app,
        request("GET", "/", Some(&issuer.direct())).to_request(),
    )
    .await;

    assert_eq!((seen.status, seen.code().as_str()), (500, "missing_layer"));
}

#[actix_web::test]
async fn a_guard_speaks_as_the_verifier_does() {
    let issuer = Issuer::new();
    let verifier = builder(issuer.keys())
        .with_refusals(|refusal, _| RefusalBody::Content {
            content_type: "text/plain".to_owned(),
            body: refusal.code().as_bytes().to_vec(),
        })
        .build()
        .unwrap();
    let auth = Some(AuthLayer::new(verifier).optional());
    let token = issuer.impersonated();
    let get = ("GET", "/shop/cart/1");

    let denied = guarded("route", sensitive(), auth.clone(), get, Some(&token)).await;
    let signed_out = guarded("app", sensitive(), auth, get, None).await;

    assert_eq!(
        (denied.status, denied.body.as_str()),
        (403, "impersonation_denied")
    );
    assert_eq!(
        (signed_out.status, signed_out.body.as_str()),
        (401, "missing_credential")
    );
}

/// The router decodes the path before it looks for a route, `match_pattern` before routing does not.
#[actix_web::test]
async fn an_encoded_path_does_not_borrow_an_exception() {
    let issuer = Issuer::new();
    let read_only = || read_only_when_impersonated().except("POST", "/{page}");
    let secret = web::resource("/secret").wrap(read_only());
    let page = web::resource("/{page}").wrap(read_only());
    let app = App::new()
        .service(secret.route(web::post().to(async || "secret")))
        .service(page.route(web::post().to(async || "page")))
        .wrap(AuthLayer::new(issuer.verifier()));
    let app = init_service(app).await;
    let (direct, impersonated) = (issuer.direct(), issuer.impersonated());
    let table = [
        ("/secret", "secret", 403),
        ("/%73ecret", "secret", 403),
        ("/s%65cret?x=/page", "secret", 403),
        ("/other", "page", 200),
        ("/%6fther", "page", 200),
        ("/caf%C3%A9", "page", 200),
        ("/secret%2Fmore", "page", 200),
    ];
    for (path, route, status) in table {
        let reached = send(&app, request("POST", path, Some(&direct)).to_request()).await;
        let seen = send(
            &app,
            request("POST", path, Some(&impersonated)).to_request(),
        )
        .await;

        assert_eq!(reached.body, route, "{path}");
        assert_eq!(seen.status, status, "{path}");
    }
}

/// Around an application or a scope a guard is asked before it is known which of the patterns that fit will be taken.
#[actix_web::test]
async fn before_routing_nothing_is_excepted() {
    let issuer = Issuer::new();
    let read_only = || read_only_when_impersonated().except("POST", "/{page}");
    let routes = |config: &mut web::ServiceConfig| {
        config
            .route("/{page}", web::get().to(async || "page"))
            .route("/secret", web::post().to(async || "secret"))
            .route("/{page}", web::post().to(async || "page"));
    };
    let around_app = App::new()
        .configure(routes)
        .wrap(read_only())
        .wrap(AuthLayer::new(issuer.verifier()));
    let around_scope = App::new()
        .service(web::scope("").configure(routes).wrap(read_only()))
        .wrap(AuthLayer::new(issuer.verifier()));
    let (around_app, around_scope) = (
        init_service(around_app).await,
        init_service(around_scope).await,
    );

    let token = issuer.impersonated();
    for path in ["/secret", "/page"] {
        let app = send(
            &around_app,
            request("POST", path, Some(&token)).to_request(),
        )
        .await;
        let scope = send(
            &around_scope,
            request("POST", path, Some(&token)).to_request(),
        )
        .await;

        assert_eq!((app.status, scope.status), (403, 403), "{path}");
    }
}

#[actix_web::test]
async fn on_a_resource_the_template_is_that_of_the_route_taken() {
    let issuer = Issuer::new();
    let read_only = || read_only_when_impersonated().except("POST", "/widgets/{id}");
    let app = App::new()
        .service(
            web::scope("/widgets")
                .service(
                    web::resource("/{id}")
                        .guard(guard::Get())
                        .to(whoami)
                        .wrap(read_only()),
                )
                .service(
                    web::resource("/action")
                        .guard(guard::Post())
                        .to(whoami)
                        .wrap(read_only()),
                ),
        )
        .wrap(AuthLayer::new(issuer.verifier()));
    let app = init_service(app).await;

    let token = issuer.impersonated();
    let seen = send(
        &app,
        request("POST", "/widgets/action", Some(&token)).to_request(),
    )
    .await;

    assert_eq!(seen.status, 403);
}
