//! The pages of payout links: find, see, issue, approve, send again, extend, replace and cancel.

pub mod acts;
pub mod approval;
pub mod cancel;
pub mod cancel_step;
pub mod carriers;
pub mod export;
pub mod extend;
pub mod form;
pub mod index;
pub mod new;
pub mod preview;
pub mod qr;
pub mod query;
pub mod record;
pub mod resend;
pub mod review;
pub mod show;
pub mod story;

use actix_web::web;

use crate::domain::ids::PayoutLinkId;
use crate::domain::payout_link::{PayoutLink, id_spelled};
use crate::error::Error;

use super::display::{ActView, MoneyText, StatusView, TimeView};

/// The addresses of this folder.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/payout-links").route(web::get().to(index::index)).route(web::post().to(new::create)))
        .service(web::resource("/payout-links/new").route(web::get().to(new::new)))
        .service(web::resource("/payout-links/export.csv").route(web::get().to(export::show)))
        .service(web::resource("/payout-links/{id:[^./]+}").route(web::get().to(show::show)))
        .service(web::resource("/payout-links/{id:[^./]+}/preview").route(web::get().to(preview::show)))
        .service(
            web::resource("/payout-links/{id:[^./]+}/account")
                .route(web::get().to(show::hidden))
                .route(web::post().to(show::reveal)),
        )
        .service(
            web::resource("/payout-links/{id:[^./]+}/cancel")
                .route(web::get().to(cancel::new))
                .route(web::post().to(cancel::create)),
        )
        .service(web::resource("/payout-links/{id:[^./]+}/cancellation").route(web::get().to(cancel::show)))
        .service(
            web::resource("/payout-links/{id:[^./]+}/replacement")
                .route(web::get().to(cancel::replacement))
                .route(web::post().to(cancel::replace)),
        )
        .service(
            web::resource("/payout-links/{id:[^./]+}/extension")
                .route(web::get().to(extend::new))
                .route(web::post().to(extend::create)),
        )
        .service(
            web::resource("/payout-links/{id:[^./]+}/messages")
                .route(web::get().to(resend::new))
                .route(web::post().to(resend::create)),
        )
        .service(
            web::resource("/payout-links/{id:[^./]+}/approval")
                .route(web::get().to(approval::show))
                .route(web::post().to(approval::create)),
        );
}

/// Address and name of the list.
const LIST: (&str, &str) = ("/payout-links", "Payout links");

/// Reads an id from an address, in any of its spellings; what is no id names no payout link.
fn link_id(text: &str) -> Result<PayoutLinkId, Error> {
    id_spelled(text).ok_or(Error::NotFound("Payout link"))
}

/// What a link is called among others: its reference, its receipt, or the end of its id.
fn name(link: &PayoutLink) -> String {
    link.reference.clone().or_else(|| link.receipt.clone()).unwrap_or_else(|| link.id.short())
}

/// The head of a link's record.
#[derive(Clone, Debug)]
pub struct LinkHead {
    pub id: String,
    /// What the page is for, before the name in the hidden part of the heading: `Payout link` or `Approve payout link`.
    pub verb: &'static str,
    pub name: String,
    pub recipient: String,
    pub status: StatusView,
    pub money: MoneyText,
    /// Without the code.
    pub fees: String,
    pub total: MoneyText,
    /// The record can be printed from here.
    pub on_record: bool,
    /// The first action offered, beside the head.
    pub act: Option<ActView>,
}

/// The facts of a link.
#[derive(Clone, Debug)]
pub struct LinkFacts {
    pub recipient: String,
    /// `customer`, `vendor` or a word of the client's own.
    pub kind: String,
    /// The saved payee that it was made for.
    pub payee_href: Option<String>,
    pub email: String,
    pub phone: String,
    pub purpose: String,
    pub description: String,
    pub reference: String,
    pub receipt: String,
    /// Each note as `name: value`.
    pub notes: Vec<String>,
    pub wallet: String,
    pub wallet_href: String,
    pub client: String,
    pub methods: String,
    pub transfer_reason: Option<String>,
    /// When it expires, or that it does not.
    pub expires: Option<TimeView>,
    /// Added to it, for example `in 6 h 20 min`.
    pub expires_note: String,
    /// Which messages are wanted.
    pub messages: String,
    pub saves: &'static str,
    pub created: TimeView,
    pub created_by: String,
    pub approval: Option<String>,
    pub request_id: Option<String>,
    /// Address and name of the link that this one was issued in place of, and of the one in place of this.
    pub replaces: Option<(String, String)>,
    pub replaced_by: Option<(String, String)>,
}
