//! Payees and their accounts as a program names them together with a payment: contacts and fund accounts of Razorpay's
//! dialect (`contracts/razorpay.md` section 5).

use serde_json::{Map, Value};

use super::payees::input::{AccountInput, PayeeFields, PayeeInput};
use super::{Desk, accounts, payees, permit};
use crate::domain::caller::Caller;
use crate::domain::command::PayeeChoice;
use crate::domain::ids::{AccountId, PayeeId};
use crate::domain::payee_account::{PayeeAccount, number};
use crate::domain::payout_link::Contact;
use crate::domain::staff::{Operation, allows};
use crate::error::Error;
use crate::store::payee_accounts::AccountLine;

/// The contact of a payout link as the saved payee has it.
///
/// Errors: no saved payee in the caller's sight.
pub async fn saved_contact(desk: &Desk, caller: &Caller, id: PayeeId) -> Result<Contact, Error> {
    permit(desk, caller, Operation::MakeLink).await?;
    Ok(Contact::of(&payees::find_for(desk, caller, id, "payout_link.create").await?.payee))
}

/// The same for details that come with the link: whoever has them is saved, once.
pub async fn given_contact(desk: &Desk, caller: &Caller, input: &PayeeInput) -> Result<Contact, Error> {
    permit(desk, caller, Operation::MakeLink).await?;
    let saved = payees::save_for(desk, caller, None, input, PayeeFields::NAMED, None).await?;
    Ok(Contact::of(&saved.value.payee))
}

/// The saved payee and the account that a payout goes to.
///
/// Errors: no such account in the caller's sight.
pub async fn saved_account(desk: &Desk, caller: &Caller, id: AccountId) -> Result<PayeeChoice, Error> {
    permit(desk, caller, Operation::MakePayout).await?;
    let line = accounts::found(desk, caller, id, "payout.create").await?;
    Ok(PayeeChoice::Saved(line.payee.id, Some(id)))
}

/// The same for details that come with the payout: payee and account are saved, once.
pub async fn given_account(
    desk: &Desk,
    caller: &Caller,
    payee: &PayeeInput,
    account: &AccountInput,
) -> Result<PayeeChoice, Error> {
    permit(desk, caller, Operation::MakePayout).await?;
    let payee = payees::save_for(desk, caller, None, payee, PayeeFields::NAMED, None).await?.value.payee;
    let line = accounts::add_for(desk, caller, payee.id, account, None).await?.value;
    Ok(PayeeChoice::Saved(payee.id, Some(line.account.id)))
}

/// The account's identifiers: in full for who may see them, which the audit log has then, and masked for others.
pub async fn shown(desk: &Desk, caller: &Caller, line: &AccountLine) -> Result<Map<String, Value>, Error> {
    if allows(caller, Operation::RevealAccounts) {
        return Ok(accounts::reveal_one(desk, caller, line.account.id).await?.identifiers);
    }
    masked(desk, &line.account)
}

/// The account's identifiers with no more of its number than the last four characters.
pub fn masked(desk: &Desk, account: &PayeeAccount) -> Result<Map<String, Value>, Error> {
    let mut members = accounts::members(desk, account)?;
    let Some(number) = number(&members) else { return Ok(members) };
    let letters = number.chars().count();
    let hidden = if letters < 6 { letters } else { letters - 4 };
    let tail: String = number.chars().skip(hidden).collect();
    let shown = format!("{}{tail}", "X".repeat(hidden));
    for name in ["account_number", "iban", "accountNumber", "number"] {
        if members.contains_key(name) {
            members.insert(name.to_owned(), shown.clone().into());
        }
    }
    if let Some(Value::String(address)) = members.get("upi") {
        let masked = mask_address(address);
        members.insert("upi".to_owned(), masked.into());
    }
    Ok(members)
}

/// `pXXXX@okhdfcbank`.
fn mask_address(address: &str) -> String {
    let (name, bank) = address.split_once('@').unwrap_or((address, ""));
    let first: String = name.chars().take(1).collect();
    format!("{first}{}@{bank}", "X".repeat(name.chars().count().saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_first_letter_and_its_bank() {
        assert_eq!(mask_address("priya@okhdfcbank"), "pXXXX@okhdfcbank");
        assert_eq!(mask_address("p@ok"), "p@ok");
        assert_eq!(mask_address(""), "@");
    }
}
