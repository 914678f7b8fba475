use super::*;
use std::fs;

fn load(
    file: Option<&str>,
    environment: &[(&str, &str)],
    flags: &[(&'static str, &str)],
) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("claviger.toml");
    if let Some(text) = file {
        fs::write(&path, text).unwrap();
    }
    let variables: HashMap<_, _> = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let flags = flags
        .iter()
        .map(|(key, text)| (*key, (*text).to_owned()))
        .collect();
    let place = format!("{}/", folder.path().display());
    Config::load(
        file.map(|_| path.as_path()),
        &|name| variables.get(name).cloned(),
        flags,
    )
    .map_err(|error| error.to_string().replace(&place, ""))
}

#[test]
fn later_layers_win_key_by_key() {
    let file = "listen = \"127.0.0.1:1\"\nregion = \"eu-west-1\"\nmax-connections = 1_0\nephemeral = true\n";
    let environment = [
        ("CLAVIGER_LISTEN", "127.0.0.1:2"),
        ("CLAVIGER_MAX_CONNECTIONS", "20"),
    ];
    let config = load(Some(file), &environment, &[("listen", "localhost:3")]).unwrap();
    assert_eq!(config.listen.port(), 3);
    assert_eq!(config.max_connections, 20);
    assert_eq!(config.region, "eu-west-1");
    assert!(config.ephemeral);
    assert_eq!(config.data, PathBuf::from("claviger-data"));
}

#[test]
fn the_environment_names_a_file_and_a_flag_names_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.toml");
    fs::write(&path, "region = \"eu-north-1\"").unwrap();
    let name = path.to_str().unwrap();
    let config = load(None, &[("CLAVIGER_CONFIG", name)], &[]).unwrap();
    assert_eq!(config.region, "eu-north-1");
    let config = load(
        Some("region = \"ap-south-1\""),
        &[("CLAVIGER_CONFIG", name)],
        &[],
    )
    .unwrap();
    assert_eq!(config.region, "ap-south-1");
}

#[test]
fn mistakes_say_where_they_are() {
    let cases = [
        (
            load(Some("\n\nlistn = \"x\"\n"), &[], &[]),
            "claviger.toml:3: unknown key 'listn', did you mean 'listen'?",
        ),
        (
            load(Some("[server]\nport = 1\n"), &[], &[]),
            "claviger.toml:1: unknown key 'server'",
        ),
        (
            load(Some("dev = [1]\n"), &[], &[]),
            "claviger.toml:1: dev: a text, a number, true or false is expected",
        ),
        (
            load(Some("region = \"x\"\n"), &[], &[]),
            "claviger.toml:1: region: 'x' is not a region, such as us-east-1",
        ),
        (
            load(None, &[("CLAVIGER_DEV", "maybe")], &[]),
            "environment variable CLAVIGER_DEV: dev: 'maybe' is neither true nor false",
        ),
        (
            load(None, &[], &[("account", "12")]),
            "flag --account: account: '12' is not an account id of 12 digits",
        ),
        (
            load(None, &[], &[("max-body", "1")]),
            "flag --max-body: max-body: '1' is not a number from 16384 to 268435456",
        ),
        (
            load(None, &[("CLAVIGER_ROOT_ACCESS_KEY_ID", "AKIA")], &[]),
            "environment variable CLAVIGER_ROOT_ACCESS_KEY_ID: CLAVIGER_ROOT_SECRET_ACCESS_KEY is not set: \
             an access key needs both",
        ),
    ];
    for (outcome, expected) in cases {
        assert_eq!(outcome.unwrap_err(), expected);
    }
    let syntax = load(Some("region = \"eu-west-1\"\ndata = \n"), &[], &[]).unwrap_err();
    assert!(syntax.starts_with("claviger.toml:2: "), "{syntax}");
}

#[test]
fn open_doors_stay_on_loopback() {
    let refused = |flags: &[(&'static str, &str)]| load(None, &[], flags).unwrap_err();
    assert_eq!(
        refused(&[("dev", "true"), ("listen", "0.0.0.0:4566")]),
        "flag --listen: --dev accepts well-known credentials and refuses to listen on 0.0.0.0"
    );
    assert!(
        refused(&[("dev", "true"), ("listen", "[::]:4566")]).contains("refuses to listen on ::")
    );
    assert!(refused(&[("dev", "true"), ("listen", "10.0.0.1:4566")]).contains("refuses"));
    assert!(refused(&[("enforce", "soft"), ("listen", "0.0.0.0:4566")]).contains("denies nothing"));
    let file = "dev = true\nlisten = \"0.0.0.0:1\"\n";
    assert!(
        load(Some(file), &[], &[])
            .unwrap_err()
            .starts_with("claviger.toml:2: --dev")
    );
    for address in [
        "127.0.0.1:0",
        "127.9.9.9:0",
        "[::1]:0",
        "[::ffff:127.0.0.1]:0",
    ] {
        assert!(
            load(
                None,
                &[],
                &[("dev", "true"), ("enforce", "soft"), ("listen", address)]
            )
            .is_ok(),
            "{address}"
        );
    }
    assert!(load(None, &[], &[("listen", "0.0.0.0:4566")]).is_ok());
}

#[test]
fn tls_needs_both_files() {
    assert!(
        load(None, &[], &[("tls-cert", "a")])
            .unwrap_err()
            .contains("set tls-key")
    );
    assert!(
        load(None, &[], &[("tls-key", "a")])
            .unwrap_err()
            .contains("set tls-cert")
    );
    assert!(
        load(None, &[], &[("tls-key", "a"), ("tls-cert", "b")])
            .unwrap()
            .tls()
            .is_some()
    );
}

#[test]
fn developer_keys_are_read_for_dev_only() {
    let keys = [
        ("AWS_ACCESS_KEY_ID", "me"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ];
    assert!(load(None, &keys, &[]).unwrap().developer.is_none());
    assert_eq!(
        load(None, &keys, &[("dev", "true")])
            .unwrap()
            .developer
            .unwrap()
            .id,
        "me"
    );
}

#[test]
fn secrets_are_not_in_debug_output() {
    let keys = [
        ("CLAVIGER_ROOT_ACCESS_KEY_ID", "AKIAXXXXXXXXXXXXXXXX"),
        (
            "CLAVIGER_ROOT_SECRET_ACCESS_KEY",
            "hidden-secret-of-more-than-32-characters",
        ),
    ];
    let config = load(None, &keys, &[]).unwrap();
    assert!(!format!("{config:?}").contains("hidden-secret"));
}

#[test]
fn weak_root_keys_are_for_dev_only() {
    const ID: &str = "AKIAROOTROOTROOTROOT";
    const SECRET: &str = "a-secret-of-exactly-32-character";
    let with = |id: &str, secret: &str, flags: &[(&'static str, &str)]| {
        let keys = [
            ("CLAVIGER_ROOT_ACCESS_KEY_ID", id),
            ("CLAVIGER_ROOT_SECRET_ACCESS_KEY", secret),
        ];
        load(None, &keys, flags).map(drop)
    };
    assert_eq!(with(ID, SECRET, &[]), Ok(()));
    assert_eq!(
        with(ID, SECRET.trim_start_matches("a-"), &[]).unwrap_err(),
        "environment variable CLAVIGER_ROOT_SECRET_ACCESS_KEY: \
         a secret access key has at least 32 characters, else it can be guessed"
    );
    let long = "A".repeat(129);
    for id in [
        "AKIA",
        "AKIAROOTROOTROO",
        "akiarootrootrootroot",
        "AKIA ROOTROOTROOTROO",
        &long,
    ] {
        assert_eq!(
            with(id, SECRET, &[]).unwrap_err(),
            "environment variable CLAVIGER_ROOT_ACCESS_KEY_ID: \
             an access key id has 16 to 128 characters of A-Z and 0-9",
            "{id}"
        );
    }
    assert_eq!(with("root", "root", &[("dev", "true")]), Ok(()));
}

#[test]
fn slots_of_the_seal_are_named_in_their_order() {
    let config = load(None, &[("CLAVIGER_SEAL_SLOTS", "env, aws-kms-2,file")], &[]).unwrap();
    assert_eq!(config.seal.slots, ["env", "aws-kms-2", "file"]);
    for wrong in ["", "file,", "File", "a b"] {
        let refused = load(None, &[], &[("seal-slots", wrong)]).unwrap_err();
        assert!(refused.contains("is not a slot of the seal"), "{refused}");
    }
    let file = "seal-pin-file = \"/run/pin\"\nwait-for-unseal = true\n";
    let config = load(Some(file), &[], &[]).unwrap();
    assert_eq!(config.seal.pin, Some(PathBuf::from("/run/pin")));
    assert!(config.wait_for_unseal);
}
