//! Looser approval limits of wallets: asked for by one admin, agreed to by another one.

use super::{Desk, permit, wallets};
use crate::domain::audit::Entry;
use crate::domain::caller::Caller;
use crate::domain::limit_change::{LimitChange, loosens};
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::store::limit_changes::{self as rows, LimitLine};
use crate::store::{Tx, second_admin, wallets as wallet_rows};

/// What another admin says to a looser limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It counts from now on.
    Agree,
    /// The limit stays as it is.
    Keep,
}

/// The looser limit that the wallet waits for.
pub async fn waiting(desk: &Desk, caller: &Caller, wallet: &Wallet) -> Result<Option<LimitLine>, Error> {
    permit(desk, caller, Operation::ManageWallets).await?;
    let mut reader = desk.store.read().await?;
    Ok(rows::get(&mut reader, wallet.id).await?)
}

/// Inside the unit that changes a wallet: what has to be asked for first, because the limit that is wanted is looser and
/// there is another admin. None: it is changed at once.
///
/// Errors: nobody could agree yet.
pub(super) async fn to_ask(
    tx: &mut Tx<'_>,
    caller: &Caller,
    before: &Wallet,
    after_minor: Option<i64>,
) -> Result<Result<Option<LimitChange>, Refusal>, sqlx::Error> {
    let looser = loosens(before.approval_limit_minor, after_minor);
    let Some(asked_by) = caller.person().filter(|_| looser) else { return Ok(Ok(None)) };
    let admins = second_admin::now(tx).await?;
    if admins.is_alone(asked_by) {
        return Ok(Ok(None));
    }
    Ok(admins.check_ask(asked_by).map(|()| {
        Some(LimitChange {
            wallet_id: before.id,
            before_minor: before.approval_limit_minor,
            after_minor,
            asked_by,
            asked_at: admins.now,
        })
    }))
}

/// Writes down what was asked for, in the same unit; or that a limit that is changed at once makes what was asked for
/// before void.
pub(super) async fn write(
    tx: &mut Tx<'_>,
    caller: &Caller,
    before: &Wallet,
    change: Option<LimitChange>,
) -> Result<(), sqlx::Error> {
    let Some(change) = change else { return rows::delete(tx, before.id).await.map(|_| ()) };
    rows::put(tx, &change).await?;
    let words = Some(change.words(before.currency));
    let mut entry = Entry::done(caller, change.asked_at, "wallet.ask_to_loosen").about(before.id).because(words);
    entry.client_id = Some(before.client_id);
    tx.audit(entry);
    Ok(())
}

/// Agrees to the looser limit of a wallet, or lets the one stay that it has. `seen` is [`LimitChange::asked_at`] of the
/// one that was shown.
pub async fn answer(
    desk: &Desk,
    caller: &Caller,
    number: i64,
    answer: Answer,
    seen: Option<i64>,
) -> Result<Wallet, Error> {
    permit(desk, caller, Operation::ManageWallets).await?;
    let wallet = wallets::get(desk, caller, number).await?;
    let by = caller.clone();
    let answered = desk.store.write(move |tx| {
        let caller = by.clone();
        let id = wallet.id;
        Box::pin(async move {
            let Some(wallet) = wallet_rows::get(tx, id).await? else { return Ok(Err(Error::NotFound("Wallet"))) };
            let action = if answer == Answer::Agree { "wallet.loosen" } else { "wallet.keep_limit" };
            let mut entry = Entry::done(&caller, tx.now(), action).about(id);
            entry.client_id = Some(wallet.client_id);
            let change = rows::find(tx, id).await?;
            entry.reason = change.as_ref().map(|change| change.words(wallet.currency));
            let decided = match (&change, answer) {
                (None, _) => Err(Refusal::new(Rule::WrongState, "Nobody asks for another limit of the wallet.")),
                (Some(change), Answer::Keep) => change.check(seen, change.before_minor).map(|()| None),
                (Some(change), Answer::Agree) => {
                    match (change.check(seen, wallet.approval_limit_minor), caller.person()) {
                        (Err(refusal), _) => Err(refusal),
                        (Ok(()), None) => return Ok(Err(Error::Forbidden)),
                        (Ok(()), Some(who)) => second_admin::now(tx)
                            .await?
                            .check_agree(change.asked_by, who)
                            .map(|()| Some(change.after_minor)),
                    }
                }
            };
            let looser = match decided {
                Ok(looser) => looser,
                Err(refusal) => {
                    tx.audit(entry.refused(&refusal));
                    return Ok(Err(refusal.into()));
                }
            };
            if let Some(approval_limit_minor) = looser {
                let wanted = Wallet { approval_limit_minor, ..wallet.clone() };
                if !wallet_rows::change(tx, &wanted, wallet.version).await? {
                    return Err(sqlx::Error::RowNotFound);
                }
            }
            rows::delete(tx, id).await?;
            tx.audit(entry);
            Ok(Ok(()))
        })
    });
    answered.await??;
    wallets::get(desk, caller, number).await
}
