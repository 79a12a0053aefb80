//! This API as the document tells it: what all its operations have in common, and its samples.

use utoipa::ToSchema;
use utoipa::openapi::header::Header;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use super::error::{self, RazorpayError};
use super::posted::{IDEMPOTENCY_KEY, LARGEST};
use super::wire;
use crate::api::openapi::{Api, Facts, Named, Refusal, Sample, header, usual_headers};
use crate::domain::payout::{Refusal as Refused, Rule};
use crate::error::Error;

/// The API for programs that speak to RazorpayX.
pub fn described() -> Api {
    Api {
        name: "razorpay",
        title: "RazorpayX",
        about: &[
            "What programs written for RazorpayX call, under /v1: payout links, payouts, contacts, fund accounts, the \
             transactions of an account and its balance. They work when only the host is changed. Account numbers are \
             those of wallets in rupees, contacts are payees, fund accounts are their accounts. Slashes that come \
             twice in a path count once.",
            "Send the id of a key and its secret with Basic authentication. Money is in whole paise, times are Unix \
             seconds, and what is absent is null. Some members may be sent as another type as well: each says so. Everything that was done answers 200. What is wrong with a request \
             is a 400, also an id that names nothing and an address where nothing is; a key that is wrong, or that \
             may not do this, is a 401. Bodies are read as JSON whatever Content-Type says, and a member that is null \
             is as good as missing.",
        ],
        prefix: "Razorpay",
        errors: &[("application/json", "Error")],
        refuses_callers: &[400, 401, 429, 500, 503],
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
pub fn rules(rules: &[Rule]) -> Vec<RazorpayError> {
    let refused = |rule: &Rule| match rule {
        Rule::LinkNotCancellable => Refused { state: Some("processing".into()), ..Refused::new(*rule, "") },
        Rule::OverCap => Refused::new(*rule, "The credential may pay 1000.00 INR at once."),
        _ => Refused::new(*rule, ""),
    };
    rules.iter().map(|rule| RazorpayError::from(Error::from(refused(rule)))).collect()
}

/// Members that cannot be used: what is said of each, and its name.
pub fn inputs(told: &[(&str, &str)]) -> Vec<RazorpayError> {
    let error = |(description, field): &(&str, &str)| match *field {
        "" => RazorpayError::input(*description),
        field => RazorpayError::input(*description).on(field),
    };
    told.iter().map(error).collect()
}

fn security() -> Vec<(&'static str, SecurityScheme, &'static str)> {
    let basic = HttpBuilder::new()
        .scheme(HttpAuthScheme::Basic)
        .description(Some(
            "The id of a key, `rzp_…`, and its secret. The scopes are those of the credential: READ for every GET, \
             WRITE for contacts and fund accounts, PAY for every change of money. Calls come from the addresses on \
             its list. Partners’ tokens are not known here.",
        ))
        .build();
    vec![("razorpay_key", SecurityScheme::Http(basic), "-u \"$KEY_ID:$KEY_SECRET\"")]
}

fn schemas() -> Vec<Named> {
    let mut schemas = vec![(error::Body::name().into_owned(), <error::Body as utoipa::PartialSchema>::schema())];
    error::Body::schemas(&mut schemas);
    schemas
}

fn samples() -> Vec<Sample> {
    use wire::{contact, fund_account, ledger, link, new_payout, payout};
    vec![
        Sample::of(&link::NewLink::example()),
        Sample::of(&link::Link::example()),
        Sample::of(&wire::PayoutLinks::of(vec![link::Link::example()])),
        Sample::of(&new_payout::NewPayout::example()),
        Sample::of(&new_payout::NewPayout::account_example()),
        Sample::of(&new_payout::NewPayout::vpa_example()),
        Sample::of(&payout::Payout::example()),
        Sample::of(&new_payout::Decision::example()),
        Sample::of(&wire::Payouts::of(vec![payout::Payout::example()])),
        Sample::of(&contact::NewContact::example()),
        Sample::of(&contact::ChangedContact::example()),
        Sample::of(&contact::Contact::example()),
        Sample::of(&wire::Contacts::of(vec![contact::Contact::example()])),
        Sample::of(&fund_account::NewFundAccount::example()),
        Sample::of(&fund_account::NewFundAccount::vpa_example()),
        Sample::of(&fund_account::Activity::example()),
        Sample::of(&fund_account::FundAccount::example()),
        Sample::of(&wire::FundAccounts::of(vec![fund_account::FundAccount::example()])),
        Sample::of(&ledger::Transaction::example()),
        Sample::of(&wire::Transactions::of(vec![ledger::Transaction::example()])),
        Sample::of(&ledger::Balance::example()),
    ]
}

fn common(facts: &Facts) -> Vec<Refusal> {
    let mut errors = vec![
        RazorpayError::foreign_address(),
        RazorpayError::input("The address must not contain U+0000."),
        RazorpayError::no_key(),
        RazorpayError::no_token(),
        Error::Forbidden.into(),
        Error::TooManyAttempts { retry_after: 1 }.into(),
        Error::Internal.into(),
        Error::Unavailable.into(),
    ];
    if facts.names_a_record() {
        errors.push(RazorpayError::unknown_id());
        errors.push(RazorpayError::malformed_id("4711"));
    }
    if facts.has_body {
        errors.push(RazorpayError::input("The body must be a JSON object: EOF while parsing a value."));
        errors.push(RazorpayError::input(format!("The body may not be greater than {LARGEST} bytes.")));
    }
    if facts.has("count") {
        errors.push(RazorpayError::input("The count may not be greater than 100.").on("count"));
    }
    if facts.has("account_number") {
        errors.push(RazorpayError::required("account_number"));
    }
    let is_paid_from = facts.has_body && ["/v1/payouts", "/v1/payout-links"].contains(&facts.path.as_str());
    if facts.has("account_number") || is_paid_from {
        errors.push(RazorpayError::account_number());
    }
    if facts.has(IDEMPOTENCY_KEY) {
        errors.push(RazorpayError::no_key_of_request());
        errors.push(Error::from(Refused::new(Rule::KeyReused, "")).into());
    }
    errors.into_iter().map(Refusal::from).collect()
}

fn headers(_: &Facts, status: u16) -> Vec<(&'static str, Header)> {
    let mut headers = usual_headers("Requests per second and key, 10 unless the desk’s settings say otherwise.", 10, 1);
    if matches!(status, 429 | 503) {
        headers.push(("Retry-After", header("Seconds to wait before asking again.", 1)));
    }
    if status == 401 {
        headers.push(("WWW-Authenticate", header("How to say who you are.", "Basic realm=\"Paydesk\"")));
    }
    headers
}
