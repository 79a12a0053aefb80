//! Making a payout: the form, and its review with fees and the wallet before and after.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::new_errors::{ours, told};
use super::{LIST, form_key};
use crate::domain::ids::PayeeId;
use crate::domain::money::Money;
use crate::domain::payout::Payout;
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::{Error, FieldError};
use crate::service::payouts::{self, PayeeInput, PayoutInput};
use crate::service::quotes::{self, Quote};
use crate::service::{Desk, payees, wallets};
use crate::store::wallets::Client;
use crate::web::alike::AlikeView;
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{BalanceView, FieldView, NoticeView, OptionView, Problem, SumRow, SumView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::start::{self, StartView};
use crate::web::{respond, words};

/// How many saved payees the form offers; others are found by typing their email or id.
pub const OFFERED: usize = 100;

/// The form.
#[derive(Template)]
#[template(path = "payouts/new.html")]
pub struct NewPayoutPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub wallets: Vec<OptionView>,
    /// Instead of the form while there is no wallet.
    pub start: StartView,
    /// Emails and names to pick from.
    pub payees: Vec<OptionView>,
    pub draft: PayoutDraft,
}

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct PayoutDraft {
    pub key: String,
    pub wallet: FieldView,
    pub amount: FieldView,
    pub reference: FieldView,
    /// `known` or `new`.
    pub to: &'static str,
    pub payee: FieldView,
    pub first_name: FieldView,
    pub last_name: FieldView,
    pub email: FieldView,
    pub country: FieldView,
    pub account_number: FieldView,
    pub description: FieldView,
}

/// The plan of the payout before it is made.
#[derive(Template)]
#[template(path = "payouts/new_review.html")]
pub struct NewPayoutReviewPage {
    pub layout: Layout,
    /// Address and name of the list.
    pub list: OptionView,
    /// The breadcrumb's last word.
    pub crumb: &'static str,
    /// Where the form posts.
    pub action: &'static str,
    /// What it may repeat.
    pub alike: Vec<AlikeView>,
    /// A question, for example `Make a payout of USD 100.00?`.
    pub title: String,
    /// The form's fields, carried along.
    pub fields: Vec<OptionView>,
    /// Label and text.
    pub facts: Vec<OptionView>,
    pub sum: SumView,
    pub balance: BalanceView,
    pub note: NoticeView,
    /// The button's words; `None` when the plan is refused.
    pub yes: Option<String>,
}

/// What the form sends, and sends again from the review.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PayoutForm {
    wallet: String,
    amount: String,
    reference: String,
    /// `known` or `new`.
    to: String,
    payee: String,
    first_name: String,
    last_name: String,
    email: String,
    country: String,
    account_number: String,
    description: String,
    idempotency_key: String,
    /// `yes` once the plan has been shown.
    confirmed: String,
    /// `yes`: back to the form with what was typed.
    edit: String,
}

/// What links may fill in beforehand.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewQuery {
    wallet: String,
    payee: String,
}

/// GET /payouts/new
pub async fn new(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<NewQuery>,
) -> Result<HttpResponse, Failure> {
    if !visitor.may(Operation::MakePayout) {
        return Err(Error::Forbidden.into());
    }
    let query = query.into_inner();
    let form =
        PayoutForm { wallet: query.wallet, payee: query.payee, idempotency_key: form_key(), ..PayoutForm::default() };
    respond::page(&form_page(&visitor, &desk, &form, &[]).await?)
}

/// POST /payouts: first shows the plan, then makes the payout that was agreed to.
pub async fn create(
    visitor: Visitor,
    desk: web::Data<Desk>,
    form: Posted<PayoutForm>,
) -> Result<HttpResponse, Failure> {
    let form = form.into_inner();
    if form.edit == "yes" {
        return respond::page(&form_page(&visitor, &desk, &form, &[]).await?);
    }
    let (input, wrong) = read(&visitor, &desk, &form).await?;
    if !wrong.is_empty() {
        // The other fields are checked too, so that all errors show at once.
        let others = match quotes::quote(&desk, &visitor.caller, &input).await {
            Err(Error::Validation(errors)) => errors,
            Err(Error::Forbidden) => return Err(Error::Forbidden.into()),
            _ => Vec::new(),
        };
        let errors = ours(wrong.into_iter().chain(others).collect());
        return respond::unprocessable(&form_page(&visitor, &desk, &form, &errors).await?);
    }
    let result = if form.confirmed == "yes" {
        let key = Some(form.idempotency_key.as_str());
        payouts::create(&desk, &visitor.caller, &input, key).await.map(|answered| {
            let record = answered.value;
            visitor.flash(if answered.repeated { made_before(&visitor, &record.payout) } else { made(&record.payout) });
            respond::see_other(&format!("/payouts/{}", record.payout.id))
        })
    } else {
        match quotes::quote(&desk, &visitor.caller, &input).await {
            Ok(quote) => return respond::page(&review(&visitor, &form, &quote)),
            Err(error) => Err(error),
        }
    };
    match result {
        Ok(response) => Ok(response),
        Err(Error::Validation(errors)) => {
            respond::unprocessable(&form_page(&visitor, &desk, &form, &ours(errors)).await?)
        }
        Err(Error::Refused(refusal)) => {
            // The refusal is kept under the key that was sent; what is changed now is a new request.
            let form = PayoutForm { idempotency_key: form_key(), ..form };
            respond::conflict(&form_page(&visitor, &desk, &form, &[told(&refusal)]).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// The service's input, and what is wrong before the service looks: the currency is the wallet's, and a saved payee may
/// be named by email.
async fn read(visitor: &Visitor, desk: &Desk, form: &PayoutForm) -> Result<(PayoutInput, Vec<FieldError>), Error> {
    let text = |value: &str| Some(value.trim().to_owned()).filter(|value| !value.is_empty());
    let mut wrong = Vec::new();
    let wallet = match form.wallet.trim().parse() {
        Ok(number) => wallets::get(desk, &visitor.caller, number).await.ok(),
        Err(_) => None,
    };
    if wallet.is_none() {
        wrong.push(FieldError { field: "wallet_id", message: "is required: choose one of the wallets".into() });
    }
    let mut input = PayoutInput {
        reference_id: text(&form.reference),
        wallet_id: text(&form.wallet),
        amount: text(&form.amount),
        currency: wallet.as_ref().map(|wallet| wallet.currency.code().to_owned()),
        description: text(&form.description),
        ..PayoutInput::default()
    };
    if form.to == "new" {
        let identifiers = text(&form.account_number).map(|number| serde_json::json!({ "account_number": number }));
        input.beneficiary = PayeeInput {
            email: text(&form.email),
            first_name: text(&form.first_name),
            last_name: text(&form.last_name),
            country: text(&form.country),
            identifiers: identifiers.map(|identifiers| identifiers.to_string()),
            ..PayeeInput::default()
        };
        return Ok((input, wrong));
    }
    let id = match saved(visitor, desk, wallet.as_ref(), form.payee.trim()).await? {
        Ok(id) => id,
        Err(message) => {
            wrong.push(FieldError { field: "beneficiary_id", message: message.to_owned() });
            PayeeId::first_at(0).to_string()
        }
    };
    input.beneficiary_id = Some(id);
    Ok((input, wrong))
}

/// The id of the saved payee that was named by id or email, or what is wrong with the name.
pub async fn saved(
    visitor: &Visitor,
    desk: &Desk,
    wallet: Option<&Wallet>,
    named: &str,
) -> Result<Result<String, &'static str>, Error> {
    if named.is_empty() {
        return Ok(Err("is required: type the email or id of a saved payee"));
    }
    let Some(wallet) = wallet.filter(|_| named.contains('@')) else { return Ok(Ok(named.to_owned())) };
    let (found, _) = payees::list(desk, &visitor.caller, Some(named), None, None, OFFERED).await?;
    let found = found
        .into_iter()
        .find(|line| line.payee.client_id == wallet.client_id && line.payee.email.eq_ignore_ascii_case(named));
    Ok(found
        .map(|line| line.payee.id.to_string())
        .ok_or("must be the email or id of a saved payee of the wallet’s client; for another one choose “A new payee”"))
}

async fn form_page(
    visitor: &Visitor,
    desk: &Desk,
    form: &PayoutForm,
    errors: &[FieldError],
) -> Result<NewPayoutPage, Error> {
    let wallets = wallets::list(desk, &visitor.caller).await?;
    let (saved, _) = payees::list(desk, &visitor.caller, None, None, None, OFFERED).await?;
    let mut layout = visitor.layout("New payout", Place::Payouts);
    layout.failed = !errors.is_empty();
    let field = |name: &'static str, typed: &str| respond::field(name, typed, errors);
    Ok(NewPayoutPage {
        layout,
        problems: respond::problems(errors),
        start: start::next(visitor, wallets.iter().map(|(wallet, _)| wallet)),
        wallets: wallets.iter().filter(|(wallet, _)| wallet.closed_at.is_none()).map(wallet_option).collect(),
        payees: saved
            .iter()
            .map(|line| {
                OptionView::new(line.payee.email.clone(), format!("{}, {}", line.payee.name(), line.client_name))
            })
            .collect(),
        draft: PayoutDraft {
            key: if form.idempotency_key.is_empty() { form_key() } else { form.idempotency_key.clone() },
            wallet: field("wallet", &form.wallet),
            amount: field("amount", &form.amount),
            reference: field("reference", &form.reference),
            to: if form.to == "new" { "new" } else { "known" },
            payee: field("payee", &form.payee),
            first_name: field("first_name", &form.first_name),
            last_name: field("last_name", &form.last_name),
            email: field("email", &form.email),
            country: field("country", &form.country),
            account_number: field("account_number", &form.account_number),
            description: field("description", &form.description),
        },
    })
}

/// A wallet to choose.
pub fn wallet_option((wallet, client): &(Wallet, Client)) -> OptionView {
    OptionView::new(
        wallet.number.to_string(),
        format!("{}, {}: {} available", wallet.name, client.name, wallet.available()),
    )
}

fn review(visitor: &Visitor, form: &PayoutForm, quote: &Quote) -> NewPayoutReviewPage {
    let title = format!("Make a payout of {}?", quote.amount);
    let short = quote.after.minor < 0;
    let missing = Money::new(quote.after.minor.abs(), quote.after.currency);
    let note = if short {
        NoticeView::new(Tone::Bad, format!("{} does not hold enough", quote.wallet.name))
            .with_text(format!("{missing} is missing. Top up the wallet, or pay less."))
    } else if quote.needs_approval {
        NoticeView::new(Tone::Info, "A second person must approve it").with_text(format!(
            "It is above the limit of {}. The money is held until someone approves it or sends it back.",
            quote.wallet.name
        ))
    } else {
        NoticeView::new(Tone::Info, "It joins the queue at once").with_text(format!(
            "Until {} takes it, it can be cancelled and amount and fees come back.",
            words::provider(&quote.wallet.rail),
        ))
    };
    let row = |label: &str, money: Money| SumRow { label: label.to_owned(), money: money.into() };
    NewPayoutReviewPage {
        list: LIST.into(),
        crumb: "New payout",
        action: "/payouts",
        alike: quote.alike.iter().map(|alike| AlikeView::of(alike, visitor)).collect(),
        layout: visitor.layout(title.clone(), Place::Payouts),
        title,
        fields: form.fields(),
        facts: vec![
            OptionView::new("Payee", format!("{}, {}", quote.payee_name, quote.payee_email)),
            OptionView::new("Account", quote.account.clone().unwrap_or_default()),
            OptionView::new("Reference", form.reference.trim()),
            OptionView::new("Description", form.description.trim()),
        ],
        sum: SumView {
            caption: "What leaves the wallet".to_owned(),
            rows: vec![row("Amount", quote.amount), row("Fees", quote.fees)],
            total: row(&format!("From {}", quote.wallet.name), quote.total),
        },
        balance: BalanceView {
            wallet: quote.wallet.name.clone(),
            currency: quote.wallet.currency.code().to_owned(),
            note: None,
            before: row("Available now", quote.wallet.available()),
            adds: false,
            change: row("Leaves", quote.total),
            after: if short { row("Short by", missing) } else { row("Available after", quote.after) },
            short,
        },
        note,
        yes: (!short).then(|| format!("Make payout of {}", quote.amount)),
    }
}

impl PayoutForm {
    /// Everything typed, for the hidden fields of the review.
    fn fields(&self) -> Vec<OptionView> {
        [
            ("wallet", &self.wallet),
            ("amount", &self.amount),
            ("reference", &self.reference),
            ("to", &self.to),
            ("payee", &self.payee),
            ("first_name", &self.first_name),
            ("last_name", &self.last_name),
            ("email", &self.email),
            ("country", &self.country),
            ("account_number", &self.account_number),
            ("description", &self.description),
            ("idempotency_key", &self.idempotency_key),
        ]
        .into_iter()
        .map(|(name, value)| OptionView::new(name, value))
        .collect()
    }
}

/// Said when the same form, or the same reference with the same data, came again.
fn made_before(visitor: &Visitor, payout: &Payout) -> NoticeView {
    let when = visitor.zone.when(payout.id.created_at(), visitor.now);
    NoticeView::new(Tone::Info, format!("This payout of {} had been made already", payout.amount()))
        .with_text(format!("It was made {when}. No second one was made and nothing was debited again."))
}

fn made(payout: &Payout) -> NoticeView {
    let text = if payout.waits_for_approval() {
        "It waits for a second person to approve it."
    } else {
        "It joins the queue next."
    };
    NoticeView::new(Tone::Good, format!("Payout of {} made", payout.amount())).with_text(text)
}
