//! Clients and wallets: making them, changing their rules, and money that came in.

use super::fields::Fields;
use super::idempotency::{Answered, key};
use super::{Desk, permit, wallets};
use crate::domain::audit::Entry;
use crate::domain::caller::Caller;
use crate::domain::command::{Command, Done, TopUp, Unit};
use crate::domain::money::{Currency, Money};
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::store::wallets as rows;

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
    pub fee_percent: String,
    pub fee_fixed: String,
    pub fee_minimum: String,
    /// Below this the wallet is shown as needing money.
    pub threshold: String,
}

/// Makes a wallet, and its client when a new one is named; answers the wallet's number.
pub async fn create(desk: &Desk, caller: &Caller, input: &WalletInput) -> Result<i64, Error> {
    permit(desk, caller, Operation::ManageWallets).await?;
    let mut checks = Fields::default();
    let currency = checks.currency("currency", Some(&input.currency));
    let number: Option<i64> = checks.parsed("client", Some(&input.client), "the number of a client");
    let new_client = checks.optional("new_client", Some(&input.new_client), 100);
    let mut reader = desk.store.read().await?;
    let client = match (number, &new_client) {
        (Some(_), Some(_)) => {
            checks.wrong("new_client", "must stay blank when an existing client is chosen");
            None
        }
        (Some(number), None) => {
            let found = rows::client_by_number(&mut reader, number).await?;
            if found.is_none() {
                checks.wrong("client", "must be one of the clients");
            }
            found.map(|client| client.id)
        }
        (None, None) => {
            checks.wrong("client", "is required: choose one, or name a new one");
            None
        }
        (None, Some(_)) => None,
    };
    drop(reader);
    let rules = rules(&mut checks, input, currency.unwrap_or(Currency::USD));
    checks.done()?;
    let currency = currency.ok_or(Error::Internal)?;
    let caller = caller.clone();
    let number = desk.store.write(move |tx| {
        let (rules, caller, new_client) = (rules.clone(), caller.clone(), new_client.clone());
        Box::pin(async move {
            let now = tx.now();
            let client_id = client.unwrap_or_else(|| tx.mint().next());
            if let (None, Some(name)) = (client, &new_client) {
                rows::insert_client(tx, client_id, name).await?;
                let mut entry = Entry::done(&caller, now, "client.create").about(client_id);
                entry.client_id = Some(client_id);
                tx.audit(entry);
            }
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
                rail: "sandbox".into(),
                created_at: now,
                updated_at: now,
                closed_at: None,
                version: 1,
            };
            let mut entry = Entry::done(&caller, now, "wallet.create").about(wallet.id);
            entry.client_id = Some(client_id);
            tx.audit(entry);
            rows::insert(tx, &wallet).await
        })
    });
    Ok(number.await?)
}

/// Changes a wallet's name and rules. `version` is the one the form was made from.
pub async fn change(
    desk: &Desk,
    caller: &Caller,
    number: i64,
    input: &WalletInput,
    version: i64,
) -> Result<Wallet, Error> {
    permit(desk, caller, Operation::ManageWallets).await?;
    let wallet = wallets::get(desk, caller, number).await?;
    let mut checks = Fields::default();
    let rules = rules(&mut checks, input, wallet.currency);
    checks.done()?;
    let wanted = Wallet {
        name: rules.name,
        approval_limit_minor: rules.approval_limit,
        fee_basis_points: rules.basis_points,
        fee_fixed_minor: rules.fixed,
        fee_minimum_minor: rules.minimum,
        threshold_minor: rules.threshold,
        ..wallet
    };
    let writer = caller.clone();
    let changed = desk.store.write(move |tx| {
        let (wanted, caller) = (wanted.clone(), writer.clone());
        Box::pin(async move {
            let changed = rows::change(tx, &wanted, version).await?;
            if changed {
                let words = format!(
                    "limit {}, fee {} basis points plus {} at least {} (minor units)",
                    wanted.approval_limit_minor.map_or_else(|| "none".to_owned(), |limit| limit.to_string()),
                    wanted.fee_basis_points,
                    wanted.fee_fixed_minor,
                    wanted.fee_minimum_minor
                );
                let mut entry = Entry::done(&caller, tx.now(), "wallet.change").about(wanted.id).because(Some(words));
                entry.client_id = Some(wanted.client_id);
                tx.audit(entry);
            }
            Ok(changed)
        })
    });
    if !changed.await? {
        return Err(Error::Refused(Refusal::new(Rule::Stale, "It changed while you were reading.")
            .instead("Look at the new facts, then decide again.")));
    }
    wallets::get(desk, caller, number).await
}

/// Books money that came in. The same key books it once.
pub async fn top_up(
    desk: &Desk,
    caller: &Caller,
    number: i64,
    amount: &str,
    remarks: &str,
    idempotency_key: Option<&str>,
) -> Result<Answered<Wallet>, Error> {
    permit(desk, caller, Operation::ManageWallets).await?;
    let wallet = wallets::get(desk, caller, number).await?;
    let mut checks = Fields::default();
    let amount = checks.amount("amount", Some(amount), Some(wallet.currency));
    let remarks = checks.required("remarks", Some(remarks), 200);
    checks.done()?;
    let amount = amount.ok_or(Error::Internal)?;
    let key = key(caller, "wallet.top_up", idempotency_key, &(number, amount, &remarks))?;
    let command = Command::TopUp(TopUp { wallet_number: number, amount, remarks });
    let outcome = desk.store.run(Unit { caller: caller.clone(), key, command }).await?;
    Answered::of(outcome, |done| match done {
        Done::Wallet(wallet) => Some(*wallet),
        _ => None,
    })
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
}

fn rules(checks: &mut Fields, input: &WalletInput, currency: Currency) -> Rules {
    let amount = |checks: &mut Fields, field: &'static str, text: &str| {
        let text = text.trim();
        // Nothing at all is a limit of its own: it is not the same as no limit.
        if text.is_empty() || text.chars().all(|c| c == '0' || c == '.') {
            return (!text.is_empty()).then_some(0);
        }
        checks.amount(field, Some(text), Some(currency)).map(|money: Money| money.minor)
    };
    let approval_limit = amount(checks, "approval_limit", &input.approval_limit);
    let fixed = amount(checks, "fee_fixed", &input.fee_fixed);
    let minimum = amount(checks, "fee_minimum", &input.fee_minimum);
    let threshold = amount(checks, "threshold", &input.threshold);
    Rules {
        name: checks.required("name", Some(&input.name), 100),
        approval_limit,
        basis_points: percent(checks, &input.fee_percent),
        fixed: fixed.unwrap_or(0),
        minimum: minimum.unwrap_or(0),
        threshold,
    }
}

/// `1.5` per cent are 150 basis points.
fn percent(checks: &mut Fields, text: &str) -> i64 {
    let text = text.trim();
    if text.is_empty() || text.chars().all(|c| c == '0' || c == '.') {
        return 0;
    }
    // A per cent with two decimals has the shape of an amount with two decimals.
    match Money::parse(text, Currency::USD) {
        Ok(points) if points.minor <= 10_000 => points.minor,
        _ => {
            checks.wrong("fee_percent", "must be a per cent from 0 to 100 with at most two decimals, such as 1.5");
            0
        }
    }
}
