//! Approval rules of the demo, and what waits because of them. They are about a client that no program of the demo acts for.

use crate::domain::approval::Act;
use crate::domain::caller::Caller;
use crate::domain::money::Currency;
use crate::error::Error;
use crate::service::Desk;
use crate::service::approval_requests;
use crate::service::approval_rules::{self, RuleInput};
use crate::service::payouts::{self, PayeeInput, PayoutInput};

/// The client, and its wallet in euros.
const CLIENT: &str = "3";
const WALLET: i64 = 7;

/// Two rules; a payout that one of two people has approved, and money that somebody else has to see booked.
pub async fn make(desk: &Desk, operator: &Caller, approver: &Caller, admin: &Caller) -> Result<(), Error> {
    for (verb, from, people) in [("create", "10000", "2"), ("adjustment", "", "1")] {
        let rule = RuleInput {
            verb: verb.into(),
            client: CLIENT.into(),
            currency: "EUR".into(),
            from: from.into(),
            people: people.into(),
            role: "approver".into(),
        };
        approval_rules::make(desk, admin, &rule).await?;
    }
    let input = PayoutInput {
        reference_id: Some("HARBOUR_2291".into()),
        wallet_id: Some(WALLET.to_string()),
        amount: Some("12400.00".into()),
        currency: Some("EUR".into()),
        beneficiary: PayeeInput {
            email: Some("ines.moreau@example.com".into()),
            first_name: Some("Inès".into()),
            last_name: Some("Moreau".into()),
            country: Some("FR".into()),
            ..PayeeInput::default()
        },
        description: Some("Crane hire, second quarter".into()),
        ..PayoutInput::default()
    };
    let id = payouts::create(desk, operator, &input, None).await?.value.payout.id;
    payouts::decide(desk, approver, id, true, Some("Matches the order."), None, None).await?;
    let act = Act::TopUp {
        wallet_number: WALLET,
        amount_minor: 2_500_000,
        currency: Currency::EUR,
        remarks: "SEPA 2024-0412, Sæther & Co".into(),
    };
    approval_requests::ask(desk, admin, act, None).await.map(|_| ())
}
