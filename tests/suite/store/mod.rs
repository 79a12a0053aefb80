//! The write path, the jobs and the database itself.

mod jobs;
mod links;
mod messages;
mod money;
mod schema;
mod sealed;
mod writer;
