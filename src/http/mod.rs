//! What pages and APIs share of HTTP: request ids, addresses, headers, health.

pub mod address;
pub mod head;
pub mod headers;
pub mod health;
pub mod request_id;
