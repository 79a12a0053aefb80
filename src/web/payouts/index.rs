//! The list of payouts: tabs, filters, sums and selection.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::query::ListQuery;
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::{Error, FieldError};
use crate::service::payout_list::{self, PayoutPage};
use crate::service::{Desk, wallets};
use crate::store::payouts::{Bucket, Cursor, PayoutLine};
use crate::store::wallets::Client;
use crate::web::address::with_query;
use crate::web::auth::Visitor;
use crate::web::display::{
    ChipView, FieldView, MoneyText, OptionView, PagerView, Problem, StatusView, TabView, TimeView,
};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::matching::{self, Matching, Noun, SumsView};
use crate::web::start::{self, StartView};
use crate::web::time::lasted;
use crate::web::{batches, respond, words};

/// Payouts on one page.
const PAGE: usize = 50;
const NOUN: Noun = Noun { one: "payout", more: "payouts" };

/// One page of the list.
#[derive(Template)]
#[template(path = "payouts/index.html")]
pub struct PayoutsPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    /// For example `10,000+ payouts match`.
    pub matches: String,
    pub may_make: bool,
    pub may_cancel: bool,
    /// This list's query, for the way back from a selection.
    pub list: String,
    /// Address and word of a batch of exactly this list.
    pub batch: Option<OptionView>,
    /// Address and word of the export of exactly this list.
    pub export: Option<OptionView>,
    pub tabs: Vec<TabView>,
    pub filters: FiltersView,
    pub chips: Vec<ChipView>,
    pub clear_href: String,
    /// The same search among payout links.
    pub elsewhere: Option<OptionView>,
    /// What the table shows, for screen readers.
    pub caption: String,
    pub rows: Vec<PayoutRow>,
    pub sums: SumsView,
    pub pager: PagerView,
    /// Said when filters leave nothing; `None` when there is no payout at all.
    pub nothing_matches: Option<String>,
    /// The first page's address, when this one lies past the end of the list.
    pub first_href: Option<String>,
    /// The next step while there is no payout at all.
    pub start: StartView,
}

/// The filter form as it stands in the URL.
#[derive(Clone, Debug, Default)]
pub struct FiltersView {
    pub status: String,
    /// Kept while other filters change; set by links from a payee's page.
    pub payee: String,
    /// The same, set by links from a freeze of a program.
    pub credential: String,
    pub q: FieldView,
    pub ids: FieldView,
    pub from: FieldView,
    pub to: FieldView,
    pub client: FieldView,
    pub clients: Vec<OptionView>,
    pub wallet: FieldView,
    pub wallets: Vec<OptionView>,
    pub currency: FieldView,
    pub currencies: Vec<OptionView>,
    pub provider: FieldView,
    pub providers: Vec<OptionView>,
    pub reversed: FieldView,
    pub reversed_options: Vec<OptionView>,
    /// One of the further filters is on.
    pub more: bool,
}

/// One payout in the list.
#[derive(Clone, Debug)]
pub struct PayoutRow {
    pub id: String,
    /// For example `pyt_…xyz789`.
    pub short_id: String,
    pub created: TimeView,
    pub payee: String,
    pub account: String,
    pub reference: String,
    pub status: StatusView,
    /// For example `for 2 h 32 min`; empty once the payout is final.
    pub since: String,
    pub money: MoneyText,
    /// Without the code.
    pub fees: String,
    pub wallet: String,
    pub client: String,
    pub by: String,
}

/// GET /payouts
pub async fn index(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<ListQuery>,
) -> Result<HttpResponse, Failure> {
    let query = query.into_inner();
    match payout_list::page(&desk, &visitor.caller, &query.filter(), visitor.zone.0, PAGE).await {
        Ok(found) => {
            let choices = Choices::of(&found);
            respond::page(&page(&visitor, &query, &choices, &found))
        }
        Err(Error::Validation(errors)) => {
            let choices = Choices {
                wallets: wallets::list(&desk, &visitor.caller).await?,
                clients: wallets::clients(&desk, &visitor.caller).await?,
            };
            respond::unprocessable(&wrong(&visitor, &query, &choices, &errors))
        }
        Err(error) => Err(error.into()),
    }
}

/// What the filter's lists offer.
struct Choices {
    wallets: Vec<(Wallet, Client)>,
    clients: Vec<Client>,
}

impl Choices {
    fn of(found: &PayoutPage) -> Choices {
        let client = |wallet: &Wallet| found.clients.iter().find(|client| client.id == wallet.client_id).cloned();
        let wallets = found.wallets.iter().filter_map(|wallet| Some((wallet.clone(), client(wallet)?))).collect();
        Choices { wallets, clients: found.clients.clone() }
    }
}

fn page(visitor: &Visitor, query: &ListQuery, choices: &Choices, found: &PayoutPage) -> PayoutsPage {
    let matching = Matching::of(NOUN, query.status.trim(), &found.counts, found.exact);
    let tab = Bucket::from_name(query.status.trim());
    let narrowed = query.is_narrowed();
    let base = frame(visitor, query, choices, &[]);
    // What stood there has moved on, or the address was typed.
    let beyond = found.lines.is_empty() && query.has_cursor() && matching.any();
    let (newer, older) = (found.newer.map(|at| at_cursor(query, at)), found.older.map(|at| at_cursor(query, at)));
    PayoutsPage {
        matches: matching.sentence(),
        // Before the first payout the empty list offers the next step, which may be another one.
        may_make: base.may_make && (narrowed || tab.is_some() || beyond || !found.lines.is_empty()),
        batch: (base.may_cancel && !found.lines.is_empty()).then(|| batches::new::of_list(query)),
        export: (!found.lines.is_empty()).then(|| OptionView::new(export_href(query), matching.export())),
        tabs: tabs(query, found),
        caption: match tab {
            Some(tab) => format!("Payouts: {}, newest first", tab_word(tab).to_lowercase()),
            None => "Payouts, newest first".to_owned(),
        },
        rows: found.lines.iter().map(|line| row(visitor, line)).collect(),
        sums: matching.sums(),
        pager: PagerView { shown: matching.shown(found.lines.len()), newer, older },
        nothing_matches: (narrowed || tab.is_some()).then(|| nothing(tab)),
        first_href: beyond.then(|| query.with(|_| {}).href()),
        ..base
    }
}

/// The page when the filter itself cannot be read.
fn wrong(visitor: &Visitor, query: &ListQuery, choices: &Choices, errors: &[FieldError]) -> PayoutsPage {
    PayoutsPage {
        nothing_matches: Some("This filter cannot be read".to_owned()),
        ..frame(visitor, query, choices, errors)
    }
}

/// What does not depend on what was found.
fn frame(visitor: &Visitor, query: &ListQuery, choices: &Choices, errors: &[FieldError]) -> PayoutsPage {
    let mut layout = visitor.layout("Payouts", Place::Payouts);
    layout.failed = !errors.is_empty();
    PayoutsPage {
        layout,
        problems: respond::problems(errors),
        matches: "0 payouts match".to_owned(),
        may_make: visitor.may(Operation::MakePayout),
        may_cancel: visitor.may(Operation::CancelPayout),
        list: query.query(),
        batch: None,
        export: None,
        tabs: Vec::new(),
        filters: filters(query, choices, errors),
        chips: chips(query, choices),
        clear_href: "/payouts".to_owned(),
        elsewhere: (!query.q.trim().is_empty()).then(|| {
            let href = with_query("/payout-links", &[("q", query.q.trim())]);
            OptionView::new(href, format!("Look for “{}” among payout links", query.q.trim()))
        }),
        caption: String::new(),
        rows: Vec::new(),
        sums: SumsView::default(),
        pager: PagerView::default(),
        nothing_matches: None,
        first_href: None,
        start: start::next(visitor, choices.wallets.iter().map(|(wallet, _)| wallet)),
    }
}

fn tabs(query: &ListQuery, found: &PayoutPage) -> Vec<TabView> {
    let current = query.status.trim();
    let tab = |name: &'static str, word: &str| TabView {
        href: query.with(|query| query.status = name.to_owned()).href(),
        word: word.to_owned(),
        count: matching::tab_count(&found.counts, found.exact, name),
        current: current == name,
    };
    let mut tabs = vec![tab("", "All")];
    tabs.extend(Bucket::ALL.into_iter().map(|bucket| tab(bucket.name(), tab_word(bucket))));
    tabs
}

fn tab_word(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::ToApprove => "To approve",
        Bucket::Unknown => "Waiting for provider",
        Bucket::Is(state) => words::state_status(state).word,
    }
}

fn row(visitor: &Visitor, line: &PayoutLine) -> PayoutRow {
    let since = match line.changed_at {
        Some(at) if !line.state.is_final() => format!("for {}", lasted(visitor.now - at)),
        _ => words::line_note(line).to_owned(),
    };
    PayoutRow {
        id: line.id.to_string(),
        short_id: line.id.short(),
        created: visitor.zone.short(line.id.created_at(), visitor.now),
        payee: line.payee_name(),
        account: line.account_label.clone().or_else(|| line.payee_email.clone()).unwrap_or_default(),
        reference: line.reference_id.clone(),
        status: words::line_status(line),
        since,
        money: line.amount().into(),
        fees: line.fees().figures(),
        wallet: line.wallet_name.clone(),
        client: line.client_name.clone(),
        by: line.changed_by.clone().unwrap_or_default(),
    }
}

fn filters(query: &ListQuery, choices: &Choices, errors: &[FieldError]) -> FiltersView {
    let mut currencies: Vec<&str> = choices.wallets.iter().map(|(wallet, _)| wallet.currency.code()).collect();
    currencies.sort_unstable();
    currencies.dedup();
    let mut rails: Vec<&str> = choices.wallets.iter().map(|(wallet, _)| wallet.rail.as_str()).collect();
    rails.sort_unstable();
    rails.dedup();
    let field = |name: &'static str, typed: &str| respond::field(name, typed, errors);
    FiltersView {
        status: query.status.clone(),
        payee: query.payee.clone(),
        credential: query.credential.clone(),
        q: field("q", &query.q),
        ids: FieldView::of(&query.ids),
        from: field("from", &query.from),
        to: field("to", &query.to),
        client: field("client", &query.client),
        clients: choices
            .clients
            .iter()
            .map(|client| OptionView::new(client.number.to_string(), &client.name))
            .collect(),
        wallet: field("wallet", &query.wallet),
        wallets: choices
            .wallets
            .iter()
            .map(|(wallet, client)| {
                OptionView::new(wallet.number.to_string(), format!("{}, {}", wallet.name, client.name))
            })
            .collect(),
        currency: field("currency", &query.currency),
        currencies: currencies.into_iter().map(|code| OptionView::new(code, code)).collect(),
        provider: field("provider", &query.provider),
        providers: rails.into_iter().map(|rail| OptionView::new(rail, words::provider(rail))).collect(),
        reversed: FieldView::of(&query.reversed),
        reversed_options: vec![OptionView::new("yes", "With a reversal")],
        more: [&query.client, &query.provider, &query.reversed, &query.ids]
            .iter()
            .any(|value| !value.trim().is_empty()),
    }
}

/// The filters that are on, each with the address of the list without it.
fn chips(query: &ListQuery, choices: &Choices) -> Vec<ChipView> {
    let mut chips = Vec::new();
    let mut chip = |value: &str, word: String, clear: fn(&mut ListQuery)| {
        if !value.trim().is_empty() {
            chips.push(ChipView { word, remove_href: query.with(clear).href() });
        }
    };
    let wallet = choices.wallets.iter().find(|(wallet, _)| wallet.number.to_string() == query.wallet);
    let client = choices.clients.iter().find(|client| client.number.to_string() == query.client);
    let wallet = wallet.map_or_else(|| query.wallet.clone(), |(wallet, _)| wallet.name.clone());
    let client = client.map_or_else(|| query.client.clone(), |client| client.name.clone());
    chip(&query.q, format!("“{}”", query.q.trim()), |query| query.q.clear());
    chip(&query.ids, "Pasted ids".to_owned(), |query| query.ids.clear());
    chip(&query.from, format!("Created from {}", query.from), |query| query.from.clear());
    chip(&query.to, format!("Created to {}", query.to), |query| query.to.clear());
    chip(&query.client, format!("Client: {client}"), |query| query.client.clear());
    chip(&query.wallet, format!("Wallet: {wallet}"), |query| query.wallet.clear());
    chip(&query.currency, format!("Currency: {}", query.currency), |query| query.currency.clear());
    chip(&query.payee, "One payee".to_owned(), |query| query.payee.clear());
    chip(&query.provider, format!("Provider: {}", words::provider(&query.provider)), |query| query.provider.clear());
    chip(&query.credential, "Made by one program".to_owned(), |query| query.credential.clear());
    chip(&query.reversed, "With a reversal".to_owned(), |query| query.reversed.clear());
    chips
}

fn at_cursor(query: &ListQuery, at: Cursor) -> String {
    let changed = query.with(|query| match at {
        Cursor::Newest => {}
        Cursor::After(id) => query.after = id.to_string(),
        Cursor::Before(id) => query.before = id.to_string(),
    });
    changed.href()
}

/// The export takes the whole filter, whatever page is shown.
fn export_href(query: &ListQuery) -> String {
    query.with(|_| {}).at("/payouts/export.csv")
}

fn nothing(tab: Option<Bucket>) -> String {
    match tab {
        Some(tab) => format!("No payout here: {}", tab_word(tab).to_lowercase()),
        None => "No payout matches".to_owned(),
    }
}
