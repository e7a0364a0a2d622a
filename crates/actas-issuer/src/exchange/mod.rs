//! Token exchange (RFC 8693).

// The order of the modules is that of their dependencies: each imports only modules above it.
mod error;
mod response;
mod form;
mod token_type;
mod clients;
mod credential;
mod target;
mod request;
mod subject;
mod endpoint;
mod builder;

pub use builder::ExchangeBuilder;
pub use clients::{ClientSecret, ClientSecretHash, ExchangeClient, NoClientSecretHash};
pub use endpoint::Exchange;
pub use response::ExchangeResponse;
pub use token_type::USER_ID_TOKEN_TYPE;
