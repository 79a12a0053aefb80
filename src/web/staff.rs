//! The pages of staff, for admins: people, their roles and their sessions.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::auth::Visitor;
use super::csrf::Posted;
use super::display::{FieldView, NoticeView, OptionView, Problem, StatusView, TimeView, Tone};
use super::failure::Failure;
use super::layout::{Layout, Place};
use super::numbers::many;
use super::sessions::{self, Confirmed, SessionRow};
use super::staff_password::{self, PasswordStep};
use super::{respond, words};
use crate::domain::ids::StaffId;
use crate::domain::staff::{Operation, Role};
use crate::error::{Error, FieldError};
use crate::service::staff::{self, Member, NewMember};
use crate::service::{Desk, passwords, sessions as all_sessions};

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
    pub password: String,
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
    /// Why role and state cannot be changed here: it is the reader.
    pub refusal: Option<NoticeView>,
    /// The confirm step of making a new password, for somebody else who can sign in.
    pub password: Option<PasswordStep>,
    pub sessions: Vec<SessionRow>,
}

impl RoleView {
    /// The id of its radio button.
    pub fn id(&self) -> String {
        format!("role-{}", self.value)
    }
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

#[derive(Deserialize)]
pub struct RoleForm {
    #[serde(default)]
    role: String,
}

#[derive(Deserialize)]
pub struct AccessForm {
    /// `enabled` or `disabled`.
    #[serde(default)]
    access: String,
}

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/settings/staff").route(web::get().to(index)).route(web::post().to(create)));
    config.service(web::resource("/settings/staff/new").route(web::get().to(new)));
    config.service(web::resource("/settings/staff/{id}").route(web::get().to(show)));
    config.service(
        web::resource("/settings/staff/{id}/role").route(web::get().to(back)).route(web::post().to(change_role)),
    );
    config.service(
        web::resource("/settings/staff/{id}/access").route(web::get().to(back)).route(web::post().to(change_access)),
    );
    config.service(web::resource("/settings/staff/{id}/sessions/{handle}/end").route(web::post().to(end_session)));
}

/// GET /settings/staff
pub async fn index(visitor: Visitor, desk: web::Data<Desk>) -> Result<HttpResponse, Failure> {
    let members = staff::list(&desk, &visitor.caller).await?;
    let disabled = members.iter().filter(|member| !member.is_enabled()).count();
    let people = many(members.len(), "person", "people");
    respond::page(&StaffPage {
        layout: visitor.layout("Staff", Place::Staff),
        matches: if disabled == 0 { people } else { format!("{people}, {disabled} disabled") },
        rows: members.iter().map(|member| row(&visitor, member)).collect(),
    })
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

/// GET /settings/staff/{id}
pub async fn show(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let id = parse(&id)?;
    let member = staff::get(&desk, &visitor.caller, id).await?;
    respond::page(&member_page(&visitor, &desk, member, &[]).await?)
}

/// GET /settings/staff/{id}/role and …/access: where a refused form stands in the address bar.
pub async fn back(_: Visitor, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    Ok(respond::see_other(&format!("/settings/staff/{}", parse(&id)?)))
}

/// POST /settings/staff/{id}/role
pub async fn change_role(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<RoleForm>,
) -> Result<HttpResponse, Failure> {
    let id = parse(&id)?;
    let Some(role) = Role::from_name(&form.into_inner().role) else {
        let member = staff::get(&desk, &visitor.caller, id).await?;
        let errors = [FieldError { field: "role", message: "must be one of the roles".into() }];
        return respond::unprocessable(&member_page(&visitor, &desk, member, &errors).await?);
    };
    let changed = staff::change_role(&desk, &visitor.caller, id, role).await;
    after(&visitor, &desk, id, changed, |member| format!("{} is {} now", member.name, words::role(member.role))).await
}

/// POST /settings/staff/{id}/access
pub async fn change_access(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<AccessForm>,
) -> Result<HttpResponse, Failure> {
    let id = parse(&id)?;
    match form.into_inner().access.as_str() {
        "disabled" => {
            let changed = staff::disable(&desk, &visitor.caller, id).await;
            after(&visitor, &desk, id, changed, |member| format!("{} is disabled and signed out", member.name)).await
        }
        "enabled" => {
            let changed = staff::enable(&desk, &visitor.caller, id).await;
            after(&visitor, &desk, id, changed, |member| format!("{} can sign in again", member.name)).await
        }
        _ => Err(Failure::BadForm),
    }
}

/// POST /settings/staff/{id}/sessions/{handle}/end
pub async fn end_session(
    visitor: Visitor,
    desk: web::Data<Desk>,
    path: web::Path<(String, String)>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    let (id, handle) = path.into_inner();
    let id = parse(&id)?;
    if !visitor.may(Operation::ManageStaff) {
        return Err(Error::Forbidden.into());
    }
    all_sessions::end(&desk, &visitor.caller, &handle).await?;
    visitor.flash(NoticeView::new(Tone::Good, "The session is ended"));
    Ok(respond::see_other(&format!("/settings/staff/{id}")))
}

/// Back to the person with a notice of what was done, or of why it was not.
async fn after(
    visitor: &Visitor,
    desk: &Desk,
    id: StaffId,
    changed: Result<Member, Error>,
    words: impl FnOnce(&Member) -> String,
) -> Result<HttpResponse, Failure> {
    match changed {
        Ok(member) => {
            visitor.flash(NoticeView::new(Tone::Good, words(&member)));
            Ok(respond::see_other(&format!("/settings/staff/{id}")))
        }
        Err(Error::Refused(refusal)) => {
            let member = staff::get(desk, &visitor.caller, id).await?;
            let mut page = member_page(visitor, desk, member, &[]).await?;
            page.layout.failed = true;
            page.problems.push(Problem { field: "role".to_owned(), message: refusal.reason });
            respond::conflict(&page)
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) fn parse(id: &str) -> Result<StaffId, Error> {
    id.parse().map_err(|_| Error::NotFound("Person"))
}

fn row(visitor: &Visitor, member: &Member) -> StaffRow {
    StaffRow {
        href: format!("/settings/staff/{}", member.id),
        name: member.name.clone(),
        email: member.email.clone(),
        you: visitor.caller.person() == Some(member.id),
        role: words::role(member.role),
        may: may(member.role),
        status: status(member),
        added: visitor.zone.on(member.id.created_at()),
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

async fn member_page(
    visitor: &Visitor,
    desk: &Desk,
    member: Member,
    errors: &[FieldError],
) -> Result<StaffMemberPage, Error> {
    let own = visitor.caller.person() == Some(member.id);
    let sessions = all_sessions::list_of(desk, &visitor.caller, member.id).await?;
    let mut layout = visitor.layout(&member.name, Place::Staff);
    layout.failed = !errors.is_empty();
    Ok(StaffMemberPage {
        layout,
        problems: respond::problems(errors),
        status: status(&member),
        may: may(member.role),
        added: visitor.zone.on(member.id.created_at()),
        disabled: member.disabled_at.map(|at| visitor.zone.on(at)),
        audit_href: format!("/audit?who={}", member.id),
        role: respond::field("role", member.role.name(), errors),
        roles: Role::ALL.iter().map(|role| OptionView::new(role.name(), words::role(*role))).collect(),
        refusal: own.then(|| {
            NoticeView::new(Tone::Info, "This is you")
                .with_text("Another admin changes your role or takes your access away. Your name and password are under Your profile.")
        }),
        password: staff::why_no_reset(&visitor.caller, &member)
            .is_none()
            .then(|| staff_password::step(&member, sessions.len())),
        sessions: sessions::rows(visitor, &sessions, &format!("/settings/staff/{}/sessions", member.id)),
        id: member.id.to_string(),
        name: member.name,
        email: member.email,
    })
}

fn status(member: &Member) -> StatusView {
    match member.is_enabled() {
        true => StatusView { class: "s-active", word: "Active" },
        false => StatusView { class: "s-cancelled", word: "Disabled" },
    }
}

/// What a role may do; each includes the ones before it.
fn may(role: Role) -> &'static str {
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
