fn main() {}

fn become_somebody_else(mut auth: actas::Auth, other: &actas::Auth) {
    auth.user_id = other.user_id.clone();
}
