//! Who may do what: every route against the roles and scopes of the design, forms, sessions and waits.

mod accounts;
mod forms;
mod ground;
mod refusals;
mod routes;
mod sessions;
pub mod table;
mod throttle;
mod walk;
