//! What the demo keeps ready for programs that speak Revolut's dialect: an account that nothing else touches, and
//! somebody in the same country to pay.

use serde_json::{Value, json};

use super::ground::fund;
use crate::domain::books::Books;
use crate::domain::ids::{ClientId, Mint};
use crate::domain::money::Currency;
use crate::domain::payee::Payee;
use crate::domain::wallet::Wallet;

/// What it holds, in minor units.
const FUNDS: i64 = 2_000_000;

/// A wallet of the first client with GBP 20,000.00. It costs nothing, as between accounts of one provider, so that
/// what is blocked is what was asked for.
pub fn wallet(books: &mut Books, client_id: ClientId, number: i64, mint: &mut Mint) -> Wallet {
    let wallet = Wallet {
        id: mint.next(),
        number,
        client_id,
        name: "Operations GBP".into(),
        currency: Currency::GBP,
        available_minor: 0,
        held_minor: 0,
        approval_limit_minor: Some(500_000),
        fee_basis_points: 0,
        fee_fixed_minor: 0,
        fee_minimum_minor: 0,
        threshold_minor: None,
        rail: "sandbox".into(),
        created_at: mint.now(),
        updated_at: mint.now(),
        closed_at: None,
        version: 1,
    };
    books.wallets.insert(wallet.id, wallet.clone());
    fund(books, &wallet, FUNDS, mint);
    wallet
}

/// The ids that the credentials file names, as the dialect spells them.
pub fn samples(books: &Books, wallet: &Wallet, payees: &[Payee]) -> Value {
    let payee = payees.iter().find(|payee| payee.country.as_deref() == Some("GB")).expect("somebody in Britain");
    let account = books.accounts.values().find(|account| account.payee_id == payee.id).expect("with an account");
    json!({
        "account_id": wallet.id.hyphenated(),
        "counterparty_id": payee.id.hyphenated(),
        "counterparty_account_id": account.id.hyphenated(),
    })
}
