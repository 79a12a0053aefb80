//! Clients and wallets: making them, and changing their names and rules.

use sha2::{Digest, Sha256};

use super::fields::Fields;
use super::{Desk, permit, wallet_limits, wallets};
use crate::domain::audit::{Entry, hex};
use crate::domain::caller::Caller;
use crate::domain::ids::{ClientId, WalletId};
use crate::domain::money::{AmountError, Currency, Money};
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::{Error, FieldError};
use crate::rails;
use crate::store::{Tx, wallets as rows};

/// A wallet as typed; amounts in major units of its currency. Blank limits mean none, blank fees mean nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WalletInput {
    /// The client's number, or blank with a name for a new one. Only read when a wallet is made.
    pub client: String,
    pub new_client: String,
    pub name: String,
    /// Only read when a wallet is made.
    pub currency: String,
    /// Payouts above this need a second person.
    pub approval_limit: String,
    /// Per cent with up to two decimals: `1.5`.
    pub percentage: String,
    pub fixed_fee: String,
    pub least_fee: String,
    /// Below this the wallet is shown as needing money.
    pub threshold: String,
    /// The name of the rail that carries its payouts. Blank: the sandbox for a new wallet, otherwise the one it has.
    pub rail: String,
}

/// Makes a wallet, and its client when a new one is named; answers the wallet's number.
///
/// A client's name is its own, and a wallet's name within its client, so a form that is sent twice makes one.
pub async fn create(desk: &Desk, caller: &Caller, input: &WalletInput) -> Result<i64, Error> {
    permit(desk, caller, Operation::ManageWallets).await?;
    let mut checks = Fields::default();
    let currency = checks.currency("currency", Some(&input.currency));
    if let Some(currency) = currency.filter(|currency| currency.exponent().is_none()) {
        checks
            .wrong("currency", format!("must be a currency that people are paid in, and {} is none", currency.code()));
    }
    let owner = owner(desk, &mut checks, input).await?;
    let rules = rules(&mut checks, input, currency);
    checks.done()?;
    let (Some(currency), Some(owner)) = (currency, owner) else { return Err(Error::Internal) };
    let caller = caller.clone();
    let made = desk.store.write(move |tx| {
        let (rules, caller, owner) = (rules.clone(), caller.clone(), owner.clone());
        Box::pin(async move { insert(tx, &caller, &owner, rules, currency).await })
    });
    made.await?.map_err(|taken| Error::Validation(vec![taken]))
}

/// Changes a wallet's name and rules. A looser approval limit waits until a second admin agrees, see
/// [`wallet_limits`]; everything else is done at once. `edition` is [`edition`] of the wallet that the form was made from; money may move
/// meanwhile.
pub async fn change(
    desk: &Desk,
    caller: &Caller,
    number: i64,
    input: &WalletInput,
    edition: &str,
) -> Result<Wallet, Error> {
    permit(desk, caller, Operation::ManageWallets).await?;
    let wallet = wallets::get(desk, caller, number).await?;
    let mut checks = Fields::default();
    let rules = rules(&mut checks, input, Some(wallet.currency));
    checks.done()?;
    let (writer, edition) = (caller.clone(), edition.to_owned());
    let changed = desk.store.write(move |tx| {
        let (rules, caller, edition) = (rules.clone(), writer.clone(), edition.clone());
        Box::pin(async move { update(tx, &caller, wallet.id, rules, &edition).await })
    });
    changed.await??;
    wallets::get(desk, caller, number).await
}

/// The rails that a wallet can have, the usual one first.
pub fn rails() -> Vec<&'static str> {
    rails::NAMES.to_vec()
}

/// Names a wallet's name and rules as they stand; another one means that somebody changed them.
pub fn edition(wallet: &Wallet) -> String {
    let rules = (
        &wallet.name,
        wallet.approval_limit_minor,
        wallet.fee_basis_points,
        wallet.fee_fixed_minor,
        wallet.fee_minimum_minor,
        wallet.threshold_minor,
        &wallet.rail,
    );
    hex(&Sha256::digest(serde_json::to_vec(&rules).expect("texts and integers")))
}

/// Whose wallet it becomes.
#[derive(Debug, Clone)]
enum Owner {
    Known(ClientId),
    New(String),
}

async fn owner(desk: &Desk, checks: &mut Fields, input: &WalletInput) -> Result<Option<Owner>, Error> {
    let number: Option<i64> = checks.parsed("client", Some(&input.client), "one of the clients");
    let new_client = checks.optional("new_client", Some(&input.new_client), 100);
    if input.client.trim().is_empty() {
        if input.new_client.trim().is_empty() {
            checks.wrong("client", "is required: choose one, or name a new one");
        }
        return Ok(new_client.map(Owner::New));
    }
    if new_client.is_some() {
        checks.wrong("new_client", "must stay blank when a client is chosen above");
    }
    let Some(number) = number else { return Ok(None) };
    let mut reader = desk.store.read().await?;
    let found = rows::client_by_number(&mut reader, number).await?;
    if found.is_none() {
        checks.wrong("client", "must be one of the clients");
    }
    Ok(found.map(|client| Owner::Known(client.id)))
}

/// Inside the unit that makes a wallet: its number, or the name that is taken.
async fn insert(
    tx: &mut Tx<'_>,
    caller: &Caller,
    owner: &Owner,
    rules: Rules,
    currency: Currency,
) -> Result<Result<i64, FieldError>, sqlx::Error> {
    let now = tx.now();
    let client_id = match owner {
        Owner::Known(id) => *id,
        Owner::New(name) => {
            if rows::is_client(tx, name).await? {
                return Ok(Err(taken("new_client", "is the name of a client already: choose it above")));
            }
            let id = tx.mint().next();
            rows::insert_client(tx, id, name).await?;
            let mut entry = Entry::done(caller, now, "client.create").about(id).because(Some(name.clone()));
            entry.client_id = Some(id);
            tx.audit(entry);
            id
        }
    };
    let wallet = Wallet {
        id: tx.mint().next(),
        number: 0,
        client_id,
        name: rules.name,
        currency,
        available_minor: 0,
        held_minor: 0,
        approval_limit_minor: rules.approval_limit,
        fee_basis_points: rules.basis_points,
        fee_fixed_minor: rules.fixed,
        fee_minimum_minor: rules.minimum,
        threshold_minor: rules.threshold,
        rail: rules.rail.unwrap_or(rails::SANDBOX).into(),
        created_at: now,
        updated_at: now,
        closed_at: None,
        version: 1,
    };
    if rows::is_named(tx, client_id, &wallet.name, wallet.id).await? {
        return Ok(Err(taken("name", "is the name of another wallet of this client")));
    }
    let number = rows::insert(tx, &wallet).await?;
    let what = format!("{} in {}", wallet.name, currency.code());
    let mut entry = Entry::done(caller, now, "wallet.create").about(wallet.id).because(Some(what));
    entry.client_id = Some(client_id);
    tx.audit(entry);
    Ok(Ok(number))
}

/// Inside the unit that changes a wallet; what is the same already is not written.
async fn update(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: WalletId,
    rules: Rules,
    seen: &str,
) -> Result<Result<(), Error>, sqlx::Error> {
    let Some(before) = rows::get(tx, id).await? else { return Ok(Err(Error::NotFound("Wallet"))) };
    let mut wanted = Wallet {
        name: rules.name,
        approval_limit_minor: rules.approval_limit,
        fee_basis_points: rules.basis_points,
        fee_fixed_minor: rules.fixed,
        fee_minimum_minor: rules.minimum,
        threshold_minor: rules.threshold,
        rail: rules.rail.map_or_else(|| before.rail.clone(), str::to_owned),
        ..before.clone()
    };
    if wanted.rail != before.rail && before.held_minor > 0 {
        let held = Money::new(before.held_minor, before.currency);
        let message = format!("cannot change while {held} is held for payouts and payout links of it");
        return Ok(Err(Error::field("rail", message)));
    }
    if differences(&before, &wanted).is_empty() {
        return Ok(Ok(()));
    }
    if rows::is_named(tx, before.client_id, &wanted.name, id).await? {
        return Ok(Err(Error::Validation(vec![taken("name", "is the name of another wallet of this client")])));
    }
    let mut entry = Entry::done(caller, tx.now(), "wallet.change").about(id);
    entry.client_id = Some(before.client_id);
    let stale = || {
        Refusal::new(Rule::Stale, "It changed while you were reading.")
            .instead("Look at the new facts, then decide again.")
    };
    let asked = match edition(&before) == seen {
        true => wallet_limits::to_ask(tx, caller, &before, wanted.approval_limit_minor).await?,
        false => Err(stale()),
    };
    let asked = match asked {
        Ok(asked) => asked,
        Err(refusal) => {
            tx.audit(entry.because(Some(differences(&before, &wanted).join("; "))).refused(&refusal));
            return Ok(Err(refusal.into()));
        }
    };
    let limit_differs = wanted.approval_limit_minor != before.approval_limit_minor;
    if asked.is_some() {
        wanted.approval_limit_minor = before.approval_limit_minor;
    }
    let changes = differences(&before, &wanted);
    if !changes.is_empty() {
        let entry = entry.because(Some(changes.join("; ")));
        if !rows::change(tx, &wanted, before.version).await? {
            let refusal = stale();
            tx.audit(entry.refused(&refusal));
            return Ok(Err(refusal.into()));
        }
        tx.audit(entry);
    }
    if limit_differs {
        wallet_limits::write(tx, caller, &before, asked).await?;
    }
    Ok(Ok(()))
}

fn taken(field: &'static str, message: &str) -> FieldError {
    FieldError { field, message: message.to_owned() }
}

/// A wallet's rules, read. Amounts in minor units.
#[derive(Debug, Clone)]
struct Rules {
    name: String,
    approval_limit: Option<i64>,
    basis_points: i64,
    fixed: i64,
    minimum: i64,
    threshold: Option<i64>,
    rail: Option<&'static str>,
}

fn rules(checks: &mut Fields, input: &WalletInput, currency: Option<Currency>) -> Rules {
    let approval_limit = amount(checks, "approval_limit", &input.approval_limit, currency);
    let basis_points = percent(checks, &input.percentage);
    let fixed = amount(checks, "fixed_fee", &input.fixed_fee, currency).unwrap_or(0);
    let minimum = amount(checks, "least_fee", &input.least_fee, currency).unwrap_or(0);
    let threshold = amount(checks, "threshold", &input.threshold, currency);
    let given = input.rail.trim();
    let rail = rails::NAMES.into_iter().find(|name| *name == given);
    if rail.is_none() && !given.is_empty() {
        checks.wrong("rail", format!("must be one of {}", rails::NAMES.join(", ")));
    }
    Rules {
        name: checks.required("name", Some(&input.name), 100),
        approval_limit,
        basis_points,
        fixed,
        minimum,
        threshold,
        rail,
    }
}

/// An amount that may be blank or nothing, in minor units. A limit of nothing is a limit: it is not the same as none.
fn amount(checks: &mut Fields, field: &'static str, text: &str, currency: Option<Currency>) -> Option<i64> {
    if text.trim().is_empty() {
        return None;
    }
    match currency.map(|currency| Money::parse(text, currency)) {
        Some(Err(AmountError::Zero)) => Some(0),
        _ => checks.amount(field, Some(text), currency).map(|money| money.minor),
    }
}

/// `1.5` per cent are 150 basis points.
fn percent(checks: &mut Fields, text: &str) -> i64 {
    if text.trim().is_empty() {
        return 0;
    }
    // A per cent with two decimals has the shape of an amount with two decimals.
    match Money::parse(text, Currency::USD) {
        Ok(points) if points.minor <= 10_000 => points.minor,
        Err(AmountError::Zero) => 0,
        _ => {
            checks.wrong("percentage", "must be a per cent from 0 to 100 with at most two decimals, such as 1.5");
            0
        }
    }
}

/// What differs between two states of a wallet's rules, in words for the audit log.
fn differences(before: &Wallet, after: &Wallet) -> Vec<String> {
    let money = |minor| Money::new(minor, before.currency).to_string();
    let or_none = |minor: Option<i64>| minor.map_or_else(|| "none".to_owned(), money);
    let points = |points: i64| format!("{points} basis points");
    let pairs = [
        ("name", before.name.clone(), after.name.clone()),
        ("approval above", or_none(before.approval_limit_minor), or_none(after.approval_limit_minor)),
        ("fee", points(before.fee_basis_points), points(after.fee_basis_points)),
        ("fixed fee", money(before.fee_fixed_minor), money(after.fee_fixed_minor)),
        ("least fee", money(before.fee_minimum_minor), money(after.fee_minimum_minor)),
        ("threshold", or_none(before.threshold_minor), or_none(after.threshold_minor)),
        ("provider", before.rail.clone(), after.rail.clone()),
    ];
    let changed = pairs.into_iter().filter(|(_, from, to)| from != to);
    changed.map(|(what, from, to)| format!("{what} {from} → {to}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_nothing_is_a_limit_and_blank_is_none() {
        let read = |text| amount(&mut Fields::default(), "approval_limit", text, Some(Currency::USD));
        assert_eq!(
            (read(""), read(" "), read("0"), read("0.00"), read("12.50")),
            (None, None, Some(0), Some(0), Some(1_250))
        );
        for text in [".", "-0", "0.000", "1e2"] {
            let mut checks = Fields::default();
            amount(&mut checks, "approval_limit", text, Some(Currency::USD));
            assert!(checks.done().is_err(), "{text}");
        }
    }

    #[test]
    fn per_cent_reads_as_basis_points_up_to_all_of_it() {
        for (text, points) in [("", 0), ("0", 0), ("1.5", 150), ("0.05", 5), ("100", 10_000)] {
            let mut checks = Fields::default();
            assert_eq!(percent(&mut checks, text), points);
            assert!(checks.done().is_ok(), "{text}");
        }
        for text in ["101", "100.01", "1.555", "-1", "1e2", "."] {
            let mut checks = Fields::default();
            percent(&mut checks, text);
            assert!(checks.done().is_err(), "{text}");
        }
    }
}
