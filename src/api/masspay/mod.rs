//! MassPay's payout API with reversals, as `contracts/reversals.md` has it: `/v1.0.0`, and `/v0.1.4` before.

pub mod auth;
mod balances;
mod described;
pub mod error;
pub mod parameters;
mod payouts;
mod reversals;
mod sent;
pub mod webhooks;
mod wire;

use actix_web::middleware::from_fn;
use actix_web::web::{self, PayloadConfig, ServiceConfig, resource};

pub use self::described::described;

use self::described::rules;
use super::openapi::{Operation, operation, resources};
use crate::domain::payout::Rule;

const VERSION: &str = "/v1.0.0";
const EARLIER: &str = "/v0.1.4";

/// The route table: each handler, with what it refuses besides what all do, below both versions.
pub fn operations() -> Vec<Operation> {
    let earlier = table().into_iter().map(|operation| operation.again(VERSION, EARLIER));
    table().into_iter().chain(earlier).collect()
}

fn table() -> Vec<Operation> {
    let quoted = [
        Rule::WalletClosed,
        Rule::CurrencyMismatch,
        Rule::PayeeInactive,
        Rule::AccountInactive,
        Rule::AmountOutOfRange,
        Rule::OverCap,
    ];
    let reversed = [Rule::FullyReversed, Rule::ReversalTooLarge, Rule::NotReversible, Rule::TransferIdTaken];
    vec![
        operation!(payouts::create).refuses(rules(&quoted)),
        operation!(payouts::commit),
        operation!(payouts::index),
        operation!(payouts::show),
        operation!(reversals::create).refuses(rules(&reversed)).refuses([error::MassPayError::no_answer()]),
        operation!(reversals::index),
        operation!(reversals::show),
        operation!(balances::account),
        operation!(balances::wallets),
    ]
}

/// Mounts the table. Words of the provider's own win over a user's token; those that Paydesk has no call for are
/// nowhere.
pub fn routes(config: &mut ServiceConfig) {
    for version in [VERSION, EARLIER] {
        let (of_users, own): (Vec<Operation>, Vec<Operation>) =
            operations().into_iter().partition(|operation| operation.path.contains("/payout/{"));
        let mut scope = web::scope(version).app_data(PayloadConfig::new(sent::LARGEST));
        for resource in resources(version, own, str::to_owned) {
            scope = scope.service(resource);
        }
        let unknown = "/payout/{word:account|load|tax|user|wallet}{rest:(/.*)?}";
        scope = scope.service(resource(unknown).default_service(web::to(error::nowhere)));
        for resource in resources(version, of_users, str::to_owned) {
            scope = scope.service(resource);
        }
        let scope = scope.default_service(web::to(error::nowhere));
        config.service(scope.wrap(from_fn(error::shape)).wrap(from_fn(auth::limits)));
    }
}
