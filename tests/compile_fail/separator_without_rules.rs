fn main() {}

fn blind() -> actas::Separator {
    actas::Separator { rules: Vec::new() }
}
