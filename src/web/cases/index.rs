//! The list of cases, with its filters and what is at stake.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::{answer, asks, href, kind, never_asked, reference, status};
use crate::domain::case::Kind;
use crate::domain::ids::CaseId;
use crate::domain::money::{Currency, Money, group};
use crate::domain::wallet::Wallet;
use crate::service::{Desk, cases, wallets};
use crate::store::cases::{CaseFilter, CaseLine, CaseTotal, Owner};
use crate::store::wallets::Client;
use crate::web::address::encode;
use crate::web::auth::Visitor;
use crate::web::display::{ChipView, FieldView, MoneyText, OptionView, PagerView, StatusView, TabView, TimeView};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::many;
use crate::web::respond;
use crate::web::time::lasted;

/// Cases on one page.
const ROWS: usize = 50;

/// All cases, open or closed, that match.
#[derive(Template)]
#[template(path = "cases/index.html")]
pub struct CasesPage {
    pub layout: Layout,
    pub tabs: Vec<TabView>,
    pub open: bool,
    pub filters: FiltersView,
    pub chips: Vec<ChipView>,
    /// The tab without a filter.
    pub clear: String,
    pub rows: Vec<CaseRow>,
    /// What nobody knows and what is lost, over all that are open and match.
    pub sums: Vec<SumsView>,
    pub pager: PagerView,
    /// The first page's address, when this one lies past the end of the list.
    pub first_href: Option<String>,
}

/// The filter's fields, with what they offer.
#[derive(Clone, Debug)]
pub struct FiltersView {
    pub owner: FieldView,
    pub owners: Vec<OptionView>,
    pub kind: FieldView,
    pub kinds: Vec<OptionView>,
    pub client: FieldView,
    pub clients: Vec<OptionView>,
    pub currency: FieldView,
    pub currencies: Vec<OptionView>,
}

/// Sums of one sort, each payout once.
#[derive(Clone, Debug)]
pub struct SumsView {
    pub label: &'static str,
    pub note: String,
    pub sums: Vec<MoneyText>,
}

/// One case in the list.
#[derive(Clone, Debug)]
pub struct CaseRow {
    pub href: String,
    pub kind: &'static str,
    pub reference: String,
    pub payee: String,
    pub client: String,
    pub money: MoneyText,
    pub since: TimeView,
    /// How long it has been, for example `3 h 12 min`.
    pub lasted: String,
    /// What the provider itself said last; empty when it never has.
    pub answer: String,
    pub answered: String,
    /// When the provider is asked next; none when it is not, and then why.
    pub next: Option<TimeView>,
    pub never: &'static str,
    pub owner: String,
    pub status: StatusView,
}

/// What the list's address says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct IndexQuery {
    /// `closed` or anything else.
    state: String,
    /// `mine`, `nobody` or anything else.
    owner: String,
    kind: String,
    /// The client's number.
    client: String,
    /// Three letters.
    currency: String,
    after: String,
}

/// GET /cases
pub async fn index(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<IndexQuery>,
) -> Result<HttpResponse, Failure> {
    let query = query.into_inner();
    let wallets = wallets::list(&desk, &visitor.caller).await?;
    let filter = query.filter(&visitor, &wallets);
    let after: Option<CaseId> = query.after.parse().ok();
    let found = cases::list(&desk, &visitor.caller, &filter, after, ROWS).await?;
    let open = !filter.closed;
    let order = if open { "oldest first" } else { "newest first" };
    let tab = |word: &str, count, closed| TabView {
        href: query.with(|query| query.state = if closed { "closed".into() } else { String::new() }),
        word: word.into(),
        count,
        current: closed == filter.closed,
    };
    let href = query.with(|_| {});
    respond::page(&CasesPage {
        layout: visitor.layout("Cases", Place::Cases),
        tabs: vec![tab("Open", Some(group(found.open.unsigned_abs())), false), tab("Closed", None, true)],
        open,
        filters: filters(&query, &wallets),
        chips: chips(&query, &wallets),
        clear: if open { "/cases".to_owned() } else { "/cases?state=closed".to_owned() },
        first_href: (found.lines.is_empty() && after.is_some()).then(|| href.clone()),
        sums: sums(&found.totals),
        pager: PagerView {
            shown: format!("{}, {order}", many(found.lines.len(), "case", "cases")),
            newer: after.map(|_| href.clone()),
            older: found.next.map(|next| query.with(|query| query.after = next.to_string())),
        },
        rows: found.lines.iter().map(|line| row(&visitor, line)).collect(),
    })
}

type Wallets = [(Wallet, Client)];

impl IndexQuery {
    /// What matches; what nobody knows filters nothing.
    fn filter(&self, visitor: &Visitor, wallets: &Wallets) -> CaseFilter {
        CaseFilter {
            closed: self.state == "closed",
            owner: match self.owner.as_str() {
                "mine" => visitor.caller.person().map(Owner::Staff),
                "nobody" => Some(Owner::Nobody),
                _ => None,
            },
            kind: Kind::from_name(&self.kind),
            client: self.client(wallets).map(|client| client.id),
            currency: Currency::from_code(&self.currency),
        }
    }

    fn client<'a>(&self, wallets: &'a Wallets) -> Option<&'a Client> {
        wallets.iter().map(|(_, client)| client).find(|client| client.number.to_string() == self.client)
    }

    /// The address of the first page of this, changed.
    fn with(&self, how: impl FnOnce(&mut IndexQuery)) -> String {
        let mut query = IndexQuery { after: String::new(), ..self.clone() };
        how(&mut query);
        let parts = [
            ("state", query.state),
            ("owner", query.owner),
            ("kind", query.kind),
            ("client", query.client),
            ("currency", query.currency),
            ("after", query.after),
        ];
        let parts = parts.iter().filter(|(_, value)| !value.is_empty());
        let parts: Vec<String> = parts.map(|(name, value)| format!("{name}={}", encode(value))).collect();
        if parts.is_empty() { "/cases".to_owned() } else { format!("/cases?{}", parts.join("&")) }
    }
}

fn filters(query: &IndexQuery, wallets: &Wallets) -> FiltersView {
    let mut currencies: Vec<&str> = wallets.iter().map(|(wallet, _)| wallet.currency.code()).collect();
    currencies.sort_unstable();
    currencies.dedup();
    let mut clients: Vec<&Client> = wallets.iter().map(|(_, client)| client).collect();
    clients.sort_by_key(|client| client.number);
    clients.dedup_by_key(|client| client.number);
    FiltersView {
        owner: FieldView::of(&query.owner),
        owners: OWNERS.iter().map(|(value, word)| OptionView::new(*value, *word)).collect(),
        kind: FieldView::of(&query.kind),
        kinds: Kind::ALL.into_iter().map(|one| OptionView::new(one.name(), kind(one))).collect(),
        client: FieldView::of(&query.client),
        clients: clients.iter().map(|client| OptionView::new(client.number.to_string(), &client.name)).collect(),
        currency: FieldView::of(&query.currency),
        currencies: currencies.into_iter().map(|code| OptionView::new(code, code)).collect(),
    }
}

const OWNERS: [(&str, &str); 2] = [("mine", "Mine"), ("nobody", "Nobody’s")];

/// The filters that are on, each with the address of the list without it.
fn chips(query: &IndexQuery, wallets: &Wallets) -> Vec<ChipView> {
    let mut chips = Vec::new();
    let mut chip = |word: Option<String>, clear: fn(&mut IndexQuery)| {
        chips.extend(word.map(|word| ChipView { word, remove_href: query.with(clear) }));
    };
    let owner = OWNERS.iter().find(|(value, _)| *value == query.owner);
    chip(owner.map(|(_, word)| (*word).to_owned()), |query| query.owner.clear());
    chip(Kind::from_name(&query.kind).map(|one| kind(one).to_owned()), |query| query.kind.clear());
    chip(query.client(wallets).map(|client| format!("Client: {}", client.name)), |query| query.client.clear());
    let currency = Currency::from_code(&query.currency);
    chip(currency.map(|currency| format!("Currency: {}", currency.code())), |query| query.currency.clear());
    chips
}

/// What nobody knows and what is lost, apart: the one may still turn out well.
fn sums(totals: &[CaseTotal]) -> Vec<SumsView> {
    let payouts: i64 = totals.iter().map(|total| total.payouts).sum();
    let of = |label, note: String, money: fn(&CaseTotal) -> Money| SumsView {
        label,
        note,
        sums: totals.iter().map(money).filter(|money| money.minor > 0).map(MoneyText::from).collect(),
    };
    let payouts = many(usize::try_from(payouts).unwrap_or_default(), "payout", "payouts");
    let all = [
        of("Nobody knows", format!("{payouts} in all, each counted once; fees not included"), CaseTotal::unknown),
        of("Lost", "Booked as a loss of the desk".to_owned(), CaseTotal::lost),
    ];
    all.into_iter().filter(|view| !view.sums.is_empty()).collect()
}

fn row(visitor: &Visitor, line: &CaseLine) -> CaseRow {
    let case = &line.case;
    let until = case.closed_at.unwrap_or(visitor.now);
    CaseRow {
        href: href(case.id),
        kind: kind(case.kind),
        reference: reference(line),
        payee: line.payee_name(),
        client: line.client_name.clone(),
        money: case.amount().into(),
        since: visitor.zone.on(case.since),
        lasted: lasted(until - case.since),
        answer: answer(line),
        answered: line.last_answer_at.map(|at| visitor.zone.when(at, visitor.now)).unwrap_or_default(),
        next: asks(line).map(|at| visitor.zone.short(at, visitor.now)),
        never: never_asked(line),
        owner: line.owner_name.clone().unwrap_or_default(),
        status: status(line),
    }
}
