//! Work on whole stores: comparing, copying, cutting, repairing.

mod backup;
mod diff;
mod repair;
mod stores;
mod truncate;
