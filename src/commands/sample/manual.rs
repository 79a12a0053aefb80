//! What staff of the demo pay at the bank: a wallet of the third client with payouts that wait and one that is taken; and a
//! file on a case.

use crate::domain::caller::{Caller, Via};
use crate::domain::command::{Advance, Command, News, Unit};
use crate::error::Error;
use crate::service::payouts::{self, PayeeInput, PayoutInput};
use crate::service::top_ups::{self, TopUpInput};
use crate::service::wallet_settings::{self, WalletInput};
use crate::service::{Desk, cases, evidence, manual};
use crate::store::cases::CaseFilter;

/// First name, last name, IBAN, BIC and amount of each.
const PAID: [(&str, &str, &str, &str, &str); 3] = [
    ("Aino", "Virtanen", "FI2112345600000785", "NDEAFIHH", "1840.00"),
    ("Søren", "Kjær", "DK5000400440116243", "DABADKKK", "612.50"),
    ("Freja", "Nielsen", "NO9386011117947", "DNBANOKK", "94.20"),
];

const CALL: &str = "Call with the provider, 10:40\n\nThey see the payment in their queue and cannot say yet whether the bank\n\
has it. They ring back before noon.\n";

/// Made by an admin and worked on by the operator. Programs' samples do not use this client.
pub async fn make(desk: &Desk, operator: &Caller, admin: &Caller) -> Result<(), Error> {
    let input = WalletInput {
        client: "3".into(),
        name: "House bank EUR".into(),
        currency: "EUR".into(),
        approval_limit: "5000".into(),
        percentage: "0.5".into(),
        rail: "manual".into(),
        ..WalletInput::default()
    };
    let wallet = wallet_settings::create(desk, admin, &input).await?;
    let money = TopUpInput { amount: "25000".into(), reference: "Opening balance".into() };
    top_ups::create(desk, admin, wallet, &money, None).await?;
    let mut made = Vec::new();
    for (number, (first, last, iban, bic, amount)) in PAID.into_iter().enumerate() {
        let input = PayoutInput {
            reference_id: Some(format!("BANK_{}", number + 1)),
            wallet_id: Some(wallet.to_string()),
            amount: Some(amount.into()),
            currency: Some("EUR".into()),
            beneficiary: PayeeInput {
                email: Some(super::ground::email(first, last)),
                first_name: Some(first.into()),
                last_name: Some(last.into()),
                country: Some(iban[..2].into()),
                identifiers: Some(format!("{{\"iban\":\"{iban}\",\"bic\":\"{bic}\"}}")),
                ..PayeeInput::default()
            },
            description: Some("Paid at the bank".into()),
            ..PayoutInput::default()
        };
        made.push(payouts::create(desk, operator, &input, None).await?.value.payout.id);
    }
    // In place of the job, which does not run yet.
    for payout_id in &made {
        let queued = Advance { payout_id: *payout_id, version: None, news: News::Queued, due_at: None };
        let caller = Caller::system(Via::Job, "demo");
        let unit = Unit { caller, key: None, command: Command::Advance(queued), item: None };
        desk.store.run(unit).await?.result.map_err(Error::Refused)?;
    }
    manual::take(desk, operator, &made[..1]).await?;
    if let Some(line) = cases::list(desk, operator, &CaseFilter::default(), None, 1).await?.lines.first() {
        evidence::add(desk, operator, line.case.id, Some(("call.txt", CALL.as_bytes()))).await?;
    }
    Ok(())
}
