//! The reader's own settings: name, time zone, looks, password and sessions.

use askama::Template;

use super::display::{FieldView, OptionView, Problem};
use super::layout::Layout;
use super::staff::SessionRow;

/// All of it on one page; the two forms post to addresses of their own.
#[derive(Template)]
#[template(path = "profile/show.html")]
pub struct ProfilePage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub email: String,
    pub role: &'static str,
    pub name: FieldView,
    pub zone: FieldView,
    pub zones: Vec<OptionView>,
    /// `system`, `light` or `dark`.
    pub theme: FieldView,
    pub shortcuts: bool,
    /// Typed passwords are never sent back.
    pub current_password: FieldView,
    pub new_password: FieldView,
    pub sessions: Vec<SessionRow>,
}
