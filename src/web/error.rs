//! The page that says what went wrong, what it means for the money and what to do next.

use askama::Template;

use super::display::{OptionView, TimeView, Tone};
use super::layout::Layout;

/// What an error page says. It never carries an internal cause: that is in the log, under the request id.
#[derive(Clone, Debug)]
pub struct ErrorView {
    pub tone: Tone,
    pub heading: String,
    /// What happened and what it means for the money.
    pub what: String,
    pub instead: Option<String>,
    /// Ways on: address and word, the first one is the primary button.
    pub ways: Vec<OptionView>,
    pub request_id: String,
    pub time: TimeView,
    /// The HTTP status.
    pub status: u16,
}

/// An error inside the frame, for signed-in staff.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    pub layout: Layout,
    pub error: ErrorView,
}

/// An error at the door, for visitors.
#[derive(Template)]
#[template(path = "error_door.html")]
pub struct VisitorErrorPage {
    pub layout: Layout,
    pub error: ErrorView,
}
