//! Commits as a node tells them, each with the word of the certificate where there is one.

use std::time::Duration;

use serde_json::json;
use tokio::sync::mpsc;

use super::cli::Global;
use super::directory::Directory;
use super::output::{Exit, Failure, Output};
use crate::client::{Client, ClientError};
use crate::reply::Committed;

/// For one answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// `watch [--commits COUNT]`
pub(super) async fn run(
    global: &Global,
    output: &Output,
    count: Option<u64>,
) -> Result<Exit, Failure> {
    let client = Directory::of(global)?.client(global).await?;
    let (sender, mut commits) = mpsc::channel(256);
    let follow = client.watch(0, PATIENCE, &sender);
    let print = async {
        let mut left = count;
        while left != Some(0)
            && let Some(commit) = commits.recv().await
        {
            print(&client, output, &commit).await?;
            left = left.map(|left| left - 1);
        }
        Ok(Exit::Done)
    };
    tokio::select! {
        printed = print => printed,
        followed = follow => match followed {
            Ok(()) => Err(Failure::Node("the node stopped".to_owned())),
            Err(fault) => Err(ClientError::Unknown { last: fault }.into()),
        },
    }
}

async fn print(client: &Client, output: &Output, commit: &Committed) -> Result<(), Failure> {
    let unknown = |last| ClientError::Unknown { last };
    let header = client.final_header(0, commit.height, PATIENCE).await;
    let header = header.map_err(unknown)?;
    if header
        .as_ref()
        .is_some_and(|header| header.hash() != commit.block)
    {
        let text = format!("height {}: certified is another block", commit.height);
        return Err(Failure::Node(text));
    }
    let (height, block, count) = (commit.height, commit.block, commit.outcomes.len());
    let rejected = commit
        .outcomes
        .iter()
        .filter(|outcome| outcome.rejected.is_some())
        .count();
    let word = match header {
        Some(_) => "certified",
        None => "certified by a later block",
    };
    let text =
        format!("height {height}  block {block}  requests {count}  rejected {rejected}  {word}");
    let certified = header.is_some();
    output.answer(&text, || json!({"commit": commit, "certified": certified}));
    Ok(())
}
