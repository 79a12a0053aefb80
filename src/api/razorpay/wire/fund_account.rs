//! A fund account as JSON.

use serde::Serialize;
use serde_json::{Map, Value};

use super::seconds;
use crate::api::razorpay::query::{CONTACT, FUND_ACCOUNT};
use crate::domain::payee_account::{AccountKind, number};
use crate::store::payee_accounts::AccountLine;

/// A fund account (`contracts/razorpay.md` section 5): with `bank_account` or with `vpa`.
#[derive(Debug, Serialize)]
pub struct FundAccount {
    id: String,
    entity: &'static str,
    contact_id: String,
    account_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_account: Option<BankAccount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vpa: Option<Vpa>,
    batch_id: Option<String>,
    active: bool,
    created_at: i64,
}

/// The number is masked but for its last four characters, unless the caller just sent it or may read bank details.
#[derive(Debug, Serialize)]
struct BankAccount {
    name: String,
    ifsc: Option<String>,
    account_number: Option<String>,
}

/// A UPI address: `username@handle`. It is masked as account numbers are.
#[derive(Debug, Serialize)]
struct Vpa {
    username: String,
    handle: String,
    address: String,
}

impl FundAccount {
    /// With its identifiers as they may be shown.
    pub fn of(line: &AccountLine, identifiers: &Map<String, Value>) -> FundAccount {
        let account = &line.account;
        let text = |name: &str| identifiers.get(name).and_then(Value::as_str).map(str::to_owned);
        let is_vpa = account.kind == AccountKind::Upi;
        let vpa = text("upi").filter(|_| is_vpa).map(|address| {
            let (username, handle) = address.split_once('@').unwrap_or((address.as_str(), ""));
            Vpa { username: username.to_owned(), handle: handle.to_owned(), address: address.clone() }
        });
        let bank_account = (!is_vpa).then(|| BankAccount {
            name: account.holder_name.clone().unwrap_or_else(|| line.payee.name()),
            ifsc: text("ifsc"),
            account_number: number(identifiers),
        });
        FundAccount {
            id: account.id.prefixed(FUND_ACCOUNT),
            entity: "fund_account",
            contact_id: account.payee_id.prefixed(CONTACT),
            account_type: if is_vpa { "vpa" } else { "bank_account" },
            bank_account,
            vpa,
            batch_id: None,
            active: account.is_active(),
            created_at: seconds(account.id.created_at()),
        }
    }
}
