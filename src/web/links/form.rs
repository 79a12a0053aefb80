//! What the form of a new payout link sends, and what the service makes of it.

use serde::Deserialize;

use crate::error::{Error, FieldError};
use crate::service::links::LinkInput;
use crate::service::{Desk, wallets};
use crate::web::auth::Visitor;
use crate::web::display::OptionView;
use crate::web::payouts::new_payee::saved;
use crate::web::respond;
use crate::web::time::rfc3339;

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
    pub confirmed: String,
    /// `yes`: back to the form with what was typed.
    pub edit: String,
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

/// The service's input, and what is wrong before the service looks: the currency is the wallet's, a saved payee may be
/// named by email, the end is a time of the reader's zone and notes are lines.
pub(super) async fn read(
    visitor: &Visitor,
    desk: &Desk,
    form: &LinkForm,
) -> Result<(LinkInput, Vec<FieldError>), Error> {
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

/// The service's names of fields as this form calls them, one error for each field, in the order of the form.
pub(super) fn ours(errors: Vec<FieldError>) -> Vec<FieldError> {
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
