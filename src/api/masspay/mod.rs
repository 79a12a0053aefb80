//! MassPay's payout API with reversals, as `contracts/reversals.md` has it: `/v1.0.0`, and `/v0.1.4` before.

pub mod auth;
mod balances;
pub mod error;
mod payouts;
mod reversals;
mod sent;
pub mod webhooks;
mod wire;

use actix_web::middleware::from_fn;
use actix_web::web::{self, PayloadConfig, ServiceConfig, get, post, put, resource};

/// The route table. Words of the provider's own win over a user's token; those that Paydesk has no call for are
/// nowhere.
pub fn routes(config: &mut ServiceConfig) {
    for version in ["/v1.0.0", "/v0.1.4"] {
        config.service(
            web::scope(version)
                .app_data(PayloadConfig::new(sent::LARGEST))
                .service(resource("/payout/account/balance").route(get().to(balances::account)))
                .service(resource("/payout/wallet/{user_token}").route(get().to(balances::wallets)))
                .service(resource("/payout/{word:account|load|tax|user|wallet}{rest:(/.*)?}").to(error::nowhere))
                .service(
                    resource("/payout/{user_token}").route(get().to(payouts::index)).route(post().to(payouts::create)),
                )
                .service(
                    resource("/payout/{user_token}/{payout_token}")
                        .route(get().to(payouts::show))
                        .route(put().to(payouts::commit)),
                )
                .service(
                    resource("/payout/{user_token}/{payout_token}/reversal")
                        .route(get().to(reversals::index))
                        .route(post().to(reversals::create)),
                )
                .service(
                    resource("/payout/{user_token}/{payout_token}/reversal/{reversal_token}")
                        .route(get().to(reversals::show)),
                )
                .default_service(web::to(error::nowhere))
                .wrap(from_fn(error::shape))
                .wrap(from_fn(auth::limits)),
        );
    }
}
