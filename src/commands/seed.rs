//! `seed`: made-up payouts for benchmarks; the same every time, and `verify` finds them in order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::words;
use crate::domain::books::{About, Books, CounterDelta, PaidDelta, PayeeDelta, SLOT};
use crate::domain::ids::{AccountId, ClientId, Id, Mint, PayeeId, StaffId};
use crate::domain::ledger::{Account, Kind, Posting};
use crate::domain::money::{Currency, Money};
use crate::domain::payee::{Payee, PayeeDetails};
use crate::domain::payee_account::{AccountKind, PayeeAccount};
use crate::domain::wallet::Wallet;
use crate::keys::Keys;
use crate::service::Desk;
use crate::service::accounts::{self, Plain};
use crate::store::bulk::{self, SeedChunk, SeedRow};
use crate::store::wallets;

/// How many payouts one write holds.
const CHUNK: u64 = 5_000;
const PAYEES: u64 = 2_000;
const AMOUNT: i64 = 10_000;
const FEES: i64 = 150;
/// Time between two seeded payouts, and from making one to its end, in microseconds.
const GAP: i64 = 2_000_000;
const LIFE: i64 = 600_000_000;

/// The wallet that grows, payout by payout.
struct Seeds {
    wallet: Wallet,
    payees: Vec<(PayeeId, AccountId)>,
    staff: StaffId,
    mint: Mint,
    number: u64,
}

/// Adds a client with one wallet and that many payouts: most completed, some failed, cancelled or still queued.
pub async fn seed(desk: &Desk, payouts: u64) -> Result<(), String> {
    let started = Instant::now();
    let mut reader = desk.store.read().await.map_err(words)?;
    let client = wallets::clients(&mut reader).await.map_err(words)?.len() as i64 + 1;
    let number = wallets::list(&mut reader, None, 1_000).await.map_err(words)?.len() as i64 + 1;
    drop(reader);
    let mut seeds = Seeds::new(desk.clock.now() - GAP * payouts as i64 - LIFE, number);
    begin(desk, &mut seeds, client, payouts).await?;
    let mut left = payouts;
    let mut next = (left > 0).then(|| seeds.chunk(left.min(CHUNK)));
    while let Some(chunk) = next.take() {
        left -= chunk.rows.len() as u64;
        let chunk = Arc::new(chunk);
        let writing = desk.store.write(move |tx| {
            let chunk = Arc::clone(&chunk);
            Box::pin(async move { bulk::write_seed(tx, &chunk).await })
        });
        // The next chunk is made while this one is written.
        let making = async { (left > 0).then(|| seeds.chunk(left.min(CHUNK))) };
        let (written, made) = tokio::join!(writing, making);
        written.map_err(words)?;
        next = made;
    }
    desk.store.close().await;
    println!("{payouts} payouts in wallet {number}, {:.1} s", started.elapsed().as_secs_f32());
    Ok(())
}

async fn begin(desk: &Desk, seeds: &mut Seeds, client: i64, payouts: u64) -> Result<(), String> {
    let payees = Arc::new(seeds.make_payees(&desk.keys));
    let wallet = seeds.wallet.clone();
    let books = Arc::new(seeds.fund(payouts));
    desk.store
        .write(move |tx| {
            let (payees, wallet, books) = (Arc::clone(&payees), wallet.clone(), Arc::clone(&books));
            Box::pin(async move {
                bulk::insert_wallets(tx, &[(wallet.client_id, client, format!("Benchmark {client}"))], &[wallet])
                    .await?;
                bulk::start_seed(tx, (&payees.0, &payees.1), &books).await
            })
        })
        .await
        .map_err(words)
}

impl Seeds {
    fn new(first: i64, number: i64) -> Seeds {
        let mut mint = Mint::new(rand::random::<u64>);
        mint.turn_to(first);
        let client_id: ClientId = mint.next();
        let wallet = Wallet {
            id: mint.next(),
            number,
            client_id,
            name: format!("Benchmark USD {number}"),
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
        Seeds { wallet, payees: Vec::new(), staff: Id::first_at(0), mint, number: 0 }
    }

    /// Payees with an account each.
    fn make_payees(&mut self, keys: &Keys) -> (Vec<Payee>, Vec<PayeeAccount>) {
        let made = (0..PAYEES).map(|n| {
            let country = || Some("US".to_owned());
            let plain = Plain {
                kind: AccountKind::BankAccount,
                currency: None,
                country: country(),
                holder_name: None,
                identifiers: [("account_number".to_owned(), format!("{n:010}").into())].into_iter().collect(),
                label: Some(format!("US account •• {n:04}")),
            };
            let mut details = PayeeDetails {
                email: Some(format!("payee{n}@bench.example.com")),
                first_name: format!("Payee {n}"),
                last_name: format!("Number{n}"),
                country: country(),
                ..PayeeDetails::default()
            };
            accounts::identify(keys, &mut details);
            let mut payee = details.into_payee(self.wallet.client_id, &mut self.mint);
            payee.saved_at = Some(self.mint.now());
            let account = accounts::account(keys, plain).into_account(&payee, &mut self.mint);
            (payee, account)
        });
        let (payees, accounts): (Vec<Payee>, Vec<PayeeAccount>) = made.unzip();
        self.payees = payees.iter().zip(&accounts).map(|(payee, account)| (payee.id, account.id)).collect();
        (payees, accounts)
    }

    /// Books with enough money for all that follows.
    fn fund(&mut self, payouts: u64) -> Books {
        let mut books = Books::default();
        books.wallets.insert(self.wallet.id, self.wallet.clone());
        let amount = Money::new((AMOUNT + FEES) * (payouts as i64 + 1), Currency::USD);
        let posting = Posting::new(Account::Funding(Currency::USD), Account::Available(self.wallet.id), amount);
        let about = About { remarks: "Benchmark".into(), ..About::default() };
        books.post(&mut self.mint, Kind::Funding, self.wallet.id, [posting], about).expect("money in is never refused");
        self.wallet.available_minor = amount.minor;
        books
    }

    fn chunk(&mut self, count: u64) -> SeedChunk {
        let mut rows: Vec<SeedRow> = (0..count).map(|_| self.open()).collect();
        let mut counters: BTreeMap<&str, CounterDelta> = BTreeMap::new();
        let mut paid: BTreeMap<i64, PaidDelta> = BTreeMap::new();
        let mut payees: BTreeMap<PayeeId, PayeeDelta> = BTreeMap::new();
        for row in &mut rows {
            self.close(row);
            let counter = counters.entry(row.4).or_insert_with(|| CounterDelta {
                wallet_id: self.wallet.id,
                client_id: self.wallet.client_id,
                currency: Currency::USD,
                bucket: row.4.to_owned(),
                payouts: 0,
                amount_minor: 0,
                fees_minor: 0,
            });
            counter.payouts += 1;
            counter.amount_minor += AMOUNT;
            counter.fees_minor += FEES;
            if row.4 != "completed" {
                continue;
            }
            let slot = row.6 - row.6.rem_euclid(SLOT);
            let out = paid.entry(slot).or_insert_with(|| PaidDelta {
                client_id: self.wallet.client_id,
                currency: Currency::USD,
                slot,
                payouts: 0,
                amount_minor: 0,
            });
            out.payouts += 1;
            out.amount_minor += AMOUNT;
            let total = payees.entry(row.2).or_insert_with(|| PayeeDelta {
                payee_id: row.2,
                currency: Currency::USD,
                payouts: 0,
                amount_minor: 0,
                last_payout_at: 0,
            });
            total.payouts += 1;
            total.amount_minor += AMOUNT;
            total.last_payout_at = row.6;
        }
        SeedChunk {
            wallet: self.wallet.clone(),
            staff: self.staff,
            amount_minor: AMOUNT,
            fees_minor: FEES,
            rows,
            counters: counters.into_values().collect(),
            paid: paid.into_values().collect(),
            payees: payees.into_values().collect(),
        }
    }

    /// The next payout, with its hold opened.
    fn open(&mut self) -> SeedRow {
        self.number += 1;
        self.mint.turn_to(self.mint.now() + GAP);
        let state = match self.number % 20 {
            0 => "failed",
            1 => "cancelled",
            2 | 3 => "queued",
            _ => "completed",
        };
        self.wallet.available_minor -= AMOUNT + FEES;
        self.wallet.held_minor += AMOUNT + FEES;
        let (payee, account) = self.payees[(self.number * 7_919 % PAYEES) as usize];
        SeedRow(
            self.mint.next(),
            self.mint.next(),
            payee,
            format!("{}_{:09}", self.wallet.number, self.number),
            state,
            self.mint.now(),
            self.mint.now() + LIFE,
            self.mint.next(),
            self.mint.next(),
            self.wallet.available_minor,
            self.wallet.held_minor,
            0,
            0,
            account,
        )
    }

    /// Closes the hold of a payout that has ended.
    fn close(&mut self, row: &mut SeedRow) {
        match row.4 {
            "queued" => return,
            "completed" => {}
            _ => self.wallet.available_minor += AMOUNT + FEES,
        }
        self.wallet.held_minor -= AMOUNT + FEES;
        row.11 = self.wallet.available_minor;
        row.12 = self.wallet.held_minor;
    }
}
