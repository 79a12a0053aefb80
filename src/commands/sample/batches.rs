//! Two batches of the demo: one that is done, and one that waits for somebody to type its count.

use crate::domain::batch::Verb;
use crate::domain::caller::Caller;
use crate::domain::ids::PayoutId;
use crate::error::Error;
use crate::jobs;
use crate::service::Desk;
use crate::service::batches::{self, NewBatch, Source};
use crate::service::payouts::{self, PayeeInput, PayoutInput};

/// Made by the operator. The second one is only sorted: its payouts stay as they are.
pub async fn make(desk: &Desk, operator: &Caller, waiting: &[PayoutId]) -> Result<(), Error> {
    let mut names = Vec::new();
    for (number, amount) in ["48.20", "112.00", "75.50"].into_iter().enumerate() {
        let input = PayoutInput {
            reference_id: Some(format!("RUN_0412_{}", number + 1)),
            wallet_id: Some(super::SAMPLE_WALLET.to_string()),
            amount: Some(amount.into()),
            currency: Some("USD".into()),
            beneficiary: PayeeInput {
                email: Some("nora.lindholm@example.com".into()),
                first_name: Some("Nora".into()),
                last_name: Some("Lindholm".into()),
                country: Some("SE".into()),
                ..PayeeInput::default()
            },
            description: Some("Faulty run, made twice".into()),
            ..PayoutInput::default()
        };
        names.push(payouts::create(desk, operator, &input, None).await?.value.payout.id.to_string());
    }
    names.push("RUN_0412_9".into());
    let done = sorted(desk, operator, names, "The file run-0412.csv").await?;
    let count = Some("3");
    batches::start(desk, operator, done.id, count, Some("Duplicate payout: the run was made twice"), None).await?;
    jobs::batches::finish(desk).await?;
    let names = waiting.iter().map(ToString::to_string).collect();
    sorted(desk, operator, names, "Pasted ids and references").await.map(|_| ())
}

async fn sorted(
    desk: &Desk,
    operator: &Caller,
    names: Vec<String>,
    from: &str,
) -> Result<crate::domain::batch::Batch, Error> {
    let new = NewBatch { verb: Verb::Cancel, source: Source::Names(names, from.into()), reason: None };
    let made = batches::create(desk, operator, new, None).await?.value;
    jobs::batches::finish(desk).await?;
    Ok(made)
}
