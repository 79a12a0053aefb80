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
use super::staff_new::{self, may};
use super::staff_password::{self, PasswordStep};
use super::{respond, words};
use crate::domain::ids::StaffId;
use crate::domain::staff::{Operation, Role};
use crate::error::{Error, FieldError};
use crate::service::staff::{self, Member};
use crate::service::{Desk, sessions as all_sessions};

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
    config
        .service(web::resource("/settings/staff").route(web::get().to(index)).route(web::post().to(staff_new::create)));
    config.service(web::resource("/settings/staff/new").route(web::get().to(staff_new::new)));
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
