use crate::application::SECRET;
use crate::process::Folder;

const EXAMPLE: &str = include_str!("../../actas.toml");

/// Settings that hold.
const GOOD: &str = r#"issuer = "https://app.example.com/actas"
key_file = "issuer.keys"
[database]
sqlite = "actas.db"
[sessions]
clerk = "pk_test_Y2xlcmsuY2xlcmsuZGV2JA"
[users]
url = "https://app.example.com/users"
secret = { env = "USERS_SECRET" }
actor_roles = ["support"]
"#;

const ISSUER: &str = "issuer = \"https://app.example.com/actas\"";
const FILE: &str = "sqlite = \"actas.db\"";
const CLERK: &str = "clerk = \"pk_test_Y2xlcmsuY2xlcmsuZGV2JA\"";
const USERS: &str = r#"[users]
url = "https://app.example.com/users"
secret = { env = "USERS_SECRET" }
actor_roles = ["support"]
"#;

fn check(folder: &Folder, settings: &str, variables: &[(&str, &str)]) -> (i32, String) {
    folder.write("actas.toml", settings);
    let mut command = folder.command(&["serve", "--config", "actas.toml", "--check"]);
    command.envs(variables.iter().copied());
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(said).unwrap(),
    )
}

#[test]
fn the_example_holds() {
    let folder = Folder::new();
    let printed = folder.actas(&["serve", "--example"]);
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), EXAMPLE);
    let checked = check(&folder, EXAMPLE, &[]);
    assert_eq!(checked, (0, "the settings hold\n".to_owned()));
    assert!(!folder.path("actas.db").exists(), "nothing is made");
}

/// Every setting that there is stands in the example, and every one that stands there is a setting.
#[test]
fn the_example_has_all_settings() {
    let folder = Folder::new();
    for table in [
        "",
        "[database]",
        "[sessions]",
        "[tokens]",
        "[users]",
        "[start]",
        "[start.who]",
        "[approve]",
        "[terms]",
        "[exchange]",
        "[[exchange.clients]]",
    ] {
        let (_, said) = check(&folder, &format!("{table}\nnone = 1"), &[]);
        let (_, names) = said.split_once("unknown field `none`, expected ").unwrap();
        let names = names.split('`').skip(1).step_by(2);
        for name in names {
            let stands = EXAMPLE.lines().any(|line| {
                let line = line.trim_start_matches(['#', ' ', '[']);
                line.split([' ', '=', ']', '.']).next() == Some(name)
            });
            assert!(
                stands
                    || EXAMPLE.contains(&format!("{name} = "))
                    || EXAMPLE.contains(&format!(".{name}]]")),
                "{table} {name}"
            );
        }
    }
    let all: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(setting) if is_setting(setting) => format!("{setting}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let (code, said) = check(&folder, &all, &[]);
    assert_eq!(code, 2);
    assert!(
        said.contains("sessions: "),
        "all are understood, and two exclude each other: {said}"
    );
}

fn is_setting(line: &str) -> bool {
    let name = line.split(" = ").next().unwrap_or_default();
    line.starts_with("[[")
        || (line.contains(" = ")
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
}

/// What is put in place of what in the settings, or after them, and what is said of it.
const WRONG: &[(&str, &str, &str)] = &[
    (
        "issuer = ",
        "lisen = 1\nissuer = ",
        "actas.toml:1:1: unknown field `lisen`",
    ),
    ("", "role = []", "actas.toml:11:1: unknown field `role`"),
    (
        "issuer = ",
        "listen = \"here\"\nissuer = ",
        "actas.toml:1:10: ",
    ),
    (
        "issuer = ",
        "issuer = 1\nissuer = ",
        "actas.toml:2:1: duplicate key",
    ),
    (
        FILE,
        "postgres = \"postgres://app:hunter2hunter2@db.example/app\"",
        "actas.toml:4:12: a secret stands elsewhere",
    ),
    (
        FILE,
        "postgres = { env = \"NONE\" }",
        "database.postgres: the variable NONE is not set",
    ),
    (FILE, "", "database: say where the record is kept"),
    (
        FILE,
        "sqlite = \"a\"\npostgres = { env = \"USERS_SECRET\" }",
        "database: say where",
    ),
    (
        FILE,
        "postgres = { env = \"USERS_SECRET\" }",
        "database.audit_key_file: name the file",
    ),
    (
        ISSUER,
        "",
        "issuer: it must be set, in the file or by ACTAS__ISSUER",
    ),
    (
        "https://app.example.com/actas",
        "http://app.example.com",
        "issuer: ",
    ),
    (
        "https://app.example.com/actas",
        "https://clerk.clerk.dev",
        "issuer: it is the issuer of the application's own sessions",
    ),
    ("pk_test_", "pk_", "sessions: "),
    (
        CLERK,
        "clerk = \"pk_test_Y2xlcmsuY2xlcmsuZGV2JA\"\ntyp = \"JWT\"",
        "leave them out",
    ),
    (
        CLERK,
        "issuer = \"https://a.example\"",
        "every token of the issuer would pass",
    ),
    ("actor_roles = [\"support\"]", "", "users.actor_roles: say"),
    (
        "url = \"https",
        "url = \"http",
        "users.url: give an https URL",
    ),
    (
        "app.example.com/users",
        "a:hunter2hunter2@app.example.com/users",
        "users.url: give an https URL",
    ),
    (
        "",
        "[list]\nroles = [\"admin\"]",
        "list: roles and permissions are those of one organisation",
    ),
    (
        "",
        "[list]\norganization = \"org_1\"",
        "list: of the organisation, say who",
    ),
    (
        "",
        "[list]\nclaims = { groups = [\"a\"] }",
        "list.claims: \"groups\" is no JSON pointer",
    ),
    (
        "",
        "[start]\ninsecure_any_user = true",
        "start.insecure_any_user: the directory",
    ),
    (
        USERS,
        "[start]\nwho = { users = [\"a\"] }",
        "start: without a directory",
    ),
    (
        USERS,
        "[start]\ninsecure_any_user = true",
        "start.who: say who",
    ),
    (
        "",
        "[terms]\napproval = true",
        "terms.approval: nobody may approve",
    ),
    ("", "[terms]\nticket_seconds = 61", "lifetime of a ticket"),
    (
        "",
        "[[exchange.clients]]\nid = \"a\"\nsecret_hash = { env = \"USERS_SECRET\" }",
        "64 lower-case hexadecimal digits",
    ),
    (
        "issuer = ",
        "trusted_proxies = [\"here\"]\nissuer = ",
        "trusted proxy",
    ),
    (
        "issuer = ",
        "published_keys = \"http://a.example\"\nissuer = ",
        "published_keys: give an https URL",
    ),
];

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let folder = Folder::new();
    for (part, by, said) in WRONG {
        let settings = match *part {
            "" => format!("{GOOD}{by}"),
            part => GOOD.replacen(part, by, 1),
        };
        assert_ne!(settings, GOOD, "{said}");
        let (code, message) = check(&folder, &settings, &[]);
        assert_eq!(code, 2, "{said}: {message}");
        assert!(
            message.starts_with("actas: ") && message.contains(said),
            "{said}: {message}"
        );
        assert_eq!(message.lines().count(), 1, "{message}");
        for secret in [SECRET, "hunter2hunter2"] {
            assert!(!message.contains(secret), "{message}");
        }
    }
    let (code, message) = check(&folder, &GOOD.replace("issuer.keys", "none.keys"), &[]);
    assert_eq!(code, 3, "{message}");
    assert!(
        message.contains("`actas keys generate none.keys` makes one"),
        "{message}"
    );
}

#[test]
fn the_environment_has_precedence() {
    let folder = Folder::new();
    let holds = (0, "the settings hold\n".to_owned());
    assert_eq!(check(&folder, GOOD, &[]), holds);
    let wrong = GOOD.replace("https://app.example.com/actas", "ftp://x");
    let issuer = ("ACTAS__ISSUER", "https://app.example.com/actas");
    assert_eq!(check(&folder, &wrong, &[issuer]), holds);
    for (variable, value, said) in [
        (
            "ACTAS__LISEN",
            "a",
            "the variable ACTAS__LISEN: unknown field `lisen`",
        ),
        ("ACTAS__LISTEN", "here", "the variable ACTAS__LISTEN: "),
        (
            "ACTAS__TERMS__STARTS_PER_HOUR",
            "many",
            "the variable ACTAS__TERMS__STARTS_PER_HOUR: ",
        ),
        (
            "ACTAS__TERMS__STARTS_PER_HOUR",
            "0",
            "number of starts in an hour",
        ),
        (
            "ACTAS__USERS__SECRET",
            "hunter2hunter2",
            "the variable ACTAS__USERS__SECRET: a secret stands elsewhere",
        ),
    ] {
        let (code, message) = check(&folder, GOOD, &[(variable, value)]);
        assert!(
            (2..=3).contains(&code) && message.contains(said),
            "{said}: {message}"
        );
        assert!(!message.contains("hunter2hunter2"), "{message}");
    }
    // What Kubernetes sets for a service of the name is no setting.
    assert_eq!(
        check(&folder, GOOD, &[("ACTAS_PORT", "tcp://10.0.0.1:80")]),
        holds
    );
}

#[test]
fn a_secret_may_be_in_a_file() {
    let folder = Folder::new();
    folder.write("secret", &format!("{SECRET}\n"));
    let settings = GOOD.replace("{ env = \"USERS_SECRET\" }", "{ file = \"secret\" }");
    assert_eq!(check(&folder, &settings, &[]).0, 0);
    folder.write("secret", "\n");
    assert!(
        check(&folder, &settings, &[])
            .1
            .contains("users.secret: the secret is empty")
    );
}
