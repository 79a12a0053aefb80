//! Sending a link's address to its recipient again.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::cancel::refused;
use super::carriers::Carriers;
use super::record::{Told, channels};
use super::{link_id, name};
use crate::domain::message::Channel;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::payout_link::PayoutLink;
use crate::error::Error;
use crate::service::Desk;
use crate::service::links::{self, Shown};
use crate::service::messages;
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{NoticeView, OptionView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::links::record::MessageRow;
use crate::web::payouts::form_key;
use crate::web::{respond, words};

/// Where it would go, and what became of what was sent before.
#[derive(Template)]
#[template(path = "links/messages.html")]
pub struct ResendPage {
    pub layout: Layout,
    pub changed: Option<NoticeView>,
    pub record_href: String,
    pub name: String,
    /// Channel and address.
    pub to: Vec<OptionView>,
    /// Why it does not go out to all of them.
    pub missing: Option<NoticeView>,
    pub deliveries: Vec<MessageRow>,
    pub deliveries_note: &'static str,
    pub key: String,
    pub version: i64,
}

/// What it sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ResendForm {
    version: String,
    idempotency_key: String,
}

/// GET /payout-links/{id}/messages
pub async fn new(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let shown = links::show(&desk, &visitor.caller, link_id(&id)?).await?;
    match offer(&shown) {
        Ok(()) => respond::page(&page(&visitor, &desk, &shown, None).await?),
        Err(refusal) => respond::page(&refused(&visitor, &shown, &refusal, "Send again")),
    }
}

/// POST /payout-links/{id}/messages
pub async fn create(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<ResendForm>,
) -> Result<HttpResponse, Failure> {
    let id = link_id(&id)?;
    let form = form.into_inner();
    let version = form.version.parse().ok();
    match links::resend(&desk, &visitor.caller, id, version, Some(&form.idempotency_key)).await {
        Ok(answered) => {
            visitor.flash(again(&desk, &answered.value.link));
            Ok(respond::see_other(&format!("/payout-links/{id}")))
        }
        Err(Error::Refused(refusal)) => {
            let shown = links::show(&desk, &visitor.caller, id).await?;
            match offer(&shown) {
                Ok(()) => respond::conflict(&page(&visitor, &desk, &shown, Some(&refusal)).await?),
                Err(refusal) => respond::conflict(&refused(&visitor, &shown, &refusal, "Send again")),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// What was asked for, as far as it can be done.
fn again(desk: &Desk, link: &PayoutLink) -> NoticeView {
    let ways = channels(link);
    let goes = |channel| ways.iter().any(|(way, _)| *way == channel);
    let (carriers, email, sms) = (Carriers::of(desk), goes(Channel::Email), goes(Channel::Sms));
    let text = "What became of it stands under the messages of this payout link.";
    match (carriers.ways(email, sms), carriers.missing(email, sms)) {
        (None, Some(why)) => NoticeView::new(Tone::Warn, "It could not be sent").with_text(why),
        (_, Some(why)) => NoticeView::new(Tone::Good, "It is being sent again").with_text(format!("{why} {text}")),
        (_, None) => NoticeView::new(Tone::Good, "It is being sent again").with_text(text),
    }
}

/// Why this reader may not send it, or that there is nowhere to send it.
fn offer(shown: &Shown) -> Result<(), Refusal> {
    shown.acts.resend.clone()?;
    if channels(&shown.detail.record.link).is_empty() {
        return Err(Refusal::new(
            Rule::WrongState,
            "There is no email address, and no phone number with its country’s code.",
        )
        .instead("Copy its address and hand it over yourself."));
    }
    Ok(())
}

async fn page(visitor: &Visitor, desk: &Desk, shown: &Shown, refusal: Option<&Refusal>) -> Result<ResendPage, Error> {
    let link = &shown.detail.record.link;
    let messages = messages::about(desk, &link.id.to_string()).await?;
    let told = Told { detail: &shown.detail, messages: &messages, zone: visitor.zone, now: visitor.now };
    let mut layout = visitor.layout(format!("Send {} again", name(link)), Place::Links);
    layout.failed = refusal.is_some();
    let (carriers, ways) = (Carriers::of(desk), channels(link));
    let goes = |channel| ways.iter().any(|(way, _)| *way == channel);
    Ok(ResendPage {
        layout,
        changed: refusal.map(|refusal| {
            let text = refusal.instead.clone().unwrap_or_else(|| "Look at it as it is now.".to_owned());
            NoticeView::new(Tone::Warn, refusal.reason.clone()).with_text(text)
        }),
        record_href: format!("/payout-links/{}", link.id),
        name: name(link),
        to: channels(link).into_iter().map(|(channel, to)| OptionView::new(words::channel(channel), to)).collect(),
        missing: carriers.missing(goes(Channel::Email), goes(Channel::Sms)).map(|why| {
            NoticeView::new(Tone::Warn, why).with_text("You can copy the address and hand it over yourself.")
        }),
        deliveries: told.deliveries(),
        deliveries_note: told.deliveries_note(),
        key: form_key(),
        version: link.version,
    })
}
