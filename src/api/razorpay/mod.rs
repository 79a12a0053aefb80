//! The RazorpayX dialect: `/v1` (`contracts/razorpay.md`).
//!
//! It translates and calls the same services as every other face. Its account number names a wallet in rupees, a
//! contact is a payee, a fund account is a payee account. Lists show rupees only; a record in another currency that is
//! asked for by its id is shown as it is.

pub mod auth;
mod contact;
mod contacts;
mod described;
pub mod error;
mod form;
mod fund_account;
mod fund_accounts;
mod ledger;
pub mod parameters;
mod payout_links;
mod payouts;
mod posted;
mod query;
pub mod webhooks;
mod wire;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Uri;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, PayloadConfig, ServiceConfig};

pub use self::described::described;

use self::described::{inputs, rules};
use self::error::RazorpayError;
use super::openapi::{Operation, operation, resources};
use crate::domain::payout::Rule;

/// The route table: each handler, with what it refuses besides what all do.
pub fn operations() -> Vec<Operation> {
    let paid_from = [Rule::InsufficientFunds, Rule::AmountOutOfRange, Rule::PayeeInactive, Rule::OverCap];
    let decided = [Rule::NotWaitingForApproval, Rule::MakerIsChecker, Rule::InsufficientFunds];
    let amount = [("The amount must be at least 100.", "amount")];
    let contact = [
        ("The name field is required.", "name"),
        ("Invalid type: friend", "type"),
        ("The email must be a valid email address.", "email"),
    ];
    vec![
        operation!(payout_links::create)
            .refuses(rules(&paid_from))
            .refuses(rules(&[Rule::ExpiryTooSoon]))
            .refuses(inputs(&amount))
            .refuses(inputs(&[("The contact id provided does not exist.", "contact.id")])),
        operation!(payout_links::show),
        operation!(payout_links::index).refuses(inputs(&[("The status is invalid.", "status")])),
        operation!(payout_links::cancel).refuses(rules(&[Rule::LinkNotCancellable])),
        operation!(payouts::create)
            .refuses(rules(&paid_from))
            .refuses(rules(&[Rule::AccountInactive]))
            .refuses(inputs(&amount))
            .refuses(inputs(&[("Payout mode is invalid", "mode")])),
        operation!(payouts::show),
        operation!(payouts::index).refuses(inputs(&[("The status is invalid.", "status")])),
        operation!(payouts::cancel).refuses([RazorpayError::payout_not_cancellable("processed")]),
        operation!(payouts::approve).refuses(rules(&decided)).refuses([RazorpayError::required("remarks")]),
        operation!(payouts::reject).refuses(rules(&decided[..2])).refuses([RazorpayError::required("remarks")]),
        operation!(contacts::create).refuses(inputs(&contact)),
        operation!(contacts::update)
            .refuses(inputs(&contact[1..]))
            .refuses(inputs(&[("Another contact has these details already.", "")])),
        operation!(contacts::show),
        operation!(contacts::index),
        operation!(fund_accounts::create)
            .refuses(inputs(&[
                ("The contact id provided does not exist.", "contact_id"),
                ("The IFSC must be 11 characters.", "ifsc"),
                ("The account number format is invalid.", "account_number"),
            ]))
            .refuses(rules(&[Rule::PayeeInactive])),
        operation!(fund_accounts::update).refuses([RazorpayError::required("active")]),
        operation!(fund_accounts::show),
        operation!(fund_accounts::index),
        operation!(ledger::index),
        operation!(ledger::show),
        operation!(ledger::balance),
    ]
}

/// Mounts the table.
pub fn routes(config: &mut ServiceConfig) {
    let mut scope = web::scope("/v1").app_data(PayloadConfig::new(posted::LARGEST));
    for resource in resources("/v1", operations(), str::to_owned) {
        scope = scope.service(resource.default_service(web::to(error::nowhere)));
    }
    let scope = scope.default_service(web::to(error::nowhere));
    config.service(scope.wrap(from_fn(error::shape)).wrap(from_fn(auth::limits)).wrap(from_fn(merge_slashes)));
}

/// Lets `/v1/payout-links//poutlk_x` stand for `/v1/payout-links/poutlk_x`, which some published clients ask for.
async fn merge_slashes(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    if request.path().contains("//")
        && let Some(uri) = merged(request.uri())
    {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
    next.call(request).await
}

/// The same address with single slashes in its path.
fn merged(uri: &Uri) -> Option<Uri> {
    let mut path = String::with_capacity(uri.path().len());
    for c in uri.path().chars() {
        if c != '/' || !path.ends_with('/') {
            path.push(c);
        }
    }
    let whole = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(whole.parse().ok()?);
    Uri::from_parts(parts).ok()
}
