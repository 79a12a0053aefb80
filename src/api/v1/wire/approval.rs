//! An approval request as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use super::kinds::{self, ApprovalRole, ApprovalStatus, ApprovalVerb, CurrencyCode, Time};
use super::{Number, sample, time};
use crate::domain::ids::ApprovalRequestId as RequestId;
use crate::domain::money::{Currency, Money};
use crate::store::approval_requests::RequestLine;

/// Something that is done once enough people have approved it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovalRequest<'a> {
    #[schema(value_type = kinds::ApprovalRequestId)]
    id: RequestId,
    #[schema(value_type = ApprovalVerb)]
    verb: &'static str,
    #[schema(value_type = ApprovalStatus)]
    status: &'static str,
    /// What would be done, for people: `Cancel payout INV-7`.
    title: &'a str,
    /// The id of the payout, payout link, wallet, batch, account or credential it is about.
    subject_id: &'a str,
    /// In major units; null where it is about no amount.
    amount: Option<Number>,
    amount_minor: Option<i64>,
    #[schema(value_type = Option<CurrencyCode>)]
    currency: Option<&'a str>,
    /// What whoever approves it is shown.
    facts: Vec<ApprovalFact>,
    reason: Option<&'a str>,
    requested_by: &'a str,
    /// How many people have to approve it.
    people: i64,
    /// The least role of each of them.
    #[schema(value_type = ApprovalRole)]
    role: &'static str,
    /// How many have approved it.
    approved: i64,
    #[schema(value_type = Time)]
    created_at: String,
    #[schema(value_type = Time)]
    expires_at: String,
    /// Why it ended as it did.
    answer: Option<&'a str>,
    #[schema(value_type = Option<Time>)]
    ended_at: Option<String>,
}

/// One thing that is shown of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovalFact {
    label: String,
    text: String,
}

impl ApprovalRequest<'static> {
    pub fn example() -> ApprovalRequest<'static> {
        let amount = Money::new(10_150, Currency::USD);
        ApprovalRequest {
            id: sample("apr_01kf0qxa00e2n9k3v8m4t6w7yz"),
            verb: "cancel",
            status: "open",
            title: "Cancel payout PAY_2024_001",
            subject_id: "pyt_01kf0qxa00e2n9k3v8m4t6w7yz",
            amount: Some(Number(amount)),
            amount_minor: Some(amount.minor),
            currency: Some("USD"),
            facts: vec![ApprovalFact { label: "Refund".into(), text: "USD 102.50".into() }],
            reason: Some("No longer owed"),
            requested_by: "Ada Lindqvist",
            people: 2,
            role: "approver",
            approved: 1,
            created_at: "2026-01-15T10:30:00Z".into(),
            expires_at: "2026-02-14T10:30:00Z".into(),
            answer: None,
            ended_at: None,
        }
    }
}

impl<'a> From<&'a RequestLine> for ApprovalRequest<'a> {
    fn from(line: &'a RequestLine) -> ApprovalRequest<'a> {
        let request = &line.request;
        ApprovalRequest {
            id: request.id,
            verb: request.verb.name(),
            status: request.state.name(),
            title: &request.title,
            subject_id: &request.subject_id,
            amount: request.amount().map(Number),
            amount_minor: request.amount_minor,
            currency: request.currency.map(|currency| currency.code()),
            facts: request.facts().into_iter().map(|(label, text)| ApprovalFact { label, text }).collect(),
            reason: request.reason.as_deref(),
            requested_by: &request.maker_name,
            people: request.people,
            role: request.role.name(),
            approved: line.given,
            created_at: time(request.id.created_at()),
            expires_at: time(request.expires_at),
            answer: request.answer.as_deref(),
            ended_at: request.ended_at.map(time),
        }
    }
}
