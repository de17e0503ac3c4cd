//! What nodes say of themselves, held against each other.

use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};

use super::cli::Global;
use super::directory::Directory;
use super::output::{Exit, Failure, Output};
use crate::client::Client;
use crate::header::Header;
use crate::hex::from_hex;
use crate::reply::NodeStatus;

/// For one answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// `status [--all]`
pub(super) async fn run(global: &Global, output: &Output, all: bool) -> Result<Exit, Failure> {
    let directory = Directory::of(global)?;
    if all {
        return compare(&directory, global, output).await;
    }
    let client = directory.client(global).await?;
    let mut last = None;
    for node in 0..client.nodes().len() {
        match client.status(node, PATIENCE).await {
            Ok(status) => {
                output.answer(&text(&status), || json!(status));
                return Ok(Exit::Done);
            }
            Err(fault) => last = Some(fault),
        }
    }
    let text = last.map_or_else(|| "no node".to_owned(), |fault| fault.to_string());
    Err(Failure::Node(text))
}

fn text(status: &NodeStatus) -> String {
    let mut text = format!(
        "{}  height {}  audit {}  pending {}",
        status.node, status.height, status.audit_root, status.pending
    );
    for ledger in &status.ledgers {
        let (name, size) = (&ledger.name, ledger.size);
        text += &format!(
            "\n{name}  size {size}  root {}  state {}",
            ledger.root, ledger.state_root
        );
    }
    text
}

/// A node at the height that all have.
struct Row {
    node: String,
    header: Option<Header>,
}

/// `testnet status DIR`: compares all nodes at the highest height that all have.
pub(super) async fn compare(
    directory: &Directory,
    global: &Global,
    output: &Output,
) -> Result<Exit, Failure> {
    let everybody = Global {
        node: None,
        ..global.clone()
    };
    let client = directory.client(&everybody).await?;
    let voting = client.voting();
    let total = voting.len();
    let asked = voting.iter().map(|node| client.status(*node, PATIENCE));
    let heights: Vec<_> = join_all(asked)
        .await
        .into_iter()
        .map(|s| s.ok().map(|s| s.height))
        .collect();
    let common = heights.iter().copied().flatten().min().unwrap_or(0);
    let asked = voting
        .iter()
        .zip(&heights)
        .map(|(node, height)| at(&client, *node, common, *height));
    let rows = join_all(asked).await;

    let up: Vec<_> = rows.iter().filter_map(|row| row.header.as_ref()).collect();
    let first = up.first().map(|header| header.hash());
    let same = up
        .iter()
        .filter(|header| Some(header.hash()) == first)
        .count();
    let (last, verdict, exit) = if same < up.len() {
        let other = rows
            .iter()
            .find(|row| row.header.as_ref().is_some_and(|h| Some(h.hash()) != first));
        let other = other.map_or("", |row| row.node.as_str());
        (
            format!("DIVERGED at height {common}: {other} has another block"),
            "diverged",
            Exit::No,
        )
    } else if up.len() < total {
        (
            format!("only {}/{total} up", up.len()),
            "incomplete",
            Exit::Incomplete,
        )
    } else {
        (format!("agree {same}/{total}"), "agree", Exit::Done)
    };
    let mut lines: Vec<_> = rows.iter().map(line).collect();
    lines.push(last);
    output.answer(&lines.join("\n"), || {
        let nodes: Vec<_> = rows.iter().map(document).collect();
        json!({"verdict": verdict, "up": up.len(), "total": total, "height": common, "nodes": nodes})
    });
    Ok(exit)
}

async fn at(client: &Client, node: usize, common: u64, height: Option<u64>) -> Row {
    let alias = client.nodes().get(node).map(|node| node.alias.to_string());
    let mut row = Row {
        node: alias.unwrap_or_default(),
        header: None,
    };
    if height.is_some()
        && let Ok(reply) = client.header(node, common, PATIENCE).await
    {
        row.header = from_hex(&reply.header).and_then(|bytes| Header::decode(&bytes).ok());
    }
    row
}

fn line(row: &Row) -> String {
    let Some(header) = &row.header else {
        return format!("{}  down", row.node);
    };
    let mut text = format!(
        "{}  height {}  audit {}",
        row.node, header.height, header.audit_root
    );
    for ledger in &header.ledgers {
        text += &format!("  {} {} {}", ledger.name, ledger.root, ledger.state_root);
    }
    text
}

fn document(row: &Row) -> Value {
    let Some(header) = &row.header else {
        return json!({"node": row.node, "up": false});
    };
    let ledgers = header.ledgers.iter().map(|ledger| {
        json!({
            "name": ledger.name.as_str(), "size": ledger.size,
            "root": ledger.root, "state_root": ledger.state_root,
        })
    });
    json!({
        "node": row.node, "up": true, "height": header.height, "block": header.hash(),
        "time_ms": header.time_ms, "audit_root": header.audit_root,
        "ledgers": ledgers.collect::<Vec<_>>(),
    })
}
