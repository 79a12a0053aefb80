//! The pages of payees: find, see, save and delete those who are paid.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::address::{encode, with_query};
use super::auth::Visitor;
use super::csrf::Posted;
use super::display::{ChipView, FieldView, MoneyText, NoticeView, OptionView, PagerView, Problem, TimeView, Tone};
use super::failure::Failure;
use super::layout::{Layout, Place};
use super::numbers::many;
use super::respond;
use super::sessions::Confirmed;
use crate::domain::bank;
use crate::domain::ids::PayeeId;
use crate::domain::money::group;
use crate::domain::staff::Operation;
use crate::error::{Error, FieldError};
use crate::service::accounts::Revealed;
use crate::service::payouts::PayeeInput;
use crate::service::{Desk, accounts, payees, wallets};
use crate::store::payees::PayeeLine;
use crate::store::wallets::Client;

/// Payees on one page.
const ROWS: usize = 50;

/// Saved payees.
#[derive(Template)]
#[template(path = "payees/index.html")]
pub struct PayeesPage {
    pub layout: Layout,
    pub may_change: bool,
    pub q: FieldView,
    pub client: FieldView,
    pub clients: Vec<OptionView>,
    pub chips: Vec<ChipView>,
    pub rows: Vec<PayeeRow>,
    pub pager: PagerView,
    /// Said when the search leaves nothing; `None` when no payee is saved at all.
    pub nothing_matches: Option<String>,
}

/// One payee in the list.
#[derive(Clone, Debug)]
pub struct PayeeRow {
    pub href: String,
    pub name: String,
    pub email: String,
    /// Masked, for example `US account •• 4417`; empty when none is known.
    pub account: String,
    pub client: String,
    /// Grouped.
    pub payouts: String,
    /// One total per currency.
    pub totals: Vec<MoneyText>,
    pub last: Option<TimeView>,
}

/// One payee.
#[derive(Template)]
#[template(path = "payees/show.html")]
pub struct PayeePage {
    pub layout: Layout,
    pub id: String,
    pub name: String,
    pub email: String,
    pub phone: String,
    pub country: String,
    /// Masked.
    pub account: String,
    /// Shows the account in full, for those who may and when one is known.
    pub reveal: Option<Reveal>,
    pub client: String,
    pub saved: TimeView,
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

/// The button that shows bank details in full.
#[derive(Clone, Debug)]
pub struct Reveal {
    pub action: String,
}

/// Bank details in full. The page answers the button alone: it has no address that could be opened again.
#[derive(Template)]
#[template(path = "payees/account.html")]
pub struct AccountPage {
    pub layout: Layout,
    /// Address and name of the list that the record stands in.
    pub list: OptionView,
    /// The record that the details were opened from.
    pub href: String,
    pub name: String,
    pub email: String,
    pub shown: TimeView,
    /// Label and value.
    pub members: Vec<(String, String)>,
}

/// What was paid to one payee in one currency.
#[derive(Clone, Debug)]
pub struct PayeeTotal {
    /// Grouped.
    pub payouts: String,
    pub money: MoneyText,
    pub last: TimeView,
}

/// The form for a new payee.
#[derive(Template)]
#[template(path = "payees/new.html")]
pub struct NewPayeePage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub clients: Vec<OptionView>,
    pub draft: PayeeDraft,
}

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct PayeeDraft {
    pub client: FieldView,
    pub first_name: FieldView,
    pub last_name: FieldView,
    pub email: FieldView,
    pub phone: FieldView,
    pub country: FieldView,
    pub account_number: FieldView,
}

/// The confirm step of deleting a payee, on a page of its own.
#[derive(Template)]
#[template(path = "payees/deletion.html")]
pub struct PayeeDeletionPage {
    pub layout: Layout,
    pub step: DeletionStep,
}

/// What deleting a payee does.
#[derive(Clone, Debug)]
pub struct DeletionStep {
    pub action: String,
    pub keep_href: String,
    pub name: String,
    pub email: String,
    pub account: String,
    pub client: String,
    /// What becomes of the payouts made to it.
    pub effect: String,
}

/// What the list's address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct IndexQuery {
    /// The start of an email or a name.
    q: String,
    /// A client's number.
    client: String,
    /// Older than this payee.
    before: String,
}

/// The form for a new payee, as it was sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct PayeeForm {
    client: String,
    first_name: String,
    last_name: String,
    email: String,
    phone: String,
    country: String,
    account_number: String,
}

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/payees").route(web::get().to(index)).route(web::post().to(create)));
    config.service(web::resource("/payees/new").route(web::get().to(new)));
    config.service(web::resource("/payees/{id}").route(web::get().to(show)));
    config.service(web::resource("/payees/{id}/account").route(web::get().to(hidden)).route(web::post().to(reveal)));
    config.service(web::resource("/payees/{id}/deletion").route(web::get().to(deletion)).route(web::post().to(delete)));
}

/// GET /payees
pub async fn index(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<IndexQuery>,
) -> Result<HttpResponse, Failure> {
    let (q, client) = (query.q.trim(), query.client.trim());
    let before = query.before.parse().ok();
    // A number that cannot be read names no client.
    let number = (!client.is_empty()).then(|| client.parse().unwrap_or(0));
    let (lines, older) = payees::list(&desk, &visitor.caller, Some(q), number, before, ROWS).await?;
    let clients = wallets::clients(&desk, &visitor.caller).await?;
    let older = older.map(|older| older.to_string()).unwrap_or_default();
    respond::page(&PayeesPage {
        layout: visitor.layout("Payees", Place::Payees),
        may_change: visitor.may(Operation::ChangePayees),
        q: FieldView::of(q),
        client: FieldView::of(client),
        chips: chips(q, client, &clients),
        clients: clients.iter().map(|client| OptionView::new(client.number.to_string(), &client.name)).collect(),
        pager: PagerView {
            shown: format!("{}, newest first", many(lines.len(), "payee", "payees")),
            newer: before.map(|_| address(q, client, "")),
            older: (!older.is_empty()).then(|| address(q, client, &older)),
        },
        nothing_matches: nothing(q, client),
        rows: lines.iter().map(|line| row(&visitor, line)).collect(),
    })
}

/// The list's address with these filters, from this payee on.
fn address(q: &str, client: &str, before: &str) -> String {
    let parts: Vec<String> = [("q", q), ("client", client), ("before", before)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    if parts.is_empty() { "/payees".to_owned() } else { format!("/payees?{}", parts.join("&")) }
}

fn chips(q: &str, client: &str, clients: &[Client]) -> Vec<ChipView> {
    let mut chips = Vec::new();
    if !q.is_empty() {
        chips.push(ChipView { word: format!("Begins with “{q}”"), remove_href: address("", client, "") });
    }
    if !client.is_empty() {
        let named = clients.iter().find(|known| known.number.to_string() == client);
        let name = named.map_or(client, |known| known.name.as_str());
        chips.push(ChipView { word: format!("Client: {name}"), remove_href: address(q, "", "") });
    }
    chips
}

fn nothing(q: &str, client: &str) -> Option<String> {
    match (q.is_empty(), client.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("No saved payee begins with “{q}”")),
        (true, false) => Some("No payee of this client is saved".to_owned()),
        (false, false) => Some(format!("No saved payee of this client begins with “{q}”")),
    }
}

/// GET /payees/new
pub async fn new(visitor: Visitor, desk: web::Data<Desk>) -> Result<HttpResponse, Failure> {
    if !visitor.may(Operation::ChangePayees) {
        return Err(Error::Forbidden.into());
    }
    respond::page(&new_page(&visitor, &desk, &PayeeForm::default(), &[]).await?)
}

/// POST /payees
pub async fn create(visitor: Visitor, desk: web::Data<Desk>, form: Posted<PayeeForm>) -> Result<HttpResponse, Failure> {
    let form = form.into_inner();
    match payees::create(&desk, &visitor.caller, Some(&form.client), &form.input(), None).await {
        Ok(saved) => {
            let line = saved.value;
            visitor.flash(NoticeView::new(Tone::Good, format!("{} is saved", line.payee.name())));
            Ok(respond::see_other(&format!("/payees/{}", line.payee.id)))
        }
        Err(Error::Validation(errors)) => respond::unprocessable(&new_page(&visitor, &desk, &form, &errors).await?),
        Err(error) => Err(error.into()),
    }
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
    respond::page(&PayeePage {
        layout: visitor.layout(payee.name(), Place::Payees),
        id: payee.id.to_string(),
        name: payee.name(),
        email: payee.email.clone(),
        phone: payee.phone.clone().unwrap_or_default(),
        country: payee.country.clone().unwrap_or_default(),
        account: payee.account_label.clone().unwrap_or_default(),
        reveal: (visitor.may(Operation::RevealAccounts) && payee.account_identifiers.is_some())
            .then(|| Reveal { action: format!("/payees/{}/account", payee.id) }),
        client: line.client_name.clone(),
        saved: visitor.zone.on(payee.saved_at.unwrap_or_else(|| payee.id.created_at())),
        payouts_href: format!("/payouts?payee={}", payee.id),
        links_href: (!payee.email.is_empty()).then(|| with_query("/payout-links", &[("q", &payee.email)])),
        totals: totals.collect(),
        link_href: visitor.may(Operation::MakeLink).then(|| format!("/payout-links/new?payee={}", payee.id)),
        make_href: visitor.may(Operation::MakePayout).then(|| format!("/payouts/new?payee={}", payee.id)),
        deletion: visitor.may(Operation::ChangePayees).then(|| step(&line)),
    })
}

/// POST /payees/{id}/account
pub async fn reveal(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    let id: PayeeId = id.parse().map_err(|_| Error::NotFound("Payee"))?;
    let revealed = accounts::reveal(&desk, &visitor.caller, id).await?;
    let href = format!("/payees/{id}");
    respond::page(&AccountPage::of(&visitor, ("/payees", "Payees"), Place::Payees, href, &revealed))
}

impl AccountPage {
    /// `href` is the record that the details were opened from.
    pub fn of(visitor: &Visitor, list: (&str, &str), place: Place, href: String, revealed: &Revealed) -> AccountPage {
        let payee = &revealed.line.payee;
        let member = |(name, value): (&String, &serde_json::Value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (bank::member_label(name), bank::member_words(name, &text))
        };
        AccountPage {
            layout: visitor.layout(format!("Bank details of {}", payee.name()), place),
            list: list.into(),
            href,
            name: payee.name(),
            email: payee.email.clone(),
            shown: visitor.zone.on(visitor.now),
            members: revealed.identifiers.iter().map(member).collect(),
        }
    }
}

/// GET /payees/{id}/account: whoever reloads the page has to press the button again.
pub async fn hidden(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let line = find(&visitor, &desk, &id).await?;
    Ok(respond::see_other(&format!("/payees/{}", line.payee.id)))
}

/// GET /payees/{id}/deletion
pub async fn deletion(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    if !visitor.may(Operation::ChangePayees) {
        return Err(Error::Forbidden.into());
    }
    let line = find(&visitor, &desk, &id).await?;
    respond::page(&PayeeDeletionPage { layout: visitor.layout("Delete payee?", Place::Payees), step: step(&line) })
}

/// POST /payees/{id}/deletion
pub async fn delete(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    let line = find(&visitor, &desk, &id).await?;
    payees::delete(&desk, &visitor.caller, line.payee.id).await?;
    let text = "New payouts cannot pick this payee any more. Payouts already made stay as they are.";
    visitor.flash(NoticeView::new(Tone::Good, format!("{} is deleted", line.payee.name())).with_text(text));
    Ok(respond::see_other("/payees"))
}

async fn find(visitor: &Visitor, desk: &Desk, id: &str) -> Result<PayeeLine, Error> {
    let id: PayeeId = id.parse().map_err(|_| Error::NotFound("Payee"))?;
    payees::get(desk, &visitor.caller, id).await
}

async fn new_page(
    visitor: &Visitor,
    desk: &Desk,
    form: &PayeeForm,
    errors: &[FieldError],
) -> Result<NewPayeePage, Error> {
    let fields = ["client", "first_name", "last_name", "email", "country", "phone", "account_number"];
    let errors = respond::in_order(errors.iter().map(as_typed).collect(), &fields);
    let clients = wallets::clients(desk, &visitor.caller).await?;
    let mut layout = visitor.layout("New payee", Place::Payees);
    layout.failed = !errors.is_empty();
    let field = |name: &str, typed: &str| respond::field(name, typed, &errors);
    Ok(NewPayeePage {
        layout,
        problems: respond::problems(&errors),
        clients: clients.iter().map(|client| OptionView::new(client.number.to_string(), &client.name)).collect(),
        draft: PayeeDraft {
            client: field("client", &form.client),
            first_name: field("first_name", &form.first_name),
            last_name: field("last_name", &form.last_name),
            email: field("email", &form.email),
            phone: field("phone", &form.phone),
            country: field("country", &form.country),
            account_number: field("account_number", &form.account_number),
        },
    })
}

/// The form has one field for the identifiers.
fn as_typed(error: &FieldError) -> FieldError {
    let field = if error.field == "identifiers" { "account_number" } else { error.field };
    FieldError { field, message: error.message.clone() }
}

impl PayeeForm {
    fn input(&self) -> PayeeInput {
        let number = Some(self.account_number.trim()).filter(|number| !number.is_empty());
        PayeeInput {
            email: Some(self.email.clone()),
            first_name: Some(self.first_name.clone()),
            last_name: Some(self.last_name.clone()),
            country: Some(self.country.clone()),
            phone: Some(self.phone.clone()),
            identifiers: number.map(|number| serde_json::json!({ "account_number": number }).to_string()),
            metadata: None,
        }
    }
}

fn row(visitor: &Visitor, line: &PayeeLine) -> PayeeRow {
    let payouts: i64 = line.totals.iter().map(|total| total.payouts).sum();
    let last = line.totals.iter().map(|total| total.last_payout_at).max();
    PayeeRow {
        href: format!("/payees/{}", line.payee.id),
        name: line.payee.name(),
        email: line.payee.email.clone(),
        account: line.payee.account_label.clone().unwrap_or_default(),
        client: line.client_name.clone(),
        payouts: group(payouts.unsigned_abs()),
        totals: line.totals.iter().map(|total| total.amount().into()).collect(),
        last: last.map(|last| visitor.zone.short(last, visitor.now)),
    }
}

fn step(line: &PayeeLine) -> DeletionStep {
    let href = format!("/payees/{}", line.payee.id);
    let payouts: i64 = line.totals.iter().map(|total| total.payouts).sum();
    DeletionStep {
        action: format!("{href}/deletion"),
        keep_href: href,
        name: line.payee.name(),
        email: line.payee.email.clone(),
        account: line.payee.account_label.clone().unwrap_or_default(),
        client: line.client_name.clone(),
        effect: match payouts {
            0 => "It was never paid. The log keeps that it was saved.".to_owned(),
            1 => "The payout made to it stays as it is; one on its way goes on.".to_owned(),
            many => format!(
                "The {} payouts made to it stay as they are; those on their way go on.",
                group(many.unsigned_abs())
            ),
        },
    }
}
