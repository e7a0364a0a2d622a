use actas_issuer::Started;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::engine::Engine;
use crate::log::Log;
use crate::node::request;

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|bytes| bytes == needle)
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    digits.collect::<Vec<_>>().concat()
}

pub(crate) async fn no_secret_is_stored_or_shown(engine: &Engine) {
    let log = Log::start();
    let node = engine.node().await;
    let admin = engine.direct("admin_1");
    let started = node
        .impersonations
        .start(&admin, request("user_1"))
        .await
        .unwrap();
    let mut shown = vec![format!("{started:?} {:?}", node.impersonations)];
    let Started::Ticket {
        ticket,
        binding,
        cookie,
        ..
    } = started
    else {
        panic!("it has started");
    };
    assert!(cookie.contains(&*binding) && cookie.starts_with("__Host-actas-start="));
    let redeemed = node
        .impersonations
        .redeem(&admin, &ticket, &binding)
        .await
        .unwrap();
    shown.push(format!("{ticket:?} {binding:?} {redeemed:?}"));
    assert!(redeemed.cookie.starts_with("__Host-actas-impersonation="));
    let again = node.impersonations.redeem(&admin, &ticket, &binding).await;
    shown.push(format!("{:?}", again.unwrap_err()));
    shown.push(log.text());
    let shown = shown.concat();
    assert!(shown.contains("a ticket of an impersonation was refused"));
    let claims = redeemed.token.split('.').nth(1).unwrap();

    let stored = engine.stored().await;
    assert!(holds(&stored, b"user_1"), "it is where it was looked for");
    for secret in [&*ticket, &binding] {
        let bytes = URL_SAFE_NO_PAD.decode(secret).unwrap();
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, secret.as_bytes());
        let (hash, bytes) = if engine.is_sqlite() {
            (hash.as_ref().to_vec(), bytes)
        } else {
            (hex(hash.as_ref()).into_bytes(), hex(&bytes).into_bytes())
        };
        assert!(holds(&stored, &hash), "its hash is stored");
        assert!(!holds(&stored, &bytes) && !holds(&stored, secret.as_bytes()));
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(!holds(&stored, claims.as_bytes()));
    assert!(!shown.contains(claims), "{shown}");
}
