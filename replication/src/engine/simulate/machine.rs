//! The machine that a simulated node runs on: the deterministic runtime with a clock and a disk of
//! its own.
//!
//! Invariants:
//!
//! - nothing but the seed decides what happens: the runtime draws the order of tasks, and there are
//!   no threads and no other clock;
//! - a task that panics stops the whole node, as it ends the process of a real one.

use std::convert::Infallible;
use std::ops::RangeInclusive;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use commonware_runtime::deterministic::Context;
use commonware_runtime::telemetry::metrics::{Metric, Registered};
use commonware_runtime::{
    BlobVersion, Clock, Error, Handle, Metrics, Name, Spawner, Storage, Supervisor, signal,
};
use futures::FutureExt;
use futures::future::pending;
use hash_store::sim::SimStorage;
use rand_core::{TryCryptoRng, TryRng};
use tokio::sync::Notify;

use super::disk::{self, SimBlob};
use crate::engine::panic_text;
use crate::node::lock;

/// Longer than any simulation.
const NEVER: Duration = Duration::from_secs(1 << 30);

/// What is a node's own.
#[derive(Debug)]
pub(super) struct Host {
    /// How far its clock is ahead.
    ahead: Duration,
    /// How far its clock is behind.
    behind: Duration,
    /// Where the engine's files are.
    disk: SimStorage,
    panic: Mutex<Option<String>>,
    panicked: Notify,
}

impl Host {
    /// A host whose clock is so many milliseconds ahead.
    pub(super) fn new(disk: SimStorage, ahead_ms: i64) -> Self {
        let off = Duration::from_millis(ahead_ms.unsigned_abs());
        let (ahead, behind) = match ahead_ms {
            0.. => (off, Duration::ZERO),
            _ => (Duration::ZERO, off),
        };
        Self {
            ahead,
            behind,
            disk,
            panic: Mutex::new(None),
            panicked: Notify::new(),
        }
    }

    /// Ends when a task has panicked, with what it said.
    pub(super) async fn panicked(&self) -> String {
        self.panicked.notified().await;
        lock(&self.panic).clone().unwrap_or_default()
    }

    fn panic(&self, text: &str) {
        lock(&self.panic).get_or_insert_with(|| text.to_owned());
        self.panicked.notify_one();
    }
}

/// The runtime as a node sees it.
pub(super) struct Machine {
    context: Context,
    host: Arc<Host>,
}

impl Machine {
    pub(super) const fn new(context: Context, host: Arc<Host>) -> Self {
        Self { context, host }
    }

    fn with(&self, context: Context) -> Self {
        Self::new(context, Arc::clone(&self.host))
    }
}

impl Supervisor for Machine {
    fn name(&self) -> Name {
        self.context.name()
    }

    fn child(&self, label: &'static str) -> Self {
        self.with(self.context.child(label))
    }

    fn with_attribute(self, key: &'static str, value: impl std::fmt::Display) -> Self {
        Self::new(self.context.with_attribute(key, value), self.host)
    }
}

impl Spawner for Machine {
    fn shared(self, blocking: bool) -> Self {
        Self::new(self.context.shared(blocking), self.host)
    }

    fn dedicated(self) -> Self {
        Self::new(self.context.dedicated(), self.host)
    }

    fn spawn<F, Fut, T>(self, f: F) -> Handle<T>
    where
        F: FnOnce(Self) -> Fut + Send + 'static,
        Fut: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let host = self.host;
        self.context.spawn(move |context| {
            let future = f(Self::new(context, Arc::clone(&host)));
            async move {
                match AssertUnwindSafe(future).catch_unwind().await {
                    Ok(done) => done,
                    Err(panic) => {
                        host.panic(panic_text(&*panic));
                        // The node is stopped, and this task with it.
                        pending().await
                    }
                }
            }
        })
    }

    async fn stop(self, value: i32, timeout: Option<Duration>) -> Result<(), Error> {
        self.context.stop(value, timeout).await
    }

    fn stopped(&self) -> signal::Signal {
        self.context.stopped()
    }
}

impl Metrics for Machine {
    fn register<N: Into<String>, H: Into<String>, M: Metric>(
        &self,
        name: N,
        help: H,
        metric: M,
    ) -> Registered<M> {
        self.context.register(name, help, metric)
    }

    fn encode(&self) -> String {
        self.context.encode()
    }
}

impl Clock for Machine {
    fn current(&self) -> SystemTime {
        self.context.current() + self.host.ahead - self.host.behind
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static + use<> {
        self.context.sleep(duration)
    }

    fn sleep_until(
        &self,
        deadline: SystemTime,
    ) -> impl Future<Output = ()> + Send + 'static + use<> {
        let left = deadline.duration_since(self.current());
        // Never, as some say, is a time that another clock cannot count to.
        self.context.sleep(left.unwrap_or_default().min(NEVER))
    }
}

impl governor::clock::Clock for Machine {
    type Instant = SystemTime;

    fn now(&self) -> SystemTime {
        self.current()
    }
}

impl governor::clock::ReasonablyRealtime for Machine {}

impl TryRng for Machine {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.context.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.context.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.context.try_fill_bytes(bytes)
    }
}

impl TryCryptoRng for Machine {}

impl Storage for Machine {
    type Blob = SimBlob;

    async fn open_versioned(
        &self,
        partition: &str,
        name: &[u8],
        versions: RangeInclusive<BlobVersion>,
    ) -> Result<(SimBlob, u64, BlobVersion), Error> {
        disk::open(&self.host.disk, partition, name, &versions)
    }

    async fn remove(&self, partition: &str, name: Option<&[u8]>) -> Result<(), Error> {
        disk::remove(&self.host.disk, partition, name)
    }

    async fn scan(&self, partition: &str) -> Result<Vec<Vec<u8>>, Error> {
        disk::scan(&self.host.disk, partition)
    }
}
