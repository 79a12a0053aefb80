//! What texts and numbers of this dialect look like, for its description: ids, times, amounts, words.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AnyOfBuilder, KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::{PartialSchema, ToSchema};

use super::Number;
use super::link::STATES;
use crate::api::openapi::schema::{texts, words};
use crate::api::revolut::payout_links::METHODS;
use crate::api::revolut::transactions::TYPES;
use crate::api::revolut::words::Words;
use crate::domain::payout_link::Method;
use crate::domain::transaction::State;
use crate::service::webhooks::render::Renderer;

/// How long a `request_id` may be, in characters.
pub const REQUEST_ID: usize = 40;

texts! {
    /// The id of an account of yours.
    AccountId "^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$" "85f515e4-588f-4496-a6a5-a7615a193e6b";
    /// The id of a counterparty.
    CounterpartyId "^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$" "b6a1e0c5-3f5d-4c8e-9d0a-6f1f5c2a7e41";
    /// The id of an account of a counterparty.
    CounterpartyAccountId "^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$" "f1c2b9d4-8f7e-4b0a-a3d6-2e9c5b7a1d08";
    /// The id of an account: of the counterparty, or one of yours where `account_type` is `self`.
    OtherAccountId "^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$" "f1c2b9d4-8f7e-4b0a-a3d6-2e9c5b7a1d08";
    /// The id of a card of a counterparty.
    CardId "^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$" "3c9b5f0e-1d62-4f7a-8e4b-90a2d7c6b513";
    /// The id of a payout link.
    PayoutLinkId "^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$" "12dcd8c2-6408-458f-98a9-3f4abc180898";
    /// The id of a transaction.
    TransactionId "^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$" "630f9a62-e488-49ce-a2d3-a30aaaaa03f0";
    /// The id of a leg of a transaction.
    LegId "^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$" "630f9a62-e488-49ce-a2d3-a30aaaaa03f2";
    /// The id of a webhook.
    WebhookId "^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$" "c6db947e-dec0-4a7e-9e1d-3c5d0b8f2a64";
    /// The id of an event.
    EventId "^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$" "e0b7b6b4-7c4f-4f7f-8a5b-2c4d1f0e9a3c";
    /// Names the refusal in the log of the desk.
    ErrorId "^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$" "9a1d3c52-07be-4f6e-8c0d-5b2e41f7a963";
    /// A time in UTC, with microseconds.
    Time "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z$" "2026-01-11T14:02:53.472318Z";
    /// An ISO 4217 code.
    CurrencyCode "^[A-Z]{3}$" "USD";
    /// An ISO 3166-1 code of two letters.
    CountryCode "^[A-Z]{2}$" "US";
    /// A length of time as ISO 8601 writes it, in weeks, days, hours, minutes and seconds.
    Period "^P([0-9]+W)?([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+S)?)?$" "P7D";
    /// The key of signatures.
    SigningSecret "^wsk_[0-9a-f]{32}$" "wsk_0c8d2f6e4b1a93750f7e6d5c4b3a2918";
}

words! {
    /// Where a payout link is. `processed`, `failed`, `expired` and `cancelled` are final.
    PayoutLinkState STATES;
    /// How the recipient of a payout link can be paid.
    PayoutMethod Method::ALL.map(Method::name);
    /// A way to be paid that a new payout link can offer.
    NewPayoutMethod METHODS.map(Method::name);
    /// Where a transaction is. `declined`, `failed` and `reverted` are final; `completed` can only be reverted.
    TransactionState State::ALL.map(State::name);
    /// What kind of transaction it is.
    TransactionType TYPES.iter().filter(|(_, kind)| kind.is_some()).map(|(name, _)| *name).collect::<Vec<_>>();
    /// Every type of transaction that Revolut has; those that do not exist here find nothing.
    AnyTransactionType TYPES.map(|(name, _)| name);
    /// Who bears what other banks charge.
    ChargeBearer crate::domain::charge_bearer::ChargeBearer::ALL.map(|bearer| bearer.name());
    /// Whether an account is open.
    AccountState ["active", "inactive"];
    /// Whether a counterparty is a person or a company.
    ProfileType ["personal", "business"];
    /// A counterparty that was deleted is not told any more.
    CounterpartyState ["created"];
    /// Where an account of a counterparty is held.
    CounterpartyAccountType ["external", "revolut"];
    /// Where the other account is held: `self` is your own.
    LegAccountType ["external", "revolut", "self"];
    /// How a simulated top-up goes.
    TopUpState ["completed", "pending", "reverted", "failed"];
    /// How a transaction is to end.
    Simulation ["complete", "revert", "decline", "fail"];
    /// What is told to webhooks.
    EventName Words.names().iter().map(|event| event.name).collect::<Vec<_>>();
    /// What stands for the client’s consent.
    GrantType ["authorization_code", "refresh_token"];
    /// The only way for a client to prove itself.
    AssertionType ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"];
    /// The kind of every access token.
    TokenType ["bearer"];
    /// What is wrong, in a word of OAuth.
    GrantErrorName ["invalid_request", "invalid_client", "invalid_grant", "unsupported_grant_type"];
    /// Which id it is.
    IdType ["id", "transaction_id", "request_id"];
}

/// An amount in a request.
pub enum AmountGiven {}

/// True or false in a request.
pub enum FlagGiven {}

/// A moment in a request.
pub enum Moment {}

/// What an address of a transaction names.
pub enum TransactionName {}

impl PartialSchema for Number {
    fn schema() -> RefOr<Schema> {
        let about = "An amount in major units, without zeros that say nothing: `105.6`, `10`. Read it as a decimal, \
                     not as a binary float.";
        whole(ObjectBuilder::new().schema_type(Type::Number).description(Some(about)))
    }
}

impl ToSchema for Number {
    fn name() -> Cow<'static, str> {
        "Amount".into()
    }
}

impl PartialSchema for AmountGiven {
    fn schema() -> RefOr<Schema> {
        let about = "An amount in major units, more than 0, with at most the decimals of its currency: a number, or a \
                     text with one. Without sign and exponent.";
        let kinds = SchemaType::Array(vec![Type::Number, Type::String]);
        let amount = ObjectBuilder::new().schema_type(kinds).description(Some(about)).exclusive_minimum(Some(0));
        whole(amount.pattern(Some(r"^\s*[0-9]+(\.[0-9]+)?\s*$")))
    }
}

impl ToSchema for AmountGiven {}

impl PartialSchema for FlagGiven {
    fn schema() -> RefOr<Schema> {
        let word = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["true", "false"]));
        let either = AnyOfBuilder::new().item(ObjectBuilder::new().schema_type(Type::Boolean)).item(word);
        RefOr::T(Schema::AnyOf(either.description(Some("True or false; the words will do.")).build()))
    }
}

impl ToSchema for FlagGiven {}

impl PartialSchema for Moment {
    fn schema() -> RefOr<Schema> {
        let text =
            |format| ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(format)));
        let time = text(KnownFormat::DateTime).examples(["2026-01-11T14:02:53.472318Z"]);
        let day = text(KnownFormat::Date).examples(["2026-01-11"]);
        let about = "A time with `Z` or an offset, or a day, which stands for its first moment in UTC.";
        let either = AnyOfBuilder::new().item(time).item(day).description(Some(about));
        RefOr::T(Schema::AnyOf(either.build()))
    }
}

impl ToSchema for Moment {}

impl PartialSchema for TransactionName {
    fn schema() -> RefOr<Schema> {
        let request_id = ObjectBuilder::new().schema_type(Type::String).max_length(Some(REQUEST_ID));
        let about = "The id of the transaction, or the `request_id` that made it.";
        let either = AnyOfBuilder::new().item(TransactionId::schema()).item(request_id).description(Some(about));
        RefOr::T(Schema::AnyOf(either.build()))
    }
}

impl ToSchema for TransactionName {}

fn whole(object: ObjectBuilder) -> RefOr<Schema> {
    RefOr::T(Schema::Object(Object::from(object)))
}
