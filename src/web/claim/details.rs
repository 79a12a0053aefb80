//! Bank details: giving them, reading them back, and the claim.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::bank_fields::{self, GivenAccount, MethodView};
use super::super::display::{FieldView, MoneyText, NoticeView, Problem, Tone};
use super::super::failure::Failure;
use super::frame::Frame;
use super::guest::{Form, Guest, Stage};
use super::offer::{At, Fact, OfferView, StepView, steps};
use super::{follow, proof, respond};
use crate::domain::bank;
use crate::domain::payee::split_name;
use crate::domain::payout::Rule;
use crate::domain::payout_link::MOST_FAILURES;
use crate::error::{Error, FieldError};
use crate::service::Desk;
use crate::service::recipients::{self, Checked, Given, Proof};

/// The form for bank details.
#[derive(Template)]
#[template(path = "claim/details.html")]
pub struct DetailsPage {
    pub frame: Frame,
    pub offer: OfferView,
    pub steps: Vec<StepView>,
    /// Why they are asked for again.
    pub notice: Option<NoticeView>,
    pub problems: Vec<Problem>,
    pub first_name: FieldView,
    pub last_name: FieldView,
    /// More than one, one, or none at all.
    pub methods: Vec<MethodView>,
    /// What is wrong with the choice.
    pub method: FieldView,
    /// Nothing had to be proved.
    pub unproved: bool,
}

/// Everything read back.
#[derive(Template)]
#[template(path = "claim/review.html")]
pub struct ReviewPage {
    pub frame: Frame,
    pub amount: MoneyText,
    pub steps: Vec<StepView>,
    pub facts: Vec<Fact>,
    /// What was typed, to be sent again.
    pub hidden: Vec<(String, String)>,
    /// Makes a second click harmless.
    pub key: String,
}

/// The empty form; it begins with the contact's name.
pub async fn show(guest: &Guest) -> Result<HttpResponse, Failure> {
    let (first_name, last_name) = split_name(&guest.link().contact_name);
    let given = Given { first_name, last_name, ..Given::default() };
    let mut page = page(guest, &given, &[]);
    page.notice = reopened(guest).await?;
    guest.page(StatusCode::OK, &page)
}

/// POST /l/{token}/details: reads back what is right, and shows again what is not, or what is to be changed.
pub async fn check(request: HttpRequest, desk: web::Data<Desk>, form: Form) -> Result<HttpResponse, Failure> {
    let guest = Guest::sent(&request, &desk, &form).await?;
    if guest.stage() != Stage::Open {
        return follow::closed(&guest).await;
    }
    if guest.must_prove() {
        return Ok(respond::see_other(&guest.path("")));
    }
    let given = given(&form);
    if form.get("step") == "edit" {
        return guest.page(StatusCode::OK, &page(&guest, &given, &[]));
    }
    match recipients::check(guest.link(), &given) {
        Ok(checked) => guest.page(StatusCode::OK, &review(&guest, &form, &checked)),
        Err(Error::Validation(errors)) => wrong(&guest, &given, &errors),
        Err(error) => Err(error.into()),
    }
}

/// POST /l/{token}/claim: once, however often it is sent.
pub async fn claim(request: HttpRequest, desk: web::Data<Desk>, form: Form) -> Result<HttpResponse, Failure> {
    let guest = Guest::sent(&request, &desk, &form).await?;
    let (given, key) = (given(&form), form.get("key"));
    if key.is_empty() {
        return Err(Failure::BadForm);
    }
    match recipients::claim(&desk, &guest.visit, &guest.token, &guest.pass, &given, key).await {
        Ok(pass) => guest.go_on(&pass),
        Err(Error::Validation(errors)) if guest.stage() == Stage::Open => wrong(&guest, &given, &errors),
        // The proof is too old: the first page asks for another one.
        Err(Error::Unauthenticated) if guest.stage() == Stage::Open => proof::show(&guest.again().await?, None).await,
        Err(Error::Refused(refusal)) if refusal.rule == Rule::KeyReused => {
            let checked = recipients::check(guest.link(), &given)?;
            guest.page(StatusCode::CONFLICT, &review(&guest, &form, &checked))
        }
        Err(Error::Refused(refusal)) if refusal.rule == Rule::Frozen => follow::held(&guest.again().await?, true),
        // Staff switched the payee or this account off; another account may do.
        Err(Error::Refused(refusal))
            if matches!(refusal.rule, Rule::PayeeInactive | Rule::AccountInactive) && guest.stage() == Stage::Open =>
        {
            let message =
                format!("cannot be used: {} does not pay it. Give another account, or ask them", guest.sender());
            wrong(&guest, &given, &[FieldError { field: "method", message }])
        }
        Err(Error::Refused(_) | Error::Validation(_) | Error::Unauthenticated) => {
            follow::closed(&guest.again().await?).await
        }
        Err(error) => Err(error.into()),
    }
}

fn wrong(guest: &Guest, given: &Given, errors: &[FieldError]) -> Result<HttpResponse, Failure> {
    guest.page(StatusCode::UNPROCESSABLE_ENTITY, &page(guest, given, errors))
}

fn given(form: &Form) -> Given {
    let GivenAccount { method, typed } = GivenAccount::of(form.pairs());
    let text = |name: &str| form.get(name).to_owned();
    Given { method, first_name: text("first_name"), last_name: text("last_name"), typed }
}

fn page(guest: &Guest, given: &Given, errors: &[FieldError]) -> DetailsPage {
    let mut frame = guest.frame(format!("Where should {} go?", guest.link().amount()));
    frame.failed = !errors.is_empty();
    let offered = recipients::methods(guest.link());
    // The likeliest one, until another is chosen.
    let chosen = offered.iter().find(|method| method.name() == given.method).or(offered.first()).copied();
    let account = GivenAccount { method: given.method.clone(), typed: given.typed.clone() };
    let text = |name: &'static str, typed: &str| FieldView {
        value: typed.to_owned(),
        error: bank_fields::error(errors, name),
    };
    DetailsPage {
        frame,
        offer: OfferView::of(&guest.opened.record, guest.now, true),
        steps: steps(At::Details, guest.proof != Proof::Nothing),
        notice: None,
        problems: errors.iter().map(|error| bank_fields::problem(error, chosen)).collect(),
        first_name: text("first_name", &given.first_name),
        last_name: text("last_name", &given.last_name),
        methods: bank_fields::methods(&offered, chosen, &account, errors),
        method: FieldView { value: String::new(), error: bank_fields::error(errors, "method") },
        unproved: guest.proof == Proof::Nothing,
    }
}

fn review(guest: &Guest, form: &Form, checked: &Checked) -> ReviewPage {
    let link = guest.link();
    let account = &checked.account;
    let mut facts =
        vec![Fact::new("Account holder", checked.name.clone()), Fact::new("Paid to", account.method.words())];
    for field in account.method.fields() {
        let value = account.identifiers.get(field.name).and_then(|value| value.as_str());
        facts.extend(value.map(|value| Fact::new(field.label, bank::member_spaced(field.name, value))));
    }
    facts.push(Fact::new("From", guest.sender()));
    facts.push(Fact::new("Cost to you", "None"));
    let kept = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    ReviewPage {
        frame: guest.frame(format!("Check where {} goes", link.amount())),
        amount: link.amount().into(),
        steps: steps(At::Review, guest.proof != Proof::Nothing),
        facts,
        hidden: form.pairs().filter(|(name, _)| !["step", "key"].contains(name)).map(kept).collect(),
        key: format!("recipient-{:032x}", rand::random::<u128>()),
    }
}

/// Why details are asked for again, after an attempt that did not end well.
async fn reopened(guest: &Guest) -> Result<Option<NoticeView>, Failure> {
    let link = guest.link();
    if !link.is_reopened() {
        return Ok(None);
    }
    let Some(last) = recipients::last_attempt(&guest.desk, link.id).await? else { return Ok(None) };
    let account = last.account_label.unwrap_or_else(|| "your account".to_owned());
    if last.state != crate::domain::payout::State::Failed {
        let notice = NoticeView::new(Tone::Info, "The payment was stopped before it was sent");
        let text = format!("It was meant for {account}. The money is held for you again: say where it should go.");
        return Ok(Some(notice.with_text(text)));
    }
    let said = last.failure_reason.map(|reason| format!(" The bank said: {}.", reason.trim_end_matches('.')));
    let left = MOST_FAILURES - link.failure_count;
    let tries = if left == 1 { "This is the last try.".to_owned() } else { format!("{left} tries are left.") };
    let text = format!(
        "It was meant for {account}.{} The money is held for you again: correct the details. {tries}",
        said.unwrap_or_default()
    );
    Ok(Some(NoticeView::new(Tone::Warn, "The payment did not reach your account").with_text(text)))
}
