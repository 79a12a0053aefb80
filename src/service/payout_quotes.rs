//! Payouts across currencies: a quote first, then the payout that takes its id; and a payee's payouts.

use serde::Serialize;

use super::fields::Fields;
use super::idempotency::{Answered, Given, ended_early};
use super::payouts::object;
use super::{Desk, permit, permit_on};
use crate::domain::caller::Caller;
use crate::domain::command::{Command, CommitQuote, Done, NewQuote, PayoutRecord, Unit};
use crate::domain::exchange::Side;
use crate::domain::ids::{AccountId, PayeeId, PayoutId, WalletId};
use crate::domain::money::{Currency, Money};
use crate::domain::payee::Payee;
use crate::domain::payout::{Origin, Refusal};
use crate::domain::quote::Quoted;
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::rails::Rail;
use crate::store::quotes::QuoteLine;
use crate::store::{Reader, payee_accounts, payees, payouts, quotes as rows, wallets};

/// The most payouts that a payee's list tells: contracts/reversals.md has no paging, so it is the newest.
pub const NEWEST: i64 = 100;
/// More wallets than a client has.
const WALLETS: i64 = 1_000;

/// A quote as sent; amounts are still text. The names are those of contracts/reversals.md section 5.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct QuoteInput {
    pub source_token: Option<WalletId>,
    pub destination_token: Option<Destination>,
    pub source_currency_code: Option<String>,
    pub destination_currency_code: Option<String>,
    pub source_amount: Option<String>,
    pub destination_amount: Option<String>,
    /// In the source currency: amount and fee together must not pass it.
    pub limit: Option<String>,
    pub client_transfer_id: Option<String>,
    /// A JSON object as text.
    pub metadata: Option<String>,
    /// Members that only its dialect knows, a JSON object as text.
    pub extra: Option<String>,
    pub notify_user: bool,
    pub auto_commit: bool,
}

/// Where the money goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Destination {
    /// The payee's account of this id, or the usual one under the payee's own id.
    Token(AccountId, PayeeId),
    /// Nothing of ours.
    Unknown,
}

/// A quote that is asked for.
#[derive(Debug)]
pub struct Asked<'a> {
    pub payee: PayeeId,
    /// What was sent, or why it cannot be read.
    pub input: Result<QuoteInput, Refusal>,
    pub key: Given<'a>,
    pub origin: Origin,
}

/// What a request for a quote comes to.
#[derive(Debug, Clone)]
pub enum Quoting {
    Quoted(Box<Quoted>),
    /// It was to be committed at once.
    Made(Box<PayoutRecord>),
}

/// Promises what a payout would cost, or makes it at once.
pub async fn create(desk: &Desk, caller: &Caller, asked: Asked<'_>) -> Result<Answered<Quoting>, Error> {
    permit(desk, caller, Operation::MakePayout).await?;
    let outcome = match new(desk, caller, &asked).await {
        Ok(new) => {
            let understood = (asked.payee, asked.input.as_ref().ok());
            let key = asked.key.record(caller, "payout.quote", &understood)?;
            desk.store
                .run(Unit { caller: caller.clone(), key, command: Command::Quote(Box::new(new)), item: None })
                .await?
        }
        Err(error) => ended_early(desk, caller, asked.key, error).await?,
    };
    desk.wake.notify_one();
    Answered::of(outcome, |done| match done {
        Done::Quote(quoted) => Some(Quoting::Quoted(quoted)),
        Done::Payout(record) => Some(Quoting::Made(record)),
        _ => None,
    })
}

/// Makes the payout of a quote; the same payout again when it is made already.
pub async fn commit(
    desk: &Desk,
    caller: &Caller,
    payee: PayeeId,
    id: PayoutId,
    origin: Origin,
    key: Given<'_>,
) -> Result<Answered<PayoutRecord>, Error> {
    permit_on(desk, caller, Operation::MakePayout, id).await?;
    let found = match find(desk, caller, payee, id).await {
        Ok(Found::Payout(record)) => Ok((record.wallet_number, record.payout.account_id)),
        Ok(Found::Quote(line, wallet)) => Ok((wallet.number, line.quote.account_id)),
        Err(error) => Err(error),
    };
    let outcome = match found {
        Ok((wallet_number, account_id)) => {
            let key = key.record(caller, &format!("payout.commit:{id}"), &(payee, id))?;
            let commit = CommitQuote { quote_id: id, payee_id: payee, account_id, wallet_number, origin };
            let command = Command::CommitQuote(commit);
            desk.store.run(Unit { caller: caller.clone(), key, command, item: None }).await?
        }
        Err(error) => ended_early(desk, caller, key, error).await?,
    };
    desk.wake.notify_one();
    Answered::of(outcome, |done| match done {
        Done::Payout(record) => Some(*record),
        _ => None,
    })
}

/// A payout to this payee, or a quote that has not become one.
pub async fn get(desk: &Desk, caller: &Caller, payee: PayeeId, id: PayoutId) -> Result<Quoting, Error> {
    permit_on(desk, caller, Operation::ReadPayouts, id).await?;
    Ok(match find(desk, caller, payee, id).await? {
        Found::Payout(record) => Quoting::Made(record),
        Found::Quote(quote, wallet) => {
            let mut reader = desk.store.read().await?;
            let payee = known(&mut reader, caller, payee).await?;
            Quoting::Quoted(Box::new(shown(*quote, &payee, &wallet, desk.clock.now())))
        }
    })
}

/// The newest payouts and open quotes of a payee, newest first, [`NEWEST`] at most.
pub async fn of_payee(desk: &Desk, caller: &Caller, payee: PayeeId) -> Result<Vec<Quoting>, Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    let now = desk.clock.now();
    let mut reader = desk.store.read().await?;
    let payee = known(&mut reader, caller, payee).await?;
    let open = rows::open_of_payee(&mut reader, payee.id, now, NEWEST).await?;
    let made = payouts::newest_of_payee(&mut reader, payee.id, NEWEST).await?;
    let wallets =
        if open.is_empty() { Vec::new() } else { wallets::list(&mut reader, caller.client(), WALLETS).await? };
    let mut list: Vec<(PayoutId, Quoting)> = Vec::with_capacity(open.len() + made.len());
    for line in open {
        let (id, wallet_id) = (line.quote.id, line.quote.wallet_id);
        // One that was committed between the two looks is a payout by now.
        let is_made = made.iter().any(|record| record.payout.id == id);
        if let Some(wallet) = wallets.iter().find(|wallet| wallet.id == wallet_id && !is_made) {
            list.push((id, Quoting::Quoted(Box::new(shown(line, &payee, wallet, now)))));
        }
    }
    list.extend(made.into_iter().map(|record| (record.payout.id, Quoting::Made(Box::new(record)))));
    list.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    list.truncate(NEWEST as usize);
    Ok(list.into_iter().map(|(_, quoting)| quoting).collect())
}

/// The wallets that a payee of this client is paid from: all of the client's.
pub async fn wallets_for(desk: &Desk, caller: &Caller, payee: PayeeId) -> Result<Vec<Wallet>, Error> {
    permit(desk, caller, Operation::ReadWallets).await?;
    let mut reader = desk.store.read().await?;
    let payee = known(&mut reader, caller, payee).await?;
    Ok(wallets::list(&mut reader, Some(payee.client_id), WALLETS).await?)
}

enum Found {
    Payout(Box<PayoutRecord>),
    Quote(Box<QuoteLine>, Box<Wallet>),
}

async fn find(desk: &Desk, caller: &Caller, payee: PayeeId, id: PayoutId) -> Result<Found, Error> {
    let mut reader = desk.store.read().await?;
    // The quote first: should it be committed in between, the payout is there when it is looked for.
    let quote = rows::get(&mut reader, id).await?;
    let record = payouts::records(&mut reader, &[id]).await?.pop();
    if let Some(record) = record {
        let own = caller.may_see(record.payout.client_id) && record.payout.payee_id == payee;
        return own.then(|| Found::Payout(Box::new(record))).ok_or(Error::NotFound("Payout"));
    }
    let own = quote.filter(|line| caller.may_see(line.quote.client_id) && line.quote.payee_id == payee);
    let line = own.ok_or(Error::NotFound("Payout"))?;
    let wallet = wallets::by_id(&mut reader, line.quote.wallet_id).await?.ok_or(Error::Internal)?;
    Ok(Found::Quote(Box::new(line), Box::new(wallet)))
}

/// A payee of the caller's, saved or only paid before; payouts to one that was deleted can still be looked at.
async fn known(reader: &mut Reader, caller: &Caller, id: PayeeId) -> Result<Payee, Error> {
    let line = payees::get(reader, id).await?.map(|line| line.payee);
    line.filter(|payee| caller.may_see(payee.client_id)).ok_or(Error::NotFound("Beneficiary"))
}

/// A quote with what is shown beside it; one whose time is over says so.
fn shown(line: QuoteLine, payee: &Payee, wallet: &Wallet, now: i64) -> Quoted {
    let QuoteLine { quote, account_kind } = line;
    let refusal = quote.check(now).err();
    Quoted { quote, country: payee.country.clone(), account_kind, rail: wallet.rail.clone(), refusal }
}

/// Checks everything that was sent, and finds the rate.
async fn new(desk: &Desk, caller: &Caller, asked: &Asked<'_>) -> Result<NewQuote, Error> {
    let input = asked.input.as_ref().map_err(|refusal| Error::Refused(refusal.clone()))?;
    let mut reader = desk.store.read().await?;
    let payee = known(&mut reader, caller, asked.payee).await?;
    let wallet = match input.source_token {
        Some(id) => wallets::by_id(&mut reader, id).await?.filter(|wallet| wallet.client_id == payee.client_id),
        None => None,
    };
    let own = account(&mut reader, &payee, input.destination_token).await?;
    drop(reader);
    let mut checks = Fields::default();
    if input.source_token.is_none() {
        checks.wrong("source_token", "is required");
    } else if wallet.is_none() {
        checks.wrong("source_token", "must be the token of one of your account balances");
    }
    if input.destination_token.is_none() {
        checks.wrong("destination_token", "is required");
    } else if own.is_none() {
        checks.wrong("destination_token", "must be the token of one of the user's destinations");
    }
    let source = checks.currency("source_currency_code", Some(input.source_currency_code.as_deref().unwrap_or("USD")));
    let destination = checks.currency("destination_currency_code", input.destination_currency_code.as_deref());
    if let (Some(wallet), Some(source)) = (&wallet, source)
        && wallet.currency != source
    {
        checks.wrong("source_currency_code", format!("must be {}, the currency of the source", wallet.currency.code()));
    }
    let side = side(&mut checks, input, source, destination);
    let limit = input.limit.as_deref().and_then(|limit| checks.amount("limit", Some(limit), source));
    let client_transfer_id = checks.optional("client_transfer_id", input.client_transfer_id.as_deref(), 50);
    let metadata = object(&mut checks, "metadata", input.metadata.as_deref());
    if input.auto_commit && source != destination {
        checks.wrong("auto_commit", "must not be true when the currencies differ: commit the quote");
    }
    checks.done()?;
    let (Some(wallet), Some((side, other)), Some(source), Some(destination)) = (wallet, side, source, destination)
    else {
        return Err(Error::Internal);
    };
    let rate = desk.rails.of(&wallet.rail).rate(source, destination).filter(|_| source != destination);
    if rate.is_none() && source != destination {
        let (from, to) = (source.code(), destination.code());
        return Err(Error::field(
            "destination_currency_code",
            format!("must be a currency that {from} is exchanged into, which {to} is not"),
        ));
    }
    Ok(NewQuote {
        wallet_number: wallet.number,
        payee_id: payee.id,
        account_id: own.flatten(),
        side,
        other,
        rate,
        limit_minor: limit.map(|limit| limit.minor),
        client_transfer_id,
        metadata: metadata.map(|members| serde_json::Value::Object(members).to_string()),
        extra: input.extra.clone(),
        notify: input.notify_user,
        origin: asked.origin,
        commit: input.auto_commit,
    })
}

/// Exactly one of the two amounts, and the currency of the other one.
fn side(
    checks: &mut Fields,
    input: &QuoteInput,
    source: Option<Currency>,
    destination: Option<Currency>,
) -> Option<(Side, Currency)> {
    let mut read =
        |field, amount, currency: Option<Currency>| -> Option<Money> { checks.amount(field, amount, currency) };
    match (input.source_amount.as_deref(), input.destination_amount.as_deref()) {
        (Some(amount), None) => {
            let amount = read("source_amount", Some(amount), source)?;
            Some((Side::Source(amount), destination?))
        }
        (None, Some(amount)) => {
            let amount = read("destination_amount", Some(amount), destination)?;
            Some((Side::Destination(amount), source?))
        }
        (Some(_), Some(_)) => {
            checks.wrong("destination_amount", "must not come together with source_amount: give one of them");
            None
        }
        (None, None) => {
            checks.wrong("source_amount", "is required, or destination_amount");
            None
        }
    }
}

/// The payee's account of a token, or none for the usual one; nothing when the token is of nobody's, or of somebody
/// else's.
async fn account(
    reader: &mut Reader,
    payee: &Payee,
    token: Option<Destination>,
) -> Result<Option<Option<AccountId>>, Error> {
    let Some(Destination::Token(account, id)) = token else { return Ok(None) };
    if payee.id == id {
        return Ok(Some(None));
    }
    let found = payee_accounts::get(reader, account).await?.map(|line| line.account);
    let own = found.filter(|account| account.payee_id == payee.id && account.deleted_at.is_none());
    Ok(own.map(|account| Some(account.id)))
}
