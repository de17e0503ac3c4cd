//! All nodes killed at once, under load: nothing acknowledged is lost, nothing is done twice.

use crate::testnet::Testnet;

#[test]
fn all_nodes_killed_under_load_go_on_where_they_were() {
    let network = Testnet::start(4);
    let bench = network.bench(50, 8);
    // The load runs: requests become final.
    let before = network.agreed()["height"].as_u64().unwrap();
    while network.domain_size(before) < 20 {}
    for node in 0..4 {
        network.node("kill", node).exit(0);
    }
    let text = network.testnet("status").exit(3);
    assert_eq!(text.lines().last(), Some("only 0/4 up"));
    network.testnet("start").exit(0);
    let load = bench.finish();
    assert_eq!(
        (&load["in_doubt"], &load["rejected"], &load["refused"]),
        (&0.into(), &0.into(), &0.into()),
        "{load}"
    );
    assert_eq!(
        (&load["sent"], &load["final"]),
        (&400.into(), &400.into()),
        "{load}"
    );
    // Every request is in the log, once.
    let height = network.agreed()["height"].as_u64().unwrap();
    assert_eq!(network.domain_size(height), 400);
    network.stop_and_verify();
}
