//! How records look as JSON in this dialect: what is absent is null, times are Unix seconds, money is paise.

pub mod contact;
pub mod fund_account;
pub mod given;
pub mod kinds;
pub mod ledger;
pub mod link;
pub mod new_payout;
pub mod payout;

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use self::kinds::CollectionEntity;

/// Declares a type for several records of one kind: `Payouts<'a> [Payout<'a>]`.
macro_rules! collections {
    ($($(#[doc = $doc:literal])+ $name:ident $(<$life:lifetime>)? [$item:ty];)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name $(<$life>)? {
            #[schema(inline, value_type = CollectionEntity)]
            entity: &'static str,
            /// How many are in this answer, not how many there are.
            count: usize,
            items: Vec<$item>,
        }

        impl $(<$life>)? $name $(<$life>)? {
            pub fn of(items: Vec<$item>) -> Self {
                Self { entity: "collection", count: items.len(), items }
            }
        }
    )+};
}

collections! {
    /// A list of payout links.
    PayoutLinks<'a> [link::Link<'a>];
    /// A list of payouts.
    Payouts<'a> [payout::Payout<'a>];
    /// A list of contacts.
    Contacts<'a> [contact::Contact<'a>];
    /// A list of fund accounts.
    FundAccounts [fund_account::FundAccount];
    /// A list of transactions.
    Transactions<'a> [ledger::Transaction<'a>];
}

/// Unix seconds.
pub fn seconds(micros: i64) -> i64 {
    micros.div_euclid(1_000_000)
}

/// Notes that the database keeps as text; none are an empty object.
pub fn notes(text: Option<&str>) -> Box<RawValue> {
    let kept = text.and_then(|text| RawValue::from_string(text.to_owned()).ok());
    kept.unwrap_or_else(|| RawValue::from_string("{}".to_owned()).expect("an empty object"))
}
