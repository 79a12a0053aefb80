//! Topping up a wallet: the form, its review with the wallet before and after, and the page that stays as its record.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::auth::Visitor;
use super::csrf::Posted;
use super::display::{BalanceView, FieldView, NoticeView, OptionView, Problem, SumRow, SumView};
use super::failure::Failure;
use super::layout::{Layout, Place};
use super::ledger::EntryView;
use super::payouts::form_key;
use super::wallet_settings::{client_name, wallet_number};
use super::{approval_requests, approval_words, respond};
use crate::domain::approval::Act;
use crate::domain::money::{Money, group};
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::{Error, FieldError};
use crate::service::top_ups::{self, TopUp, TopUpInput};
use crate::service::{Desk, wallets};
use crate::store::payouts::NumberedTransaction;

/// The form.
#[derive(Template)]
#[template(path = "top_ups/new.html")]
pub struct NewTopUpPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub href: String,
    pub wallet: String,
    pub client: String,
    pub currency: &'static str,
    pub available: String,
    pub key: String,
    pub amount: FieldView,
    pub reference: FieldView,
}

/// What booking it would do.
#[derive(Template)]
#[template(path = "top_ups/review.html")]
pub struct TopUpReviewPage {
    pub layout: Layout,
    pub title: String,
    pub href: String,
    pub wallet: String,
    /// Label and text.
    pub facts: Vec<OptionView>,
    pub sum: SumView,
    pub balance: BalanceView,
    /// The form's fields, carried along.
    pub fields: Vec<OptionView>,
    /// What rules ask for before it is booked.
    pub notice: Option<NoticeView>,
    /// The button's word; none when nobody could approve it.
    pub yes: Option<String>,
}

/// The durable record of a top-up.
#[derive(Template)]
#[template(path = "top_ups/show.html")]
pub struct TopUpPage {
    pub layout: Layout,
    pub id: String,
    pub href: String,
    pub wallet: String,
    pub outcome: String,
    /// Label and text.
    pub facts: Vec<OptionView>,
    pub entry: EntryView,
    pub balance: BalanceView,
    /// Addresses and words of what may come next.
    pub ways: Vec<OptionView>,
}

/// What the form sends, and sends again from the review.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TopUpForm {
    amount: String,
    reference: String,
    idempotency_key: String,
    /// `yes` once the plan has been shown.
    confirmed: String,
    /// `yes`: back to the form with what was typed.
    edit: String,
}

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/wallets/{number}/top-up").route(web::get().to(new)).route(web::post().to(create)));
    config.service(web::resource("/wallets/{number}/top-ups/{entry}").route(web::get().to(show)));
}

/// GET /wallets/{number}/top-up
pub async fn new(visitor: Visitor, desk: web::Data<Desk>, number: web::Path<String>) -> Result<HttpResponse, Failure> {
    if !visitor.may(Operation::ManageWallets) {
        return Err(Error::Forbidden.into());
    }
    let wallet = wallets::get(&desk, &visitor.caller, wallet_number(&number)?).await?;
    respond::page(&form_page(&visitor, &desk, &wallet, &TopUpForm::default(), &[]).await?)
}

/// POST /wallets/{number}/top-up: first shows the plan, then books the top-up that was agreed to.
pub async fn create(
    visitor: Visitor,
    desk: web::Data<Desk>,
    number: web::Path<String>,
    form: Posted<TopUpForm>,
) -> Result<HttpResponse, Failure> {
    let number = wallet_number(&number)?;
    let form = form.into_inner();
    let result = if form.confirmed == "yes" && form.edit != "yes" {
        book(&visitor, &desk, number, &form).await
    } else {
        review(&visitor, &desk, number, &form).await
    };
    let errors = match result {
        Err(Failure::Desk(Error::Validation(errors))) => errors,
        Err(Failure::Desk(Error::Refused(refusal))) => {
            let wallet = wallets::get(&desk, &visitor.caller, number).await?;
            // The key belongs to what it booked, so a form that goes on needs a new one.
            let form = TopUpForm { idempotency_key: form_key(), ..form };
            let page = form_page(&visitor, &desk, &wallet, &form, &[told(&refusal)]).await?;
            return respond::conflict(&page);
        }
        other => return other,
    };
    let wallet = wallets::get(&desk, &visitor.caller, number).await?;
    respond::unprocessable(&form_page(&visitor, &desk, &wallet, &form, &errors).await?)
}

/// GET /wallets/{number}/top-ups/{entry}: the record, for good. The entry is named by its ledger transaction's number.
pub async fn show(
    visitor: Visitor,
    desk: web::Data<Desk>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Failure> {
    let number = wallet_number(&path.0)?;
    let entry: i64 = path.1.parse().map_err(|_| Error::NotFound("Top-up"))?;
    let (wallet, booked, booked_by) = top_ups::get(&desk, &visitor.caller, number, entry).await?;
    let client = client_name(&desk, &visitor, &wallet).await?;
    let booked_by = booked_by.as_deref().unwrap_or("Paydesk");
    respond::page(&record_page(&visitor, &wallet, &client, &booked, booked_by))
}

async fn book(visitor: &Visitor, desk: &Desk, number: i64, form: &TopUpForm) -> Result<HttpResponse, Failure> {
    // Without a key the same click could book twice.
    if form.idempotency_key.trim().is_empty() {
        return Err(Failure::BadForm);
    }
    let key = Some(form.idempotency_key.as_str());
    let booked = match top_ups::create(desk, &visitor.caller, number, &form.input(), key).await {
        // A rule wants it approved first: then it is asked for.
        Err(Error::Refused(refusal)) if refusal.rule == Rule::NeedsApproval => {
            let plan = top_ups::plan(desk, &visitor.caller, number, &form.input()).await?;
            let act = Act::TopUp {
                wallet_number: number,
                amount_minor: plan.amount.minor,
                currency: plan.amount.currency,
                remarks: plan.reference,
            };
            return Ok(approval_requests::ask(visitor, desk, act, &form.idempotency_key).await?);
        }
        booked => booked?,
    };
    Ok(respond::see_other(&format!("/wallets/{number}/top-ups/{}", booked.value.number)))
}

async fn review(visitor: &Visitor, desk: &Desk, number: i64, form: &TopUpForm) -> Result<HttpResponse, Failure> {
    if form.edit == "yes" {
        if !visitor.may(Operation::ManageWallets) {
            return Err(Error::Forbidden.into());
        }
        let wallet = wallets::get(desk, &visitor.caller, number).await?;
        return respond::page(&form_page(visitor, desk, &wallet, form, &[]).await?);
    }
    let plan = top_ups::plan(desk, &visitor.caller, number, &form.input()).await?;
    let client = client_name(desk, visitor, &plan.wallet).await?;
    respond::page(&review_page(visitor, form, &plan, &client))
}

async fn form_page(
    visitor: &Visitor,
    desk: &Desk,
    wallet: &Wallet,
    form: &TopUpForm,
    errors: &[FieldError],
) -> Result<NewTopUpPage, Error> {
    let mut layout = visitor.layout(format!("Top up {}", wallet.name), Place::Wallets);
    layout.failed = !errors.is_empty();
    Ok(NewTopUpPage {
        layout,
        problems: respond::problems(errors),
        href: format!("/wallets/{}", wallet.number),
        wallet: wallet.name.clone(),
        client: client_name(desk, visitor, wallet).await?,
        currency: wallet.currency.code(),
        available: wallet.available().to_string(),
        key: form.key(),
        amount: respond::field("amount", &form.amount, errors),
        reference: respond::field("reference", &form.reference, errors),
    })
}

fn review_page(visitor: &Visitor, form: &TopUpForm, plan: &TopUp, client: &str) -> TopUpReviewPage {
    let wallet = &plan.wallet;
    let title = format!("Top up {} with {}?", wallet.name, plan.amount);
    TopUpReviewPage {
        layout: visitor.layout(title.clone(), Place::Wallets),
        title,
        href: format!("/wallets/{}", wallet.number),
        wallet: wallet.name.clone(),
        facts: vec![OptionView::new("Client", client), OptionView::new("Reference", &plan.reference)],
        sum: sum(wallet, plan.amount),
        balance: balance(wallet, wallet.available(), plan.amount, plan.after, ("Available now", "Available after")),
        fields: vec![
            OptionView::new("amount", &form.amount),
            OptionView::new("reference", &form.reference),
            OptionView::new("idempotency_key", form.key()),
        ],
        notice: plan.needs.as_ref().map(approval_words::notice),
        yes: match &plan.needs {
            None => Some(format!("Book top-up of {}", plan.amount)),
            Some(needs) => needs.refusal.is_none().then(|| "Ask for approval".to_owned()),
        },
    }
}

fn record_page(
    visitor: &Visitor,
    wallet: &Wallet,
    client: &str,
    booked: &NumberedTransaction,
    booked_by: &str,
) -> TopUpPage {
    let entry = &booked.transaction;
    let money = |minor| Money::new(minor, entry.currency);
    let amount = money(entry.available_delta_minor);
    let after = money(entry.available_after_minor);
    let before = money(entry.available_after_minor - entry.available_delta_minor);
    let href = format!("/wallets/{}", wallet.number);
    let mut ways = vec![OptionView::new(&href, format!("See {}", wallet.name))];
    if visitor.may(Operation::MakePayout) && wallet.closed_at.is_none() {
        ways.push(OptionView::new(format!("/payouts/new?wallet={}", wallet.number), "Make a payout from it"));
    }
    if visitor.may(Operation::ManageWallets) && wallet.closed_at.is_none() {
        ways.push(OptionView::new(format!("{href}/top-up"), "Top it up again"));
    }
    ways.push(OptionView::new(format!("/audit?about={}", wallet.id), "See who did what to it"));
    TopUpPage {
        layout: visitor.layout(format!("Top-up {}", group(booked.number.unsigned_abs())), Place::Wallets),
        id: entry.id.to_string(),
        href,
        wallet: wallet.name.clone(),
        outcome: format!("{amount} booked to {} on {}.", wallet.name, visitor.zone.full(entry.created_at).shown),
        facts: vec![
            OptionView::new("Wallet", format!("{}, {client}", wallet.name)),
            OptionView::new("Amount", amount.to_string()),
            OptionView::new("Reference", &entry.remarks),
            OptionView::new("Booked by", booked_by),
        ],
        entry: EntryView {
            number: group(booked.number.unsigned_abs()),
            kind: entry.kind.name(),
            time: visitor.zone.on(entry.created_at),
        },
        balance: balance(wallet, before, amount, after, ("Available before", "Available after")),
        ways,
    }
}

fn sum(wallet: &Wallet, amount: Money) -> SumView {
    SumView {
        caption: "What comes into the wallet".to_owned(),
        rows: vec![SumRow { label: "Amount".to_owned(), money: amount.into() }],
        total: SumRow { label: format!("To {}", wallet.name), money: amount.into() },
    }
}

fn balance(wallet: &Wallet, before: Money, amount: Money, after: Money, (earlier, later): (&str, &str)) -> BalanceView {
    let row = |label: &str, money: Money| SumRow { label: label.to_owned(), money: money.into() };
    BalanceView {
        wallet: wallet.name.clone(),
        currency: wallet.currency.code().to_owned(),
        note: None,
        before: row(earlier, before),
        adds: true,
        change: row("Comes in", amount),
        after: row(later, after),
        short: false,
    }
}

/// A rule's refusal at the field that can be changed.
fn told(refusal: &Refusal) -> FieldError {
    let message = match refusal.rule {
        Rule::KeyReused => "cannot be booked with this form, which has booked another top-up already. Look at the \
                            statement; if this one is missing there, send the form again."
            .to_owned(),
        _ => format!("cannot be booked: {}", refusal.reason),
    };
    FieldError { field: "amount", message }
}

impl TopUpForm {
    fn input(&self) -> TopUpInput {
        TopUpInput { amount: self.amount.clone(), reference: self.reference.clone() }
    }

    /// The key it came with, or a new one.
    fn key(&self) -> String {
        if self.idempotency_key.is_empty() { form_key() } else { self.idempotency_key.clone() }
    }
}
