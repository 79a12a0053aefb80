//! The pages of wallets: the list with available and held money, and a wallet's statement and rules.

use askama::Template;

use super::display::{MoneyText, NoticeView, OptionView, PagerView, StatusView, TabView, TimeView};
use super::layout::Layout;

/// All wallets.
#[derive(Template)]
#[template(path = "wallets/index.html")]
pub struct WalletsPage {
    pub layout: Layout,
    /// For example `7 wallets of 3 clients`.
    pub matches: String,
    /// Wallets under their threshold, if there are any.
    pub low: Option<NoticeView>,
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
    /// Width of the filled part of the bar; the threshold stands at 60 of 240.
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
    pub may_make: bool,
}

/// The two parts of a wallet's page.
pub enum WalletPart {
    Statement { rows: Vec<StatementRow>, pager: PagerView },
    /// Label and text.
    About { facts: Vec<OptionView>, opened: TimeView },
}

/// One ledger transaction as the wallet's owner reads it. Amounts are without the code.
#[derive(Clone, Debug)]
pub struct StatementRow {
    pub time: TimeView,
    /// For example `Refund of a cancelled payout`.
    pub entry: &'static str,
    /// The entry's place in its payout's ledger.
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
