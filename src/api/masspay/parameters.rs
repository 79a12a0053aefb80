//! Parameters and headers that several operations take, for the description of this API.

use utoipa::IntoParams;

use crate::api::json::AmountGiven;

/// Makes a repeat harmless.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct Repeatable {
    /// A key of your own for this request, kept for 30 days. Sent again with the same key, it is not done again: the
    /// first final answer is told once more, with `Idempotent-Replayed: true`.
    #[param(rename = "Idempotency-Key", max_length = 255, pattern = "^[ -~]*$", example = "rev-2026-0007")]
    pub key: Option<String>,
}

/// Caps what is paid.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Limit {
    /// Amount and fee together in the source currency must not pass it; a larger amount is lowered.
    #[param(inline, value_type = Option<AmountGiven>)]
    pub limit: Option<String>,
}
