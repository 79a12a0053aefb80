//! What one act did to each payout of a selection, for good: read from the record of the request that did it.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::selection::{SelectionRow, row, sums};
use crate::domain::audit::Outcome;
use crate::domain::cancellation;
use crate::domain::event::{Event, EventType};
use crate::domain::payout::State;
use crate::service::Desk;
use crate::service::payouts::{self, Acted};
use crate::web::auth::Visitor;
use crate::web::display::{MoneyText, StatusView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::{respond, words};

/// The durable result of a set.
#[derive(Template)]
#[template(path = "payouts/selection_result.html")]
pub struct SelectionResultPage {
    pub layout: Layout,
    pub tone: Tone,
    pub heading: String,
    pub outcome: String,
    pub tally: Vec<TallyCell>,
    /// What came back, per currency.
    pub sums: Vec<MoneyText>,
    pub rows: Vec<SelectionRow>,
    /// The id of the request that did it.
    pub act: String,
}

#[derive(Clone, Debug)]
pub struct TallyCell {
    pub status: StatusView,
    pub count: usize,
}

/// The act, named in the address so that its result can be reloaded and kept.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ResultQuery {
    /// The id of the request that acted.
    act: String,
}

/// GET /payouts/selection/result: what the act did to each payout.
pub async fn show(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<ResultQuery>,
) -> Result<HttpResponse, Failure> {
    let acted = payouts::acted(&desk, &visitor.caller, &query.act).await?;
    respond::page(&page(&visitor, &query.act, &acted))
}

/// What became of one payout by this act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Cancelled,
    Asked,
    /// The same form had been sent before.
    Before,
    Refused,
}

fn fate(acted: &Acted) -> Fate {
    match acted.entry.outcome {
        Outcome::Done if acted.entry.action == "payout.cancel" => Fate::Cancelled,
        Outcome::Done => Fate::Asked,
        Outcome::Repeated => Fate::Before,
        Outcome::Refused => Fate::Refused,
    }
}

fn page(visitor: &Visitor, act: &str, acted: &[Acted]) -> SelectionResultPage {
    let count = |wanted: Fate| acted.iter().filter(|one| fate(one) == wanted).count();
    let (cancelled, asked, before) = (count(Fate::Cancelled), count(Fate::Asked), count(Fate::Before));
    let left = count(Fate::Refused);
    let heading = heading(cancelled, asked, before, acted.len());
    let cell = |class, word, count| TallyCell { status: StatusView { class, word }, count };
    let mut tally = vec![
        cell("s-cancelled", "Cancelled", cancelled),
        cell("s-asked", "Provider asked", asked),
        cell("s-failed", "Not cancelled", left),
    ];
    if before > 0 {
        tally.push(cell("s-created", "Done before", before));
    }
    let back = acted.iter().filter(|one| fate(one) == Fate::Cancelled).map(|one| one.record.payout.total());
    SelectionResultPage {
        layout: visitor.layout(heading.clone(), Place::Payouts),
        tone: if left == 0 { Tone::Good } else { Tone::Warn },
        heading,
        outcome: outcome(visitor, acted),
        tally,
        sums: sums(back),
        rows: acted.iter().map(|one| result(visitor, one)).collect(),
        act: act.to_owned(),
    }
}

/// Counts only what this act did.
fn heading(cancelled: usize, asked: usize, before: usize, all: usize) -> String {
    match (cancelled, asked) {
        (0, 0) if before == all => "All of this was done before".to_owned(),
        (0, 0) if all == 1 => "Payout not cancelled".to_owned(),
        (0, 0) => format!("None of {all} payouts cancelled"),
        (1, 0) if all == 1 => "Payout cancelled".to_owned(),
        (done, 0) if done == all => format!("{done} payouts cancelled"),
        (done, 0) => format!("{done} of {all} payouts cancelled"),
        (0, 1) if all == 1 => "Provider asked to cancel".to_owned(),
        (done, asked) => format!("{done} of {all} payouts cancelled, {asked} asked for"),
    }
}

/// Who acted, when and why.
fn outcome(visitor: &Visitor, acted: &[Acted]) -> String {
    let by = acted.first().map(|first| {
        let entry = &first.entry;
        format!("By {} on {}.", entry.actor_name, visitor.zone.full(entry.at).shown)
    });
    // A refused attempt keeps the reason of its refusal instead.
    let given = acted.iter().map(|one| &one.entry).find(|entry| entry.outcome != Outcome::Refused);
    let why = given.and_then(|entry| entry.reason.as_deref()).map(|reason| format!("Reason: {reason}."));
    [by, why].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn result(visitor: &Visitor, acted: &Acted) -> SelectionRow {
    let Acted { entry, record } = acted;
    let payout = &record.payout;
    let since = since(acted).map(|event| {
        let note = event.note.as_ref().filter(|_| event.event_type == EventType::Cancellation);
        let note = note.map_or_else(String::new, |note| format!(": {}", note.trim_end_matches('.')));
        let when = visitor.zone.when(event.created_at, visitor.now);
        format!("Since then: {}{note}, {when}.", event.message)
    });
    let now = format!("Now: {}.", words::payout_status(payout).word);
    let (status, done, stands) = match fate(acted) {
        Fate::Cancelled => {
            let done = format!("{} back to {}.", payout.total(), record.wallet_name);
            (words::state_status(State::Cancelled), done, None)
        }
        Fate::Asked => {
            let status = words::cancellation_status(cancellation::State::Requested);
            match since.is_some() || payout.state.is_final() {
                true => (status, "The provider was asked to cancel it.".to_owned(), Some(now)),
                false => (status, format!("{} stays held until they answer.", payout.total()), None),
            }
        }
        Fate::Before => {
            let done = "The same form had been sent before; nothing was done again.".to_owned();
            (StatusView { class: "s-created", word: "Done before" }, done, Some(now))
        }
        Fate::Refused => {
            let reason = entry.reason.clone().unwrap_or_default();
            (StatusView { class: "s-failed", word: "Not cancelled" }, reason, Some(now))
        }
    };
    let note = [Some(done), since, stands].into_iter().flatten().collect::<Vec<_>>().join(" ");
    row(record, status, note)
}

/// The last thing that happened to the payout after the act.
fn since(acted: &Acted) -> Option<&Event> {
    let Acted { entry, record } = acted;
    let own = record.events.iter().rposition(|event| event.request_id == entry.request_id);
    let later = match own.filter(|_| entry.outcome == Outcome::Done) {
        Some(own) => &record.events[own + 1..],
        None => &record.events[record.events.partition_point(|event| event.created_at <= entry.at)..],
    };
    later.last()
}

#[cfg(test)]
mod tests {
    use super::heading;

    #[test]
    fn the_heading_counts_what_this_act_did() {
        assert_eq!(heading(1, 0, 0, 1), "Payout cancelled");
        assert_eq!(heading(3, 0, 0, 3), "3 payouts cancelled");
        assert_eq!(heading(3, 1, 0, 5), "3 of 5 payouts cancelled, 1 asked for");
        assert_eq!(heading(0, 0, 0, 2), "None of 2 payouts cancelled");
        assert_eq!(heading(0, 0, 2, 2), "All of this was done before");
    }
}
