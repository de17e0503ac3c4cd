//! Single operations over HTTP, one after another, as Castro and Liskov (1999, section 7) measure
//! them: argument/result of 0/0, 4/0 and 0/4 KB, on four nodes and on a network of one, which is the
//! same service unreplicated. And reads, with a proof and without.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use replication::http::{Limits, Server};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::pool::{Network, check};
use super::{NODES, Plan, ms, now_ms};

const OPERATIONS: u64 = 200;
const READS: u32 = 4000;

/// One connection that is kept open.
struct Http {
    stream: BufReader<TcpStream>,
}

impl Http {
    fn ask(&mut self, head: &str, body: &[u8]) -> Vec<u8> {
        let request = format!(
            "{head} HTTP/1.1\r\nHost: node\r\nContent-Type: application/octet-stream\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        let request = [request.as_bytes(), body].concat();
        self.stream.get_mut().write_all(&request).unwrap();
        let (mut line, mut len) = (String::new(), None);
        self.stream.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 200"), "{line}");
        while line != "\r\n" {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                len = value.trim().parse::<usize>().ok();
            }
        }
        let mut answer = vec![0; len.expect("a length")];
        self.stream.read_exact(&mut answer).unwrap();
        answer
    }
}

/// Median time of each kind of operation, in the order 0/0, 4/0, 0/4; and of reads, plain and with
/// a proof.
struct Medians {
    operations: [Duration; 3],
    reads: [Duration; 2],
}

pub(crate) fn run(dir: &Path, plan: &Plan) {
    let one = medians(dir, "one", 1);
    let four = medians(dir, "four", NODES);
    if plan.has("operations") {
        println!("\noperation  four ms  one ms  ratio");
        for (kind, name) in ["0/0 KB", "4/0 KB", "0/4 KB"].iter().enumerate() {
            let (four, one) = (ms(four.operations[kind]), ms(one.operations[kind]));
            println!(
                "{name}     {four:7.2}  {one:6.2}  {:5.2}  (bar 4.1)",
                four / one
            );
        }
    }
    if plan.has("reads") {
        let [plain, proven] = four.reads.map(|took| took.as_secs_f64() * 1e6);
        println!("\nread       plain us  with proof us  ratio");
        println!(
            "over HTTP  {plain:8.0}  {proven:13.0}  {:5.2}  (bar 2)",
            proven / plain
        );
    }
}

fn medians(dir: &Path, name: &str, count: usize) -> Medians {
    let network = Network::new(dir, name, count, 4000);
    let nodes: Vec<_> = (0..count).map(|index| network.launch(index)).collect();
    let runtime = Runtime::new().unwrap();
    let address = network.client_address(0);
    let server = runtime.block_on(async {
        let listener = TcpListener::bind(address).await.unwrap();
        let node = nodes[0].node().clone();
        let clock = Arc::new(now_ms);
        let metrics = Arc::new(String::new);
        Server::start(listener, None, node, clock, metrics, Limits::default()).unwrap()
    });
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut http = Http {
        stream: BufReader::new(stream),
    };
    let mut number = 0;
    let mut operations = |value_len, proof: bool| {
        let path = format!("POST /v1/requests?wait_ms=20000&proof={proof}");
        let took = (0..OPERATIONS).map(|_| {
            number += 1;
            let request = network.put(number, value_len);
            let sent = Instant::now();
            let answer = http.ask(&path, &request);
            let took = sent.elapsed();
            let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
            assert_eq!(answer["status"], "final");
            assert_eq!(answer["proof"].is_null(), !proof);
            took
        });
        median(took.collect())
    };
    // The result with its proof has about 4 KB.
    let operations = [
        operations(0, false),
        operations(4096, false),
        operations(0, true),
    ];
    let key = 1_u64.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut reads = |proof: bool| {
        let path = format!("GET /v1/query/record?text={key:016x}&proof={proof}");
        let took = (0..READS).map(|_| {
            let sent = Instant::now();
            let answer = http.ask(&path, &[]);
            let took = sent.elapsed();
            let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
            assert_eq!(answer["value"]["owner"], "user01");
            assert_eq!(answer["proofs"].as_array().unwrap().is_empty(), !proof);
            took
        });
        median(took.collect())
    };
    let reads = [reads(false), reads(true)];
    drop(http);
    runtime.block_on(server.stop());
    check(&network, nodes, 3 * OPERATIONS);
    Medians { operations, reads }
}

fn median(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took[took.len() / 2]
}
