//! `explore`: pages to browse a store, for the machine that it is on.
//!
//! What a path answers is decided without a network ([`route`]), so that it is tested without one;
//! [`server`] and [`connections`] only carry it.
//!
//! Invariants:
//!
//! - only GET and HEAD, no cookies, no scripts: a page changes nothing and runs nothing;
//! - each page is made of the same parts as its JSON twin, `.json` behind the path;
//! - what a request reads is bounded: a page of a list, a part of a long entry, a span of a search;
//! - the store's writer is never waited for and never waits.

mod answer;
mod connections;
mod lists;
mod page;
mod route;
mod search;
mod server;
mod single;

pub(crate) use server::run;
