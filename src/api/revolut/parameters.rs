//! Parameters that several operations take, for the description of this API.

use utoipa::IntoParams;

use super::wire::kinds::{
    AccountId, AnyTransactionType, CounterpartyId, IdType, Moment, PayoutLinkState, TransactionState,
};

/// Which payout links.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LinkFilter {
    /// Give it again for each state: `state=active&state=expired`.
    #[param(inline, value_type = Option<Vec<PayoutLinkState>>)]
    pub state: Option<Vec<String>>,
    /// Only those made before. For the next page, the `created_at` of the last one.
    #[param(inline, value_type = Option<Moment>)]
    pub created_before: Option<String>,
    /// How many.
    #[param(minimum = 1, maximum = 1_000, default = 100)]
    pub limit: Option<i64>,
}

/// Which transactions.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TransactionFilter {
    /// Made then or later.
    #[param(inline, value_type = Option<Moment>)]
    pub from: Option<String>,
    /// Made before. For the next page, the `created_at` of the last one.
    #[param(inline, value_type = Option<Moment>)]
    pub to: Option<String>,
    /// An account of yours.
    #[param(inline, value_type = Option<AccountId>)]
    pub account: Option<String>,
    /// Who was paid.
    #[param(inline, value_type = Option<CounterpartyId>)]
    pub counterparty: Option<String>,
    /// How many.
    #[param(minimum = 1, maximum = 1_000, default = 100)]
    pub count: Option<i64>,
    /// Give it again for each type.
    #[param(inline, value_type = Option<Vec<AnyTransactionType>>)]
    pub r#type: Option<Vec<String>>,
    /// Give it again for each state.
    #[param(inline, value_type = Option<Vec<TransactionState>>)]
    pub state: Option<Vec<String>>,
    /// What a request with this id made; needs `from`, and looks at 14 days.
    pub request_id: Option<String>,
}

/// By which id.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NamedBy {
    /// `request_id` if the address has that; otherwise the address has the id of the transaction.
    #[param(inline, value_type = Option<IdType>)]
    pub id_type: Option<String>,
}

/// Which counterparties.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CounterpartyFilter {
    /// The start of the name, from one of its words on.
    pub name: Option<String>,
    /// Of an account.
    pub account_no: Option<String>,
    /// Only together with `account_no`.
    pub sort_code: Option<String>,
    /// Of an account.
    pub iban: Option<String>,
    /// Only together with `iban`.
    pub bic: Option<String>,
    /// Only those made before. For the next page, the `created_at` of the last one.
    #[param(inline, value_type = Option<Moment>)]
    pub created_before: Option<String>,
    /// How many.
    #[param(minimum = 1, maximum = 1_000, default = 100)]
    pub limit: Option<i64>,
}

/// Which failed events.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FailedFilter {
    /// Only those before, at most 21 days ago. For the next page, the `created_at` of the last one.
    #[param(inline, value_type = Option<Moment>)]
    pub created_before: Option<String>,
    /// How many.
    #[param(minimum = 1, maximum = 1_000, default = 100)]
    pub limit: Option<i64>,
}
