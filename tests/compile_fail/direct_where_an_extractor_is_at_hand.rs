fn main() {}

fn delete_account(_who: &actas::Direct) {}

async fn in_axum(auth: actas::axum::Auth) {
    delete_account(&auth);
}

async fn in_actix(auth: actas::actix::Auth) {
    delete_account(&auth);
}
