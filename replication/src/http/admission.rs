//! Who may connect and ask: connections and rates by client.
//!
//! Invariant: a client is remembered only while it is connected or its rate is not made good, so
//! that strangers cannot fill the memory.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::limits::Limits;

/// Clients that are remembered before the rested ones are forgotten.
const SWEEP_LEN: usize = 1024;

#[derive(Debug)]
pub(super) struct Admission {
    limits: Limits,
    clients: Mutex<Clients>,
}

#[derive(Debug, Default)]
struct Clients {
    connections: u32,
    by_address: HashMap<IpAddr, Client>,
}

#[derive(Debug)]
struct Client {
    connections: u32,
    /// Requests that it may send at once.
    credit: f64,
    /// When the credit was that.
    at: Instant,
}

impl Client {
    fn rest(&mut self, per_second: f64, now: Instant) {
        let rested = now.saturating_duration_since(self.at).as_secs_f64() * per_second;
        self.credit = (self.credit + rested).min(2.0 * per_second);
        self.at = now;
    }
}

/// One admitted connection; its end is the end of this.
#[derive(Debug)]
pub(super) struct Admitted {
    admission: Arc<Admission>,
    address: IpAddr,
}

impl Admission {
    pub(super) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            clients: Mutex::default(),
        })
    }

    /// Lets a connection in, if there are not too many.
    pub(super) fn connect(self: &Arc<Self>, address: IpAddr, now: Instant) -> Option<Admitted> {
        let per_second = f64::from(self.limits.requests_per_second);
        let mut clients = self.lock();
        if clients.connections >= self.limits.connections_max {
            return None;
        }
        if clients.by_address.len() >= SWEEP_LEN {
            clients.by_address.retain(|_, client| {
                client.rest(per_second, now);
                client.connections > 0 || client.credit < 2.0 * per_second
            });
        }
        let client = clients.by_address.entry(address).or_insert(Client {
            connections: 0,
            credit: 2.0 * per_second,
            at: now,
        });
        if client.connections >= self.limits.connections_per_client_max {
            return None;
        }
        client.connections += 1;
        clients.connections += 1;
        let admission = Arc::clone(self);
        Some(Admitted { admission, address })
    }

    pub(super) fn connections(&self) -> u32 {
        self.lock().connections
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Clients> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admitted {
    /// Whether the client may send a request now.
    pub(super) fn may_ask(&self, now: Instant) -> bool {
        let per_second = f64::from(self.admission.limits.requests_per_second);
        let mut clients = self.admission.lock();
        let Some(client) = clients.by_address.get_mut(&self.address) else {
            return false;
        };
        client.rest(per_second, now);
        if client.credit < 1.0 {
            return false;
        }
        client.credit -= 1.0;
        true
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut clients = self.admission.lock();
        clients.connections = clients.connections.saturating_sub(1);
        if let Some(client) = clients.by_address.get_mut(&self.address) {
            client.connections = client.connections.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    #[test]
    fn connections_are_counted_in_all_and_by_client() {
        let limits = Limits {
            connections_max: 3,
            connections_per_client_max: 2,
            ..Limits::default()
        };
        let (admission, now) = (Admission::new(limits), Instant::now());
        let first = admission.connect(address(1), now);
        let second = admission.connect(address(1), now);
        assert!(first.is_some() && second.is_some());
        assert!(admission.connect(address(1), now).is_none());
        let other = admission.connect(address(2), now);
        assert!(other.is_some());
        assert!(admission.connect(address(3), now).is_none());
        drop(first);
        assert_eq!(admission.connections(), 2);
        assert!(admission.connect(address(1), now).is_some());
    }

    #[test]
    fn a_rate_is_held_and_a_pause_makes_good() {
        let limits = Limits {
            requests_per_second: 5,
            ..Limits::default()
        };
        let (admission, now) = (Admission::new(limits), Instant::now());
        let client = admission.connect(address(1), now).unwrap();
        let other = admission.connect(address(2), now).unwrap();
        assert_eq!((0..20).filter(|_| client.may_ask(now)).count(), 10);
        assert!(other.may_ask(now));
        let later = now + Duration::from_secs(1);
        assert_eq!((0..20).filter(|_| client.may_ask(later)).count(), 5);
        // A new connection is no new client.
        let again = admission.connect(address(1), later).unwrap();
        assert!(!again.may_ask(later));
    }

    #[test]
    fn rested_clients_are_forgotten() {
        let (admission, now) = (Admission::new(Limits::default()), Instant::now());
        for index in 0..4 * u32::try_from(SWEEP_LEN).unwrap() {
            let address = IpAddr::from(index.to_be_bytes());
            assert!(admission.connect(address, now).is_some());
        }
        assert!(admission.lock().by_address.len() <= SWEEP_LEN);
    }
}
