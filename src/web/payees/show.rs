//! The record of one payee, with its accounts.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::deletion::{DeletionStep, step};
use super::find;
use crate::domain::payee_account::PayeeAccount;
use crate::domain::staff::Operation;
use crate::service::Desk;
use crate::web::address::with_query;
use crate::web::auth::Visitor;
use crate::web::display::{MoneyText, StatusView, TimeView};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::many;
use crate::web::respond;

/// One payee.
#[derive(Template)]
#[template(path = "payees/show.html")]
pub struct PayeePage {
    pub layout: Layout,
    pub id: String,
    pub name: String,
    /// Said when it is switched off.
    pub status: Option<StatusView>,
    pub email: String,
    /// `Person` or `Business`.
    pub kind: &'static str,
    pub contact_type: String,
    pub reference: String,
    pub phone: String,
    pub country: String,
    pub client: String,
    pub saved: TimeView,
    pub updated: TimeView,
    pub accounts: Vec<AccountRow>,
    /// Said when there may be more accounts than are shown.
    pub more_accounts: bool,
    /// The reader sees bank details in full by a button.
    pub reveals: bool,
    /// The form that adds an account, for those who may.
    pub add_href: Option<String>,
    /// Why none can be added.
    pub no_more: Option<&'static str>,
    /// The confirm step of switching it off or on, for those who may, with the word of its button.
    pub status_href: Option<(String, &'static str)>,
    /// Stops whatever is to be paid to them, for those who may.
    pub freeze_href: Option<String>,
    /// The list of this payee's payouts.
    pub payouts_href: String,
    /// The list of payout links to this payee's email; none without an email.
    pub links_href: Option<String>,
    pub totals: Vec<PayeeTotal>,
    /// The form of a new payout link for this payee, for those who may.
    pub link_href: Option<String>,
    /// The form of a new payout to this payee, for those who may.
    pub make_href: Option<String>,
    /// The confirm step of deleting it, for those who may.
    pub deletion: Option<DeletionStep>,
}

/// One account on the payee's record.
#[derive(Clone, Debug)]
pub struct AccountRow {
    /// Masked.
    pub label: String,
    /// What sort of account it is, and whose when that was said.
    pub sort: String,
    pub country: String,
    pub currency: String,
    pub status: StatusView,
    /// Which one is paid unless another is chosen.
    pub is_default: bool,
    pub added: TimeView,
    /// Shows it in full, for those who may.
    pub reveal: Option<String>,
    /// The confirm step of switching it off or on, for those who may change payees.
    pub status_href: Option<String>,
    pub deletion_href: Option<String>,
}

/// What was paid to one payee in one currency.
#[derive(Clone, Debug)]
pub struct PayeeTotal {
    /// Grouped.
    pub payouts: String,
    pub money: MoneyText,
    pub last: TimeView,
}

/// GET /payees/{id}
pub async fn show(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let line = find(&visitor, &desk, &id).await?;
    let payee = &line.payee;
    let totals = line.totals.iter().map(|total| PayeeTotal {
        payouts: many(total.payouts as usize, "payout", "payouts"),
        money: total.amount().into(),
        last: visitor.zone.on(total.last_payout_at),
    });
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (changes, active) = (visitor.may(Operation::ChangePayees), payee.is_active());
    let home = format!("/payees/{}", payee.id);
    let first = line.account().map(|account| account.id);
    respond::page(&PayeePage {
        layout: visitor.layout(payee.name(), Place::Payees),
        id: payee.id.to_string(),
        name: payee.name(),
        status: (!active).then_some(OFF),
        email: text(&payee.email),
        kind: payee.kind.map_or("", |kind| kind.words()),
        contact_type: text(&payee.contact_type),
        reference: text(&payee.reference),
        phone: text(&payee.phone),
        country: text(&payee.country),
        client: line.client_name.clone(),
        saved: visitor.zone.on(payee.saved_at.unwrap_or_else(|| payee.id.created_at())),
        updated: visitor.zone.on(payee.updated_at),
        accounts: line
            .accounts
            .iter()
            .map(|account| AccountRow { is_default: active && Some(account.id) == first, ..row(&visitor, account) })
            .collect(),
        more_accounts: line.accounts.len() >= crate::store::payees::ACCOUNTS,
        reveals: visitor.may(Operation::RevealAccounts),
        add_href: (changes && active).then(|| format!("{home}/accounts/new")),
        no_more: (changes && !active).then_some("Switched off: it gets no new payouts and no new accounts."),
        status_href: changes.then(|| (format!("{home}/status"), if active { "Switch off" } else { "Switch on" })),
        freeze_href: visitor.may(Operation::Freeze).then(|| format!("/freezes/new?scope=payee&subject={}", payee.id)),
        payouts_href: format!("/payouts?payee={}", payee.id),
        links_href: payee.email.as_ref().map(|email| with_query("/payout-links", &[("q", email)])),
        totals: totals.collect(),
        link_href: (active && visitor.may(Operation::MakeLink))
            .then(|| format!("/payout-links/new?payee={}", payee.id)),
        make_href: (active && visitor.may(Operation::MakePayout)).then(|| format!("/payouts/new?payee={}", payee.id)),
        deletion: changes.then(|| step(&line)),
    })
}

const OFF: StatusView = StatusView { class: "s-cancelled", word: "Switched off" };
const ON: StatusView = StatusView { class: "s-completed", word: "In use" };

fn row(visitor: &Visitor, account: &PayeeAccount) -> AccountRow {
    let href = format!("/payees/{}/accounts/{}", account.payee_id, account.id);
    let changes = visitor.may(Operation::ChangePayees);
    let sort = match &account.holder_name {
        Some(holder) => format!("{} of {holder}", account.kind.words()),
        None => account.kind.words().to_owned(),
    };
    AccountRow {
        label: super::accounts::label(account),
        sort,
        country: account.country.clone().unwrap_or_default(),
        currency: account.currency.map_or("", |currency| currency.code()).to_owned(),
        status: if account.is_active() { ON } else { OFF },
        is_default: false,
        added: visitor.zone.on(account.id.created_at()),
        reveal: visitor.may(Operation::RevealAccounts).then(|| href.clone()),
        status_href: changes.then(|| format!("{href}/status")),
        deletion_href: changes.then(|| format!("{href}/deletion")),
    }
}
