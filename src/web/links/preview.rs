//! What the recipient of a link is told, for staff to read: nothing on this page can claim it.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::{link_id, name};
use crate::domain::payout_link::{PayoutLink, State};
use crate::service::Desk;
use crate::service::links;
use crate::web::auth::Visitor;
use crate::web::display::{MoneyText, NoticeView, OptionView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::{respond, words};

/// The recipient's facts in a frame that says whose page this is.
#[derive(Template)]
#[template(path = "links/preview.html")]
pub struct PreviewPage {
    pub layout: Layout,
    pub record_href: String,
    pub name: String,
    /// That it is open, or what whoever opens it reads instead.
    pub state: NoticeView,
    pub client: String,
    pub money: MoneyText,
    /// Label and text.
    pub facts: Vec<OptionView>,
    pub open: bool,
}

/// GET /payout-links/{id}/preview
pub async fn show(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let record = links::get(&desk, &visitor.caller, link_id(&id)?).await?;
    let link = &record.link;
    let mut facts = vec![OptionView::new("For", link.contact_name.clone())];
    let mut add = |label: &str, text: Option<&str>| {
        facts.extend(text.map(|text| OptionView::new(label, text)));
    };
    add("What for", link.description.as_deref().or(link.purpose.as_deref()));
    add("Reference", link.reference.as_deref().or(link.receipt.as_deref()));
    let until = link.expire_by.map(|end| visitor.zone.full(end).shown);
    add("Open until", until.as_deref());
    add("Paid to", Some(&words::methods(&link.payout_methods)));
    respond::page(&PreviewPage {
        layout: visitor.layout(format!("What the recipient of {} is told", name(link)), Place::Links),
        record_href: format!("/payout-links/{}", link.id),
        name: name(link),
        state: state(link, visitor.now),
        client: record.client_name.clone(),
        money: link.amount().into(),
        facts,
        open: link.state == State::Issued && !link.has_run_out(visitor.now),
    })
}

/// The same rule that the recipient's page asks.
fn state(link: &PayoutLink, now: i64) -> NoticeView {
    match link.check(crate::domain::payout_link::Step::Claim, now) {
        Ok(_) => NoticeView::new(Tone::Info, "It can be claimed now").with_text(
            "Opening it claims nothing. The recipient gives bank details, reads everything back, and agrees.",
        ),
        Err(refusal) => NoticeView::new(Tone::Warn, "Whoever opens it now cannot claim it").with_text(refusal.reason),
    }
}
