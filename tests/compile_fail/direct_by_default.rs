fn main() {}

fn forge() -> actas::Direct {
    actas::Direct::default()
}
