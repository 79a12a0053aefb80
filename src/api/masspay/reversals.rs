//! Reversals of a payout: ask for one, list them, look at one.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::auth::Key;
use super::error::MassPayError;
use super::parameters::Repeatable;
use super::sent::Sent;
use super::wire::kinds::{PayoutToken, ReversalToken, UserToken};
use super::wire::reversal::{NewReversal, Reversal, input};
use super::wire::{payee_id, payout_id, reversal_id};
use crate::api::replay;
use crate::domain::reversal::State;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::reversals::{self, Asked, PATIENCE, Wait};
use crate::service::{Desk, permit};

/// Reverse a payout, or a part of it
///
/// For a `COMPLETED` payout, in its destination currency, as often as something is left. Waits for the provider’s answer; without one it is 504, and the same `Idempotency-Key` then waits for, or tells, the outcome. The fee stays paid. The source gets its money back at the payout’s own rate. Members that are not named here are ignored.
#[utoipa::path(
    post,
    path = "/v1.0.0/payout/{user_token}/{payout_token}/reversal",
    tag = "Reversals",
    operation_id = "create_reversal",
    params(
        ("user_token" = UserToken, Path, description = "The user."),
        ("payout_token" = PayoutToken, Path, description = "The payout."),
        Repeatable,
    ),
    request_body = NewReversal,
    responses((status = 201, description = "The reversal: `COMPLETED`, or `ERROR` if the provider refused it.", body = Reversal)),
    security(("masspay_key" = ["PAY"])),
)]
pub async fn create(
    Key(caller): Key,
    desk: web::Data<Desk>,
    path: web::Path<(String, String)>,
    sent: Sent,
) -> Result<HttpResponse, MassPayError> {
    permit(&desk, &caller, Operation::ReversePayout).await?;
    let payee = payee_id(&path.0);
    let asking = sent.asking()?;
    let asked = Asked {
        payout: payout_id(&path.1),
        payee: Some(payee),
        input: sent.members().and_then(input),
        version: None,
        key: asking.given(),
        wait: Wait::Outcome(PATIENCE),
    };
    let answered = reversals::reverse_as(&desk, &caller, asked).await?;
    if answered.value.state == State::Pending {
        return Err(MassPayError::no_answer());
    }
    Ok(replay(StatusCode::CREATED, answered.replayed).json(Reversal::answer(&answered.value, payee)))
}

/// List the reversals of a payout
#[utoipa::path(
    get,
    path = "/v1.0.0/payout/{user_token}/{payout_token}/reversal",
    tag = "Reversals",
    operation_id = "list_reversals",
    params(
        ("user_token" = UserToken, Path, description = "The user."),
        ("payout_token" = PayoutToken, Path, description = "The payout."),
    ),
    responses((status = 200, description = "All reversals of the payout, newest first.", body = [Reversal])),
    security(("masspay_key" = ["READ"])),
)]
pub async fn index(
    Key(caller): Key,
    desk: web::Data<Desk>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, MassPayError> {
    let (payee, payout) = (payee_id(&path.0), payout_id(&path.1));
    let (record, found) = reversals::to_payee(&desk, &caller, payee, payout).await?;
    let list: Vec<Reversal> = found.iter().map(|reversal| Reversal::of(reversal, &record.payout)).collect();
    Ok(HttpResponse::Ok().json(list))
}

/// Show a reversal
#[utoipa::path(
    get,
    path = "/v1.0.0/payout/{user_token}/{payout_token}/reversal/{payout_reversal_token}",
    tag = "Reversals",
    operation_id = "get_reversal",
    params(
        ("user_token" = UserToken, Path, description = "The user."),
        ("payout_token" = PayoutToken, Path, description = "The payout."),
        ("payout_reversal_token" = ReversalToken, Path, description = "The reversal."),
    ),
    responses((status = 200, description = "The reversal, with what is left of its payout.", body = Reversal)),
    security(("masspay_key" = ["READ"])),
)]
pub async fn show(
    Key(caller): Key,
    desk: web::Data<Desk>,
    path: web::Path<(String, String, String)>,
) -> Result<HttpResponse, MassPayError> {
    let (payee, payout, id) = (payee_id(&path.0), payout_id(&path.1), reversal_id(&path.2));
    let (record, found) = reversals::to_payee(&desk, &caller, payee, payout).await?;
    let reversal = found.iter().find(|reversal| reversal.id == id).ok_or(Error::NotFound("Reversal"))?;
    Ok(HttpResponse::Ok().json(Reversal::of(reversal, &record.payout)))
}
