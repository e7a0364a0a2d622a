fn main() {}

fn forge(of: &actas::Actor) -> actas::Actor {
    actas::Actor {
        subject: of.subject.clone(),
        issuer: of.issuer.clone(),
        session_id: None,
        kind: actas::ActorKind::Agent,
    }
}
