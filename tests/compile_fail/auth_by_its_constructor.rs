fn main() {}

fn forge(session: actas::Session) -> actas::Auth {
    actas::Auth::new(session)
}
