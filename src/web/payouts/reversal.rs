//! One reversal: the page that stays as its record.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::payout_id;
use super::record::Told;
use crate::domain::message::Message;
use crate::domain::money::Money;
use crate::domain::reversal::State;
use crate::error::Error;
use crate::service::payouts::{self, Shown};
use crate::service::{Desk, messages};
use crate::web::auth::Visitor;
use crate::web::display::{MoneyText, OptionView, Sentence, StatusView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::ledger::EntryView;
use crate::web::{respond, words};

/// The durable record of one reversal.
#[derive(Template)]
#[template(path = "payouts/reversed.html")]
pub struct ReversedPage {
    pub layout: Layout,
    pub id: String,
    pub payout_href: String,
    pub reference: String,
    pub tone: Tone,
    pub heading: String,
    pub outcome: Sentence,
    pub status: StatusView,
    pub amount_label: &'static str,
    pub amount: MoneyText,
    pub left: MoneyText,
    /// Label and text.
    pub facts: Vec<OptionView>,
    pub entry: Option<EntryView>,
    pub again_href: Option<String>,
    /// Address and name of the wallet.
    pub wallet: OptionView,
}

/// GET /payouts/{id}/reversals/{reversal}: the record of one reversal.
pub async fn show(
    visitor: Visitor,
    desk: web::Data<Desk>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Failure> {
    let (id, reversal) = path.into_inner();
    let shown = payouts::show(&desk, &visitor.caller, payout_id(&id)?).await?;
    let place = shown.detail.reversals.iter().position(|found| found.id.to_string() == reversal);
    match place {
        Some(place) => {
            let written = messages::about(&desk, &reversal).await?;
            respond::page(&page(&visitor, &shown, place, &written))
        }
        None => Err(Error::NotFound("Reversal").into()),
    }
}

fn page(visitor: &Visitor, shown: &Shown, place: usize, written: &[Message]) -> ReversedPage {
    let detail = &shown.detail;
    let told = Told { detail, zone: visitor.zone, now: visitor.now };
    let reversal = &detail.reversals[place];
    let payout = &detail.record.payout;
    let amount = reversal.amount();
    let provider = words::provider(&payout.rail);
    let entry = detail.ledger.iter().find(|entry| entry.transaction.reversal_id == Some(reversal.id));
    let (tone, heading, outcome) = match reversal.state {
        State::Pending if reversal.outcome_unknown_since.is_some() => (
            Tone::Unsure,
            format!("Reversal of {amount}: no answer yet"),
            format!("{provider} did not answer. The amount counts as asked for until they do."),
        ),
        State::Pending => (
            Tone::Info,
            format!("Reversal of {amount} asked for"),
            format!("{provider} has not answered yet. Reload this page to see the outcome."),
        ),
        State::Completed => {
            let back = Money::new(reversal.source_minor.unwrap_or(0), payout.currency);
            let at = reversal.completed_at.map(|at| told.zone.full(at).shown).unwrap_or_default();
            (Tone::Good, format!("{amount} reversed"), format!("{back} came back to {} on {at}.", detail.wallet.name))
        }
        State::Failed => (
            Tone::Bad,
            format!("Reversal of {amount} refused"),
            format!(
                "{} Nothing changed; the amount can be asked for again.",
                reversal.failure_reason.as_deref().unwrap_or_default()
            ),
        ),
    };
    let mut facts = vec![
        OptionView::new("Reason", reversal.reason.clone()),
        OptionView::new("Asked by", told.reversal_makers().get(place).cloned().unwrap_or_default()),
        OptionView::new("Asked", told.zone.full(reversal.id.created_at()).shown),
    ];
    if let Some(statement) = &reversal.statement_description {
        facts.push(OptionView::new("On the statement", statement.clone()));
    }
    if reversal.notify && written.is_empty() && reversal.state == State::Pending {
        facts.push(OptionView::new("Payee", "Written to once the money is back"));
    }
    for message in written {
        let told = format!("{}: {}", message.recipient, messages::words(message));
        facts.push(OptionView::new(message.kind.words(), told));
    }
    if let Some(entry) = entry {
        let entry = &entry.transaction;
        let money = |minor| Money::new(minor, entry.currency).figures();
        let (before, after) = (entry.available_after_minor - entry.available_delta_minor, entry.available_after_minor);
        facts.push(OptionView::new(
            "Wallet",
            format!("{}: {} → {} available", detail.wallet.name, money(before), money(after)),
        ));
    }
    ReversedPage {
        layout: visitor.layout(heading.clone(), Place::Payouts),
        id: reversal.id.to_string(),
        payout_href: format!("/payouts/{}", payout.id),
        reference: payout.reference_id.clone(),
        tone,
        heading,
        outcome: Sentence::default().text(outcome),
        status: words::reversal_status(reversal.state, reversal.outcome_unknown_since.is_some()),
        amount_label: match reversal.state {
            State::Completed => "Amount reversed",
            State::Pending | State::Failed => "Amount asked for",
        },
        amount: amount.into(),
        left: payout.reversible().into(),
        facts,
        entry: entry.map(|entry| told.entry(entry)),
        again_href: shown.acts.reverse.is_ok().then(|| format!("/payouts/{}/reverse", payout.id)),
        wallet: OptionView::new(format!("/wallets/{}", detail.wallet.number), detail.wallet.name.clone()),
    }
}
