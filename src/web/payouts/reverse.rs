//! Reversing a completed payout: the form, its review, and the page that stays as its record.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::cancel::RefusedPage;
use super::record::Told;
use super::reverse_plan::{form, meter, note, review, rows};
use super::{PayoutHead, changed, form_key, payout_id};
use crate::domain::approval::Act;
use crate::domain::ids::PayoutId;
use crate::domain::money::Money;
use crate::domain::payout::{Refusal, Rule};
use crate::error::{Error, FieldError};
use crate::service::approval_rules::Expected;
use crate::service::payouts::{self, Shown};
use crate::service::reversals::{self, ReversalInput};
use crate::service::{Desk, approval_requests};
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{
    BalanceView, FieldView, MoneyText, NoticeView, OptionView, Problem, StatusView, SumView, TimeView,
};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::{approval_requests as requests, approval_words, respond, words};

/// How long a click waits for the provider, so that most result pages show the outcome at once.
const PATIENCE: Duration = Duration::from_secs(3);

/// The form that asks how much, on a page of its own.
#[derive(Template)]
#[template(path = "payouts/reverse.html")]
pub struct ReversePage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub changed: Option<NoticeView>,
    pub head: PayoutHead,
    pub ask: ReverseForm,
    pub meter: ReversedMeter,
    pub reversals: Vec<ReversalRow>,
    pub reversals_note: String,
    pub completed: Option<TimeView>,
    pub provider: String,
    pub wallet: String,
}

/// What the form asks, in the dialog and on the page.
#[derive(Clone, Debug)]
pub struct ReverseForm {
    pub action: String,
    pub title: &'static str,
    pub lead: String,
    pub keep_href: String,
    pub keep: &'static str,
    pub yes: &'static str,
    pub key: String,
    pub version: i64,
    /// `part` or `all`; `part` is preselected.
    pub how: &'static str,
    pub left: MoneyText,
    pub amount: FieldView,
    /// Id of the amount field, for its error.
    pub amount_id: &'static str,
    /// For example `up to 1,750.00, with at most 2 decimals`.
    pub amount_hint: String,
    pub reason: FieldView,
    pub reasons: Vec<OptionView>,
    pub statement: FieldView,
    /// Where the payee can be written to; empty when nowhere.
    pub reach: String,
    pub notify: bool,
    /// The wallet if all that is left came back.
    pub balance: BalanceView,
    pub notice: NoticeView,
}

/// How much is back, asked for and left. The bar is 598 units wide.
#[derive(Clone, Debug)]
pub struct ReversedMeter {
    /// Without the code, as the two others.
    pub whole: String,
    pub done: String,
    pub waiting: String,
    pub done_width: i64,
    pub waiting_x: i64,
    pub waiting_width: i64,
}

/// One reversal in a payout's list.
#[derive(Clone, Debug)]
pub struct ReversalRow {
    pub href: String,
    pub short_id: String,
    pub reason: String,
    pub asked: TimeView,
    pub status: StatusView,
    pub by: String,
    pub money: MoneyText,
}

/// The exact plan of one reversal, before it is asked for.
#[derive(Template)]
#[template(path = "payouts/reverse_review.html")]
pub struct ReverseReviewPage {
    pub layout: Layout,
    pub changed: Option<NoticeView>,
    pub reference: String,
    pub review: ReverseReview,
}

#[derive(Clone, Debug)]
pub struct ReverseReview {
    pub action: String,
    pub title: String,
    pub lead: String,
    pub keep_href: String,
    pub keep: &'static str,
    pub yes: String,
    pub key: String,
    pub version: i64,
    pub how: &'static str,
    pub amount: String,
    pub reason: String,
    pub statement: String,
    /// Where the payee is written to once the money is back; empty when they are not.
    pub told: String,
    pub payee: String,
    pub account: String,
    pub sum: SumView,
    pub balance: BalanceView,
    pub notice: NoticeView,
    pub help: Vec<String>,
}

/// What the form and its review send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReversalForm {
    /// `part` or `all`.
    how: String,
    amount: String,
    reason: String,
    statement: String,
    /// `yes`: the payee is written to once the money is back.
    notify: String,
    version: String,
    idempotency_key: String,
    /// `yes` once the exact plan has been shown.
    confirmed: String,
}

/// GET /payouts/{id}/reverse
pub async fn new(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let shown = payouts::show(&desk, &visitor.caller, payout_id(&id)?).await?;
    match &shown.acts.reverse {
        Ok(_) => respond::page(&page(&visitor, &shown, &ReversalForm::default(), None, &[])),
        Err(refusal) => respond::page(&refused(&visitor, &shown, refusal)),
    }
}

/// POST /payouts/{id}/reverse: first shows the exact plan, then does what was agreed to.
pub async fn create(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<ReversalForm>,
) -> Result<HttpResponse, Failure> {
    let id = payout_id(&id)?;
    let form = form.into_inner();
    if form.confirmed == "yes" {
        return confirmed(&visitor, &desk, id, &form).await;
    }
    let shown = payouts::show(&desk, &visitor.caller, id).await?;
    let left = match &shown.acts.reverse {
        Ok(left) => *left,
        Err(refusal) => return respond::conflict(&refused(&visitor, &shown, refusal)),
    };
    match form.read(left) {
        Ok(amount) => {
            let payout = &shown.detail.record.payout;
            let needs = approval_requests::needed_to_reverse(&desk, &visitor.caller, payout, amount).await?;
            match needs.as_ref().and_then(|needs| needs.refusal.as_ref()) {
                Some(refusal) => respond::conflict(&refused(&visitor, &shown, refusal)),
                None => respond::page(&review_page(&visitor, &shown, &form, amount, needs.as_ref())),
            }
        }
        Err(errors) => respond::unprocessable(&page(&visitor, &shown, &form, None, &errors)),
    }
}

async fn confirmed(visitor: &Visitor, desk: &Desk, id: PayoutId, form: &ReversalForm) -> Result<HttpResponse, Failure> {
    let text = |value: &str| Some(value.trim().to_owned()).filter(|value| !value.is_empty());
    let input = ReversalInput {
        amount: text(&form.amount),
        reason: text(&form.reason),
        statement_description: text(&form.statement),
        notify: form.notify == "yes",
        ..ReversalInput::default()
    };
    let (version, key) = (form.version.parse().ok(), Some(form.idempotency_key.as_str()));
    match reversals::reverse(desk, &visitor.caller, id, &input, version, key, PATIENCE).await {
        Ok(answered) => Ok(respond::see_other(&format!("/payouts/{id}/reversals/{}", answered.value.id))),
        Err(Error::Validation(errors)) => {
            let shown = payouts::show(desk, &visitor.caller, id).await?;
            respond::unprocessable(&page(visitor, &shown, form, None, &errors))
        }
        // A rule wants it approved first: then it is asked for.
        Err(Error::Refused(refusal)) if refusal.rule == Rule::NeedsApproval => {
            let shown = payouts::show(desk, &visitor.caller, id).await?;
            let left = match &shown.acts.reverse {
                Ok(left) => *left,
                Err(refusal) => return respond::conflict(&refused(visitor, &shown, refusal)),
            };
            let amount = match form.read(left) {
                Ok(amount) => amount,
                Err(errors) => return respond::unprocessable(&page(visitor, &shown, form, None, &errors)),
            };
            let act = Act::Reverse {
                payout_id: id,
                amount_minor: amount.minor,
                reason: input.reason.unwrap_or_default(),
                statement: input.statement_description,
                notify: input.notify,
                version: version.unwrap_or(-1),
                counts: Vec::new(),
            };
            match requests::ask(visitor, desk, act, &form.idempotency_key).await {
                Ok(asked) => Ok(asked),
                Err(Error::Refused(refusal)) => respond::conflict(&page(visitor, &shown, form, Some(&refusal), &[])),
                Err(error) => Err(error.into()),
            }
        }
        Err(Error::Refused(refusal)) => {
            let shown = payouts::show(desk, &visitor.caller, id).await?;
            match &shown.acts.reverse {
                Ok(_) => respond::conflict(&page(visitor, &shown, form, Some(&refusal), &[])),
                Err(refusal) => respond::conflict(&refused(visitor, &shown, refusal)),
            }
        }
        Err(error) => Err(error.into()),
    }
}

impl ReversalForm {
    fn how(&self) -> &'static str {
        if self.how == "all" { "all" } else { "part" }
    }

    /// The amount to reverse, or what is wrong. An amount beside "all that is left" is refused, never ignored.
    fn read(&self, left: Money) -> Result<Money, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut wrong = |field, message: String| errors.push(FieldError { field, message });
        let typed = self.amount.trim();
        let amount = if self.how() == "all" {
            if !typed.is_empty() {
                wrong("amount", "must be empty when all that is left is reversed: clear it, or choose “A part”".into());
            }
            Some(left)
        } else {
            match Money::parse(typed, left.currency) {
                Ok(amount) if amount.minor <= left.minor => Some(amount),
                Ok(amount) => {
                    wrong("amount", format!("must be at most {left}, which is what is left; {amount} was typed"));
                    None
                }
                Err(error) => {
                    wrong("amount", error.to_string());
                    None
                }
            }
        };
        if self.reason.trim().is_empty() {
            wrong("reason", "is required: choose one".into());
        } else if !words::REASONS.contains(&self.reason.trim()) {
            wrong("reason", "is none of the list: choose one".into());
        }
        if self.statement.chars().count() > 35 {
            wrong("statement", "must have at most 35 characters".into());
        }
        amount.filter(|_| errors.is_empty()).ok_or(errors)
    }
}

fn page(
    visitor: &Visitor,
    shown: &Shown,
    typed: &ReversalForm,
    refusal: Option<&Refusal>,
    errors: &[FieldError],
) -> ReversePage {
    let detail = &shown.detail;
    let told = Told { detail, zone: visitor.zone, now: visitor.now };
    let payout = &detail.record.payout;
    let mut layout = visitor.layout(format!("Reverse payout {}", payout.reference_id), Place::Payouts);
    layout.failed = !errors.is_empty() || refusal.is_some();
    ReversePage {
        layout,
        problems: respond::problems(errors),
        changed: refusal.map(changed),
        head: told.head("Reverse payout"),
        ask: ReverseForm {
            how: typed.how(),
            amount: respond::field("amount", &typed.amount, errors),
            reason: respond::field("reason", &typed.reason, errors),
            statement: respond::field("statement", &typed.statement, errors),
            notify: typed.notify == "yes",
            ..form(&detail.record, &detail.wallet, form_key())
        },
        meter: meter(&detail.record),
        reversals: rows(&told),
        reversals_note: note(&detail.record, detail.reversals.len()),
        completed: payout.completed_at.map(|at| told.zone.on(at)),
        provider: words::provider(&payout.rail),
        wallet: detail.wallet.name.clone(),
    }
}

fn review_page(
    visitor: &Visitor,
    shown: &Shown,
    typed: &ReversalForm,
    amount: Money,
    needs: Option<&Expected>,
) -> ReverseReviewPage {
    let record = &shown.detail.record;
    let ask = ReverseForm {
        how: typed.how(),
        amount: FieldView::of(amount.plain()),
        reason: FieldView::of(&typed.reason),
        statement: FieldView::of(&typed.statement),
        notify: typed.notify == "yes",
        ..form(record, &shown.detail.wallet, typed.idempotency_key.clone())
    };
    ReverseReviewPage {
        layout: visitor.layout(format!("Reverse {amount}? {}", record.payout.reference_id), Place::Payouts),
        changed: None,
        reference: record.payout.reference_id.clone(),
        review: with_needs(review(record, &shown.detail.wallet, amount, ask), needs),
    }
}

/// The review where a rule wants it approved first.
fn with_needs(review: ReverseReview, needs: Option<&Expected>) -> ReverseReview {
    match needs {
        Some(needs) => {
            let notice = approval_words::notice(needs);
            ReverseReview { notice, yes: "Ask for approval".to_owned(), ..review }
        }
        None => review,
    }
}

fn refused(visitor: &Visitor, shown: &Shown, refusal: &Refusal) -> RefusedPage {
    let told = Told { detail: &shown.detail, zone: visitor.zone, now: visitor.now };
    let payout = &shown.detail.record.payout;
    RefusedPage {
        layout: visitor.layout(format!("Not reversed: {}", payout.reference_id), Place::Payouts),
        list: super::LIST.into(),
        record_href: format!("/payouts/{}", payout.id),
        reference: payout.reference_id.clone(),
        action: "Reverse",
        title: "This payout cannot be reversed now".to_owned(),
        reason: refusal.reason.clone(),
        instead: refusal.instead.clone(),
        path: told.path(),
    }
}
