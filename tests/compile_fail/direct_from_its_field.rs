fn main() {}

fn forge(auth: actas::Auth) -> actas::Direct {
    actas::Direct(auth)
}
