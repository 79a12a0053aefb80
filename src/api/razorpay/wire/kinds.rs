//! What texts and words of this API look like, for its description: ids, codes, states.

use super::{link, payout};
use crate::api::openapi::schema::{texts, words};
use crate::api::razorpay::payouts::MODES;

texts! {
    /// The id of a payout link.
    PayoutLinkId "^poutlk_[0-9A-Za-z]{14,22}$" "poutlk_00000000000001";
    /// The id of a payout.
    PayoutId "^pout_[0-9A-Za-z]{14,22}$" "pout_Gm0aWq4Lz91xTb";
    /// The id of a contact.
    ContactId "^cont_[0-9A-Za-z]{14,22}$" "cont_00000000000001";
    /// The id of a fund account.
    FundAccountId "^fa_[0-9A-Za-z]{14,22}$" "fa_Gk3pQ2mVb8Lw1Z";
    /// The id of a transaction.
    TransactionId "^txn_[0-9A-Za-z]{14,22}$" "txn_Hk2mWq7Rz41yUc";
    /// The id of a balance.
    BalanceId "^bal_[0-9A-Za-z]{14,22}$" "bal_Hb9nXs3Tq62vKd";
    /// The id of a reversal, a payout link, a bank transfer or an adjustment.
    SourceId "^(rvrsl|poutlk|bt|adj)_[0-9A-Za-z]{14,22}$" "bt_Hc4pYt8Vw53sMe";
    /// The account number of a wallet in rupees: 16 figures.
    AccountNumber "^456456[0-9]{10}$" "4564560000000042";
    /// An ISO 4217 code: `INR` wherever nobody asked for a record in another currency by its id.
    CurrencyCode "^[A-Z]{3}$" "INR";
}

words! {
    /// Where a payout link is. `processed`, `cancelled`, `rejected` and `expired` are final.
    PayoutLinkStatus link::statuses();
    /// Where a payout is. Nothing is ever `scheduled` here.
    PayoutStatus payout::statuses();
    /// How money is sent.
    Mode MODES;
    /// Why a payout is where it is.
    StatusReason payout::REASONS;
    /// Who decides what comes next.
    StatusSource ["business", "gateway", "beneficiary_bank"];
    /// What a fund account is.
    AccountType ["bank_account", "vpa"];
    /// An account with a bank.
    BankType ["bank_account"];
    /// A UPI address.
    VpaType ["vpa"];
    /// What this is.
    CollectionEntity ["collection"];
    /// What this is.
    PayoutLinkEntity ["payout_link"];
    /// What this is.
    PayoutEntity ["payout"];
    /// What this is.
    ContactEntity ["contact"];
    /// What this is.
    FundAccountEntity ["fund_account"];
    /// What this is.
    TransactionEntity ["transaction"];
    /// What this is.
    BalanceEntity ["balance"];
    /// What moved the money.
    SourceEntity ["reversal", "payout_link", "bank_transfer", "adjustment"];
    /// What kind of account it is.
    BalanceType ["banking"];
    /// What programs branch on.
    ErrorCode ["BAD_REQUEST_ERROR", "BAD_REQUEST_AUTHENTICATION_ERROR", "SERVER_ERROR"];
    /// Who has to act: `business` is the caller; `internal` means wait and try again.
    ErrorSource ["business", "internal"];
    /// Why, in a word for programs.
    ErrorReason [
        "input_validation_failed",
        "insufficient_funds",
        "payout_approval_not_allowed",
        "authentication_failed",
        "server_error",
    ];
    /// What a list may be asked to hold besides.
    Expansion ["payouts"];
}
