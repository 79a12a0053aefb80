//! Making a payout: the form, and its review with fees and the wallet before and after.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::new_errors::{is_ours, ours, told};
use super::new_payee::{accounts, named, offered, saved};
use super::{LIST, form_key};
use crate::domain::bank::Method;
use crate::domain::ids::PayeeId;
use crate::domain::money::Money;
use crate::domain::payout::Payout;
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::{Error, FieldError};
use crate::service::approval_rules::Expected;
use crate::service::payouts::{self, PayeeInput, PayoutInput};
use crate::service::quotes::{self, Quote};
use crate::service::{Desk, wallets};
use crate::store::wallets::Client;
use crate::web::alike::AlikeView;
use crate::web::auth::Visitor;
use crate::web::bank_fields::{self, GivenAccount, MethodView};
use crate::web::csrf::Posted;
use crate::web::display::{BalanceView, FieldView, NoticeView, OptionView, Problem, SumRow, SumView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::start::{self, StartView};
use crate::web::{approval_words, respond, words};

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
    /// The accounts of the payee that is picked, when there are several.
    pub accounts: Vec<OptionView>,
    /// The account of a new payee.
    pub methods: Vec<MethodView>,
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
    pub account: FieldView,
    pub first_name: FieldView,
    pub last_name: FieldView,
    pub email: FieldView,
    pub country: FieldView,
    pub method: FieldView,
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
    /// One of the saved payee's accounts.
    account: String,
    first_name: String,
    last_name: String,
    email: String,
    country: String,
    description: String,
    idempotency_key: String,
    /// `yes` once the plan has been shown.
    confirmed: String,
    /// `yes`: back to the form with what was typed.
    edit: String,
    /// The account of a new payee, by method.
    #[serde(flatten)]
    bank: BTreeMap<String, String>,
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
        let (own, of_bank): (Vec<_>, Vec<_>) = wrong.into_iter().partition(|error| is_ours(error.field));
        let mut errors = ours(own.into_iter().chain(others).collect());
        errors.extend(of_bank);
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
        let account = form.bank().check().unwrap_or_else(|errors| {
            wrong.extend(errors);
            None
        });
        input.beneficiary = PayeeInput {
            email: text(&form.email),
            first_name: text(&form.first_name),
            last_name: text(&form.last_name),
            country: text(&form.country),
            account: account.map(Into::into),
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
    if let Some(line) = named(visitor, desk, &id).await? {
        let accounts = accounts(&line);
        // An account of the payee that was picked before is none of this one's.
        let chosen = accounts.iter().find(|account| account.value == form.account.trim());
        input.beneficiary_account_id = chosen.map(|account| account.value.clone());
        if chosen.is_none() && accounts.len() > 1 {
            let message = format!("must be chosen: {} has {}", line.payee.name(), accounts.len());
            wrong.push(FieldError { field: "beneficiary_account_id", message });
        }
    }
    input.beneficiary_id = Some(id);
    Ok((input, wrong))
}

async fn form_page(
    visitor: &Visitor,
    desk: &Desk,
    form: &PayoutForm,
    errors: &[FieldError],
) -> Result<NewPayoutPage, Error> {
    let wallets = wallets::list(desk, &visitor.caller).await?;
    let wallet = wallets.iter().find(|(wallet, _)| wallet.number.to_string() == form.wallet.trim());
    let picked = match saved(visitor, desk, wallet.map(|(wallet, _)| wallet), form.payee.trim()).await? {
        Ok(id) if form.to != "new" => named(visitor, desk, &id).await?,
        _ => None,
    };
    let given = form.bank();
    let (own, of_bank): (Vec<FieldError>, Vec<FieldError>) =
        errors.iter().cloned().partition(|error| is_ours(error.field));
    let mut problems = respond::problems(&own);
    problems.extend(of_bank.iter().map(|error| bank_fields::problem(error, given.method())));
    let mut layout = visitor.layout("New payout", Place::Payouts);
    layout.failed = !errors.is_empty();
    let field = |name: &'static str, typed: &str| respond::field(name, typed, &own);
    Ok(NewPayoutPage {
        layout,
        problems,
        start: start::next(visitor, wallets.iter().map(|(wallet, _)| wallet)),
        wallets: wallets.iter().filter(|(wallet, _)| wallet.closed_at.is_none()).map(wallet_option).collect(),
        payees: offered(visitor, desk).await?,
        accounts: picked.as_ref().map(accounts).filter(|accounts| accounts.len() > 1).unwrap_or_default(),
        methods: bank_fields::methods(&Method::ALL, given.method(), &given, &of_bank),
        draft: PayoutDraft {
            key: if form.idempotency_key.is_empty() { form_key() } else { form.idempotency_key.clone() },
            wallet: field("wallet", &form.wallet),
            amount: field("amount", &form.amount),
            reference: field("reference", &form.reference),
            to: if form.to == "new" { "new" } else { "known" },
            payee: field("payee", &form.payee),
            account: field("account", &form.account),
            first_name: field("first_name", &form.first_name),
            last_name: field("last_name", &form.last_name),
            email: field("email", &form.email),
            country: field("country", &form.country),
            method: FieldView { value: given.method.clone(), error: bank_fields::error(&of_bank, "method") },
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
    } else if let Some(needs) = &quote.needs {
        let held = "The money is held until it is approved or sent back.";
        approvers(needs, &format!("It is above the limit of {}.", quote.wallet.name), held)
    } else {
        NoticeView::new(Tone::Info, "It joins the queue at once").with_text(format!(
            "Until {} takes it, it can be cancelled and amount and fees come back.",
            words::provider(&quote.wallet.rail),
        ))
    };
    let row = |label: &str, money: Money| SumRow { label: label.to_owned(), money: money.into() };
    let payee = match &quote.payee_email {
        Some(email) => format!("{}, {email}", quote.payee_name),
        None => quote.payee_name.clone(),
    };
    NewPayoutReviewPage {
        list: LIST.into(),
        crumb: "New payout",
        action: "/payouts",
        alike: quote.alike.iter().map(|alike| AlikeView::of(alike, visitor)).collect(),
        layout: visitor.layout(title.clone(), Place::Payouts),
        title,
        fields: form.fields(),
        facts: vec![
            OptionView::new("Payee", payee),
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
        yes: (!short && possible(quote.needs.as_ref())).then(|| format!("Make payout of {}", quote.amount)),
    }
}

/// Who has to approve a new payout or payout link, and what becomes of the money until then.
pub fn approvers(needs: &Expected, limit: &str, held: &str) -> NoticeView {
    if needs.refusal.is_some() {
        return approval_words::notice(needs);
    }
    let (title, why) = match needs.need.rules.is_empty() {
        true => ("A second person must approve it".to_owned(), limit),
        false => (format!("Needs {}", needs.need.words()), "A rule asks for it."),
    };
    NoticeView::new(Tone::Info, title).with_text(format!("{why} {} {held}", approval_words::who(&needs.who)))
}

/// Whether enough people can approve it.
pub fn possible(needs: Option<&Expected>) -> bool {
    needs.is_none_or(|needs| needs.refusal.is_none())
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
            ("account", &self.account),
            ("first_name", &self.first_name),
            ("last_name", &self.last_name),
            ("email", &self.email),
            ("country", &self.country),
            ("description", &self.description),
            ("idempotency_key", &self.idempotency_key),
        ]
        .into_iter()
        .map(|(name, value)| OptionView::new(name, value))
        .chain(self.bank.iter().filter(|(name, _)| is_of_bank(name)).map(|(name, value)| OptionView::new(name, value)))
        .collect()
    }

    fn bank(&self) -> GivenAccount {
        GivenAccount::of(self.bank.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }
}

/// Whether a field is one of the account of a new payee.
fn is_of_bank(name: &str) -> bool {
    name == "method" || name.split_once('-').is_some_and(|(method, _)| Method::from_name(method).is_some())
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
