//! Emergency stop: freezes against everything that would let money out, and lifting them by two people.

mod batches;
mod lifting;
mod queue;
mod recipient;
mod scopes;

use paydesk::domain::caller::Caller;
use paydesk::domain::freeze::{Freeze, Scope};
use paydesk::domain::payout::Rule;
use paydesk::error::Error;
use paydesk::service::freezes::{self, NewFreeze};

use crate::support::app::TestDesk;

/// What is typed to freeze this.
pub fn new(scope: Scope, subject: impl ToString) -> NewFreeze {
    NewFreeze {
        scope: scope.name().into(),
        subject: subject.to_string(),
        reason: "Suspected fraud".into(),
        drill: false,
    }
}

/// Freezes it as the operator.
pub async fn freeze(test: &TestDesk, scope: Scope, subject: impl ToString) -> Freeze {
    let made = freezes::create(&test.desk, &test.operator, &new(scope, subject), None).await.expect("a freeze");
    assert!(!made.repeated);
    made.value
}

/// Lifts it: the operator asks, the approver lifts.
pub async fn lift(test: &TestDesk, freeze: &Freeze) -> Freeze {
    freezes::ask(&test.desk, &test.operator, freeze.id, Some("It was a mistake"), None, None).await.expect("asked");
    freezes::lift(&test.desk, &test.approver, freeze.id, None, None).await.expect("lifted").value
}

/// The rule that refused it.
pub fn rule<T: std::fmt::Debug>(result: Result<T, Error>) -> Rule {
    match result {
        Err(Error::Refused(refusal)) => refusal.rule,
        other => panic!("{other:?}"),
    }
}

/// How many rows of the audit log have this action and outcome.
pub async fn audited(test: &TestDesk, action: &str, outcome: &str) -> i64 {
    test.int(&format!("SELECT COUNT(*) FROM audit_log WHERE action = '{action}' AND outcome = '{outcome}'")).await
}

/// The same desk for another person.
pub fn both(test: &TestDesk) -> [&Caller; 2] {
    [&test.approver, &test.admin]
}
