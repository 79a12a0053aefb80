//! What can be done to a webhook, each with its confirm step: switch it, give it another secret, delete it.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::{form, href, which};
use crate::domain::webhook::{Rules, Webhook};
use crate::error::{Error, FieldError};
use crate::service::Desk;
use crate::service::webhooks;
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{ActView, FieldView, NoticeView, OptionView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::many;
use crate::web::respond;
use crate::web::sessions::Confirmed;

/// A confirm step on a page of its own.
#[derive(Template)]
#[template(path = "webhooks/step.html")]
pub struct WebhookStepPage {
    pub layout: Layout,
    pub step: Step,
}

/// One question, on the record in a dialog and on its own page.
#[derive(Clone, Debug)]
pub struct Step {
    /// Id of the dialog.
    pub dialog: &'static str,
    pub action: String,
    pub keep_href: String,
    pub title: &'static str,
    /// One sentence of what happens.
    pub text: &'static str,
    pub url: String,
    pub client: String,
    pub notice: NoticeView,
    pub keep: &'static str,
    pub yes: &'static str,
    /// Which way its button switches; empty for other steps.
    pub way: &'static str,
    /// How long the old secret may stay good; empty where that is not asked.
    pub overlaps: Vec<OptionView>,
    pub overlap: FieldView,
    /// The version that the step was asked about.
    pub version: i64,
}

/// What the form of another secret has.
#[derive(Debug, Deserialize)]
pub struct Rotation {
    /// Hours; blank where that is not asked.
    #[serde(default)]
    overlap: String,
    /// The version that was on the page.
    #[serde(default)]
    version: String,
}

/// One hour in microseconds.
const HOUR: i64 = 3_600_000_000;

/// GET /settings/webhooks/{id}/switch
pub async fn switching(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let webhook = webhooks::get(&desk, &visitor.caller, which(&id)?).await?;
    ask(&visitor, switch_step(&webhook))
}

/// POST /settings/webhooks/{id}/switch
///
/// The form says which way, so that one sent twice does not switch back.
pub async fn switch(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<Way>,
) -> Result<HttpResponse, Failure> {
    let on = form.into_inner().way == "on";
    let webhook = webhooks::switch(&desk, &visitor.caller, which(&id)?, on).await?;
    let notice = match on {
        true => NoticeView::new(Tone::Good, "The webhook is on").with_text("What waited is sent now."),
        false => NoticeView::new(Tone::Good, "The webhook is off").with_text("Nothing is sent until it is on again."),
    };
    visitor.flash(notice);
    Ok(respond::see_other(&href(webhook.id)))
}

/// Which way to switch.
#[derive(Debug, Deserialize)]
pub struct Way {
    /// `on` or `off`.
    #[serde(default)]
    way: String,
}

/// GET /settings/webhooks/{id}/secret
pub async fn rotation(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let webhook = webhooks::get(&desk, &visitor.caller, which(&id)?).await?;
    ask(&visitor, rotation_step(&webhook))
}

/// POST /settings/webhooks/{id}/secret
///
/// The secret is in this answer and nowhere else, so there is no page to go on to that could show it.
pub async fn rotate(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<Rotation>,
) -> Result<HttpResponse, Failure> {
    let (which, form) = (which(&id)?, form.into_inner());
    // A form without a version has seen none.
    let version = form.version.parse().unwrap_or(-1);
    let overlap = hours(&form.overlap);
    let rotated = match &overlap {
        Ok(hours) => webhooks::rotate(&desk, &visitor.caller, which, hours.saturating_mul(HOUR), Some(version)).await,
        Err(error) => Err(Error::Validation(vec![error.clone()])),
    };
    let refused = match rotated {
        Ok(signed) => {
            let text = match overlap.unwrap_or_default() {
                0 => "The old one signs nothing any more.".to_owned(),
                hours => format!("The old one signs beside it for {}.", many(hours as usize, "hour", "hours")),
            };
            return respond::page(&form::made_page(&visitor, "The new secret is made", text, signed));
        }
        Err(Error::Refused(refusal)) => {
            NoticeView::new(Tone::Bad, refusal.reason).with_text(refusal.instead.unwrap_or_default())
        }
        Err(Error::Validation(errors)) => {
            let why = errors.first().map(|error| error.message.clone()).unwrap_or_default();
            NoticeView::new(Tone::Bad, format!("The overlap {why}"))
        }
        Err(error) => return Err(error.into()),
    };
    let webhook = webhooks::get(&desk, &visitor.caller, which).await?;
    let step = Step { notice: refused, ..rotation_step(&webhook) };
    let layout = Layout { failed: true, ..visitor.layout(step.title, Place::Webhooks) };
    respond::conflict(&WebhookStepPage { layout, step })
}

/// How many hours the old secret stays good; blank, it ends at once.
fn hours(text: &str) -> Result<i64, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(0);
    }
    text.parse().map_err(|_| FieldError { field: "overlap", message: "must be a whole number of hours".to_owned() })
}

/// GET /settings/webhooks/{id}/deletion
pub async fn deletion(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let webhook = webhooks::get(&desk, &visitor.caller, which(&id)?).await?;
    ask(&visitor, deletion_step(&webhook))
}

/// POST /settings/webhooks/{id}/deletion
pub async fn delete(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    webhooks::delete(&desk, &visitor.caller, which(&id)?).await?;
    visitor.flash(NoticeView::new(Tone::Good, "The webhook is deleted").with_text("Nothing more is sent to it."));
    Ok(respond::see_other("/settings/webhooks"))
}

fn ask(visitor: &Visitor, step: Step) -> Result<HttpResponse, Failure> {
    respond::page(&WebhookStepPage { layout: visitor.layout(step.title, Place::Webhooks), step })
}

/// Every question about a webhook, for its record.
pub fn steps(webhook: &Webhook) -> Vec<Step> {
    vec![switch_step(webhook), rotation_step(webhook), deletion_step(webhook)]
}

/// What the record offers.
pub fn acts(webhook: &Webhook) -> Vec<ActView> {
    let base = href(webhook.id);
    let act = |word: &str, path: &str, dialog: Option<&str>, warning, note: &str| ActView {
        word: word.to_owned(),
        href: Some(format!("{base}/{path}")),
        dialog: dialog.map(str::to_owned),
        warning,
        note: note.to_owned(),
    };
    let switch = match webhook.is_active() {
        true => act("Switch off", "switch", Some("switch-dialog"), true, "Nothing is sent until it is on again."),
        false => act("Switch on", "switch", Some("switch-dialog"), false, "What waits is sent at once."),
    };
    vec![
        act("Change", "edit", None, false, "Another address, other events."),
        act("New secret", "secret", Some("secret-dialog"), false, "The old one ends, at once or after some hours."),
        switch,
        act("Delete", "deletion", Some("deletion-dialog"), true, "Its log goes with it."),
    ]
}

fn step(webhook: &Webhook) -> Step {
    Step {
        dialog: "",
        action: String::new(),
        keep_href: href(webhook.id),
        title: "",
        text: "",
        url: webhook.url.clone(),
        client: webhook.client_name.clone(),
        notice: NoticeView::new(Tone::Warn, ""),
        keep: "No, keep it as it is",
        yes: "",
        way: "",
        overlaps: Vec::new(),
        overlap: FieldView::default(),
        version: webhook.version,
    }
}

fn switch_step(webhook: &Webhook) -> Step {
    let common = Step { dialog: "switch-dialog", action: format!("{}/switch", href(webhook.id)), ..step(webhook) };
    if webhook.is_active() {
        let notice = NoticeView::new(Tone::Warn, "What happens meanwhile is never told")
            .with_text("Only what was on its way already waits, and is sent when the webhook is on again.");
        let text = "Nothing is sent to it until it is on again.";
        Step { title: "Switch webhook off?", text, notice, yes: "Yes, switch it off", way: "off", ..common }
    } else {
        let reason = webhook.off_reason.clone().unwrap_or_default();
        let notice = NoticeView::new(Tone::Info, "Why it is off").with_text(reason);
        let text = "What waits is sent at once, and changes are told again.";
        Step { title: "Switch webhook on?", text, notice, yes: "Yes, switch it on", way: "on", ..common }
    }
}

fn rotation_step(webhook: &Webhook) -> Step {
    let longest = Rules::of(webhook.dialect).longest_overlap;
    let choices =
        [("0", "Ends at once", 0), ("1", "1 hour", HOUR), ("24", "24 hours", 24 * HOUR), ("168", "7 days", 168 * HOUR)];
    let overlaps = match longest {
        0 => Vec::new(),
        longest => {
            let fit = choices.iter().filter(|(.., overlap)| *overlap <= longest);
            fit.map(|(value, word, _)| OptionView::new(*value, *word)).collect()
        }
    };
    Step {
        dialog: "secret-dialog",
        action: format!("{}/secret", href(webhook.id)),
        title: "Make a new secret?",
        text: "It signs from now on, and you see it once, on the next page.",
        notice: NoticeView::new(Tone::Warn, "The receiver must learn the new secret")
            .with_text("Once the old one has ended, a receiver that knows only that one refuses every request."),
        yes: "Yes, make a new secret",
        overlaps,
        overlap: FieldView::of("24"),
        ..step(webhook)
    }
}

fn deletion_step(webhook: &Webhook) -> Step {
    Step {
        dialog: "deletion-dialog",
        action: format!("{}/deletion", href(webhook.id)),
        title: "Delete webhook?",
        text: "Nothing more is sent to it, and what waits is forgotten.",
        notice: NoticeView::new(Tone::Warn, "This cannot be undone")
            .with_text("Its secrets are gone at once and its log soon after. The audit log keeps who deleted it."),
        keep: "No, keep webhook",
        yes: "Yes, delete webhook",
        ..step(webhook)
    }
}
