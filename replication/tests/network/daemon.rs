//! What `ledgerd` does not start with: each named on standard error, with its exit code.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::testnet::{Testnet, program};

#[test]
fn a_node_starts_with_no_wrong_configuration_and_no_open_keys() {
    let network = Testnet::init(1);
    let config = network.path().join("node0/ledgerd.toml");
    let good = fs::read_to_string(&config).unwrap();
    let start = |text: &str| {
        fs::write(&config, text).unwrap();
        let output = Command::new(program("ledgerd"))
            .arg("--config")
            .arg(&config)
            .output();
        let output = output.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), said)
    };
    let (code, said) = start(&format!("{good}colour = 1\n"));
    assert_eq!(code, Some(2));
    assert!(
        said.contains("node0/ledgerd.toml:7:") && said.contains("`colour`"),
        "{said}"
    );
    let stranger = good.replace("\"node0\"", "\"node9\"");
    let (code, said) = start(&stranger);
    assert_eq!(code, Some(2));
    assert!(said.contains("no node node9"), "{said}");
    let listening = "listen = \"127.0.0.1:0\"\n[http]\nlisten = \"127.0.0.1:0\"\n";
    let (code, said) = start(&format!("{stranger}{listening}"));
    assert_eq!(code, Some(2));
    assert!(said.contains("no node node9"), "{said}");
    let swapped = good.replace("voting.key", "identity.key");
    let (code, said) = start(&swapped);
    assert_eq!(code, Some(2));
    assert!(said.contains("keys of node0 are not those"), "{said}");

    let key = network.path().join("node0/voting.key");
    let secret = fs::read_to_string(&key).unwrap();
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    let (code, said) = start(&good);
    assert_eq!(code, Some(2));
    assert!(said.contains("voting.key is of mode 0644"), "{said}");
    assert!(!said.contains(secret.trim()));
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();

    // A second process on the same store is kept out of it.
    network.testnet("start").exit(0);
    let (code, said) = start(&format!("{good}{listening}"));
    assert_eq!(code, Some(11), "{said}");
    network.stop_and_verify();
    let log = fs::read_to_string(network.path().join("node0/log")).unwrap();
    assert!(log.contains("\"message\":\"stopped\""), "{log}");
    assert!(!log.contains(secret.trim()));
}
