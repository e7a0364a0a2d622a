fn main() {}

fn forge() -> actas::SignedOut {
    actas::SignedOut {}
}
