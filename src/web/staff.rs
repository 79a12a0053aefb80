//! The pages of staff, for admins: people, their roles and their sessions.

use askama::Template;

use super::display::{FieldView, NoticeView, OptionView, Problem, StatusView, TimeView};
use super::layout::Layout;

/// All people.
#[derive(Template)]
#[template(path = "staff/index.html")]
pub struct StaffPage {
    pub layout: Layout,
    /// For example `6 people, 1 disabled`.
    pub matches: String,
    pub rows: Vec<StaffRow>,
}

/// One person in the list.
#[derive(Clone, Debug)]
pub struct StaffRow {
    pub href: String,
    pub name: String,
    pub email: String,
    /// The reader.
    pub you: bool,
    pub role: &'static str,
    /// What the role may do, in short.
    pub may: &'static str,
    pub status: StatusView,
    pub added: TimeView,
}

/// The form for a new person.
#[derive(Template)]
#[template(path = "staff/new.html")]
pub struct NewStaffPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub draft: StaffDraft,
    pub roles: Vec<RoleView>,
}

/// What was typed. A chosen password is never sent back.
#[derive(Clone, Debug, Default)]
pub struct StaffDraft {
    pub name: FieldView,
    pub email: FieldView,
    pub role: FieldView,
    /// `made` or `chosen`.
    pub how: FieldView,
    pub password: FieldView,
}

/// A role and what it may do.
#[derive(Clone, Debug)]
pub struct RoleView {
    pub value: &'static str,
    pub word: &'static str,
    pub may: &'static str,
}

/// A person was added; a password that Paydesk made is shown here and never again.
#[derive(Template)]
#[template(path = "staff/created.html")]
pub struct StaffCreatedPage {
    pub layout: Layout,
    pub href: String,
    pub name: String,
    pub email: String,
    pub role: &'static str,
    pub password: Option<String>,
    pub sign_in_url: String,
}

/// One person.
#[derive(Template)]
#[template(path = "staff/show.html")]
pub struct StaffMemberPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub id: String,
    pub name: String,
    pub email: String,
    pub status: StatusView,
    pub may: &'static str,
    pub added: TimeView,
    pub disabled: Option<TimeView>,
    /// The log of what this person did.
    pub audit_href: String,
    pub role: FieldView,
    pub roles: Vec<OptionView>,
    /// Of the record shown; forms carry it.
    pub version: i64,
    /// Why role and state cannot be changed here: it is the reader.
    pub refusal: Option<NoticeView>,
    pub sessions: Vec<SessionRow>,
}

/// One session: a browser in which a person is signed in.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Browser and system in words, for example `Firefox on Windows`.
    pub device: String,
    pub ip: String,
    pub started: TimeView,
    pub seen: TimeView,
    /// The reader's own session, which ends by signing out.
    pub this_one: bool,
    /// Where ending it is posted.
    pub end_action: String,
}

impl RoleView {
    /// The id of its radio button.
    pub fn id(&self) -> String {
        format!("role-{}", self.value)
    }
}
