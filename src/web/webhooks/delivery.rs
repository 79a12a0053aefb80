//! One delivery: what was sent, what was answered, and sending it again.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::show::{answer, delivery_status, tries};
use super::{href, which};
use crate::domain::ids::DeliveryId;
use crate::domain::webhook::DeliveryState;
use crate::error::Error;
use crate::service::Desk;
use crate::service::webhooks::deliveries;
use crate::web::address::record;
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{NoticeView, StatusView, TimeView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::respond;
use crate::web::sessions::Confirmed;

/// One delivery.
#[derive(Template)]
#[template(path = "webhooks/delivery.html")]
pub struct DeliveryPage {
    pub layout: Layout,
    pub webhook_href: String,
    pub url: String,
    pub id: String,
    pub event_id: String,
    pub name: String,
    pub status: StatusView,
    /// The record it tells of, and its page if it has one of its own.
    pub about: String,
    pub about_href: Option<String>,
    pub made: TimeView,
    pub tries: String,
    pub last: Option<TimeView>,
    pub next: Option<TimeView>,
    /// In a word or two; empty before the first try.
    pub answer: String,
    /// The beginning of the answer's body; empty when there is none.
    pub answer_body: String,
    pub body: String,
    pub replay_action: String,
    /// What sending it again does.
    pub replay_note: &'static str,
}

/// GET /settings/webhooks/{id}/deliveries/{delivery}
pub async fn show(
    visitor: Visitor,
    desk: web::Data<Desk>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Failure> {
    let (webhook, opened) = deliveries::get(&desk, &visitor.caller, which(&path.0)?, delivery_id(&path.1)?).await?;
    let delivery = opened.delivery;
    let about = delivery.about_id.clone().unwrap_or_default();
    let on = |at: Option<i64>| at.map(|at| visitor.zone.on(at));
    respond::page(&DeliveryPage {
        layout: visitor.layout("Delivery", Place::Webhooks),
        webhook_href: href(webhook.id),
        url: webhook.url.clone(),
        id: delivery.id.to_string(),
        event_id: delivery.event_id.to_string(),
        status: delivery_status(&delivery),
        about_href: record(&about),
        about,
        made: visitor.zone.on(delivery.id.created_at()),
        tries: tries(&delivery).to_string(),
        last: on(delivery.sent_at),
        next: on(delivery.next_at.filter(|_| webhook.is_active())),
        answer: answer(&delivery),
        answer_body: delivery.status.and(delivery.answer.clone()).unwrap_or_default(),
        body: opened.body,
        replay_action: format!("{}/deliveries/{}/replays", href(webhook.id), delivery.id),
        replay_note: match (delivery.state, webhook.is_active()) {
            (_, false) => "The webhook is off: it is sent when it is on again.",
            (DeliveryState::Waiting, true) => "It is tried at once, without waiting for its time.",
            (_, true) => "It is sent at once with the same id, so a receiver can tell that it has seen it.",
        },
        name: delivery.name,
    })
}

/// POST /settings/webhooks/{id}/deliveries/{delivery}/replays
pub async fn replay(
    visitor: Visitor,
    desk: web::Data<Desk>,
    path: web::Path<(String, String)>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    let (which, id) = (which(&path.0)?, delivery_id(&path.1)?);
    let delivery = deliveries::replay(&desk, &visitor.caller, which, id).await?;
    let notice = NoticeView::new(Tone::Good, "It is sent again");
    visitor.flash(notice.with_text("Load the page again in a moment to see the answer."));
    Ok(respond::see_other(&format!("{}/deliveries/{}", href(delivery.webhook_id), delivery.id)))
}

/// POST /settings/webhooks/{id}/tests
pub async fn test(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    let delivery = deliveries::test(&desk, &visitor.caller, which(&id)?).await?;
    let notice = NoticeView::new(Tone::Good, "A test is on its way");
    visitor.flash(notice.with_text("Load the page again in a moment to see the answer."));
    Ok(respond::see_other(&format!("{}/deliveries/{}", href(delivery.webhook_id), delivery.id)))
}

fn delivery_id(text: &str) -> Result<DeliveryId, Error> {
    text.parse().map_err(|_| Error::NotFound("Delivery"))
}
