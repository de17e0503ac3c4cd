//! Users come, get roles and lose them, and agree to what one alone may not do.

use crate::testnet::Testnet;

impl Testnet {
    /// Asks one node: it knows what it said is final, which others may not yet.
    fn as_user(&self, user: &str, arguments: &[&str], code: i32) -> String {
        let arguments = [&["--node", "node0", "--as", user], arguments].concat();
        self.ctl(&arguments).exit(code)
    }
}

#[test]
fn users_come_and_go_and_agree_by_requests() {
    let network = Testnet::start(4);
    let admin = |arguments: &[&str]| network.as_user("admin", arguments, 0);

    // A new user of a new organisation writes with a key that was made for it.
    admin(&["member", "add-org", "bank"]);
    let add = ["member", "add-user", "dora", "--role", "contractinvoker"];
    admin(&[&add[..], &["--org", "bank"]].concat());
    network.as_user("dora", &["put", "desk", "oak"], 0);
    let shown = admin(&["member", "show", "user:dora"]);
    assert!(shown.starts_with("dora  contractinvoker  key "), "{shown}");
    assert!(shown.contains("  org bank\nfinal at height "), "{shown}");
    let refused = network.as_user("dora", &["member", "add-org", "shop"], 4);
    assert_eq!(refused, "refused: role\n");

    // A role comes and goes.
    let put = ["put", "chair", "ash"];
    assert_eq!(network.as_user("guest", &put, 4), "refused: role\n");
    admin(&["member", "grant", "guest", "contractinvoker"]);
    network.as_user("guest", &put, 0);
    admin(&["member", "revoke", "guest", "contractinvoker"]);
    assert_eq!(network.as_user("guest", &put, 4), "refused: role\n");
    network.as_user("admin", &["member", "show", "user:nobody"], 4);

    // What two must agree to waits for the second.
    let rule = ["member", "policy", "record.transfer", "--all-of"];
    admin(&[&rule[..], &["user:alice,org:bank"]].concat());
    let rules = admin(&["member", "show"]);
    let expected = "record.transfer  contractinvoker  \
                    agreed by 2 of user:alice,org:bank within 10000 blocks";
    assert!(rules.lines().any(|line| line == expected), "{rules}");
    network.as_user("alice", &["put", "door", "red"], 0);
    let asked = network.as_user("alice", &["--json", "transfer", "door", "bob"], 0);
    let asked: serde_json::Value = serde_json::from_str(&asked).unwrap();
    assert_eq!(
        (&asked["status"], &asked["reason"]),
        (&"waits".into(), &"awaits-agreement".into())
    );
    let id = asked["id"].as_str().unwrap();
    let owner = || network.as_user("bob", &["get", "door"], 0);
    assert!(owner().starts_with("door = red  owner alice\n"));
    let open = format!("open:{id}");
    let waits = admin(&["member", "show", &open]);
    assert!(waits.starts_with("alice asks record  agreed 1 of 2 [alice]  until height "));
    let agree = ["member", "agree", id];
    assert_eq!(
        network.as_user("guest", &agree, 4),
        "refused: not-a-party\n"
    );
    assert_eq!(
        network.as_user("alice", &agree, 4),
        "refused: already-agreed\n"
    );
    network.as_user("dora", &agree, 0);
    assert!(owner().starts_with("door = red  owner bob\n"));
    network.as_user("admin", &["member", "show", &open], 4);
    assert_eq!(network.as_user("dora", &agree, 4), "refused: not-open\n");

    // All nodes have come to the same, and so has a node that read it all again.
    network.agreed();
    network.node("kill", 2).exit(0);
    network.node("restart", 2).exit(0);
    network.agreed();
    network.stop_and_verify();
}
