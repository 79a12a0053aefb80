//! Who may do what: every route against the roles and scopes of the design, forms, sessions and waits.

mod accounts;
mod api_keys;
mod caps;
mod certificates;
mod forms;
mod ground;
mod knowers;
mod oauth;
mod refusals;
mod routes;
mod sessions;
pub mod table;
mod throttle;
mod walk;
