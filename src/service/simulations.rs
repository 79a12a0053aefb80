//! Playing the sandbox provider: money that comes in, and how a payment ends (`contracts/revolut.md` section 7).

use uuid::Uuid;

use super::links::{self, ClaimInput};
use super::sign_in::Visit;
use super::transactions::{self, Transaction};
use super::{Desk, permit, wallets};
use crate::domain::caller::Caller;
use crate::domain::command::{
    Advance, Command, Done, EndTransfer, LinkRecord, News, PayoutRecord, SimulateTopUp, Unit,
};
use crate::domain::ids::{PayoutLinkId, WalletId};
use crate::domain::money::{Money, exponent};
use crate::domain::payee::split_name;
use crate::domain::payout::{Payout, Refusal, Rule, State};
use crate::domain::payout_link::{Method, Step};
use crate::domain::staff::Operation;
use crate::domain::transaction::DECLINED;
use crate::domain::transfer::{State as TransferState, Transfer};
use crate::error::Error;
use crate::rails::SANDBOX;
use crate::store::payout_links;

/// How a payment is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Complete,
    /// Paid, and sent back by the bank.
    Revert,
    Decline,
    Fail,
}

/// The most that one simulated top-up brings, in whole units of the currency.
const MOST: i64 = 10_000;

/// Plays a top-up that goes as `state` says at once.
///
/// Errors: the wallet's rail is not the sandbox; more than 10,000.
pub async fn top_up(
    desk: &Desk,
    caller: &Caller,
    wallet: WalletId,
    amount: Money,
    reference: String,
    state: TransferState,
) -> Result<Transfer, Error> {
    permit(desk, caller, Operation::Simulate).await?;
    let wallet = wallets::find(desk, caller, wallet).await?;
    if wallet.rail != SANDBOX {
        return Err(Error::Forbidden);
    }
    let most = Money::new(MOST * 10_i64.pow(u32::from(exponent(amount.currency))), amount.currency);
    if amount.minor > most.minor {
        return Err(Error::field("amount", format!("must be at most {most}")));
    }
    let top_up = SimulateTopUp { wallet_number: wallet.number, amount, reference, state };
    run(desk, caller, Command::SimulateTopUp(Box::new(top_up))).await
}

/// Ends what is on its way, by the same steps as the provider's answer would.
///
/// Errors: unknown; its rail is not the sandbox; it has ended, or waits for somebody's approval.
pub async fn end(desk: &Desk, caller: &Caller, id: Uuid, ending: Ending) -> Result<Transaction, Error> {
    permit(desk, caller, Operation::Simulate).await?;
    match transactions::find(desk, caller, id).await? {
        Transaction::Payout(record) => {
            let record = end_payout(desk, caller, &record.payout, ending).await?;
            Ok(Transaction::Payout(Box::new(record)))
        }
        Transaction::Transfer(transfer) => {
            let wallet = wallets::find(desk, caller, transfer.target_wallet_id).await?;
            if wallet.rail != SANDBOX {
                return Err(Error::Forbidden);
            }
            let state = match ending {
                Ending::Complete => TransferState::Completed,
                Ending::Revert => TransferState::Reverted,
                Ending::Decline => TransferState::Declined,
                Ending::Fail => TransferState::Failed,
            };
            let end = EndTransfer { transfer_id: transfer.id, wallet_number: wallet.number, state };
            let transfer = run(desk, caller, Command::EndTransfer(end)).await?;
            Ok(Transaction::Transfer(Box::new(transfer)))
        }
        Transaction::TopUp(_) | Transaction::Refund(_) => {
            Err(Refusal::new(Rule::WrongState, "That cannot happen now: the transaction has ended.").into())
        }
    }
}

/// Plays the recipient of a link: it is claimed for an account that nobody has, and paid like any other.
///
/// Revolut has no such simulation; without it no program could see its links paid.
pub async fn claim(desk: &Desk, caller: &Caller, id: PayoutLinkId) -> Result<LinkRecord, Error> {
    permit(desk, caller, Operation::Simulate).await?;
    let link = {
        let mut reader = desk.store.read().await?;
        let found = payout_links::record(&mut reader, id).await?.map(|record| record.link);
        found.filter(|link| caller.may_see(link.client_id)).ok_or(Error::NotFound("Payout link"))?
    };
    if wallets::find(desk, caller, link.wallet_id).await?.rail != SANDBOX {
        return Err(Error::Forbidden);
    }
    link.check(Step::Claim, desk.clock.now())?;
    let (first, last) = split_name(&link.contact_name);
    let input = ClaimInput {
        method: link.payout_methods.0.first().copied().unwrap_or(Method::BankAccount),
        last_name: Some(if last.is_empty() { first.clone() } else { last }),
        first_name: Some(first),
        email: None,
        country: Some("GB".into()),
        identifiers: Some(r#"{"account_number":"00000000","sort_code":"000000"}"#.into()),
        label: None,
    };
    let visit =
        Visit { via: caller.via, ip: caller.ip.clone(), user_agent: None, request_id: caller.request_id.clone() };
    links::claim_link(desk, &visit, link, &input, None).await
}

/// Takes the payout through every step up to its end, in one set.
pub(super) async fn end_payout(
    desk: &Desk,
    caller: &Caller,
    payout: &Payout,
    ending: Ending,
) -> Result<PayoutRecord, Error> {
    if payout.rail != SANDBOX {
        return Err(Error::Forbidden);
    }
    let units = steps(payout, ending)?.into_iter().map(|news| {
        let advance = Advance { payout_id: payout.id, version: None, news, due_at: None };
        Unit { caller: caller.clone(), key: None, command: Command::Advance(advance), item: None }
    });
    let mut last = None;
    for outcome in desk.store.run_each(units.collect()).await? {
        let result = outcome?.result;
        // The steps after it are refused too, but for another reason.
        if matches!(&result, Err(refusal) if refusal.rule == Rule::Frozen) {
            return Err(result.err().map_or(Error::Internal, Error::from));
        }
        last = Some(result);
    }
    // The provider's job may take a step at the same time; the last one decides.
    match last.ok_or(Error::Internal)?? {
        Done::Payout(record) => Ok(*record),
        _ => Err(Error::Internal),
    }
}

/// What happens to the payout, one after the other.
fn steps(payout: &Payout, ending: Ending) -> Result<Vec<News>, Refusal> {
    let refuse =
        || Refusal::new(Rule::WrongState, format!("That cannot happen now: the payout {}.", payout.state.words()));
    let returned = News::Returned { reason: "Sent back in the sandbox".into() };
    let failed = |code: &str, reason: &str| vec![News::Failed { code: code.into(), reason: reason.into() }];
    let pays = matches!(ending, Ending::Complete | Ending::Revert);
    if payout.state == State::Completed && payout.returned_at.is_none() && ending == Ending::Revert {
        return Ok(vec![returned]);
    }
    if payout.state.is_final() || (pays && (payout.waits_for_approval() || payout.hold_id.is_none())) {
        return Err(refuse());
    }
    Ok(match ending {
        Ending::Decline => failed(DECLINED, "Declined in the sandbox"),
        Ending::Fail => failed("failed", "Failed in the sandbox"),
        Ending::Complete | Ending::Revert => {
            let mut steps = match payout.state {
                State::Created => vec![News::Queued, News::Submitted],
                State::Queued => vec![News::Submitted],
                _ => Vec::new(),
            };
            steps.push(News::Completed { reference: None });
            steps.extend((ending == Ending::Revert).then_some(returned));
            steps
        }
    })
}

async fn run(desk: &Desk, caller: &Caller, command: Command) -> Result<Transfer, Error> {
    match desk.store.run(Unit { caller: caller.clone(), key: None, command, item: None }).await?.result? {
        Done::Transfer(transfer) => Ok(*transfer),
        _ => Err(Error::Internal),
    }
}
