//! Payees as Revolut's dialect sees them: with their bank details in full (`contracts/revolut.md` section 6).

use serde_json::{Map, Value};

use super::payees::input::{AccountInput, PayeeFields, PayeeInput};
use super::payees::{self, PayeeQuery};
use super::{Desk, accounts, permit};
use crate::domain::caller::Caller;
use crate::domain::ids::PayeeId;
use crate::domain::payee_account::{AccountKind, PayeeAccount, plain_number};
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::store::payees::PayeeLine;

/// A payee with the identifiers of its accounts. It goes into one answer that nobody keeps.
#[derive(Clone)]
pub struct Counterparty {
    pub line: PayeeLine,
    /// Those that new payments may go to.
    pub accounts: Vec<(PayeeAccount, Map<String, Value>)>,
}

/// A payee to save with one account.
#[derive(Debug, Clone)]
pub struct NewCounterparty {
    /// `personal` or `business`.
    pub kind: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub country: Option<String>,
    pub account: AccountInput,
}

/// Which counterparties are wanted.
#[derive(Debug, Clone, Default)]
pub struct CounterpartyQuery {
    /// The start of the name from one of its words on.
    pub name: Option<String>,
    pub account_number: Option<String>,
    /// Only together with `account_number`.
    pub sort_code: Option<String>,
    pub iban: Option<String>,
    /// Only together with `iban`.
    pub bic: Option<String>,
    /// Made before, in Unix microseconds.
    pub before: Option<i64>,
    pub limit: usize,
}

/// Saves a payee. The same details again answer the payee that has them; another one with a known revtag is refused
/// as [`Rule::PayeeExists`].
pub async fn create(desk: &Desk, caller: &Caller, new: NewCounterparty) -> Result<Counterparty, Error> {
    permit(desk, caller, Operation::ChangePayees).await?;
    if new.account.kind == AccountKind::Revolut {
        let revtag = new.account.identifiers.get("revtag").and_then(Value::as_str);
        let query = PayeeQuery { number: revtag, ..PayeeQuery::default() };
        if !found(desk, caller, &query, 1).await?.is_empty() {
            let reason = "A counterparty with this revtag exists already.";
            return Err(Refusal::new(Rule::PayeeExists, reason).into());
        }
    }
    let input = PayeeInput {
        kind: new.kind,
        email: new.email,
        first_name: new.first_name,
        last_name: new.last_name,
        country: new.country,
        phone: new.phone,
        account: Some(new.account),
        ..PayeeInput::default()
    };
    let saved = payees::create(desk, caller, None, &input, PayeeFields::NAMED, None).await?;
    opened(desk, saved.value)
}

/// One saved payee in the caller's sight.
pub async fn get(desk: &Desk, caller: &Caller, id: PayeeId) -> Result<Counterparty, Error> {
    opened(desk, payees::get(desk, caller, id).await?)
}

/// Saved payees in the caller's sight, newest first.
pub async fn list(desk: &Desk, caller: &Caller, query: &CounterpartyQuery) -> Result<Vec<Counterparty>, Error> {
    permit(desk, caller, Operation::ReadPayees).await?;
    let number = query.account_number.as_deref().or(query.iban.as_deref());
    let of = PayeeQuery { search: query.name.as_deref(), number, to: query.before, ..PayeeQuery::default() };
    let lines = found(desk, caller, &of, query.limit).await?;
    let all = lines.into_iter().map(|line| opened(desk, line)).collect::<Result<Vec<_>, Error>>()?;
    Ok(all.into_iter().filter(|counterparty| query.fits(counterparty)).collect())
}

async fn found(desk: &Desk, caller: &Caller, query: &PayeeQuery<'_>, limit: usize) -> Result<Vec<PayeeLine>, Error> {
    Ok(payees::list(desk, caller, query, None, limit).await?.0)
}

/// Opens the accounts. Errors: one was sealed under a key that is gone.
fn opened(desk: &Desk, line: PayeeLine) -> Result<Counterparty, Error> {
    let open = |account: &PayeeAccount| Ok((account.clone(), accounts::members(desk, account)?));
    let accounts = line.active_accounts().map(open).collect::<Result<Vec<_>, Error>>()?;
    Ok(Counterparty { line, accounts })
}

impl CounterpartyQuery {
    /// What the number alone does not say: the bank beside it.
    fn fits(&self, counterparty: &Counterparty) -> bool {
        let bank = |member: &str, wanted: &Option<String>| {
            wanted.as_deref().is_none_or(|wanted| {
                counterparty.accounts.iter().any(|(_, members)| {
                    let has = members.get(member).and_then(Value::as_str);
                    has.is_some_and(|has| plain_number(has) == plain_number(wanted))
                })
            })
        };
        bank("sort_code", &self.sort_code) && bank("bic", &self.bic)
    }
}
