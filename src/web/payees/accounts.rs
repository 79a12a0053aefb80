//! A payee's bank details in full, for those who may see them.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::find;
use crate::domain::bank;
use crate::domain::ids::AccountId;
use crate::domain::payee_account::PayeeAccount;
use crate::error::Error;
use crate::service::accounts::Revealed;
use crate::service::{Desk, accounts};
use crate::store::payee_accounts::AccountLine;
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{OptionView, TimeView};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::respond;
use crate::web::sessions::Confirmed;

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

/// POST /payees/{id}/accounts/{account}
pub async fn reveal(
    visitor: Visitor,
    desk: web::Data<Desk>,
    path: web::Path<(String, String)>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    let (payee, id) = (super::payee_id(&path.0)?, account_id(&path.1)?);
    let revealed = accounts::reveal_one(&desk, &visitor.caller, id).await?;
    if revealed.payee.id != payee {
        return Err(Error::NotFound("Account").into());
    }
    respond::page(&AccountPage::of(
        &visitor,
        ("/payees", "Payees"),
        Place::Payees,
        format!("/payees/{payee}"),
        &revealed,
    ))
}

/// GET /payees/{id}/accounts/{account}: whoever reloads the page has to press the button again.
pub async fn hidden(
    visitor: Visitor,
    desk: web::Data<Desk>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Failure> {
    let line = find(&visitor, &desk, &path.0).await?;
    Ok(respond::see_other(&format!("/payees/{}", line.payee.id)))
}

impl AccountPage {
    /// `href` is the record that the details were opened from.
    pub fn of(visitor: &Visitor, list: (&str, &str), place: Place, href: String, revealed: &Revealed) -> AccountPage {
        let (payee, account) = (&revealed.payee, revealed.account.as_ref());
        let said = [
            ("Account holder", account.and_then(|account| account.holder_name.clone())),
            ("Currency", account.and_then(|account| account.currency).map(|currency| currency.code().to_owned())),
        ];
        let said = said.into_iter().filter_map(|(label, value)| Some((label.to_owned(), value?)));
        let member = |(name, value): (&String, &serde_json::Value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (bank::member_label(name), bank::member_words(name, &text))
        };
        AccountPage {
            layout: visitor.layout(format!("Bank details of {}", payee.name()), place),
            list: list.into(),
            href,
            name: payee.name(),
            email: payee.email.clone().unwrap_or_default(),
            shown: visitor.zone.on(visitor.now),
            members: said.chain(revealed.identifiers.iter().map(member)).collect(),
        }
    }
}

/// An account in words that may be shown, also one whose details say little.
pub fn label(account: &PayeeAccount) -> String {
    account.label.clone().unwrap_or_else(|| account.kind.words().to_owned())
}

/// The account of this payee.
pub(super) async fn account(visitor: &Visitor, desk: &Desk, path: &(String, String)) -> Result<AccountLine, Error> {
    let payee = super::payee_id(&path.0)?;
    let line = accounts::get(desk, &visitor.caller, account_id(&path.1)?).await?;
    if line.payee.id == payee { Ok(line) } else { Err(Error::NotFound("Account")) }
}

fn account_id(id: &str) -> Result<AccountId, Error> {
    id.parse().map_err(|_| Error::NotFound("Account"))
}
