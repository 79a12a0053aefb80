//! A wallet's statement: its filter, its lines, and the same as a file.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use crate::domain::ledger::Kind;
use crate::domain::money::{Money, group};
use crate::error::FieldError;
use crate::service::statements::{Statement, StatementQuery};
use crate::service::{Desk, exports};
use crate::store::wallets::StatementLine;
use crate::web::address::encode;
use crate::web::auth::Visitor;
use crate::web::display::{ChipView, FieldView, MoneyText, OptionView, PagerView, TimeView};
use crate::web::failure::Failure;
use crate::web::numbers::many;
use crate::web::respond;
use crate::web::wallet_settings::wallet_number;

/// Lines of a statement on one page.
pub(super) const LINES: usize = 50;

/// The statement with its filter.
#[derive(Clone, Debug)]
pub struct StatementView {
    /// The statement without any filter.
    pub href: String,
    pub kind: FieldView,
    pub kinds: Vec<OptionView>,
    pub from: FieldView,
    pub to: FieldView,
    pub chips: Vec<ChipView>,
    /// The export of exactly these lines; none when there are none.
    pub export_href: Option<String>,
    pub rows: Vec<StatementRow>,
    pub pager: PagerView,
    /// Said when the filter leaves nothing; `None` when no money has moved at all.
    pub nothing_matches: Option<&'static str>,
}

/// One ledger transaction as the wallet's owner reads it. Amounts are without the code.
#[derive(Clone, Debug)]
pub struct StatementRow {
    pub time: TimeView,
    /// For example `Refund of a cancelled payout`.
    pub entry: &'static str,
    /// The entry's place in its payout's ledger, or the record of a top-up.
    pub href: Option<String>,
    /// Grouped number of the ledger transaction.
    pub number: String,
    /// What it was for, and the payout's reference where that does not say it.
    pub remarks: String,
    pub reference: String,
    /// What left available money, with `−`.
    pub out: Option<MoneyText>,
    /// What came in, with `+`.
    pub came_in: Option<MoneyText>,
    pub available_after: MoneyText,
    pub held_after: MoneyText,
}

/// Which part of a wallet, and what of its statement.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ShowQuery {
    /// `about`; anything else is the statement.
    pub(super) part: String,
    /// A kind of entries.
    kind: String,
    /// First day, in the reader's zone.
    from: String,
    /// Last day, in the reader's zone.
    to: String,
    /// A ledger transaction's number: what is older than it.
    pub(super) before: String,
}

/// GET /wallets/{number}/statement.csv, with the filter of the statement.
pub async fn export(
    visitor: Visitor,
    desk: web::Data<Desk>,
    number: web::Path<String>,
    query: web::Query<ShowQuery>,
) -> Result<HttpResponse, Failure> {
    let number = wallet_number(&number)?;
    let rows = exports::statement(&desk, &visitor.caller, number, &query.filter(), visitor.zone.0).await?;
    Ok(respond::csv(&format!("statement-{number}.csv"), rows))
}

impl ShowQuery {
    pub(super) fn filter(&self) -> StatementQuery {
        StatementQuery { kind: self.kind.clone(), from: self.from.clone(), to: self.to.clone() }
    }

    fn is_narrowed(&self) -> bool {
        [&self.kind, &self.from, &self.to].iter().any(|value| !value.trim().is_empty())
    }

    /// The same statement at an address, from a line on.
    fn at(&self, path: &str, before: &str) -> String {
        let parts: Vec<String> =
            [("kind", self.kind.as_str()), ("from", &self.from), ("to", &self.to), ("before", before)]
                .into_iter()
                .filter(|(_, value)| !value.trim().is_empty())
                .map(|(name, value)| format!("{name}={}", encode(value.trim())))
                .collect();
        if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
    }

    /// The filters that are on, each with the address of the statement without it.
    fn chips(&self, href: &str) -> Vec<ChipView> {
        let mut chips = Vec::new();
        let mut chip = |value: &str, word: String, clear: fn(&mut ShowQuery)| {
            if !value.trim().is_empty() {
                let mut rest = self.clone();
                clear(&mut rest);
                chips.push(ChipView { word, remove_href: rest.at(href, "") });
            }
        };
        let kind = Kind::from_name(self.kind.trim()).map_or_else(|| self.kind.clone(), |kind| entry(kind).to_owned());
        chip(&self.kind, format!("Entry: {kind}"), |query| query.kind.clear());
        chip(&self.from, format!("Booked from {}", self.from), |query| query.from.clear());
        chip(&self.to, format!("Booked to {}", self.to), |query| query.to.clear());
        chips
    }
}

/// The statement as it was found.
pub(super) fn view(visitor: &Visitor, query: &ShowQuery, found: &Statement) -> StatementView {
    let number = found.wallet.number;
    let base = frame(query, number, &[]);
    let older = found.older.map(|older| query.at(&base.href, &older.to_string()));
    StatementView {
        export_href: (!found.lines.is_empty()).then(|| query.at(&format!("{}/statement.csv", base.href), "")),
        pager: PagerView {
            shown: format!("{}, newest first", many(found.lines.len(), "entry", "entries")),
            newer: (!query.before.is_empty()).then(|| query.at(&base.href, "")),
            older,
        },
        rows: found.lines.iter().map(|line| row(visitor, number, line)).collect(),
        ..base
    }
}

/// The statement when the filter itself cannot be read.
pub(super) fn wrong(query: &ShowQuery, number: i64, errors: &[FieldError]) -> StatementView {
    StatementView { nothing_matches: Some("This filter cannot be read"), ..frame(query, number, errors) }
}

fn frame(query: &ShowQuery, number: i64, errors: &[FieldError]) -> StatementView {
    let href = format!("/wallets/{number}");
    StatementView {
        kind: respond::field("kind", &query.kind, errors),
        kinds: Kind::ALL.into_iter().map(|kind| OptionView::new(kind.name(), entry(kind))).collect(),
        from: respond::field("from", &query.from, errors),
        to: respond::field("to", &query.to, errors),
        chips: query.chips(&href),
        href,
        export_href: None,
        rows: Vec::new(),
        pager: PagerView::default(),
        nothing_matches: query.is_narrowed().then_some("No entry matches"),
    }
}

fn row(visitor: &Visitor, wallet: i64, line: &StatementLine) -> StatementRow {
    let StatementLine { entry: line, payout_reference } = line;
    let transaction = &line.transaction;
    let money = |minor| MoneyText::from(Money::new(minor, transaction.currency));
    let delta = transaction.available_delta_minor;
    let reference = payout_reference.as_deref().filter(|reference| !transaction.remarks.contains(reference));
    StatementRow {
        time: visitor.zone.short(transaction.created_at, visitor.now),
        entry: entry(transaction.kind),
        href: match (transaction.payout_id, transaction.kind) {
            (None, _) if transaction.link_id.is_some() => {
                transaction.link_id.map(|link| format!("/payout-links/{link}#ledger"))
            }
            (Some(payout), _) => Some(format!("/payouts/{payout}#ledger")),
            (None, Kind::Funding) => Some(format!("/wallets/{wallet}/top-ups/{}", line.number)),
            (None, _) => None,
        },
        number: group(line.number.unsigned_abs()),
        remarks: transaction.remarks.clone(),
        reference: reference.unwrap_or_default().to_owned(),
        out: (delta < 0).then(|| money(delta)),
        came_in: (delta > 0).then(|| {
            let money = money(delta);
            MoneyText { whole: format!("+{}", money.whole), ..money }
        }),
        available_after: money(transaction.available_after_minor),
        held_after: money(transaction.held_after_minor),
    }
}

fn entry(kind: Kind) -> &'static str {
    match kind {
        Kind::Funding => "Top-up",
        Kind::Payout => "Hold for a payout",
        Kind::PayoutSettled => "Payout completed",
        Kind::PayoutRefund => "Refund of a payout",
        Kind::PayoutReversal => "Reversal, money is back",
        Kind::PayoutReturn => "Returned by the bank",
        Kind::Loss => "Paid after its refund, loss of the desk",
        Kind::LinkHold => "Hold for a payout link",
        Kind::LinkRelease => "Release of a payout link",
        Kind::Transfer => "Transfer between wallets",
        Kind::Adjustment => "Adjustment",
    }
}
