//! The pages of webhooks, for admins: where clients are told of changes, and what was sent there.

mod acts;
mod delivery;
mod form;
mod show;

use actix_web::{HttpResponse, web};
use askama::Template;

use super::auth::Visitor;
use super::display::StatusView;
use super::failure::Failure;
use super::layout::{Layout, Place};
use super::numbers::many;
use super::respond;
use crate::domain::ids::WebhookId;
use crate::domain::webhook::{State, Webhook};
use crate::error::Error;
use crate::service::Desk;
use crate::service::webhooks::{self, Which};

/// All webhooks.
#[derive(Template)]
#[template(path = "webhooks/index.html")]
pub struct WebhooksPage {
    pub layout: Layout,
    /// For example `4 webhooks, 1 off`.
    pub matches: String,
    pub rows: Vec<WebhookRow>,
}

/// One webhook in the list.
#[derive(Clone, Debug)]
pub struct WebhookRow {
    pub href: String,
    pub url: String,
    pub dialect: &'static str,
    pub client: String,
    /// For example `payout.created and 3 more`.
    pub events: String,
    pub status: StatusView,
    /// Why it is off, or empty.
    pub note: String,
}

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/settings/webhooks").route(web::get().to(index)).route(web::post().to(form::create)))
        .service(web::resource("/settings/webhooks/new").route(web::get().to(form::new)))
        .service(web::resource("/settings/webhooks/{id}").route(web::get().to(show::show)))
        .service(
            web::resource("/settings/webhooks/{id}/edit")
                .route(web::get().to(form::edit))
                .route(web::post().to(form::update)),
        )
        .service(
            web::resource("/settings/webhooks/{id}/switch")
                .route(web::get().to(acts::switching))
                .route(web::post().to(acts::switch)),
        )
        .service(
            web::resource("/settings/webhooks/{id}/secret")
                .route(web::get().to(acts::rotation))
                .route(web::post().to(acts::rotate)),
        )
        .service(
            web::resource("/settings/webhooks/{id}/deletion")
                .route(web::get().to(acts::deletion))
                .route(web::post().to(acts::delete)),
        )
        .service(web::resource("/settings/webhooks/{id}/tests").route(web::post().to(delivery::test)))
        .service(web::resource("/settings/webhooks/{id}/deliveries/{delivery}").route(web::get().to(delivery::show)))
        .service(
            web::resource("/settings/webhooks/{id}/deliveries/{delivery}/replays")
                .route(web::post().to(delivery::replay)),
        );
}

/// GET /settings/webhooks
pub async fn index(visitor: Visitor, desk: web::Data<Desk>) -> Result<HttpResponse, Failure> {
    let found = webhooks::list(&desk, &visitor.caller, None).await?;
    let off = found.iter().filter(|webhook| !webhook.is_active()).count();
    let all = many(found.len(), "webhook", "webhooks");
    respond::page(&WebhooksPage {
        layout: visitor.layout("Webhooks", Place::Webhooks),
        matches: if off == 0 { all } else { format!("{all}, {off} off") },
        rows: found.iter().map(row).collect(),
    })
}

fn row(webhook: &Webhook) -> WebhookRow {
    let names: Vec<&str> = webhook.names().collect();
    let events = match names.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    };
    WebhookRow {
        href: href(webhook.id),
        url: short(&webhook.url),
        dialect: webhook.dialect.words(),
        client: webhook.client_name.clone(),
        events,
        status: status(webhook),
        note: webhook.off_reason.clone().unwrap_or_default(),
    }
}

/// As much of an address as a list has room for; the record shows all of it.
fn short(url: &str) -> String {
    const ROOM: usize = 60;
    match url.char_indices().nth(ROOM) {
        Some((end, _)) => format!("{}…", &url[..end]),
        None => url.to_owned(),
    }
}

fn href(id: WebhookId) -> String {
    format!("/settings/webhooks/{id}")
}

fn status(webhook: &Webhook) -> StatusView {
    match webhook.state {
        State::Active => StatusView { class: "s-active", word: "Active" },
        State::Off => StatusView { class: "s-cancelled", word: "Off" },
    }
}

/// The webhook in the address.
fn which(id: &str) -> Result<Which, Error> {
    id.parse().map(Which::any).map_err(|_| Error::NotFound("Webhook"))
}
