//! This API as the document tells it: what all its operations have in common, and its samples.

use utoipa::ToSchema;
use utoipa::openapi::header::Header;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use super::error::{self, ApiError};
use super::{auth, status, wire};
use crate::api::openapi::{Api, Facts, Named, Refusal, Sample, header, usual_headers};
use crate::domain::payout::{Refusal as Refused, Rule};
use crate::error::Error;

/// The desk's own API.
pub fn described() -> Api {
    Api {
        name: "wallet",
        title: "Wallet payouts",
        about: &[
            "The desk’s own API under /api/v1: payouts with their cancellations and reversals, payout links, \
             beneficiaries, wallets and their transactions. It keeps the contract of a wallet payouts API that is \
             known from elsewhere, so programs written for that one work when only the host is changed.",
            "Sign in at /auth/login with the name and password of a credential, then send the access token. Amounts \
             are JSON numbers in major units with exactly the decimals of their currency. Lists are bare arrays; \
             where a page stands in the whole list is in the headers. Whoever sends Accept: application/problem+json \
             gets errors as RFC 9457 has them.",
        ],
        prefix: "",
        errors: &[("application/json", "Error"), ("application/problem+json", "Problem")],
        refuses_callers: &[401, 403, 429, 500, 503],
        refuses_bodies: &[413, 415],
        security,
        operations: super::operations,
        schemas,
        samples,
        common,
        headers,
    }
}

/// What each of these rules answers.
pub fn rules(rules: &[Rule]) -> Vec<Refusal> {
    refused(rules, ApiError::from, |rule| match rule {
        Rule::ReversalTooLarge => "60.00 are left",
        Rule::ExpiryTooSoon => TOO_SOON,
        Rule::Frozen => FROZEN,
        Rule::NeedsApproval => RULED,
        Rule::NobodyCanApprove => NOBODY,
        _ => "the status says so",
    })
}

/// The same in words about links.
pub fn link_rules(rules: &[Rule]) -> Vec<Refusal> {
    refused(rules, super::payout_links::said, |rule| match rule {
        Rule::ExpiryTooSoon => TOO_SOON,
        Rule::Frozen => FROZEN,
        Rule::NeedsApproval => RULED,
        Rule::NobodyCanApprove => NOBODY,
        _ => "it is cancelled",
    })
}

/// The same in words about freezes.
pub fn freeze_rules(rules: &[Rule]) -> Vec<Refusal> {
    refused(rules, super::freezes::said, |rule| match rule {
        Rule::Frozen => FROZEN,
        _ => "The freeze is lifted already by Grace Oyelaran.",
    })
}

/// The same in words about approval requests.
pub fn approval_rules(rules: &[Rule]) -> Vec<Refusal> {
    refused(rules, super::approvals::said, |rule| match rule {
        Rule::Frozen => FROZEN,
        _ => "It does not wait for approval: it has expired.",
    })
}

/// The same in words about batches.
pub fn batch_rules(rules: &[Rule]) -> Vec<Refusal> {
    refused(rules, super::batches::said, |rule| match rule {
        Rule::NeedsApproval => RULED,
        _ => "the batch is done",
    })
}

/// What names a freeze.
const FROZEN: &str = "Credential ERP is frozen (frz_01kf0qxa00e2n9k3v8m4t6w7yz): nothing leaves it.";
/// What a rule asks for.
const RULED: &str = "A rule of the desk says that 2 approvers have to approve it first.";
/// Why a rule cannot be met.
const NOBODY: &str = "It needs 2 approvers besides whoever asks, and only Grace Oyelaran can.";
/// Why an end is too soon.
const TOO_SOON: &str = "at least 15 minutes from now";

fn refused(rules: &[Rule], said: fn(Error) -> ApiError, reason: fn(&Rule) -> &'static str) -> Vec<Refusal> {
    rules.iter().map(|rule| said(Error::from(Refused::new(*rule, reason(rule)))).into()).collect()
}

fn security() -> Vec<(&'static str, SecurityScheme, &'static str)> {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some(
            "The access token of `POST /auth/login`. The scopes are those of the credential: READ for every GET, \
             WRITE for beneficiaries, PAY for every change of money, READ_SENSITIVE for bank details in full.",
        ))
        .build();
    vec![("wallet_token", SecurityScheme::Http(bearer), "-H \"Authorization: Bearer $TOKEN\"")]
}

fn schemas() -> Vec<Named> {
    vec![
        (error::Body::name().into_owned(), <error::Body as utoipa::PartialSchema>::schema()),
        (error::Problem::name().into_owned(), <error::Problem as utoipa::PartialSchema>::schema()),
        (error::Pointer::name().into_owned(), <error::Pointer as utoipa::PartialSchema>::schema()),
    ]
}

fn samples() -> Vec<Sample> {
    vec![
        Sample::of(&error::Problem::example()),
        Sample::of(&auth::Login::example()),
        Sample::of(&auth::Refresh::example()),
        Sample::of(&auth::TokensView::example()),
        Sample::of(&status::Status::example()),
        Sample::of(&wire::payout::NewPayout::example()),
        Sample::of(&wire::payout::Payout::example()),
        Sample::of(&wire::payout::NewCancellation::example()),
        Sample::of(&wire::payout::CancellationAnswer::example()),
        Sample::of(&wire::payout::CancellationRecord::example()),
        Sample::of(&wire::Decision::example()),
        Sample::of(&wire::Nothing::example()),
        Sample::of(&wire::reversal::NewReversal::example()),
        Sample::of(&wire::reversal::Reversal::example()),
        Sample::of(&wire::payout_link::NewLink::example()),
        Sample::of(&wire::payout_link::Link::example()),
        Sample::of(&wire::payout_link::LinkReason::example()),
        Sample::of(&wire::payout_link::Extension::example()),
        Sample::of(&wire::beneficiary::NewBeneficiary::example()),
        Sample::of(&wire::beneficiary::Beneficiary::example()),
        Sample::of(&wire::beneficiary::AccountView::example()),
        Sample::of(&wire::freeze::NewFreeze::example()),
        Sample::of(&wire::freeze::LiftRequest::example()),
        Sample::of(&wire::freeze::Freeze::example()),
        Sample::of(&wire::approval::ApprovalRequest::example()),
        Sample::of(&wire::batch::NewBatch::example()),
        Sample::of(&wire::batch::Confirmation::example()),
        Sample::of(&wire::batch::Batch::example()),
        Sample::of(&wire::batch::Item::example()),
        Sample::of(&wire::webhook::NewWebhook::example()),
        Sample::of(&wire::webhook::ChangedWebhook::example()),
        Sample::of(&wire::webhook::NewSecret::example()),
        Sample::of(&wire::webhook::Webhook::example()),
        Sample::of(&wire::webhook::Delivery::example()),
        Sample::of(&wire::wallet::Wallet::example()),
        Sample::of(&wire::wallet::Transaction::example()),
    ]
}

fn common(facts: &Facts) -> Vec<Refusal> {
    let mut refusals = vec![
        ApiError::bad_request("The address must not contain U+0000").into(),
        ApiError::from(Error::Internal).into(),
        ApiError::from(Error::Unavailable).into(),
    ];
    if facts.is_secured {
        refusals.push(ApiError::new(401, "UnauthorizedAccess", "Authentication required").named("no_token"));
        refusals.push(ApiError::from(Error::Unauthenticated).into());
        refusals.push(ApiError::from(Error::Forbidden).into());
        refusals.push(ApiError::too_many_requests(20).into());
    }
    if facts.is_secured && facts.method != "GET" {
        refusals.push(ApiError::from(Error::InDoubt).into());
    }
    if facts.has_body {
        refusals.push(ApiError::member("amount", "must be more than 0").named("unusable_member"));
        refusals.push(ApiError::new(413, "PayloadTooLarge", "body must have at most 65536 bytes").into());
        let message = "Content-Type must be application/json, without Content-Encoding";
        refusals.push(ApiError::new(415, "UnsupportedMediaType", message).into());
    }
    if facts.has("page") {
        refusals.push(ApiError::member("limit", "must be a whole number, 1 or more").named("unusable_parameter"));
    }
    if facts.has("Idempotency-Key") {
        refusals.extend(rules(&[Rule::KeyReused, Rule::OutcomeLost]));
    }
    if facts.has("If-Match") {
        let stale = match &facts.path {
            path if path.contains("payout-links") => link_rules,
            path if path.contains("freezes") => freeze_rules,
            path if path.contains("approvals") => approval_rules,
            _ => rules,
        };
        refusals.extend(stale(&[Rule::Stale]));
    }
    refusals
}

fn headers(facts: &Facts, status: u16) -> Vec<(&'static str, Header)> {
    let mut headers = usual_headers("Requests per window and credential.", 6000, 60);
    if matches!(status, 429 | 503) {
        headers.push(("Retry-After", header("Seconds to wait before asking again.", 5)));
    }
    if status == 401 {
        headers.push(("WWW-Authenticate", header("How to say who you are.", "Bearer")));
    }
    if status < 300 && facts.has("page") {
        headers.push(("X-Page", header("Which page this is, from 1.", 1)));
        headers.push(("X-Per-Page", header("How many a page has.", 20)));
        headers.push(("X-Total-Count", header("How many there are in all, counted up to 100,000.", 41)));
        headers.push(("X-Total-Pages", header("How many pages there are.", 3)));
    }
    if status < 300 && facts.has("page") && facts.has("sort") {
        headers.push(("X-Page-Size", header("The same as X-Per-Page.", 50)));
        headers.push(("X-Has-More", header("Whether there is a next page.", "true")));
    }
    if facts.has("Idempotency-Key") && (status < 300 || matches!(status, 400 | 403 | 404 | 409 | 412)) {
        headers.push(("Idempotent-Replayed", header("`true` if this is the first outcome told again.", "true")));
    }
    headers
}
