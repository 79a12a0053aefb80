//! `seed`: made-up payouts for benchmarks; the same every time, and `verify` finds them in order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::words;
use crate::domain::books::{CounterDelta, PaidDelta, PayeeDelta, SLOT, bucket};
use crate::domain::event::{Event, EventType};
use crate::domain::ids::{AccountId, ClientId, HoldId, Id, Mint, PayeeId, StaffId};
use crate::domain::ledger::{Account, Kind, LedgerTransaction, Phase, Posting};
use crate::domain::money::{Currency, Money};
use crate::domain::payee::Payee;
use crate::domain::payout::{ClosedBy, Payout, State};
use crate::domain::wallet::Wallet;
use crate::service::Desk;
use crate::store::bulk::{self, Rows};
use crate::store::wallets;

/// How many payouts one write holds.
const CHUNK: u64 = 10_000;
const PAYEES: u64 = 2_000;
const AMOUNT: i64 = 10_000;
const FEES: i64 = 150;
/// Time between two seeded payouts, in microseconds.
const GAP: i64 = 2_000_000;

/// The wallet that grows, and what is counted on the way.
struct Seeds {
    client: ClientId,
    wallet: Wallet,
    payees: Vec<PayeeId>,
    staff: StaffId,
    mint: Mint,
    number: u64,
}

/// Adds a client with one wallet and that many payouts: most completed, some failed, cancelled or still queued.
pub async fn seed(desk: &Desk, payouts: u64) -> Result<(), String> {
    let started = Instant::now();
    let mut reader = desk.store.read().await.map_err(words)?;
    let clients = wallets::clients(&mut reader).await.map_err(words)?;
    let wallet_count = wallets::list(&mut reader, None, 1_000).await.map_err(words)?.len() as i64;
    drop(reader);
    let now = desk.clock.now();
    let mut seeds = start(now - GAP * payouts as i64, clients.len() as i64 + 1, wallet_count + 1);
    let payees = payees(&mut seeds);
    let (client, number) = ((seeds.client, clients.len() as i64 + 1), wallet_count + 1);
    let wallet = seeds.wallet.clone();
    let (transaction, posting) = seeds.fund(payouts);
    desk.store
        .write(move |tx| {
            let wallet = wallet.clone();
            let named = [(client.0, client.1, format!("Benchmark {number}"))];
            Box::pin(async move { bulk::insert_wallets(tx, &named, &[wallet]).await })
        })
        .await
        .map_err(words)?;
    let first = Rows { payees, transactions: vec![transaction], postings: vec![posting], ..Rows::default() };
    write(desk, first, &seeds.wallet).await?;
    let mut left = payouts;
    while left > 0 {
        let rows = seeds.chunk(left.min(CHUNK));
        write(desk, rows, &seeds.wallet).await?;
        left -= left.min(CHUNK);
    }
    desk.store.close().await;
    println!("{payouts} payouts in wallet {number}, {:.1} s", started.elapsed().as_secs_f32());
    Ok(())
}

/// Writes rows and the wallet's balances after them in one transaction.
async fn write(desk: &Desk, rows: Rows, wallet: &Wallet) -> Result<(), String> {
    let rows = Arc::new(rows);
    let (id, available, held) = (wallet.id.to_string(), wallet.available_minor, wallet.held_minor);
    desk.store
        .write(move |tx| {
            let (rows, id) = (Arc::clone(&rows), id.clone());
            Box::pin(async move {
                bulk::write_rows(tx, &rows).await?;
                let sql =
                    "UPDATE wallets SET available_minor = $2, held_minor = $3, version = version + 1 WHERE id = $1";
                tx.execute(sql, &[id.into(), available.into(), held.into()]).await
            })
        })
        .await
        .map(|_| ())
        .map_err(words)
}

fn start(first: i64, client_number: i64, wallet_number: i64) -> Seeds {
    let mut mint = Mint::new(rand::random::<u64>);
    mint.turn_to(first - GAP);
    let client: ClientId = mint.next();
    let wallet = Wallet {
        id: mint.next(),
        number: wallet_number,
        client_id: client,
        name: format!("Benchmark USD {client_number}"),
        currency: Currency::USD,
        available_minor: 0,
        held_minor: 0,
        approval_limit_minor: None,
        fee_basis_points: 150,
        fee_fixed_minor: 0,
        fee_minimum_minor: 0,
        threshold_minor: None,
        rail: "sandbox".into(),
        created_at: mint.now(),
        updated_at: mint.now(),
        closed_at: None,
        version: 1,
    };
    Seeds { client, wallet, payees: Vec::new(), staff: Id::first_at(0), mint, number: 0 }
}

fn payees(seeds: &mut Seeds) -> Vec<Payee> {
    let payees: Vec<Payee> = (0..PAYEES)
        .map(|n| {
            let account: AccountId = seeds.mint.next();
            Payee {
                id: seeds.mint.next(),
                client_id: seeds.client,
                email: format!("payee{n}@bench.example.com"),
                first_name: format!("Payee {n}"),
                last_name: format!("Number{n}"),
                country: Some("US".into()),
                phone: None,
                account_id: Some(account),
                account_identifiers: Some(format!(r#"{{"account_number":"{:010}"}}"#, n)),
                account_label: Some(format!("US account •• {:04}", n)),
                metadata: None,
                fingerprint: format!("bench-{n}"),
                saved_at: Some(seeds.mint.now()),
                deleted_at: None,
            }
        })
        .collect();
    seeds.payees = payees.iter().map(|payee| payee.id).collect();
    payees
}

impl Seeds {
    /// Enough money for all that follows.
    fn fund(&mut self, payouts: u64) -> (LedgerTransaction, crate::domain::ledger::PostingRow) {
        let amount = Money::new((AMOUNT + FEES) * (payouts as i64 + 1), Currency::USD);
        let posting =
            Posting::new(Account::Funding(Currency::USD), Account::Available(self.wallet.id), amount).expect("above 0");
        self.wallet.available_minor += amount.minor;
        let transaction = self.transaction(Kind::Funding, None, amount.minor, 0);
        let row = posting.row(transaction.id, 0);
        (transaction, row)
    }

    fn chunk(&mut self, count: u64) -> Rows {
        let mut rows = Rows::default();
        let mut counters: BTreeMap<&'static str, CounterDelta> = BTreeMap::new();
        let mut paid: BTreeMap<i64, PaidDelta> = BTreeMap::new();
        let mut payees: BTreeMap<PayeeId, PayeeDelta> = BTreeMap::new();
        for _ in 0..count {
            let payout = self.payout(&mut rows);
            let delta = counters.entry(bucket(&payout)).or_insert_with(|| CounterDelta {
                wallet_id: self.wallet.id,
                client_id: self.client,
                currency: Currency::USD,
                bucket: bucket(&payout).to_owned(),
                payouts: 0,
                amount_minor: 0,
                fees_minor: 0,
            });
            delta.payouts += 1;
            delta.amount_minor += AMOUNT;
            delta.fees_minor += FEES;
            if let Some(completed_at) = payout.completed_at {
                let slot = completed_at - completed_at.rem_euclid(SLOT);
                let entry = paid.entry(slot).or_insert_with(|| PaidDelta {
                    client_id: self.client,
                    currency: Currency::USD,
                    slot,
                    payouts: 0,
                    amount_minor: 0,
                });
                entry.payouts += 1;
                entry.amount_minor += AMOUNT;
                let entry = payees.entry(payout.payee_id).or_insert_with(|| PayeeDelta {
                    payee_id: payout.payee_id,
                    currency: Currency::USD,
                    payouts: 0,
                    amount_minor: 0,
                    last_payout_at: 0,
                });
                entry.payouts += 1;
                entry.amount_minor += AMOUNT;
                entry.last_payout_at = completed_at;
            }
            rows.payouts.push(payout);
        }
        rows.counters = counters.into_values().collect();
        rows.paid = paid.into_values().collect();
        rows.payee_totals = payees.into_values().collect();
        rows
    }

    fn payout(&mut self, rows: &mut Rows) -> Payout {
        self.number += 1;
        self.mint.turn_to(self.mint.now() + GAP);
        let state = match self.number % 20 {
            0 => State::Failed,
            1 => State::Cancelled,
            2 | 3 => State::Queued,
            _ => State::Completed,
        };
        let hold: HoldId = self.mint.next();
        let id = self.mint.next();
        let made = self.mint.now();
        let ended = made + 600_000_000;
        let at = |wanted: State| (state == wanted).then_some(ended);
        let payout = Payout {
            id,
            client_id: self.client,
            wallet_id: self.wallet.id,
            payee_id: self.payees[(self.number * 7_919 % PAYEES) as usize],
            account_id: None,
            reference_id: format!("BENCH_{}_{:09}", self.wallet.number, self.number),
            state,
            action: None,
            closed_by: matches!(state, State::Failed | State::Cancelled).then_some(ClosedBy::Rail),
            amount_minor: AMOUNT,
            fees_minor: FEES,
            currency: Currency::USD,
            destination_minor: AMOUNT,
            destination_currency: Currency::USD,
            rate: None,
            reversed_minor: 0,
            reversed_source_minor: 0,
            reversed_done_minor: 0,
            hold_id: Some(hold),
            rail: "sandbox".into(),
            maker_staff_id: self.staff,
            maker_credential_id: None,
            checker_staff_id: None,
            description: Some("Benchmark".into()),
            metadata: None,
            failure_code: None,
            failure_reason: None,
            rail_reference: None,
            queued_at: Some(made + 1_000_000),
            submitted_at: at(State::Completed),
            settling_at: None,
            completed_at: at(State::Completed),
            failed_at: at(State::Failed),
            cancelled_at: at(State::Cancelled),
            expired_at: None,
            returned_at: None,
            outcome_unknown_since: None,
            due_at: None,
            version: 2,
        };
        self.post(rows, Kind::Payout, &payout, hold, Phase::Open);
        match state {
            State::Queued => {}
            State::Completed => self.post(rows, Kind::PayoutSettled, &payout, hold, Phase::Close),
            _ => self.post(rows, Kind::PayoutRefund, &payout, hold, Phase::Close),
        }
        rows.events.push(event(&payout, 1, None, State::Created, made));
        rows.events.push(event(&payout, 2, Some(State::Created), state, ended));
        payout
    }

    fn post(&mut self, rows: &mut Rows, kind: Kind, payout: &Payout, hold: HoldId, phase: Phase) {
        let (available, held) = (Account::Available(self.wallet.id), Account::Held(self.wallet.id));
        let total = AMOUNT + FEES;
        let (from, to, to_fees, deltas) = match kind {
            Kind::Payout => (available, held, held, (-total, total)),
            Kind::PayoutSettled => {
                (held, Account::PaidOut(Currency::USD), Account::Fees(Currency::USD), (0, -total))
            }
            _ => (held, available, available, (total, -total)),
        };
        self.wallet.available_minor += deltas.0;
        self.wallet.held_minor += deltas.1;
        let mut transaction = self.transaction(kind, Some(payout), deltas.0, deltas.1);
        transaction.hold_id = Some(hold);
        transaction.hold_phase = Some(phase);
        let postings = [Posting::new(from, to, payout.amount()), Posting::new(from, to_fees, payout.fees())];
        for (position, posting) in postings.into_iter().flatten().enumerate() {
            rows.postings.push(posting.row(transaction.id, position));
        }
        rows.transactions.push(transaction);
    }

    fn transaction(
        &mut self,
        kind: Kind,
        payout: Option<&Payout>,
        available_delta_minor: i64,
        held_delta_minor: i64,
    ) -> LedgerTransaction {
        LedgerTransaction {
            id: self.mint.next(),
            kind,
            client_id: self.client,
            wallet_id: self.wallet.id,
            payout_id: payout.map(|payout| payout.id),
            reversal_id: None,
            hold_id: None,
            hold_phase: None,
            currency: Currency::USD,
            available_delta_minor,
            held_delta_minor,
            available_after_minor: self.wallet.available_minor,
            held_after_minor: self.wallet.held_minor,
            remarks: "Benchmark".into(),
            created_at: self.mint.now(),
        }
    }
}

fn event(payout: &Payout, seq: i64, from_state: Option<State>, to_state: State, created_at: i64) -> Event {
    Event {
        payout_id: payout.id,
        seq,
        event_type: EventType::StatusChange,
        from_state,
        to_state,
        actor_type: "system".into(),
        actor_name: "Paydesk".into(),
        message: format!("Payout {}", to_state.words()),
        note: None,
        via: "command".into(),
        request_id: "seed".into(),
        created_at,
    }
}
