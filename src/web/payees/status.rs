//! Switching a payee off, and on again.

use actix_web::{HttpResponse, web};

use super::find;
use super::step::{StatusForm, StepPage};
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::{Desk, payees};
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{NoticeView, OptionView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::Place;
use crate::web::respond;

/// GET /payees/{id}/status
pub async fn confirm(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    if !visitor.may(Operation::ChangePayees) {
        return Err(Error::Forbidden.into());
    }
    let line = find(&visitor, &desk, &id).await?;
    let (name, on) = (line.payee.name(), line.payee.is_active());
    let href = format!("/payees/{}", line.payee.id);
    let title = if on { format!("Switch {name} off?") } else { format!("Switch {name} on again?") };
    respond::page(&StepPage {
        layout: visitor.layout(title.clone(), Place::Payees),
        title,
        crumb: if on { "Switch off" } else { "Switch on" },
        lead: match on {
            true => "It gets no new payouts, payout links and accounts until it is switched on again.",
            false => "It gets payouts again, and its accounts can be chosen.",
        },
        facts: vec![
            OptionView::new("Payee", name.clone()),
            OptionView::new("Email", line.payee.email.clone().unwrap_or_default()),
            OptionView::new("Client", line.client_name.clone()),
        ],
        payee: name,
        action: format!("{href}/status"),
        keep_href: href,
        effect: "Payouts already made stay as they are; those on their way go on.",
        active: Some(if on { "no" } else { "yes" }),
        keep: if on { "No, keep it on" } else { "No, leave it off" },
        yes: if on { "Yes, switch off" } else { "Yes, switch on" },
    })
}

/// POST /payees/{id}/status
pub async fn change(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<StatusForm>,
) -> Result<HttpResponse, Failure> {
    let active = form.into_inner().active == "yes";
    let line = payees::set_active(&desk, &visitor.caller, super::payee_id(&id)?, active).await?;
    let name = line.payee.name();
    let text = if active { format!("{name} is switched on again") } else { format!("{name} is switched off") };
    visitor.flash(NoticeView::new(Tone::Good, text));
    Ok(respond::see_other(&format!("/payees/{}", line.payee.id)))
}
