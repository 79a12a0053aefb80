//! The members that make a payout, and those that decide about one, as JSON for the description.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::fund_account::{NewBankAccount, NewVpa};
use super::given::{
    self, Amount, MaybeContactType, MaybeEmail, MaybeFundAccountId, MaybeNarration, MaybeNotes, MaybePhone, MaybeQueue,
    MaybeReference, Name, Purpose,
};
use super::kinds::{BankType, Mode, VpaType};

// contracts/razorpay.md 4.2.
/// A payout to make: with `fund_account_id`, or with `fund_account` and its contact.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct NewPayout {
    #[schema(inline, value_type = given::AccountNumber)]
    account_number: &'static str,
    #[schema(inline, value_type = MaybeFundAccountId, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    fund_account_id: Option<&'static str>,
    /// The account that it goes to, in full; one with equal details is used again.
    #[serde(skip_serializing_if = "Option::is_none")]
    fund_account: Option<PaidAccount>,
    #[schema(inline, value_type = Amount)]
    amount: i64,
    #[schema(inline, value_type = given::Currency)]
    currency: &'static str,
    #[schema(value_type = Mode)]
    mode: &'static str,
    #[schema(inline, value_type = Purpose)]
    purpose: &'static str,
    #[schema(inline, value_type = MaybeQueue, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    queue_if_low_balance: Option<bool>,
    #[schema(inline, value_type = MaybeReference, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_id: Option<&'static str>,
    #[schema(inline, value_type = MaybeNarration, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    narration: Option<&'static str>,
    #[schema(inline, value_type = MaybeNotes, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Box<RawValue>>,
}

/// A fund account together with its contact: an account with a bank, or a UPI address.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum PaidAccount {
    Bank(PaidBankAccount),
    Vpa(PaidVpa),
}

/// An account with a bank together with its contact.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaidBankAccount {
    contact: PaidContact,
    #[schema(inline, value_type = BankType)]
    account_type: &'static str,
    bank_account: NewBankAccount,
}

/// A UPI address together with its contact.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaidVpa {
    contact: PaidContact,
    #[schema(inline, value_type = VpaType)]
    account_type: &'static str,
    vpa: NewVpa,
}

/// Whose account it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaidContact {
    #[schema(inline, value_type = Name)]
    name: &'static str,
    #[schema(inline, value_type = MaybeEmail, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'static str>,
    #[schema(inline, value_type = MaybePhone, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<&'static str>,
    #[schema(inline, value_type = MaybeContactType, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
}

/// What an approver says.
#[derive(Debug, Serialize, ToSchema)]
pub struct Decision {
    #[schema(inline, value_type = given::Remarks)]
    remarks: &'static str,
}

impl NewPayout {
    pub fn example() -> NewPayout {
        NewPayout {
            account_number: "4564560000000042",
            fund_account_id: Some("fa_Gk3pQ2mVb8Lw1Z"),
            amount: 125_000,
            currency: "INR",
            mode: "IMPS",
            purpose: "refund",
            queue_if_low_balance: Some(true),
            reference_id: Some("inv-4711"),
            narration: Some("Refund inv 4711"),
            ..NewPayout::default()
        }
    }

    /// One to an account that comes with it.
    pub fn account_example() -> NewPayout {
        let (account_type, bank_account) = ("bank_account", NewBankAccount::example());
        let account =
            PaidAccount::Bank(PaidBankAccount { contact: PaidContact::example(), account_type, bank_account });
        NewPayout { fund_account_id: None, fund_account: Some(account), mode: "NEFT", ..NewPayout::example() }
    }

    /// One to a UPI address that comes with it.
    pub fn vpa_example() -> NewPayout {
        let (account_type, vpa) = ("vpa", NewVpa::example());
        let account = PaidAccount::Vpa(PaidVpa { contact: PaidContact::example(), account_type, vpa });
        NewPayout { fund_account_id: None, fund_account: Some(account), mode: "UPI", ..NewPayout::example() }
    }
}

impl PaidContact {
    fn example() -> PaidContact {
        PaidContact {
            name: "Gaurav Kumar",
            email: Some("gaurav.kumar@example.com"),
            contact: Some("912345678"),
            r#type: Some("customer"),
        }
    }
}

impl Decision {
    pub fn example() -> Decision {
        Decision { remarks: "Compared with the invoice" }
    }
}
