//! Batches: many payouts cancelled, approved or reversed together.
//!
//! A batch is made and then sorted by a job. Once it is `ready`, its preview says what would happen to each item; the
//! confirmation names the number of items that something is done to, and starts it.

use actix_web::http::StatusCode;
use actix_web::http::header::ETAG;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::auth::Token;
use super::error::ApiError;
use super::parameters::{BatchFilter, BatchItemFilter, Repeatable};
use super::posted::{KEY_LENGTH, Members, Posted};
use super::query::{Parameters, named};
use super::version::tag_of;
use super::wire::batch::{Batch, Confirmation, Item, NewBatch as Wanted};
use super::wire::{Nothing, kinds};
use crate::api::replay;
use crate::domain::batch::{Batch as Record, ItemState, Verb};
use crate::domain::caller::Caller;
use crate::domain::payout::Rule;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::batches::{self, NewBatch, Source, results};
use crate::service::idempotency::Answered;
use crate::service::payout_list::ListQuery;
use crate::service::{Desk, permit};

/// Which payouts, where neither ids nor references are given. Days are days of UTC; what is null counts as missing.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Filter {
    status: Option<String>,
    search: Option<String>,
    from: Option<String>,
    to: Option<String>,
    wallet_id: Option<i64>,
    currency: Option<String>,
    beneficiary_id: Option<String>,
    provider: Option<String>,
    credential_id: Option<String>,
    reversed: Option<bool>,
}

/// List batches
///
/// Those that programs of the client made, the newest first; `before` is the id of the last one seen.
#[utoipa::path(
    get,
    path = "/api/v1/batches",
    tag = "Batches",
    operation_id = "list_batches",
    params(BatchFilter),
    responses((status = 200, description = "Batches, newest first.", body = [Batch])),
    security(("wallet_token" = ["READ"])),
)]
pub async fn index(
    Token(caller): Token,
    desk: web::Data<Desk>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadPayouts).await?;
    let parameters = Parameters::of(&request)?;
    parameters.none_but(&["before", "limit"])?;
    let (before, limit) = (parameters.before("a batch")?, parameters.limit()?);
    let (found, _) = batches::list(&desk, &caller, before, limit.into()).await?;
    let wallets = batches::wallets_now(&desk, &caller).await?;
    let list: Vec<Batch> = found.iter().map(|batch| Batch::of(batch, &batches::effects(batch, &wallets))).collect();
    Ok(HttpResponse::Ok().json(list))
}

/// Make a batch
///
/// From `ids`, from `references`, from all payouts that match a `filter`, or from what the batch `undone_of` did not do: exactly one of these. It is sorted first, and nothing is done before it is confirmed. A body may have 4 MiB.
#[utoipa::path(
    post,
    path = "/api/v1/batches",
    tag = "Batches",
    operation_id = "create_batch",
    params(Repeatable),
    request_body = Wanted,
    responses((status = 201, description = "The batch, which is being sorted.", body = Batch, headers(("ETag" = String, description = "The version of the batch.")))),
    security(("wallet_token" = ["PAY"])),
)]
pub async fn create(Token(caller): Token, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::CancelPayout).await?;
    posted.no_parameters()?;
    let key = posted.key(KEY_LENGTH)?;
    let new = input(posted.members()?)?;
    let made = batches::create(&desk, &caller, new, key.as_deref()).await.map_err(said)?;
    one(&desk, &caller, StatusCode::CREATED, &made).await
}

/// Show a batch
///
/// Once it is `ready`, `preview` says what would happen, and `counts.acting` is the number to confirm.
#[utoipa::path(
    get,
    path = "/api/v1/batches/{id}",
    tag = "Batches",
    operation_id = "get_batch",
    params(("id" = kinds::BatchId, Path, description = "The batch.")),
    responses((status = 200, description = "The batch as it stands.", body = Batch, headers(("ETag" = String, description = "The version of the batch.")))),
    security(("wallet_token" = ["READ"])),
)]
pub async fn show(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::ReadPayouts, &id, "Batch").await?;
    Parameters::of(&request)?.none_but(&[])?;
    let value = batches::get(&desk, &caller, id).await?;
    one(&desk, &caller, StatusCode::OK, &Answered { value, repeated: false, replayed: false }).await
}

/// List the items of a batch
///
/// In their order, each with its result; `after` is the number of the last one seen.
#[utoipa::path(
    get,
    path = "/api/v1/batches/{id}/items",
    tag = "Batches",
    operation_id = "list_batch_items",
    params(("id" = kinds::BatchId, Path, description = "The batch."), BatchItemFilter),
    responses((status = 200, description = "Items, in their order.", body = [Item])),
    security(("wallet_token" = ["READ"])),
)]
pub async fn items(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::ReadPayouts, &id, "Batch").await?;
    let parameters = Parameters::of(&request)?;
    parameters.none_but(&["status", "after", "limit"])?;
    let state = parameters.word("status", &ItemState::ALL.map(ItemState::name))?.and_then(ItemState::from_name);
    let after = parameters.integer("after")?.unwrap_or(0);
    let (lines, _) = results::items(&desk, &caller, id, state, after, parameters.limit()?.into()).await?;
    Ok(HttpResponse::Ok().json(lines.iter().map(Item::from).collect::<Vec<_>>()))
}

/// Start a batch
///
/// `count` is `counts.acting` of the batch as you have seen it; another number is refused. Only the program that made it may confirm it.
#[utoipa::path(
    post,
    path = "/api/v1/batches/{id}/confirmation",
    tag = "Batches",
    operation_id = "confirm_batch",
    params(("id" = kinds::BatchId, Path, description = "The batch."), Repeatable),
    request_body = Confirmation,
    responses((status = 200, description = "The batch, which is running.", body = Batch, headers(("ETag" = String, description = "The version of the batch.")))),
    security(("wallet_token" = ["PAY"])),
)]
pub async fn confirm(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::CancelPayout, &id, "Batch").await?;
    posted.no_parameters()?;
    let key = posted.key(KEY_LENGTH)?;
    let mut members = posted.members()?;
    let (count, reason) = (members.number("count"), members.text("reason"));
    members.nothing_else()?;
    let started = batches::start(&desk, &caller, id, count.as_deref(), reason.as_deref(), key.as_deref()).await;
    one(&desk, &caller, StatusCode::OK, &started.map_err(said)?).await
}

/// Pause a batch
///
/// What is done stays done; the rest waits.
#[utoipa::path(
    post,
    path = "/api/v1/batches/{id}/pause",
    tag = "Batches",
    operation_id = "pause_batch",
    params(("id" = kinds::BatchId, Path, description = "The batch.")),
    request_body = Nothing,
    responses((status = 200, description = "The batch, which stands still.", body = Batch, headers(("ETag" = String, description = "The version of the batch.")))),
    security(("wallet_token" = ["PAY"])),
)]
pub async fn pause(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::CancelPayout, &id, "Batch").await?;
    posted.nothing()?;
    acted(&desk, &caller, batches::pause(&desk, &caller, id).await).await
}

/// Go on with a paused batch
#[utoipa::path(
    post,
    path = "/api/v1/batches/{id}/resume",
    tag = "Batches",
    operation_id = "resume_batch",
    params(("id" = kinds::BatchId, Path, description = "The batch.")),
    request_body = Nothing,
    responses((status = 200, description = "The batch, which is running again.", body = Batch, headers(("ETag" = String, description = "The version of the batch.")))),
    security(("wallet_token" = ["PAY"])),
)]
pub async fn resume(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::CancelPayout, &id, "Batch").await?;
    posted.nothing()?;
    acted(&desk, &caller, batches::resume(&desk, &caller, id).await).await
}

/// Stop a batch
///
/// What is done stays done; what is not is left as it is.
#[utoipa::path(
    post,
    path = "/api/v1/batches/{id}/stop",
    tag = "Batches",
    operation_id = "stop_batch",
    params(("id" = kinds::BatchId, Path, description = "The batch.")),
    request_body = Nothing,
    responses((status = 200, description = "The batch, which has ended.", body = Batch, headers(("ETag" = String, description = "The version of the batch.")))),
    security(("wallet_token" = ["PAY"])),
)]
pub async fn stop(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, ApiError> {
    let id = named(&desk, &caller, Operation::CancelPayout, &id, "Batch").await?;
    posted.nothing()?;
    acted(&desk, &caller, batches::stop(&desk, &caller, id).await).await
}

/// Reads the members of `POST /api/v1/batches` and refuses others.
fn input(mut members: Members) -> Result<NewBatch, ApiError> {
    let (verb, reason) = (members.text("verb"), members.text("reason"));
    let (ids, references) = (members.texts("ids"), members.texts("references"));
    let (filter, undone) = (members.object("filter"), members.text("undone_of"));
    members.nothing_else()?;
    let verb = match verb.as_deref() {
        None => return Err(ApiError::member("verb", "is required")),
        Some(name) => Verb::from_name(name).filter(|verb| Verb::ACTS.contains(verb)),
    };
    let verb = verb.ok_or_else(|| ApiError::member("verb", "must be cancel, approve or reverse"))?;
    let given = [ids.is_some(), references.is_some(), filter.is_some(), undone.is_some()];
    if given.into_iter().filter(|given| *given).count() != 1 {
        return Err(ApiError::bad_request("exactly one of ids, references, filter and undone_of must be given"));
    }
    let source = match (ids, references, filter, undone) {
        (Some(names), ..) => Source::Names(names, "Ids given by a program".to_owned()),
        (_, Some(names), ..) => Source::Names(names, "References given by a program".to_owned()),
        (_, _, Some(filter), _) => Source::Matching(Box::new(matching(&filter)?), chrono_tz::UTC),
        (_, _, _, id) => {
            let id = id.and_then(|id| id.parse().ok());
            Source::Undone(id.ok_or_else(|| ApiError::member("undone_of", "must be the id of a batch"))?)
        }
    };
    Ok(NewBatch { verb, source, reason })
}

fn matching(filter: &str) -> Result<ListQuery, ApiError> {
    let filter: Filter =
        serde_json::from_str(filter).map_err(|error| ApiError::member("filter", format!("cannot be read: {error}")))?;
    Ok(ListQuery {
        status: filter.status.unwrap_or_default(),
        q: filter.search.unwrap_or_default(),
        from: filter.from.unwrap_or_default(),
        to: filter.to.unwrap_or_default(),
        wallet: filter.wallet_id.map(|number| number.to_string()).unwrap_or_default(),
        currency: filter.currency.unwrap_or_default(),
        payee: filter.beneficiary_id.unwrap_or_default(),
        provider: filter.provider.unwrap_or_default(),
        credential: filter.credential_id.unwrap_or_default(),
        reversed: if filter.reversed == Some(true) { "yes".into() } else { String::new() },
        ..ListQuery::default()
    })
}

/// What a refusal says, in words about batches; members of a filter are named as they are here.
pub fn said(error: Error) -> ApiError {
    let refusal = match error {
        Error::Validation(mut fields) => {
            for field in &mut fields {
                field.field = match field.field {
                    "q" => "search",
                    "wallet" => "wallet_id",
                    "payee" => "beneficiary_id",
                    name => name,
                };
            }
            return Error::Validation(fields).into();
        }
        Error::Refused(refusal) => refusal,
        error => return error.into(),
    };
    let words = match refusal.rule {
        Rule::WrongState => format!("batch cannot be changed in current status: {}", refusal.reason),
        Rule::Stale => "batch has changed since it was read".to_owned(),
        _ => return refusal.into(),
    };
    ApiError::from(refusal).saying(words)
}

async fn acted(desk: &Desk, caller: &Caller, acted: Result<Record, Error>) -> Result<HttpResponse, ApiError> {
    let value = acted.map_err(said)?;
    one(desk, caller, StatusCode::OK, &Answered { value, repeated: false, replayed: false }).await
}

async fn one(
    desk: &Desk,
    caller: &Caller,
    status: StatusCode,
    answered: &Answered<Record>,
) -> Result<HttpResponse, ApiError> {
    let wallets = batches::wallets_now(desk, caller).await?;
    let effects = batches::effects(&answered.value, &wallets);
    let tag = tag_of(answered.value.version);
    Ok(replay(status, answered.replayed).insert_header((ETAG, tag)).json(Batch::of(&answered.value, &effects)))
}
