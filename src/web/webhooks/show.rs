//! One webhook: what it is told, and the log of what it was sent.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::acts::{Step, acts, steps};
use super::{href, status, which};
use crate::domain::webhook::{Delivery, DeliveryState, Webhook};
use crate::service::Desk;
use crate::service::webhooks;
use crate::service::webhooks::deliveries::{self, Query};
use crate::web::auth::Visitor;
use crate::web::display::{ActView, NoticeView, PagerView, StatusView, TabView, TimeView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::many;
use crate::web::respond;

/// Deliveries on one page.
const ROWS: i64 = 25;
/// The tabs of the log: name in the address, word, state.
const TABS: [(&str, &str, Option<DeliveryState>); 4] = [
    ("", "All", None),
    ("waiting", "Waiting", Some(DeliveryState::Waiting)),
    ("delivered", "Delivered", Some(DeliveryState::Delivered)),
    ("failed", "Failed", Some(DeliveryState::Failed)),
];

/// One webhook.
#[derive(Template)]
#[template(path = "webhooks/show.html")]
pub struct WebhookPage {
    pub layout: Layout,
    pub href: String,
    pub id: String,
    pub url: String,
    pub status: StatusView,
    pub client: String,
    pub dialect: &'static str,
    pub events: Vec<String>,
    /// For example `2 are good now; the older one ends 16 January 2026, 10:30`.
    pub secrets: String,
    pub made: TimeView,
    pub owner: String,
    pub audit_href: String,
    /// Why nothing is sent.
    pub warning: Option<NoticeView>,
    pub acts: Vec<ActView>,
    pub steps: Vec<Step>,
    pub tabs: Vec<TabView>,
    pub rows: Vec<DeliveryRow>,
    pub pager: PagerView,
    /// A tab other than the first is chosen.
    pub filtered: bool,
}

/// One delivery in the log.
#[derive(Clone, Debug)]
pub struct DeliveryRow {
    pub href: String,
    pub name: String,
    pub event_id: String,
    pub made: TimeView,
    pub status: StatusView,
    /// What is next, or empty.
    pub note: String,
    pub tries: String,
    /// The last answer in a word or two.
    pub answer: String,
}

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ShowQuery {
    /// `waiting`, `delivered` or `failed`.
    status: String,
    /// Older than this delivery.
    before: String,
}

/// GET /settings/webhooks/{id}
pub async fn show(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    query: web::Query<ShowQuery>,
) -> Result<HttpResponse, Failure> {
    let which = which(&id)?;
    let tab = TABS.iter().find(|(name, ..)| *name == query.status).unwrap_or(&TABS[0]);
    let before = query.before.parse().ok();
    let wanted = Query { state: tab.2, before, limit: ROWS + 1 };
    let (webhook, mut found) = deliveries::list(&desk, &visitor.caller, which, &wanted).await?;
    let more = found.len() > ROWS as usize;
    found.truncate(ROWS as usize);
    let ends = webhooks::secret_ends(&desk, &visitor.caller, which).await?;
    let address = |name: &str| match name {
        "" => format!("{}#log", href(webhook.id)),
        name => format!("{}?status={name}#log", href(webhook.id)),
    };
    let older = found.last().filter(|_| more).map(|last| match tab.0 {
        "" => format!("{}?before={}#log", href(webhook.id), last.id),
        name => format!("{}?status={name}&before={}#log", href(webhook.id), last.id),
    });
    respond::page(&WebhookPage {
        layout: visitor.layout("Webhook", Place::Webhooks),
        href: href(webhook.id),
        id: webhook.id.to_string(),
        status: status(&webhook),
        client: webhook.client_name.clone(),
        dialect: webhook.dialect.words(),
        events: webhook.names().map(str::to_owned).collect(),
        secrets: secrets(&visitor, &ends),
        made: visitor.zone.on(webhook.id.created_at()),
        owner: webhook.owner_name.clone().unwrap_or_else(|| "the command line".to_owned()),
        audit_href: format!("/audit?about={}", webhook.id),
        warning: warning(&webhook),
        acts: acts(&webhook),
        steps: steps(&webhook),
        tabs: TABS
            .iter()
            .map(|(name, word, _)| TabView {
                href: address(name),
                word: (*word).to_owned(),
                count: None,
                current: *name == tab.0,
            })
            .collect(),
        pager: PagerView {
            shown: format!("{}, newest first", many(found.len(), "delivery", "deliveries")),
            newer: before.map(|_| address(tab.0)),
            older,
        },
        rows: found.iter().map(|delivery| row(&visitor, &webhook, delivery)).collect(),
        filtered: tab.2.is_some(),
        url: webhook.url,
    })
}

/// A delivery's state in words.
pub fn delivery_status(delivery: &Delivery) -> StatusView {
    match delivery.state {
        DeliveryState::Waiting if delivery.sent_at.is_none() => StatusView { class: "s-queued", word: "Waiting" },
        DeliveryState::Waiting => StatusView { class: "s-unknown", word: "Tries again" },
        DeliveryState::Delivered => StatusView { class: "s-completed", word: "Delivered" },
        DeliveryState::Failed => StatusView { class: "s-failed", word: "Failed" },
    }
}

/// The last answer in a word or two: `HTTP 500`, or why there was none.
pub fn answer(delivery: &Delivery) -> String {
    match (delivery.status, &delivery.answer, delivery.sent_at) {
        (Some(status), ..) => format!("HTTP {status}"),
        (None, Some(why), Some(_)) => why.clone(),
        _ => String::new(),
    }
}

/// How many tries there were in this round, before the next one.
pub fn tries(delivery: &Delivery) -> i64 {
    // A try that is under way has been counted, and has ended nothing yet.
    if delivery.state == DeliveryState::Waiting && delivery.sent_at.is_none() { 0 } else { delivery.tries() }
}

fn row(visitor: &Visitor, webhook: &Webhook, delivery: &Delivery) -> DeliveryRow {
    let next = delivery.next_at.filter(|_| webhook.is_active());
    DeliveryRow {
        href: format!("{}/deliveries/{}", href(webhook.id), delivery.id),
        name: delivery.name.clone(),
        event_id: delivery.event_id.short(),
        made: visitor.zone.short(delivery.id.created_at(), visitor.now),
        status: delivery_status(delivery),
        note: match next {
            Some(at) if at > visitor.now => format!("at {}", visitor.zone.short(at, visitor.now).shown),
            _ => String::new(),
        },
        tries: tries(delivery).to_string(),
        answer: answer(delivery),
    }
}

fn secrets(visitor: &Visitor, ends: &[Option<i64>]) -> String {
    let older: Vec<i64> = ends.iter().flatten().copied().collect();
    match older.as_slice() {
        [] => "Shown once when it was made; kept sealed".to_owned(),
        [one] => format!("2 are good now; the older one ends {}", visitor.zone.on(*one).shown),
        [first, .., _] => {
            format!("{} are good now; the older ones end until {}", ends.len(), visitor.zone.on(*first).shown)
        }
    }
}

fn warning(webhook: &Webhook) -> Option<NoticeView> {
    let reason = webhook.off_reason.as_deref()?;
    let text = format!("It is off: {reason}. What was on its way waits; what happens meanwhile is not told.");
    Some(NoticeView::new(Tone::Warn, "Nothing is sent to this webhook").with_text(text))
}
