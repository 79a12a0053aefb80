//! A new password for somebody who forgot theirs: the confirm step, and the page that shows it once.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::auth::Visitor;
use super::csrf::Posted;
use super::failure::Failure;
use super::layout::{Layout, Place};
use super::numbers::many;
use super::respond;
use super::sessions::Confirmed;
use super::staff::parse;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::staff::{self, Member};
use crate::service::{Desk, passwords, sessions};

/// The confirm step on a page of its own.
#[derive(Template)]
#[template(path = "staff/password.html")]
pub struct PasswordPage {
    pub layout: Layout,
    pub step: PasswordStep,
}

/// What a new password does.
#[derive(Clone, Debug)]
pub struct PasswordStep {
    pub action: String,
    pub keep_href: String,
    pub name: String,
    pub email: String,
    /// Where the person is signed in, in words.
    pub sessions: String,
}

/// The new password, shown here and never again.
#[derive(Template)]
#[template(path = "staff/password_made.html")]
pub struct PasswordMadePage {
    pub layout: Layout,
    pub href: String,
    pub name: String,
    pub email: String,
    pub password: String,
    pub sign_in_url: String,
}

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/settings/staff/{id}/password").route(web::get().to(new)).route(web::post().to(create)),
    );
}

/// GET /settings/staff/{id}/password
pub async fn new(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    if !visitor.may(Operation::ManageStaff) {
        return Err(Error::Forbidden.into());
    }
    let member = staff::get(&desk, &visitor.caller, parse(&id)?).await?;
    if let Some(refusal) = staff::why_no_reset(&visitor.caller, &member) {
        return Err(Error::Refused(refusal).into());
    }
    let open = sessions::list_of(&desk, &visitor.caller, member.id).await?.len();
    respond::page(&PasswordPage {
        layout: visitor.layout(format!("New password for {}?", member.name), Place::Staff),
        step: step(&member, open),
    })
}

/// POST /settings/staff/{id}/password
///
/// The password is in this answer and nowhere else, so there is no page to go on to that could show it.
pub async fn create(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    let password = passwords::made();
    let member = staff::reset_password(&desk, &visitor.caller, parse(&id)?, &password).await?;
    respond::page(&PasswordMadePage {
        layout: visitor.layout(format!("{} has a new password", member.name), Place::Staff),
        href: format!("/settings/staff/{}", member.id),
        name: member.name,
        email: member.email,
        password,
        sign_in_url: format!("{}/sign-in", desk.config.public_url),
    })
}

/// The step for a person with so many open sessions.
pub fn step(member: &Member, open: usize) -> PasswordStep {
    let href = format!("/settings/staff/{}", member.id);
    PasswordStep {
        action: format!("{href}/password"),
        keep_href: href,
        name: member.name.clone(),
        email: member.email.clone(),
        sessions: if open == 0 { String::new() } else { many(open, "session, which ends", "sessions, which end") },
    }
}
