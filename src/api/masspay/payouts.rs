//! Payouts to a user: quote, commit, list, status.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Key;
use super::error::MassPayError;
use super::reversals::replay;
use super::sent::{Sent, parameter};
use super::wire::payout::{Commit, Payout, input};
use super::wire::{payee_id, payout_id};
use crate::domain::payout::Origin;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::payout_quotes::{self, Asked, Quoting};
use crate::service::{Desk, permit};

/// POST /v1.0.0/payout/{user_token}
///
/// A quote for two minutes; with `auto_commit` the payout itself.
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
    let mut answer = replay(StatusCode::CREATED, &answered);
    Ok(match &answered.value {
        Quoting::Quoted(quoted) if commits => answer.json(Commit::refused_quote(quoted)),
        Quoting::Quoted(quoted) => answer.json(Payout::quoted(quoted)),
        Quoting::Made(record) => answer.json(Commit::made(record)),
    })
}

/// PUT /v1.0.0/payout/{user_token}/{payout_token}
///
/// A quote becomes its payout, once: asked again, the answer is about the same one.
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
        Ok(answered) => Ok(replay(StatusCode::OK, &answered).json(Commit::made(&answered.value))),
        Err(Error::Refused(refusal)) => {
            let Some(commit) = Commit::refused(id, &refusal) else { return Err(refusal.into()) };
            let mut answer = HttpResponse::Ok();
            if refusal.replayed {
                answer.insert_header(("Idempotent-Replayed", "true"));
            }
            Ok(answer.json(commit))
        }
        Err(error) => Err(error.into()),
    }
}

/// GET /v1.0.0/payout/{user_token}: the newest, as the contract knows no pages.
pub async fn index(
    Key(caller): Key,
    desk: web::Data<Desk>,
    user: web::Path<String>,
) -> Result<HttpResponse, MassPayError> {
    let found = payout_quotes::of_payee(&desk, &caller, payee_id(&user)).await?;
    Ok(HttpResponse::Ok().json(found.iter().map(Payout::from).collect::<Vec<_>>()))
}

/// GET /v1.0.0/payout/{user_token}/{payout_token}
pub async fn show(
    Key(caller): Key,
    desk: web::Data<Desk>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, MassPayError> {
    let found = payout_quotes::get(&desk, &caller, payee_id(&path.0), payout_id(&path.1)).await?;
    Ok(HttpResponse::Ok().json(Payout::from(&found)))
}
