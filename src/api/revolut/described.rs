//! This API as the document tells it: what all its operations have in common, and its samples.

use utoipa::openapi::header::Header;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{PartialSchema, ToSchema};

use super::error::{self, ApiError};
use super::wire::kinds::ErrorId;
use super::{body, reasons, token, wire};
use crate::api::openapi::{Api, Facts, Named, Refusal, Sample, header, usual_headers};
use crate::domain::payout::{Refusal as Refused, Rule};
use crate::error::Error;

/// Revolut's dialect.
pub fn described() -> Api {
    Api {
        name: "revolut",
        title: "Revolut Business",
        about: &[
            "For programs that talk to the Revolut Business API: payout links, payments to counterparties, transfers \
             between accounts, transactions, simulations and webhooks, under /api/1.0 and /api/2.0. They work when \
             only the host is changed. An account is a wallet of the desk, a counterparty is a payee, and a \
             transaction is a payout, a transfer, a top-up or a reversal.",
            "Sign in at /api/1.0/auth/token with a signed assertion, then send the access token. Amounts are JSON \
             numbers in major units; in requests they may be texts. Times have microseconds. What has no value is \
             left out, and never null. Parameters and members that are not named here are ignored. A business may \
             ask 60 times a minute unless the desk is set otherwise.",
        ],
        prefix: "Revolut",
        errors: &[("application/json", "Error")],
        refuses_callers: &[401, 403, 406, 429, 500, 503],
        refuses_bodies: &[400, 413],
        security,
        operations: super::operations,
        schemas,
        samples,
        common,
        headers,
    }
}

/// What each of these rules answers, in these words where they are the desk's own.
pub fn rules(rules: &[(Rule, &str)]) -> Vec<Refusal> {
    let refused =
        |(rule, reason): &(Rule, &str)| ApiError::from(Error::from(Refused::new(*rule, *reason))).named(rule.code());
    rules.iter().map(refused).collect()
}

fn security() -> Vec<(&'static str, SecurityScheme, &'static str)> {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "The access token of `POST /api/1.0/auth/token`. The scopes are those of the credential, and an \
             operation needs all that stand with it: READ, WRITE, PAY. A credential with READ_SENSITIVE and \
             without a list of addresses is refused everywhere.",
        ))
        .build();
    vec![("revolut_token", SecurityScheme::Http(bearer), "-H \"Authorization: Bearer $TOKEN\"")]
}

fn schemas() -> Vec<Named> {
    vec![
        (error::Shape::name().into_owned(), error::Shape::schema()),
        (ErrorId::name().into_owned(), ErrorId::schema()),
        (token::Shape::name().into_owned(), token::Shape::schema()),
        (wire::kinds::GrantErrorName::name().into_owned(), wire::kinds::GrantErrorName::schema()),
    ]
}

fn samples() -> Vec<Sample> {
    vec![
        Sample::of(&token::TokenForm::example()),
        Sample::of(&token::TokensView::example()),
        Sample::of(&wire::link::NewLink::example()),
        Sample::of(&wire::link::Link::example()),
        Sample::of(&wire::payment::NewPayment::example()),
        Sample::of(&wire::payment::NewTransfer::example()),
        Sample::of(&wire::payment::NewTopUp::example()),
        Sample::of(&wire::transaction::Made::example()),
        Sample::of(&wire::transaction::Transaction::example()),
        Sample::of(&wire::account::Account::example()),
        Sample::of(&wire::counterparty::NewCounterparty::example()),
        Sample::of(&wire::counterparty::Counterparty::example()),
        Sample::of(&reasons::Reason::example()),
        Sample::of(&wire::webhook::NewWebhook::example()),
        Sample::of(&wire::webhook::ChangedWebhook::example()),
        Sample::of(&wire::webhook::NewSecret::example()),
        Sample::of(&wire::webhook::Webhook::example()),
        Sample::of(&wire::webhook::FailedEvent::example()),
    ]
}

fn common(facts: &Facts) -> Vec<Refusal> {
    let mut refusals = vec![
        ApiError::zero_in_address().named("address"),
        ApiError::not_acceptable().named("not_acceptable"),
        ApiError::from(Error::Internal).named("internal"),
        ApiError::from(Error::Unavailable).named("unavailable"),
    ];
    if facts.is_secured {
        refusals.push(ApiError::no_token().named("no_token"));
        refusals.push(ApiError::from(Error::Unauthenticated).named("unknown_token"));
        refusals.push(ApiError::from(Error::Forbidden).named("forbidden"));
        refusals.push(ApiError::too_many_requests(20).named("too_many_requests"));
    }
    if facts.is_secured && facts.method != "GET" {
        refusals.push(ApiError::from(Error::InDoubt).named("in_doubt"));
    }
    if facts.has_body {
        refusals.push(ApiError::too_large(body::LARGEST).named("too_large"));
    }
    if facts.has_body && facts.is_secured {
        let member = match facts.path.rsplit('/').next() {
            Some("rotate-signing-secret") => "expiration_period",
            Some("webhooks" | "{id}") => "url",
            Some("counterparty") => "currency",
            _ => "account_id",
        };
        if member != "expiration_period" {
            refusals.push(ApiError::missing(member).named("missing_member"));
        }
        refusals.push(ApiError::format(member, "123").named("unusable_member"));
        refusals.push(body::unreadable().named("unreadable"));
    }
    if facts.names_a_record() {
        let id = ApiError::parameter("Invalid path parameter 'id': expected UUID");
        let missing = if facts.path.starts_with("/api/2.0") { ApiError::no_webhook() } else { ApiError::not_found() };
        refusals.push(id.named("unusable_id"));
        refusals.push(missing.named("not_found"));
    }
    for count in ["limit", "count"].into_iter().filter(|name| facts.has(name)) {
        refusals.push(ApiError::parameter(format!("{count} must be between 1 and 1000")).named("unusable_limit"));
    }
    for time in ["created_before", "from"].into_iter().filter(|name| facts.has(name)) {
        let message = format!("Parameter {time} must be a valid timestamp");
        refusals.push(ApiError::parameter(message).named("unusable_time"));
    }
    if facts.has("state") {
        refusals.push(ApiError::parameter("Parameter state has an unknown value").named("unusable_state"));
    }
    refusals
}

fn headers(facts: &Facts, status: u16) -> Vec<(&'static str, Header)> {
    let mut headers = usual_headers("Requests per window and business.", 60, 60);
    if matches!(status, 429 | 503) {
        headers.push(("Retry-After", header("Seconds to wait before asking again.", 5)));
    }
    if status == 401 && facts.is_secured {
        headers.push(("WWW-Authenticate", header("How to say who you are.", "Bearer")));
    }
    headers
}
