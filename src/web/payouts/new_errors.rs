//! What is wrong with a new payout, at the fields of its form.

use crate::domain::payout::{Refusal, Rule};
use crate::error::FieldError;

/// The fields of the form, in its order; besides them there are those of an account, by method.
const ORDER: [&str; 10] =
    ["wallet", "amount", "reference", "payee", "account", "first_name", "last_name", "email", "country", "description"];

/// Whether a field is one of the form's own or of the service, and not of an account.
pub(super) fn is_ours(field: &str) -> bool {
    ORDER.contains(&field) || ["wallet_id", "reference_id", "currency"].contains(&field) || is_of_payee(field)
}

fn is_of_payee(field: &str) -> bool {
    field.starts_with("beneficiary_") && field != "beneficiary_identifiers"
}

/// The service's names of fields as this form calls them, one error for each field, in the order of the form.
pub(super) fn ours(errors: Vec<FieldError>) -> Vec<FieldError> {
    let name = |field| match field {
        "wallet_id" | "currency" => "wallet",
        "reference_id" => "reference",
        "beneficiary_id" => "payee",
        "beneficiary_account_id" => "account",
        "beneficiary_email" => "email",
        "beneficiary_first_name" => "first_name",
        "beneficiary_last_name" => "last_name",
        "beneficiary_country" => "country",
        "beneficiary_identifiers" => "method",
        other => other,
    };
    let errors = errors.into_iter().map(|error| FieldError { field: name(error.field), message: error.message });
    let mut ours: Vec<FieldError> = errors.collect();
    ours.sort_by_key(|error| ORDER.iter().position(|name| *name == error.field));
    ours.dedup_by_key(|error| error.field);
    ours
}

/// A rule's refusal at the field that can be changed.
pub(super) fn told(refusal: &Refusal) -> FieldError {
    let field = match refusal.rule {
        Rule::ReferenceTaken => "reference",
        Rule::WalletNotFound | Rule::WalletClosed => "wallet",
        Rule::PayeeNotFound | Rule::PayeeInactive => "payee",
        Rule::AccountNotFound | Rule::AccountInactive => "account",
        // Only a new account of a saved payee is refused so.
        Rule::NeedsApproval => "method",
        _ => "amount",
    };
    let instead = refusal.instead.as_ref().map_or_else(String::new, |instead| format!(" {instead}"));
    FieldError { field, message: format!("cannot be used: {}{instead}", refusal.reason) }
}
