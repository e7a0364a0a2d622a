//! The npm package that actas-admin serves, by its own tests: the modules, their types, and an application of React that Vite
//! builds. They lie beside it, and `npm ci` there installs what they need.

#![expect(
    clippy::panic,
    reason = "a test that panics has failed, in a helper as well"
)]

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

/// What Vite asks for.
const OLDEST_NODE: (u32, u32) = (20, 19);

#[test]
fn the_modules_pass_their_own_tests() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/actas-admin/browser");
    let Some(version) = output(Command::new("node").arg("--version")) else {
        return missing("node is not installed");
    };
    if minor(&version).is_none_or(|version| version < OLDEST_NODE) {
        let (major, minor) = OLDEST_NODE;
        return missing(&format!("node is older than {major}.{minor}"));
    }
    if !package.join("node_modules").is_dir() {
        return missing("the packages of crates/actas-admin/browser are not installed (npm ci)");
    }
    if output(
        Command::new("npm")
            .args(["--silent", "test"])
            .current_dir(package),
    )
    .is_none()
    {
        missing("npm is not installed");
    }
}

/// What a command says, or `None` where it is not installed.
fn output(command: &mut Command) -> Option<String> {
    match command.output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{command:?}: {said}\n{errors}");
            Some(said)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => panic!("{command:?}: {error}"),
    }
}

/// `(20, 19)` of `v20.19.1`.
fn minor(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn missing(what: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{what}");
    eprintln!("{what}: this test shows nothing");
}
