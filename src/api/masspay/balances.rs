//! What there is to pay from: the client's wallets.

use actix_web::{HttpResponse, web};

use super::auth::Key;
use super::error::MassPayError;
use super::wire::payee_id;
use super::wire::wallet::{Balance, UserWallet};
use crate::service::{Desk, payout_quotes, wallets};

/// GET /v1.0.0/payout/account/balance
pub async fn account(Key(caller): Key, desk: web::Data<Desk>) -> Result<HttpResponse, MassPayError> {
    let found = wallets::list(&desk, &caller).await?;
    let open = found.iter().map(|(wallet, _)| wallet).filter(|wallet| wallet.closed_at.is_none());
    Ok(HttpResponse::Ok().json(open.map(Balance::from).collect::<Vec<_>>()))
}

/// GET /v1.0.0/payout/wallet/{user_token}
///
/// Users hold no money in Paydesk: these are the wallets of the client that they are paid from.
pub async fn wallets(
    Key(caller): Key,
    desk: web::Data<Desk>,
    user: web::Path<String>,
) -> Result<HttpResponse, MassPayError> {
    let payee = payee_id(&user);
    let found = payout_quotes::wallets_for(&desk, &caller, payee).await?;
    Ok(HttpResponse::Ok().json(found.iter().map(|wallet| UserWallet::of(wallet, payee)).collect::<Vec<_>>()))
}
