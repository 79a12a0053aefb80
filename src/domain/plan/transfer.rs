//! Money between own wallets, and in the sandbox money from outside.

use super::create::INSUFFICIENT_FUNDS;
use crate::domain::books::{About, Books};
use crate::domain::caller::Caller;
use crate::domain::command::{Done, EndTransfer, NewTransfer, SimulateTopUp};
use crate::domain::freeze::Stop;
use crate::domain::ids::{Id, Mint, TransferId};
use crate::domain::ledger::{Account, Kind, Posting};
use crate::domain::payout::{Refusal, Rule};
use crate::domain::transfer::{State, Transfer};
use crate::domain::wallet::Wallet;

/// Moves it at once; with too little money the transfer is made all the same, and declined.
pub(super) fn plan(books: &mut Books, caller: &Caller, new: &NewTransfer, mint: &mut Mint) -> Result<Done, Refusal> {
    let now = mint.now();
    let source = books.open_wallet(new.source_number, new.amount.currency, caller)?.clone();
    let target = books.open_wallet(new.target_number, new.amount.currency, caller)?.clone();
    if source.id == target.id {
        return Err(Refusal::new(Rule::SameWallet, "Source and target are the same wallet."));
    }
    if source.client_id != target.client_id {
        return Err(Refusal::new(Rule::WalletNotFound, "There is no such wallet."));
    }
    books.freezes.check_caller(caller, Stop::Send)?;
    books.freezes.check_wallet(&source)?;
    books.check_caps(caller, new.amount, now)?;
    books.check_room(target.id, new.amount)?;
    let id: TransferId = mint.next();
    let mut transfer = record(id, caller, &target, State::Completed, now);
    transfer.source_wallet_id = Some(source.id);
    transfer.amount_minor = new.amount.minor;
    transfer.reference.clone_from(&new.reference);
    transfer.request_id = Some(new.request_id.clone());
    if new.amount.minor > source.available_minor {
        transfer.state = State::Declined;
        transfer.failure_code = Some(INSUFFICIENT_FUNDS.into());
        transfer.completed_at = None;
    } else {
        let reference = new.reference.as_deref().unwrap_or_default();
        books.post_between(mint, (source.id, target.id), new.amount, id, reference)?;
        books.spend(caller, new.amount, now);
    }
    books.add_transfer(transfer.clone());
    Ok(Done::Transfer(Box::new(transfer)))
}

/// The sandbox plays money that comes in, and how that goes.
pub(super) fn plan_top_up(
    books: &mut Books,
    caller: &Caller,
    top_up: &SimulateTopUp,
    mint: &mut Mint,
) -> Result<Done, Refusal> {
    let wallet = books.open_wallet(top_up.wallet_number, top_up.amount.currency, caller)?.clone();
    books.check_room(wallet.id, top_up.amount)?;
    let id: TransferId = mint.next();
    let mut transfer = record(id, caller, &wallet, top_up.state, mint.now());
    transfer.amount_minor = top_up.amount.minor;
    transfer.reference = Some(top_up.reference.clone());
    if top_up.state == State::Completed {
        fund(books, caller, &transfer, mint)?;
    }
    books.add_transfer(transfer.clone());
    Ok(Done::Transfer(Box::new(transfer)))
}

/// The sandbox plays how a top-up that waited has ended.
pub(super) fn plan_end(
    books: &mut Books,
    caller: &Caller,
    end: &EndTransfer,
    mint: &mut Mint,
) -> Result<Done, Refusal> {
    let (id, now) = (end.transfer_id, mint.now());
    let transfer = books.transfer(id, caller)?.clone();
    transfer.check_open()?;
    if end.state == State::Completed {
        books.check_room(transfer.target_wallet_id, transfer.amount())?;
        fund(books, caller, &transfer, mint)?;
    }
    books.change_transfer(id, |transfer| {
        transfer.state = end.state;
        transfer.completed_at = (end.state == State::Completed).then_some(now);
        transfer.updated_at = now;
    });
    Ok(Done::Transfer(Box::new(books.transfers[&id].clone())))
}

fn fund(books: &mut Books, caller: &Caller, transfer: &Transfer, mint: &mut Mint) -> Result<(), Refusal> {
    let wallet = transfer.target_wallet_id;
    let posting = Posting::new(Account::Funding(transfer.currency), Account::Available(wallet), transfer.amount());
    let about = About {
        transfer_id: Some(transfer.id),
        remarks: transfer.reference.clone().unwrap_or_default(),
        booked_by: caller.person(),
        ..About::default()
    };
    books.post(mint, Kind::Funding, wallet, [posting], about)
}

/// A transfer into `target`; where it comes from and how much it is, the caller fills in.
fn record(id: TransferId, caller: &Caller, target: &Wallet, state: State, now: i64) -> Transfer {
    Transfer {
        id,
        client_id: target.client_id,
        source_wallet_id: None,
        target_wallet_id: target.id,
        state,
        amount_minor: 0,
        currency: target.currency,
        reference: None,
        request_id: None,
        failure_code: None,
        maker_staff_id: caller.person().unwrap_or_else(|| Id::first_at(0)),
        maker_credential_id: caller.credential(),
        completed_at: (state == State::Completed).then_some(now),
        updated_at: now.max(id.created_at()),
        version: 1,
    }
}
