use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actas_issuer::{
    ActorClaim, Issuer, KeyFile, PublishedKeySet, SessionClaims, SigningAlgorithm, SigningKey,
};
use actas_tests::FixedClock;
use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::response::IntoResponse;
use axum::routing::get;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// The front end that tokens are issued to.
pub(crate) const APP: &str = "https://app.example.com";

/// Seconds ago from which the keys sign. The first one signed before them.
const ES256_SINCE: u64 = 120;
const RS256_SINCE: u64 = 60;

/// An issuer that publishes a key of each algorithm over HTTP, as its key file was rotated from one to the next.
pub(crate) struct Published {
    pub(crate) url: String,
    keys: KeyFile,
    now: u64,
    _folder: TempDir,
    serves: Option<AbortHandle>,
}

impl Published {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut published = Self::new(url);
        let issuer = Issuer::new(&*published.url, published.keys.clone()).unwrap();
        let routes = Router::new()
            .route("/.well-known/jwks.json", get(key_set))
            .route("/v1/jwks", get(key_set))
            .with_state(issuer);
        let serves = tokio::spawn(async { axum::serve(listener, routes).await.unwrap() });
        published.serves = Some(serves.abort_handle());
        published
    }

    /// The same issuer in name, with keys that nobody publishes.
    pub(crate) fn by_other_keys(&self) -> Self {
        Self::new(self.url.clone())
    }

    fn new(url: String) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now = now.as_secs();
        let folder = tempfile::tempdir().unwrap();
        let key = |algorithm| SigningKey::generate(algorithm).unwrap();
        let path = folder.path().join("issuer.keys");
        let keys = KeyFile::create(path, key(SigningAlgorithm::EdDsa))
            .unwrap()
            .with_publish_ahead(Duration::ZERO);
        for (algorithm, since) in [
            (SigningAlgorithm::Es256, ES256_SINCE),
            (SigningAlgorithm::Rs256, RS256_SINCE),
        ] {
            keys.rotate_to(key(algorithm), now - since).unwrap();
        }
        Self {
            url,
            keys,
            now,
            _folder: folder,
            serves: None,
        }
    }

    /// A token from when the key of `algorithm` signed.
    pub(crate) fn mint(&self, algorithm: SigningAlgorithm, claims: &SessionClaims) -> String {
        self.mint_as(&self.url, algorithm, claims)
    }

    /// A token in the name of the issuer `url`.
    pub(crate) fn mint_as(
        &self,
        url: &str,
        algorithm: SigningAlgorithm,
        claims: &SessionClaims,
    ) -> String {
        let ago = match algorithm {
            SigningAlgorithm::Es256 => ES256_SINCE,
            SigningAlgorithm::Rs256 => RS256_SINCE,
            _ => ES256_SINCE + 60,
        };
        self.mint_at(url, self.now - ago, claims)
    }

    /// A token that is not valid yet, by the last key.
    pub(crate) fn mint_in_an_hour(&self, claims: &SessionClaims) -> String {
        self.mint_at(&self.url, self.now + 3600, claims)
    }

    /// A token of now, by the key that signs now.
    pub(crate) fn mint_now(&self, claims: &SessionClaims) -> String {
        self.mint_at(&self.url, self.now, claims)
    }

    pub(crate) fn remove(&self, kid: &str) {
        self.keys.remove(kid, self.now).unwrap();
    }

    fn mint_at(&self, url: &str, time: u64, claims: &SessionClaims) -> String {
        let issuer = Issuer::new(url, self.keys.clone())
            .and_then(|issuer| issuer.with_clock(FixedClock(time)))
            .unwrap();
        issuer.mint(claims).unwrap().into_string()
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        if let Some(serves) = &self.serves {
            serves.abort();
        }
    }
}

async fn key_set(State(issuer): State<Issuer>) -> impl IntoResponse {
    let set = issuer.key_set().unwrap();
    (
        [
            (CONTENT_TYPE, PublishedKeySet::CONTENT_TYPE.to_owned()),
            (CACHE_CONTROL, PublishedKeySet::CACHE_CONTROL.to_owned()),
            (ETAG, set.etag().to_owned()),
        ],
        set.json().to_owned(),
    )
}

/// A session in which an admin acts, who came to it through an agent.
pub(crate) fn claims() -> SessionClaims {
    let actor = ActorClaim::new("admin_1")
        .with_claim("reason", "cannot see their invoice")
        .with_prior_actor(ActorClaim::agent("agent_1"));
    direct().with_actor(actor)
}

/// A session in which nobody acts for the user.
pub(crate) fn direct() -> SessionClaims {
    SessionClaims::new("user_1", "sess_1")
        .with_authorized_party(APP)
        .with_factor_age(Some(5), None)
        .with_claim("plan", "pro")
}

/// A session whose token has ended.
pub(crate) fn ended() -> SessionClaims {
    claims().with_lifetime(Duration::from_secs(1))
}
