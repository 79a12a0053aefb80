//! Payout links and claims as typed in a form or sent as JSON, and their checks.

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use crate::domain::caller::Caller;
use crate::domain::command::{NewLink, PayeeDetails};
use crate::domain::ids::PayeeId;
use crate::domain::money::Currency;
use crate::domain::payout_link::{Contact, Method, Methods, PayoutLink, phone_digits};
use crate::error::Error;
use crate::service::fields::Fields;
use crate::service::payees::input::unchecked;
use crate::service::payouts::object;
use crate::service::{Desk, accounts};
use crate::store::payees;

/// A payout link as typed in a form or sent as JSON; amounts, ids and times are still text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkInput {
    /// The wallet's number.
    pub wallet_id: Option<String>,
    pub amount: Option<String>,
    pub currency: Option<String>,
    /// A saved payee, in place of a name, phone and email.
    pub contact_id: Option<String>,
    pub contact_name: Option<String>,
    pub contact_type: Option<String>,
    pub contact_phone: Option<String>,
    pub contact_email: Option<String>,
    pub purpose: Option<String>,
    pub description: Option<String>,
    pub receipt: Option<String>,
    pub reference: Option<String>,
    /// A JSON object as text.
    pub notes: Option<String>,
    pub send_sms: bool,
    pub send_email: bool,
    /// RFC 3339.
    pub expire_by: Option<String>,
    /// Names of methods; none means those that suit the currency.
    pub payout_methods: Vec<String>,
    pub transfer_reason: Option<String>,
    pub save_payee: bool,
    pub request_id: Option<String>,
}

/// What a recipient gives to be paid; the identifiers have been checked for their country by the page.
#[derive(Debug, Clone)]
pub struct ClaimInput {
    /// How they want to be paid: one of the link's methods.
    pub method: Method,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// Only counts where the link names no email itself.
    pub email: Option<String>,
    pub country: Option<String>,
    /// Account identifiers, a JSON object as text, not sealed yet.
    pub identifiers: Option<String>,
    /// The account in words that may be shown; none lets the identifiers say it.
    pub label: Option<String>,
}

/// Checks every field of a link; only a saved contact is looked up.
pub(in crate::service) async fn parse(desk: &Desk, caller: &Caller, input: &LinkInput) -> Result<NewLink, Error> {
    let mut checks = Fields::default();
    let wallet_number = checks.parsed("wallet_id", input.wallet_id.as_deref(), "the number of a wallet");
    if input.wallet_id.as_deref().is_none_or(|text| text.trim().is_empty()) {
        checks.wrong("wallet_id", "is required");
    }
    let currency = checks.currency("currency", input.currency.as_deref());
    let amount = checks.amount("amount", input.amount.as_deref(), currency);
    let saved: Option<PayeeId> =
        checks.parsed("contact_id", input.contact_id.as_deref(), "the id of a saved beneficiary (ben_…)");
    let contact = match saved {
        Some(id) => saved_contact(desk, caller, &mut checks, id, input).await?,
        None => typed_contact(&mut checks, input),
    };
    if input.send_email && contact.email.is_none() {
        checks.wrong("contact_email", "is required to send an email");
    }
    if input.send_sms && contact.phone.is_none() {
        checks.wrong("contact_phone", "is required to send a text message");
    }
    let text = |checks: &mut Fields, field, value: &Option<String>, max| checks.optional(field, value.as_deref(), max);
    let purpose = text(&mut checks, "purpose", &input.purpose, 100);
    let description = text(&mut checks, "description", &input.description, 500);
    let receipt = text(&mut checks, "receipt", &input.receipt, 100);
    let reference = text(&mut checks, "reference", &input.reference, 100);
    let transfer_reason = text(&mut checks, "transfer_reason", &input.transfer_reason, 100);
    let request_id = text(&mut checks, "request_id", &input.request_id, 100);
    let notes = object(&mut checks, "notes", input.notes.as_deref())
        .map(|members| serde_json::Value::Object(members).to_string());
    let expire_by = moment(&mut checks, "expire_by", input.expire_by.as_deref());
    let payout_methods = methods(&mut checks, &input.payout_methods, currency);
    checks.done()?;
    let (Some(wallet_number), Some(amount)) = (wallet_number, amount) else { return Err(Error::Internal) };
    Ok(NewLink {
        wallet_number,
        amount,
        contact,
        purpose,
        description,
        receipt,
        reference,
        notes,
        send_sms: input.send_sms,
        send_email: input.send_email,
        expire_by,
        payout_methods,
        transfer_reason,
        save_payee: input.save_payee,
        request_id,
    })
}

/// The contact as the saved payee has it; what the caller cannot see does not exist.
async fn saved_contact(
    desk: &Desk,
    caller: &Caller,
    checks: &mut Fields,
    id: PayeeId,
    input: &LinkInput,
) -> Result<Contact, Error> {
    if [&input.contact_name, &input.contact_phone, &input.contact_email].into_iter().any(Option::is_some) {
        checks.wrong("contact_id", "must not come together with details of a contact: give one of them");
    }
    let mut reader = desk.store.read().await?;
    let payee = payees::get(&mut reader, id).await?.map(|line| line.payee);
    let payee = payee.filter(|payee| caller.may_see(payee.client_id)).ok_or(Error::NotFound("Beneficiary"))?;
    let kind = checks.optional("contact_type", input.contact_type.as_deref(), 50);
    Ok(Contact { kind, ..Contact::of(&payee) })
}

fn typed_contact(checks: &mut Fields, input: &LinkInput) -> Contact {
    let name = checks.required("contact_name", input.contact_name.as_deref(), 100);
    let kind = checks.optional("contact_type", input.contact_type.as_deref(), 50);
    let phone = checks.optional("contact_phone", input.contact_phone.as_deref(), 40);
    let plain = |phone: &str| {
        phone.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c)) && phone_digits(phone).len() >= 5
    };
    if phone.as_deref().is_some_and(|phone| !plain(phone)) {
        checks.wrong("contact_phone", "must be a phone number such as +91 98765 43210");
    }
    let given = input.contact_email.as_deref().is_some_and(|email| !email.trim().is_empty());
    let email = given.then(|| checks.email("contact_email", input.contact_email.as_deref()));
    Contact { id: None, name, kind, phone, email }
}

/// The methods asked for, or those that suit the currency.
fn methods(checks: &mut Fields, names: &[String], currency: Option<Currency>) -> Methods {
    let upi = currency == Some(Currency::INR);
    let usual = if upi { vec![Method::BankAccount, Method::Upi] } else { vec![Method::BankAccount] };
    if names.is_empty() {
        return Methods(usual);
    }
    match names.join(" ").parse::<Methods>() {
        Ok(methods) if methods.0.iter().all(|method| usual.contains(method)) => methods,
        Ok(methods) if methods.0 == [Method::Upi] || methods.0.contains(&Method::Upi) => {
            checks.wrong("payout_methods", "must not hold upi, which pays INR only");
            Methods(usual)
        }
        _ => {
            checks.wrong("payout_methods", "must hold bank_account or upi, each once");
            Methods(usual)
        }
    }
}

/// A moment in RFC 3339, in Unix microseconds.
pub(super) fn moment(checks: &mut Fields, field: &'static str, text: Option<&str>) -> Option<i64> {
    let text = checks.optional(field, text, 40)?;
    let time = DateTime::parse_from_rfc3339(&text).ok();
    if time.is_none() {
        checks.wrong(field, "must be a time such as 2026-01-31T12:00:00Z");
    }
    time.map(|time| time.timestamp_micros())
}

/// The payee that a recipient becomes: where the link names an email or phone, those stay.
pub(super) fn details(desk: &Desk, link: &PayoutLink, input: &ClaimInput) -> Result<PayeeDetails, Error> {
    let mut checks = Fields::default();
    if !link.payout_methods.0.contains(&input.method) {
        checks.wrong("method", format!("must be one of {}", link.payout_methods.names().join(", ")));
    }
    let country = checks.country("country", input.country.as_deref());
    let identifiers = object(&mut checks, "identifiers", input.identifiers.as_deref());
    if identifiers.is_none() {
        checks.required("identifiers", None, 1);
    }
    let given = input.email.as_deref().is_some_and(|email| !email.trim().is_empty());
    let email = match &link.contact_email {
        Some(email) => Some(email.clone()),
        None if given => Some(checks.email("email", input.email.as_deref())),
        None => None,
    };
    let account = identifiers.map(|identifiers| {
        let mut account = unchecked(&desk.keys, country.as_deref(), identifiers);
        account.label = input.label.clone().or(account.label);
        account
    });
    let mut details = PayeeDetails {
        email,
        first_name: checks.required("first_name", input.first_name.as_deref(), 100),
        last_name: checks.required("last_name", input.last_name.as_deref(), 100),
        country,
        phone: link.contact_phone.clone(),
        account,
        ..PayeeDetails::default()
    };
    checks.done()?;
    accounts::identify(&desk.keys, &mut details);
    Ok(details)
}
