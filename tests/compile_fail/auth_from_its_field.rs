use std::sync::Arc;

fn main() {}

fn forge(session: actas::Session) -> actas::Auth {
    actas::Auth {
        session: Arc::new(session),
        record: None,
    }
}
