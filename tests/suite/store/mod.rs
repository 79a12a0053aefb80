//! The write path, the jobs and the database itself.

mod batch_edges;
mod batches;
mod doubt;
mod jobs;
mod links;
mod losses;
mod messages;
mod money;
mod notices;
mod payees;
mod races;
mod schema;
mod sealed;
mod verify;
mod writer;
