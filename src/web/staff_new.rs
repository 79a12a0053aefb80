//! Adding a person: the form, and the page that shows the password made for them.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::auth::Visitor;
use super::csrf::Posted;
use super::display::{FieldView, NoticeView, Problem, Tone};
use super::failure::Failure;
use super::layout::{Layout, Place};
use super::{respond, words};
use crate::domain::staff::{Operation, Role};
use crate::error::{Error, FieldError};
use crate::service::staff::{self, NewMember};
use crate::service::{Desk, passwords};

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
    pub password: String,
    pub sign_in_url: String,
}

/// The form for a new person, as it was sent.
#[derive(Deserialize)]
#[serde(default)]
pub struct MemberForm {
    name: String,
    email: String,
    role: String,
    /// `made` or `chosen`.
    how: String,
    password: String,
}

impl RoleView {
    /// The id of its radio button.
    pub fn id(&self) -> String {
        format!("role-{}", self.value)
    }
}

/// GET /settings/staff/new
pub async fn new(visitor: Visitor) -> Result<HttpResponse, Failure> {
    if !visitor.may(Operation::ManageStaff) {
        return Err(Error::Forbidden.into());
    }
    respond::page(&new_page(&visitor, &MemberForm::default(), &[]))
}

/// POST /settings/staff
///
/// A password that Paydesk made is in this answer and nowhere else, so there is no page to go on to that could show it.
pub async fn create(
    visitor: Visitor,
    desk: web::Data<Desk>,
    form: Posted<MemberForm>,
) -> Result<HttpResponse, Failure> {
    let form = form.into_inner();
    let made = (form.how != "chosen").then(passwords::made);
    let new = NewMember {
        email: form.email.clone(),
        name: form.name.clone(),
        role: form.role.clone(),
        password: made.clone().unwrap_or_else(|| form.password.clone()),
        zone: visitor.zone.name().to_owned(),
    };
    match (staff::add(&desk, &visitor.caller, &new).await, made) {
        (Ok(member), None) => {
            visitor.flash(NoticeView::new(Tone::Good, format!("{} is added and can sign in", member.name)));
            Ok(respond::see_other(&format!("/settings/staff/{}", member.id)))
        }
        (Ok(member), Some(password)) => respond::page(&StaffCreatedPage {
            layout: visitor.layout("The person is added", Place::Staff),
            href: format!("/settings/staff/{}", member.id),
            name: member.name,
            email: member.email,
            role: words::role(member.role),
            password,
            sign_in_url: format!("{}/sign-in", desk.config.public_url),
        }),
        (Err(Error::Validation(errors)), _) => respond::unprocessable(&new_page(&visitor, &form, &errors)),
        (Err(error), _) => Err(error.into()),
    }
}

fn new_page(visitor: &Visitor, form: &MemberForm, errors: &[FieldError]) -> NewStaffPage {
    let mut layout = visitor.layout("Add a person", Place::Staff);
    layout.failed = !errors.is_empty();
    NewStaffPage {
        layout,
        problems: respond::problems(&respond::in_order(errors.to_vec(), &["name", "email", "role", "password"])),
        draft: StaffDraft {
            name: respond::field("name", &form.name, errors),
            email: respond::field("email", &form.email, errors),
            role: respond::field("role", &form.role, errors),
            how: FieldView::of(&form.how),
            password: respond::field("password", "", errors),
        },
        roles: Role::ALL
            .iter()
            .map(|role| RoleView { value: role.name(), word: words::role(*role), may: may(*role) })
            .collect(),
    }
}

/// What a role may do; each includes the ones before it.
pub(super) fn may(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Sees payouts, wallets, payees and the audit log, and changes nothing",
        Role::Operator => "Makes, cancels and reverses payouts, and saves payees",
        Role::Approver => "Does what an operator does, and approves or sends back what others made",
        Role::Admin => "Does what an approver does, and adds staff and credentials",
    }
}

impl Default for MemberForm {
    fn default() -> MemberForm {
        MemberForm {
            name: String::new(),
            email: String::new(),
            role: String::new(),
            how: "made".to_owned(),
            password: String::new(),
        }
    }
}
