//! The list of wallets with available and held money.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::fee_rule;
use crate::domain::money::Money;
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::service::{Desk, wallets};
use crate::store::wallets::Client;
use crate::web::auth::Visitor;
use crate::web::display::{MoneyText, NoticeView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::{listed, many};
use crate::web::start::{self, StartView};
use crate::web::{respond, words};

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
