//! The Revolut dialect: `/api/1.0`, and `/api/2.0` for webhooks (`contracts/revolut.md`).
//!
//! It translates and calls the same services as every other face; what Revolut calls an account is a wallet, a
//! counterparty is a payee, and a transaction is a payout, a transfer between own wallets or money that came in.

mod accounts;
pub mod auth;
mod body;
mod counterparties;
mod described;
pub mod error;
pub mod parameters;
mod payments;
mod payout_links;
mod query;
mod reasons;
mod sandbox;
mod token;
mod transactions;
mod transfers;
mod webhooks;
mod wire;
pub mod words;

use actix_web::middleware::from_fn;
use actix_web::web::{self, PayloadConfig, ServiceConfig};

pub use self::described::described;

use self::described::rules;
use self::error::ApiError;
use super::openapi::{Operation, Refusal, operation, resources};
use crate::domain::payout::Rule;

/// The route table: each handler, with what it refuses besides what all do.
pub fn operations() -> Vec<Operation> {
    let closed = (Rule::WalletClosed, "Main USD is closed.");
    let too_much = (Rule::AmountOutOfRange, "Amount and fees together are more than Paydesk handles.");
    let other_currency = (Rule::CurrencyMismatch, "Main USD holds USD, not EUR.");
    let no_reason = (Rule::ReasonRequired, "");
    let over_cap = (Rule::OverCap, "The credential may send out USD 1,000.00 a day.");
    let ended = |reason: &'static str| [ApiError::new(422, 3100, reason).named("wrong_state")];
    let of_counterparty =
        |what: &str| ApiError::no_such(format!("{what} not found for counterparty {}", wire::samples::COUNTERPARTY));
    vec![
        operation!(token::create).refuses(token::refusals()),
        operation!(payout_links::create)
            .refuses([duplicate("rent-2026-01")])
            .refuses([ApiError::no_such(format!("Account not found {}", wire::samples::ACCOUNT)).named("no_account")])
            .refuses(rules(&[closed, too_much, other_currency, no_reason, over_cap])),
        operation!(payout_links::show),
        operation!(payout_links::index),
        operation!(payout_links::cancel).refuses(ended("Payout link cannot be cancelled in state processing")),
        operation!(payments::create)
            .refuses([duplicate("invoice-4711")])
            .refuses([
                ApiError::no_such("Account not found").named("no_account"),
                ApiError::no_such(format!("Counterparty not found {}", wire::samples::COUNTERPARTY))
                    .named("no_counterparty"),
                of_counterparty("Account").named("no_account_of_counterparty"),
                of_counterparty("Card").named("no_card_of_counterparty"),
            ])
            .refuses(rules(&[closed, too_much, other_currency, no_reason, over_cap]))
            .refuses(rules(&[
                (Rule::ChargeBearer, "Specified 'charge_bearer' is not supported for this transaction."),
                (Rule::ExchangeReasonRequired, "Exchange reason is required"),
                (
                    Rule::PayeeCurrencyMismatch,
                    "The payment's currency is not the currency of the counterparty's account.",
                ),
                (Rule::PayeeInactive, "Ada Byron is switched off and gets no new payouts."),
            ])),
        operation!(transfers::create)
            .refuses([duplicate("reserve-2026-01")])
            .refuses([ApiError::no_such("Account not found").named("no_account")])
            .refuses(rules(&[
                closed,
                other_currency,
                (Rule::SameWallet, "Source and target are the same wallet."),
                over_cap,
            ])),
        operation!(transactions::show),
        operation!(transactions::index).refuses([
            ApiError::parameter("Parameter from is required with request_id").named("no_from"),
            ApiError::parameter("Parameters from and to must be at most 14 days apart").named("too_far_apart"),
        ]),
        operation!(accounts::index),
        operation!(accounts::show),
        operation!(counterparties::index)
            .refuses([ApiError::parameter("Parameter sort_code needs account_no").named("no_account_no")]),
        operation!(counterparties::show),
        operation!(counterparties::delete),
        operation!(counterparties::create).refuses(rules(&[(Rule::PayeeExists, "")])),
        operation!(reasons::index),
        operation!(sandbox::end).refuses(ended("That cannot happen now: the transaction has ended.")),
        operation!(sandbox::top_up)
            .refuses([ApiError::no_such("Account not found").named("no_account")])
            .refuses(rules(&[closed, other_currency])),
        operation!(sandbox::claim).refuses(ended("It cannot be claimed: it is cancelled.")),
        operation!(webhooks::create)
            .refuses(rules(&[(Rule::WebhookLimit, "This client has 10 webhooks of this dialect already.")])),
        operation!(webhooks::index),
        operation!(webhooks::show),
        operation!(webhooks::update).refuses([webhooks::nothing_to_change().named("nothing_to_change")]),
        operation!(webhooks::delete),
        operation!(webhooks::rotate)
            .refuses(rules(&[(Rule::SecretLimit, "3 secrets are good at the same time already.")])),
        operation!(webhooks::failed_events)
            .refuses([
                ApiError::parameter("Parameter created_before must be at most 21 days ago").named("too_long_ago")
            ]),
    ]
}

/// Mounts the table.
pub fn routes(config: &mut ServiceConfig) {
    for prefix in ["/api/1.0", "/api/2.0"] {
        let mut scope = web::scope(prefix).app_data(PayloadConfig::new(body::LARGEST));
        for resource in resources(prefix, operations(), str::to_owned) {
            scope = scope.service(resource);
        }
        let scope = scope.default_service(web::to(error::nowhere));
        config.service(scope.wrap(from_fn(error::shape)).wrap(from_fn(auth::limits)));
    }
}

fn duplicate(request_id: &str) -> Refusal {
    ApiError::duplicate(request_id).named("duplicate")
}
