//! What a payout would take from its wallet, told before it is made.

use super::payouts::{PayoutInput, parse};
use super::{Desk, payees, permit, wallets};
use crate::domain::caller::Caller;
use crate::domain::command::PayeeChoice;
use crate::domain::money::Money;
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::Error;

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
    /// A second person must approve it.
    pub needs_approval: bool,
    pub payee_name: String,
    pub payee_email: String,
    /// The account in words that may be shown.
    pub account: Option<String>,
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
    let (payee_name, payee_email, account) = match &new.payee {
        PayeeChoice::Inline(details) => {
            let name = format!("{} {}", details.first_name, details.last_name);
            (name, details.email.clone(), details.account_label.clone())
        }
        PayeeChoice::Saved(id) => match payees::get(desk, caller, *id).await {
            Ok(line) if line.payee.client_id == wallet.client_id => {
                (line.payee.name(), line.payee.email.clone(), line.payee.account_label.clone())
            }
            Ok(_) | Err(Error::NotFound(_)) => {
                return Err(Error::field("beneficiary_id", "must be a saved payee of the wallet’s client"));
            }
            Err(error) => return Err(error),
        },
    };
    let total = Money::new(new.amount.minor + fees_minor, wallet.currency);
    Ok(Quote {
        amount: new.amount,
        fees: Money::new(fees_minor, wallet.currency),
        total,
        after: Money::new(wallet.available_minor - total.minor, wallet.currency),
        needs_approval: wallet.needs_approval(new.amount.minor),
        payee_name,
        payee_email,
        account,
        wallet,
    })
}
