use std::time::Duration;

use actas_core::{ActorKind, Auth};
use actas_issuer::{
    ActorClaim, Issuer, IssuerError, MAX_TOKEN_SECONDS, MintError, OrganizationClaim,
    SessionClaims, SigningAlgorithm, SigningKey,
};
use serde_json::{Value, json};

use crate::support::{Hands, NOW, Stopped, claims, kid};

fn issuer(algorithm: SigningAlgorithm) -> Issuer {
    Issuer::new(
        "https://app.example.com",
        SigningKey::generate(algorithm).unwrap(),
    )
    .and_then(|issuer| issuer.with_clock(Hands::at(NOW)))
    .unwrap()
}

fn verified(claims: &SessionClaims) -> Auth {
    let issuer = issuer(SigningAlgorithm::EdDsa);
    let token = issuer.mint(claims).unwrap();
    issuer.verifier().unwrap().verify(&token).now().unwrap()
}

#[test]
fn core_takes_the_tokens_of_every_algorithm() {
    for algorithm in SigningAlgorithm::ALL {
        let issuer = issuer(algorithm);
        let claims = claims().with_actor(ActorClaim::new("admin_1"));
        let token = issuer.mint(&claims).unwrap();
        let auth = issuer.verifier().unwrap().verify(&token).now().unwrap();
        assert_eq!(auth.user_id, "user_1");
        assert_eq!(auth.session_id.as_deref(), Some("sess_1"));
        assert_eq!(auth.issuer, issuer.url());
        assert_eq!(auth.actor.as_ref().unwrap().subject, "admin_1");
        assert_eq!(auth.issued_at, Some(NOW.cast_signed()));
        assert_eq!(auth.expires_at, NOW.cast_signed() + 1800);
        assert!(!auth.is_pending());
        // By the set that is published, too.
        let keys = actas_core::StaticKeys::from_jwks(issuer.key_set().unwrap().json()).unwrap();
        let verifier = issuer.verifier_builder().with_keys(keys).build().unwrap();
        assert!(verifier.verify(&token).now().is_ok());
        assert!(issuer.key_set().unwrap().json().contains(&kid(&token)));
    }
}

#[test]
fn claims_have_the_shape_of_clerks_session_tokens() {
    let organization = OrganizationClaim::new("org_1")
        .with_slug("acme")
        .with_role("org:admin")
        .with_permissions([
            "org:dashboard:manage",
            "dashboard:read",
            "org:teams:read",
            "org:new:read",
        ]);
    let claims = claims()
        .with_actor(
            ActorClaim::new("admin_1")
                .with_issuer("https://login.example.com")
                .with_session_id("sess_9")
                .with_claim("reason", "ticket 1"),
        )
        .with_lifetime(Duration::from_mins(1))
        .with_authorized_party("https://app.example.com")
        .with_factor_age(Some(7), None)
        .with_organization(organization)
        .with_features(["u:export", "o:dashboard", "uo:teams"])
        .with_plans(["o:pro", "u:free"])
        .with_claim("theme", json!({ "dark": true }));
    let auth = verified(&claims);
    let mut all: Value = auth.claims().unwrap();
    let token_id = all["jti"].take();
    assert_eq!(token_id.as_str().unwrap().len(), 22);
    assert_eq!(
        all,
        json!({
            "v": 2,
            "iss": "https://app.example.com",
            "sub": "user_1",
            "sid": "sess_1",
            "jti": null,
            "iat": NOW,
            "nbf": NOW - 10,
            "exp": NOW + 60,
            "azp": "https://app.example.com",
            "sts": "active",
            "fva": [7, -1],
            "fea": "u:export,o:dashboard,uo:teams,o:new",
            "pla": "o:pro,u:free",
            "o": { "id": "org_1", "slg": "acme", "rol": "admin", "per": "manage,read", "fpm": "3,2,2" },
            "act": {
                "sub": "admin_1",
                "iss": "https://login.example.com",
                "sid": "sess_9",
                "reason": "ticket 1",
            },
            "theme": { "dark": true },
        })
    );
    let organization = auth.organization().unwrap();
    assert_eq!(
        organization.permissions,
        [
            "org:dashboard:manage",
            "org:dashboard:read",
            "org:teams:read",
            "org:new:read"
        ]
    );
    assert!(auth.has_role("org:admin") && auth.has_feature("o:teams") && auth.has_plan("o:pro"));
    let age = auth.factor_verification_age().unwrap();
    assert_eq!((age.first, age.second), (Some(7), None));
}

#[test]
fn an_audience_is_one_or_many() {
    for (claims, expected) in [
        (claims(), Value::Null),
        (claims().with_audience("a"), json!("a")),
        (claims().with_audiences(["a", "b"]), json!(["a", "b"])),
    ] {
        let issuer = issuer(SigningAlgorithm::EdDsa);
        let token = issuer.mint(&claims).unwrap();
        let verifier = issuer
            .verifier_builder()
            .with_audience("a")
            .build()
            .unwrap();
        let auth = match expected {
            Value::Null => issuer.verifier().unwrap().verify(&token).now().unwrap(),
            _ => verifier.verify(&token).now().unwrap(),
        };
        let all: Value = auth.claims().unwrap();
        assert_eq!(all["aud"], expected);
    }
}

#[test]
fn no_custom_claim_takes_the_place_of_another() {
    let issuer = issuer(SigningAlgorithm::EdDsa);
    for name in [
        "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "azp", "sts", "act", "fva", "v",
        "o", "fea", "pla", "org_id", "org_role",
    ] {
        let error = issuer.mint(&claims().with_claim(name, "x")).unwrap_err();
        assert!(matches!(error, MintError::Reserved(found) if found == name));
    }
    for name in ["sub", "iss", "sid", "type", "sub_profile", "act"] {
        let actor = ActorClaim::new("admin_1").with_claim(name, "x");
        let actor = ActorClaim::new("admin_2").with_prior_actor(actor);
        let error = issuer.mint(&claims().with_actor(actor)).unwrap_err();
        assert!(matches!(error, MintError::Reserved(found) if found == name));
    }
}

#[test]
fn what_a_verifier_would_refuse_is_not_minted() {
    let issuer = issuer(SigningAlgorithm::EdDsa);
    let organization = |id: &str| OrganizationClaim::new(id);
    let act = |actor| claims().with_actor(actor);
    for (claims, name) in [
        (SessionClaims::new("", "sess_1"), "sub"),
        (SessionClaims::new("user\0", "sess_1"), "sub"),
        (SessionClaims::new("user_1", ""), "sid"),
        (claims().with_audience(""), "aud"),
        (claims().with_authorized_party(""), "azp"),
        (claims().with_features(["dashboard"]), "fea"),
        (claims().with_features(["o:a,o:b"]), "fea"),
        (claims().with_plans(["x:pro"]), "pla"),
        (claims().with_organization(organization("")), "o.id"),
        (
            claims().with_organization(organization("org_1").with_role("org:")),
            "o.rol",
        ),
        (act(ActorClaim::new("")), "act.sub"),
        (
            act(ActorClaim::agent("a").with_prior_actor(ActorClaim::new(""))),
            "act.sub",
        ),
        (act(ActorClaim::new("a").with_issuer("")), "act.iss"),
        (act(ActorClaim::new("a").with_session_id("")), "act.sid"),
    ] {
        let error = issuer.mint(&claims).unwrap_err();
        assert!(
            matches!(error, MintError::Claim(found) if found == name),
            "{name}: {error}"
        );
    }
    for permission in ["", "read", "org:read", "a:b:c", "a,b:c", "a:b c", "a:"] {
        let organization = organization("org_1").with_permissions([permission]);
        let error = issuer
            .mint(&claims().with_organization(organization))
            .unwrap_err();
        assert!(matches!(error, MintError::Permission), "{permission}");
    }
    for (lifetime, is_good) in [
        (0, false),
        (1, true),
        (MAX_TOKEN_SECONDS, true),
        (MAX_TOKEN_SECONDS + 1, false),
    ] {
        let minted = issuer.mint(&claims().with_lifetime(Duration::from_secs(lifetime)));
        match minted {
            Ok(_) => assert!(is_good, "{lifetime}"),
            Err(error) => assert!(!is_good && matches!(error, MintError::Lifetime)),
        }
    }
    let issuer = issuer.with_clock(Stopped).unwrap();
    assert!(matches!(issuer.mint(&claims()), Err(MintError::Clock)));
}

#[test]
fn permissions_fill_the_mask_and_no_more() {
    let names = |count: usize| (0..count).map(|i| format!("f:p{i}"));
    let organization = OrganizationClaim::new("org_1").with_permissions(names(128));
    let auth = verified(&claims().with_organization(organization));
    assert_eq!(auth.organization().unwrap().permissions.len(), 128);
    assert!(auth.has_permission("f:p0") && auth.has_permission("f:p127"));
    let organization = OrganizationClaim::new("org_1").with_permissions(names(129));
    let minted = issuer(SigningAlgorithm::EdDsa).mint(&claims().with_organization(organization));
    assert!(matches!(minted, Err(MintError::Permission)));
}

#[test]
fn eight_actors_stand_one_inside_the_other_and_no_more() {
    let chain = |depth: usize| {
        let prior = (2..=depth).map(|i| ActorClaim::new(format!("admin_{i}")));
        prior.fold(ActorClaim::new("admin_1"), ActorClaim::with_prior_actor)
    };
    let auth = verified(&claims().with_actor(chain(8)));
    let actor = auth.actor.as_ref().unwrap();
    let prior: Vec<_> = actor.prior().iter().map(|prior| &*prior.subject).collect();
    assert_eq!(actor.subject, "admin_1");
    assert_eq!(prior[0], "admin_2");
    assert_eq!(prior[6], "admin_8");
    let minted = issuer(SigningAlgorithm::EdDsa).mint(&claims().with_actor(chain(9)));
    assert!(matches!(minted, Err(MintError::ActorDepth)));
}

#[test]
fn a_direct_session_makes_an_actor_and_so_does_an_actor() {
    let admin = verified(&SessionClaims::new("admin_1", "sess_admin"));
    let claim = ActorClaim::from(&admin.direct().unwrap());
    let auth = verified(&claims().with_actor(claim.with_prior_actor(ActorClaim::agent("bot"))));
    let actor = auth.actor.as_ref().unwrap();
    assert_eq!(actor.subject, "admin_1");
    assert_eq!(actor.issuer, "https://app.example.com");
    assert_eq!(actor.session_id.as_deref(), Some("sess_admin"));
    assert_eq!(actor.kind, ActorKind::Human);

    // In another issuer's token, with the namespaces they came from.
    let other = ActorClaim::agent("service").with_issuer("https://other.example.com");
    let nested = other.with_prior_actor(ActorClaim::from(actor));
    let auth = verified(&claims().with_actor(nested));
    let actor = auth.actor.as_ref().unwrap();
    let prior: Vec<_> = actor
        .prior()
        .iter()
        .map(|prior| (&*prior.subject, &*prior.issuer, prior.kind))
        .collect();
    assert_eq!((&*actor.subject, actor.kind), ("service", ActorKind::Agent));
    assert_eq!(
        prior,
        [
            ("admin_1", "https://app.example.com", ActorKind::Human),
            ("bot", "https://app.example.com", ActorKind::Agent),
        ]
    );
}

#[test]
fn an_issuer_is_an_https_url() {
    let key = SigningKey::generate(SigningAlgorithm::EdDsa).unwrap();
    let refused = Issuer::new("http://app.example.com", key).unwrap_err();
    assert!(matches!(refused, IssuerError::Url(_)));
}
