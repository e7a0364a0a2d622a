use actas::{ConfigError, StaticKeys, Verifier};

fn main() {}

fn build(keys: StaticKeys) -> Result<Verifier, ConfigError> {
    Verifier::builder("https://issuer.example").with_keys(keys).build()
}
