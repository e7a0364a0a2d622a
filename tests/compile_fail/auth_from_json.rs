use serde::de::DeserializeOwned;

fn main() {}

fn read<T: DeserializeOwned>() {}

fn forge() {
    read::<actas::Auth>();
    read::<actas::Direct>();
}
