//! Sends the messages that are due, and tries again those that were not taken.

use futures_util::{StreamExt, stream};

use crate::domain::message::{Message, State};
use crate::error::Error;
use crate::messenger::Delivery;
use crate::service::{Desk, messages};
use crate::store::messages::{self as rows, Ended};

/// How many messages one round takes, and how many of them are on their way at once.
const ROUND: i64 = 20;
const AT_ONCE: usize = 4;
/// How many rounds one look works through.
const ROUNDS: usize = 20;
/// A try that was never ended, because the program was, is made again after this, in microseconds. Longer than a
/// round can take.
const LEASE: i64 = 5 * 60 * 1_000_000;

/// Works through what is due. The try is written down before it is made: a crash in between costs a pause, and at
/// worst the message comes twice with the same id.
pub async fn deliver(desk: &Desk) -> Result<(), Error> {
    for _ in 0..ROUNDS {
        let now = desk.clock.now();
        let mut reader = desk.store.read().await?;
        let any = rows::any_due(&mut reader, now).await?;
        drop(reader);
        if !any {
            return Ok(());
        }
        let claimed = desk.store.write(move |tx| Box::pin(rows::claim(tx, now + LEASE, ROUND))).await?;
        let ended: Vec<Ended> = stream::iter(claimed)
            .map(|message| async move { attempt(desk, &message).await })
            .buffered(AT_ONCE)
            .collect()
            .await;
        desk.store
            .write(move |tx| {
                let ended = ended.clone();
                Box::pin(async move { rows::end(tx, &ended).await })
            })
            .await?;
    }
    Ok(())
}

async fn attempt(desk: &Desk, message: &Message) -> Ended {
    let delivery = if message.is_stale(desk.clock.now()) {
        Delivery::Refused("it would have come too late to be of use".into())
    } else {
        match messages::secrets(&desk.keys, message) {
            Ok(secrets) => desk.messenger.send(message, &secrets).await,
            Err(error) => {
                tracing::error!(%error, message = %message.id, "a message cannot be opened");
                Delivery::Later(error.to_string())
            }
        }
    };
    let now = desk.clock.now();
    let ended = Ended {
        id: message.id.to_string(),
        attempts: message.attempts,
        state: State::Failed,
        next_at: None,
        last_error: None,
        sent_at: None,
        provider_answer: None,
    };
    match delivery {
        Delivery::Sent(answer) => {
            Ended { state: State::Sent, sent_at: Some(now), provider_answer: Some(answer), ..ended }
        }
        Delivery::NoServer => Ended { state: State::NotSent, ..ended },
        Delivery::Refused(why) => Ended { last_error: Some(why), ..ended },
        Delivery::Later(why) => match message.next_try(now) {
            Some(next) => Ended { state: State::Waiting, next_at: Some(next), last_error: Some(why), ..ended },
            None => Ended { last_error: Some(why), ..ended },
        },
    }
}
