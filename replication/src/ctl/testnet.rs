//! Local networks: made, started, stopped, looked at, hurt.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::cli::{Global, Testnet};
use super::directory::Directory;
use super::init::init;
use super::node;
use super::output::{Exit, Failure, Output};
use super::process::Process;
use super::status;
use crate::client::Client;
use crate::names::Name;

/// For a node to end in order.
const STOP_PATIENCE: Duration = Duration::from_secs(20);
/// For a node that was killed to be gone.
const KILL_PATIENCE: Duration = Duration::from_secs(10);
/// Between two questions to a node that starts.
const LOOK: Duration = Duration::from_millis(50);
/// For one answer of a node that starts.
const ANSWER_PATIENCE: Duration = Duration::from_secs(2);

pub(super) async fn run(
    command: Testnet,
    global: &Global,
    output: &Output,
) -> Result<Exit, Failure> {
    match command {
        Testnet::Init { dir, shape } => {
            let (network, nodes) = (init(&dir, &shape)?.network(), shape.nodes);
            let text = format!("network {network} of {nodes} nodes in {}", dir.display());
            output.answer(&text, || json!({"network": network, "nodes": nodes}));
            Ok(Exit::Done)
        }
        Testnet::Add {
            dir,
            seed,
            snapshot,
        } => {
            let node = node::add(&Directory::open(&dir)?, seed.as_deref(), snapshot)?;
            node::tell(output, &node)
        }
        Testnet::Start { dir } => start(&Directory::open(&dir)?, global, output).await,
        Testnet::Stop { dir } => stop(&Directory::open(&dir)?, output).await,
        Testnet::Status { dir } => status::compare(&Directory::open(&dir)?, global, output).await,
        Testnet::Kill { dir, alias: node } => {
            let directory = Directory::open(&dir)?;
            let process = process(&directory, &node)?;
            match process.kill(KILL_PATIENCE).await? {
                true => done(output, &node, "killed"),
                false => Err(Failure::Node(format!("{node} does not run"))),
            }
        }
        Testnet::Restart { dir, alias: node } => {
            let directory = Directory::open(&dir)?;
            let process = process(&directory, &node)?;
            process.stop(STOP_PATIENCE).await?;
            process.start()?;
            let client = directory.first_client(global)?;
            wait(&client, &[(node.clone(), process)], global, false).await?;
            done(output, &node, "started")
        }
    }
}

fn process(directory: &Directory, node: &Name) -> Result<Process, Failure> {
    if !directory.nodes().contains(node) {
        return Err(Failure::Usage(format!("the network has no node {node}")));
    }
    Ok(Process::new(directory.node(node)))
}

fn done(output: &Output, node: &Name, what: &str) -> Result<Exit, Failure> {
    output.answer(
        &format!("{node} {what}"),
        || json!({"node": node, "status": what}),
    );
    Ok(Exit::Done)
}

async fn start(directory: &Directory, global: &Global, output: &Output) -> Result<Exit, Failure> {
    let mut processes = Vec::new();
    for node in directory.nodes() {
        let process = Process::new(directory.node(&node));
        if process.running().is_none() {
            process.start()?;
        }
        processes.push((node, process));
    }
    let client = directory.first_client(global)?;
    wait(&client, &processes, global, true).await?;
    let count = processes.len();
    let text = format!("{count} nodes answer");
    output.answer(&text, || json!({"nodes": count, "status": "started"}));
    Ok(Exit::Done)
}

async fn stop(directory: &Directory, output: &Output) -> Result<Exit, Failure> {
    let mut stopping = tokio::task::JoinSet::new();
    for node in directory.nodes() {
        let process = Process::new(directory.node(&node));
        stopping.spawn(async move { process.stop(STOP_PATIENCE).await });
    }
    let mut count = 0;
    for stopped in stopping.join_all().await {
        count += usize::from(stopped?);
    }
    let text = format!("{count} nodes stopped");
    output.answer(&text, || json!({"nodes": count, "status": "stopped"}));
    Ok(Exit::Done)
}

/// Waits until nodes answer; ready ones, if they are all.
async fn wait(
    client: &Client,
    processes: &[(Name, Process)],
    global: &Global,
    all: bool,
) -> Result<(), Failure> {
    let deadline = Instant::now() + Duration::from_secs(global.timeout);
    for (node, process) in processes {
        let index = client.nodes().iter().position(|named| named.alias == *node);
        let index = index.unwrap_or_default();
        loop {
            let answer = match all {
                true => client.ready(index, ANSWER_PATIENCE).await.map(|_| ()),
                false => client.status(index, ANSWER_PATIENCE).await.map(|_| ()),
            };
            let Err(fault) = answer else { break };
            if process.running().is_none() {
                let words = process.last_words();
                return Err(Failure::Node(format!("{node} ended:\n{words}")));
            }
            if Instant::now() >= deadline {
                return Err(Failure::Node(format!("no answer in time: {fault}")));
            }
            sleep(LOOK).await;
        }
    }
    Ok(())
}
