//! Work on whole stores: comparing, copying, cutting, repairing.

mod backup;
mod diff;
mod drawn;
mod lasting;
mod limits;
mod opening;
mod repair;
mod stores;
mod truncate;
