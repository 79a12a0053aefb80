//! What makes a transaction, for the description: a payment, a transfer, a simulated top-up.

use serde::Serialize;
use utoipa::ToSchema;

use super::kinds::{
    AccountId, AmountGiven, CardId, ChargeBearer, CounterpartyAccountId, CounterpartyId, CurrencyCode, TopUpState,
};
use super::{Number, samples};
use crate::domain::money::{Currency, Money};

/// A payment to make.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewPayment {
    /// Your own id of the request; it makes one payment or transfer in two weeks, however often it is sent.
    #[schema(min_length = 1, max_length = 40)]
    request_id: &'static str,
    /// The account that pays.
    #[schema(value_type = AccountId)]
    account_id: &'static str,
    /// Who is paid, and on which account.
    receiver: Receiver,
    /// What the counterparty gets; the account pays the fee besides.
    #[schema(value_type = AmountGiven)]
    amount: Number,
    /// The currency of both accounts: nothing is exchanged.
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    /// What the counterparty reads; what is longer than 140 characters is cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'static str>,
    /// `debtor` is refused where no bank on the way charges anything; `prefer_debtor` never is.
    #[schema(value_type = Option<ChargeBearer>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    charge_bearer: Option<&'static str>,
    /// A code of the transfer reasons, where the country needs one.
    #[schema(max_length = 100)]
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer_reason_code: Option<&'static str>,
    /// Asked for where the currencies differ.
    #[schema(max_length = 100)]
    #[serde(skip_serializing_if = "Option::is_none")]
    exchange_reason_code: Option<&'static str>,
}

/// Who is paid, and on which account.
#[derive(Debug, Serialize, ToSchema)]
pub struct Receiver {
    #[schema(value_type = CounterpartyId)]
    counterparty_id: &'static str,
    /// Needed for a company, and where there are several accounts.
    #[schema(value_type = Option<CounterpartyAccountId>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'static str>,
    /// Not together with `account_id`. No counterparty has a card here, so it is never found.
    #[schema(value_type = Option<CardId>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    card_id: Option<&'static str>,
}

/// A transfer between your accounts to make.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewTransfer {
    /// Your own id of the request; it makes one payment or transfer in two weeks, however often it is sent.
    #[schema(min_length = 1, max_length = 40)]
    request_id: &'static str,
    /// The account that pays.
    #[schema(value_type = AccountId)]
    source_account_id: &'static str,
    /// Another account of yours.
    #[schema(value_type = AccountId)]
    target_account_id: &'static str,
    #[schema(value_type = AmountGiven)]
    amount: Number,
    /// The currency of both accounts.
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    /// What is longer than 140 characters is cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'static str>,
}

/// Playing money that comes in.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewTopUp {
    /// The account that it comes to.
    #[schema(value_type = AccountId)]
    account_id: &'static str,
    /// At most 10,000.
    #[schema(value_type = AmountGiven)]
    amount: Number,
    /// The currency of the account.
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    /// Left out, `Test Top-up`.
    #[schema(max_length = 140)]
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'static str>,
    /// How it goes; left out, `completed`.
    #[schema(value_type = Option<TopUpState>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
}

impl NewPayment {
    pub fn example() -> NewPayment {
        NewPayment {
            request_id: "invoice-4711",
            account_id: samples::ACCOUNT,
            receiver: Receiver {
                counterparty_id: samples::COUNTERPARTY,
                account_id: Some(samples::COUNTERPARTY_ACCOUNT),
                card_id: None,
            },
            amount: dollars(10_000),
            currency: "USD",
            reference: Some("Invoice 4711"),
            charge_bearer: Some("shared"),
            transfer_reason_code: None,
            exchange_reason_code: None,
        }
    }
}

impl NewTransfer {
    pub fn example() -> NewTransfer {
        NewTransfer {
            request_id: "reserve-2026-01",
            source_account_id: samples::ACCOUNT,
            target_account_id: samples::OTHER_ACCOUNT,
            amount: dollars(25_050),
            currency: "USD",
            reference: Some("Reserve for January"),
        }
    }
}

impl NewTopUp {
    pub fn example() -> NewTopUp {
        NewTopUp {
            account_id: samples::ACCOUNT,
            amount: dollars(10_025),
            currency: "USD",
            reference: Some("Test Top-up"),
            state: Some("completed"),
        }
    }
}

fn dollars(cents: i64) -> Number {
    Number(Money::new(cents, Currency::USD))
}
