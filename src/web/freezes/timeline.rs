//! What happened around a freeze, newest first: what people did with it, and the batches that were made of it.

use crate::domain::audit::Outcome;
use crate::domain::batch::{Batch, State};
use crate::service::freezes::Incident;
use crate::store::audit::AuditLine;
use crate::web::auth::Visitor;
use crate::web::batches::{show, words as batch_words};
use crate::web::display::{EventView, Sentence};
use crate::web::words;

/// Everything that happened, newest first.
pub fn events(visitor: &Visitor, found: &Incident) -> Vec<EventView> {
    let drill = found.freeze.drill;
    let mut events: Vec<(i64, EventView)> =
        found.history.iter().map(|line| (line.link.entry.at, acted(visitor, line, drill))).collect();
    events.extend(found.batches.iter().flat_map(|batch| of_batch(visitor, batch)));
    // Each part is in order already; what happened at the same moment stays as it is.
    events.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    events.into_iter().map(|(_, event)| event).collect()
}

fn acted(visitor: &Visitor, line: &AuditLine, drill: bool) -> EventView {
    let entry = &line.link.entry;
    let class = match entry.outcome {
        Outcome::Done => "s-active",
        Outcome::Refused => "s-failed",
        Outcome::Repeated => "s-reopened",
    };
    EventView {
        class,
        what: Sentence::default()
            .strong(entry.actor_name.clone())
            .text(format!(" {}", did(&entry.action, entry.outcome, drill))),
        time: Some(visitor.zone.exact(entry.at, visitor.now)),
        text: entry.reason.clone(),
        sub: Some(format!("{}, {}", words::via(&entry.via), entry.request_id)),
        next: false,
    }
}

/// What somebody did, or tried to do, to be read after the name.
fn did(action: &str, outcome: Outcome, drill: bool) -> String {
    let (done, tried) = match (action, drill) {
        ("freeze.make", _) => ("froze it", "freeze it"),
        ("freeze.drill", _) => ("began the drill", "begin the drill"),
        ("freeze.ask_to_lift", true) => ("asked for the drill to end", "ask for the drill to end"),
        ("freeze.ask_to_lift", false) => ("asked for it to be lifted", "ask for the lift"),
        ("freeze.approve_lift", _) => ("said yes to the lift, not as the last one", "say yes to the lift"),
        ("freeze.lift", true) => ("ended the drill", "end the drill"),
        ("freeze.lift", false) => ("lifted it", "lift it"),
        ("freeze.keep", true) => ("let the drill go on", "let the drill go on"),
        ("freeze.keep", false) => ("kept it", "keep it"),
        (other, _) => return words::action(other).to_owned(),
    };
    match outcome {
        Outcome::Done => done.to_owned(),
        Outcome::Refused => format!("tried to {tried}: refused"),
        Outcome::Repeated => format!("tried to {tried} again: it was done already"),
    }
}

/// A batch as it was made, started and ended.
fn of_batch(visitor: &Visitor, batch: &Batch) -> Vec<(i64, EventView)> {
    let event = |at: i64, class, said: Sentence, text: String| {
        let time = Some(visitor.zone.exact(at, visitor.now));
        (at, EventView { class, what: said, time, text: Some(text), sub: None, next: false })
    };
    let link = |said: Sentence| said.link(format!("/batches/{}", batch.id), show::what(batch));
    let by = |did: &str| link(Sentence::default().strong(batch.actor_name.clone()).text(did));
    let mut events = Vec::new();
    if let Some(at) = batch.finished_at {
        let did = if batch.state == State::Stopped { "Stopped: " } else { "Done: " };
        events.push(event(at, "s-completed", link(Sentence::default().text(did)), batch_words::results(batch)));
    }
    if let Some(at) = batch.started_at {
        events.push(event(at, "s-processing", by(" started the batch "), batch.reason.clone().unwrap_or_default()));
    }
    let sorted = batch_words::sorted(batch);
    events.push(event(batch.id.created_at(), "s-approve", by(" made the batch "), sorted));
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_refused_was_only_tried() {
        assert_eq!(did("freeze.lift", Outcome::Refused, false), "tried to lift it: refused");
        assert_eq!(did("freeze.keep", Outcome::Refused, false), "tried to keep it: refused");
        assert_eq!(did("freeze.make", Outcome::Repeated, false), "tried to freeze it again: it was done already");
        assert_eq!(did("freeze.lift", Outcome::Done, true), "ended the drill");
    }
}
