//! A gRPC service that sees who acts as whom, and denies what must not be done in a user's name.
//!
//! ```sh
//! cargo run -p actas-example-tonic     # prints three tokens: direct, impersonated, agent
//! TOKEN=eyJ…                           # one of them, in another shell
//!
//! grpc() {
//!     grpcurl -plaintext -import-path examples/tonic/proto -proto account.proto \
//!         -H "authorization: Bearer $TOKEN" 127.0.0.1:3000 "actas.example.Account/$1"
//! }
//! grpc Me
//! grpc ChangePassword
//! grpc Watch
//! ```
//!
//! `ChangePassword` answers `PERMISSION_DENIED` to the impersonated token and to the agent's. `Watch` ends with the session.

use std::error::Error;
use std::pin::Pin;
use std::time::Duration;

use actas::tower::AuthLayer;
use actas::{
    ActorKind, Auth, ConfigError, Direct, Separator, StaticKeys, Verifier, VerifierBuilder,
    WithKeys,
};
use actas_example_support::{Issuer, address, announce};
use futures_util::{Stream, StreamExt, stream};
use tokio::net::TcpListener;
use tokio::time::interval;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Extensions, Request, Response, Status};

use crate::proto::account_server::{Account, AccountServer};
use crate::proto::{
    Actor, ChangePasswordReply, ChangePasswordRequest, Event, MeReply, MeRequest, WatchRequest,
};

mod proto {
    #![expect(
        clippy::allow_attributes,
        clippy::pedantic,
        unreachable_pub,
        reason = "the code is generated"
    )]
    tonic::include_proto!("actas.example");
}
#[cfg(test)]
mod tests;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let issuer = Issuer::new()?;
    let verifier = verifier(&issuer)?.build()?;

    let listener = TcpListener::bind(address()?).await?;
    announce(&issuer.tokens(), listener.local_addr()?)?;
    serve(listener, verifier).await?;
    Ok(())
}

/// For Clerk it is `Verifier::clerk(&publishable_key)?`, with `StaticKeys::from_pem(&jwt_key)?`.
fn verifier(issuer: &Issuer) -> Result<VerifierBuilder<WithKeys>, ConfigError> {
    Ok(Verifier::builder(Issuer::NAME)
        .separated_by(Separator::session_id())
        .with_keys(StaticKeys::from_jwks(&issuer.jwks())?)
        .with_authorized_parties([Issuer::FRONT_END]))
}

async fn serve(listener: TcpListener, verifier: Verifier) -> Result<(), tonic::transport::Error> {
    Server::builder()
        .layer(AuthLayer::new(verifier))
        .add_service(AccountServer::new(Shop))
        .serve_with_incoming_shutdown(TcpIncoming::from(listener), interrupted())
        .await
}

struct Shop;

#[tonic::async_trait]
impl Account for Shop {
    async fn me(&self, request: Request<MeRequest>) -> Result<Response<MeReply>, Status> {
        let auth = session(request.extensions())?;
        Ok(Response::new(MeReply {
            user_id: auth.user_id.to_string(),
            actor: auth.actor.as_ref().map(|actor| Actor {
                subject: actor.subject.to_string(),
                issuer: actor.issuer.to_string(),
                agent: actor.kind == ActorKind::Agent,
            }),
        }))
    }

    async fn change_password(
        &self,
        request: Request<ChangePasswordRequest>,
    ) -> Result<Response<ChangePasswordReply>, Status> {
        let direct = session(request.extensions())?
            .require_direct()
            .map_err(|error| refusal(&error))?;
        Ok(Response::new(store_password(&direct)))
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<Event, Status>> + Send>>;

    async fn watch(
        &self,
        request: Request<WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let auth = session(request.extensions())?;
        let ticks = stream::unfold(
            interval(Duration::from_secs(1)),
            |mut interval| async move {
                interval.tick().await;
                let text = "tick".to_owned();
                Some((Ok(Event { text }), interval))
            },
        );
        // A status ends the stream.
        let over = stream::once(over(auth.clone())).map(Err);
        Ok(Response::new(stream::select(ticks, over).boxed()))
    }
}

/// No RPC, job or service can call this for an impersonated request: there is no `Direct` to call it with.
fn store_password(who: &Direct) -> ChangePasswordReply {
    ChangePasswordReply {
        user_id: who.user_id.to_string(),
    }
}

/// What the layer left: it lets no request through without.
fn session(extensions: &Extensions) -> Result<&Auth, Status> {
    extensions
        .get::<Auth>()
        .ok_or_else(|| Status::internal("no AuthLayer stands around the service"))
}

fn refusal(error: &actas::Error) -> Status {
    let refusal = error.refusal();
    let code = Code::from(i32::from(refusal.grpc_status()));
    Status::new(code, refusal.grpc_message())
}

/// What outlives its request ends with the session, or with the server.
async fn over(auth: Auth) -> Status {
    tokio::select! {
        () = auth.ended() => Status::unauthenticated("the session has ended"),
        () = interrupted() => Status::unavailable("the server is going down"),
    }
}

async fn interrupted() {
    _ = tokio::signal::ctrl_c().await;
}
