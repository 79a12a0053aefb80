//! What pages and APIs share of HTTP: request ids, addresses, headers, health, what is compressed once.

pub mod address;
pub mod compressed;
pub mod head;
pub mod headers;
pub mod health;
pub mod request_id;
