//! The home page: what needs the reader, money out per currency, wallets running low, last changes.

use askama::Template;

use super::chart::ChartView;
use super::display::{EventView, MoneyText, StatusView, TabView, Tone};
use super::layout::Layout;

/// The whole of Today.
#[derive(Template)]
#[template(path = "today/index.html")]
pub struct TodayPage {
    pub layout: Layout,
    pub may_make: bool,
    pub queue: Vec<QueueItem>,
    /// `None` until the first payout exists.
    pub out: Option<MoneyOut>,
    pub waiting: Vec<WaitingRow>,
    pub wallets: Vec<LowWallet>,
    pub changes: Vec<EventView>,
}

/// One thing that waits for the reader; without an address nothing waits.
#[derive(Clone, Debug)]
pub struct QueueItem {
    pub href: Option<String>,
    pub count: String,
    pub tone: Tone,
    /// The `i-…` class.
    pub icon: &'static str,
    pub label: &'static str,
    pub sub: String,
}

/// Money out in one currency.
#[derive(Clone, Debug)]
pub struct MoneyOut {
    pub tabs: Vec<TabView>,
    pub figures: Vec<Figure>,
    pub chart: ChartView,
    pub days: Vec<DayRow>,
}

#[derive(Clone, Debug)]
pub struct Figure {
    pub label: &'static str,
    pub money: MoneyText,
    pub sub: String,
}

/// A day of the chart as a table row; amounts without their code.
#[derive(Clone, Debug)]
pub struct DayRow {
    pub day: String,
    pub done: Option<String>,
    pub waiting: Option<String>,
}

/// A payout that has waited long for its provider.
#[derive(Clone, Debug)]
pub struct WaitingRow {
    pub href: String,
    pub payee: String,
    pub reference: String,
    pub status: StatusView,
    pub provider: String,
    /// For example `15 h 33 min`.
    pub since: String,
    pub money: MoneyText,
}

/// A wallet under its threshold.
#[derive(Clone, Debug)]
pub struct LowWallet {
    pub href: String,
    pub name: String,
    pub money: MoneyText,
    pub threshold: String,
    /// Width of the filled part of the bar; the threshold stands at 160.
    pub filled: i64,
}
