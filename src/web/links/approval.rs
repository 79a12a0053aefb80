//! A checker's decision on a payout link: approve or send back.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::record::Told;
use super::{LinkFacts, LinkHead, link_id, name};
use crate::domain::money::Money;
use crate::domain::payout::Refusal;
use crate::domain::payout_link::State;
use crate::error::{Error, FieldError};
use crate::service::Desk;
use crate::service::links::{self, Shown};
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{
    BalanceView, EventView, NoticeView, OptionView, PathView, Problem, Sentence, SumRow, SumView, Tone,
};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::payouts::approval::{DecideForm, Decided, DecisionForm};
use crate::web::payouts::{changed, form_key};
use crate::web::{approval_words, freezes, respond, words};

/// The request with the decision form, with the reason why this reader may not decide, or as it was decided.
#[derive(Template)]
#[template(path = "links/approval.html")]
pub struct LinkApprovalPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub changed: Option<NoticeView>,
    pub decided: Option<Decided>,
    pub record_href: String,
    pub head: LinkHead,
    pub path: PathView,
    pub facts: LinkFacts,
    /// The rule that asks for a second person.
    pub why: Option<String>,
    /// Label and text of how far it has come.
    pub progress: Vec<OptionView>,
    /// When the time to decide is over.
    pub expires: Option<String>,
    pub sum: SumView,
    /// The wallet before and after a yes; none once it is decided.
    pub balance: Option<BalanceView>,
    pub decision: Option<DecisionForm>,
    /// Why this reader may not decide, and who may.
    pub refusal: Option<NoticeView>,
    pub events: Vec<EventView>,
}

/// GET /payout-links/{id}/approval: the request, or how it was decided.
pub async fn show(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let shown = links::show(&desk, &visitor.caller, link_id(&id)?).await?;
    respond::page(&page(&visitor, &shown, "", None, &[]))
}

/// POST /payout-links/{id}/approval
pub async fn create(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<DecideForm>,
) -> Result<HttpResponse, Failure> {
    let id = link_id(&id)?;
    let form = form.into_inner();
    let problems = form.problems();
    if !problems.is_empty() {
        let shown = links::show(&desk, &visitor.caller, id).await?;
        return respond::unprocessable(&page(&visitor, &shown, &form.note, None, &problems));
    }
    let approve = form.decision == "approve";
    let (note, version, key) = (form.note.as_str(), form.version.parse().ok(), form.idempotency_key.as_str());
    match links::decide(&desk, &visitor.caller, id, approve, Some(note), version, Some(key)).await {
        Ok(_) => Ok(respond::see_other(&format!("/payout-links/{id}/approval"))),
        Err(Error::Refused(refusal)) => {
            let shown = links::show(&desk, &visitor.caller, id).await?;
            respond::conflict(&page(&visitor, &shown, &form.note, Some(&refusal), &[]))
        }
        Err(error) => Err(error.into()),
    }
}

fn page(
    visitor: &Visitor,
    shown: &Shown,
    note: &str,
    refusal: Option<&Refusal>,
    errors: &[FieldError],
) -> LinkApprovalPage {
    let detail = &shown.detail;
    let told = Told { detail, messages: &[], zone: visitor.zone, now: visitor.now };
    let (link, wallet) = (told.link(), &detail.wallet);
    let waits = link.state == State::Pending;
    let decided = decided(&told);
    // What ended undecided, or never had to wait, asks nobody for anything.
    let verb = if waits { "Approve payout link" } else { "Approval of payout link" };
    let title = decided.as_ref().map_or(verb, |decided| decided.heading);
    let mut layout = visitor.layout(format!("{title}: {}", name(link)), Place::Approvals);
    layout.failed = !errors.is_empty() || refusal.is_some();
    let may_not = shown.acts.decide.as_ref().err().filter(|_| decided.is_none()).map(|refusal| {
        NoticeView::new(Tone::Info, words::why_not(refusal)).with_text(refusal.instead.clone().unwrap_or_default())
    });
    let row = |label: &str, money: Money| SumRow { label: label.to_owned(), money: money.into() };
    LinkApprovalPage {
        layout,
        problems: respond::problems(errors),
        changed: refusal.map(changed).or_else(|| shown.frozen.as_ref().map(freezes::notice)),
        decided,
        record_href: format!("/payout-links/{}", link.id),
        head: told.head(verb),
        path: told.path(),
        facts: told.facts(),
        why: shown.approval.as_ref().and_then(|standing| approval_words::why(&standing.need)).or_else(|| {
            let limit = Money::new(wallet.approval_limit_minor.filter(|_| waits)?, wallet.currency);
            Some(format!("It is above the limit of {limit} in {}; a second person must approve it", wallet.name))
        }),
        progress: shown
            .approval
            .as_ref()
            .map(|standing| approval_words::progress(standing, told.zone, told.now))
            .unwrap_or_default(),
        expires: link
            .ends_at()
            .filter(|_| waits)
            .map(|at| format!("It expires on {}; nothing is held for it", told.zone.full(at).shown)),
        sum: SumView {
            caption: "What is held when it is issued".to_owned(),
            rows: vec![row("Amount", link.amount()), row("Fees", link.fees())],
            total: row(&format!("From {}", wallet.name), link.total()),
        },
        balance: waits.then(|| {
            let after = Money::new(wallet.available_minor - link.total().minor, wallet.currency);
            let short = after.minor < 0;
            let missing = Money::new(after.minor.abs(), wallet.currency);
            BalanceView {
                wallet: wallet.name.clone(),
                currency: wallet.currency.code().to_owned(),
                note: Some("if approved".to_owned()),
                before: row("Available now", wallet.available()),
                adds: false,
                change: row("Held then", link.total()),
                after: if short { row("Short by", missing) } else { row("Available after", after) },
                short,
            }
        }),
        decision: shown.acts.decide.is_ok().then(|| DecisionForm {
            action: format!("/payout-links/{}/approval", link.id),
            key: form_key(),
            version: link.version,
            shown: 0,
            if_approved: match shown.approval.as_ref().map_or(0, |now| now.need.people - now.count() - 1) {
                left if left > 0 => format!("Approved, it waits for {left} more; then it is issued."),
                _ => format!(
                    "Approved, {} is held, and {} can claim it. Until then it can still be cancelled.",
                    link.total(),
                    link.contact_name
                ),
            },
            if_sent_back: "Sent back, it ends. Nothing was held for it, so nothing comes back.".to_owned(),
            note: respond::field("note", note, errors),
            note_hint: format!("Needed to send back. {} will read it.", told.maker()),
        }),
        refusal: may_not,
        events: told.events(),
    }
}

/// How it was decided, once somebody has.
fn decided(told: &Told) -> Option<Decided> {
    let event = told.decision()?;
    let at = told.zone.full(event.created_at).shown;
    let note = event.note.as_ref().map_or_else(String::new, |note| format!(" “{note}”"));
    let (heading, outcome) = if event.to_state == State::Rejected {
        ("Payout link sent back", format!("{} sent it back on {at}. Nothing had been held.{note}", event.actor_name))
    } else {
        ("Payout link approved", format!("{} approved {} on {at}.{note}", event.actor_name, told.link().total()))
    };
    Some(Decided { tone: Tone::Good, heading, outcome: Sentence::default().text(outcome) })
}
