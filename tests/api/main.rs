//! What a store promises those who use it: batches in any order, subscriptions, back-pressure,
//! counters; and what Plenum's users suffered from (pains).

mod batches;
mod beside;
mod counting;
mod pains;
mod queue;
mod subscribe;
mod watch;
