//! Deleting a payee, with its confirm step.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::find;
use crate::domain::money::group;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::{Desk, payees};
use crate::store::payees::PayeeLine;
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{NoticeView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::respond;
use crate::web::sessions::Confirmed;

/// The confirm step of deleting a payee, on a page of its own.
#[derive(Template)]
#[template(path = "payees/deletion.html")]
pub struct PayeeDeletionPage {
    pub layout: Layout,
    pub step: DeletionStep,
}

/// What deleting a payee does.
#[derive(Clone, Debug)]
pub struct DeletionStep {
    pub action: String,
    pub keep_href: String,
    pub name: String,
    pub email: String,
    pub account: String,
    pub client: String,
    /// What becomes of the payouts made to it.
    pub effect: String,
}

/// GET /payees/{id}/deletion
pub async fn deletion(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    if !visitor.may(Operation::ChangePayees) {
        return Err(Error::Forbidden.into());
    }
    let line = find(&visitor, &desk, &id).await?;
    respond::page(&PayeeDeletionPage { layout: visitor.layout("Delete payee?", Place::Payees), step: step(&line) })
}

/// POST /payees/{id}/deletion
pub async fn delete(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    let line = find(&visitor, &desk, &id).await?;
    payees::delete(&desk, &visitor.caller, line.payee.id).await?;
    let text = "New payouts cannot pick this payee any more. Payouts already made stay as they are.";
    visitor.flash(NoticeView::new(Tone::Good, format!("{} is deleted", line.payee.name())).with_text(text));
    Ok(respond::see_other("/payees"))
}

pub fn step(line: &PayeeLine) -> DeletionStep {
    let href = format!("/payees/{}", line.payee.id);
    let payouts: i64 = line.totals.iter().map(|total| total.payouts).sum();
    DeletionStep {
        action: format!("{href}/deletion"),
        keep_href: href,
        name: line.payee.name(),
        email: line.payee.email.clone().unwrap_or_default(),
        account: line.account().map(super::accounts::label).unwrap_or_default(),
        client: line.client_name.clone(),
        effect: match payouts {
            0 => "It was never paid. The log keeps that it was saved.".to_owned(),
            1 => "The payout made to it stays as it is; one on its way goes on.".to_owned(),
            many => format!(
                "The {} payouts made to it stay as they are; those on their way go on.",
                group(many.unsigned_abs())
            ),
        },
    }
}
