//! The members that ask for a payout.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::kinds::{CurrencyCode, DestinationToken, WalletToken};
use super::{DESTINATION, wallet_id};
use crate::api::json::{AmountGiven, Members, Number, shortened};
use crate::domain::ids::{AccountId, Id};
use crate::domain::money::{Currency, Money};
use crate::domain::payout::Refusal;
use crate::service::payout_quotes::{Destination, QuoteInput};

/// A payout to make, for the description; [`input`] reads it. One of the two amounts is given.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewPayout {
    #[schema(value_type = WalletToken)]
    source_token: &'static str,
    #[schema(value_type = DestinationToken)]
    destination_token: &'static str,
    #[schema(value_type = CurrencyCode)]
    destination_currency_code: &'static str,
    /// The source's own; USD if left out.
    #[schema(value_type = Option<CurrencyCode>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    source_currency_code: Option<&'static str>,
    /// What the source pays, besides the fee.
    #[schema(value_type = Option<AmountGiven>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    source_amount: Option<Number>,
    /// What the user gets.
    #[schema(value_type = Option<AmountGiven>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_amount: Option<Number>,
    /// Your own id of it, unique for your client.
    #[schema(max_length = 50)]
    #[serde(skip_serializing_if = "Option::is_none")]
    client_transfer_id: Option<&'static str>,
    /// Kept and told again; nothing is asked for here.
    #[schema(max_length = 100)]
    #[serde(skip_serializing_if = "Option::is_none")]
    attr_set_token: Option<&'static str>,
    /// Whatever you want to find with it again.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Box<RawValue>>,
    /// Whether the user is told by email once the money is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    notify_user: Option<bool>,
    /// Makes the payout at once, if nothing is exchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_commit: Option<bool>,
}

/// The members that only this dialect knows, as they are kept with a payout.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Extra {
    #[serde(skip_serializing_if = "Option::is_none")]
    attr_set_token: Option<String>,
}

impl NewPayout {
    pub fn example() -> NewPayout {
        NewPayout {
            source_token: "clnt_wlt_1c6d0b3e-54d1-7a0f-8a34-6f1f2d1f9a77",
            destination_token: "dst_7a1f7e0e-9b1d-7f4c-8c39-3e0a2f6a1b22",
            destination_currency_code: "MXN",
            source_currency_code: None,
            source_amount: Some(Number(Money::new(10_000, Currency::USD))),
            destination_amount: None,
            client_transfer_id: Some("order-4711"),
            attr_set_token: None,
            metadata: None,
            notify_user: None,
            auto_commit: None,
        }
    }
}

/// Reads the members of a payout; the rest of the body is ignored, as the provider does.
pub fn input(mut members: Members, limit: Option<String>) -> Result<QuoteInput, Refusal> {
    let extra = Extra { attr_set_token: members.text("attr_set_token").filter(|token| !token.trim().is_empty()) };
    if extra.attr_set_token.as_ref().is_some_and(|token| token.chars().count() > 100 || token.contains('\0')) {
        members.wrong("attr_set_token", "must have at most 100 characters");
    }
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let input = QuoteInput {
        source_token: given(members.text("source_token")).map(|token| wallet_id(&token)),
        destination_token: given(members.text("destination_token")).map(|token| destination(&token)),
        source_currency_code: given(members.text("source_currency_code")),
        destination_currency_code: members.text("destination_currency_code"),
        source_amount: members.number("source_amount").map(|amount| shortened(&amount).to_owned()),
        destination_amount: members.number("destination_amount").map(|amount| shortened(&amount).to_owned()),
        limit: limit.map(|limit| shortened(&limit).to_owned()),
        client_transfer_id: members.text("client_transfer_id"),
        metadata: members.object("metadata"),
        extra: Some(serde_json::to_string(&extra).expect("texts")).filter(|extra| extra != "{}"),
        notify_user: members.flag("notify_user").unwrap_or(false),
        auto_commit: members.flag("auto_commit").unwrap_or(false),
    };
    members.done()?;
    Ok(input)
}

/// What a payout keeps of it; empty if none was given.
pub fn attr_set_token(extra: Option<&str>) -> String {
    let extra: Extra = extra.and_then(|extra| serde_json::from_str(extra).ok()).unwrap_or_default();
    extra.attr_set_token.unwrap_or_default()
}

fn destination(token: &str) -> Destination {
    match Id::from_token(DESTINATION, token) {
        Ok(account) => Destination::Token(account, Id::from_uuid(AccountId::uuid(account))),
        Err(_) => Destination::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_given_is_kept_beside_a_payout() {
        let read = |body: &str| input(Members::read(body.as_bytes()).unwrap(), None).unwrap().extra;
        assert_eq!(read("{}"), None);
        assert_eq!(read(r#"{"notify_user":false,"attr_set_token":" "}"#), None);
        let extra = read(r#"{"notify_user":true,"attr_set_token":"attr_set_1"}"#);
        assert_eq!(extra.as_deref(), Some(r#"{"attr_set_token":"attr_set_1"}"#));
        assert_eq!(attr_set_token(extra.as_deref()), "attr_set_1");
    }
}
