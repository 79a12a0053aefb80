//! A saved payee as JSON, which this API calls a beneficiary, and the members that make one.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{Number, stored, time};
use crate::api::v1::error::ApiError;
use crate::api::v1::posted::Members;
use crate::domain::ids::PayeeId;
use crate::domain::money::{Currency, Money};
use crate::service::payouts::PayeeInput;
use crate::store::payees::{PayeeLine, PayeeTotal};

/// A beneficiary with what reached them so far.
#[derive(Debug, Serialize)]
pub struct Beneficiary<'a> {
    id: PayeeId,
    email: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    country: Option<&'a str>,
    phone: Option<&'a str>,
    /// The account in words that may be shown: `US account •• 4417`.
    account: Option<&'a str>,
    metadata: Option<Box<RawValue>>,
    total_payouts: i64,
    /// Null when there were several currencies, which do not add up; `totals` has each.
    total_amount: Option<Number>,
    total_amount_minor: Option<i64>,
    total_currency: Option<&'static str>,
    totals: Vec<Total>,
    last_payout_at: Option<String>,
    created_at: String,
}

/// What reached a beneficiary in one currency.
#[derive(Debug, Serialize)]
struct Total {
    currency: &'static str,
    payouts: i64,
    amount: Number,
    amount_minor: i64,
}

impl<'a> From<&'a PayeeLine> for Beneficiary<'a> {
    fn from(line: &'a PayeeLine) -> Beneficiary<'a> {
        let payee = &line.payee;
        let (amount, currency) = match line.totals.as_slice() {
            // Nothing is nothing in every currency; one without decimals writes it as 0.
            [] => (Some(Money::new(0, Currency::XXX)), None),
            [only] => (Some(only.amount()), Some(only.currency.code())),
            _ => (None, None),
        };
        Beneficiary {
            id: payee.id,
            email: payee.email.as_deref().unwrap_or_default(),
            first_name: &payee.first_name,
            last_name: &payee.last_name,
            country: payee.country.as_deref(),
            phone: payee.phone.as_deref(),
            account: line.account().and_then(|account| account.label.as_deref()),
            metadata: stored(payee.metadata.as_deref()),
            total_payouts: line.totals.iter().map(|total| total.payouts).sum(),
            total_amount: amount.map(Number),
            total_amount_minor: amount.map(|amount| amount.minor),
            total_currency: currency,
            totals: line.totals.iter().map(Total::from).collect(),
            last_payout_at: line.totals.iter().map(|total| total.last_payout_at).max().map(time),
            created_at: time(payee.id.created_at()),
        }
    }
}

impl From<&PayeeTotal> for Total {
    fn from(total: &PayeeTotal) -> Total {
        Total {
            currency: total.currency.code(),
            payouts: total.payouts,
            amount: Number(total.amount()),
            amount_minor: total.amount_minor,
        }
    }
}

/// Bank details in full, an addition of ours.
#[derive(Serialize)]
pub struct AccountView {
    pub id: String,
    pub identifiers: serde_json::Map<String, serde_json::Value>,
}

/// Reads the members of `POST /api/v1/beneficiaries`; the rest of the body is ignored, as providers do.
pub fn input(mut members: Members) -> Result<PayeeInput, ApiError> {
    let input = PayeeInput {
        email: members.text("email"),
        first_name: members.text("first_name"),
        last_name: members.text("last_name"),
        country: members.text("country"),
        phone: members.text("phone"),
        identifiers: members.object("identifiers"),
        metadata: members.object("metadata"),
        ..PayeeInput::default()
    };
    members.done()?;
    Ok(input)
}
