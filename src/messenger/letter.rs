//! What each kind of message says. The words are the same in mail, as text and HTML; a text message has one sentence.

use askama::Template;
use chrono::DateTime;

use super::told;
use crate::domain::message::{Facts, Kind};

/// A message in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub subject: String,
    pub text: String,
    pub html: String,
    /// For a text message.
    pub short: String,
}

#[derive(Template)]
#[template(path = "mail/message.html")]
struct Html<'a> {
    words: &'a Words,
}

#[derive(Template)]
#[template(path = "mail/message.txt")]
struct Text<'a> {
    words: &'a Words,
}

/// The pieces that both templates put together.
#[derive(Debug, Default)]
struct Words {
    sender: String,
    subject: String,
    greeting: String,
    lines: Vec<String>,
    /// Label and value.
    facts: Vec<(&'static str, String)>,
    code: Option<String>,
    /// Its word and where it leads.
    button: Option<(&'static str, String)>,
    notes: Vec<String>,
    short: String,
}

impl Letter {
    /// `address` is the link's, for messages that have one; `code` the one-time code.
    pub fn of(kind: Kind, facts: &Facts, address: Option<String>, code: Option<String>) -> Letter {
        let words = words(kind, facts, address, code);
        Letter {
            text: Text { words: &words }.render().expect("texts alone"),
            html: Html { words: &words }.render().expect("texts alone"),
            subject: words.subject,
            short: words.short,
        }
    }
}

fn words(kind: Kind, facts: &Facts, address: Option<String>, code: Option<String>) -> Words {
    let client = told(&facts.client);
    let amount = facts.amount.map(|amount| amount.to_string()).unwrap_or_default();
    let until = facts.expires_at.map(moment);
    let reason = facts.reason.as_deref().map(told);
    let open = address.clone().map(|address| format!(" {address}")).unwrap_or_default();
    let common = Words {
        sender: client.clone(),
        greeting: match told(&facts.recipient).as_str() {
            "" => "Hello,".to_owned(),
            name => format!("Hello {name},"),
        },
        facts: table(facts, until.clone()),
        ..Words::default()
    };
    let button = |word: &'static str| address.clone().map(|address| (word, address));
    let unexpected = "If you did not expect this, open the page and say that it is not for you.".to_owned();
    let safe = format!("Nobody at {client} will ask you for a password or a card number to get this money.");
    match kind {
        Kind::LinkIssued => Words {
            subject: format!("{client} wants to pay you {amount}"),
            lines: vec![format!("{client} has set aside {amount} for you. Say which account it should go to.")],
            button: button("Say where to pay"),
            notes: vec![safe, unexpected],
            short: match &until {
                Some(until) => format!("{client} wants to pay you {amount}. Say where, until {until}:{open}"),
                None => format!("{client} wants to pay you {amount}. Say where:{open}"),
            },
            ..common
        },
        Kind::LinkReminder => Words {
            subject: format!("{amount} from {client} still waits for you"),
            lines: vec![match &until {
                Some(until) => format!("Say which account it should go to until {until}. After that it goes back."),
                None => "Say which account it should go to.".to_owned(),
            }],
            button: button("Say where to pay"),
            notes: vec![safe, unexpected],
            short: match &until {
                Some(until) => format!("{amount} from {client} waits for you until {until}:{open}"),
                None => format!("{amount} from {client} waits for you:{open}"),
            },
            ..common
        },
        Kind::LinkPaid => Words {
            facts: table(facts, None),
            subject: format!("{client} has paid you {amount}"),
            lines: vec!["The money has been sent. Your bank may need a little until it shows.".to_owned()],
            short: format!("{client} has paid you {amount}."),
            ..common
        },
        Kind::LinkAttemptFailed => Words {
            // The reason stands above already.
            facts: table(&Facts { reason: None, ..facts.clone() }, until),
            subject: format!("{amount} from {client} could not be paid to your account"),
            lines: vec![
                match &reason {
                    Some(reason) => format!("The bank said: {reason}"),
                    None => "The bank did not take the payment.".to_owned(),
                },
                "The money still waits for you. Check your bank details and give them again.".to_owned(),
            ],
            button: button("Check your bank details"),
            notes: vec![safe],
            short: format!("{amount} from {client} could not be paid to your account. Check your details:{open}"),
            ..common
        },
        Kind::LinkCancelled => {
            // A reason is only given where nobody cancelled it: it closed by itself.
            let subject = match &reason {
                Some(_) => format!("The payment of {amount} from {client} was closed"),
                None => format!("{client} has cancelled the payment of {amount}"),
            };
            let dead = "The address you were sent does not work any more.".to_owned();
            Words {
                facts: table(&Facts { reason: None, ..facts.clone() }, None),
                lines: reason.iter().cloned().chain([dead]).collect(),
                notes: vec![format!("If you have questions, ask {client}.")],
                short: match &reason {
                    Some(reason) => format!("{subject}. {reason}"),
                    None => format!("{subject}."),
                },
                subject,
                ..common
            }
        }
        Kind::LinkCode => {
            let lasts = facts.minutes.map(|minutes| format!(" It is good for {minutes} minutes.")).unwrap_or_default();
            Words {
                subject: format!("Your code for the payment from {client}"),
                lines: vec![format!("Type this code on the page where you say how to be paid.{lasts}")],
                facts: Vec::new(),
                notes: vec![
                    "Tell it to nobody. If you did not ask for a code, do nothing: without it nobody gets further."
                        .to_owned(),
                ],
                short: match &code {
                    Some(code) => {
                        format!("{code} is your code for the payment from {client}.{lasts} Tell it to nobody.")
                    }
                    None => String::new(),
                },
                code,
                ..common
            }
        }
        Kind::PayoutNotice => Words {
            subject: format!("{client} has paid you {amount}"),
            lines: vec!["The money has been sent. Your bank may need a little until it shows.".to_owned()],
            notes: vec![format!("If you have questions, ask {client}.")],
            short: format!("{client} has paid you {amount}."),
            ..common
        },
        Kind::ReversalNotice => Words {
            subject: format!("{client} has taken back {amount}"),
            lines: vec![format!("{client} has reversed a payment to you. {amount} goes back from your account.")],
            notes: vec![format!("If you have questions, ask {client}.")],
            short: format!("{client} has reversed a payment to you: {amount} goes back from your account."),
            ..common
        },
        Kind::WebhookOff => {
            let address = facts.purpose.as_deref().map(told).unwrap_or_default();
            let reason = reason.unwrap_or_else(|| "its receiver did not answer".to_owned());
            Words {
                subject: format!("A webhook of {client} was switched off"),
                lines: vec![
                    format!("Paydesk sends nothing to {address} any more, because {reason}."),
                    "What had not been delivered by then waits. When the receiver works again, switch the webhook on \
                     under Settings, Webhooks."
                        .to_owned(),
                ],
                facts: Vec::new(),
                short: format!("A webhook of {client} was switched off, because {reason}."),
                ..common
            }
        }
    }
}

fn table(facts: &Facts, until: Option<String>) -> Vec<(&'static str, String)> {
    let rows = [
        ("Amount", facts.amount.map(|amount| amount.to_string())),
        ("From", Some(told(&facts.client))),
        ("For", facts.purpose.as_deref().map(told)),
        ("Reference", facts.reference.as_deref().map(told)),
        ("To", facts.account.as_deref().map(told)),
        ("Reason", facts.reason.as_deref().map(told)),
        ("Open until", until),
    ];
    rows.into_iter()
        .filter_map(|(label, value)| value.filter(|value| !value.is_empty()).map(|value| (label, value)))
        .collect()
}

/// A moment for somebody whose zone is not known.
fn moment(micros: i64) -> String {
    let time = DateTime::from_timestamp_micros(micros).unwrap_or_default();
    time.format("%-d %B %Y, %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::{Currency, Money};

    const KINDS: [Kind; 9] = [
        Kind::LinkIssued,
        Kind::LinkReminder,
        Kind::LinkPaid,
        Kind::LinkAttemptFailed,
        Kind::LinkCancelled,
        Kind::LinkCode,
        Kind::PayoutNotice,
        Kind::ReversalNotice,
        Kind::WebhookOff,
    ];

    fn facts() -> Facts {
        Facts {
            purpose: Some("Refund & bonus <b>May</b>".into()),
            reference: Some("INV 7".into()),
            expires_at: Some(1_764_000_000_000_000),
            account: Some("GB account •• 5555".into()),
            reason: Some("no such account".into()),
            minutes: Some(10),
            ..Facts::of("Larkfield \"Studios\"", "Nora <New>", Money::new(125_000, Currency::USD))
        }
    }

    fn letter(kind: Kind) -> Letter {
        Letter::of(kind, &facts(), Some("https://desk.example.com/l/secret".into()), Some("123456".into()))
    }

    #[test]
    fn every_kind_says_the_same_in_text_and_html() {
        for kind in KINDS {
            let letter = letter(kind);
            assert!(letter.subject.contains("Larkfield"), "{}", letter.subject);
            assert!(letter.text.contains("Hello Nora <New>,"), "{}", letter.text);
            assert!(letter.html.contains("Hello Nora &#60;New&#62;,"), "{}", letter.html);
            assert!(!letter.html.contains("<b>May") && !letter.short.is_empty());
            let has_button = matches!(kind, Kind::LinkIssued | Kind::LinkReminder | Kind::LinkAttemptFailed);
            for body in [&letter.text, &letter.html] {
                assert_eq!(body.contains("https://desk.example.com/l/secret"), has_button, "{body}");
                assert_eq!(body.contains("123456"), kind == Kind::LinkCode, "{body}");
            }
        }
        assert!(letter(Kind::LinkIssued).text.contains("Open until: 24 November 2025, 16:00 UTC"));
        assert!(letter(Kind::LinkAttemptFailed).text.contains("The bank said: no such account"));
    }

    #[test]
    fn what_is_over_is_not_said_to_be_open_and_only_people_cancel() {
        for kind in [Kind::LinkPaid, Kind::LinkCancelled] {
            assert!(!letter(kind).text.contains("Open until"), "{}", letter(kind).text);
        }
        let closed = Letter::of(
            Kind::LinkCancelled,
            &Facts { reason: Some("Too many attempts to pay you failed.".into()), ..facts() },
            None,
            None,
        );
        for words in [&closed.subject, &closed.text, &closed.short] {
            assert!(!words.contains("cancelled"), "{words}");
        }
        assert!(closed.text.contains("\nToo many attempts to pay you failed.\n"), "{}", closed.text);
        let cancelled = Letter::of(Kind::LinkCancelled, &Facts { reason: None, ..facts() }, None, None);
        assert!(cancelled.subject.contains("has cancelled"), "{}", cancelled.subject);
    }

    #[test]
    fn mail_loads_nothing_from_elsewhere() {
        for kind in KINDS {
            let html = letter(kind).html;
            for outside in ["<img", "<link", "@import", "url(", "<script", "src="] {
                assert!(!html.contains(outside), "{outside}");
            }
        }
    }

    #[test]
    fn names_cannot_break_out_of_a_line() {
        let mut facts = facts();
        facts.client = "Larkfield\r\nBcc: everybody@example.com".into();
        let letter = Letter::of(Kind::LinkPaid, &facts, None, None);
        assert!(!letter.subject.contains(['\r', '\n']), "{}", letter.subject);
    }
}
