use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What the script `script` in `npm/` answers to `question`, or `None` where node or what the script needs is not installed.
pub(crate) async fn ask(script: &'static str, question: Value) -> Option<Value> {
    // The script asks a server of this runtime.
    let answer = tokio::task::spawn_blocking(move || run(script, &question));
    answer.await.unwrap()
}

fn run(script: &str, question: &Value) -> Option<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("npm");
    if !folder.join("node_modules").is_dir() {
        return missing("the packages of tests/npm are not installed (npm ci)");
    }
    let process = Command::new("node")
        .arg(script)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut process = match process {
        Ok(process) => process,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return missing("node is not installed");
        }
        Err(error) => panic!("node: {error}"),
    };
    let mut input = process.stdin.take().unwrap();
    input.write_all(question.to_string().as_bytes()).unwrap();
    drop(input);
    let output = process.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {said}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn missing(what: &str) -> Option<Value> {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{what}");
    eprintln!("{what}: this test shows nothing");
    None
}
