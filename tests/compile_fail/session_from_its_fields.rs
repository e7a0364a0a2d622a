fn main() {}

fn forge(of: &actas::Session) -> actas::Session {
    actas::Session {
        user_id: of.user_id.clone(),
        actor: None,
        issuer: of.issuer.clone(),
        session_id: None,
        authorized_party: None,
        expires_at: i64::MAX,
        issued_at: None,
    }
}
