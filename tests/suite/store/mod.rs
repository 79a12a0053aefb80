//! The write path, the jobs and the database itself.

mod doubt;
mod jobs;
mod money;
mod schema;
mod verify;
mod writer;
