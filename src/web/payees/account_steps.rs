//! Switching an account of a payee off and on, and deleting it, each with its confirm step.

use actix_web::{HttpResponse, web};

use super::accounts::{account, label};
use super::step::{StatusForm, StepPage};
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::{Desk, accounts};
use crate::store::payee_accounts::AccountLine;
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{NoticeView, OptionView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::Place;
use crate::web::sessions::Confirmed;
use crate::web::{approval_requests, respond};

/// Both ids of the path.
type Ids = web::Path<(String, String)>;

/// GET /payees/{id}/accounts/{account}/status
pub async fn status(visitor: Visitor, desk: web::Data<Desk>, ids: Ids) -> Result<HttpResponse, Failure> {
    let line = changeable(&visitor, &desk, &ids).await?;
    let (label, on) = (label(&line.account), line.account.is_active());
    let title = if on { format!("Switch {label} off?") } else { format!("Switch {label} on again?") };
    respond::page(&StepPage {
        crumb: if on { "Switch off account" } else { "Switch on account" },
        lead: match on {
            true => "No new payout goes to it until it is switched on again.",
            false => "New payouts can go to it again.",
        },
        active: Some(if on { "no" } else { "yes" }),
        keep: if on { "No, keep it on" } else { "No, leave it off" },
        yes: if on { "Yes, switch off" } else { "Yes, switch on" },
        ..step(&visitor, &line, title, "status")
    })
}

/// POST /payees/{id}/accounts/{account}/status
pub async fn change_status(
    visitor: Visitor,
    desk: web::Data<Desk>,
    ids: Ids,
    form: Posted<StatusForm>,
) -> Result<HttpResponse, Failure> {
    let line = account(&visitor, &desk, &ids).await?;
    let active = form.into_inner().active == "yes";
    match accounts::set_active(&desk, &visitor.caller, line.account.id, active).await {
        // A rule wants it approved first: then it has been asked for.
        Err(Error::Refused(refusal)) => {
            return approval_requests::left(&visitor, &refusal).map_or_else(|| Err(Error::Refused(refusal).into()), Ok);
        }
        switched => switched?,
    };
    let word = if active { "switched on again" } else { "switched off" };
    visitor.flash(NoticeView::new(Tone::Good, format!("{} is {word}", label(&line.account))));
    Ok(respond::see_other(&format!("/payees/{}", line.payee.id)))
}

/// GET /payees/{id}/accounts/{account}/deletion
pub async fn deletion(visitor: Visitor, desk: web::Data<Desk>, ids: Ids) -> Result<HttpResponse, Failure> {
    let line = changeable(&visitor, &desk, &ids).await?;
    let title = format!("Delete {}?", label(&line.account));
    respond::page(&step(&visitor, &line, title, "deletion"))
}

/// POST /payees/{id}/accounts/{account}/deletion
pub async fn delete(
    visitor: Visitor,
    desk: web::Data<Desk>,
    ids: Ids,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    let line = account(&visitor, &desk, &ids).await?;
    accounts::delete(&desk, &visitor.caller, line.account.id).await?;
    let text = "New payouts cannot go to it any more. Payouts already made stay as they are.";
    visitor.flash(NoticeView::new(Tone::Good, format!("{} is deleted", label(&line.account))).with_text(text));
    Ok(respond::see_other(&format!("/payees/{}", line.payee.id)))
}

/// The account, for a reader who may change it.
async fn changeable(visitor: &Visitor, desk: &Desk, ids: &(String, String)) -> Result<AccountLine, Error> {
    if visitor.may(Operation::ChangePayees) { account(visitor, desk, ids).await } else { Err(Error::Forbidden) }
}

/// The confirm step of deleting the account; `part` is the last part of its address.
fn step(visitor: &Visitor, line: &AccountLine, title: String, part: &str) -> StepPage {
    let (name, account) = (line.payee.name(), &line.account);
    let href = format!("/payees/{}", line.payee.id);
    StepPage {
        layout: visitor.layout(title.clone(), Place::Payees),
        title,
        crumb: "Delete account",
        lead: "New payouts cannot go to it any more. Nothing has changed yet.",
        facts: vec![
            OptionView::new("Payee", name.clone()),
            OptionView::new("Account", label(account)),
            OptionView::new("Country", account.country.clone().unwrap_or_default()),
            OptionView::new("Currency", account.currency.map_or("", |currency| currency.code())),
        ],
        payee: name,
        action: format!("{href}/accounts/{}/{part}", account.id),
        keep_href: href,
        effect: "Payouts already made to it stay as they are; those on their way go on.",
        active: None,
        keep: "No, keep account",
        yes: "Yes, delete account",
    }
}
