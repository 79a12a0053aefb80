//! Transactions: one, or a list.

use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Token;
use super::error::ApiError;
use super::parameters::{NamedBy, TransactionFilter};
use super::query::{Parameters, path_uuid};
use super::wire::kinds;
use super::wire::transaction::Transaction;
use crate::domain::staff::Operation;
use crate::domain::transaction::{Kind, State};
use crate::service::transactions::{self, Filter};
use crate::service::{Desk, permit};

/// How far apart `from` and `to` may be for a `request_id`: two weeks, in microseconds.
const SPAN: i64 = 14 * 24 * 3_600 * 1_000_000;
/// How much longer it may be without `to`: `from` may be a date alone, and clocks differ.
const LEEWAY: i64 = 24 * 3_600 * 1_000_000;

/// Every type of the contract; those without a kind of ours match nothing here.
pub const TYPES: [(&str, Option<Kind>); 17] = [
    ("atm", None),
    ("card_payment", None),
    ("card_refund", None),
    ("card_chargeback", None),
    ("card_credit", None),
    ("charge", None),
    ("charge_refund", None),
    ("exchange", None),
    ("transfer", Some(Kind::Transfer)),
    ("loan", None),
    ("fee", None),
    ("refund", Some(Kind::Refund)),
    ("topup", Some(Kind::TopUp)),
    ("topup_return", None),
    ("tax", None),
    ("tax_refund", None),
    ("rev_payment", None),
];

/// List transactions
///
/// Newest first. A bare array: for the next page, send the `created_at` of the last one as `to`.
#[utoipa::path(
    get,
    path = "/api/1.0/transactions",
    tag = "Transactions",
    operation_id = "list_transactions",
    params(TransactionFilter),
    responses((status = 200, description = "Transactions.", body = [Transaction])),
    security(("revolut_token" = ["READ"])),
)]
pub async fn index(
    Token(caller): Token,
    desk: web::Data<Desk>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadPayouts).await?;
    let parameters = Parameters::of(&request)?;
    let (filter, count) = read(&parameters, desk.clock.now())?;
    let found = transactions::list(&desk, &caller, filter, count).await?;
    let rows: Vec<Transaction> = found.iter().map(Transaction::from).collect();
    Ok(HttpResponse::Ok().json(rows))
}

/// Show a transaction
#[utoipa::path(
    get,
    path = "/api/1.0/transaction/{id}",
    tag = "Transactions",
    operation_id = "get_transaction",
    params(("id" = inline(kinds::TransactionName), Path, description = "The id of the transaction; with `id_type=request_id` the `request_id` that made it."), NamedBy),
    responses((status = 200, description = "The transaction.", body = Transaction)),
    security(("revolut_token" = ["READ"])),
)]
pub async fn show(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadPayouts).await?;
    let parameters = Parameters::of(&request)?;
    let found = match parameters.text("id_type") {
        None | Some("id" | "transaction_id") => transactions::get(&desk, &caller, path_uuid(&id)?).await?,
        Some("request_id") => transactions::by_request_id(&desk, &caller, &id).await?,
        Some(_) => return Err(ApiError::parameter("Parameter id_type must be request_id")),
    };
    Ok(HttpResponse::Ok().json(Transaction::from(&found)))
}

/// `now` in Unix microseconds.
fn read(parameters: &Parameters, now: i64) -> Result<(Filter, i64), ApiError> {
    let kind = |word: &str| TYPES.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind);
    let kinds = parameters.words("type", kind)?;
    let states = parameters.words("state", State::from_name)?;
    let (from, to) = (parameters.time("from")?, parameters.time("to")?);
    let request_id = parameters.text("request_id").map(str::to_owned);
    if request_id.is_some() {
        let Some(from) = from else {
            return Err(ApiError::parameter("Parameter from is required with request_id"));
        };
        let too_far = match to {
            Some(to) => to.saturating_sub(from) > SPAN,
            None => now.saturating_sub(from) > SPAN + LEEWAY,
        };
        if too_far {
            return Err(ApiError::parameter("Parameters from and to must be at most 14 days apart"));
        }
    }
    let filter = Filter {
        client: None,
        wallet: parameters.id("account")?,
        payee: parameters.id("counterparty")?,
        from,
        to,
        request_id,
        kinds: (!kinds.is_empty()).then(|| kinds.into_iter().flatten().collect()),
        states: (!states.is_empty()).then_some(states),
    };
    Ok((filter, parameters.limit("count")?))
}
