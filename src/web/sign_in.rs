//! Sign-in and sign-out.

use askama::Template;

use super::display::{FieldView, NoticeView, Problem};
use super::layout::Layout;

/// The sign-in form, empty or as it was refused. The typed password is never sent back.
#[derive(Template)]
#[template(path = "sign_in/new.html")]
pub struct SignInPage {
    pub layout: Layout,
    /// Why the form is shown, for example that the session ended.
    pub notice: Option<NoticeView>,
    pub problems: Vec<Problem>,
    pub email: FieldView,
    pub password: FieldView,
    /// Where to go afterwards; a path of this site.
    pub next: String,
    /// How long an account waits after too many tries, for example `15 minutes`.
    pub wait: &'static str,
}

/// Says how long the session lasts; opening it keeps the session.
#[derive(Template)]
#[template(path = "sign_in/session.html")]
pub struct SessionPage {
    pub layout: Layout,
}
