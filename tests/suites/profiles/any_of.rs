//! Several issuers behind one verifier.

use actas::{
    Auth, ConfigError, ErrorKind, RequestHead, Separator, StaticKeys, Verifier, VerifierBuilder,
    WithKeys,
};
use actas_tests::{FixedClock, NOW, Signer, Token};
use serde_json::json;

const SHOP: &str = "https://shop.example";
const ADMIN: &str = "https://admin.example";

/// An issuer whose key has the same `kid` as everybody's.
fn issuer(issuer: &str, cookie: &str) -> (Signer, VerifierBuilder<WithKeys>) {
    let signer = Signer::eddsa("key_1");
    let builder = Verifier::builder(issuer)
        .separated_by(Separator::session_id())
        .with_keys(StaticKeys::from_jwks(&signer.jwks()).unwrap())
        .with_cookie_names([cookie])
        .with_clock(FixedClock(NOW));
    (signer, builder)
}

fn token(signer: &Signer, issuer: &str) -> String {
    let claims = json!({ "iss": issuer, "sub": "user_1", "sid": "sess_1", "exp": NOW + 60 });
    Token::new(signer, claims).sign(signer)
}

fn kind<T>(outcome: Result<T, actas::Error>) -> Option<ErrorKind> {
    outcome.err().map(|error| error.kind())
}

/// A request whose only header is this cookie.
struct WithCookie(String);

impl RequestHead for WithCookie {
    fn method(&self) -> &'static str {
        "GET"
    }

    fn target(&self) -> &'static str {
        "/"
    }

    fn header(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
        (name == "cookie").then_some(self.0.as_bytes()).into_iter()
    }

    fn authority(&self) -> Option<&str> {
        None
    }
}

fn authenticate(
    verifier: &Verifier,
    cookie: &str,
    token: &str,
) -> Result<Option<Auth>, actas::Error> {
    verifier
        .authenticate(&WithCookie(format!("{cookie}={token}")))
        .now()
}

#[test]
fn the_issuer_chooses_who_judges_and_a_kid_means_nothing_outside_it() {
    let (shop, of_shop) = issuer(SHOP, "shop");
    let (admin, of_admin) = issuer(ADMIN, "admin");
    let verifier = Verifier::any_of([of_shop.build().unwrap(), of_admin.build().unwrap()]).unwrap();
    let verify = |token: &str| verifier.verify(token).now();

    for (signer, issuer) in [(&shop, SHOP), (&admin, ADMIN)] {
        let auth = verify(&token(signer, issuer)).unwrap();
        assert_eq!(auth.issuer, issuer);
        let key = auth.subject_key();
        assert_eq!((key.issuer, key.user_id), (issuer, "user_1"));
    }
    assert_eq!(
        kind(verify(&token(&admin, SHOP))),
        Some(ErrorKind::Signature)
    );
    assert_eq!(
        kind(verify(&token(&shop, ADMIN))),
        Some(ErrorKind::Signature)
    );
    for other in [
        "https://evil.example",
        "https://shop.example/",
        "HTTPS://SHOP.EXAMPLE",
        "",
    ] {
        assert_eq!(
            kind(verify(&token(&shop, other))),
            Some(ErrorKind::UnknownIssuer),
            "{other}"
        );
    }
}

#[test]
fn an_issuer_that_is_no_string_chooses_nobody() {
    let (shop, of_shop) = issuer(SHOP, "shop");
    let (_, of_admin) = issuer(ADMIN, "admin");
    let verifier = Verifier::any_of([of_shop.build().unwrap(), of_admin.build().unwrap()]).unwrap();
    let claims = json!({ "sub": "user_1", "sid": "sess_1", "exp": NOW + 60 });
    let none = Token::new(&shop, claims);
    let list = none.clone().with("iss", json!([SHOP]));
    let twice = none
        .clone()
        .with("iss", SHOP)
        .with_raw(&format!("\"iss\":\"{ADMIN}\""));
    for (token, expected) in [
        (none, ErrorKind::UnknownIssuer),
        (list, ErrorKind::UnknownIssuer),
        (twice, ErrorKind::Claims),
    ] {
        assert_eq!(
            kind(verifier.verify(&token.sign(&shop)).now()),
            Some(expected)
        );
    }
}

#[test]
fn a_cookie_is_taken_by_its_own_issuer_alone() {
    let (shop, of_shop) = issuer(SHOP, "shop");
    let (admin, of_admin) = issuer(ADMIN, "admin");
    let verifier = Verifier::any_of([of_shop.build().unwrap(), of_admin.build().unwrap()]).unwrap();
    let [shop, admin] = [token(&shop, SHOP), token(&admin, ADMIN)];

    for (cookie, token, issuer) in [("shop", &shop, SHOP), ("admin", &admin, ADMIN)] {
        let auth = authenticate(&verifier, cookie, token).unwrap().unwrap();
        assert_eq!(auth.issuer, issuer);
    }
    for (cookie, token) in [("shop", &admin), ("admin", &shop)] {
        assert_eq!(
            kind(authenticate(&verifier, cookie, token)),
            Some(ErrorKind::UnknownIssuer)
        );
    }
}

#[test]
fn a_cookie_that_two_issuers_share_is_taken_by_both() {
    let (shop, of_shop) = issuer(SHOP, "session");
    let (admin, of_admin) = issuer(ADMIN, "session");
    let verifier = Verifier::any_of([of_shop.build().unwrap(), of_admin.build().unwrap()]).unwrap();
    for (signer, issuer) in [(&shop, SHOP), (&admin, ADMIN)] {
        let auth = authenticate(&verifier, "session", &token(signer, issuer))
            .unwrap()
            .unwrap();
        assert_eq!(auth.issuer, issuer);
    }
}

#[test]
fn each_issuer_has_its_own_rules() {
    let (shop, of_shop) = issuer(SHOP, "shop");
    let (admin, of_admin) = issuer(ADMIN, "admin");
    let of_admin = of_admin.with_audience("admin-api");
    let verifier = Verifier::any_of([of_shop.build().unwrap(), of_admin.build().unwrap()]).unwrap();
    assert!(verifier.verify(&token(&shop, SHOP)).now().is_ok());
    assert_eq!(
        kind(verifier.verify(&token(&admin, ADMIN)).now()),
        Some(ErrorKind::Audience)
    );
}

#[test]
fn nobody_to_choose_and_one_issuer_twice_do_not_build() {
    let [one, other] = ["a", "b"].map(|cookie| issuer(SHOP, cookie).1.build().unwrap());
    assert_eq!(Verifier::any_of([]).err(), Some(ConfigError::NoVerifier));
    assert_eq!(
        Verifier::any_of([one, other]).err(),
        Some(ConfigError::DuplicateIssuer(SHOP.to_owned()))
    );
}
