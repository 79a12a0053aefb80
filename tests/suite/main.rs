//! The suite: everything through services, HTTP and the database, on SQLite or on PostgreSQL (`TEST_DATABASE_URL`).

mod access;
mod api;
mod browser;
mod freezes;
mod layers;
mod manual;
mod process;
mod store;
mod support;
mod web;
mod webhooks;
