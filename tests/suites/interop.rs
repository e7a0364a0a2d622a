//! What is minted here, judged by libraries of others, by the key set as it is served: jose and Clerk's backend SDK, in node.
//! And what is exchanged here, asked for by one: oauth4webapi.
//!
//! The scripts and what they need lie in `npm/`, and `npm ci` there installs it. A script is asked by `node::ask`.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that panics has failed, in a helper as well"
)]

#[path = "interop/node.rs"]
mod node;
#[path = "interop/issuer.rs"]
mod issuer;
#[path = "interop/tamper.rs"]
mod tamper;
#[path = "interop/case.rs"]
mod case;
#[path = "interop/token_endpoint.rs"]
mod token_endpoint;
#[path = "interop/exchange.rs"]
mod exchange;

use actas_issuer::SigningAlgorithm;
use actas_tests::Signer;
use serde_json::{Map, Value, json};

use crate::case::{Case, Verdict};
use crate::issuer::{APP, Published, claims};
use crate::tamper::{
    claims_of, header_of, kid_of, with_algorithm_none, with_claims, with_signature,
};

/// Clerk's SDK takes no other algorithm of ours, and says so.
const RS256_ALONE: Verdict = Verdict::Refused("token-invalid-algorithm");

/// What Clerk's SDK says where jose finds fault with `token`, as it does for RS256 alone.
fn clerks(algorithm: SigningAlgorithm, verdict: Verdict) -> Verdict {
    match algorithm {
        SigningAlgorithm::Rs256 => verdict,
        _ => RS256_ALONE,
    }
}

async fn assert_judged(published: &Published, cases: &[Case]) {
    let tokens: Map<_, _> = cases
        .iter()
        .map(|case| (case.name.clone(), Value::from(&*case.token)))
        .collect();
    assert_eq!(tokens.len(), cases.len(), "each name is one case's");
    let question = json!({
        "server": published.url,
        "issuer": published.url,
        "authorizedParty": APP,
        "tokens": tokens,
    });
    let Some(verdicts) = node::ask("verify.js", question).await else {
        return;
    };
    for case in cases {
        case.assert(&verdicts[&case.name]);
    }
}

#[expect(clippy::too_many_lines, reason = "it is one list of cases")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_taken_and_forgeries_refused() {
    let published = Published::start().await;
    let other = published.by_other_keys();
    let mut cases = Vec::new();
    for algorithm in SigningAlgorithm::ALL {
        let token = published.mint(algorithm, &claims());
        assert_eq!(header_of(&token)["alg"], algorithm.name());
        assert_eq!(
            claims_of(&token)["act"],
            json!({
                "sub": "admin_1",
                "reason": "cannot see their invoice",
                "act": { "sub": "agent_1", "type": "agent" },
            })
        );
        let mut case = |what: &str, token: &str, jose, verify_jwt, verify_token| {
            cases.push(Case {
                name: format!("{algorithm} {what}"),
                token: token.to_owned(),
                jose,
                verify_jwt: clerks(algorithm, verify_jwt),
                verify_token: match verify_token {
                    // Before it looks at the algorithm.
                    Verdict::Refused("jwk-kid-mismatch") => verify_token,
                    _ => clerks(algorithm, verify_token),
                },
            });
        };
        let passes = Verdict::Taken;
        case("impersonated", &token, passes, passes, passes);
        let direct = published.mint(algorithm, &issuer::direct());
        assert!(claims_of(&direct).get("act").is_none());
        case("direct", &direct, passes, passes, passes);

        let forged = Verdict::Refused("ERR_JWS_SIGNATURE_VERIFICATION_FAILED");
        let signature = Verdict::Refused("token-invalid-signature");
        let mut changed = claims_of(&token);
        changed.as_object_mut().unwrap().remove("act").unwrap();
        let without_act = with_claims(&token, &changed);
        case(
            "without its act",
            &without_act,
            forged,
            signature,
            signature,
        );
        changed = claims_of(&token);
        changed["sub"] = "user_2".into();
        let of_another = with_claims(&token, &changed);
        case("of another user", &of_another, forged, signature, signature);
        let spoilt = with_signature(&token, |bytes| bytes[7] ^= 1);
        case(
            "with a bit of its signature",
            &spoilt,
            forged,
            signature,
            signature,
        );
        let kid = kid_of(&token);
        let signer = match algorithm {
            SigningAlgorithm::Es256 => Signer::es256(kid),
            SigningAlgorithm::EdDsa => Signer::eddsa(kid),
            _ => Signer::rs256(kid),
        };
        let by_another = signer.sign(
            &header_of(&token).to_string(),
            &claims_of(&token).to_string(),
        );
        case(
            "by another key of its name",
            &by_another,
            forged,
            signature,
            signature,
        );

        case(
            "by a key that is not published",
            &other.mint(algorithm, &claims()),
            Verdict::Refused("ERR_JWKS_NO_MATCHING_KEY"),
            signature,
            Verdict::Refused("jwk-kid-mismatch"),
        );
        let expired = published.mint(algorithm, &issuer::ended());
        let late = Verdict::Refused("token-expired");
        case(
            "expired",
            &expired,
            Verdict::Refused("ERR_JWT_EXPIRED"),
            late,
            late,
        );
        case(
            "of another issuer",
            &published.mint_as("https://other.example.com", algorithm, &claims()),
            Verdict::Refused("ERR_JWT_CLAIM_VALIDATION_FAILED"),
            Verdict::Refused("token-invalid-issuer"),
            Verdict::Refused("token-invalid-issuer"),
        );
        // jose knows no authorized parties.
        let elsewhere = claims().with_authorized_party("https://elsewhere.example.com");
        let party = Verdict::Refused("token-invalid-authorized-parties");
        case(
            "for another front end",
            &published.mint(algorithm, &elsewhere),
            passes,
            party,
            party,
        );
        cases.push(Case {
            name: format!("{algorithm} without signature"),
            token: with_algorithm_none(&token),
            jose: Verdict::Refused("ERR_JOSE_NOT_SUPPORTED"),
            verify_jwt: RS256_ALONE,
            verify_token: RS256_ALONE,
        });
    }
    cases.push(Case {
        name: "not valid yet".to_owned(),
        token: published.mint_in_an_hour(&claims()),
        jose: Verdict::Refused("ERR_JWT_CLAIM_VALIDATION_FAILED"),
        verify_jwt: Verdict::Refused("token-not-active-yet"),
        verify_token: Verdict::Refused("token-not-active-yet"),
    });
    assert_judged(&published, &cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_removed_takes_its_tokens_with_it() {
    let published = Published::start().await;
    let case = |name: &str, token: &str, jose, verify_jwt, verify_token| Case {
        name: name.to_owned(),
        token: token.to_owned(),
        jose,
        verify_jwt,
        verify_token,
    };
    let passes = Verdict::Taken;
    let before = SigningAlgorithm::ALL.map(|algorithm| published.mint(algorithm, &claims()));
    let [es256, eddsa, rs256] = &before;
    let untouched = case("ES256", es256, passes, RS256_ALONE, RS256_ALONE);
    assert_judged(
        &published,
        &[
            untouched.clone(),
            case("EdDSA", eddsa, passes, RS256_ALONE, RS256_ALONE),
            case("RS256", rs256, passes, passes, passes),
        ],
    )
    .await;

    // One that signed before, and the one that signs: another takes its place at once.
    published.remove(&kid_of(eddsa));
    published.remove(&kid_of(rs256));
    let after = published.mint_now(&claims());
    assert_ne!(kid_of(&after), kid_of(rs256));
    let unknown = Verdict::Refused("ERR_JWKS_NO_MATCHING_KEY");
    let mismatch = Verdict::Refused("jwk-kid-mismatch");
    let signature = Verdict::Refused("token-invalid-signature");
    assert_judged(
        &published,
        &[
            untouched,
            case("EdDSA", eddsa, unknown, RS256_ALONE, mismatch),
            case("RS256", rs256, unknown, signature, mismatch),
            case("the new RS256", &after, passes, passes, passes),
        ],
    )
    .await;
}
