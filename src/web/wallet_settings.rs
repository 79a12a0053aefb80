//! Making a wallet, and changing a wallet's name, limit, fees and threshold; for admins.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::auth::Visitor;
use super::csrf::Posted;
use super::display::{FieldView, NoticeView, OptionView, Problem, Tone};
use super::failure::Failure;
use super::layout::{Layout, Place};
use super::payouts::changed as refused;
use super::wallets::percent;
use super::{respond, wallet_limits as limit_page, words};
use crate::domain::money::{Currency, Money};
use crate::domain::payout::Rule;
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::{Error, FieldError};
use crate::service::wallet_settings::{self, WalletInput, edition};
use crate::service::{Desk, wallet_limits, wallets};

/// Currencies that the form suggests; any other ISO code can be typed.
const SUGGESTED: [Currency; 12] = [
    Currency::USD,
    Currency::EUR,
    Currency::GBP,
    Currency::AED,
    Currency::AUD,
    Currency::CAD,
    Currency::CHF,
    Currency::INR,
    Currency::JPY,
    Currency::KWD,
    Currency::SGD,
    Currency::ZAR,
];

/// The form for a new wallet.
#[derive(Template)]
#[template(path = "wallets/new.html")]
pub struct NewWalletPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    /// Empty on a fresh desk.
    pub clients: Vec<OptionView>,
    pub currencies: Vec<OptionView>,
    /// The wallet's currency; empty, because it is still to be chosen.
    pub currency: &'static str,
    pub rails: Vec<OptionView>,
    pub draft: WalletDraft,
}

/// The form of a wallet's name and rules.
#[derive(Template)]
#[template(path = "wallets/settings.html")]
pub struct WalletSettingsPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    /// Somebody else changed them: what is saved now, label and text.
    pub changed: Option<Vec<OptionView>>,
    /// A looser limit that waits for another admin, and its page; or why none can be asked for.
    pub waits: Option<NoticeView>,
    pub waits_href: Option<String>,
    pub href: String,
    pub wallet: String,
    pub client: String,
    pub currency: &'static str,
    /// Names the settings that the form was made from.
    pub version: String,
    pub rails: Vec<OptionView>,
    pub draft: WalletDraft,
}

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct WalletDraft {
    pub client: FieldView,
    pub new_client: FieldView,
    pub name: FieldView,
    pub currency: FieldView,
    pub approval_limit: FieldView,
    pub threshold: FieldView,
    pub percentage: FieldView,
    pub fixed_fee: FieldView,
    pub least_fee: FieldView,
    pub rail: FieldView,
}

/// Both forms, as they were sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct WalletForm {
    client: String,
    new_client: String,
    name: String,
    currency: String,
    approval_limit: String,
    threshold: String,
    percentage: String,
    fixed_fee: String,
    least_fee: String,
    rail: String,
    version: String,
}

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/wallets/new").route(web::get().to(new)).route(web::post().to(create)));
    config
        .service(web::resource("/wallets/{number}/settings").route(web::get().to(edit)).route(web::post().to(update)));
}

/// GET /wallets/new
pub async fn new(visitor: Visitor, desk: web::Data<Desk>) -> Result<HttpResponse, Failure> {
    if !visitor.may(Operation::ManageWallets) {
        return Err(Error::Forbidden.into());
    }
    respond::page(&new_page(&visitor, &desk, &WalletForm::default(), Vec::new()).await?)
}

/// POST /wallets/new
pub async fn create(
    visitor: Visitor,
    desk: web::Data<Desk>,
    form: Posted<WalletForm>,
) -> Result<HttpResponse, Failure> {
    let form = form.into_inner();
    match wallet_settings::create(&desk, &visitor.caller, &form.input()).await {
        Ok(number) => {
            let text = "It is empty. Top it up, then payouts can be made from it.";
            visitor.flash(NoticeView::new(Tone::Good, format!("{} is made", form.name.trim())).with_text(text));
            Ok(respond::see_other(&format!("/wallets/{number}")))
        }
        Err(Error::Validation(errors)) => respond::unprocessable(&new_page(&visitor, &desk, &form, errors).await?),
        Err(error) => Err(error.into()),
    }
}

/// GET /wallets/{number}/settings
pub async fn edit(visitor: Visitor, desk: web::Data<Desk>, number: web::Path<String>) -> Result<HttpResponse, Failure> {
    if !visitor.may(Operation::ManageWallets) {
        return Err(Error::Forbidden.into());
    }
    let wallet = wallets::get(&desk, &visitor.caller, wallet_number(&number)?).await?;
    respond::page(&settings_page(&visitor, &desk, &wallet, &WalletForm::of(&wallet), Vec::new()).await?)
}

/// POST /wallets/{number}/settings
pub async fn update(
    visitor: Visitor,
    desk: web::Data<Desk>,
    number: web::Path<String>,
    form: Posted<WalletForm>,
) -> Result<HttpResponse, Failure> {
    let number = wallet_number(&number)?;
    let form = form.into_inner();
    let changed = wallet_settings::change(&desk, &visitor.caller, number, &form.input(), &form.version).await;
    match changed {
        Ok(wallet) => {
            let waits = wallet_limits::waiting(&desk, &visitor.caller, &wallet).await?;
            let saved = NoticeView::new(Tone::Good, format!("The settings of {} are saved", wallet.name));
            let asked = waits.filter(|line| Some(line.change.asked_by) == visitor.caller.person());
            if asked.is_some() {
                visitor.flash(saved.with_text("The looser approval limit waits until another admin agrees."));
                return Ok(respond::see_other(&limit_page::href(number)));
            }
            visitor.flash(saved);
            Ok(respond::see_other(&format!("/wallets/{number}?part=about")))
        }
        Err(Error::Validation(errors)) => {
            let wallet = wallets::get(&desk, &visitor.caller, number).await?;
            respond::unprocessable(&settings_page(&visitor, &desk, &wallet, &form, errors).await?)
        }
        Err(Error::Refused(refusal)) if refusal.rule == Rule::Stale => {
            let wallet = wallets::get(&desk, &visitor.caller, number).await?;
            let form = WalletForm { version: edition(&wallet), ..form };
            let mut page = settings_page(&visitor, &desk, &wallet, &form, Vec::new()).await?;
            page.layout.failed = true;
            page.changed = Some(saved(&wallet));
            respond::conflict(&page)
        }
        Err(Error::Refused(refusal)) => {
            let wallet = wallets::get(&desk, &visitor.caller, number).await?;
            let mut page = settings_page(&visitor, &desk, &wallet, &form, Vec::new()).await?;
            page.layout.failed = true;
            page.waits = Some(refused(&refusal));
            respond::conflict(&page)
        }
        Err(error) => Err(error.into()),
    }
}

/// Reads a wallet's number from an address; what is no number names no wallet.
pub(super) fn wallet_number(text: &str) -> Result<i64, Error> {
    text.parse().map_err(|_| Error::NotFound("Wallet"))
}

/// The name of the client whose wallet it is.
pub(super) async fn client_name(desk: &Desk, visitor: &Visitor, wallet: &Wallet) -> Result<String, Error> {
    let clients = wallets::clients(desk, &visitor.caller).await?;
    Ok(clients.into_iter().find(|client| client.id == wallet.client_id).map(|client| client.name).unwrap_or_default())
}

async fn new_page(
    visitor: &Visitor,
    desk: &Desk,
    form: &WalletForm,
    mut errors: Vec<FieldError>,
) -> Result<NewWalletPage, Error> {
    let clients = wallets::clients(desk, &visitor.caller).await?;
    if clients.is_empty() {
        // There is nothing to choose from: the first client is named.
        for error in errors.iter_mut().filter(|error| error.field == "client") {
            *error = FieldError { field: "new_client", message: "is required".to_owned() };
        }
    }
    let errors = in_order(errors);
    let mut layout = visitor.layout("New wallet", Place::Wallets);
    layout.failed = !errors.is_empty();
    Ok(NewWalletPage {
        layout,
        problems: respond::problems(&errors),
        clients: clients.iter().map(|client| OptionView::new(client.number.to_string(), &client.name)).collect(),
        currencies: SUGGESTED.iter().map(|currency| OptionView::new(currency.code(), currency.name())).collect(),
        currency: "",
        rails: rails(),
        draft: form.draft(&errors),
    })
}

async fn settings_page(
    visitor: &Visitor,
    desk: &Desk,
    wallet: &Wallet,
    form: &WalletForm,
    errors: Vec<FieldError>,
) -> Result<WalletSettingsPage, Error> {
    let errors = in_order(errors);
    let mut layout = visitor.layout(format!("Settings of {}", wallet.name), Place::Wallets);
    layout.failed = !errors.is_empty();
    let waits = wallet_limits::waiting(desk, &visitor.caller, wallet).await?;
    Ok(WalletSettingsPage {
        layout,
        problems: respond::problems(&errors),
        changed: None,
        waits_href: waits.as_ref().map(|_| limit_page::href(wallet.number)),
        waits: waits.as_ref().map(limit_page::notice),
        href: format!("/wallets/{}", wallet.number),
        wallet: wallet.name.clone(),
        client: client_name(desk, visitor, wallet).await?,
        currency: wallet.currency.code(),
        version: form.version.clone(),
        rails: rails(),
        draft: form.draft(&errors),
    })
}

/// What carries its payouts.
fn rails() -> Vec<OptionView> {
    crate::service::wallet_settings::rails()
        .into_iter()
        .map(|name| OptionView::new(name, words::provider(name)))
        .collect()
}

fn in_order(errors: Vec<FieldError>) -> Vec<FieldError> {
    const ORDER: [&str; 10] = [
        "client",
        "new_client",
        "name",
        "currency",
        "rail",
        "approval_limit",
        "threshold",
        "percentage",
        "fixed_fee",
        "least_fee",
    ];
    respond::in_order(errors, &ORDER)
}

/// The settings as they are saved, label and text.
fn saved(wallet: &Wallet) -> Vec<OptionView> {
    let money = |minor| Money::new(minor, wallet.currency).to_string();
    let fee = |minor: i64| if minor == 0 { String::new() } else { money(minor) };
    let share = wallet.fee_basis_points;
    vec![
        OptionView::new("Name", &wallet.name),
        OptionView::new("Approval limit", wallet.approval_limit_minor.map_or_else(String::new, money)),
        OptionView::new("Threshold", wallet.threshold_minor.map_or_else(String::new, money)),
        OptionView::new("Percentage", if share == 0 { String::new() } else { percent(share) }),
        OptionView::new("Fixed fee", fee(wallet.fee_fixed_minor)),
        OptionView::new("Least fee", fee(wallet.fee_minimum_minor)),
        OptionView::new("Provider", words::provider(&wallet.rail)),
    ]
}

impl WalletForm {
    /// The form filled with what is saved.
    fn of(wallet: &Wallet) -> WalletForm {
        let money = |minor| Money::new(minor, wallet.currency).plain();
        let fee = |minor: i64| if minor == 0 { String::new() } else { money(minor) };
        let share = wallet.fee_basis_points;
        WalletForm {
            name: wallet.name.clone(),
            approval_limit: wallet.approval_limit_minor.map_or_else(String::new, money),
            threshold: wallet.threshold_minor.map_or_else(String::new, money),
            percentage: if share == 0 { String::new() } else { percent(share).trim_end_matches(" %").to_owned() },
            fixed_fee: fee(wallet.fee_fixed_minor),
            least_fee: fee(wallet.fee_minimum_minor),
            rail: wallet.rail.clone(),
            version: edition(wallet),
            ..WalletForm::default()
        }
    }

    fn input(&self) -> WalletInput {
        WalletInput {
            client: self.client.clone(),
            new_client: self.new_client.clone(),
            name: self.name.clone(),
            // Codes are typed in small letters too, and mean the same.
            currency: self.currency.trim().to_ascii_uppercase(),
            approval_limit: self.approval_limit.clone(),
            percentage: self.percentage.clone(),
            fixed_fee: self.fixed_fee.clone(),
            least_fee: self.least_fee.clone(),
            threshold: self.threshold.clone(),
            rail: self.rail.clone(),
        }
    }

    fn draft(&self, errors: &[FieldError]) -> WalletDraft {
        let field = |name: &str, typed: &str| respond::field(name, typed, errors);
        WalletDraft {
            client: field("client", &self.client),
            new_client: field("new_client", &self.new_client),
            name: field("name", &self.name),
            currency: field("currency", &self.currency),
            approval_limit: field("approval_limit", &self.approval_limit),
            threshold: field("threshold", &self.threshold),
            percentage: field("percentage", &self.percentage),
            fixed_fee: field("fixed_fee", &self.fixed_fee),
            least_fee: field("least_fee", &self.least_fee),
            rail: field("rail", &self.rail),
        }
    }
}
