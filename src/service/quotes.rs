//! What a payout would take from its wallet, told before it is made.

use super::approval_rules::{Expected, expected_to_create};
use super::duplicates::{self, Alike};
use super::links::{LinkInput, input};
use super::payouts::{PayoutInput, parse};
use super::{Desk, payees, permit, wallets};
use crate::domain::caller::Caller;
use crate::domain::command::{NewLink, PayeeChoice};
use crate::domain::ids::AccountId;
use crate::domain::maker::Maker;
use crate::domain::money::Money;
use crate::domain::payee_account::PayeeAccount;
use crate::domain::payout_link::check_end;
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::store::payee_accounts;
use crate::store::payees::PayeeLine;

/// The plan of a payout on one look at the wallet. The write plans again, by the same rules.
#[derive(Debug, Clone)]
pub struct Quote {
    pub wallet: Wallet,
    pub amount: Money,
    pub fees: Money,
    /// Amount and fees.
    pub total: Money,
    /// What is available afterwards; below zero by what is missing.
    pub after: Money,
    /// What it needs before it goes on, and who can approve it.
    pub needs: Option<Expected>,
    pub payee_name: String,
    pub payee_email: Option<String>,
    /// The account in words that may be shown.
    pub account: Option<String>,
    /// What it may repeat.
    pub alike: Vec<Alike>,
}

/// The plan of a payout link on one look at the wallet.
#[derive(Debug, Clone)]
pub struct LinkQuote {
    pub wallet: Wallet,
    pub new: NewLink,
    pub fees: Money,
    /// Amount and fees.
    pub total: Money,
    /// What is available afterwards; below zero by what is missing. The same as now when it waits for approval.
    pub after: Money,
    /// What it needs before it goes on, and who can approve it; nothing is held before.
    pub needs: Option<Expected>,
    /// What it may repeat.
    pub alike: Vec<Alike>,
}

/// Checks the input as making the payout would, and tells what it would take. Nothing is written.
pub async fn quote(desk: &Desk, caller: &Caller, input: &PayoutInput) -> Result<Quote, Error> {
    permit(desk, caller, Operation::MakePayout).await?;
    let new = parse(&desk.keys, input)?;
    let wallet = wallets::get(desk, caller, new.wallet_number).await?;
    if wallet.closed_at.is_some() {
        return Err(Error::field("wallet_id", "is closed: choose another wallet"));
    }
    let fees_minor = wallet.fee(new.amount.minor);
    let fees_minor = fees_minor.ok_or_else(|| Error::field("amount", "is too large together with its fees"))?;
    let (payee, payee_name, payee_email, account) = match &new.payee {
        PayeeChoice::Inline(details) => {
            let known = payees::known(desk, wallet.client_id, &details.fingerprint).await?;
            let account = details.account.as_ref();
            let there = known.iter().flat_map(|line| &line.accounts);
            let there = account.and_then(|given| there.clone().find(|there| there.fingerprint == given.fingerprint));
            if known.as_ref().is_some_and(|line| !line.payee.is_active()) {
                return Err(Error::field("beneficiary_email", "is of a payee who is switched off"));
            }
            // What waits to be approved is good for whoever gives it again, until its payee is saved.
            let saved = known.as_ref().is_some_and(|line| line.payee.saved_at.is_some());
            if there.is_some_and(|there| !there.is_active() && (saved || !there.has_waited())) {
                return Err(Error::field("beneficiary_identifiers", "names an account that is switched off"));
            }
            let label = account.and_then(|account| account.label.clone());
            (known.map(|line| line.payee.id), details.name(), details.email.clone(), label)
        }
        PayeeChoice::Saved(id, account) => match payees::get(desk, caller, *id).await {
            Ok(line) if line.payee.client_id == wallet.client_id => {
                if !line.payee.is_active() {
                    return Err(Error::field("beneficiary_id", "is switched off: switch the payee on again first"));
                }
                let label = match account {
                    Some(account) => of_payee(desk, &line, *account).await?.label,
                    None => line.account().and_then(|account| account.label.clone()),
                };
                (Some(*id), line.payee.name(), line.payee.email.clone(), label)
            }
            Ok(_) | Err(Error::NotFound(_)) => {
                return Err(Error::field("beneficiary_id", "must be a saved payee of the wallet’s client"));
            }
            Err(error) => return Err(error),
        },
    };
    let alike = match payee {
        Some(payee) => duplicates::like_payout(desk, payee, new.amount).await?,
        None => Vec::new(),
    };
    let total = Money::new(new.amount.minor + fees_minor, wallet.currency);
    let mut reader = desk.store.read().await?;
    let needs = expected_to_create(&mut reader, &Maker::of(caller), &wallet, new.amount).await?;
    drop(reader);
    Ok(Quote {
        alike,
        amount: new.amount,
        fees: Money::new(fees_minor, wallet.currency),
        total,
        after: Money::new(wallet.available_minor - total.minor, wallet.currency),
        needs,
        payee_name,
        payee_email,
        account,
        wallet,
    })
}

/// The account of the payee that was chosen, if it can be paid.
async fn of_payee(desk: &Desk, line: &PayeeLine, id: AccountId) -> Result<PayeeAccount, Error> {
    let mut reader = desk.store.read().await?;
    let account = payee_accounts::get(&mut reader, id).await?.map(|found| found.account);
    let account = account.filter(|account| account.payee_id == line.payee.id && account.is_active());
    account.ok_or_else(|| Error::field("beneficiary_account_id", "must be one of the payee’s accounts in use"))
}

/// The same for a payout link.
pub async fn link_quote(desk: &Desk, caller: &Caller, input: &LinkInput) -> Result<LinkQuote, Error> {
    permit(desk, caller, Operation::MakeLink).await?;
    let new = input::parse(desk, caller, input).await?;
    let wallet = wallets::get(desk, caller, new.wallet_number).await?;
    if wallet.closed_at.is_some() {
        return Err(Error::field("wallet_id", "is closed: choose another wallet"));
    }
    if new.contact.id.is_some() {
        let payee = payees::get(desk, caller, new.contact.id.ok_or(Error::Internal)?).await;
        match payee {
            Ok(line) if line.payee.client_id == wallet.client_id && line.payee.is_active() => {}
            Ok(line) if line.payee.client_id == wallet.client_id => {
                return Err(Error::field("contact_id", "is switched off: switch the payee on again first"));
            }
            _ => return Err(Error::field("contact_id", "must be a saved payee of the wallet’s client")),
        }
    }
    if let Some(end) = new.expire_by {
        check_end(end, desk.clock.now())
            .map_err(|_| Error::field("expire_by", "must be at least 15 minutes from now"))?;
    }
    let fees_minor = wallet.fee(new.amount.minor);
    let fees_minor = fees_minor.ok_or_else(|| Error::field("amount", "is too large together with its fees"))?;
    let total = Money::new(new.amount.minor + fees_minor, wallet.currency);
    let mut reader = desk.store.read().await?;
    let needs = expected_to_create(&mut reader, &Maker::of(caller), &wallet, new.amount).await?;
    drop(reader);
    let leaves = if needs.is_some() { 0 } else { total.minor };
    Ok(LinkQuote {
        alike: duplicates::like_link(desk, wallet.client_id, &new.contact, new.amount).await?,
        fees: Money::new(fees_minor, wallet.currency),
        total,
        after: Money::new(wallet.available_minor - leaves, wallet.currency),
        needs,
        new,
        wallet,
    })
}
