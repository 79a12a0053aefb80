//! What the recipient of a link is told, for staff to read: nothing on this page can claim it.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::{link_id, name};
use crate::domain::payout_link::{PayoutLink, Step};
use crate::service::Desk;
use crate::service::links;
use crate::service::recipients::{Proof, proof};
use crate::web::auth::Visitor;
use crate::web::claim::offer::OfferView;
use crate::web::display::{NoticeView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::listed;
use crate::web::respond;

/// The recipient's offer in a frame that says whose page this is.
#[derive(Template)]
#[template(path = "links/preview.html")]
pub struct PreviewPage {
    pub layout: Layout,
    pub record_href: String,
    pub name: String,
    /// That it can be claimed, and what the recipient is asked first; or what whoever opens it reads instead.
    pub state: NoticeView,
    /// The same words as on the recipient's page; none when that page does not show them.
    pub offer: Option<OfferView>,
}

/// GET /payout-links/{id}/preview
pub async fn show(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let record = links::get(&desk, &visitor.caller, link_id(&id)?).await?;
    let link = &record.link;
    let proof = proof(&desk, link);
    // The same rule that the recipient's page asks.
    let claim = link.check(Step::Claim, visitor.now);
    respond::page(&PreviewPage {
        layout: visitor.layout(format!("What the recipient of {} is told", name(link)), Place::Links),
        record_href: format!("/payout-links/{}", link.id),
        name: name(link),
        offer: claim.is_ok().then(|| OfferView::of(&record, visitor.now, proof != Proof::Receipt)),
        state: match claim {
            Ok(_) => NoticeView::new(Tone::Info, "For you to read: nothing here can be claimed")
                .with_text(format!("{} They then give bank details, read everything back, and agree.", asked(&proof))),
            Err(refusal) => {
                NoticeView::new(Tone::Warn, "Whoever opens it now cannot claim it").with_text(refusal.reason)
            }
        },
    })
}

/// What somebody who opens the address needs besides it to claim the link.
pub fn needed(desk: &Desk, link: &PayoutLink) -> String {
    asked(&proof(desk, link))
}

fn asked(proof: &Proof) -> String {
    match proof {
        Proof::Code(ways) => {
            let ways: Vec<&str> = ways.iter().map(|way| way.shown.as_str()).collect();
            format!(
                "To claim it, they need a one-time code that is sent to {}.",
                listed(&ways, 2).replace(" and ", " or ")
            )
        }
        Proof::Receipt => "To claim it, they need the last digits of the receipt.".to_owned(),
        Proof::Nothing => "No code can be sent, so whoever has the address can claim it.".to_owned(),
        Proof::Impossible => {
            "It cannot be claimed as it is: no code can be sent, and there is no receipt to ask for.".to_owned()
        }
    }
}
