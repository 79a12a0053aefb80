//! The form of a webhook: a new one, and changes to one.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::{href, which};
use crate::domain::dialect::Dialect;
use crate::domain::webhook::Webhook;
use crate::error::{Error, FieldError};
use crate::service::Desk;
use crate::service::webhooks::{self, NewWebhook, Signed, WebhookChange};
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{FieldView, NoticeView, OptionView, Problem, TabView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::respond;

/// The form.
#[derive(Template)]
#[template(path = "webhooks/form.html")]
pub struct WebhookFormPage {
    pub layout: Layout,
    pub title: &'static str,
    /// The record's address and name, when it exists.
    pub crumb: Option<(String, String)>,
    pub action: String,
    pub button: &'static str,
    pub keep_href: String,
    pub problems: Vec<Problem>,
    /// The dialects there are; none where the dialect is settled, or there is only one.
    pub dialects: Vec<TabView>,
    pub dialect: &'static str,
    /// None where the client is settled.
    pub clients: Option<Vec<OptionView>>,
    pub client: FieldView,
    pub url: FieldView,
    /// Holds no value, only what is wrong with the choice.
    pub events: FieldView,
    pub choices: Vec<EventChoice>,
}

/// An event that can be ticked.
#[derive(Clone, Debug)]
pub struct EventChoice {
    pub name: &'static str,
    pub checked: bool,
}

/// A secret that is shown here and never again.
#[derive(Template)]
#[template(path = "webhooks/made.html")]
pub struct WebhookMadePage {
    pub layout: Layout,
    pub title: &'static str,
    /// What holds now, below the title.
    pub text: String,
    pub href: String,
    pub url: String,
    pub secret: String,
    /// How a receiver checks a request with it.
    pub check: &'static str,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewQuery {
    dialect: String,
}

/// GET /settings/webhooks/new
pub async fn new(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<NewQuery>,
) -> Result<HttpResponse, Failure> {
    let dialect = Dialect::from_name(&query.dialect).unwrap_or(Dialect::Wallet);
    respond::page(&new_page(&visitor, &desk, dialect, &NewWebhook::default(), &[]).await?)
}

/// POST /settings/webhooks
///
/// The secret is in this answer and nowhere else, so there is no page to go on to that could show it.
pub async fn create(
    visitor: Visitor,
    desk: web::Data<Desk>,
    form: Posted<Vec<(String, String)>>,
) -> Result<HttpResponse, Failure> {
    let form = form.into_inner();
    let dialect = Dialect::from_name(&text(&form, "dialect")).unwrap_or(Dialect::Wallet);
    let new =
        NewWebhook { client: Some(text(&form, "client")), url: Some(text(&form, "url")), events: Some(ticked(&form)) };
    match webhooks::create(&desk, &visitor.caller, dialect, &new).await {
        Ok(signed) => {
            let text = format!("{} is told from now on.", signed.webhook.client_name);
            respond::page(&made_page(&visitor, "The webhook is made", text, signed))
        }
        Err(Error::Validation(errors)) => {
            respond::unprocessable(&new_page(&visitor, &desk, dialect, &new, &errors).await?)
        }
        Err(Error::Refused(refusal)) => {
            let message = format!("has no room for another: {}", refusal.reason);
            let errors = [FieldError { field: "client", message }];
            respond::conflict(&new_page(&visitor, &desk, dialect, &new, &errors).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// GET /settings/webhooks/{id}/edit
pub async fn edit(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let webhook = webhooks::get(&desk, &visitor.caller, which(&id)?).await?;
    let ticked: Vec<String> = webhook.names().map(str::to_owned).collect();
    respond::page(&edit_page(&visitor, &desk, &webhook, (&webhook.url, &ticked), &[])?)
}

/// POST /settings/webhooks/{id}/edit
pub async fn update(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<Vec<(String, String)>>,
) -> Result<HttpResponse, Failure> {
    let (which, form) = (which(&id)?, form.into_inner());
    let (url, ticked) = (text(&form, "url"), ticked(&form));
    let change = WebhookChange { url: Some(url.clone()), events: Some(ticked.clone()), on: None };
    match webhooks::update(&desk, &visitor.caller, which, &change).await {
        Ok(webhook) => {
            visitor.flash(NoticeView::new(Tone::Good, "The webhook is changed"));
            Ok(respond::see_other(&href(webhook.id)))
        }
        Err(Error::Validation(errors)) => {
            let webhook = webhooks::get(&desk, &visitor.caller, which).await?;
            respond::unprocessable(&edit_page(&visitor, &desk, &webhook, (&url, &ticked), &errors)?)
        }
        Err(error) => Err(error.into()),
    }
}

/// The page that shows a new secret, once.
pub fn made_page(visitor: &Visitor, title: &'static str, text: String, signed: Signed) -> WebhookMadePage {
    let Signed { webhook, secret } = signed;
    WebhookMadePage {
        layout: visitor.layout(title, Place::Webhooks),
        title,
        text,
        href: href(webhook.id),
        url: webhook.url,
        secret,
        check: match webhook.dialect {
            Dialect::Wallet => {
                "Requests carry webhook-id, webhook-timestamp and webhook-signature as Standard Webhooks says, so any \
                 of its libraries checks them. X-Signature has t= and v1=: HMAC-SHA256 in hex with this secret over \
                 the timestamp, a dot and the body."
            }
            Dialect::Revolut => {
                "Revolut-Signature is v1= and HMAC-SHA256 in hex with this secret over “v1.”, the \
                 Revolut-Request-Timestamp, a dot and the body."
            }
            Dialect::Razorpay => "X-Razorpay-Signature is HMAC-SHA256 in hex with this secret over the body.",
            Dialect::MassPay => {
                "X-MassPay-Signature has t= and s=: HMAC-SHA512 in hex with this secret over the timestamp, a bar and \
                 the body."
            }
        },
    }
}

async fn new_page(
    visitor: &Visitor,
    desk: &Desk,
    dialect: Dialect,
    typed: &NewWebhook,
    errors: &[FieldError],
) -> Result<WebhookFormPage, Error> {
    let clients = webhooks::clients(desk, &visitor.caller).await?;
    let mut page = page(visitor, desk, dialect, typed.events.as_deref(), errors)?;
    let dialects: Vec<Dialect> = desk.renderers.dialects().collect();
    if dialects.len() > 1 {
        let tab = |one: &Dialect| TabView {
            href: format!("/settings/webhooks/new?dialect={}", one.name()),
            word: one.words().to_owned(),
            count: None,
            current: *one == dialect,
        };
        page.dialects = dialects.iter().map(tab).collect();
    }
    page.clients =
        Some(clients.iter().map(|client| OptionView::new(client.number.to_string(), &client.name)).collect());
    page.client = respond::field("client", typed.client.as_deref().unwrap_or_default(), errors);
    page.url = respond::field("url", typed.url.as_deref().unwrap_or_default(), errors);
    Ok(page)
}

fn edit_page(
    visitor: &Visitor,
    desk: &Desk,
    webhook: &Webhook,
    (url, ticked): (&str, &[String]),
    errors: &[FieldError],
) -> Result<WebhookFormPage, Error> {
    let mut page = page(visitor, desk, webhook.dialect, Some(ticked), errors)?;
    page.title = "Change webhook";
    page.layout.title = page.title.to_owned();
    page.crumb = Some((href(webhook.id), webhook.url.clone()));
    page.action = format!("{}/edit", href(webhook.id));
    page.button = "Change webhook";
    page.keep_href = href(webhook.id);
    page.url = respond::field("url", url, errors);
    Ok(page)
}

/// The form of a new webhook, with the events of its dialect; ticked are those that are named, or the usual ones.
fn page(
    visitor: &Visitor,
    desk: &Desk,
    dialect: Dialect,
    ticked: Option<&[String]>,
    errors: &[FieldError],
) -> Result<WebhookFormPage, Error> {
    let renderer = desk.renderers.of(dialect).ok_or(Error::NotFound("Dialect"))?;
    let mut layout = visitor.layout("New webhook", Place::Webhooks);
    layout.failed = !errors.is_empty();
    let checked = |name: &webhooks::render::Name| match ticked {
        Some(ticked) => ticked.iter().any(|ticked| ticked == name.name),
        None => name.default,
    };
    Ok(WebhookFormPage {
        layout,
        title: "New webhook",
        crumb: None,
        action: "/settings/webhooks".to_owned(),
        button: "Make webhook",
        keep_href: "/settings/webhooks".to_owned(),
        problems: respond::problems(&respond::in_order(errors.to_vec(), &["client", "url", "events"])),
        dialects: Vec::new(),
        dialect: dialect.name(),
        clients: None,
        client: FieldView::default(),
        url: FieldView::default(),
        events: respond::field("events", "", errors),
        choices: renderer.names().iter().map(|one| EventChoice { name: one.name, checked: checked(one) }).collect(),
    })
}

fn text(form: &[(String, String)], name: &str) -> String {
    form.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

fn ticked(form: &[(String, String)]) -> Vec<String> {
    form.iter().filter(|(field, _)| field == "event").map(|(_, value)| value.clone()).collect()
}
