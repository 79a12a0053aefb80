//! The pages of wallets: the list with available and held money, and a wallet's statement and rules.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::auth::Visitor;
use super::display::{MoneyText, NoticeView, OptionView, PagerView, StatusView, TabView, TimeView, Tone};
use super::failure::Failure;
use super::layout::{Layout, Place};
use super::numbers::{listed, many};
use super::start::{self, StartView};
use super::{respond, words};
use crate::domain::ledger::Kind;
use crate::domain::money::{Money, group};
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::service::Desk;
use crate::service::wallets::{self, Statement};
use crate::store::payouts::NumberedTransaction;
use crate::store::wallets::Client;

/// Lines of a statement on one page.
const LINES: usize = 50;
/// Where the threshold's mark stands on a bar that is 240 wide, and where the bar ends.
const MARK: i128 = 60;
const END: i128 = 238;

/// All wallets.
#[derive(Template)]
#[template(path = "wallets/index.html")]
pub struct WalletsPage {
    pub layout: Layout,
    /// For example `7 wallets of 3 clients`.
    pub matches: String,
    /// Wallets under their threshold, if there are any.
    pub low: Option<NoticeView>,
    /// Makes wallets.
    pub may_manage: bool,
    /// Instead of the rows while there are none.
    pub start: StartView,
    pub rows: Vec<WalletRow>,
}

/// One wallet in the list.
#[derive(Clone, Debug)]
pub struct WalletRow {
    pub href: String,
    pub name: String,
    /// Client and provider, for example `Larkfield Studios · Sandbox`.
    pub sub: String,
    pub held: MoneyText,
    pub available: MoneyText,
    pub threshold: Option<ThresholdView>,
    /// Above this a second person must approve; without the code.
    pub approval: Option<String>,
    /// For example `1.5 %`, with its rest in the line below.
    pub fees: String,
    pub fees_sub: String,
}

/// How available money stands against the wallet's threshold.
#[derive(Clone, Debug)]
pub struct ThresholdView {
    /// Width of the filled part of the bar.
    pub filled: i64,
    pub under: bool,
    /// For example `4,101.50 under 5,000.00`.
    pub words: String,
}

/// One wallet: balances, then the part that was asked for.
#[derive(Template)]
#[template(path = "wallets/show.html")]
pub struct WalletPage {
    pub layout: Layout,
    pub head: WalletHead,
    pub tabs: Vec<TabView>,
    pub part: WalletPart,
}

/// What stands above both parts.
#[derive(Clone, Debug)]
pub struct WalletHead {
    pub id: String,
    pub name: String,
    pub client: String,
    /// Under its threshold, or closed.
    pub status: Option<StatusView>,
    /// For example `Threshold 5,000.00`; empty without one.
    pub threshold: String,
    pub currency: String,
    pub posted: MoneyText,
    pub held: MoneyText,
    pub available: MoneyText,
    pub payouts_href: String,
    /// The form of a new payout from this wallet, for those who may.
    pub make_href: Option<String>,
    /// The forms of a top-up and of the settings, for those who may.
    pub top_up_href: Option<String>,
    pub settings_href: Option<String>,
    /// Nothing can be paid before money comes in.
    pub is_empty: bool,
}

/// The two parts of a wallet's page.
pub enum WalletPart {
    Statement {
        rows: Vec<StatementRow>,
        pager: PagerView,
    },
    /// Label and text.
    About {
        facts: Vec<OptionView>,
        opened: TimeView,
    },
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
    pub remarks: String,
    /// What left available money, with `−`.
    pub out: Option<MoneyText>,
    /// What came in, with `+`.
    pub came_in: Option<MoneyText>,
    pub available_after: MoneyText,
    pub held_after: MoneyText,
}

/// Which part of a wallet, and which page of its statement.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ShowQuery {
    /// `about`; anything else is the statement.
    part: String,
    /// A ledger transaction's number: what is older than it.
    before: String,
}

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/wallets").route(web::get().to(index)));
    config.service(web::resource("/wallets/{number}").route(web::get().to(show)));
}

/// GET /wallets
pub async fn index(visitor: Visitor, desk: web::Data<Desk>) -> Result<HttpResponse, Failure> {
    let mut wallets = wallets::list(&desk, &visitor.caller).await?;
    wallets
        .sort_by(|(a, a_of), (b, b_of)| (&a_of.name, a_of.number, a.number).cmp(&(&b_of.name, b_of.number, b.number)));
    let mut clients: Vec<i64> = wallets.iter().map(|(_, client)| client.number).collect();
    clients.sort_unstable();
    clients.dedup();
    respond::page(&WalletsPage {
        layout: visitor.layout("Wallets", Place::Wallets),
        matches: format!(
            "{} of {}",
            many(wallets.len(), "wallet", "wallets"),
            many(clients.len(), "client", "clients")
        ),
        low: low(&wallets),
        may_manage: visitor.may(Operation::ManageWallets),
        start: start::next(&visitor, wallets.iter().map(|(wallet, _)| wallet)),
        rows: wallets.iter().map(|(wallet, client)| row(wallet, client)).collect(),
    })
}

/// GET /wallets/{number}
pub async fn show(
    visitor: Visitor,
    desk: web::Data<Desk>,
    number: web::Path<String>,
    query: web::Query<ShowQuery>,
) -> Result<HttpResponse, Failure> {
    let number: i64 = number.parse().map_err(|_| Error::NotFound("Wallet"))?;
    let before = query.before.parse().ok();
    let statement = wallets::statement(&desk, &visitor.caller, number, before, LINES).await?;
    let about = query.part == "about";
    let href = format!("/wallets/{number}");
    let tab = |href: String, word: &str, current| TabView { href, word: word.to_owned(), count: None, current };
    respond::page(&WalletPage {
        layout: visitor.layout(&statement.wallet.name, Place::Wallets),
        head: head(&visitor, &statement),
        tabs: vec![tab(href.clone(), "Statement", !about), tab(format!("{href}?part=about"), "About", about)],
        part: if about {
            WalletPart::About {
                facts: facts(&statement.wallet, &statement.client),
                opened: visitor.zone.on(statement.wallet.created_at),
            }
        } else {
            WalletPart::Statement {
                rows: statement.lines.iter().map(|line| statement_row(&visitor, number, line)).collect(),
                pager: PagerView {
                    shown: format!("{}, newest first", many(statement.lines.len(), "entry", "entries")),
                    newer: before.map(|_| href.clone()),
                    older: statement.older.map(|older| format!("{href}?before={older}")),
                },
            }
        },
    })
}

fn low(wallets: &[(Wallet, Client)]) -> Option<NoticeView> {
    let names: Vec<&str> = wallets
        .iter()
        .map(|(wallet, _)| wallet)
        .filter(|wallet| wallet.closed_at.is_none() && wallet.is_under_threshold())
        .map(|wallet| wallet.name.as_str())
        .collect();
    let title = match names.len() {
        0 => return None,
        1 => "One wallet is under its threshold".to_owned(),
        many => format!("{many} wallets are under their threshold"),
    };
    let text = format!("{}. A payout that needs more than is available is refused.", listed(&names, 5));
    Some(NoticeView::new(Tone::Warn, title).with_text(text))
}

fn row(wallet: &Wallet, client: &Client) -> WalletRow {
    let (fees, fees_sub) = fee_rule(wallet);
    let state = if wallet.closed_at.is_some() { " · closed" } else { "" };
    WalletRow {
        href: format!("/wallets/{}", wallet.number),
        name: wallet.name.clone(),
        sub: format!("{} · {}{state}", client.name, words::provider(&wallet.rail)),
        held: wallet.held().into(),
        available: wallet.available().into(),
        threshold: threshold(wallet),
        approval: wallet.approval_limit_minor.map(|limit| Money::new(limit, wallet.currency).figures()),
        fees,
        fees_sub,
    }
}

fn threshold(wallet: &Wallet) -> Option<ThresholdView> {
    let threshold = wallet.threshold_minor?;
    let filled = i128::from(wallet.available_minor) * MARK / i128::from(threshold.max(1));
    let figures = |minor| Money::new(minor, wallet.currency).figures();
    let under = wallet.is_under_threshold();
    Some(ThresholdView {
        filled: filled.min(END) as i64,
        under,
        words: match under {
            true => format!("{} under {}", figures(threshold - wallet.available_minor), figures(threshold)),
            false => format!("Over {}", figures(threshold)),
        },
    })
}

/// The fee rule in two lines, without the code: `1.5 % + 0.25` and `at least 0.50`.
fn fee_rule(wallet: &Wallet) -> (String, String) {
    let figures = |minor| Money::new(minor, wallet.currency).figures();
    let parts: Vec<String> = [
        (wallet.fee_basis_points > 0).then(|| percent(wallet.fee_basis_points)),
        (wallet.fee_fixed_minor > 0).then(|| figures(wallet.fee_fixed_minor)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let minimum = match wallet.fee_minimum_minor {
        0 => String::new(),
        minimum => format!("at least {}", figures(minimum)),
    };
    (if parts.is_empty() { "None".to_owned() } else { parts.join(" + ") }, minimum)
}

/// `1.5 %` for 150 basis points.
pub(super) fn percent(basis_points: i64) -> String {
    let (whole, rest) = (basis_points / 100, basis_points % 100);
    match (rest, rest % 10) {
        (0, _) => format!("{whole} %"),
        (_, 0) => format!("{whole}.{} %", rest / 10),
        _ => format!("{whole}.{rest:02} %"),
    }
}

fn head(visitor: &Visitor, statement: &Statement) -> WalletHead {
    let wallet = &statement.wallet;
    let status = match (wallet.closed_at.is_some(), wallet.is_under_threshold()) {
        (true, _) => Some(StatusView { class: "s-cancelled", word: "Closed" }),
        (false, true) => Some(StatusView { class: "s-action", word: "Under threshold" }),
        (false, false) => None,
    };
    let threshold = wallet
        .threshold_minor
        .map_or_else(String::new, |minor| format!("Threshold {}", Money::new(minor, wallet.currency).figures()));
    let manages = visitor.may(Operation::ManageWallets) && wallet.closed_at.is_none();
    WalletHead {
        id: wallet.id.to_string(),
        name: wallet.name.clone(),
        client: statement.client.name.clone(),
        status,
        threshold,
        currency: wallet.currency.code().to_owned(),
        posted: Money::new(wallet.available_minor + wallet.held_minor, wallet.currency).into(),
        held: wallet.held().into(),
        available: wallet.available().into(),
        payouts_href: format!("/payouts?wallet={}", wallet.number),
        make_href: (visitor.may(Operation::MakePayout) && wallet.closed_at.is_none())
            .then(|| format!("/payouts/new?wallet={}", wallet.number)),
        top_up_href: manages.then(|| format!("/wallets/{}/top-up", wallet.number)),
        settings_href: manages.then(|| format!("/wallets/{}/settings", wallet.number)),
        is_empty: wallet.available_minor == 0,
    }
}

fn facts(wallet: &Wallet, client: &Client) -> Vec<OptionView> {
    let money = |minor| Money::new(minor, wallet.currency).to_string();
    let (fees, minimum) = fee_rule(wallet);
    let fees = match (fees.as_str(), minimum.is_empty()) {
        ("None", true) => String::new(),
        (_, true) => format!("{fees} of each payout, in {}", wallet.currency.code()),
        (_, false) => format!("{fees} of each payout, {minimum}, in {}", wallet.currency.code()),
    };
    let approval = wallet.approval_limit_minor.map_or_else(
        || "No limit: payouts leave without a second person".to_owned(),
        |limit| format!("A payout above {} waits for a second person", money(limit)),
    );
    vec![
        OptionView::new("Client", &client.name),
        OptionView::new("Currency", format!("{}, {}", wallet.currency.code(), wallet.currency.name())),
        OptionView::new("Provider", words::provider(&wallet.rail)),
        OptionView::new("Fees", fees),
        OptionView::new("Approval", approval),
        OptionView::new("Threshold", wallet.threshold_minor.map_or_else(String::new, money)),
        OptionView::new("Wallet number", wallet.number.to_string()),
    ]
}

fn statement_row(visitor: &Visitor, wallet: i64, line: &NumberedTransaction) -> StatementRow {
    let transaction = &line.transaction;
    let money = |minor| MoneyText::from(Money::new(minor, transaction.currency));
    let delta = transaction.available_delta_minor;
    StatementRow {
        time: visitor.zone.short(transaction.created_at, visitor.now),
        entry: entry(transaction.kind),
        href: match (transaction.payout_id, transaction.kind) {
            (Some(payout), _) => Some(format!("/payouts/{payout}#ledger")),
            (None, Kind::Funding) => Some(format!("/wallets/{wallet}/top-ups/{}", line.number)),
            (None, _) => None,
        },
        number: group(line.number.unsigned_abs()),
        remarks: transaction.remarks.clone(),
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
        Kind::LinkHold => "Hold for a payout link",
        Kind::LinkRelease => "Release of a payout link",
        Kind::Adjustment => "Adjustment",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basis_points_read_as_percent() {
        assert_eq!(percent(150), "1.5 %");
        assert_eq!(percent(100), "1 %");
        assert_eq!(percent(5), "0.05 %");
        assert_eq!(percent(1_234), "12.34 %");
    }
}
