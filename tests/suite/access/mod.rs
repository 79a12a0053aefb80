//! Who may do what: every route against the roles and scopes of the design, forms, sessions and waits.

mod forms;
mod routes;
mod sessions;
mod table;
mod throttle;
mod walk;
