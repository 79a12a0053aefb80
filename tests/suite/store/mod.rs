//! The write path, the jobs and the database itself.

mod jobs;
mod messages;
mod money;
mod schema;
mod sealed;
mod writer;
