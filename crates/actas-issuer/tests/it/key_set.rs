use actas_issuer::{Issuer, KeyRing, PublishedKeySet, SigningAlgorithm, SigningKey};

fn key() -> SigningKey {
    SigningKey::generate(SigningAlgorithm::Es256).unwrap()
}

fn issuer(ring: KeyRing) -> Issuer {
    Issuer::new("https://app.example.com", ring).unwrap()
}

#[test]
fn a_node_whose_key_is_not_published_must_not_start() {
    let (one, other) = (key(), key());
    let twin = SigningKey::from_jwk(&other.to_private_jwk().unwrap()).unwrap();
    let kid = one.kid().to_owned();
    let node = issuer(KeyRing::new(one));
    let published = issuer(KeyRing::new(other));
    assert_eq!(node.check_published(node.key_set().unwrap().json()), Ok(()));
    for set in [
        published.key_set().unwrap().json(),
        "",
        "{}",
        r#"{"keys":[]}"#,
    ] {
        let error = node.check_published(set).unwrap_err();
        assert_eq!(error.kid(), kid);
        assert!(error.to_string().contains(&kid));
    }
    // It may be one of several.
    let both = issuer(KeyRing::new(key()).add_published(twin).unwrap());
    assert_eq!(
        published.check_published(both.key_set().unwrap().json()),
        Ok(())
    );
    assert!(
        both.check_published(published.key_set().unwrap().json())
            .is_err()
    );
}

#[test]
fn the_set_is_cached_no_longer_than_a_new_key_waits() {
    assert_eq!(PublishedKeySet::CACHE_CONTROL, "public, max-age=300");
    assert_eq!(PublishedKeySet::CONTENT_TYPE, "application/jwk-set+json");
    let issuer = issuer(KeyRing::new(key()));
    let set = issuer.key_set().unwrap();
    assert!(set.is_unchanged(issuer.key_set().unwrap().etag()));
}
