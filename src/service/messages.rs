//! Messages to recipients: their secrets, and what became of them.

use super::Desk;
use crate::domain::message::{Channel, Message, Secret, State};
use crate::error::Error;
use crate::keys::{Keys, Unsealable};
use crate::messenger::Secrets;
use crate::store::messages as rows;
use crate::store::sealed::{MESSAGE_CODE, MESSAGE_LINK};

/// How many messages are shown of one record; the newest.
const SHOWN: i64 = 50;

/// A one-time code as a message carries it.
pub fn seal_code(keys: &Keys, code: &str) -> Secret {
    Secret::Code(keys.seal(&MESSAGE_CODE.purpose(), code))
}

/// What a message carries, opened to send it.
pub fn secrets(keys: &Keys, message: &Message) -> Result<Secrets, Unsealable> {
    let open = |sealed: &Option<String>, purpose: String| {
        sealed.as_deref().map(|sealed| keys.open(&purpose, sealed)).transpose()
    };
    Ok(Secrets {
        link_token: open(&message.link_token, MESSAGE_LINK.purpose())?,
        code: open(&message.code, MESSAGE_CODE.purpose())?,
    })
}

/// The messages about a record, newest first. Whoever may see the record may see them: the caller has checked that.
pub async fn about(desk: &Desk, about_id: &str) -> Result<Vec<Message>, Error> {
    let mut reader = desk.store.read().await?;
    Ok(rows::about(&mut reader, about_id, SHOWN).await?)
}

/// What became of a message, in words: `Not sent: no mail server set up`.
pub fn words(message: &Message) -> String {
    let why = message.last_error.as_deref().unwrap_or("no reason was given");
    match (message.state, message.channel) {
        (State::Sent, _) => "Sent".into(),
        (State::Waiting, _) if message.attempts == 0 || message.last_error.is_none() => "Waiting to be sent".into(),
        (State::Waiting, _) if message.attempts == 1 => format!("Tried once, tries again: {why}"),
        (State::Waiting, _) => format!("Tried {} times, tries again: {why}", message.attempts),
        (State::Failed, _) => format!("Failed: {why}"),
        (State::NotSent, Channel::Email) => "Not sent: no mail server set up".into(),
        (State::NotSent, Channel::Sms) => "Not sent: no gateway for text messages set up".into(),
    }
}
