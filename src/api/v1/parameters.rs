//! Parameters and headers that several operations take, for the description of this API.

use utoipa::IntoParams;

use super::wire::kinds::{
    ApprovalRequestId, ApprovalStatus, ApprovalVerb, BatchId, BatchItemStatus, CredentialId, CurrencyCode, DeliveryId,
    DeliveryStatus, FreezeId, PayoutLinkBucket, PayoutStatus,
};

/// Which page of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Which page, from 1.
    #[param(minimum = 1, default = 1)]
    pub page: Option<i64>,
    /// How many per page; more than 100 are answered as 100.
    #[param(minimum = 1, default = 20)]
    pub limit: Option<i64>,
}

/// Which page of a list about wallets.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WidePaging {
    /// Which page, from 1. Together with `limit` it reaches the first 100,000 rows.
    #[param(minimum = 1, default = 1)]
    pub page: Option<i64>,
    /// How many per page; more than 10,000 are answered as 10,000.
    #[param(minimum = 1, default = 50)]
    pub limit: Option<i64>,
    /// JSON: `field` is `id`, `amount`, `created_at` or `updated_at`, `direction` is `ASC` or `DESC`.
    #[param(example = r#"{"field":"id","direction":"DESC"}"#)]
    pub sort: Option<String>,
}

/// In which order.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Sorting {
    /// The only order there is: as they were made.
    #[param(inline, value_type = Option<SortBy>)]
    pub sort_by: Option<String>,
    /// Newest first unless `ASC`.
    #[param(inline, value_type = Option<SortOrder>)]
    pub sort_order: Option<String>,
}

/// Which payouts.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PayoutFilter {
    #[param(inline, value_type = Option<PayoutStatus>)]
    pub status: Option<String>,
    #[param(inline, value_type = Option<CurrencyCode>)]
    pub currency: Option<String>,
    /// A reference id, or its beginning, or the beneficiary's email.
    pub search: Option<String>,
    /// The number of a client; a program sees its own client alone.
    #[param(minimum = 0)]
    pub client_id: Option<i64>,
    /// The name of the provider that carries them: `sandbox` or `manual`.
    pub provider: Option<String>,
    /// The credential that made them.
    #[param(inline, value_type = Option<CredentialId>)]
    pub credential_id: Option<String>,
}

/// Which payout links.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LinkFilter {
    #[param(inline, value_type = Option<PayoutLinkBucket>)]
    pub status: Option<String>,
    #[param(inline, value_type = Option<CurrencyCode>)]
    pub currency: Option<String>,
    /// A reference or receipt, or its beginning, or the contact's email.
    pub search: Option<String>,
    /// The number of a client; a program sees its own client alone.
    #[param(minimum = 0)]
    pub client_id: Option<i64>,
}

/// Which wallets.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WalletFilter {
    /// The ISO 4217 number of a currency: 840 is USD.
    #[param(minimum = 0)]
    pub currency_id: Option<i64>,
    /// Every wallet here is prepaid, so the other finds nothing.
    #[param(inline, value_type = Option<AnyWalletKind>)]
    pub r#type: Option<String>,
    /// `false` lists the closed ones.
    #[param(default = true)]
    pub is_active: Option<bool>,
}

/// Which transactions.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TransactionFilter {
    /// Whether available money came (`CREDIT`) or went (`DEBIT`).
    #[param(inline, value_type = Option<super::wire::kinds::Direction>)]
    pub transaction_type: Option<String>,
    /// What is written is completed, so the two others find nothing.
    #[param(inline, value_type = Option<AnyStatus>)]
    pub status: Option<String>,
    /// A kind such as `PAYOUT_REFUND`, or its last word: `refund`.
    #[param(example = "refund")]
    pub r#type: Option<String>,
    /// The id of the payout that it is about.
    pub reference: Option<String>,
}

/// Which deliveries.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveryFilter {
    #[param(inline, value_type = Option<DeliveryStatus>)]
    pub status: Option<String>,
    /// The id of the last one seen: only those before it.
    #[param(inline, value_type = Option<DeliveryId>)]
    pub before: Option<String>,
    /// How many.
    #[param(minimum = 1, maximum = 100, default = 25)]
    pub limit: Option<i64>,
}

/// Which freezes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FreezeFilter {
    /// The id of the last one seen: only those before it.
    #[param(inline, value_type = Option<FreezeId>)]
    pub before: Option<String>,
    /// How many.
    #[param(minimum = 1, maximum = 100, default = 25)]
    pub limit: Option<i64>,
}

/// Which approval requests.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ApprovalFilter {
    /// Those that stand so.
    #[param(inline, value_type = Option<ApprovalStatus>)]
    pub status: Option<String>,
    /// Those about this.
    #[param(inline, value_type = Option<ApprovalVerb>)]
    pub verb: Option<String>,
    /// The id of the last one seen: only those before it.
    #[param(inline, value_type = Option<ApprovalRequestId>)]
    pub before: Option<String>,
    /// How many.
    #[param(minimum = 1, maximum = 100, default = 25)]
    pub limit: Option<i64>,
}

/// Which batches.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BatchFilter {
    /// The id of the last one seen: only those before it.
    #[param(inline, value_type = Option<BatchId>)]
    pub before: Option<String>,
    /// How many.
    #[param(minimum = 1, maximum = 100, default = 25)]
    pub limit: Option<i64>,
}

/// Which items of a batch.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BatchItemFilter {
    #[param(inline, value_type = Option<BatchItemStatus>)]
    pub status: Option<String>,
    /// The number of the last one seen: only those after it.
    #[param(minimum = 0, default = 0)]
    pub after: Option<i64>,
    /// How many.
    #[param(minimum = 1, maximum = 100, default = 25)]
    pub limit: Option<i64>,
}

/// Makes a repeat harmless.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct Repeatable {
    /// A key of your own for this request. Sent again with the same key, it is not done again: the first outcome is
    /// answered once more, with `Idempotent-Replayed: true`. Kept for 30 days.
    #[param(
        rename = "Idempotency-Key",
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]([ -~]*[!-~])?$",
        example = "9f0c7b52-1d0e"
    )]
    pub key: Option<String>,
}

/// Makes a repeat harmless: the key of the contract.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct PayoutKey {
    /// A key of your own for this request, which counts more than `reference_id`. Sent again with the same key, it is
    /// not done again: the first outcome is answered once more, with `Idempotent-Replayed: true`. Kept for 30 days.
    #[param(
        rename = "Idempotency-Key",
        min_length = 8,
        max_length = 256,
        pattern = "^[!-~]([ -~]*[!-~])?$",
        example = "9f0c7b52-1d0e"
    )]
    pub key: Option<String>,
}

/// Refuses to change what somebody else has changed meanwhile.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct Unchanged {
    /// The `ETag` of the version that you have seen; another one is refused with 412.
    #[param(rename = "If-Match", example = "\"3\"")]
    pub version: Option<String>,
}

/// Asks only for what is new.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct Known {
    /// The `ETag` of the version that you have; if it is still that, the answer is 304 without a body.
    #[param(rename = "If-None-Match", example = "\"3\"")]
    pub version: Option<String>,
}

crate::api::openapi::schema::words! {
    /// The only order there is.
    SortBy ["created_at"];
    /// Newest first unless `ASC`.
    SortOrder ["DESC", "ASC"];
    /// The status of a transaction.
    AnyStatus ["PENDING", "COMPLETED", "FAILED"];
    /// The kind of a wallet.
    AnyWalletKind ["PREPAID", "POSTPAID"];
}
