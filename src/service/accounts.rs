//! The bank details of payees: sealed where they are kept, opened for a rail or for whoever may see them.

use crate::domain::command::PayeeDetails;
use crate::domain::payee::{Identity, Payee};
use crate::keys::{Keys, Unsealable};
use crate::store::sealed::PAYEE_ACCOUNT;

/// Seals the account of details just given, and gives them the fingerprint by which they are found again.
pub fn seal_details(keys: &Keys, details: &mut PayeeDetails) {
    let identity = Identity {
        email: &details.email,
        first_name: &details.first_name,
        last_name: &details.last_name,
        country: details.country.as_deref(),
        phone: details.phone.as_deref(),
        identifiers: details.identifiers.as_deref(),
    };
    details.fingerprint = keys.fingerprint(&identity.text());
    details.identifiers = details.identifiers.take().map(|text| keys.seal(&PAYEE_ACCOUNT.purpose(), &text));
}

/// Seals the account of a made-up payee; its fingerprint stays.
pub fn seal(keys: &Keys, payee: &mut Payee) {
    let sealed = payee.account_identifiers.take().map(|text| keys.seal(&PAYEE_ACCOUNT.purpose(), &text));
    payee.account_identifiers = sealed;
}

/// The account's identifiers, a JSON object; none when no account is known.
pub fn open(keys: &Keys, payee: &Payee) -> Result<Option<String>, Unsealable> {
    payee.account_identifiers.as_deref().map(|sealed| keys.open(&PAYEE_ACCOUNT.purpose(), sealed)).transpose()
}
