//! Paydesk: the payouts desk a finance team runs itself.
//!
//! A request flows down: `web` or `api` parse it, `service` checks permission and asks the writer, the writer lets
//! `domain` plan on the rows it loaded and writes the plan in one unit. Nothing flows up.

pub mod api;
pub mod app;
pub mod clock;
pub mod commands;
pub mod config;
pub mod docs;
pub mod domain;
pub mod error;
pub mod http;
pub mod jobs;
pub mod keys;
pub mod messenger;
pub mod outgoing;
pub mod rails;
pub mod service;
pub mod store;
pub mod web;
