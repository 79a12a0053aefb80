//! Saving a payee, with the account that comes along.

use super::rows;
use crate::domain::caller::Caller;
use crate::domain::ids::ClientId;
use crate::domain::payee::{Payee, PayeeDetails};
use crate::domain::payout::Refusal;
use crate::service::accounts;
use crate::store::{Tx, payee_accounts};

/// The id of the payee with these details, who is saved from now on, with the account that came with them; and the
/// refusal of what has to be approved first, once that has been asked for.
pub(super) async fn save(
    tx: &mut Tx<'_>,
    caller: &Caller,
    details: PayeeDetails,
    client: ClientId,
) -> Result<Result<(String, Option<Refusal>), Refusal>, sqlx::Error> {
    let mut wanted = details.account.clone();
    // One that was given with a payout under a rule, and is to be the saved payee's account now.
    let mut waited = None;
    let known = match rows::with_details(tx, client, &details.fingerprint).await? {
        Some(id) => rows::find(tx, id.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?).await?,
        None => None,
    };
    if let (Some(payee), Some(account)) = (&known, &wanted) {
        if let Some(id) = payee_accounts::with_details(tx, payee.id, &account.fingerprint).await? {
            wanted = None;
            let id = id.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
            let there = payee_accounts::find(tx, id).await?;
            waited = there.filter(|account| payee.saved_at.is_none() && account.has_waited());
        } else if let Err(refusal) = accounts::may_have_more(payee) {
            return Ok(Err(refusal));
        }
    }
    let is_new = known.is_none();
    let payee = match known {
        Some(payee) => payee,
        None => Payee { saved_at: Some(tx.now()), ..details.into_payee(client, tx.mint()) },
    };
    let account = wanted.map(|account| account.into_account(&payee, tx.mint()));
    // Before anything is written: what is refused changes nothing.
    let need = match account.as_ref().or(waited.as_ref()) {
        Some(account) => accounts::needed(tx, caller, account).await?,
        None => Ok(None),
    };
    let need = match need {
        Ok(need) => need,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if is_new {
        rows::insert(tx, &payee).await?;
    } else {
        rows::keep(tx, &payee.id.to_string()).await?;
    }
    let asked = match (account, waited, need) {
        (Some(mut account), _, need) => accounts::put(tx, caller, &payee, &mut account, need).await?,
        (None, Some(waited), Some(need)) => Some(accounts::ask(tx, caller, &payee, &waited, need).await?),
        (None, Some(waited), None) => {
            payee_accounts::set_active(tx, waited.id, true).await?;
            None
        }
        (None, None, _) => None,
    };
    Ok(Ok((payee.id.to_string(), asked)))
}
