//! Work on whole stores: comparing, copying, cutting, repairing.

mod backup;
mod diff;
mod stores;
mod truncate;
