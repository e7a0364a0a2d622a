fn main() {}

fn forge() -> actas::Auth {
    actas::Auth::default()
}
