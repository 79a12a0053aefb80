//! The payee of a new payout or payout link: picked from the saved ones, and one of its accounts.

use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::service::payees::PayeeQuery;
use crate::service::{Desk, payees};
use crate::store::payees::PayeeLine;
use crate::web::auth::Visitor;
use crate::web::display::OptionView;

/// How many saved payees a form offers; others are found by typing their email or id.
const OFFERED: usize = 100;

/// Saved payees to pick from, each by its email or, without one, by its id.
pub async fn offered(visitor: &Visitor, desk: &Desk) -> Result<Vec<OptionView>, Error> {
    let (lines, _) = payees::list(desk, &visitor.caller, &PayeeQuery::default(), None, OFFERED).await?;
    let option = |line: &PayeeLine| {
        let value = line.payee.email.clone().unwrap_or_else(|| line.payee.id.to_string());
        OptionView::new(value, format!("{}, {}", line.payee.name(), line.client_name))
    };
    Ok(lines.iter().filter(|line| line.payee.is_active()).map(option).collect())
}

/// The saved payee that was named by id or email, or what is wrong with the name.
pub async fn saved(
    visitor: &Visitor,
    desk: &Desk,
    wallet: Option<&Wallet>,
    named: &str,
) -> Result<Result<String, &'static str>, Error> {
    const UNKNOWN: &str =
        "must be the email or id of a saved payee of the wallet’s client; for another one choose “A new payee”";
    if named.is_empty() {
        return Ok(Err("is required: type the email or id of a saved payee"));
    }
    let Some(wallet) = wallet.filter(|_| named.contains('@')) else { return Ok(Ok(named.to_owned())) };
    let query = PayeeQuery { search: Some(named), ..PayeeQuery::default() };
    let (found, _) = payees::list(desk, &visitor.caller, &query, None, OFFERED).await?;
    let is_it = |line: &PayeeLine| {
        let email = line.payee.email.as_deref();
        line.payee.client_id == wallet.client_id && email.is_some_and(|email| email.eq_ignore_ascii_case(named))
    };
    let mut found = found.into_iter().filter(is_it);
    Ok(match (found.next(), found.next()) {
        (Some(line), None) => Ok(line.payee.id.to_string()),
        (Some(_), Some(_)) => Err("is the email of several payees: type the id of the one you mean"),
        (None, _) => Err(UNKNOWN),
    })
}

/// The payee of this id, if the reader sees it.
pub async fn named(visitor: &Visitor, desk: &Desk, id: &str) -> Result<Option<PayeeLine>, Error> {
    let Ok(id) = id.trim().parse() else { return Ok(None) };
    match payees::get(desk, &visitor.caller, id).await {
        Ok(line) => Ok(Some(line)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The payee's accounts to choose from.
pub fn accounts(line: &PayeeLine) -> Vec<OptionView> {
    let option = |account: &crate::domain::payee_account::PayeeAccount| {
        let label = account.label.clone().unwrap_or_else(|| account.kind.words().to_owned());
        let currency = account.currency.map(|currency| format!(", takes {}", currency.code())).unwrap_or_default();
        OptionView::new(account.id.to_string(), format!("{label}{currency}"))
    };
    line.active_accounts().map(option).collect()
}
