//! The pages of payouts: find, see, make, approve, cancel, reverse, and cancel several at once.

pub mod acts;
pub mod approval;
pub mod cancel;
pub mod cancel_step;
pub mod export;
pub mod index;
pub mod new;
mod new_errors;
pub mod new_payee;
pub mod query;
pub mod record;
pub mod reversal;
pub mod reverse;
pub mod reverse_plan;
pub mod selection;
pub mod selection_result;
pub mod show;
pub mod story;

use actix_web::web;

use crate::domain::ids::PayoutId;
use crate::domain::payout::{Refusal, Rule};
use crate::error::Error;

use super::display::{
    ActView, BalanceView, FieldView, MoneyText, NoticeView, OptionView, StatusView, SumView, TimeView, Tone,
};
use super::words;

/// The addresses of this folder.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/payouts").route(web::get().to(index::index)).route(web::post().to(new::create)))
        .service(web::resource("/payouts/new").route(web::get().to(new::new)))
        .service(web::resource("/payouts/selection").route(web::post().to(selection::preview)))
        .service(web::resource("/payouts/selection/cancel").route(web::post().to(selection::cancel)))
        .service(web::resource("/payouts/selection/result").route(web::get().to(selection_result::show)))
        .service(web::resource("/payouts/export.csv").route(web::get().to(export::show)))
        .service(web::resource("/payouts/{id:[^./]+}").route(web::get().to(show::show)))
        .service(
            web::resource("/payouts/{id:[^./]+}/cancel")
                .route(web::get().to(cancel::new))
                .route(web::post().to(cancel::create)),
        )
        .service(web::resource("/payouts/{id:[^./]+}/cancellation").route(web::get().to(cancel::show)))
        .service(
            web::resource("/payouts/{id:[^./]+}/approval")
                .route(web::get().to(approval::show))
                .route(web::post().to(approval::create)),
        )
        .service(
            web::resource("/payouts/{id:[^./]+}/reverse")
                .route(web::get().to(reverse::new))
                .route(web::post().to(reverse::create)),
        )
        .service(web::resource("/payouts/{id:[^./]+}/reversals/{reversal}").route(web::get().to(reversal::show)));
}

/// Address and name of the list.
const LIST: (&str, &str) = ("/payouts", "Payouts");

/// Reads an id from an address; what is no id names no payout.
fn payout_id(text: &str) -> Result<PayoutId, Error> {
    text.parse().map_err(|_| Error::NotFound("Payout"))
}

/// A fresh idempotency key for a form: sending the same form twice does its work once.
pub fn form_key() -> String {
    let random: u128 = rand::random();
    format!("page-{random:032x}")
}

/// The notice on a form that was refused because the facts changed.
pub fn changed(refusal: &Refusal) -> NoticeView {
    let text = "Look at the facts below as they are now, then decide again.";
    match refusal.rule {
        Rule::Stale => NoticeView::new(Tone::Warn, "This record changed while you were reading").with_text(text),
        _ => NoticeView::new(Tone::Warn, words::why_not(refusal)).with_text(refusal.instead.as_deref().unwrap_or(text)),
    }
}

/// The head of a payout's record.
#[derive(Clone, Debug)]
pub struct PayoutHead {
    pub id: String,
    /// What the page is for, before the reference in the hidden part of the heading: `Payout` or `Approve payout`.
    pub verb: &'static str,
    pub reference: String,
    pub payee: String,
    pub status: StatusView,
    pub money: MoneyText,
    /// Without the code.
    pub fees: String,
    pub total: MoneyText,
    /// What the payee gets, when it is another currency.
    pub destination: Option<MoneyText>,
    /// The record can be printed from here.
    pub on_record: bool,
    /// The first action offered, beside the head.
    pub act: Option<ActView>,
}

/// The facts of a payout.
#[derive(Clone, Debug)]
pub struct PayoutFacts {
    pub payee: String,
    /// When the payee is saved and has a page.
    pub payee_href: Option<String>,
    pub payee_email: String,
    /// Masked, for example `US account •• 4417`.
    pub account: String,
    pub description: String,
    pub reference: String,
    /// Address and short id of the payout link that was claimed for it.
    pub link: Option<(String, String)>,
    pub wallet: String,
    pub wallet_href: String,
    pub client: String,
    pub provider: String,
    /// The provider's reference, or that it has none yet.
    pub provider_note: String,
    pub exchange: Option<String>,
    pub created: TimeView,
    pub created_by: String,
    pub approval: Option<String>,
    pub failure: Option<String>,
    /// How much can be reversed and how much has been.
    pub reversible: String,
}

/// The confirm step of cancelling a payout or a payout link: the plan, and what is asked.
#[derive(Clone, Debug)]
pub struct CancelStep {
    /// Address and name of the list that the record stands in.
    pub list: OptionView,
    /// The breadcrumb's last word, for example `Cancel`.
    pub crumb: &'static str,
    pub action: String,
    /// `cancel` now, or `ask` the provider.
    pub mode: &'static str,
    pub title: &'static str,
    /// One sentence of what happens.
    pub lead: String,
    pub keep_href: String,
    pub keep: &'static str,
    pub yes: &'static str,
    pub key: String,
    pub version: i64,
    /// `Payee` or `Recipient`.
    pub who: &'static str,
    pub payee: String,
    pub account: String,
    pub reference: String,
    pub sum: SumView,
    pub balance: BalanceView,
    pub notice: NoticeView,
    /// That it was asked before, and what came of it.
    pub earlier: Option<NoticeView>,
    pub reason: FieldView,
    pub reasons: Vec<OptionView>,
    pub note: FieldView,
    /// What may still fail.
    pub help: Vec<String>,
}
