//! What the sample history stands on: wallets with their first money, and the people who are paid.

use rand::RngExt;
use rand::rngs::StdRng;

use crate::domain::books::{About, Books};
use crate::domain::ids::{ClientId, Id, Mint, PayeeId};
use crate::domain::ledger::{Account, Kind, Posting};
use crate::domain::money::{Currency, Money};
use crate::domain::payee::{Payee, account_label};
use crate::domain::wallet::Wallet;

/// What each wallet starts with, in minor units, in the order of [`wallets`].
pub(super) const FUNDS: [i64; 8] =
    [40_000_000, 22_000_000, 14_000_000, 1_400_000_000, 30_000_000, 60_000_000, 12_000_000, 16_000_000];

pub(super) fn wallets(clients: &[(ClientId, i64, &str)], mint: &mut Mint) -> Vec<Wallet> {
    const WALLETS: [(usize, &str, Currency, i64, i64); 8] = [
        (0, "Main USD", Currency::USD, 100_000, 500_000),
        (0, "Main EUR", Currency::EUR, 500_000, 2_500_000),
        (0, "Studio GBP", Currency::GBP, 500_000, 500_000),
        (0, "India INR", Currency::INR, 50_000_000, 20_000_000),
        (1, "Tokyo JPY", Currency::JPY, 1_000_000, 1_000_000),
        (1, "Gulf KWD", Currency::KWD, 2_000_000, 50_000_000),
        (2, "Main EUR", Currency::EUR, 1_000_000, 1_000_000),
        (2, "Export USD", Currency::USD, 1_000_000, 5_000_000),
    ];
    WALLETS
        .into_iter()
        .zip(1..)
        .map(|((client, name, currency, limit, threshold), number)| Wallet {
            id: mint.next(),
            number,
            client_id: clients[client].0,
            name: name.into(),
            currency,
            available_minor: 0,
            held_minor: 0,
            approval_limit_minor: Some(limit),
            fee_basis_points: 150,
            fee_fixed_minor: 0,
            fee_minimum_minor: 0,
            threshold_minor: Some(threshold),
            rail: "sandbox".into(),
            created_at: mint.now(),
            updated_at: mint.now(),
            closed_at: None,
            version: 1,
        })
        .collect()
}

pub(super) fn fund(books: &mut Books, wallet: &Wallet, minor: i64, mint: &mut Mint) {
    let amount = Money::new(minor, wallet.currency);
    let posting = Posting::new(Account::Funding(wallet.currency), Account::Available(wallet.id), amount);
    let about = About { remarks: "Top-up by bank transfer".into(), ..About::default() };
    books.post(mint, Kind::Funding, wallet.id, [posting], about).expect("money in is never refused");
}

/// The payees of each client: the same people, known to each client separately.
pub(super) fn payees(clients: &[(ClientId, i64, &str)], mint: &mut Mint) -> Vec<Vec<Payee>> {
    clients
        .iter()
        .map(|(client, ..)| PEOPLE.iter().enumerate().map(|(n, person)| payee(*client, n, person, mint)).collect())
        .collect()
}

fn payee(client: ClientId, number: usize, (first, last, country): &(&str, &str, &str), mint: &mut Mint) -> Payee {
    let identifiers = serde_json::json!({ "account_number": format!("{:010}", 4_417_001 + number as i64 * 7_919) });
    let members = identifiers.as_object().cloned().unwrap_or_default();
    let id: PayeeId = mint.next();
    Payee {
        id,
        client_id: client,
        email: email(first, last),
        first_name: (*first).to_owned(),
        last_name: (*last).to_owned(),
        country: Some((*country).to_owned()),
        phone: None,
        account_id: Some(mint.next()),
        account_label: account_label(Some(country), &members),
        account_identifiers: Some(identifiers.to_string()),
        metadata: None,
        fingerprint: Id::<crate::domain::ids::PayeeKind>::to_string(&id),
        saved_at: Some(mint.now()),
        deleted_at: None,
    }
}

pub(super) fn email(first: &str, last: &str) -> String {
    let ascii = |text: &str| text.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    format!("{}.{}@example.com", ascii(first), ascii(last))
}

pub(super) const DESCRIPTIONS: [&str; 8] = [
    "Bonus payment",
    "Invoice 2026-114",
    "Travel expenses",
    "Royalties, third quarter",
    "Refund of deposit",
    "Design work",
    "Freight, week 46",
    "Translation",
];

pub(super) const PEOPLE: [(&str, &str, &str); 40] = [
    ("John", "Doe", "US"),
    ("Elif", "Yıldırım", "TR"),
    ("Thị Mai", "Nguyễn", "VN"),
    ("Ingrid", "Sæther", "NO"),
    ("Amara", "Okafor", "IE"),
    ("Chloé", "Lefèvre", "FR"),
    ("Priya", "Raghunathan", "IN"),
    ("Sofía", "Hernández Ruiz", "MX"),
    ("Mateus", "Carvalho", "BR"),
    ("Liam", "O’Connor", "IE"),
    ("Yuki", "Tanaka", "JP"),
    ("Katarzyna", "Kowalska", "PL"),
    ("Lukas", "Baumgartner", "AT"),
    ("Fatima", "Al-Sabah", "KW"),
    ("Oluwaseun", "Adeyemi", "NG"),
    ("Grace", "Mwangi", "KE"),
    ("Noah", "Williams", "US"),
    ("Emma", "Johnson", "US"),
    ("Oliver", "Smith", "GB"),
    ("Isla", "Campbell", "GB"),
    ("Arjun", "Mehta", "IN"),
    ("Ananya", "Iyer", "IN"),
    ("Haruto", "Suzuki", "JP"),
    ("Mia", "Müller", "DE"),
    ("Ben", "Achterberg", "NL"),
    ("Zoë", "de Vries", "NL"),
    ("Giulia", "Rossi", "IT"),
    ("Marco", "Bianchi", "IT"),
    ("Lucía", "García", "ES"),
    ("Nikos", "Papadopoulos", "GR"),
    ("Aino", "Virtanen", "FI"),
    ("Freja", "Nielsen", "DK"),
    ("Søren", "Kjær", "DK"),
    ("Björk", "Guðmundsdóttir", "IS"),
    ("Ivan", "Horvat", "HR"),
    ("Petra", "Nováková", "CZ"),
    ("Wei", "Chen", "SG"),
    ("Min-jun", "Park", "KR"),
    ("Camila", "Torres", "CO"),
    ("Samuel", "Cohen", "IL"),
];

/// A payout's amount in minor units, of a size that suits the currency.
pub(super) fn amount(wallet: &Wallet, dice: &mut StdRng) -> i64 {
    let whole = dice.random_range(15..900);
    match wallet.currency {
        Currency::JPY => whole * 150,
        Currency::INR => whole * 8_300,
        Currency::KWD => whole * 300 + dice.random_range(0..4) * 250,
        _ => whole * 100 + dice.random_range(0..20) * 5,
    }
}
