//! IAM through signed calls: what it answers, and to whom.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod account;
mod at_once;
mod ceilings;
mod credentials;
mod denials;
mod denials_of_credentials;
mod denials_people;
mod devices;
mod house;
mod keys_and_certificates;
mod people;
mod policies;
mod proof;
mod providers;
mod reports;
mod roles;
mod simulation;
