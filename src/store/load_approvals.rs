//! Approval rules, the people who can approve, and what waits for them; read only for units that need it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;
use sqlx::AnyConnection;

use super::approval_tables::{APPROVALS, NEEDS, REQUESTS, RULES};
use super::sql::{self, Engine, Value};
use crate::domain::approval::{Approval, Person, Request};
use crate::domain::books::Books;
use crate::domain::books::approvals::FixedNeed;
use crate::domain::caller::Via;
use crate::domain::command::{Command, Unit};

/// The query, built once.
#[derive(Debug)]
pub struct ApprovalLoader {
    query: Arc<str>,
}

/// What the units of a set name.
#[derive(Debug, Default)]
pub struct WantedApprovals {
    /// The verbs whose rules are wanted.
    verbs: BTreeSet<&'static str>,
    /// Whether people are wanted also where no rule stands.
    people: bool,
    /// Payouts and links that are decided, and requests that are answered.
    subjects: BTreeSet<String>,
    requests: BTreeSet<String>,
    /// What is asked about: requests that wait for the same are wanted.
    about: BTreeSet<String>,
}

/// The most people who are looked at.
pub const MOST_PEOPLE: i64 = 1_000;
/// How many parts the query has.
const PARTS: usize = 5;

impl ApprovalLoader {
    pub fn new(engine: Engine) -> ApprovalLoader {
        let (each, object) = (|place| engine.each_text(place), |table: &sql::Table, alias| table.object(engine, alias));
        let person = engine.object(&[("id", "s.id".into()), ("name", "s.name".into()), ("role", "s.role".into())]);
        let columns = [
            engine.text_array(
                &object(&RULES, "r"),
                &format!("{} JOIN approval_rules r ON r.verb = value AND r.ended_at IS NULL", each(1)),
            ),
            engine.text_array(
                &person,
                &format!(
                    "(SELECT m.id, m.name, m.role FROM staff m WHERE m.disabled_at IS NULL AND m.role <> 'viewer' AND \
                     ($2 = 'yes' OR EXISTS (SELECT 1 FROM {} JOIN approval_rules r ON r.verb = value AND r.ended_at IS \
                     NULL)) ORDER BY m.id LIMIT {MOST_PEOPLE}) AS s",
                    each(1)
                ),
            ),
            engine.text_array(
                &object(&NEEDS, "n"),
                &format!("{} JOIN approval_needs n ON n.subject_id = value", each(3)),
            ),
            engine
                .text_array(&object(&APPROVALS, "a"), &format!("{} JOIN approvals a ON a.subject_id = value", each(3))),
            engine.text_array(
                &object(&REQUESTS, "q"),
                &format!(
                    "(SELECT q.* FROM {} JOIN approval_requests q ON q.id = value UNION SELECT q.* FROM {} JOIN \
                     approval_requests q ON q.subject_id = value AND q.state = 'open') AS q",
                    each(4),
                    each(5)
                ),
            ),
        ];
        ApprovalLoader { query: format!("SELECT {}", columns.join(",\n")).into() }
    }

    /// Adds to the books what the units need. `ruled` says whether any rule stands on one of their verbs.
    pub async fn load(
        &self,
        connection: &mut AnyConnection,
        wanted: WantedApprovals,
        ruled: bool,
        books: &mut Books,
    ) -> Result<(), sqlx::Error> {
        if !ruled && !wanted.people {
            return Ok(());
        }
        let people = if wanted.people { "yes" } else { "" };
        let values = [
            json(&wanted.verbs),
            Value::from(people),
            json(&wanted.subjects),
            json(&wanted.requests),
            json(&wanted.about),
        ];
        let parts = sql::read_arrays(connection, Arc::clone(&self.query), &values, PARTS).await?;
        let parts: [String; PARTS] = parts.try_into().expect("as many as asked for");
        let [rules, people, needs, given, requests] = &parts;
        let approvals = &mut books.approvals;
        approvals.rules = sql::decode(rules)?;
        approvals.people = sql::decode::<Vec<Person>>(people)?;
        let needs: Vec<FixedNeed> = sql::decode(needs)?;
        approvals.needs = needs.into_iter().map(|need| (need.subject_id.clone(), need)).collect();
        for approval in sql::decode::<Vec<Approval>>(given)? {
            approvals.given.entry(approval.subject_id.clone()).or_default().push(approval);
        }
        let requests: Vec<Request> = sql::decode(requests)?;
        approvals.requests = requests.into_iter().map(|request| (request.id, request)).collect();
        Ok(())
    }
}

impl WantedApprovals {
    pub fn add(&mut self, unit: &Unit) {
        self.verbs.extend(unit.command.ruled_by().iter().map(|verb| verb.name()));
        match &unit.command {
            // What only a wallet's limit asks for is refused on pages when nobody can approve it.
            Command::Create(_) | Command::CreateLink(_) | Command::ReplaceLink(_) => {
                self.people |= unit.caller.via == Via::Page;
            }
            Command::Decide(_) | Command::DecideLink(_) => {
                self.people = true;
                self.subjects.extend(unit.command.payout_id().map(|id| id.to_string()));
                self.subjects.extend(unit.command.link_id().map(|id| id.to_string()));
            }
            Command::Ask(ask) => {
                self.people = true;
                self.about.extend(ask.act.payout_id().map(|id| id.to_string()));
                self.about.extend(ask.act.link_id().map(|id| id.to_string()));
            }
            Command::AnswerRequest(answer) => {
                self.people = true;
                self.subjects.insert(answer.request_id.to_string());
                self.requests.insert(answer.request_id.to_string());
            }
            _ => {}
        }
    }

    /// The verbs whose rules are wanted, as a JSON array.
    pub fn verbs(&self) -> Value {
        json(&self.verbs)
    }
}

fn json(value: &impl Serialize) -> Value {
    Value::Text(serde_json::to_string(value).expect("texts"))
}
