//! Making a payout link: the form, and what is made of it.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::review::review;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::payout_link::{PayoutLink, State};
use crate::domain::staff::Operation;
use crate::error::{Error, FieldError};
use crate::service::links::{self, LinkInput};
use crate::service::{Desk, quotes, wallets};
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{FieldView, NoticeView, OptionView, Problem, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::payouts::form_key;
use crate::web::payouts::new::wallet_option;
use crate::web::payouts::new_payee::{offered, saved};
use crate::web::respond;
use crate::web::start::{self, StartView};
use crate::web::time::rfc3339;

/// How long a new link is open unless something else is typed: a week, in microseconds.
const USUAL: i64 = 7 * 24 * 3_600 * 1_000_000;

/// The form.
#[derive(Template)]
#[template(path = "links/new.html")]
pub struct NewLinkPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub wallets: Vec<OptionView>,
    /// Instead of the form while there is no wallet.
    pub start: StartView,
    /// Emails and names to pick from.
    pub payees: Vec<OptionView>,
    pub draft: LinkDraft,
}

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct LinkDraft {
    pub key: String,
    pub wallet: FieldView,
    pub amount: FieldView,
    /// `known` or `new`.
    pub to: &'static str,
    pub payee: FieldView,
    pub contact_name: FieldView,
    pub contact_email: FieldView,
    pub contact_phone: FieldView,
    pub contact_type: FieldView,
    pub purpose: FieldView,
    pub description: FieldView,
    pub reference: FieldView,
    pub receipt: FieldView,
    pub notes: FieldView,
    pub open_until: FieldView,
    pub payout_methods: FieldView,
    pub bank_account: bool,
    pub upi: bool,
    pub send_email: bool,
    pub send_sms: bool,
    pub save_payee: bool,
}

/// What the form sends, and sends again from the review.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct LinkForm {
    pub wallet: String,
    pub amount: String,
    /// `known` or `new`.
    pub to: String,
    pub payee: String,
    pub contact_name: String,
    pub contact_email: String,
    pub contact_phone: String,
    pub contact_type: String,
    pub purpose: String,
    pub description: String,
    pub reference: String,
    pub receipt: String,
    /// One a line, as `name: value`.
    pub notes: String,
    /// Date and time in the reader's zone.
    pub open_until: String,
    /// Check boxes say `yes`.
    pub bank_account: String,
    pub upi: String,
    pub send_email: String,
    pub send_sms: String,
    pub save_payee: String,
    pub idempotency_key: String,
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

/// GET /payout-links/new
pub async fn new(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<NewQuery>,
) -> Result<HttpResponse, Failure> {
    if !visitor.may(Operation::MakeLink) {
        return Err(Error::Forbidden.into());
    }
    let query = query.into_inner();
    let form = LinkForm {
        wallet: query.wallet,
        to: if query.payee.is_empty() { "new" } else { "known" }.to_owned(),
        payee: query.payee,
        send_email: "yes".to_owned(),
        open_until: visitor.zone.typed(visitor.now + USUAL),
        idempotency_key: form_key(),
        ..LinkForm::default()
    };
    respond::page(&form_page(&visitor, &desk, &form, &[]).await?)
}

/// POST /payout-links: first shows the plan, then makes the link that was agreed to.
pub async fn create(visitor: Visitor, desk: web::Data<Desk>, form: Posted<LinkForm>) -> Result<HttpResponse, Failure> {
    let form = form.into_inner();
    if form.edit == "yes" {
        return respond::page(&form_page(&visitor, &desk, &form, &[]).await?);
    }
    let (input, wrong) = read(&visitor, &desk, &form).await?;
    if !wrong.is_empty() {
        // The other fields are checked too, so that all errors show at once.
        let others = match quotes::link_quote(&desk, &visitor.caller, &input).await {
            Err(Error::Validation(errors)) => errors,
            Err(Error::Forbidden) => return Err(Error::Forbidden.into()),
            _ => Vec::new(),
        };
        let errors = ours(wrong.into_iter().chain(others).collect());
        return respond::unprocessable(&form_page(&visitor, &desk, &form, &errors).await?);
    }
    let result = if form.confirmed == "yes" {
        let key = Some(form.idempotency_key.as_str());
        links::create(&desk, &visitor.caller, &input, key).await.map(|answered| {
            let link = answered.value.link;
            visitor.flash(if answered.repeated { made_before(&visitor, &link) } else { made(&link) });
            respond::see_other(&format!("/payout-links/{}", link.id))
        })
    } else {
        match quotes::link_quote(&desk, &visitor.caller, &input).await {
            Ok(quote) => return respond::page(&review(&visitor, &form, &quote)),
            Err(error) => Err(error),
        }
    };
    match result {
        Ok(response) => Ok(response),
        Err(Error::Validation(errors)) => {
            respond::unprocessable(&form_page(&visitor, &desk, &form, &ours(errors)).await?)
        }
        Err(Error::NotFound("Beneficiary")) => {
            let message = "must be the email or id of a saved payee of the wallet’s client".to_owned();
            let errors = [FieldError { field: "payee", message }];
            respond::unprocessable(&form_page(&visitor, &desk, &form, &errors).await?)
        }
        Err(Error::Refused(refusal)) => {
            // The refusal is kept under the key that was sent; what is changed now is a new request.
            let form = LinkForm { idempotency_key: form_key(), ..form };
            let page = form_page(&visitor, &desk, &form, &[told(&refusal)]).await?;
            if refusal.rule == Rule::ExpiryTooSoon { respond::unprocessable(&page) } else { respond::conflict(&page) }
        }
        Err(error) => Err(error.into()),
    }
}

/// The service's input, and what is wrong before the service looks: the currency is the wallet's, a saved payee may be
/// named by email, the end is a time of the reader's zone and notes are lines.
async fn read(visitor: &Visitor, desk: &Desk, form: &LinkForm) -> Result<(LinkInput, Vec<FieldError>), Error> {
    let text = |value: &str| Some(value.trim().to_owned()).filter(|value| !value.is_empty());
    let mut wrong = Vec::new();
    let mut refuse = |field, message: &str| wrong.push(FieldError { field, message: message.to_owned() });
    let wallet = match form.wallet.trim().parse() {
        Ok(number) => wallets::get(desk, &visitor.caller, number).await.ok(),
        Err(_) => None,
    };
    if wallet.is_none() {
        refuse("wallet_id", "is required: choose one of the wallets");
    }
    let expire_by = text(&form.open_until).and_then(|typed| {
        let end = visitor.zone.read(&typed);
        if end.is_none() {
            refuse("open_until", "must be a date and a time, such as 2026-01-31T12:00");
        }
        end.map(rfc3339)
    });
    let notes = match notes(&form.notes) {
        Ok(notes) => notes,
        Err(message) => {
            refuse("notes", message);
            None
        }
    };
    let methods = [("bank_account", &form.bank_account), ("upi", &form.upi)];
    let mut input = LinkInput {
        wallet_id: wallet.as_ref().map(|wallet| wallet.number.to_string()),
        amount: text(&form.amount),
        currency: wallet.as_ref().map(|wallet| wallet.currency.code().to_owned()),
        contact_type: text(&form.contact_type),
        purpose: text(&form.purpose),
        description: text(&form.description),
        receipt: text(&form.receipt),
        reference: text(&form.reference),
        notes,
        send_sms: form.send_sms == "yes",
        send_email: form.send_email == "yes",
        expire_by,
        payout_methods: methods.iter().filter(|(_, on)| *on == "yes").map(|(name, _)| (*name).to_owned()).collect(),
        save_payee: form.save_payee == "yes",
        ..LinkInput::default()
    };
    if form.to == "known" {
        match saved(visitor, desk, wallet.as_ref(), form.payee.trim()).await? {
            Ok(id) => input.contact_id = Some(id),
            Err(message) => {
                refuse("contact_id", message);
                // Stands in, so that nothing else is said about the contact.
                input.contact_name = Some("Payee".to_owned());
                input.contact_email = input.send_email.then(|| "payee@example.com".to_owned());
                input.contact_phone = input.send_sms.then(|| "+1 202 555 0100".to_owned());
            }
        }
    } else {
        input.contact_name = text(&form.contact_name);
        input.contact_email = text(&form.contact_email);
        input.contact_phone = text(&form.contact_phone);
    }
    Ok((input, wrong))
}

/// Lines of `name: value` as a JSON object.
fn notes(text: &str) -> Result<Option<String>, &'static str> {
    let mut members = serde_json::Map::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').ok_or("must have a name and a value on each line, as Table: 12")?;
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || value.is_empty() {
            return Err("must have a name and a value on each line, as Table: 12");
        }
        if members.insert(name.to_owned(), value.into()).is_some() {
            return Err("must have each name once");
        }
    }
    Ok((!members.is_empty()).then(|| serde_json::Value::Object(members).to_string()))
}

async fn form_page(
    visitor: &Visitor,
    desk: &Desk,
    form: &LinkForm,
    errors: &[FieldError],
) -> Result<NewLinkPage, Error> {
    let wallets = wallets::list(desk, &visitor.caller).await?;
    let mut layout = visitor.layout("New payout link", Place::Links);
    layout.failed = !errors.is_empty();
    let field = |name: &'static str, typed: &str| respond::field(name, typed, errors);
    let on = |value: &str| value == "yes";
    Ok(NewLinkPage {
        layout,
        problems: respond::problems(errors),
        start: start::next_link(visitor, wallets.iter().map(|(wallet, _)| wallet)),
        wallets: wallets.iter().filter(|(wallet, _)| wallet.closed_at.is_none()).map(wallet_option).collect(),
        payees: offered(visitor, desk).await?,
        draft: LinkDraft {
            key: if form.idempotency_key.is_empty() { form_key() } else { form.idempotency_key.clone() },
            wallet: field("wallet", &form.wallet),
            amount: field("amount", &form.amount),
            to: if form.to == "known" { "known" } else { "new" },
            payee: field("payee", &form.payee),
            contact_name: field("contact_name", &form.contact_name),
            contact_email: field("contact_email", &form.contact_email),
            contact_phone: field("contact_phone", &form.contact_phone),
            contact_type: field("contact_type", &form.contact_type),
            purpose: field("purpose", &form.purpose),
            description: field("description", &form.description),
            reference: field("reference", &form.reference),
            receipt: field("receipt", &form.receipt),
            notes: field("notes", &form.notes),
            open_until: field("open_until", &form.open_until),
            payout_methods: field("payout_methods", ""),
            bank_account: on(&form.bank_account),
            upi: on(&form.upi),
            send_email: on(&form.send_email),
            send_sms: on(&form.send_sms),
            save_payee: on(&form.save_payee),
        },
    })
}

impl LinkForm {
    /// Everything typed, for the hidden fields of the review.
    pub fn fields(&self) -> Vec<OptionView> {
        [
            ("wallet", &self.wallet),
            ("amount", &self.amount),
            ("to", &self.to),
            ("payee", &self.payee),
            ("contact_name", &self.contact_name),
            ("contact_email", &self.contact_email),
            ("contact_phone", &self.contact_phone),
            ("contact_type", &self.contact_type),
            ("purpose", &self.purpose),
            ("description", &self.description),
            ("reference", &self.reference),
            ("receipt", &self.receipt),
            ("notes", &self.notes),
            ("open_until", &self.open_until),
            ("bank_account", &self.bank_account),
            ("upi", &self.upi),
            ("send_email", &self.send_email),
            ("send_sms", &self.send_sms),
            ("save_payee", &self.save_payee),
            ("idempotency_key", &self.idempotency_key),
        ]
        .into_iter()
        .map(|(name, value)| OptionView::new(name, value))
        .collect()
    }
}

/// The service's names of fields as this form calls them, one error for each field, in the order of the form.
fn ours(errors: Vec<FieldError>) -> Vec<FieldError> {
    const ORDER: [&str; 14] = [
        "wallet",
        "amount",
        "payee",
        "contact_name",
        "contact_email",
        "contact_phone",
        "contact_type",
        "purpose",
        "description",
        "reference",
        "receipt",
        "open_until",
        "payout_methods",
        "notes",
    ];
    let name = |field| match field {
        "wallet_id" | "currency" => "wallet",
        "contact_id" => "payee",
        "expire_by" => "open_until",
        other => other,
    };
    let errors = errors.into_iter().map(|error| FieldError { field: name(error.field), message: error.message });
    let mut ours = respond::in_order(errors.collect(), &ORDER);
    ours.dedup_by_key(|error| error.field);
    ours
}

/// A rule's refusal at the field that can be changed.
fn told(refusal: &Refusal) -> FieldError {
    let field = match refusal.rule {
        Rule::WalletNotFound | Rule::WalletClosed => "wallet",
        Rule::PayeeNotFound | Rule::PayeeInactive => "payee",
        Rule::ExpiryTooSoon => "open_until",
        _ => "amount",
    };
    let instead = refusal.instead.as_ref().map_or_else(String::new, |instead| format!(" {instead}"));
    FieldError { field, message: format!("cannot be used: {}{instead}", refusal.reason) }
}

/// Said when the same form came again.
fn made_before(visitor: &Visitor, link: &PayoutLink) -> NoticeView {
    let when = visitor.zone.when(link.id.created_at(), visitor.now);
    NoticeView::new(Tone::Info, format!("This payout link over {} had been made already", link.amount()))
        .with_text(format!("It was made {when}. No second one was made; nothing was held or sent again."))
}

fn made(link: &PayoutLink) -> NoticeView {
    let text = match link.state {
        State::Pending => "It waits for a second person to approve it; nothing is held before.",
        _ if link.send_email || link.send_sms => "Its address is sent to the recipient now.",
        _ => "Hand its address over to the recipient.",
    };
    NoticeView::new(Tone::Good, format!("Payout link over {} made", link.amount())).with_text(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_lines_with_a_name_and_a_value() {
        assert_eq!(notes(" \n "), Ok(None));
        let read = notes("Tea: Earl Grey, hot\n\nAt: 10:30").unwrap().unwrap();
        let read: serde_json::Value = serde_json::from_str(&read).unwrap();
        assert_eq!(read, serde_json::json!({"At": "10:30", "Tea": "Earl Grey, hot"}));
        for wrong in ["Tea", "Tea:", ": hot", "Tea: a\nTea: b"] {
            assert!(notes(wrong).is_err(), "{wrong}");
        }
    }
}
