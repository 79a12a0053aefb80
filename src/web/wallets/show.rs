//! One wallet: its balances, then its statement or its rules.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::fee_rule;
use super::statement::{self, ShowQuery, StatementView};
use crate::domain::money::Money;
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::service::{Desk, link_list, statements, wallets};
use crate::store::wallets::Client;
use crate::web::auth::Visitor;
use crate::web::display::{MoneyText, OptionView, Problem, StatusView, TabView, TimeView};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::wallet_settings::wallet_number;
use crate::web::{respond, words};

/// One wallet: balances, then the part that was asked for.
#[derive(Template)]
#[template(path = "wallets/show.html")]
pub struct WalletPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
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
    /// How much of the held money is held for payout links; none when nothing is.
    pub for_links: Option<MoneyText>,
    pub payouts_href: String,
    pub links_href: String,
    /// The form of a new payout from this wallet, for those who may.
    pub make_href: Option<String>,
    /// The forms of a top-up and of the settings, for those who may.
    pub top_up_href: Option<String>,
    pub settings_href: Option<String>,
    pub freeze_href: Option<String>,
    /// Nothing can be paid before money comes in.
    pub is_empty: bool,
}

/// The two parts of a wallet's page.
pub enum WalletPart {
    Statement(Box<StatementView>),
    /// Label and text.
    About {
        facts: Vec<OptionView>,
        opened: TimeView,
    },
}

/// GET /wallets/{number}
pub async fn show(
    visitor: Visitor,
    desk: web::Data<Desk>,
    number: web::Path<String>,
    query: web::Query<ShowQuery>,
) -> Result<HttpResponse, Failure> {
    let number = wallet_number(&number)?;
    if query.part == "about" {
        let (wallet, client) = wallets::with_client(&desk, &visitor.caller, number).await?;
        let opened = visitor.zone.on(wallet.created_at);
        let part = WalletPart::About { facts: facts(&wallet, &client), opened };
        return respond::page(&page(&visitor, &desk, &wallet, &client, part).await?);
    }
    let before = query.before.parse().ok();
    let (zone, filter) = (visitor.zone.0, query.filter());
    match statements::page(&desk, &visitor.caller, number, &filter, zone, before, statement::LINES).await {
        Ok(found) => {
            let part = WalletPart::Statement(Box::new(statement::view(&visitor, &query, &found)));
            respond::page(&page(&visitor, &desk, &found.wallet, &found.client, part).await?)
        }
        Err(Error::Validation(errors)) => {
            let (wallet, client) = wallets::with_client(&desk, &visitor.caller, number).await?;
            let part = WalletPart::Statement(Box::new(statement::wrong(&query, number, &errors)));
            let mut page = page(&visitor, &desk, &wallet, &client, part).await?;
            page.layout.failed = true;
            page.problems = respond::problems(&errors);
            respond::unprocessable(&page)
        }
        Err(error) => Err(error.into()),
    }
}

async fn page(
    visitor: &Visitor,
    desk: &Desk,
    wallet: &Wallet,
    client: &Client,
    part: WalletPart,
) -> Result<WalletPage, Error> {
    let href = format!("/wallets/{}", wallet.number);
    let about = matches!(part, WalletPart::About { .. });
    let tab = |href: String, word: &str, current| TabView { href, word: word.to_owned(), count: None, current };
    let for_links = link_list::held(desk, &visitor.caller, wallet).await?;
    Ok(WalletPage {
        layout: visitor.layout(&wallet.name, Place::Wallets),
        problems: Vec::new(),
        head: head(visitor, wallet, client, for_links),
        tabs: vec![tab(href.clone(), "Statement", !about), tab(format!("{href}?part=about"), "About", about)],
        part,
    })
}

fn head(visitor: &Visitor, wallet: &Wallet, client: &Client, for_links: Money) -> WalletHead {
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
        client: client.name.clone(),
        status,
        threshold,
        currency: wallet.currency.code().to_owned(),
        posted: Money::new(wallet.available_minor + wallet.held_minor, wallet.currency).into(),
        held: wallet.held().into(),
        available: wallet.available().into(),
        for_links: (for_links.minor > 0).then(|| for_links.into()),
        payouts_href: format!("/payouts?wallet={}", wallet.number),
        links_href: format!("/payout-links?wallet={}", wallet.number),
        make_href: (visitor.may(Operation::MakePayout) && wallet.closed_at.is_none())
            .then(|| format!("/payouts/new?wallet={}", wallet.number)),
        top_up_href: manages.then(|| format!("/wallets/{}/top-up", wallet.number)),
        settings_href: manages.then(|| format!("/wallets/{}/settings", wallet.number)),
        freeze_href: visitor.may(Operation::Freeze).then(|| format!("/freezes/new?scope=wallet&subject={}", wallet.id)),
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
