//! What is asked of people who approve.

use crate::domain::approval::Act;
use crate::domain::ids::ApprovalRequestId;

/// Asks for what a rule wants approved first.
#[derive(Debug, Clone)]
pub struct Ask {
    pub act: Act,
}

/// One person's answer to a request.
#[derive(Debug, Clone)]
pub struct AnswerRequest {
    pub request_id: ApprovalRequestId,
    pub approve: bool,
    pub note: Option<String>,
    /// The version of the request that was shown.
    pub version: Option<i64>,
    /// What the request is for, which never changes: named here so that what it needs is loaded with it.
    pub act: Act,
}
