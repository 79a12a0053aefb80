//! Cancelling or replacing one link: the confirm step, and the page that stays as its record.

use actix_web::{HttpResponse, web};

use super::carriers::Carriers;
use super::record::Told;
use super::{LIST, cancel_step, link_id, name};
use crate::domain::approval::Act;
use crate::domain::event::LinkEvent;
use crate::domain::ids::PayoutLinkId;
use crate::domain::ledger::Kind;
use crate::domain::money::Money;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::payout_link::{CloseReason, LinkPolicy, State};
use crate::error::Error;
use crate::service::Desk;
use crate::service::links::{self, Shown};
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{OptionView, Sentence, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::payouts::cancel::{CancelForm, CancelPage, CancelledPage, RefusedPage, problems_among, with_needs};
use crate::web::payouts::{CancelStep, changed, form_key};
use crate::web::{approval_requests, respond, words};

/// The two ways to end a link by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Cancel,
    /// It ends, and another one with the same content and a new address is issued, in one unit.
    Replace,
}

/// GET /payout-links/{id}/cancel
pub async fn new(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    Way::Cancel.ask(&visitor, &desk, &id).await
}

/// POST /payout-links/{id}/cancel
pub async fn create(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<CancelForm>,
) -> Result<HttpResponse, Failure> {
    Way::Cancel.take(&visitor, &desk, &id, form.into_inner()).await
}

/// GET /payout-links/{id}/replacement
pub async fn replacement(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    Way::Replace.ask(&visitor, &desk, &id).await
}

/// POST /payout-links/{id}/replacement
pub async fn replace(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<CancelForm>,
) -> Result<HttpResponse, Failure> {
    Way::Replace.take(&visitor, &desk, &id, form.into_inner()).await
}

/// GET /payout-links/{id}/cancellation: the record of how it was cancelled, for good.
pub async fn show(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let shown = links::show(&desk, &visitor.caller, link_id(&id)?).await?;
    if shown.detail.record.link.state != State::Cancelled {
        return Err(Error::NotFound("Cancellation").into());
    }
    let told = Told { detail: &shown.detail, messages: &[], zone: visitor.zone, now: visitor.now };
    respond::page(&done(&visitor, &told))
}

impl Way {
    /// The confirm step, or why there is none.
    async fn ask(self, visitor: &Visitor, desk: &Desk, id: &str) -> Result<HttpResponse, Failure> {
        let shown = links::show(desk, &visitor.caller, link_id(id)?).await?;
        match self.offer(visitor, desk, &shown) {
            Ok(step) => respond::page(&CancelPage::of(titled(visitor, &step), step, None, &[])),
            Err(refusal) => respond::page(&refused(visitor, &shown, &refusal, self.crumb())),
        }
    }

    /// What the step agreed to; or the step again with what is wrong, or with the new facts.
    async fn take(self, visitor: &Visitor, desk: &Desk, id: &str, form: CancelForm) -> Result<HttpResponse, Failure> {
        let id = link_id(id)?;
        let mut problems = match self {
            Way::Cancel => form.problems(),
            Way::Replace => problems_among(&cancel_step::REPLACED_BECAUSE, &form.reason, &form.note),
        };
        let refusal = if problems.is_empty() {
            match self.write(visitor, desk, id, &form).await {
                Ok(()) => return Ok(respond::see_other(&format!("/payout-links/{id}/cancellation"))),
                // A rule wants it approved first: then it is asked for.
                Err(Error::Refused(refusal)) if self == Way::Cancel && refusal.rule == Rule::NeedsApproval => {
                    let reason = Some(words::reason_text(&form.reason, &form.note));
                    let act = Act::CancelLink { link_id: id, reason, version: form.version.parse().unwrap_or(-1) };
                    match approval_requests::ask(visitor, desk, act, &form.idempotency_key).await {
                        Ok(asked) => return Ok(asked),
                        Err(Error::Refused(refusal)) => Some(refusal),
                        Err(error) => return Err(error.into()),
                    }
                }
                Err(Error::Refused(refusal)) => Some(refusal),
                Err(Error::Validation(wrong)) => {
                    problems = wrong;
                    None
                }
                Err(error) => return Err(error.into()),
            }
        } else {
            None
        };
        let shown = links::show(desk, &visitor.caller, id).await?;
        match (self.offer(visitor, desk, &shown), refusal) {
            (Ok(step), None) => {
                respond::unprocessable(&CancelPage::of(titled(visitor, &step), form.keep(step), None, &problems))
            }
            (Ok(step), Some(refusal)) => {
                let notice = Some(changed(&refusal));
                respond::conflict(&CancelPage::of(titled(visitor, &step), form.keep(step), notice, &[]))
            }
            (Err(refusal), _) => respond::conflict(&refused(visitor, &shown, &refusal, self.crumb())),
        }
    }

    async fn write(self, visitor: &Visitor, desk: &Desk, id: PayoutLinkId, form: &CancelForm) -> Result<(), Error> {
        let caller = &visitor.caller;
        let (reason, key) = (words::reason_text(&form.reason, &form.note), form.idempotency_key.as_str());
        let version = form.version.parse().ok();
        match self {
            Way::Cancel => {
                links::cancel(desk, caller, id, LinkPolicy::DESK, Some(&reason), version, Some(key)).await?;
            }
            Way::Replace => {
                links::replace(desk, caller, id, Some(&reason), version, Some(key)).await?;
            }
        }
        Ok(())
    }

    /// The step this reader may take, or why none.
    fn offer(self, visitor: &Visitor, desk: &Desk, shown: &Shown) -> Result<CancelStep, Refusal> {
        let act = match self {
            Way::Cancel => shown.acts.cancel.as_ref().map(|_| ()),
            Way::Replace => shown.acts.replace.as_ref().map(|_| ()),
        };
        act.map_err(Refusal::clone)?;
        let carriers = Carriers::of(desk);
        match self {
            Way::Cancel => cancel_step::step(&shown.detail, carriers, form_key(), visitor.now)
                .and_then(|step| with_needs(step, shown.cancel_needs.as_ref(), &shown.requests)),
            Way::Replace => {
                let waits = shown.replacement_waits;
                cancel_step::replacement(&shown.detail, carriers, form_key(), waits, visitor.now)
            }
        }
    }

    fn crumb(self) -> &'static str {
        match self {
            Way::Cancel => "Cancel",
            Way::Replace => "Replace",
        }
    }
}

/// The frame of a confirm step.
fn titled(visitor: &Visitor, step: &CancelStep) -> Layout {
    visitor.layout(format!("{} {}", step.title, step.reference), Place::Links)
}

/// The page of something that may not be done now. `action` is the breadcrumb's last word.
pub fn refused(visitor: &Visitor, shown: &Shown, refusal: &Refusal, action: &'static str) -> RefusedPage {
    let told = Told { detail: &shown.detail, messages: &[], zone: visitor.zone, now: visitor.now };
    let link = told.link();
    let done = match action {
        "Cancel" => "cancelled",
        "Replace" => "replaced",
        "Extend" => "extended",
        _ => "sent again",
    };
    RefusedPage {
        layout: visitor.layout(format!("Not {done}: {}", name(link)), Place::Links),
        list: LIST.into(),
        record_href: format!("/payout-links/{}", link.id),
        reference: name(link),
        action,
        title: format!("This payout link cannot be {done} now"),
        reason: refusal.reason.clone(),
        instead: refusal.instead.clone(),
        path: told.path(),
    }
}

fn done(visitor: &Visitor, told: &Told) -> CancelledPage {
    let (record, link) = (&told.detail.record, told.link());
    let event = record.events.iter().rev().find(|event| event.to_state == State::Cancelled);
    // A link that was open twice has several releases; the last one is that of its end.
    let release = told.detail.ledger.iter().rev().find(|entry| entry.transaction.kind == Kind::LinkRelease);
    let release = release.filter(|_| link.hold_id.is_some());
    let at = link.closed_at.map(|at| told.zone.full(at).shown).unwrap_or_default();
    let outcome = match release {
        Some(_) => format!("{} went back to {} on {at}. The address is dead.", link.total(), record.wallet_name),
        None => format!("No money had been held. Cancelled on {at}."),
    };
    let (heading, label) = match link.close_reason {
        Some(CloseReason::Declined) => ("Payout link declined", "Declined by"),
        Some(CloseReason::Replaced) => ("Payout link replaced", "Replaced by"),
        _ => ("Payout link cancelled", "Cancelled by"),
    };
    let mut facts = who_and_why(event, label);
    facts.push(OptionView::new("Recipient", link.contact_name.clone()));
    if let Some(entry) = release {
        facts.push(OptionView::new("Came back", format!("{} amount and {} fees", link.amount(), link.fees())));
        let entry = &entry.transaction;
        let money = |minor| Money::new(minor, entry.currency).figures();
        let after = entry.available_after_minor;
        let text = format!("{} → {} available", money(after - entry.available_delta_minor), money(after));
        facts.push(OptionView::new("Wallet", format!("{}: {text}", record.wallet_name)));
    }
    CancelledPage {
        layout: visitor.layout(format!("{heading}: {}", name(link)), Place::Links),
        list: LIST.into(),
        record_id: link.id.to_string(),
        record_href: format!("/payout-links/{}", link.id),
        reference: name(link),
        crumb: words::link_status(link.state, false, link.close_reason).word,
        tone: Tone::Good,
        heading,
        outcome: Sentence::default().text(outcome),
        path: told.path(),
        facts,
        entry: release.map(|entry| told.books().entry(entry)),
        request_id: event.map(|event| event.request_id.clone()),
        wallet: OptionView::new(format!("/wallets/{}", record.wallet_number), record.wallet_name.clone()),
        next: link.replaced_by_id.map(|id| {
            OptionView::new(format!("/payout-links/{id}"), format!("See the new payout link, {}", id.short()))
        }),
    }
}

fn who_and_why(event: Option<&LinkEvent>, label: &str) -> Vec<OptionView> {
    let Some(event) = event else { return Vec::new() };
    let who = if event.actor_type == "recipient" { "The recipient" } else { &event.actor_name };
    let by = format!("{who}, {}", words::via_inside(&event.via));
    let mut facts = vec![OptionView::new(label, by)];
    if let Some(note) = &event.note {
        facts.push(OptionView::new("Reason", note.clone()));
    }
    facts
}
