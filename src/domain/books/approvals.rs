//! What a set knows of approval rules, and what it approves.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::domain::approval::{Approval, ApprovalRule, Need, Person, Request};
use crate::domain::command::PayoutRecord;
use crate::domain::ids::{ApprovalRequestId, ApprovalRuleId, BatchId, StaffId};
use crate::domain::staff::Role;

/// Rules, people and requests of a set, and the rows to write.
#[derive(Debug, Default)]
pub struct Approvals {
    /// Those that stand, of the verbs that the set's commands are.
    pub rules: Vec<ApprovalRule>,
    /// Everybody enabled who may do more than look.
    pub people: Vec<Person>,
    /// What was fixed when a payout or link was made, by its id.
    pub needs: HashMap<String, FixedNeed>,
    /// All that was said of a subject.
    pub given: HashMap<String, Vec<Approval>>,
    pub requests: HashMap<ApprovalRequestId, Request>,
    /// What the start of a batch was approved by, of the batches whose items the units are.
    pub batches: HashMap<BatchId, Need>,
    pub new_needs: Vec<FixedNeed>,
    pub new_given: Vec<Approval>,
    pub new_requests: Vec<ApprovalRequestId>,
    /// With the version that was loaded.
    pub changed_requests: BTreeMap<ApprovalRequestId, i64>,
}

/// What a payout or payout link needs by the rules that stood when it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixedNeed {
    pub subject_id: String,
    pub people: i64,
    pub role: Role,
    /// The ids of the rules, as a JSON array.
    pub rules: String,
}

impl Approvals {
    /// Keeps what a new record needs; one approver needs no row.
    pub fn fix(&mut self, subject_id: String, need: &Need) {
        if need.rules.is_empty() {
            return;
        }
        let rules = serde_json::to_string(&need.rules).expect("ids are texts");
        let fixed = FixedNeed { subject_id: subject_id.clone(), people: need.people, role: need.role, rules };
        self.needs.insert(subject_id, fixed.clone());
        self.new_needs.push(fixed);
    }

    /// What was fixed, or one approver.
    pub fn fixed(&self, subject_id: &str) -> Need {
        self.needs.get(subject_id).map(FixedNeed::need).unwrap_or_default()
    }

    pub fn given(&self, subject_id: &str) -> &[Approval] {
        self.given.get(subject_id).map_or(&[], Vec::as_slice)
    }

    pub fn give(&mut self, approval: Approval) {
        self.given.entry(approval.subject_id.clone()).or_default().push(approval.clone());
        self.new_given.push(approval);
    }

    pub fn person(&self, id: StaffId) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    /// The request to change; its version rises once per call.
    pub fn change_request(&mut self, id: ApprovalRequestId, how: impl FnOnce(&mut Request)) {
        let request = self.requests.get_mut(&id).expect("a plan changes only what was loaded");
        if !self.new_requests.contains(&id) {
            self.changed_requests.entry(id).or_insert(request.version);
        }
        request.version += 1;
        how(request);
    }

    pub fn add_request(&mut self, request: Request) {
        self.new_requests.push(request.id);
        self.requests.insert(request.id, request);
    }
}

impl FixedNeed {
    pub fn need(&self) -> Need {
        let rules: Vec<ApprovalRuleId> = serde_json::from_str(&self.rules).unwrap_or_default();
        Need { people: self.people, role: self.role, rules }
    }
}

/// The number that changes with what a checker of a payout sees besides the payout itself: who is paid, and whether the
/// account is in use. The same is said in SQL by `store::approvals`.
pub fn shown(record: &PayoutRecord) -> i64 {
    let off = record.account.as_ref().is_some_and(|account| !account.is_active());
    record.payee.version * 2 + i64::from(off)
}
