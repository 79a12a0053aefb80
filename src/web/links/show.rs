//! One payout link: where its money is, what may be done, its address, facts, messages, ledger and history.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::carriers::Carriers;
use super::record::{AttemptRow, MessageRow, Told, attempts_note};
use super::{LIST, LinkFacts, LinkHead, acts, cancel_step, link_id, name, preview, qr};
use crate::domain::payout_link::State;
use crate::domain::staff::Operation;
use crate::service::links::{self, Shown};
use crate::service::{Desk, accounts, messages};
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{ActView, EventView, NoticeView, PathView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::ledger::LedgerEntry;
use crate::web::payees::AccountPage;
use crate::web::payouts::cancel::with_needs;
use crate::web::payouts::{CancelStep, form_key};
use crate::web::sessions::Confirmed;
use crate::web::{approval_words, freezes, respond};

/// The record of one link.
#[derive(Template)]
#[template(path = "links/show.html")]
pub struct LinkPage {
    pub layout: Layout,
    pub head: LinkHead,
    pub notices: Vec<NoticeView>,
    pub path: PathView,
    pub acts: Vec<ActView>,
    /// While somebody may still open it, for those who may issue links.
    pub share: Option<ShareView>,
    pub facts: LinkFacts,
    pub attempts: Vec<AttemptRow>,
    /// How many attempts failed and how many may; empty when none did.
    pub attempts_note: String,
    /// Shows the account that was claimed for in full, for those who may.
    pub reveal: Option<String>,
    /// An account is known and this reader may not see it in full.
    pub masked: bool,
    pub deliveries: Vec<MessageRow>,
    /// Why there are none.
    pub deliveries_note: &'static str,
    pub ledger: Vec<LedgerEntry>,
    pub events: Vec<EventView>,
    /// The record as JSON, without its secret.
    pub raw: String,
    /// The dialog of this page, when the action is offered.
    pub cancel: Option<CancelStep>,
}

/// The address and how to hand it over.
#[derive(Clone, Debug)]
pub struct ShareView {
    pub address: String,
    pub qr: Option<qr::QrView>,
    pub note: String,
    pub preview_href: String,
}

/// GET /payout-links/{id}
pub async fn show(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let id = link_id(&id)?;
    let shown = links::show(&desk, &visitor.caller, id).await?;
    let messages = messages::about(&desk, &id.to_string()).await?;
    let layout = visitor.layout(format!("Payout link {}", name(&shown.detail.record.link)), Place::Links);
    let told = Told { detail: &shown.detail, messages: &messages, zone: visitor.zone, now: visitor.now };
    respond::page(&page(layout, &visitor, &desk, &shown, &told))
}

/// POST /payout-links/{id}/account
pub async fn reveal(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    let id = link_id(&id)?;
    let revealed = accounts::reveal_of_link(&desk, &visitor.caller, id).await?;
    let href = format!("/payout-links/{id}");
    respond::page(&AccountPage::of(&visitor, LIST, Place::Links, href, &revealed))
}

/// GET /payout-links/{id}/account: whoever reloads the page has to press the button again.
pub async fn hidden(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let record = links::get(&desk, &visitor.caller, link_id(&id)?).await?;
    Ok(respond::see_other(&format!("/payout-links/{}", record.link.id)))
}

fn page(layout: Layout, visitor: &Visitor, desk: &Desk, shown: &Shown, told: &Told) -> LinkPage {
    let link = told.link();
    let mut acts = acts::list(shown, visitor.zone, visitor.now);
    let offered = acts.iter().any(|act| act.dialog.as_deref() == Some("cancel-dialog"));
    let first = acts.first().filter(|act| act.href.is_some()).cloned();
    acts.extend(acts::fixed_amount(shown));
    let reveals = visitor.may(Operation::RevealAccounts);
    LinkPage {
        layout,
        head: LinkHead { on_record: true, act: first, ..told.head("Payout link") },
        notices: shown
            .frozen
            .iter()
            .map(freezes::notice)
            .chain(shown.requests.iter().map(approval_words::waiting))
            .chain(notices(told))
            .collect(),
        path: told.path(),
        share: (link.state.is_open() && visitor.may(Operation::MakeLink)).then(|| share(desk, shown)),
        facts: told.facts(),
        attempts: told.attempts(),
        attempts_note: attempts_note(link),
        reveal: (reveals && link.payee_id.is_some()).then(|| format!("/payout-links/{}/account", link.id)),
        masked: !reveals && link.payee_id.is_some(),
        deliveries: told.deliveries(),
        deliveries_note: told.deliveries_note(),
        ledger: told.ledger(),
        events: told.events(),
        raw: raw(told),
        cancel: cancel_step::step(&shown.detail, Carriers::of(desk), form_key(), visitor.now)
            .and_then(|step| with_needs(step, shown.cancel_needs.as_ref(), &shown.requests))
            .ok()
            .filter(|_| offered),
        acts,
    }
}

fn share(desk: &Desk, shown: &Shown) -> ShareView {
    let link = &shown.detail.record.link;
    ShareView {
        address: shown.address.clone(),
        qr: qr::of(&shown.address),
        note: match link.state {
            State::Pending => {
                "It works once the payout link is approved; until then it says that it is not ready.".to_owned()
            }
            _ => format!("Whoever has it sees who pays and how much. {}", preview::needed(desk, link)),
        },
        preview_href: format!("/payout-links/{}/preview", link.id),
    }
}

/// What stands over everything else: an attempt that failed, a message that did not arrive.
fn notices(told: &Told) -> Vec<NoticeView> {
    let link = told.link();
    let failed = told.detail.attempts.last().filter(|_| link.is_reopened());
    let failed = failed.and_then(|attempt| attempt.failure_reason.as_ref()).map(|reason| {
        NoticeView::new(Tone::Warn, "The last attempt to pay it failed")
            .with_text(format!("“{reason}” {} can open the address again and give other details.", link.contact_name))
    });
    failed.into_iter().collect()
}

/// The record as data, without the secret of its address.
fn raw(told: &Told) -> String {
    let mut value = serde_json::json!({
        "payout_link": told.link(),
        "client": told.detail.record.client_name,
        "wallet": { "number": told.detail.record.wallet_number, "name": told.detail.record.wallet_name },
        "payouts": told.detail.attempts,
        "events": told.detail.record.events,
    });
    if let Some(link) = value["payout_link"].as_object_mut() {
        link.remove("token_hash");
        link.remove("token_sealed");
    }
    serde_json::to_string_pretty(&value).unwrap_or_default()
}
