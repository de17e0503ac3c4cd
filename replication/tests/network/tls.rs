//! Clients over TLS: who trusts the certificate is served, who does not is not, nor who speaks plainly.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::http::get;
use crate::testnet::Testnet;

#[test]
fn clients_are_served_over_tls() {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/network/tls");
    let certificate = files.join("cert.pem");
    let network = Testnet::init(1);
    let key = network.path().join("node0/tls.pem");
    fs::copy(files.join("key.pem"), &key).unwrap();
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    let file = network.path().join("node0/ledgerd.toml");
    let config = fs::read_to_string(&file).unwrap();
    let tls = format!("[http.tls]\ncertificates = {certificate:?}\nkey = {key:?}\n");
    fs::write(&file, config + &tls).unwrap();
    let (dir, ca) = (network.path(), certificate.to_str().unwrap());
    let dir = dir.to_str().unwrap();
    network.ctl(&["--ca", ca, "testnet", "start", dir]).exit(0);
    network.ctl(&["--ca", ca, "put", "door", "red"]).exit(0);
    let text = network.ctl(&["--ca", ca, "get", "door"]).exit(0);
    assert!(text.starts_with("door = red"), "{text}");
    network.ctl(&["get", "door", "--timeout", "2"]).exit(1);
    let plain = get(network.genesis.file().nodes[0].client, "/v1/status");
    assert_eq!((plain.status, plain.body.as_str()), (0, ""));
    network.stop_and_verify();
}
