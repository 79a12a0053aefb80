//! What texts of this API look like, for its description: tokens, times, codes, words.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::api::openapi::schema::{texts, words};

texts! {
    /// The token of a user: who is paid.
    UserToken "^usr_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" "usr_9f0ea42a-07b5-71ef-932f-027143ffa57b";
    /// The token of a payout, or of the quote that becomes it.
    PayoutToken "^payout_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" "payout_5f6f0f0e-2f6c-7a35-8d69-1d7b6f6f4c10";
    /// The token of a payout; `NSF` if the source has too little money, `DUPLICATE` if the `client_transfer_id` was
    /// used before.
    QuotedToken "^(payout_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|NSF|DUPLICATE)$" "payout_5f6f0f0e-2f6c-7a35-8d69-1d7b6f6f4c10";
    /// The token of a reversal.
    ReversalToken "^payout_rev_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" "payout_rev_0b6f2c1e-7d0a-7b86-9e57-5d2f3f1f0a11";
    /// The token of a wallet, which payouts are paid from: their source.
    WalletToken "^clnt_wlt_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" "clnt_wlt_1c6d0b3e-54d1-7a0f-8a34-6f1f2d1f9a77";
    /// The token of an account of the user; a user without one is a destination under their own id.
    DestinationToken "^dst_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" "dst_7a1f7e0e-9b1d-7f4c-8c39-3e0a2f6a1b22";
    /// A time in UTC, in milliseconds.
    Time "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$" "2026-01-30T05:40:58.475Z";
    /// An ISO 4217 code.
    CurrencyCode "^[A-Z]{3}$" "MXN";
    /// An ISO 3166-1 code of three letters; empty if nobody knows where the user lives.
    CountryCode "^([A-Z]{3})?$" "MEX";
}

words! {
    /// Where a payout is: a quote is `PENDING` until its time is over. `COMPLETED`, `CANCELLED` and `ERROR` are final.
    PayoutStatus ["PENDING", "HOLD", "PROCESSING", "COMPLETED", "CANCELLED", "ERROR"];
    /// What became of committing: `nsf` is too little money.
    CommitStatus ["success", "failure", "ex_rate_expired", "nsf"];
    /// Where a reversal is: only `COMPLETED` has moved money, and `ERROR` frees its amount again.
    ReversalStatus ["PENDING", "COMPLETED", "ERROR"];
    /// A payout that is reversed stays completed.
    ReversedStatus ["COMPLETED"];
    /// How the money gets to the user.
    DeliveryType ["BANK_DEPOSIT", "MOBILE_WALLET"];
    /// Users hold no money here.
    WalletKind ["USER_FUNDS"];
}

/// A rate of exchange, exactly as the payout keeps it.
pub enum ExchangeRate {}

impl PartialSchema for ExchangeRate {
    fn schema() -> RefOr<Schema> {
        let about = "A rate of exchange. Read it as a decimal, not as a binary float.";
        let object = ObjectBuilder::new().schema_type(Type::Number).description(Some(about)).exclusive_minimum(Some(0));
        RefOr::T(Schema::Object(object.build()))
    }
}

impl ToSchema for ExchangeRate {}
