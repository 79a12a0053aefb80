//! Who a payout goes to: the payee and the account, found or made.

use std::collections::hash_map::Entry;

use crate::domain::approval::{Verb, needed};
use crate::domain::books::Books;
use crate::domain::command::PayeeChoice;
use crate::domain::ids::{AccountId, Mint, PayeeId};
use crate::domain::payee::{Payee, PayeeDetails};
use crate::domain::payee_account::PayeeAccount;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::wallet::Wallet;

/// Who is paid, and on which account. What is new of it is written only if the payout is.
#[derive(Debug)]
pub(super) struct Paid {
    pub payee: Payee,
    pub account: Option<PayeeAccount>,
}

/// The payee and the account that were chosen, those with the same details, or new ones.
pub(super) fn paid_to(books: &Books, wallet: &Wallet, choice: &PayeeChoice, mint: &mut Mint) -> Result<Paid, Refusal> {
    match choice {
        PayeeChoice::Saved(id, account) => {
            let payee = saved(books, wallet, *id)?;
            let account = match account {
                Some(account) => Some(named(books, *id, *account)?),
                None => newest(books, *id),
            };
            Ok(Paid { payee: payee.clone(), account: account.cloned() })
        }
        PayeeChoice::Inline(details) => paid_with(books, wallet, details, mint),
    }
}

/// The payee and the account with these details that were paid before, or new ones.
///
/// Where a rule wants accounts approved, a saved payee gets none in this way, and somebody who is only paid gets one that
/// stands switched off: it is good for whoever gives it again, and is nobody's newest account should the payee be saved.
fn paid_with(books: &Books, wallet: &Wallet, details: &PayeeDetails, mint: &mut Mint) -> Result<Paid, Refusal> {
    let ruled = needed(&books.approvals.rules, Verb::BankDetails, Some(wallet.client_id), None);
    let paid = with_details(books, wallet, details, ruled.is_some(), mint)?;
    let Some(account) = paid.account.as_ref().filter(|account| !account.is_active()) else { return Ok(paid) };
    match ruled {
        _ if !account.has_waited() => usable(account)?,
        _ if paid.payee.saved_at.is_none() => {}
        Some(need) => return Err(need.first().instead("Add the account to the payee: staff ask for it then.")),
        None => usable(account)?,
    }
    Ok(paid)
}

/// The same for the recipient of a payout link: no rule stops them. What they give is not approved by that: a new account
/// is good for this payout, and stands switched off.
pub(super) fn claimed_with(
    books: &Books,
    wallet: &Wallet,
    details: &PayeeDetails,
    mint: &mut Mint,
) -> Result<Paid, Refusal> {
    let ruled = needed(&books.approvals.rules, Verb::BankDetails, Some(wallet.client_id), None);
    let paid = with_details(books, wallet, details, ruled.is_some(), mint)?;
    paid.account.as_ref().filter(|account| !account.has_waited()).map_or(Ok(()), usable)?;
    Ok(paid)
}

/// Finds them, or makes them; a new account `waits` where that is wanted.
fn with_details(
    books: &Books,
    wallet: &Wallet,
    details: &PayeeDetails,
    waits: bool,
    mint: &mut Mint,
) -> Result<Paid, Refusal> {
    let known = books.payees.values().find(|payee| {
        payee.client_id == wallet.client_id && payee.fingerprint == details.fingerprint && payee.deleted_at.is_none()
    });
    known.map_or(Ok(()), active)?;
    let payee = known.cloned().unwrap_or_else(|| details.clone().into_payee(wallet.client_id, mint));
    let Some(given) = &details.account else { return Ok(Paid { payee, account: None }) };
    let known = books.accounts.values().find(|account| {
        account.payee_id == payee.id && account.fingerprint == given.fingerprint && account.deleted_at.is_none()
    });
    let account = known.cloned().unwrap_or_else(|| {
        let mut account = given.clone().into_account(&payee, mint);
        if waits {
            account.wait();
        }
        account
    });
    Ok(Paid { payee, account: Some(account) })
}

/// The client's own payee of this id, to whom something new may be sent.
pub(super) fn saved<'a>(books: &'a Books, wallet: &Wallet, id: PayeeId) -> Result<&'a Payee, Refusal> {
    let payee = books.payees.get(&id);
    let payee = payee.filter(|payee| payee.client_id == wallet.client_id && payee.deleted_at.is_none());
    let payee = payee.ok_or_else(|| Refusal::new(Rule::PayeeNotFound, "There is no such payee."))?;
    active(payee)?;
    Ok(payee)
}

impl Paid {
    /// Writes what is not known yet.
    pub fn keep(self, books: &mut Books) {
        if let Entry::Vacant(place) = books.payees.entry(self.payee.id) {
            place.insert(self.payee.clone());
            books.changes.new_payees.push(self.payee);
        }
        let Some(account) = self.account else { return };
        if let Entry::Vacant(place) = books.accounts.entry(account.id) {
            place.insert(account.clone());
            books.changes.new_accounts.push(account);
        }
    }
}

fn named(books: &Books, payee: PayeeId, id: AccountId) -> Result<&PayeeAccount, Refusal> {
    let account = books.accounts.get(&id);
    let account = account.filter(|account| account.payee_id == payee && account.deleted_at.is_none());
    let account = account.ok_or_else(|| Refusal::new(Rule::AccountNotFound, "The payee has no such account."))?;
    usable(account)?;
    Ok(account)
}

/// The newest account that is not switched off; none when none is known.
fn newest(books: &Books, payee: PayeeId) -> Option<&PayeeAccount> {
    let accounts = books.accounts.values().filter(|account| account.payee_id == payee && account.is_active());
    accounts.max_by_key(|account| account.id)
}

fn active(payee: &Payee) -> Result<(), Refusal> {
    if payee.disabled_at.is_none() {
        return Ok(());
    }
    Err(Refusal::new(Rule::PayeeInactive, format!("{} is switched off and gets no new payouts.", payee.name()))
        .instead("Switch the payee on again first."))
}

fn usable(account: &PayeeAccount) -> Result<(), Refusal> {
    if account.disabled_at.is_none() {
        return Ok(());
    }
    let shown = account.label.as_deref().unwrap_or("The account");
    Err(Refusal::new(Rule::AccountInactive, format!("{shown} is switched off and gets no new payouts."))
        .instead("Switch it on again, or pay another account."))
}
