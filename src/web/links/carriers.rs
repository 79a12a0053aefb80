//! What messages to recipients can be sent with, so that pages promise none that will not go out.

use crate::domain::message::Channel;
use crate::service::Desk;

/// Whether a mail server and a gateway for text messages are set up.
#[derive(Clone, Copy, Debug)]
pub struct Carriers {
    email: bool,
    sms: bool,
}

impl Carriers {
    pub fn of(desk: &Desk) -> Carriers {
        Carriers { email: desk.messenger.has(Channel::Email), sms: desk.messenger.has(Channel::Sms) }
    }

    /// How wanted messages go out: `by email and text message`; none when none of them does.
    pub fn ways(self, email: bool, sms: bool) -> Option<&'static str> {
        match (email && self.email, sms && self.sms) {
            (true, true) => Some("by email and text message"),
            (true, false) => Some("by email"),
            (false, true) => Some("by text message"),
            (false, false) => None,
        }
    }

    /// Why wanted messages do not go out, as a sentence; none when all of them do.
    pub fn missing(self, email: bool, sms: bool) -> Option<&'static str> {
        match (email && !self.email, sms && !self.sms) {
            (true, true) => {
                Some("No mail server and no gateway for text messages is set up: messages are kept, not sent.")
            }
            (true, false) => Some("No mail server is set up: the email is kept, not sent."),
            (false, true) => Some("No gateway for text messages is set up: the text message is kept, not sent."),
            (false, false) => None,
        }
    }

    /// Both in one text: what goes out, in the caller's words, and what does not.
    pub fn told(self, email: bool, sms: bool, sent: impl FnOnce(&str) -> String) -> String {
        let sent = self.ways(email, sms).map(sent);
        sent.into_iter().chain(self.missing(email, sms).map(str::to_owned)).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_sent_is_promised() {
        let mail_only = Carriers { email: true, sms: false };
        let told = |email, sms| mail_only.told(email, sms, |ways| format!("They are told {ways}."));
        assert_eq!(told(true, false), "They are told by email.");
        assert_eq!(
            told(true, true),
            "They are told by email. No gateway for text messages is set up: the text message is kept, not sent."
        );
        assert_eq!(told(false, false), "");
        let nothing = Carriers { email: false, sms: false };
        assert!(nothing.ways(true, true).is_none() && nothing.missing(true, true).is_some());
    }
}
