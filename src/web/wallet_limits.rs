//! A looser approval limit of a wallet, which one admin asks for and another one agrees to.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::approval_words::{may_not, who_agrees};
use super::auth::Visitor;
use super::csrf::Posted;
use super::display::{NoticeView, OptionView, Tone};
use super::failure::Failure;
use super::layout::{Layout, Place};
use super::payouts::changed;
use super::respond;
use super::wallet_settings::wallet_number;
use crate::domain::money::{Currency, Money};
use crate::domain::payout::Refusal;
use crate::error::Error;
use crate::service::wallet_limits::{self, Answer};
use crate::service::{Desk, second_admin, wallets};
use crate::store::limit_changes::LimitLine;

/// What is asked for, and the answer of another admin.
#[derive(Template)]
#[template(path = "wallets/limit.html")]
pub struct LimitPage {
    pub layout: Layout,
    pub notice: Option<NoticeView>,
    pub wallet: String,
    /// The wallet's address.
    pub href: String,
    pub action: String,
    /// Label and text of what would change, and of who asks.
    pub facts: Vec<OptionView>,
    /// Names what was shown.
    pub version: i64,
    pub may_agree: bool,
}

/// What the page sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LimitForm {
    /// `agree` or `keep`.
    decision: String,
    version: String,
}

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/wallets/{number}/limit").route(web::get().to(show)).route(web::post().to(answer)));
}

/// GET /wallets/{number}/limit
pub async fn show(visitor: Visitor, desk: web::Data<Desk>, number: web::Path<String>) -> Result<HttpResponse, Failure> {
    match page(&visitor, &desk, wallet_number(&number)?, None).await? {
        Some(page) => respond::page(&page),
        // Nothing waits: the limit stands among the settings.
        None => Ok(respond::see_other(&format!("/wallets/{number}/settings"))),
    }
}

/// POST /wallets/{number}/limit
pub async fn answer(
    visitor: Visitor,
    desk: web::Data<Desk>,
    number: web::Path<String>,
    form: Posted<LimitForm>,
) -> Result<HttpResponse, Failure> {
    let number = wallet_number(&number)?;
    let form = form.into_inner();
    let answer = match form.decision.as_str() {
        "agree" => Answer::Agree,
        "keep" => Answer::Keep,
        _ => return Err(Failure::BadForm),
    };
    match wallet_limits::answer(&desk, &visitor.caller, number, answer, form.version.parse().ok()).await {
        Ok(_) => {
            let title = match answer {
                Answer::Agree => "The new limit counts from now on",
                Answer::Keep => "The limit stays as it is",
            };
            visitor.flash(NoticeView::new(Tone::Good, title));
            Ok(respond::see_other(&format!("/wallets/{number}?part=about")))
        }
        Err(Error::Refused(refusal)) => match page(&visitor, &desk, number, Some(&refusal)).await? {
            Some(page) => respond::conflict(&page),
            None => Err(Error::Refused(refusal).into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// The address of what is asked for.
pub fn href(number: i64) -> String {
    format!("/wallets/{number}/limit")
}

/// An amount, or that there is no limit.
pub fn limit(minor: Option<i64>, currency: Currency) -> String {
    minor.map_or_else(|| "No limit".to_owned(), |minor| Money::new(minor, currency).to_string())
}

/// What waits for the wallet.
pub fn notice(line: &LimitLine) -> NoticeView {
    let wanted = line.change.after_minor.map(|minor| Money::new(minor, line.currency).to_string());
    NoticeView::new(Tone::Info, "A looser approval limit waits for another admin").with_text(format!(
        "{} asks for {} in place of {}. Nothing changes before somebody else agrees.",
        line.asker_name,
        wanted.as_deref().unwrap_or("no limit"),
        limit(line.change.before_minor, line.currency)
    ))
}

async fn page(
    visitor: &Visitor,
    desk: &Desk,
    number: i64,
    refusal: Option<&Refusal>,
) -> Result<Option<LimitPage>, Error> {
    let wallet = wallets::get(desk, &visitor.caller, number).await?;
    let Some(line) = wallet_limits::waiting(desk, &visitor.caller, &wallet).await? else { return Ok(None) };
    let agreement = second_admin::agreement(desk, &visitor.caller, line.change.asked_by).await?;
    let mut layout = visitor.layout(format!("Approval limit of {}", wallet.name), Place::Wallets);
    layout.failed = refusal.is_some();
    let money = |minor| limit(minor, line.currency);
    Ok(Some(LimitPage {
        layout,
        notice: refusal.map(changed).or_else(|| agreement.may.as_ref().err().map(may_not)),
        href: format!("/wallets/{number}"),
        action: href(number),
        version: line.change.asked_at,
        may_agree: agreement.may.is_ok(),
        facts: vec![
            OptionView::new("Wallet", format!("{} of {}", wallet.name, line.client_name)),
            OptionView::new("Limit now", money(wallet.approval_limit_minor)),
            OptionView::new("Limit asked for", money(line.change.after_minor)),
            OptionView::new(
                "Asked for by",
                format!("{}, {}", line.asker_name, visitor.zone.full(line.change.asked_at).shown),
            ),
            OptionView::new("Who can agree", who_agrees(&agreement)),
        ],
        wallet: wallet.name,
    }))
}
