//! A payee: who is paid. The accounts it is paid on are in [`super::payee_account`].

use serde::{Deserialize, Serialize};

use super::ids::{ClientId, Mint, PayeeId};
use super::payee_account::AccountDetails;

/// A payee of one client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payee {
    pub id: PayeeId,
    pub client_id: ClientId,
    /// None when nobody said what it is.
    pub kind: Option<PayeeKind>,
    pub email: Option<String>,
    pub first_name: String,
    pub last_name: String,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    pub phone: Option<String>,
    /// `vendor`, `customer`, `employee`, `self`, or a word of the client's own.
    pub contact_type: Option<String>,
    /// The client's own name for it.
    pub reference: Option<String>,
    /// A JSON object, as text.
    pub metadata: Option<String>,
    /// Keyed hash of its [`Identity`], so that inline details find it again.
    pub fingerprint: String,
    /// Set when a person or program saved it, not only paid it once.
    pub saved_at: Option<i64>,
    /// Switched off: it gets no new payouts and no new accounts.
    pub disabled_at: Option<i64>,
    pub deleted_at: Option<i64>,
    /// When its own details or its state last changed; at first when it was made.
    pub updated_at: i64,
    pub version: i64,
}

/// What a payee is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayeeKind {
    Personal,
    Business,
}

/// What makes two payees of one client the same one. Their accounts are no part of it.
#[derive(Debug, Serialize)]
pub struct Identity<'a> {
    pub kind: Option<PayeeKind>,
    pub email: Option<&'a str>,
    pub first_name: &'a str,
    pub last_name: &'a str,
    pub country: Option<&'a str>,
    pub phone: Option<&'a str>,
    pub contact_type: Option<&'a str>,
    pub reference: Option<&'a str>,
}

/// Who to pay, as given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PayeeDetails {
    pub kind: Option<PayeeKind>,
    pub email: Option<String>,
    pub first_name: String,
    pub last_name: String,
    pub country: Option<String>,
    pub phone: Option<String>,
    pub contact_type: Option<String>,
    pub reference: Option<String>,
    pub metadata: Option<String>,
    /// Keyed hash of the [`Identity`].
    pub fingerprint: String,
    /// The account to pay; none when none was given.
    pub account: Option<AccountDetails>,
}

impl Payee {
    pub fn name(&self) -> String {
        whole_name(&self.first_name, &self.last_name)
    }

    /// Whether it may get new payouts and accounts.
    pub fn is_active(&self) -> bool {
        self.disabled_at.is_none() && self.deleted_at.is_none()
    }

    pub fn identity(&self) -> Identity<'_> {
        Identity {
            kind: self.kind,
            email: self.email.as_deref(),
            first_name: &self.first_name,
            last_name: &self.last_name,
            country: self.country.as_deref(),
            phone: self.phone.as_deref(),
            contact_type: self.contact_type.as_deref(),
            reference: self.reference.as_deref(),
        }
    }

    /// What a search finds it by, in lower case: its email, its name from each of its words on, and its reference.
    pub fn words(&self) -> Vec<String> {
        let name = self.name().to_lowercase();
        let starts =
            name.char_indices().filter(|(place, _)| *place == 0 || name[..*place].ends_with(char::is_whitespace));
        let mut words: Vec<String> = starts.map(|(place, _)| name[place..].to_owned()).collect();
        words.extend([&self.email, &self.reference].into_iter().flatten().map(|word| word.to_lowercase()));
        words.push(self.last_name.to_lowercase());
        words.retain(|word| !word.trim().is_empty());
        words.sort();
        words.dedup();
        words
    }
}

impl PayeeKind {
    pub fn name(self) -> &'static str {
        match self {
            PayeeKind::Personal => "personal",
            PayeeKind::Business => "business",
        }
    }

    pub fn from_name(name: &str) -> Option<PayeeKind> {
        [PayeeKind::Personal, PayeeKind::Business].into_iter().find(|kind| kind.name() == name)
    }

    /// As pages say it.
    pub fn words(self) -> &'static str {
        match self {
            PayeeKind::Personal => "Person",
            PayeeKind::Business => "Business",
        }
    }
}

impl Identity<'_> {
    /// One text for each identity. It is secret: a phone number is short enough to be tried out.
    pub fn text(&self) -> String {
        let email = self.email.map(str::to_lowercase);
        serde_json::to_string(&Identity { email: email.as_deref(), ..*self }).expect("texts")
    }
}

impl PayeeDetails {
    pub fn name(&self) -> String {
        whole_name(&self.first_name, &self.last_name)
    }

    pub fn identity(&self) -> Identity<'_> {
        Identity {
            kind: self.kind,
            email: self.email.as_deref(),
            first_name: &self.first_name,
            last_name: &self.last_name,
            country: self.country.as_deref(),
            phone: self.phone.as_deref(),
            contact_type: self.contact_type.as_deref(),
            reference: self.reference.as_deref(),
        }
    }

    /// These details in place of the payee's own.
    pub fn over(self, payee: &Payee) -> Payee {
        Payee {
            kind: self.kind,
            email: self.email,
            first_name: self.first_name,
            last_name: self.last_name,
            country: self.country,
            phone: self.phone,
            contact_type: self.contact_type,
            reference: self.reference,
            metadata: self.metadata,
            fingerprint: self.fingerprint,
            ..payee.clone()
        }
    }

    /// A payee that was paid but not saved; its account is a row of its own.
    pub fn into_payee(self, client_id: ClientId, mint: &mut Mint) -> Payee {
        Payee {
            id: mint.next(),
            client_id,
            kind: self.kind,
            email: self.email,
            first_name: self.first_name,
            last_name: self.last_name,
            country: self.country,
            phone: self.phone,
            contact_type: self.contact_type,
            reference: self.reference,
            metadata: self.metadata,
            fingerprint: self.fingerprint,
            saved_at: None,
            disabled_at: None,
            deleted_at: None,
            updated_at: mint.now(),
            version: 1,
        }
    }
}

/// A name in one piece as first and last name: parted at its last blank, so that [`Payee::name`] gives back the same
/// text with single blanks. A name of one word is a first name.
pub fn split_name(name: &str) -> (String, String) {
    let words: Vec<&str> = name.split_whitespace().collect();
    match words.split_last() {
        Some((last, first)) if !first.is_empty() => (first.join(" "), (*last).to_owned()),
        _ => (words.concat(), String::new()),
    }
}

fn whole_name(first: &str, last: &str) -> String {
    format!("{first} {last}").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::Id;

    fn named(first: &str, last: &str) -> Payee {
        let details = PayeeDetails { first_name: first.into(), last_name: last.into(), ..PayeeDetails::default() };
        details.into_payee(Id::first_at(1), &mut Mint::new(|| 1))
    }

    #[test]
    fn a_name_in_one_piece_is_split_without_loss() {
        for (given, first, last) in [
            ("John Doe", "John", "Doe"),
            ("  Mary  Ann\tLee ", "Mary Ann", "Lee"),
            ("Acme", "Acme", ""),
            ("Sæther & Co", "Sæther &", "Co"),
            ("Nguyễn\u{a0}Thị Mai", "Nguyễn Thị", "Mai"),
            (" ", "", ""),
        ] {
            assert_eq!(split_name(given), (first.to_owned(), last.to_owned()), "{given:?}");
            let whole = given.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(named(first, last).name(), whole);
        }
    }

    #[test]
    fn a_payee_is_found_from_each_word_of_its_name_on() {
        let mut payee = named("Zoë Anna", "de Vries");
        payee.email = Some("Zoe@Example.com".into());
        payee.reference = Some("SUP-17".into());
        let words = ["anna de vries", "de vries", "sup-17", "vries", "zoe@example.com", "zoë anna de vries"];
        assert_eq!(payee.words(), words);
        assert_eq!(named("Acme", "").words(), ["acme"]);
    }

    #[test]
    fn the_same_email_in_other_letters_is_the_same_payee_and_anything_else_is_another() {
        let mut payee = named("Ann", "Lee");
        payee.email = Some("Ann@Example.com".into());
        let same = Payee { email: Some("ann@example.com".into()), metadata: Some("{}".into()), ..payee.clone() };
        assert_eq!(payee.identity().text(), same.identity().text());
        for other in [
            Payee { email: None, ..payee.clone() },
            Payee { kind: Some(PayeeKind::Business), ..payee.clone() },
            Payee { phone: Some("+1".into()), ..payee.clone() },
            Payee { contact_type: Some("vendor".into()), ..payee.clone() },
            Payee { reference: Some("7".into()), ..payee.clone() },
        ] {
            assert_ne!(payee.identity().text(), other.identity().text());
        }
    }
}
