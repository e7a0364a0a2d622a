fn main() {}

fn delete_account(_who: &actas::Direct) {}

fn handler(auth: &actas::Auth) {
    delete_account(auth);
}
