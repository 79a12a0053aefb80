//! A transaction as JSON: exactly the members of `contracts/revolut.md` 5.5, because strict clients refuse any other.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::kinds::{
    AccountId, CounterpartyId, CurrencyCode, LegAccountType, LegId, OtherAccountId, Time, TransactionId,
    TransactionState, TransactionType,
};
use super::{Number, samples, time};
use crate::domain::command::PayoutRecord;
use crate::domain::ledger::LedgerTransaction;
use crate::domain::money::{Currency, Money};
use crate::domain::payee_account::AccountKind;
use crate::domain::payout::{ClosedBy, Origin, State as PayoutState};
use crate::domain::reversal::Reversal;
use crate::domain::transaction::State;
use crate::domain::transfer::Transfer;
use crate::service::transactions;

/// What was made or changed, in short.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TransactionInShort)]
pub struct Made {
    #[schema(value_type = TransactionId)]
    id: String,
    #[schema(value_type = TransactionState)]
    state: &'static str,
    #[schema(value_type = Time)]
    created_at: String,
    /// Only when it is `completed`.
    #[schema(value_type = Time, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<String>,
}

/// A payment, a transfer between your accounts, money that came in, or a refund. What has no value is left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Transaction {
    #[schema(value_type = TransactionId)]
    id: String,
    #[schema(value_type = TransactionType)]
    r#type: &'static str,
    /// Your own id of the request that made it.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[schema(value_type = TransactionState)]
    state: &'static str,
    /// Why it was declined or failed.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_code: Option<String>,
    #[schema(value_type = Time)]
    created_at: String,
    #[schema(value_type = Time)]
    updated_at: String,
    #[schema(value_type = Time, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<String>,
    /// The payment that a refund is about.
    #[schema(value_type = TransactionId, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    related_transaction_id: Option<String>,
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    /// One, or two between your own accounts.
    legs: Vec<Leg>,
}

/// What a transaction does to one account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TransactionLeg)]
pub struct Leg {
    #[schema(value_type = LegId)]
    leg_id: String,
    #[schema(value_type = AccountId)]
    account_id: String,
    /// Without the fee; below zero, the money goes out.
    amount: Number,
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    fee: Option<Number>,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    /// What the other side gets, where that is another currency.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    bill_amount: Option<Number>,
    #[schema(value_type = CurrencyCode, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    bill_currency: Option<&'static str>,
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    counterparty: Option<Counterparty>,
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// What the account has available afterwards, where that is known.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<Number>,
}

/// The other side of a leg.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LegCounterparty)]
struct Counterparty {
    #[schema(value_type = CounterpartyId, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[schema(value_type = OtherAccountId, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<String>,
    #[schema(value_type = LegAccountType)]
    account_type: &'static str,
}

impl Made {
    /// The example of the contract.
    pub fn example() -> Made {
        Made {
            id: samples::TRANSACTION.into(),
            state: State::Pending.name(),
            created_at: "2026-01-11T17:29:06.625613Z".into(),
            completed_at: None,
        }
    }

    /// What has ended well.
    pub fn completed() -> Made {
        let completed_at = Some("2026-01-11T17:29:06.625613Z".into());
        Made { state: State::Completed.name(), completed_at, ..Made::example() }
    }
}

impl Transaction {
    pub fn example() -> Transaction {
        let leg = Leg {
            leg_id: samples::LEG.into(),
            account_id: samples::ACCOUNT.into(),
            amount: Number(Money::new(-10_000, Currency::USD)),
            fee: Some(Number(Money::new(150, Currency::USD))),
            currency: "USD",
            bill_amount: None,
            bill_currency: None,
            counterparty: Some(Counterparty {
                id: Some(samples::COUNTERPARTY.into()),
                account_id: Some(samples::COUNTERPARTY_ACCOUNT.into()),
                account_type: "external",
            }),
            description: Some("To Ada Byron".into()),
            balance: None,
        };
        let made = "2026-01-11T17:29:06.625613Z".to_owned();
        Transaction {
            id: samples::TRANSACTION.into(),
            r#type: "transfer",
            request_id: Some("invoice-4711".into()),
            state: State::Pending.name(),
            reason_code: None,
            created_at: made.clone(),
            updated_at: made,
            completed_at: None,
            related_transaction_id: None,
            reference: Some("Invoice 4711".into()),
            legs: vec![leg],
        }
    }
}

impl From<&transactions::Transaction> for Transaction {
    fn from(transaction: &transactions::Transaction) -> Transaction {
        match transaction {
            transactions::Transaction::Payout(record) => Transaction::of_payout(record),
            transactions::Transaction::Transfer(transfer) => Transaction::of_transfer(transfer),
            transactions::Transaction::TopUp(entry) => Transaction::of_top_up(entry),
            transactions::Transaction::Refund(reversal) => Transaction::of_reversal(reversal),
        }
    }
}

impl From<Transaction> for Made {
    fn from(transaction: Transaction) -> Made {
        let Transaction { id, state, created_at, completed_at, .. } = transaction;
        Made { id, state, created_at, completed_at: completed_at.filter(|_| state == State::Completed.name()) }
    }
}

impl Transaction {
    pub fn of_payout(record: &PayoutRecord) -> Transaction {
        let payout = &record.payout;
        let state = State::of_payout(payout);
        let made_at = payout.id.created_at();
        let updated_at = record.events.last().map_or(made_at, |event| event.created_at.max(made_at));
        let reason = match payout.state {
            PayoutState::Cancelled if payout.closed_by == Some(ClosedBy::Checker) => Some("rejected".to_owned()),
            PayoutState::Cancelled => Some("cancelled".to_owned()),
            PayoutState::Expired => Some("expired".to_owned()),
            PayoutState::Failed => payout.failure_code.clone(),
            _ => None,
        };
        let out = Money::new(-payout.amount_minor, payout.currency);
        let exchanged = payout.destination_currency != payout.currency;
        let at_revolut = record.account.as_ref().is_some_and(|account| account.kind == AccountKind::Revolut);
        let account_type = if at_revolut { "revolut" } else { "external" };
        let leg = Leg {
            fee: (payout.fees_minor > 0).then(|| Number(payout.fees())),
            bill_amount: exchanged.then(|| Number(payout.destination())),
            bill_currency: exchanged.then(|| payout.destination_currency.code()),
            counterparty: Some(Counterparty {
                id: Some(payout.payee_id.hyphenated()),
                account_id: payout.account_id.map(|id| id.hyphenated()),
                account_type,
            }),
            description: Some(format!("To {}", record.payee.name())),
            ..leg(payout.id.uuid(), 1, payout.wallet_id.hyphenated(), out)
        };
        let reference = match payout.origin {
            Origin::Revolut => payout.description.clone(),
            // The reference of the payout is the desk's own; the link's is what was said of it.
            _ if payout.link_id.is_some() => payout.description.clone(),
            _ => {
                Some(payout.reference_id.clone()).filter(|text| !text.is_empty()).or_else(|| payout.description.clone())
            }
        };
        Transaction {
            id: payout.id.hyphenated(),
            r#type: "transfer",
            request_id: payout.request_id.clone(),
            state: state.name(),
            reason_code: reason,
            created_at: time(made_at),
            updated_at: time(updated_at),
            completed_at: payout.completed_at.map(|at| time(at.max(made_at))),
            related_transaction_id: None,
            reference,
            legs: vec![leg],
        }
    }

    /// Between own wallets it has two legs; from outside it is a top-up.
    pub fn of_transfer(transfer: &Transfer) -> Transaction {
        let (made_at, amount) = (transfer.id.created_at(), transfer.amount());
        let own = |id: String| Counterparty { id: None, account_id: Some(id), account_type: "self" };
        let target = transfer.target_wallet_id.hyphenated();
        let mut legs = Vec::new();
        if let Some(source) = transfer.source_wallet_id {
            let out = Money::new(-amount.minor, amount.currency);
            let first = leg(transfer.id.uuid(), 1, source.hyphenated(), out);
            legs.push(Leg { counterparty: Some(own(target.clone())), ..first });
        }
        let into = leg(transfer.id.uuid(), 2, target, amount);
        let from = transfer.source_wallet_id.map(|source| own(source.hyphenated()));
        legs.push(Leg { counterparty: from, ..into });
        Transaction {
            id: transfer.id.hyphenated(),
            r#type: if transfer.source_wallet_id.is_some() { "transfer" } else { "topup" },
            request_id: transfer.request_id.clone(),
            state: State::of_transfer(transfer.state).name(),
            reason_code: transfer.failure_code.clone(),
            created_at: time(made_at),
            updated_at: time(transfer.updated_at.max(made_at)),
            completed_at: transfer.completed_at.map(|at| time(at.max(made_at))),
            related_transaction_id: None,
            reference: transfer.reference.clone(),
            legs,
        }
    }

    fn of_top_up(entry: &LedgerTransaction) -> Transaction {
        let made_at = time(entry.id.created_at());
        let amount = Money::new(entry.available_delta_minor, entry.currency);
        let after = Money::new(entry.available_after_minor, entry.currency);
        let leg = leg(entry.id.uuid(), 1, entry.wallet_id.hyphenated(), amount);
        Transaction {
            id: entry.id.hyphenated(),
            r#type: "topup",
            request_id: None,
            state: State::Completed.name(),
            reason_code: None,
            created_at: made_at.clone(),
            updated_at: made_at.clone(),
            completed_at: Some(made_at),
            related_transaction_id: None,
            reference: Some(entry.remarks.clone()).filter(|text| !text.is_empty()),
            legs: vec![Leg { balance: Some(Number(after)), ..leg }],
        }
    }

    pub fn of_reversal(reversal: &Reversal) -> Transaction {
        let made_at = reversal.id.created_at();
        let ended_at = reversal.completed_at.or(reversal.failed_at).unwrap_or(made_at).max(made_at);
        let state = State::of_reversal(reversal.state);
        let amount = Money::new(reversal.amount_minor, reversal.currency);
        Transaction {
            id: reversal.id.hyphenated(),
            r#type: "refund",
            request_id: None,
            state: state.name(),
            reason_code: (state == State::Failed).then(|| "refused".to_owned()),
            created_at: time(made_at),
            updated_at: time(ended_at),
            completed_at: reversal.completed_at.map(|at| time(at.max(made_at))),
            related_transaction_id: Some(reversal.payout_id.hyphenated()),
            reference: Some(reversal.reason.clone()),
            legs: vec![leg(reversal.id.uuid(), 1, reversal.wallet_id.hyphenated(), amount)],
        }
    }
}

/// A leg with what it always has. Its id is its transaction's, moved on by its place: as unique, and always the same.
fn leg(transaction: Uuid, place: u128, account_id: String, amount: Money) -> Leg {
    let leg_id = Uuid::from_u128(transaction.as_u128() ^ (place << 1));
    Leg {
        leg_id: leg_id.hyphenated().to_string(),
        account_id,
        amount: Number(amount),
        fee: None,
        currency: amount.currency.code(),
        bill_amount: None,
        bill_currency: None,
        counterparty: None,
        description: None,
        balance: None,
    }
}
