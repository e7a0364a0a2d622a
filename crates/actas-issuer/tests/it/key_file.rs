use std::fs;
use std::time::Duration;

use actas_core::ErrorKind;
use actas_issuer::{Issuer, KeyError, KeyFile, SigningAlgorithm, SigningKey};
use tempfile::TempDir;

use crate::support::{HOUR, Hands, NOW, kid, mint, refused};

fn file(folder: &TempDir) -> KeyFile {
    KeyFile::open_or_create(folder.path().join("issuer.keys"), SigningAlgorithm::EdDsa).unwrap()
}

fn issuer(file: &KeyFile, clock: &Hands) -> Issuer {
    Issuer::new("https://app.example.com", file.clone())
        .and_then(|issuer| issuer.with_clock(clock.clone()))
        .unwrap()
}

#[test]
fn a_file_is_made_once_for_every_algorithm() {
    for algorithm in SigningAlgorithm::ALL {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("issuer.keys");
        assert!(matches!(KeyFile::open(&path), Err(KeyError::File { .. })));
        let clock = Hands::at(NOW);
        let made = KeyFile::open_or_create(&path, algorithm).unwrap();
        let token = mint(&issuer(&made, &clock));
        let found = KeyFile::open_or_create(&path, SigningAlgorithm::Es256).unwrap();
        let verifier = issuer(&found, &clock).verifier().unwrap();
        assert_eq!(refused(&verifier, &token), None);
        let text = fs::read_to_string(&path).unwrap();
        made.rotate(NOW).unwrap();
        KeyFile::open(&path).unwrap();
        assert_ne!(fs::read_to_string(&path).unwrap(), text);
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["issuer.keys", "issuer.keys.lock"]);
    }
}

#[test]
fn a_file_that_is_there_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("issuer.keys");
    let key = || SigningKey::generate(SigningAlgorithm::EdDsa).unwrap();
    let own = key();
    let kid = own.kid().to_owned();
    let made = KeyFile::create(&path, own).unwrap();
    assert!(made.key_set(NOW).unwrap().json().contains(&kid));
    let text = fs::read(&path).unwrap();

    let other = folder.path().join("notes.txt");
    fs::write(&other, "notes").unwrap();
    let link = folder.path().join("link.keys");
    #[cfg(unix)]
    std::os::unix::fs::symlink("nothing", &link).unwrap();
    #[cfg(not(unix))]
    fs::create_dir(&link).unwrap();
    for taken in [&path, &other, &link] {
        match KeyFile::create(taken, key()) {
            Err(KeyError::File { error, .. }) => {
                assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(fs::read(&path).unwrap(), text);
    assert_eq!(fs::read(&other).unwrap(), b"notes");
    assert!(!folder.path().join("notes.txt.lock").exists());
}

#[test]
fn a_key_set_is_that_of_a_running_issuer() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, file) = (Hands::at(NOW), file(&folder));
    let issuer = issuer(&file, &clock);
    let first = kid(&mint(&issuer));
    file.rotate(NOW).unwrap();
    for now in [NOW, NOW + 48 * HOUR] {
        clock.set(now);
        assert_eq!(file.key_set(now).unwrap(), issuer.key_set().unwrap());
    }
    assert!(!issuer.key_set().unwrap().json().contains(&first));
}

#[test]
fn several_that_start_together_have_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let kids: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| kid(&mint(&issuer(&file(&folder), &Hands::at(NOW))))))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(kids.iter().all(|kid| *kid == kids[0]), "{kids:?}");
}

#[cfg(unix)]
#[test]
fn others_may_not_read_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let made = file(&folder);
    let found_mode = || fs::metadata(made.path()).unwrap().permissions().mode() & 0o7777;
    assert_eq!(found_mode(), 0o600);
    made.rotate(NOW).unwrap();
    assert_eq!(found_mode(), 0o600);
    for (mode, is_good) in [
        (0o400, true),
        (0o640, false),
        (0o604, false),
        (0o620, false),
        (0o610, false),
    ] {
        fs::set_permissions(made.path(), fs::Permissions::from_mode(mode)).unwrap();
        for opened in [
            KeyFile::open(made.path()),
            KeyFile::open_or_create(made.path(), SigningAlgorithm::EdDsa),
            made.rotate(NOW + HOUR).map(|_| made.clone()),
        ] {
            match opened {
                Ok(_) => assert!(is_good, "{mode:o}"),
                Err(KeyError::Mode { mode: found, .. }) => {
                    assert_eq!((is_good, found), (false, mode));
                }
                Err(error) => panic!("{error}"),
            }
            if is_good {
                // A rotation made a file of mode 0600.
                fs::set_permissions(made.path(), fs::Permissions::from_mode(mode)).unwrap();
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn what_an_ended_process_left_behind_is_not_written_to() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let made = file(&folder);
    let left = folder.path().join("issuer.keys.new");
    fs::write(&left, "half of").unwrap();
    fs::set_permissions(&left, fs::Permissions::from_mode(0o666)).unwrap();
    let mut others = fs::File::open(&left).unwrap();
    made.rotate(NOW).unwrap();
    assert!(!left.exists());
    let found = fs::metadata(made.path()).unwrap().permissions().mode() & 0o7777;
    assert_eq!(found, 0o600);
    // Who has the old one open sees no key.
    assert_eq!(std::io::read_to_string(&mut others).unwrap(), "half of");
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let made = file(&folder);
    let link = folder.path().join("link.keys");
    std::os::unix::fs::symlink("issuer.keys", &link).unwrap();
    let before = fs::read_to_string(made.path()).unwrap();
    KeyFile::open(&link).unwrap().rotate(NOW).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_ne!(fs::read_to_string(made.path()).unwrap(), before);
}

#[test]
fn a_file_that_is_no_key_file_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let made = file(&folder);
    let good = fs::read_to_string(made.path()).unwrap();
    for text in [
        "",
        "no keys",
        "{}",
        r#"{"version":1,"keys":[]}"#,
        &good.replace(r#""version":1"#, r#""version":2"#),
        &good.replace(r#""version":1"#, r#""version":1,"more":0"#),
        &good.replace(r#""signs_from":0"#, r#""signs_from":-1"#),
        &good.replace(r#","signs_from":0"#, ""),
        &good[..good.len() / 2],
        &good.replace(r#""d":"#, r#""e":"#),
    ] {
        fs::write(made.path(), text).unwrap();
        for refused in [
            KeyFile::open(made.path()).map(|_| ()),
            KeyFile::open_or_create(made.path(), SigningAlgorithm::EdDsa).map(|_| ()),
            made.rotate(NOW).map(|_| ()),
        ] {
            assert!(matches!(refused, Err(KeyError::Unusable { .. })), "{text}");
        }
        assert_eq!(fs::read_to_string(made.path()).unwrap(), text);
    }
}

#[test]
fn earlier_tokens_stay_valid_until_they_end() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, file) = (Hands::at(NOW), file(&folder));
    let issuer = issuer(&file, &clock);
    let verifier = issuer.verifier().unwrap();
    let day = actas_issuer::MAX_TOKEN_SECONDS;
    let long = crate::support::claims().with_lifetime(Duration::from_secs(day));
    let first = issuer.mint(&long).unwrap();

    let rotation = file.rotate(NOW).unwrap();
    assert_eq!(rotation.signs_from, NOW + 300);
    assert_ne!(rotation.kid, kid(&first));
    // Published at once, and not signing yet; a second rotation changes nothing.
    assert_eq!(file.rotate(NOW + 299).unwrap(), rotation);
    assert!(issuer.key_set().unwrap().json().contains(&rotation.kid));
    clock.set(NOW + 299);
    let last = issuer.mint(&long).unwrap();
    assert_eq!(kid(&last), kid(&first));
    clock.set(NOW + 300);
    let new = issuer.mint(&long).unwrap();
    assert_eq!(kid(&new), rotation.kid);

    clock.set(NOW + 299 + day);
    for token in [&last, &new] {
        assert_eq!(refused(&verifier, token), None);
    }
    assert_eq!(refused(&verifier, &first), Some(ErrorKind::Expired));
    // The key itself has ended when no verifier takes its last token.
    clock.set(NOW + 299 + day + 300);
    assert!(issuer.key_set().unwrap().json().contains(&kid(&first)));
    clock.set(NOW + 300 + day + 360);
    assert!(!issuer.key_set().unwrap().json().contains(&kid(&first)));
    assert_eq!(refused(&verifier, &last), Some(ErrorKind::UnknownKey));
    // And leaves the file with the next rotation.
    file.rotate(NOW + 300 + day + 360).unwrap();
    assert!(
        !fs::read_to_string(file.path())
            .unwrap()
            .contains(&kid(&first))
    );
}

#[test]
fn another_node_takes_a_rotated_key_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Hands::at(NOW);
    let at_once = file(&folder).with_publish_ahead(Duration::ZERO);
    let (one, other) = (issuer(&at_once, &clock), issuer(&at_once, &clock));
    let verifier = other.verifier().unwrap();
    let before = mint(&one);
    assert_eq!(refused(&verifier, &before), None);
    // Within the same second, in which the file was looked at.
    let rotation = at_once.rotate(NOW).unwrap();
    assert_eq!(rotation.signs_from, NOW);
    let after = mint(&one);
    assert_eq!(kid(&after), rotation.kid);
    assert_eq!(refused(&verifier, &after), None);
    assert_eq!(refused(&verifier, &before), None);
}

#[test]
fn a_key_of_another_algorithm_is_rotated_in() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, file) = (Hands::at(NOW), file(&folder));
    let issuer = issuer(&file, &clock);
    let before = mint(&issuer);
    let key = SigningKey::generate(SigningAlgorithm::Es256).unwrap();
    let twin = SigningKey::from_jwk(&key.to_private_jwk().unwrap()).unwrap();
    let rotation = file.rotate_to(key, NOW).unwrap();
    assert!(matches!(
        file.rotate_to(twin, NOW),
        Err(KeyError::Duplicate)
    ));
    clock.set(rotation.signs_from);
    let after = mint(&issuer);
    assert_eq!(kid(&after), rotation.kid);
    for token in [&before, &after] {
        assert_eq!(refused(&issuer.verifier().unwrap(), token), None);
    }
}

#[test]
fn a_key_that_is_removed_ends_with_its_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, file) = (Hands::at(NOW), file(&folder));
    let issuer = issuer(&file, &clock);
    let verifier = issuer.verifier().unwrap();
    let token = mint(&issuer);
    // Remembered by the verifier, too.
    assert_eq!(refused(&verifier, &token), None);
    assert!(matches!(file.remove("other", NOW), Err(KeyError::Unknown)));
    file.remove(&kid(&token), NOW).unwrap();
    clock.set(NOW + 1);
    assert_eq!(refused(&verifier, &token), Some(ErrorKind::UnknownKey));
    let next = mint(&issuer);
    assert_ne!(kid(&next), kid(&token));
    assert_eq!(refused(&verifier, &next), None);
}

#[test]
fn an_issuer_goes_on_while_its_file_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, file) = (Hands::at(NOW), file(&folder));
    let issuer = issuer(&file, &clock);
    let verifier = issuer.verifier().unwrap();
    let text = fs::read_to_string(file.path()).unwrap();
    for change in [None, Some("no keys")] {
        match change {
            None => fs::remove_file(file.path()).unwrap(),
            Some(text) => fs::write(file.path(), text).unwrap(),
        }
        clock.set(NOW + 1);
        assert_eq!(refused(&verifier, &mint(&issuer)), None);
    }
    assert!(KeyFile::open(file.path()).is_err());
    fs::write(file.path(), text).unwrap();
    let rotation = issuer_rotation(&file);
    clock.set(rotation + 1);
    assert_eq!(refused(&verifier, &mint(&issuer)), None);
}

/// When the next key of a file signs that was written by hand, and so by any mode.
fn issuer_rotation(file: &KeyFile) -> u64 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o600)).unwrap();
    }
    file.rotate(NOW + 1).unwrap().signs_from
}
