use actas::{ConfigError, Separator, Verifier};

fn main() {}

fn build() -> Result<Verifier, ConfigError> {
    Verifier::builder("https://issuer.example")
        .separated_by(Separator::session_id())
        .build()
}

fn of_a_profile() -> Result<Verifier, ConfigError> {
    Verifier::clerk("pk_test_Y2xlcmsuZXhhbXBsZS5jb20k")?.build()
}
