//! A node that attacks: it has its keys and its links, and runs no node.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use commonware_codec::{DecodeExt, Encode};
use commonware_consensus::simplex::scheme::bls12381_multisig;
use commonware_consensus::simplex::types::{Finalize, Notarize, Proposal, Vote};
use commonware_consensus::types::{Round, View};
use commonware_cryptography::bls12381::primitives::group::Private;
use commonware_cryptography::bls12381::primitives::variant::{MinSig, Variant};
use commonware_cryptography::{ChaCha20Poly1305, ed25519, sha256};
use commonware_p2p::authenticated::lookup;
use commonware_p2p::{Address, AddressableManager, Receiver, Recipients, Sender};
use commonware_runtime::{IoBuf, Quota, Runner, Spawner, Supervisor, tokio as runtime};
use commonware_stream::cups::{self, Cups};
use commonware_stream::sake::{self, Sake};
use commonware_utils::ordered::{BiMap, Map};
use commonware_utils::{NZU32, NZUsize};

use super::pool::{Network, seeds};

type Key = ed25519::PublicKey;
type Digest = sha256::Digest;
type Scheme = bls12381_multisig::Scheme<Key, MinSig>;

/// What the attacker does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Attack {
    /// Passes on requests that nobody signed.
    Flood,
    /// Votes whenever others do, for blocks that nobody made.
    Votes,
}

/// Requests in a message of the flood, and messages a second.
const FLOOD: (usize, u64) = (300, 100);
/// The longest message that nodes take.
const MESSAGE_LEN: u32 = 8 << 20;

/// Attacks until the standard input ends.
pub(crate) fn run(network: &Network, index: usize, attack: Attack, dir: &Path) {
    let config = runtime::Config::new().with_storage_directory(dir);
    runtime::Runner::new(config).start(|context| async move {
        let (votes, requests) = connect(&context, network, index);
        match attack {
            Attack::Flood => {
                let message = flood(network);
                context
                    .child("flood")
                    .spawn(move |_| send_all(message, requests));
            }
            Attack::Votes => {
                let scheme = scheme(network, index);
                context
                    .child("votes")
                    .spawn(move |_| vote_all(scheme, votes));
            }
        }
        let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
        let _ = ended.await;
    });
}

/// The ends of a channel.
type Ends = (lookup::Sender<Key, runtime::Context>, lookup::Receiver<Key>);

/// Joins the network; the ends of the channels of votes and of requests.
fn connect(context: &runtime::Context, network: &Network, index: usize) -> (Ends, Ends) {
    let file = network.genesis.file();
    let key = |index: usize| Key::decode(file.nodes[index].ed25519.as_bytes().to_vec()).unwrap();
    let handshake = Cups::<_, ChaCha20Poly1305>::new(
        Sake {
            signer: ed25519::PrivateKey::decode(seeds(index).0.to_vec()).unwrap(),
            synchrony_bound: Duration::from_secs(5),
            max_handshake_age: Duration::from_secs(10),
            version: sake::Version::V1,
        },
        cups::Version::V1,
    );
    let mut config = lookup::Config::local(
        handshake,
        network.genesis.network().to_string().as_bytes(),
        file.nodes[index].p2p,
        NZUsize!(5),
        MESSAGE_LEN,
        NZUsize!(1024),
    );
    config.tracked_peer_sets = NZUsize!(1);
    let (mut links, mut oracle) = lookup::Network::new(context.child("network"), config);
    // In the order of the nodes' own.
    let mut ids = 0..;
    let mut channel = || links.register(ids.next().unwrap(), Quota::per_second(NZU32!(100_000)));
    let votes = channel();
    for _ in ["certificates", "resolver", "backfill", "blocks"] {
        let (_, mut unheard) = channel();
        let unheard = move |_| async move { while unheard.recv().await.is_ok() {} };
        context.child("unheard").spawn(unheard);
    }
    let requests = channel();
    let addresses = (0..file.nodes.len()).map(|i| (key(i), Address::from(file.nodes[i].p2p)));
    oracle.track(0, Map::try_from(addresses.collect::<Vec<_>>()).unwrap());
    links.start();
    (votes, requests)
}

fn scheme(network: &Network, index: usize) -> Scheme {
    let nodes = network.genesis.file().nodes.iter().map(|node| {
        let key = Key::decode(node.ed25519.as_bytes().to_vec()).unwrap();
        let voting = <MinSig as Variant>::Public::decode(node.bls.as_bytes().to_vec());
        (key, voting.unwrap())
    });
    let nodes = BiMap::try_from(nodes.collect::<Vec<_>>()).unwrap();
    let secret = blst::min_sig::SecretKey::key_gen(&seeds(index).1, &[]).unwrap();
    let secret = Private::decode(secret.to_bytes().to_vec()).unwrap();
    let namespace = network.genesis.network().to_string();
    Scheme::signer(namespace.as_bytes(), nodes, secret).unwrap()
}

/// Requests of enrolled users, each as it should be but for the signature.
fn flood(network: &Network) -> Vec<Vec<u8>> {
    let wrong = |number: u64| {
        let mut request = network.put((1 << 40) + number, 32);
        let last = request.len() - 1;
        request[last - 40] ^= 1;
        let len = u32::try_from(request.len()).unwrap();
        [&len.to_le_bytes()[..], &request].concat()
    };
    let messages = (0..64).map(|message| {
        let first = message * FLOOD.0 as u64;
        (first..first + FLOOD.0 as u64).flat_map(wrong).collect()
    });
    messages.collect()
}

async fn send_all(messages: Vec<Vec<u8>>, (mut sender, mut receiver): Ends) {
    tokio::spawn(async move { while receiver.recv().await.is_ok() {} });
    let messages: Arc<[Bytes]> = messages.into_iter().map(Bytes::from).collect();
    let mut turn = tokio::time::interval(Duration::from_micros(1_000_000 / FLOOD.1));
    for message in messages.iter().cycle() {
        turn.tick().await;
        let _ = sender.send(Recipients::All, IoBuf::from(message.clone()), false);
    }
}

/// Votes for the next turn as soon as it hears of one, be it its own: others then wait for a block.
async fn vote_all(scheme: Scheme, (mut sender, mut receiver): Ends) {
    let mut voted = View::zero();
    while let Ok((_, message)) = receiver.recv().await {
        let vote = Vote::<Scheme, Digest>::decode(Bytes::from(message));
        let Ok(Vote::Notarize(heard)) = vote else {
            continue;
        };
        let parent = heard.proposal.round.view();
        if parent.next() <= voted {
            continue;
        }
        voted = parent.next();
        let mut nothing = [0; 32];
        nothing[..8].copy_from_slice(&voted.get().to_le_bytes());
        let round = Round::new(heard.proposal.round.epoch(), voted);
        let proposal = Proposal::new(round, parent, sha256::Digest(nothing));
        let notarize = Notarize::sign(&scheme, proposal.clone()).unwrap();
        let finalize = Finalize::sign(&scheme, proposal).unwrap();
        for vote in [Vote::Notarize(notarize), Vote::Finalize(finalize)] {
            let _ = sender.send(Recipients::All, IoBuf::from(vote.encode()), true);
        }
    }
}
