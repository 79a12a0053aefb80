//! A saved payee as JSON, which this API calls a beneficiary, and the members that make one.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::kinds::{self, CountryCode, CurrencyCode, Time};
use super::{Number, sample, stored, time};
use crate::api::v1::error::ApiError;
use crate::api::v1::posted::Members;
use crate::domain::ids::PayeeId;
use crate::domain::money::{Currency, Money};
use crate::service::payouts::PayeeInput;
use crate::store::payees::{PayeeLine, PayeeTotal};

/// A beneficiary with what reached them so far.
#[derive(Debug, Serialize, ToSchema)]
pub struct Beneficiary<'a> {
    #[schema(value_type = kinds::BeneficiaryId)]
    id: PayeeId,
    email: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    #[schema(value_type = Option<CountryCode>)]
    country: Option<&'a str>,
    phone: Option<&'a str>,
    /// The account in words that may be shown: `US account •• 4417`.
    account: Option<&'a str>,
    #[schema(value_type = Option<Object>)]
    metadata: Option<Box<RawValue>>,
    total_payouts: i64,
    /// Null when there were several currencies, which do not add up; `totals` has each.
    total_amount: Option<Number>,
    total_amount_minor: Option<i64>,
    #[schema(value_type = Option<CurrencyCode>)]
    total_currency: Option<&'static str>,
    totals: Vec<Total>,
    #[schema(value_type = Option<Time>)]
    last_payout_at: Option<String>,
    #[schema(value_type = Time)]
    created_at: String,
}

/// What reached a beneficiary in one currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BeneficiaryTotal)]
pub struct Total {
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    payouts: i64,
    amount: Number,
    amount_minor: i64,
}

/// A beneficiary to save, for the description; [`input`] reads it.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewBeneficiary {
    #[schema(format = Email)]
    email: &'static str,
    #[schema(max_length = 100)]
    first_name: &'static str,
    #[schema(max_length = 100)]
    last_name: &'static str,
    #[schema(value_type = Option<kinds::CountryGiven>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'static str>,
    /// Where the money goes: `account_number`, `routing_number`, `iban` and so on.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    identifiers: Option<Box<RawValue>>,
    /// Whatever you want to find with it again.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Box<RawValue>>,
}

impl NewBeneficiary {
    pub fn example() -> NewBeneficiary {
        NewBeneficiary {
            email: "john.doe@example.com",
            first_name: "John",
            last_name: "Doe",
            country: Some("US"),
            phone: None,
            identifiers: stored(Some(r#"{"account_number":"000123456789","routing_number":"021000021"}"#)),
            metadata: None,
        }
    }
}

impl Beneficiary<'static> {
    pub fn example() -> Beneficiary<'static> {
        let paid = Money::new(30_000, Currency::USD);
        Beneficiary {
            id: sample("ben_01kf0qxa00e2n9k3v8m4t6w7yz"),
            email: "john.doe@example.com",
            first_name: "John",
            last_name: "Doe",
            country: Some("US"),
            phone: None,
            account: Some("US account •• 6789"),
            metadata: None,
            total_payouts: 3,
            total_amount: Some(Number(paid)),
            total_amount_minor: Some(paid.minor),
            total_currency: Some("USD"),
            totals: vec![Total { currency: "USD", payouts: 3, amount: Number(paid), amount_minor: paid.minor }],
            last_payout_at: Some("2026-01-15T10:30:00Z".into()),
            created_at: "2026-01-02T09:00:00Z".into(),
        }
    }
}

impl AccountView {
    pub fn example() -> AccountView {
        let members = [("account_number", "000123456789"), ("routing_number", "021000021")];
        AccountView {
            id: "ben_01kf0qxa00e2n9k3v8m4t6w7yz".into(),
            identifiers: members.map(|(name, value)| (name.to_owned(), value.into())).into_iter().collect(),
        }
    }
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
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
pub struct AccountView {
    #[schema(value_type = kinds::BeneficiaryId)]
    pub id: String,
    #[schema(value_type = Object)]
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
