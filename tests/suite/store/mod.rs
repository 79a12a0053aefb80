//! The write path, the jobs and the database itself.

mod money;
mod schema;
mod writer;
