//! Payouts to a user: quote, commit, list, status.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Key;
use super::error::MassPayError;
use super::parameters::{Limit, Repeatable};
use super::sent::{Sent, parameter};
use super::wire::kinds::{PayoutToken, UserToken};
use super::wire::new_payout::{NewPayout, input};
use super::wire::payout::{Commit, Payout, Told};
use super::wire::{payee_id, payout_id};
use crate::api::replay;
use crate::domain::payout::Origin;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::payout_quotes::{self, Asked, Quoting};
use crate::service::{Desk, permit};

/// Quote a payout
///
/// The quote keeps its rate for two minutes; committing it makes the payout. With `auto_commit` the payout is made at once. Too little money and a `client_transfer_id` that was used before are no errors: the token says `NSF` or `DUPLICATE`, and nothing is kept. Members that are not named here are ignored.
#[utoipa::path(
    post,
    path = "/v1.0.0/payout/{user_token}",
    tag = "Payouts",
    operation_id = "create_payout",
    params(("user_token" = UserToken, Path, description = "The user."), Limit, Repeatable),
    request_body = NewPayout,
    responses((status = 201, description = "The quote; with `auto_commit` what became of committing it.", body = Told)),
    security(("masspay_key" = ["PAY"])),
)]
pub async fn create(
    Key(caller): Key,
    desk: web::Data<Desk>,
    user: web::Path<String>,
    request: HttpRequest,
    sent: Sent,
) -> Result<HttpResponse, MassPayError> {
    permit(&desk, &caller, Operation::MakePayout).await?;
    let asking = sent.asking()?;
    let limit = parameter(&request, "limit");
    let read = sent.members().and_then(|members| input(members, limit));
    let commits = read.as_ref().is_ok_and(|input| input.auto_commit);
    let asked = Asked { payee: payee_id(&user), input: read, key: asking.given(), origin: Origin::MassPay };
    let answered = payout_quotes::create(&desk, &caller, asked).await?;
    let mut answer = replay(StatusCode::CREATED, answered.replayed);
    Ok(match &answered.value {
        Quoting::Quoted(quoted) if commits => answer.json(Told::Commit(Commit::refused_quote(quoted))),
        Quoting::Quoted(quoted) => answer.json(Told::Payout(Box::new(Payout::quoted(quoted)))),
        Quoting::Made(record) => answer.json(Told::Commit(Commit::made(record))),
    })
}

/// Commit a payout
///
/// A quote becomes its payout, once: asked again, the answer is about the same one. What stands in its way is told by `status`. A body is not needed.
#[utoipa::path(
    put,
    path = "/v1.0.0/payout/{user_token}/{payout_token}",
    tag = "Payouts",
    operation_id = "commit_payout",
    params(
        ("user_token" = UserToken, Path, description = "The user."),
        ("payout_token" = PayoutToken, Path, description = "The quote."),
        Repeatable,
    ),
    responses((status = 200, description = "What became of it.", body = Commit)),
    security(("masspay_key" = ["PAY"])),
)]
pub async fn commit(
    Key(caller): Key,
    desk: web::Data<Desk>,
    path: web::Path<(String, String)>,
    sent: Sent,
) -> Result<HttpResponse, MassPayError> {
    permit(&desk, &caller, Operation::MakePayout).await?;
    let (payee, id) = (payee_id(&path.0), payout_id(&path.1));
    let asking = sent.asking()?;
    match payout_quotes::commit(&desk, &caller, payee, id, Origin::MassPay, asking.given()).await {
        Ok(answered) => Ok(replay(StatusCode::OK, answered.replayed).json(Commit::made(&answered.value))),
        Err(Error::Refused(refusal)) => {
            let Some(commit) = Commit::refused(id, &refusal) else { return Err(refusal.into()) };
            Ok(replay(StatusCode::OK, refusal.replayed).json(commit))
        }
        Err(error) => Err(error.into()),
    }
}

/// List a user’s payouts
#[utoipa::path(
    get,
    path = "/v1.0.0/payout/{user_token}",
    tag = "Payouts",
    operation_id = "list_payouts",
    params(("user_token" = UserToken, Path, description = "The user.")),
    responses((status = 200, description = "The 100 newest payouts and open quotes, newest first.", body = [Payout])),
    security(("masspay_key" = ["READ"])),
)]
pub async fn index(
    Key(caller): Key,
    desk: web::Data<Desk>,
    user: web::Path<String>,
) -> Result<HttpResponse, MassPayError> {
    let found = payout_quotes::of_payee(&desk, &caller, payee_id(&user)).await?;
    Ok(HttpResponse::Ok().json(found.iter().map(Payout::from).collect::<Vec<_>>()))
}

/// Show a payout
#[utoipa::path(
    get,
    path = "/v1.0.0/payout/{user_token}/{payout_token}",
    tag = "Payouts",
    operation_id = "get_payout",
    params(
        ("user_token" = UserToken, Path, description = "The user."),
        ("payout_token" = PayoutToken, Path, description = "The payout, or the quote of one."),
    ),
    responses((status = 200, description = "The payout as it is now.", body = Payout)),
    security(("masspay_key" = ["READ"])),
)]
pub async fn show(
    Key(caller): Key,
    desk: web::Data<Desk>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, MassPayError> {
    let found = payout_quotes::get(&desk, &caller, payee_id(&path.0), payout_id(&path.1)).await?;
    Ok(HttpResponse::Ok().json(Payout::from(&found)))
}
