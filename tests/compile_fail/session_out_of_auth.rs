fn main() {}

fn move_out(auth: actas::Auth) -> actas::Session {
    *auth
}

fn copy(auth: &actas::Auth) -> actas::Session {
    actas::Session { actor: None, ..**auth }
}
