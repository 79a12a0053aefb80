//! The wallet payouts API: `/api/v1`, and `/auth` for its tokens.

mod approvals;
pub mod auth;
mod batches;
mod beneficiaries;
mod cancellations;
mod described;
pub mod error;
mod freezes;
pub mod parameters;
mod payout_links;
mod payouts;
mod posted;
mod query;
mod reversals;
mod status;
mod version;
mod wallets;
pub mod webhooks;
mod wire;

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

pub use self::described::described;

use self::described::{approval_rules, batch_rules, freeze_rules, link_rules, rules};
use super::openapi::{Operation, operation, resources};
use crate::domain::payout::Rule;
use crate::error::Error;

/// The route table: each handler, with what it refuses besides what all do.
pub fn operations() -> Vec<Operation> {
    let payout = || rules(&[Rule::NotFound]).into_iter().chain([blank("Payout")]);
    let link = || rules(&[Rule::LinkNotFound]).into_iter().chain([blank("Payout link")]);
    let beneficiary = || rules(&[Rule::PayeeNotFound]).into_iter().chain([blank("Beneficiary")]);
    let wallet = || rules(&[Rule::WalletNotFound]).into_iter().chain([blank("Wallet")]);
    let batch = || [error::ApiError::from(Error::NotFound("Batch")).into(), blank("Batch")];
    let webhook = || [error::ApiError::from(Error::NotFound("Webhook")).into(), blank("Webhook")];
    let freeze = || [error::ApiError::from(Error::NotFound("Freeze")).into(), blank("Freeze")];
    let approval = || [error::ApiError::from(Error::NotFound("Approval request")).into(), blank("Approval request")];
    let delivery = || [error::ApiError::from(Error::NotFound("Delivery")).named("no_delivery")];
    let paid_from = [
        Rule::InsufficientFunds,
        Rule::WalletClosed,
        Rule::CurrencyMismatch,
        Rule::AmountOutOfRange,
        Rule::WalletNotFound,
        Rule::PayeeNotFound,
        Rule::PayeeInactive,
        Rule::AccountInactive,
        Rule::OverCap,
        Rule::Frozen,
        Rule::NobodyCanApprove,
    ];
    let ruled = [Rule::NeedsApproval];
    let decided = [Rule::NotWaitingForApproval, Rule::MakerIsChecker, Rule::Frozen];
    let reversed = [Rule::NotReversible, Rule::FullyReversed, Rule::ReversalTooLarge, Rule::TransferIdTaken];
    let changed = [Rule::WrongState];
    vec![
        operation!(auth::login).refuses(auth::refusals("Username and password are required", "Invalid credentials")),
        operation!(auth::refresh).refuses(auth::refusals("Refresh token is required", "Invalid refresh token")),
        operation!(status::show),
        operation!(payouts::index),
        operation!(payouts::create)
            .refuses(rules(&paid_from))
            .refuses(rules(&[Rule::ReferenceTaken]))
            .refuses(rules(&ruled)),
        operation!(payouts::show).refuses(payout()),
        operation!(payouts::cancel)
            .refuses(payout())
            .refuses(rules(&[Rule::AlreadyCompleted, Rule::NotCancellable]))
            .refuses(rules(&ruled)),
        operation!(payouts::decide).refuses(payout()).refuses(rules(&decided)),
        operation!(payouts::ask_to_cancel).refuses(payout()).refuses(rules(&[
            Rule::WrongState,
            Rule::AlreadyCompleted,
            Rule::NotCancellable,
            Rule::CancellationOpen,
            Rule::NeedsApproval,
        ])),
        operation!(cancellations::index).refuses(payout()),
        operation!(cancellations::show).refuses(payout()),
        operation!(reversals::index).refuses(payout()),
        operation!(reversals::create).refuses(payout()).refuses(rules(&reversed)).refuses(rules(&ruled)),
        operation!(payout_links::index),
        operation!(payout_links::create)
            .refuses(link_rules(&paid_from))
            .refuses(link_rules(&[Rule::ExpiryTooSoon, Rule::RequestIdTaken])),
        operation!(payout_links::show).refuses(link()),
        operation!(payout_links::cancel)
            .refuses(link())
            .refuses(link_rules(&[Rule::LinkNotCancellable, Rule::NeedsApproval])),
        operation!(payout_links::decide).refuses(link()).refuses(link_rules(&decided)).refuses(link_rules(&[
            Rule::InsufficientFunds,
            Rule::WalletClosed,
            Rule::LinkExpired,
        ])),
        operation!(payout_links::extend).refuses(link()).refuses(link_rules(&[
            Rule::WrongState,
            Rule::ExpiryTooSoon,
            Rule::LinkExpired,
        ])),
        operation!(payout_links::resend).refuses(link()).refuses(link_rules(&[Rule::WrongState, Rule::LinkExpired])),
        operation!(payout_links::replace).refuses(link()).refuses(link_rules(&[
            Rule::WrongState,
            Rule::LinkNotCancellable,
            Rule::WalletClosed,
            Rule::Frozen,
            Rule::NeedsApproval,
            Rule::NobodyCanApprove,
        ])),
        operation!(beneficiaries::index),
        operation!(beneficiaries::create).refuses(rules(&ruled)),
        operation!(beneficiaries::show).refuses(beneficiary()),
        operation!(beneficiaries::delete).refuses(beneficiary()),
        operation!(beneficiaries::account).refuses(beneficiary()),
        operation!(wallets::index),
        operation!(wallets::show).refuses(wallet()),
        operation!(wallets::statement).refuses(wallet()),
        operation!(wallets::transactions).refuses(rules(&[Rule::WalletNotFound])),
        operation!(wallets::transaction)
            .refuses([error::ApiError::from(Error::NotFound("Transaction"))])
            .refuses([blank("Transaction")]),
        operation!(batches::index),
        operation!(batches::create).refuses(batch()),
        operation!(batches::show).refuses(batch()),
        operation!(batches::items).refuses(batch()),
        operation!(batches::confirm).refuses(batch()).refuses(batch_rules(&changed)).refuses(batch_rules(&ruled)),
        operation!(batches::pause).refuses(batch()).refuses(batch_rules(&changed)),
        operation!(batches::resume).refuses(batch()).refuses(batch_rules(&changed)),
        operation!(batches::stop).refuses(batch()).refuses(batch_rules(&changed)),
        operation!(freezes::index),
        operation!(freezes::create),
        operation!(freezes::show).refuses(freeze()),
        operation!(freezes::ask).refuses(freeze()).refuses(freeze_rules(&[Rule::WrongState, Rule::Frozen])),
        operation!(freezes::lift).refuses(freeze()).refuses(freeze_rules(&[
            Rule::WrongState,
            Rule::MakerIsChecker,
            Rule::Frozen,
        ])),
        operation!(approvals::index),
        operation!(approvals::show).refuses(approval()),
        operation!(approvals::decide).refuses(approval()).refuses(approval_rules(&[
            Rule::NotWaitingForApproval,
            Rule::MakerIsChecker,
            Rule::Frozen,
        ])),
        operation!(freezes::keep).refuses(freeze()).refuses(freeze_rules(&[Rule::WrongState, Rule::Frozen])),
        operation!(webhooks::index),
        operation!(webhooks::create).refuses(rules(&[Rule::WebhookLimit])),
        operation!(webhooks::show).refuses(webhook()),
        operation!(webhooks::update).refuses(webhook()),
        operation!(webhooks::remove).refuses(webhook()),
        operation!(webhooks::rotate).refuses(webhook()).refuses(rules(&[Rule::SecretLimit])),
        operation!(webhooks::test).refuses(webhook()),
        operation!(webhooks::log).refuses(webhook()),
        operation!(webhooks::delivery).refuses(webhook()).refuses(delivery()),
        operation!(webhooks::replay).refuses(webhook()).refuses(delivery()),
    ]
}

/// Mounts the table.
pub fn routes(config: &mut ServiceConfig) {
    for prefix in ["/auth", "/api/v1"] {
        let mut scope = web::scope(prefix);
        for resource in resources(prefix, operations(), pattern) {
            scope = scope.service(resource);
        }
        let scope = scope.default_service(web::to(error::nowhere));
        config.service(scope.wrap(from_fn(error::shape)).wrap(from_fn(auth::limits)));
    }
    for resource in resources("/status", operations(), |_| "/status".to_owned()) {
        config.service(resource.wrap(from_fn(error::shape)).wrap(from_fn(auth::limits)));
    }
}

/// Slashes are not merged and an id may be blank, so that a missing id is told as such and not as an unknown route.
fn pattern(path: &str) -> String {
    path.replace('}', ":[^/]*}")
}

fn blank(what: &str) -> super::openapi::Refusal {
    error::ApiError::bad_request(format!("{what} ID is required")).named("blank_id")
}
