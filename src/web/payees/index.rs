//! The list of saved payees.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::domain::money::group;
use crate::domain::staff::Operation;
use crate::service::payees::PayeeQuery;
use crate::service::{Desk, payees, wallets};
use crate::store::payees::PayeeLine;
use crate::store::wallets::Client;
use crate::web::address::encode;
use crate::web::auth::Visitor;
use crate::web::display::{ChipView, FieldView, MoneyText, OptionView, PagerView, TimeView};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::many;
use crate::web::respond;

/// Payees on one page.
const ROWS: usize = 50;

/// Saved payees.
#[derive(Template)]
#[template(path = "payees/index.html")]
pub struct PayeesPage {
    pub layout: Layout,
    pub may_change: bool,
    pub q: FieldView,
    pub client: FieldView,
    pub clients: Vec<OptionView>,
    pub chips: Vec<ChipView>,
    pub rows: Vec<PayeeRow>,
    pub pager: PagerView,
    /// Said when the search leaves nothing; `None` when no payee is saved at all.
    pub nothing_matches: Option<String>,
}

/// One payee in the list.
#[derive(Clone, Debug)]
pub struct PayeeRow {
    pub href: String,
    pub name: String,
    pub email: String,
    /// Switched off.
    pub off: bool,
    /// Masked, for example `US account •• 4417`; empty when none is in use.
    pub account: String,
    /// How many more are in use, in words; empty when there are none.
    pub more: String,
    pub client: String,
    /// Grouped.
    pub payouts: String,
    /// One total per currency.
    pub totals: Vec<MoneyText>,
    pub last: Option<TimeView>,
}

/// What the list's address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct IndexQuery {
    /// The start of an email, a reference or a part of a name, or a whole account number.
    q: String,
    /// A client's number.
    client: String,
    /// Older than this payee.
    before: String,
}

/// GET /payees
pub async fn index(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<IndexQuery>,
) -> Result<HttpResponse, Failure> {
    let (q, client) = (query.q.trim(), query.client.trim());
    let before = query.before.parse().ok();
    // A number that cannot be read names no client.
    let number = (!client.is_empty()).then(|| client.parse().unwrap_or(0));
    let wanted = PayeeQuery { search: Some(q), client: number, ..PayeeQuery::default() };
    let (lines, older) = payees::list(&desk, &visitor.caller, &wanted, before, ROWS).await?;
    let clients = wallets::clients(&desk, &visitor.caller).await?;
    let older = older.map(|older| older.to_string()).unwrap_or_default();
    respond::page(&PayeesPage {
        layout: visitor.layout("Payees", Place::Payees),
        may_change: visitor.may(Operation::ChangePayees),
        q: FieldView::of(q),
        client: FieldView::of(client),
        chips: chips(q, client, &clients),
        clients: clients.iter().map(|client| OptionView::new(client.number.to_string(), &client.name)).collect(),
        pager: PagerView {
            shown: format!("{}, newest first", many(lines.len(), "payee", "payees")),
            newer: before.map(|_| address(q, client, "")),
            older: (!older.is_empty()).then(|| address(q, client, &older)),
        },
        nothing_matches: nothing(q, client),
        rows: lines.iter().map(|line| row(&visitor, line)).collect(),
    })
}

/// The list's address with these filters, from this payee on.
fn address(q: &str, client: &str, before: &str) -> String {
    let parts: Vec<String> = [("q", q), ("client", client), ("before", before)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    if parts.is_empty() { "/payees".to_owned() } else { format!("/payees?{}", parts.join("&")) }
}

fn chips(q: &str, client: &str, clients: &[Client]) -> Vec<ChipView> {
    let mut chips = Vec::new();
    if !q.is_empty() {
        chips.push(ChipView { word: format!("Found by “{q}”"), remove_href: address("", client, "") });
    }
    if !client.is_empty() {
        let named = clients.iter().find(|known| known.number.to_string() == client);
        let name = named.map_or(client, |known| known.name.as_str());
        chips.push(ChipView { word: format!("Client: {name}"), remove_href: address(q, "", "") });
    }
    chips
}

fn nothing(q: &str, client: &str) -> Option<String> {
    match (q.is_empty(), client.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("No saved payee is found by “{q}”")),
        (true, false) => Some("No payee of this client is saved".to_owned()),
        (false, false) => Some(format!("No saved payee of this client is found by “{q}”")),
    }
}

fn row(visitor: &Visitor, line: &PayeeLine) -> PayeeRow {
    let payouts: i64 = line.totals.iter().map(|total| total.payouts).sum();
    let last = line.totals.iter().map(|total| total.last_payout_at).max();
    let more = line.active_accounts().count().saturating_sub(1);
    PayeeRow {
        href: format!("/payees/{}", line.payee.id),
        name: line.payee.name(),
        email: line.payee.email.clone().unwrap_or_else(|| "No email".to_owned()),
        off: !line.payee.is_active(),
        account: line.account().map(super::accounts::label).unwrap_or_default(),
        more: if more == 0 { String::new() } else { format!("and {}", many(more, "more account", "more accounts")) },
        client: line.client_name.clone(),
        payouts: group(payouts.unsigned_abs()),
        totals: line.totals.iter().map(|total| total.amount().into()).collect(),
        last: last.map(|last| visitor.zone.short(last, visitor.now)),
    }
}
