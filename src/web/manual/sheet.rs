//! What somebody has taken, to be printed or read by the bank's program.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use askama::Template;

use super::{href, reference};
use crate::domain::money::Money;
use crate::service::Desk;
use crate::service::manual::{self, MOST_TAKEN, Slip};
use crate::web::auth::Visitor;
use crate::web::display::MoneyText;
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::respond;

/// The list.
#[derive(Template)]
#[template(path = "manual/sheet.html")]
pub struct SheetPage {
    pub layout: Layout,
    pub rows: Vec<SlipRow>,
    pub sums: Vec<MoneyText>,
    /// There may be more than are shown.
    pub full: bool,
}

#[derive(Clone, Debug)]
pub struct SlipRow {
    pub href: String,
    pub payee: String,
    pub reference: String,
    pub money: MoneyText,
    /// Label and text of each part of the bank details.
    pub account: Vec<(String, String)>,
    pub wallet: String,
    pub client: String,
}

/// GET /manual/takings
pub async fn show(visitor: Visitor, desk: web::Data<Desk>) -> Result<HttpResponse, Failure> {
    let slips = manual::slips(&desk, &visitor.caller).await?;
    let mut sums: Vec<Money> = Vec::new();
    for amount in slips.iter().map(|slip| slip.line.destination()) {
        match sums.iter_mut().find(|sum| sum.currency == amount.currency) {
            Some(sum) => sum.minor = sum.minor.saturating_add(amount.minor),
            None => sums.push(amount),
        }
    }
    respond::page(&SheetPage {
        layout: visitor.layout("What you have taken", Place::Manual),
        full: slips.len() >= MOST_TAKEN,
        rows: slips.iter().map(row).collect(),
        sums: sums.into_iter().map(MoneyText::from).collect(),
    })
}

/// GET /manual/takings.csv
pub async fn export(visitor: Visitor, desk: web::Data<Desk>) -> Result<HttpResponse, Failure> {
    let slips = manual::slips(&desk, &visitor.caller).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"taken.csv\""))
        .body(manual::sheet(&slips)?))
}

fn row(slip: &Slip) -> SlipRow {
    let line = &slip.line;
    SlipRow {
        href: href(line.id),
        payee: line.payee_name(),
        reference: reference(&line.reference_id, line.id),
        money: line.destination().into(),
        account: slip.account.clone(),
        wallet: line.wallet_name.clone(),
        client: line.client_name.clone(),
    }
}
