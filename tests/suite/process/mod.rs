//! The program as people run it: killed, stopped, out of space, too old, and from the command line.

mod batch;
mod commands;
mod keys;
mod kill;
mod space;
mod watch;

use serde_json::Value;

/// The access token of a kind of program in the demo's credentials.
fn token(credentials: &Value, kind: &str) -> String {
    text_of(&credentials["tokens"][kind]["access_token"]).to_owned()
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}
