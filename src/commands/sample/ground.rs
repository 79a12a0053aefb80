//! What the sample history stands on: wallets with their first money, and the people who are paid.

use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Map, Value};

use crate::domain::bank::{self, Method};
use crate::domain::books::{About, Books};
use crate::domain::ids::{ClientId, Mint};
use crate::domain::ledger::{Account, Kind, Posting};
use crate::domain::money::{Currency, Money};
use crate::domain::payee::{Payee, PayeeDetails, PayeeKind};
use crate::domain::payee_account::{AccountKind, account_label};
use crate::domain::wallet::Wallet;
use crate::keys::Keys;
use crate::service::accounts::{self, Plain};

/// What each wallet starts with, in minor units, in the order of [`wallets`]. The last one holds 2,000.00 when its
/// payouts are paid.
pub(super) const FUNDS: [i64; 9] = [
    40_000_000,
    22_000_000,
    14_000_000,
    1_400_000_000,
    30_000_000,
    60_000_000,
    12_000_000,
    16_000_000,
    200_000 + MASSPAY_PAYOUTS as i64 * MASSPAY_TOTAL,
];
/// Where the payouts of the sample user of MassPay's API come from, and nothing else: the place in [`wallets`].
pub(super) const MASSPAY_WALLET: usize = 8;
pub(super) const MASSPAY_PAYOUTS: usize = 12;
/// Of each of them, in minor units; and with its fee.
pub(super) const MASSPAY_AMOUNT: i64 = 10_000;
const MASSPAY_TOTAL: i64 = 10_150;
/// The sample user of MassPay's API, behind everybody else of the first client.
pub(super) const MASSPAY_USER: usize = PEOPLE.len();

pub(super) fn wallets(clients: &[(ClientId, i64, &str)], mint: &mut Mint) -> Vec<Wallet> {
    const WALLETS: [(usize, &str, Currency, i64, i64); 9] = [
        (0, "Main USD", Currency::USD, 100_000, 500_000),
        (0, "Main EUR", Currency::EUR, 500_000, 2_500_000),
        (0, "Studio GBP", Currency::GBP, 500_000, 500_000),
        (0, "India INR", Currency::INR, 50_000_000, 20_000_000),
        (1, "Tokyo JPY", Currency::JPY, 1_000_000, 1_000_000),
        (1, "Gulf KWD", Currency::KWD, 2_000_000, 50_000_000),
        (2, "Main EUR", Currency::EUR, 1_000_000, 1_000_000),
        (2, "Export USD", Currency::USD, 1_000_000, 5_000_000),
        (0, "Marketplace USD", Currency::USD, 100_000, 50_000),
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
pub(super) fn payees(
    clients: &[(ClientId, i64, &str)],
    keys: &Keys,
    books: &mut Books,
    mint: &mut Mint,
) -> Vec<Vec<Payee>> {
    let mut payee = |client: ClientId, number: usize| {
        let mut payee = person(who(number), keys).into_payee(client, mint);
        payee.saved_at = Some(mint.now());
        books.payees.insert(payee.id, payee.clone());
        books.changes.new_payees.push(payee.clone());
        for plain in accounts(number) {
            let account = accounts::account(keys, plain).into_account(&payee, mint);
            books.accounts.insert(account.id, account.clone());
            books.changes.new_accounts.push(account);
        }
        payee
    };
    let mut all: Vec<Vec<Payee>> =
        clients.iter().map(|(client, ..)| (0..PEOPLE.len()).map(|number| payee(*client, number)).collect()).collect();
    all[0].push(payee(clients[0].0, MASSPAY_USER));
    all
}

fn who(number: usize) -> (&'static str, &'static str, &'static str) {
    PEOPLE.get(number).copied().unwrap_or(SELLER)
}

/// People in India whom a client pays by payout links in rupees: saved contacts without an account of their own yet.
pub(super) fn contacts(client: ClientId, keys: &Keys, books: &mut Books, mint: &mut Mint) -> Vec<Payee> {
    let mut contact = |number: usize| {
        let mut payee = contact(number, keys).into_payee(client, mint);
        payee.saved_at = Some(mint.now());
        books.payees.insert(payee.id, payee.clone());
        books.changes.new_payees.push(payee.clone());
        payee
    };
    (0..CONTACTS.len()).map(&mut contact).collect()
}

/// One of them, as a form would name them.
pub(super) fn contact(number: usize, keys: &Keys) -> PayeeDetails {
    let (first, last, phone) = CONTACTS[number];
    let mut details = PayeeDetails {
        email: Some(email(first, last)),
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        country: Some("IN".to_owned()),
        phone: Some(phone.to_owned()),
        contact_type: Some("customer".to_owned()),
        ..PayeeDetails::default()
    };
    accounts::identify(keys, &mut details);
    details
}

/// Their bank accounts, which they give when they claim.
pub(super) fn account_of_contact(number: usize) -> Plain {
    let account = format!("5010{:010}", 1_234_001 + number * 7_919);
    typed(Method::In, &[("ifsc", "HDFC0000123"), ("account_number", account.as_str())])
}

/// Who is paid, without an account.
pub(super) fn person((first, last, country): (&str, &str, &str), keys: &Keys) -> PayeeDetails {
    let mut details = PayeeDetails {
        kind: (last == BUSINESS).then_some(PayeeKind::Business),
        email: Some(email(first, last)),
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        country: Some(country.to_owned()),
        ..PayeeDetails::default()
    };
    accounts::identify(keys, &mut details);
    details
}

/// An account with a number, as a program names it.
pub(super) fn numbered(country: &str, number: String) -> Plain {
    let identifiers: Map<String, Value> = [("account_number".to_owned(), number.into())].into_iter().collect();
    Plain {
        kind: AccountKind::BankAccount,
        currency: None,
        country: Some(country.to_owned()),
        holder_name: None,
        label: account_label(Some(country), &identifiers),
        identifiers,
    }
}

/// The accounts of a person, the one that is paid last: some have two, in different countries or of different sorts.
fn accounts(number: usize) -> Vec<Plain> {
    let (.., last, country) = who(number);
    let own = numbered(country, format!("{:010}", 4_417_001 + number as i64 * 7_919));
    match last {
        "Okafor" => vec![
            typed(Method::Iban, &[("iban", "IE29 AIBK 9311 5212 3456 78")]),
            typed(Method::Uk, &[("sort_code", "60-16-13"), ("account_number", "31926819")]),
            own,
        ],
        "Kowalska" => vec![typed(Method::Iban, &[("iban", "DE89 3704 0044 0532 0130 00")]), own],
        "Raghunathan" => vec![
            typed(Method::Upi, &[("upi", "priya@okhdfcbank")]),
            typed(Method::In, &[("ifsc", "HDFC0000123"), ("account_number", "50100123456789")]),
        ],
        BUSINESS => vec![typed(Method::Iban, &[("iban", "IT60 X054 2811 1010 0000 0123 456")])],
        _ => vec![own],
    }
}

fn typed(method: Method, fields: &[(&str, &str)]) -> Plain {
    let typed = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let account = bank::check(method, &typed).expect("the sample's accounts are well formed");
    Plain {
        kind: if method == Method::Upi { AccountKind::Upi } else { AccountKind::BankAccount },
        currency: None,
        country: Some(account.country),
        holder_name: None,
        identifiers: account.identifiers,
        label: Some(account.label),
    }
}

/// The last name of the one payee that is no person.
const BUSINESS: &str = "Tessuti SpA";

pub(super) fn email(first: &str, last: &str) -> String {
    let ascii = |text: &str| text.to_lowercase().chars().filter_map(plain).collect::<String>();
    format!("{}.{}@example.com", ascii(first), ascii(last))
}

/// A small letter without its accent, as people write theirs in an address; none for anything else.
fn plain(letter: char) -> Option<char> {
    match letter {
        'a'..='z' => Some(letter),
        'á' | 'à' | 'â' | 'ã' | 'ä' | 'å' | 'æ' => Some('a'),
        'č' | 'ç' => Some('c'),
        'ð' => Some('d'),
        'é' | 'è' | 'ê' | 'ë' | 'ễ' => Some('e'),
        'í' | 'ì' | 'ı' => Some('i'),
        'ñ' => Some('n'),
        'ó' | 'ò' | 'ô' | 'ö' | 'ø' => Some('o'),
        'š' => Some('s'),
        'ú' | 'ù' | 'ü' => Some('u'),
        'ž' => Some('z'),
        _ => None,
    }
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

/// Who sells on the first client's marketplace.
const SELLER: (&str, &str, &str) = ("Marisol", "Quintero", "MX");

/// First name, last name and phone number.
pub(super) const CONTACTS: [(&str, &str, &str); 10] = [
    ("Gaurav", "Kumar", "+91 98201 00001"),
    ("Asha", "Rao", "+91 98201 00002"),
    ("Ravi", "Iyer", "+91 98201 00003"),
    ("Meera", "Nair", "+91 98201 00004"),
    ("Arjun", "Mehta", "+91 98201 00005"),
    ("Kavya", "Reddy", "+91 98201 00006"),
    ("Imran", "Sheikh", "+91 98201 00007"),
    ("Neha", "Gupta", "+91 98201 00008"),
    ("Suresh", "Pillai", "+91 98201 00009"),
    ("Ananya", "Banerjee", "+91 98201 00010"),
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
    ("Bianchi", BUSINESS, "IT"),
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
