//! What a store promises those who use it: batches in any order, subscriptions, back-pressure,
//! counters; commits taken whole from another store; and what Plenum's users suffered from (pains).

mod batches;
mod beside;
mod counting;
mod pains;
mod queue;
mod subscribe;
mod transfer;
mod watch;
