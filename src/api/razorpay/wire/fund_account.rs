//! A fund account as JSON.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::given::{self, Active, BankNumber, Holder, Ifsc, VpaAddress};
use super::kinds::{self, AccountType, BankType, FundAccountEntity, VpaType};
use super::seconds;
use crate::api::razorpay::query::{CONTACT, FUND_ACCOUNT};
use crate::domain::payee_account::{AccountKind, number};
use crate::store::payee_accounts::AccountLine;

// contracts/razorpay.md section 5.
/// An account of a contact: with `bank_account` or with `vpa`.
#[derive(Debug, Serialize, ToSchema)]
pub struct FundAccount {
    #[schema(value_type = kinds::FundAccountId)]
    id: String,
    #[schema(inline, value_type = FundAccountEntity)]
    entity: &'static str,
    #[schema(value_type = kinds::ContactId)]
    contact_id: String,
    #[schema(value_type = AccountType)]
    account_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    bank_account: Option<BankAccount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    vpa: Option<Vpa>,
    /// Always null: nothing comes in batches here.
    batch_id: Option<String>,
    /// False once it is switched off: nothing is sent to it then.
    active: bool,
    /// In Unix seconds.
    created_at: i64,
}

// [`crate::api::razorpay::fund_account`] reads it, and what belongs to the other type is ignored.
/// A fund account to make: an account with a bank, or a UPI address.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum NewFundAccount {
    Bank(NewBankFundAccount),
    Vpa(NewVpaFundAccount),
}

/// A fund account to make that is an account with a bank.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewBankFundAccount {
    #[schema(inline, value_type = given::ContactId)]
    contact_id: &'static str,
    #[schema(inline, value_type = BankType)]
    account_type: &'static str,
    bank_account: NewBankAccount,
}

/// A fund account to make that is a UPI address.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewVpaFundAccount {
    #[schema(inline, value_type = given::ContactId)]
    contact_id: &'static str,
    #[schema(inline, value_type = VpaType)]
    account_type: &'static str,
    vpa: NewVpa,
}

/// An account with a bank in India.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewBankAccount {
    #[schema(inline, value_type = Holder)]
    name: &'static str,
    #[schema(inline, value_type = Ifsc)]
    ifsc: &'static str,
    #[schema(inline, value_type = BankNumber)]
    account_number: &'static str,
}

/// A UPI address.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewVpa {
    #[schema(inline, value_type = VpaAddress)]
    address: &'static str,
}

/// Whether a fund account is switched on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Activity {
    #[schema(inline, value_type = Active)]
    active: bool,
}

impl NewBankAccount {
    pub fn example() -> NewBankAccount {
        NewBankAccount { name: "Gaurav Kumar", ifsc: "HDFC0000123", account_number: "50100123456789" }
    }
}

impl NewVpa {
    pub fn example() -> NewVpa {
        NewVpa { address: "gaurav.kumar@exampleupi" }
    }
}

impl NewFundAccount {
    pub fn example() -> NewFundAccount {
        let bank_account = NewBankAccount::example();
        let contact_id = "cont_00000000000001";
        NewFundAccount::Bank(NewBankFundAccount { contact_id, account_type: "bank_account", bank_account })
    }

    pub fn vpa_example() -> NewFundAccount {
        let vpa = NewVpa::example();
        NewFundAccount::Vpa(NewVpaFundAccount { contact_id: "cont_00000000000001", account_type: "vpa", vpa })
    }
}

impl Activity {
    pub fn example() -> Activity {
        Activity { active: false }
    }
}

/// The number is masked but for its last four characters, unless the caller just sent it or may read bank details.
#[derive(Debug, Serialize, ToSchema)]
struct BankAccount {
    name: String,
    ifsc: Option<String>,
    account_number: Option<String>,
}

/// A UPI address: `username@handle`. It is masked as account numbers are.
#[derive(Debug, Serialize, ToSchema)]
struct Vpa {
    username: String,
    handle: String,
    address: String,
}

impl FundAccount {
    pub fn example() -> FundAccount {
        FundAccount {
            id: "fa_Gk3pQ2mVb8Lw1Z".into(),
            entity: "fund_account",
            contact_id: "cont_00000000000001".into(),
            account_type: "bank_account",
            bank_account: Some(BankAccount {
                name: "Gaurav Kumar".into(),
                ifsc: Some("HDFC0000123".into()),
                account_number: Some("50100123456789".into()),
            }),
            vpa: None,
            batch_id: None,
            active: true,
            created_at: 1_545_383_037,
        }
    }

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
