use crate::command::{Answer, Folder, actas};
use crate::log::Log;

fn run(args: &[&str]) -> Answer {
    Answer::of(&actas().args(args).output().unwrap())
}

#[test]
fn help_has_examples_and_exit_codes() {
    let all = "  0  the record holds, the token is accepted, what was asked is done\n  1  it does not hold, or is refused\n";
    let audit = "  0  the record holds, what was asked is done\n  1  it does not hold\n";
    let record = "  0  the record holds\n  1  it does not hold\n";
    let done = "  0  done\n  2  the command";
    for (args, codes) in [
        (&["--help"][..], all),
        (&["audit", "--help"], audit),
        (&["audit", "verify", "--help"], record),
        (&["audit", "export", "--help"], done),
        (&["audit", "receipt", "--help"], done),
        (&["audit", "prune", "--help"], done),
        (&["help"], all),
    ] {
        let answer = run(args);
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{args:?}");
        let codes = format!("\nExit codes:\n{codes}");
        assert!(answer.out.contains(&codes), "{args:?}");
    }
    let answer = run(&["audit", "verify", "--help"]);
    assert!(
        answer.out.contains(
            "\nExamples:\n  actas audit verify record.jsonl --public-key audit.pub.pem\n"
        )
    );
    assert_eq!(
        run(&["--version"]).out,
        format!("actas {}\n", env!("CARGO_PKG_VERSION"))
    );
}

/// Every command in the help is one.
#[test]
fn examples_are_understood() {
    for (command, least) in [("verify", 3), ("export", 2), ("receipt", 1), ("prune", 2)] {
        let help = run(&["audit", command, "--help"]).out;
        let examples = help
            .lines()
            .filter_map(|line| line.strip_prefix("  actas "));
        // Where the output goes is for the shell.
        let examples: Vec<Vec<&str>> = examples
            .map(|line| {
                let words = line.split_whitespace();
                words.take_while(|word| *word != ">").collect()
            })
            .collect();
        assert!(examples.len() >= least, "{help}");
        for example in examples {
            // The files are not there: understood, and not read.
            assert_eq!(run(&example).code, 3, "{example:?}");
        }
    }
}

#[test]
fn a_wrong_use_is_2() {
    let log = Log::new();
    let folder = Folder::new(&log);
    folder.write("record.jsonl", log.export());
    folder.write("private.pem", log.key.to_pem().unwrap().as_bytes());
    for args in [
        &[][..],
        &["audit"],
        &["audit", "verify"],
        &["audit", "verify", "a", "b"],
        &["audit", "verify", "a", "--key"],
    ] {
        let answer = run(args);
        assert_eq!((answer.code, answer.out.as_str()), (2, ""), "{args:?}");
        assert!(!answer.err.is_empty());
    }
    for anchor in ["", "17", "0:00", "imp_1:1:00"] {
        assert_eq!(
            folder.verify(["record.jsonl", "--anchor", anchor]).code,
            2,
            "{anchor}"
        );
    }
    for (key, problem) in [
        (
            "record.jsonl",
            "the public key record.jsonl: the text is no PEM document BEGIN PUBLIC KEY",
        ),
        (
            "private.pem",
            "the public key private.pem: the key is a private one: give the public key alone",
        ),
        (
            "-----BEGIN",
            "the public key given: the text is no PEM document BEGIN PUBLIC KEY",
        ),
    ] {
        let answer = folder.verify(["record.jsonl", "--public-key", key]);
        assert_eq!(
            (answer.code, answer.err),
            (2, format!("actas: {problem}\n"))
        );
    }
}

#[test]
fn what_cannot_be_read_is_3() {
    let log = Log::new();
    let folder = Folder::new(&log);
    folder.write("empty", "");
    folder.write("other", "SQLite format 3\0, and no more of it");
    folder.write("long", format!("{}{}", log.export(), "x".repeat(2 << 20)));
    folder.write(
        "later",
        log.export()
            .replacen("\"actas_audit_export\":1", "\"actas_audit_export\":2", 1),
    );
    for (file, problem) in [
        ("missing", "No such file"),
        (".", "directory"),
        ("empty", "neither an export nor a receipt"),
        ("other", "file is not a database"),
        ("long", "line 3 is longer than 1 MiB"),
        ("later", "of version 2, which is not known"),
    ] {
        let answer = folder.verify([file]);
        assert_eq!((answer.code, answer.out.as_str()), (3, ""), "{answer:?}");
        assert!(
            answer.err.starts_with(&format!("actas: {file}: ")) && answer.err.contains(problem),
            "{answer:?}"
        );
        let answer = folder.verify([file, "--json"]);
        assert_eq!(answer.code, 3);
        let value = answer.json();
        assert!(
            value["holds"].is_null() && value["error"].as_str().unwrap().contains(problem),
            "{value}"
        );
    }
    let answer = folder.verify(["other", "--public-key", "missing.pem"]);
    assert_eq!(answer.code, 3);
    assert!(
        answer
            .err
            .starts_with("actas: the public key missing.pem: "),
        "{answer:?}"
    );
}

/// Whoever reads the answer may stop reading it.
#[test]
fn a_closed_output_changes_nothing() {
    let log = Log::new();
    let folder = Folder::new(&log);
    let path = folder.write("record.jsonl", log.export());
    for (file, code) in [(path.clone(), 0), (path.with_file_name("missing"), 3)] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let errors = writer.try_clone().unwrap();
        let status = actas()
            .args(["audit", "verify"])
            .arg(file)
            .stdout(writer)
            .stderr(errors)
            .status();
        assert_eq!(status.unwrap().code(), Some(code));
    }
}
