//! Sends requests at a rate, sees each through to its proof, and says how long they took.
//!
//! Invariant: a request is sent when its time has come, whether earlier ones are answered or not, so
//! that a pause of the network is seen as what it is to those who come during it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::cli::{Bench, Global};
use super::directory::Directory;
use super::output::{Exit, Failure, Output};
use super::records::expires_ms;
use crate::client::{Client, ClientError};
use crate::names::{Name, NameError, RequestId};
use crate::record::{APP, Operation};
use crate::request::{Request, SignedRequest};

/// Requests under way at once.
const UNDER_WAY_MAX: usize = 8192;

/// What became of one request.
struct Ended {
    id: RequestId,
    /// After the start.
    at: Duration,
    took: Duration,
    end: End,
}

enum End {
    Done,
    Rejected,
    Refused(String),
    InDoubt,
}

/// `bench --rate R --seconds S --size B`
pub(super) async fn run(global: &Global, output: &Output, bench: Bench) -> Result<Exit, Failure> {
    let directory = Directory::of(global)?;
    let client = Arc::new(directory.client(global).await?);
    let key = directory.user(&global.user)?;
    let mut run = [0; 8];
    getrandom::fill(&mut run)?;
    let run = u64::from_le_bytes(run);
    let total = u64::from(bench.rate) * u64::from(bench.seconds);
    let app: Name = APP
        .parse()
        .map_err(|error: NameError| Failure::Usage(error.to_string()))?;
    let (sender, mut ended) = mpsc::channel(UNDER_WAY_MAX);
    let slots = Arc::new(tokio::sync::Semaphore::new(UNDER_WAY_MAX));
    let start = Instant::now();
    let collect = tokio::spawn(async move {
        let mut all = Vec::new();
        while let Some(one) = ended.recv().await {
            all.push(one);
        }
        all
    });
    for number in 0..total {
        let due = start + Duration::from_secs(1).mul_f64(number as f64 / f64::from(bench.rate));
        sleep_until(due).await;
        let put = Operation::Put {
            key: format!("bench/{run:016x}/{number}").into_bytes(),
            value: vec![b'v'; bench.size as usize],
        };
        let request = Request {
            network: directory.genesis.network(),
            sender: global.user.clone(),
            app: app.clone(),
            nonce: run.wrapping_add(number),
            expires_ms: expires_ms(&directory.genesis),
            payload: put.encode(),
        };
        let signed = request.sign(&key);
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
            break;
        };
        let (client, sender) = (Arc::clone(&client), sender.clone());
        tokio::spawn(async move {
            let first = usize::try_from(number).unwrap_or(0);
            let end = one(&client, &signed, first).await;
            let now = Instant::now();
            let (id, at) = (signed.request.id(), now - start);
            // Whoever counts stays until the last has ended.
            let _ = sender
                .send(Ended {
                    id,
                    at,
                    took: now - due,
                    end,
                })
                .await;
            drop(slot);
        });
    }
    drop(sender);
    let all = collect.await.unwrap_or_default();
    report(output, bench, &all, start.elapsed());
    let doubt = all.iter().any(|one| matches!(one.end, End::InDoubt));
    Ok(if doubt { Exit::Failed } else { Exit::Done })
}

async fn one(client: &Client, signed: &SignedRequest, first: usize) -> End {
    match client.submit(signed, first).await {
        Ok(entry) if entry.transaction.rejected.is_some() => End::Rejected,
        Ok(_) => End::Done,
        Err(ClientError::Refused(refusal)) => End::Refused(refusal.code),
        Err(_) => End::InDoubt,
    }
}

fn report(output: &Output, bench: Bench, all: &[Ended], elapsed: Duration) {
    let mut took: Vec<_> = all
        .iter()
        .filter(|one| matches!(one.end, End::Done))
        .map(|one| one.took)
        .collect();
    took.sort_unstable();
    let at = |part: f64| {
        let index = (took.len().saturating_sub(1)) as f64 * part;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an index of the list"
        )]
        let took = took.get(index.round() as usize);
        took.map_or(0.0, |took| (took.as_secs_f64() * 10_000.0).round() / 10.0)
    };
    let mut ends: Vec<_> = all
        .iter()
        .filter(|one| matches!(one.end, End::Done))
        .map(|one| one.at)
        .collect();
    ends.sort_unstable();
    let gaps = ends.windows(2).filter_map(|pair| match pair {
        [before, after] => Some(*after - *before),
        _ => None,
    });
    let pause = gaps.max().unwrap_or_default();
    let count = |is: fn(&End) -> bool| all.iter().filter(|one| is(&one.end)).count();
    let (done, rejected) = (took.len(), count(|end| matches!(end, End::Rejected)));
    let refused = count(|end| matches!(end, End::Refused(_)));
    let doubt = count(|end| matches!(end, End::InDoubt));
    let rate = done as f64 / elapsed.as_secs_f64();
    let text = format!(
        "{} requests, {done} final, {rejected} rejected, {refused} refused, {doubt} in doubt\n\
         {rate:.0} a second  p50 {} ms  p90 {} ms  p99 {} ms  max {} ms  longest pause {} ms",
        all.len(),
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0),
        pause.as_millis()
    );
    output.answer(&text, || {
        let refusals = all.iter().filter_map(|one| match &one.end {
            End::Refused(code) => Some(code.as_str()),
            _ => None,
        });
        let mut codes = std::collections::BTreeMap::<&str, u64>::new();
        for code in refusals {
            *codes.entry(code).or_default() += 1;
        }
        let in_doubt = all
            .iter()
            .filter(|one| matches!(one.end, End::InDoubt))
            .map(|one| one.id);
        json!({
            "rate": bench.rate, "seconds": bench.seconds, "size": bench.size,
            "sent": all.len(), "final": done, "rejected": rejected, "refused": refused,
            "in_doubt": doubt, "refusal_codes": codes, "ids_in_doubt": in_doubt.collect::<Vec<_>>(),
            "final_per_second": (rate * 10.0).round() / 10.0,
            "elapsed_ms": u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            "p50_ms": at(0.5), "p90_ms": at(0.9), "p99_ms": at(0.99), "max_ms": at(1.0),
            "longest_pause_ms": u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
        })
    });
}
