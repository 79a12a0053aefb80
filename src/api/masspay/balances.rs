//! What there is to pay from: the client's wallets.

use actix_web::{HttpResponse, web};

use super::auth::Key;
use super::error::MassPayError;
use super::wire::kinds::UserToken;
use super::wire::payee_id;
use super::wire::wallet::{Balance, UserWallet};
use crate::service::{Desk, payout_quotes, wallets};

/// List the account’s balances
///
/// The open wallets of your client. The token of one is the `source_token` of a payout.
#[utoipa::path(
    get,
    path = "/v1.0.0/payout/account/balance",
    tag = "Balances",
    operation_id = "get_account_balances",
    responses((status = 200, description = "One for each open wallet.", body = [Balance])),
    security(("masspay_key" = ["READ"])),
)]
pub async fn account(Key(caller): Key, desk: web::Data<Desk>) -> Result<HttpResponse, MassPayError> {
    let found = wallets::list(&desk, &caller).await?;
    let open = found.iter().map(|(wallet, _)| wallet).filter(|wallet| wallet.closed_at.is_none());
    Ok(HttpResponse::Ok().json(open.map(Balance::from).collect::<Vec<_>>()))
}

/// List the wallets that a user is paid from
///
/// Users hold no money in Paydesk: these are the wallets of your client.
#[utoipa::path(
    get,
    path = "/v1.0.0/payout/wallet/{user_token}",
    tag = "Balances",
    operation_id = "get_user_wallets",
    params(("user_token" = UserToken, Path, description = "The user.")),
    responses((status = 200, description = "All wallets of your client, closed ones too.", body = [UserWallet])),
    security(("masspay_key" = ["READ"])),
)]
pub async fn wallets(
    Key(caller): Key,
    desk: web::Data<Desk>,
    user: web::Path<String>,
) -> Result<HttpResponse, MassPayError> {
    let payee = payee_id(&user);
    let found = payout_quotes::wallets_for(&desk, &caller, payee).await?;
    Ok(HttpResponse::Ok().json(found.iter().map(|wallet| UserWallet::of(wallet, payee)).collect::<Vec<_>>()))
}
