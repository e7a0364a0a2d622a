fn main() {}

fn in_axum(auth: actas::Auth) -> actas::axum::Direct {
    actas::axum::Direct(auth)
}

fn in_actix(auth: actas::Auth) -> actas::actix::Direct {
    actas::actix::Direct(auth)
}
