//! What became of a selection: how each payout of it stands, for as long as the page is kept.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::selection::{SelectionRow, ids, row, sums, why};
use crate::domain::cancellation;
use crate::domain::event::EventType;
use crate::domain::payout::State;
use crate::error::Error;
use crate::service::Desk;
use crate::service::payouts::{self, SELECTION, SelectionPreview};
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
}

#[derive(Clone, Debug)]
pub struct TallyCell {
    pub status: StatusView,
    pub count: usize,
}

/// The payouts of a result, named in its address so that it can be reloaded and kept.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ResultQuery {
    ids: String,
}

/// GET /payouts/selection/result: how each payout of the set stands.
pub async fn show(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<ResultQuery>,
) -> Result<HttpResponse, Failure> {
    let ids = ids(query.ids.split(','));
    if ids.is_empty() || ids.len() > SELECTION {
        return Err(Error::NotFound("Result").into());
    }
    let standing = payouts::standing(&desk, &visitor.caller, &ids).await?;
    respond::page(&page(&visitor, &standing))
}

/// How each payout of the set stands now, which is what the set did to it unless somebody acted since.
fn page(visitor: &Visitor, standing: &SelectionPreview) -> SelectionResultPage {
    let (mut cancelled, mut asked, mut left) = (0, 0, 0);
    let mut back = Vec::new();
    let rows = standing.items.iter().map(|item| {
        let record = &item.record;
        let payout = &record.payout;
        if payout.state == State::Cancelled {
            cancelled += 1;
            back.push(payout.total());
            let event = record.events.iter().rev().find(|event| event.to_state == State::Cancelled);
            let by = event.map_or_else(String::new, |event| {
                format!(", by {} {}", event.actor_name, visitor.zone.when(event.created_at, visitor.now))
            });
            return row(
                record,
                words::payout_status(payout),
                format!("{} back to {}{by}", payout.total(), record.wallet_name),
            );
        }
        let question = record.events.iter().rev().find(|event| event.event_type == EventType::Cancellation);
        match (question, &item.effect) {
            (Some(event), _) if !payout.state.is_final() => {
                asked += 1;
                let status = words::cancellation_status(cancellation::State::Requested);
                row(record, status, format!("{}. {} stays held until they answer.", event.message, payout.total()))
            }
            (_, Err(refusal)) => {
                left += 1;
                row(record, words::payout_status(payout), why(refusal))
            }
            (_, Ok(_)) => {
                left += 1;
                row(record, words::payout_status(payout), "It was left as it is. Look at it again.".into())
            }
        }
    });
    let rows: Vec<SelectionRow> = rows.collect();
    let heading = match (cancelled, asked, rows.len()) {
        (1, 0, 1) => "Payout cancelled".to_owned(),
        (done, 0, all) if done == all => format!("{done} payouts cancelled"),
        (done, 0, all) => format!("{done} of {all} payouts cancelled"),
        (done, asked, all) => format!("{done} of {all} payouts cancelled, {asked} asked for"),
    };
    let cell = |class, word, count| TallyCell { status: StatusView { class, word }, count };
    SelectionResultPage {
        layout: visitor.layout(heading.clone(), Place::Payouts),
        tone: if left == 0 { Tone::Good } else { Tone::Warn },
        heading,
        outcome: "Each payout below says how it stands now.".to_owned(),
        tally: vec![
            cell("s-cancelled", "Cancelled", cancelled),
            cell("s-asked", "Provider asked", asked),
            cell("s-failed", "Not cancelled", left),
        ],
        sums: sums(back.into_iter()),
        rows,
    }
}
