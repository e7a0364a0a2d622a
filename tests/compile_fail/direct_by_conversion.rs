fn main() {}

fn forge(auth: actas::Auth) -> actas::Direct {
    auth.into()
}
