//! Letting a link be claimed longer.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::cancel::refused;
use super::{link_id, name};
use crate::domain::payout::{Refusal, Rule};
use crate::error::{Error, FieldError};
use crate::service::Desk;
use crate::service::links::{self, Shown};
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{FieldView, NoticeView, Problem, TimeView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::payouts::{changed, form_key};
use crate::web::respond;
use crate::web::time::rfc3339;

/// How much later the form proposes: a week, in microseconds.
const MORE: i64 = 7 * 24 * 3_600 * 1_000_000;

/// The form for a later end.
#[derive(Template)]
#[template(path = "links/extension.html")]
pub struct ExtensionPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub changed: Option<NoticeView>,
    pub record_href: String,
    pub name: String,
    pub recipient: String,
    pub end: TimeView,
    pub open_until: FieldView,
    pub key: String,
    pub version: i64,
}

/// What it sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExtensionForm {
    /// Date and time in the reader's zone.
    open_until: String,
    version: String,
    idempotency_key: String,
}

/// GET /payout-links/{id}/extension
pub async fn new(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let shown = links::show(&desk, &visitor.caller, link_id(&id)?).await?;
    match offer(&shown) {
        Ok(end) => {
            let typed = visitor.zone.typed(end.max(visitor.now) + MORE);
            respond::page(&page(&visitor, &shown, end, &typed, None, &[]))
        }
        Err(refusal) => respond::page(&refused(&visitor, &shown, &refusal, "Extend")),
    }
}

/// POST /payout-links/{id}/extension
pub async fn create(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<ExtensionForm>,
) -> Result<HttpResponse, Failure> {
    let id = link_id(&id)?;
    let form = form.into_inner();
    let typed = form.open_until.trim();
    let (version, key) = (form.version.parse().ok(), form.idempotency_key.as_str());
    let result = match visitor.zone.read(typed) {
        Some(end) => links::extend(&desk, &visitor.caller, id, Some(&rfc3339(end)), version, Some(key)).await,
        None if typed.is_empty() => Err(Error::field("open_until", "is required")),
        None => Err(Error::field("open_until", "must be a date and a time, such as 2026-01-31T12:00")),
    };
    let (refusal, errors) = match result {
        Ok(extended) => {
            let until = extended.value.link.expire_by.map(|end| visitor.zone.full(end).shown).unwrap_or_default();
            let text = "The address stays the same. The recipient is not written to about it.";
            visitor.flash(NoticeView::new(Tone::Good, format!("It can be claimed until {until}")).with_text(text));
            return Ok(respond::see_other(&format!("/payout-links/{id}")));
        }
        Err(Error::Validation(errors)) => {
            let ours = errors.into_iter().map(|error| FieldError { field: "open_until", ..error });
            (None, ours.collect())
        }
        Err(Error::Refused(refusal)) if refusal.rule == Rule::ExpiryTooSoon => {
            let instead = refusal.instead.map_or_else(String::new, |instead| format!(" {instead}"));
            let message = format!("cannot be used: {}{instead}", refusal.reason);
            (None, vec![FieldError { field: "open_until", message }])
        }
        Err(Error::Refused(refusal)) => (Some(refusal), Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let shown = links::show(&desk, &visitor.caller, id).await?;
    match (offer(&shown), &refusal) {
        (Ok(end), None) => respond::unprocessable(&page(&visitor, &shown, end, typed, None, &errors)),
        (Ok(end), Some(refusal)) => respond::conflict(&page(&visitor, &shown, end, typed, Some(refusal), &[])),
        (Err(refusal), _) => respond::conflict(&refused(&visitor, &shown, &refusal, "Extend")),
    }
}

/// The end it has now, if this reader may move it.
fn offer(shown: &Shown) -> Result<i64, Refusal> {
    shown.acts.extend.as_ref().map_err(Refusal::clone)?;
    let open = || Refusal::new(Rule::WrongState, "It is open until it is cancelled, so it has no end to move.");
    shown.detail.record.link.expire_by.ok_or_else(open)
}

fn page(
    visitor: &Visitor,
    shown: &Shown,
    end: i64,
    typed: &str,
    refusal: Option<&Refusal>,
    errors: &[FieldError],
) -> ExtensionPage {
    let link = &shown.detail.record.link;
    let mut layout = visitor.layout(format!("Extend {}", name(link)), Place::Links);
    layout.failed = !errors.is_empty() || refusal.is_some();
    ExtensionPage {
        layout,
        problems: respond::problems(errors),
        changed: refusal.map(changed),
        record_href: format!("/payout-links/{}", link.id),
        name: name(link),
        recipient: link.contact_name.clone(),
        end: visitor.zone.full(end),
        open_until: respond::field("open_until", typed, errors),
        key: form_key(),
        version: link.version,
    }
}
