//! The Revolut dialect: requests and exact answers taken from `contracts/revolut.md`.

mod accounts;
mod counterparties;
mod frozen;
mod links;
mod payments;
mod scopes;
mod simulations;
mod transfers;
mod webhooks;
