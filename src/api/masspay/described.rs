//! This API as the document tells it: what all its operations have in common, and its samples.

use utoipa::openapi::header::Header;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{PartialSchema, ToSchema};

use super::error::{Body, Cause, MassPayError};
use super::sent::unusable_key;
use super::wire::{new_payout, payout, reversal, wallet};
use crate::api::openapi::{Api, Facts, Named, Refusal, Sample, header, usual_headers};
use crate::domain::payout::{Refusal as Refused, Rule};
use crate::error::Error;

/// MassPay's payout API.
pub fn described() -> Api {
    Api {
        name: "masspay",
        title: "MassPay",
        about: &[
            "MassPay’s payout API with reversals, under /v1.0.0 and under /v0.1.4 as before: programs written for it \
             work when only the host is changed. Its users are payees, a source is a wallet, a destination an account \
             of the payee.",
            "The key comes with every request, with or without “Bearer” before it. Amounts are JSON numbers in major \
             units with exactly the decimals of their currency. Parameters that are not named here are ignored, and so \
             are members of bodies.",
        ],
        prefix: "MassPay",
        errors: &[("application/json", "Error")],
        refuses_callers: &[401, 403, 429, 500],
        refuses_bodies: &[400],
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
    let detail = |rule: &Rule| match rule {
        Rule::ReversalTooLarge => "amount: 120.00 requested, 75.00 available",
        Rule::TransferIdTaken => "client_transfer_id: rev-2026-0007 was used before",
        Rule::FullyReversed => "Nothing is left: all of it is reversed.",
        Rule::NotReversible => "It is not completed.",
        Rule::WalletClosed => "The wallet is closed.",
        Rule::OverCap => "The key would send out more than its caps allow.",
        _ => "It cannot be used.",
    };
    let refused = |rule: &Rule| MassPayError::from(Refused::new(*rule, detail(rule)).detail(detail(rule)));
    rules.iter().map(|rule| refused(rule).into()).collect()
}

fn security() -> Vec<(&'static str, SecurityScheme, &'static str)> {
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "The API key of the credential; clients that leave “Bearer” away are understood too. The scopes are those \
             of the credential: READ for every GET, PAY for every change.",
        ))
        .build();
    vec![("masspay_key", SecurityScheme::Http(key), "-H \"Authorization: Bearer $KEY\"")]
}

fn schemas() -> Vec<Named> {
    vec![(Body::name().into_owned(), Body::schema()), (Cause::name().into_owned(), Cause::schema())]
}

fn samples() -> Vec<Sample> {
    vec![
        Sample::of(&payout::Payout::example()),
        Sample::of(&payout::Told::example()),
        Sample::of(&new_payout::NewPayout::example()),
        Sample::of(&payout::Commit::example()),
        Sample::of(&reversal::NewReversal::example()),
        Sample::of(&reversal::Reversal::example()),
        Sample::of(&wallet::Balance::example()),
        Sample::of(&wallet::UserWallet::example()),
    ]
}

fn common(facts: &Facts) -> Vec<Refusal> {
    let mut refusals: Vec<Refusal> = [
        Error::Unauthenticated,
        Error::Forbidden,
        Error::TooManyAttempts { retry_after: 20 },
        Error::Internal,
        Error::Unavailable,
    ]
    .map(|error| MassPayError::from(error).into())
    .into();
    if facts.has("Idempotency-Key") {
        refusals.push(MassPayError::from(Error::InDoubt).into());
        refusals.push(MassPayError::from(unusable_key()).into());
        refusals.extend(rules(&[Rule::KeyReused]));
    }
    if facts.has_body {
        refusals.push(MassPayError::from(Error::field("amount", "must be more than 0")).into());
    }
    for (parameter, kind) in
        [("user_token", "Beneficiary"), ("payout_token", "Payout"), ("payout_reversal_token", "Reversal")]
    {
        if facts.has(parameter) {
            refusals.push(MassPayError::from(Error::NotFound(kind)).into());
        }
    }
    refusals
}

fn headers(facts: &Facts, status: u16) -> Vec<(&'static str, Header)> {
    let mut headers = usual_headers("Requests per window and credential.", 6000, 60);
    if matches!(status, 429 | 500) {
        headers.push(("Retry-After", header("Seconds to wait before asking again.", 5)));
    }
    if status == 401 {
        headers.push(("WWW-Authenticate", header("How to say who you are.", "Bearer")));
    }
    if facts.has("Idempotency-Key") && (status < 300 || matches!(status, 400 | 404)) {
        headers.push(("Idempotent-Replayed", header("`true` if this is the first outcome told again.", "true")));
    }
    headers
}
