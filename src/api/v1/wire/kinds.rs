//! What texts and numbers of this API look like, for its description: ids, times, codes, words.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

pub use crate::api::json::AmountGiven;
use crate::api::openapi::schema::{texts, words};
use crate::api::v1::webhooks::Words;
use crate::domain::approval::{RequestState, Verb as ApprovalVerbs};
use crate::domain::batch::{ItemState, State as BatchState, Verb};
use crate::domain::ledger::Kind;
use crate::domain::payout::State;
use crate::domain::payout_link::{Method, State as LinkState};
use crate::domain::reversal::State as ReversalState;
use crate::service::webhooks::render::Renderer;
use crate::store::payout_links::LinkBucket;

texts! {
    /// The id of a payout.
    PayoutId "^pyt_[0-7][0-9a-hjkmnp-tv-z]{25}$" "pyt_01kf0qxa00e2n9k3v8m4t6w7yz";
    /// The id of a payout link.
    PayoutLinkId "^lnk_[0-7][0-9a-hjkmnp-tv-z]{25}$" "lnk_01kf0qxa00e2n9k3v8m4t6w7yz";
    /// The id of a beneficiary.
    BeneficiaryId "^ben_[0-7][0-9a-hjkmnp-tv-z]{25}$" "ben_01kf0qxa00e2n9k3v8m4t6w7yz";
    /// The id of an account of a beneficiary.
    AccountId "^acc_[0-7][0-9a-hjkmnp-tv-z]{25}$" "acc_01kf0qxa00e2n9k3v8m4t6w7yz";
    /// The id of a reversal.
    ReversalId "^rev_[0-7][0-9a-hjkmnp-tv-z]{25}$" "rev_01kf0qxa00e2n9k3v8m4t6w7yz";
    /// The id of a cancellation.
    CancellationId "^can_[0-7][0-9a-hjkmnp-tv-z]{25}$" "can_01kf0qxa00e2n9k3v8m4t6w7yz";
    /// The id of a batch.
    BatchId "^bat_[0-7][0-9a-hjkmnp-tv-z]{25}$" "bat_01kf0qxa00e2n9k3v8m4t6w7yz";
    /// The id of a webhook.
    WebhookId "^whk_[0-7][0-9a-hjkmnp-tv-z]{25}$" "whk_01kf0qxa00e2n9k3v8m4t6w7yz";
    /// The id of a delivery.
    DeliveryId "^dlv_[0-7][0-9a-hjkmnp-tv-z]{25}$" "dlv_01kf0qxa00e2n9k3v8m4t6w7yz";
    /// The id of a freeze.
    FreezeId "^frz_[0-7][0-9a-hjkmnp-tv-z]{25}$" "frz_01kf0qxa00e2n9k3v8m4t6w7yz";
    /// The id of an approval request.
    ApprovalRequestId "^apr_[0-7][0-9a-hjkmnp-tv-z]{25}$" "apr_01kf0qxa00e2n9k3v8m4t6w7yz";
    /// The id of a credential.
    CredentialId "^key_[0-7][0-9a-hjkmnp-tv-z]{25}$" "key_01kf0qxa00e2n9k3v8m4t6w7yz";
    /// The id of an event.
    EventId "^evt_[0-7][0-9a-hjkmnp-tv-z]{25}$" "evt_01kf0qxa00e2n9k3v8m4t6w7yz";
    /// A time in UTC, in whole seconds.
    Time "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$" "2026-01-15T10:30:00Z";
    /// An ISO 4217 code.
    CurrencyCode "^[A-Z]{3}$" "USD";
    /// An ISO 3166-1 code of two letters.
    CountryCode "^[A-Z]{2}$" "US";
    /// An ISO 3166-1 code of two letters; blank counts as left out.
    CountryGiven "^\\s*([A-Z]{2})?\\s*$" "US";
    /// An email address; blank counts as left out.
    EmailGiven "^\\s*(\\S+@\\S+)?\\s*$" "john.doe@example.com";
}

words! {
    /// Where a payout is. `completed`, `failed`, `cancelled` and `expired` are final.
    PayoutStatus State::ALL.map(State::name);
    /// Where a payout link is. `pending`, `issued` and `processing` are not final.
    PayoutLinkStatus LinkState::ALL.map(LinkState::name);
    /// Which payout links: those of a status, or `reopened`, issued ones with a failed attempt behind them.
    PayoutLinkBucket LinkBucket::ALL.map(LinkBucket::name);
    /// Where a reversal is: only `completed` has moved money.
    ReversalStatus ReversalState::ALL.map(ReversalState::name);
    /// Where a question to a provider is. Only `confirmed` gives the money back.
    CancellationStatus ["requested", "confirmed", "refused", "unanswered"];
    /// What a payout in `action_required` waits for: a checker, or something that the provider wants to know.
    PayoutAction ["approval", "verification"];
    /// What kind of line it is; only `status_change` changes the status.
    EventKind ["status_change", "reversal", "return", "loss", "cancellation", "provider", "funding", "extension",
        "message"];
    /// Who did it: a program, staff, the recipient of a link, or the desk itself.
    ActorKind ["client", "admin", "recipient", "system"];
    /// Why a payout link ended, where the status does not say.
    PayoutLinkEnd ["declined", "replaced", "too_many_attempts", "insufficient_funds"];
    /// How the recipient of a link can be paid.
    PayoutMethod Method::ALL.map(Method::name);
    /// Why money moved.
    TransactionKind Kind::ALL.map(Kind::name);
    /// Whether available money came or went.
    Direction ["CREDIT", "DEBIT"];
    /// What a batch does to its items.
    BatchVerb Verb::ALL.map(Verb::name);
    /// What can be done to payouts that are there.
    BatchAct Verb::ACTS.map(Verb::name);
    /// How far a batch is. `stopped` and `done` are final.
    BatchStatus BatchState::ALL.map(BatchState::name);
    /// How an item of a batch stands: `asked` when its provider was asked to stop it.
    BatchItemStatus ItemState::ALL.map(ItemState::name);
    /// What will become of an item: done at once, asked of its provider, or nothing.
    BatchFate ["now", "ask", "cannot"];
    /// Whether a webhook is sent anything.
    WebhookStatus ["active", "off"];
    /// How a delivery stands.
    DeliveryStatus ["waiting", "delivered", "failed"];
    /// What is frozen: a program freezes what is its client’s.
    FreezeScope ["client", "wallet", "payee", "credential"];
    /// Whether a freeze stands.
    FreezeStatus ["active", "lifted"];
    /// What an approval request is about.
    ApprovalVerb ApprovalVerbs::ASKED.map(ApprovalVerbs::name);
    /// How an approval request stands: only `approved` has done what was asked for.
    ApprovalStatus RequestState::ALL.map(RequestState::name);
    /// The least role of whoever approves.
    ApprovalRole ["approver", "admin"];
    /// What happened.
    EventName Words.names().iter().map(|event| event.name).collect::<Vec<_>>();
    /// Every wallet here is prepaid.
    WalletKind ["PREPAID"];
    /// What is written is completed.
    TransactionStatus ["COMPLETED"];
}

/// The id of a record in a request, or the number of a client or wallet.
pub enum SubjectGiven {}

impl PartialSchema for SubjectGiven {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new()
            .schema_type(SchemaType::Array(vec![Type::Integer, Type::String]))
            .description(Some("The id of what is frozen; of a client or wallet its number will do."))
            .minimum(Some(0));
        RefOr::T(Schema::Object(object.build()))
    }
}

impl ToSchema for SubjectGiven {}

/// The number of a record in a request, or a text with one.
pub enum NumberGiven {}

impl PartialSchema for NumberGiven {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new()
            .schema_type(SchemaType::Array(vec![Type::Integer, Type::String]))
            .description(Some("The number of a record: a whole number, or a text with one."))
            .minimum(Some(0))
            .pattern(Some("^[0-9]+$"));
        RefOr::T(Schema::Object(object.build()))
    }
}

impl ToSchema for NumberGiven {}
