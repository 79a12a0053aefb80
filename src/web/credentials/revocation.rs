//! Revoking a credential: the confirm step, and doing it.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::{find, href, parse};
use crate::service::Desk;
use crate::service::credentials::{self, Credential};
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{NoticeView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::respond;
use crate::web::sessions::Confirmed;

/// The confirm step on a page of its own.
#[derive(Template)]
#[template(path = "credentials/revocation.html")]
pub struct RevocationPage {
    pub layout: Layout,
    pub step: RevocationStep,
}

/// What revoking a credential does.
#[derive(Clone, Debug)]
pub struct RevocationStep {
    pub action: String,
    pub keep_href: String,
    pub name: String,
    pub username: String,
    pub client: String,
    pub owner: String,
    /// When it was used last, or that it never was.
    pub last_used: String,
}

/// GET /settings/credentials/{id}/revocation
pub async fn form(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let credential = find(&visitor, &desk, &id).await?;
    if credential.revoked_at.is_some() {
        return Ok(respond::see_other(&href(&credential)));
    }
    let layout = visitor.layout("Revoke credential?", Place::Credentials);
    respond::page(&RevocationPage { layout, step: step(&visitor, &credential) })
}

/// POST /settings/credentials/{id}/revocation
pub async fn create(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    let revoked = credentials::revoke(&desk, &visitor.caller, parse(&id)?).await?;
    let notice = NoticeView::new(Tone::Good, format!("{} is revoked", revoked.name));
    visitor.flash(notice.with_text("Its tokens and keys are refused from now on."));
    Ok(respond::see_other(&href(&revoked)))
}

pub(super) fn step(visitor: &Visitor, credential: &Credential) -> RevocationStep {
    let href = href(credential);
    RevocationStep {
        action: format!("{href}/revocation"),
        keep_href: href,
        name: credential.name.clone(),
        username: credential.username.clone(),
        client: credential.client_name.clone(),
        owner: credential.owner_name.clone(),
        last_used: last_used(visitor, credential),
    }
}

/// When it was used last, or that it never was.
pub(super) fn last_used(visitor: &Visitor, credential: &Credential) -> String {
    credential.last_used_at.map_or_else(|| "Never".to_owned(), |at| visitor.zone.on(at).shown)
}
