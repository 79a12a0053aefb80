//! The list of payout links: tabs, filters and sums.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::query;
use crate::domain::ids::PayoutLinkId;
use crate::domain::payout_link::State;
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::{Error, FieldError};
use crate::service::link_list::{self, LinkPage, LinkQuery};
use crate::service::{Desk, wallets};
use crate::store::payout_links::{LinkBucket, LinkRow};
use crate::store::payouts::Cursor;
use crate::store::wallets::Client;
use crate::web::auth::Visitor;
use crate::web::display::{
    ChipView, FieldView, MoneyText, OptionView, PagerView, Problem, StatusView, TabView, TimeView,
};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::matching::{self, Matching, Noun, SumsView};
use crate::web::start::{self, StartView};
use crate::web::time::lasted;
use crate::web::{respond, words};

/// Links on one page.
const PAGE: usize = 50;
const NOUN: Noun = Noun { one: "payout link", more: "payout links" };

/// One page of the list.
#[derive(Template)]
#[template(path = "links/index.html")]
pub struct LinksPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    /// For example `10,000+ payout links match`.
    pub matches: String,
    pub may_make: bool,
    /// Address and word of the export of exactly this list.
    pub export: Option<OptionView>,
    pub tabs: Vec<TabView>,
    pub filters: LinkFilters,
    pub chips: Vec<ChipView>,
    pub clear_href: String,
    /// The same search among payouts.
    pub elsewhere: Option<OptionView>,
    /// What the table shows, for screen readers.
    pub caption: String,
    pub rows: Vec<Row>,
    pub sums: SumsView,
    pub pager: PagerView,
    /// Said when filters leave nothing; `None` when there is no link at all.
    pub nothing_matches: Option<String>,
    /// The first page's address, when this one lies past the end of the list.
    pub first_href: Option<String>,
    /// The next step while there is no link at all.
    pub start: StartView,
}

/// The filter form as it stands in the URL.
#[derive(Clone, Debug, Default)]
pub struct LinkFilters {
    pub status: String,
    /// Kept, because a link led here with them: there are no fields for them.
    pub contact: String,
    pub provider: String,
    pub credential: String,
    pub q: FieldView,
    pub from: FieldView,
    pub to: FieldView,
    pub client: FieldView,
    pub clients: Vec<OptionView>,
    pub wallet: FieldView,
    pub wallets: Vec<OptionView>,
    pub currency: FieldView,
    pub currencies: Vec<OptionView>,
    pub amount: FieldView,
    /// One of the further filters is on.
    pub more: bool,
}

/// One link in the list.
#[derive(Clone, Debug)]
pub struct Row {
    pub href: String,
    /// For example `lnk_…xyz789`.
    pub short_id: String,
    pub created: TimeView,
    pub recipient: String,
    /// Their email or phone.
    pub contact: String,
    /// The reference or the receipt; empty when it has neither.
    pub reference: String,
    pub status: StatusView,
    /// For example `for 2 h 32 min`, or who ended it.
    pub since: String,
    /// `in 6 h 20 min` while it can be claimed; empty when that is over or never ends.
    pub expires: String,
    pub money: MoneyText,
    /// Without the code.
    pub fees: String,
    pub wallet: String,
    pub client: String,
}

/// GET /payout-links
pub async fn index(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<LinkQuery>,
) -> Result<HttpResponse, Failure> {
    let query = query.into_inner();
    match link_list::page(&desk, &visitor.caller, &query, visitor.zone.0, PAGE).await {
        Ok(found) => respond::page(&page(&visitor, &query, &found)),
        Err(Error::Validation(errors)) => {
            let wallets = wallets::list(&desk, &visitor.caller).await?;
            let choices = Choices {
                wallets: wallets.into_iter().map(|(wallet, _)| wallet).collect(),
                clients: wallets::clients(&desk, &visitor.caller).await?,
            };
            respond::unprocessable(&LinksPage {
                nothing_matches: Some("This filter cannot be read".to_owned()),
                ..frame(&visitor, &query, &choices, &errors)
            })
        }
        Err(error) => Err(error.into()),
    }
}

/// What the filter's lists offer.
struct Choices {
    wallets: Vec<Wallet>,
    clients: Vec<Client>,
}

fn page(visitor: &Visitor, query: &LinkQuery, found: &LinkPage) -> LinksPage {
    let matching = Matching::of(NOUN, query.status.trim(), &found.counts, found.exact);
    let tab = LinkBucket::from_name(query.status.trim());
    let narrowed = query::is_narrowed(query);
    let choices = Choices { wallets: found.wallets.clone(), clients: found.clients.clone() };
    let base = frame(visitor, query, &choices, &[]);
    // What stood there has moved on, or the address was typed.
    let beyond = found.lines.is_empty() && query::has_cursor(query) && matching.any();
    LinksPage {
        matches: matching.sentence(),
        // Before the first link the empty list offers the next step, which may be another one.
        may_make: base.may_make && (narrowed || tab.is_some() || beyond || !found.lines.is_empty()),
        export: (!found.lines.is_empty()).then(|| {
            // The export takes the whole filter, whatever page is shown.
            let href = query::at(&query::with(query, |_| {}), "/payout-links/export.csv");
            OptionView::new(href, matching.export())
        }),
        tabs: tabs(query, found),
        caption: match tab {
            Some(tab) => format!("Payout links: {}, newest first", tab_word(tab).to_lowercase()),
            None => "Payout links, newest first".to_owned(),
        },
        rows: found.lines.iter().map(|line| row(visitor, line)).collect(),
        sums: matching.sums(),
        pager: PagerView {
            shown: matching.shown(found.lines.len()),
            newer: found.newer.map(|at| at_cursor(query, at)),
            older: found.older.map(|at| at_cursor(query, at)),
        },
        nothing_matches: (narrowed || tab.is_some()).then(|| match tab {
            Some(tab) => format!("No payout link here: {}", tab_word(tab).to_lowercase()),
            None => "No payout link matches".to_owned(),
        }),
        first_href: beyond.then(|| query::href(&query::with(query, |_| {}))),
        ..base
    }
}

/// What does not depend on what was found.
fn frame(visitor: &Visitor, query: &LinkQuery, choices: &Choices, errors: &[FieldError]) -> LinksPage {
    let mut layout = visitor.layout("Payout links", Place::Links);
    layout.failed = !errors.is_empty();
    let q = query.q.trim();
    LinksPage {
        layout,
        problems: respond::problems(errors),
        matches: "0 payout links match".to_owned(),
        may_make: visitor.may(Operation::MakeLink),
        export: None,
        tabs: Vec::new(),
        filters: filters(query, choices, errors),
        chips: chips(query, choices),
        clear_href: "/payout-links".to_owned(),
        elsewhere: (!q.is_empty()).then(|| {
            let href = crate::web::address::with_query("/payouts", &[("q", q)]);
            OptionView::new(href, format!("Look for “{q}” among payouts"))
        }),
        caption: String::new(),
        rows: Vec::new(),
        sums: SumsView::default(),
        pager: PagerView::default(),
        nothing_matches: None,
        first_href: None,
        start: start::next_link(visitor, &choices.wallets),
    }
}

fn tabs(query: &LinkQuery, found: &LinkPage) -> Vec<TabView> {
    let current = query.status.trim();
    let tab = |name: &'static str, word: &str| TabView {
        href: query::href(&query::with(query, |query| query.status = name.to_owned())),
        word: word.to_owned(),
        count: matching::tab_count(&found.counts, found.exact, name),
        current: current == name,
    };
    let mut tabs = vec![tab("", "All")];
    tabs.extend(LinkBucket::ALL.into_iter().map(|bucket| tab(bucket.name(), tab_word(bucket))));
    tabs
}

fn tab_word(bucket: LinkBucket) -> &'static str {
    match bucket {
        LinkBucket::Reopened => words::link_status(State::Issued, true, None).word,
        LinkBucket::Is(State::Failed) => "Closed",
        LinkBucket::Is(state) => words::link_status(state, false, None).word,
    }
}

fn row(visitor: &Visitor, line: &LinkRow) -> Row {
    let reopened = line.bucket() == LinkBucket::Reopened;
    let end = line.expire_by.filter(|_| line.state.is_open());
    Row {
        href: format!("/payout-links/{}", line.id),
        short_id: line.id.short(),
        created: visitor.zone.short(line.id.created_at(), visitor.now),
        recipient: line.contact_name.clone(),
        contact: line.contact_email.clone().or_else(|| line.contact_phone.clone()).unwrap_or_default(),
        reference: line.reference.clone().or_else(|| line.receipt.clone()).unwrap_or_default(),
        status: words::link_status(line.state, reopened, line.close_reason),
        since: match line.changed_at {
            Some(at) if !line.state.is_final() => format!("for {}", lasted(visitor.now - at)),
            Some(at) => visitor.zone.short(at, visitor.now).shown,
            None => String::new(),
        },
        expires: match end {
            Some(end) if end > visitor.now => format!("in {}", lasted(end - visitor.now)),
            Some(_) => "Time is over".to_owned(),
            None if line.state.is_open() => "Never".to_owned(),
            None => String::new(),
        },
        money: line.amount().into(),
        fees: line.fees().figures(),
        wallet: line.wallet_name.clone(),
        client: line.client_name.clone(),
    }
}

fn filters(query: &LinkQuery, choices: &Choices, errors: &[FieldError]) -> LinkFilters {
    let mut currencies: Vec<&str> = choices.wallets.iter().map(|wallet| wallet.currency.code()).collect();
    currencies.sort_unstable();
    currencies.dedup();
    let field = |name: &'static str, typed: &str| respond::field(name, typed, errors);
    let client = |wallet: &Wallet| {
        let client = choices.clients.iter().find(|client| client.id == wallet.client_id);
        client.map_or_else(String::new, |client| format!(", {}", client.name))
    };
    LinkFilters {
        status: query.status.clone(),
        contact: query.contact.clone(),
        provider: query.provider.clone(),
        credential: query.credential.clone(),
        q: field("q", &query.q),
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
            .map(|wallet| OptionView::new(wallet.number.to_string(), format!("{}{}", wallet.name, client(wallet))))
            .collect(),
        currency: field("currency", &query.currency),
        currencies: currencies.into_iter().map(|code| OptionView::new(code, code)).collect(),
        amount: field("amount", &query.amount),
        more: [&query.client, &query.amount].iter().any(|value| !value.trim().is_empty()),
    }
}

/// The filters that are on, each with the address of the list without it.
fn chips(query: &LinkQuery, choices: &Choices) -> Vec<ChipView> {
    let mut chips = Vec::new();
    let mut chip = |value: &str, word: String, clear: fn(&mut LinkQuery)| {
        if !value.trim().is_empty() {
            chips.push(ChipView { word, remove_href: query::href(&query::with(query, clear)) });
        }
    };
    let wallet = choices.wallets.iter().find(|wallet| wallet.number.to_string() == query.wallet);
    let client = choices.clients.iter().find(|client| client.number.to_string() == query.client);
    let wallet = wallet.map_or_else(|| query.wallet.clone(), |wallet| wallet.name.clone());
    let client = client.map_or_else(|| query.client.clone(), |client| client.name.clone());
    chip(&query.q, format!("“{}”", query.q.trim()), |query| query.q.clear());
    chip(&query.from, format!("Created from {}", query.from), |query| query.from.clear());
    chip(&query.to, format!("Created to {}", query.to), |query| query.to.clear());
    chip(&query.client, format!("Client: {client}"), |query| query.client.clear());
    chip(&query.wallet, format!("Wallet: {wallet}"), |query| query.wallet.clear());
    chip(&query.currency, format!("Currency: {}", query.currency), |query| query.currency.clear());
    chip(&query.amount, format!("Amount: {}", query.amount), |query| query.amount.clear());
    chip(&query.contact, "To one payee".to_owned(), |query| query.contact.clear());
    chip(&query.provider, format!("Provider: {}", words::provider(&query.provider)), |query| query.provider.clear());
    chip(&query.credential, "Made by one program".to_owned(), |query| query.credential.clear());
    chips
}

fn at_cursor(query: &LinkQuery, at: Cursor<PayoutLinkId>) -> String {
    query::href(&query::with(query, |query| match at {
        Cursor::Newest => {}
        Cursor::After(id) => query.after = id.to_string(),
        Cursor::Before(id) => query.before = id.to_string(),
    }))
}
