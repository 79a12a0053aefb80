//! One row of a file that payouts or payout links are made from: its columns, and what it asks for.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::domain::approval::{ApprovalRule, Need, needed_to_create};
use crate::domain::bank::{self, Method};
use crate::domain::batch::Verb;
use crate::domain::caller::Caller;
use crate::domain::command::{Command, CreateLink, NewLink, NewPayout, PayeeChoice};
use crate::domain::ids::PayeeId;
use crate::domain::money::Money;
use crate::domain::wallet::Wallet;
use crate::error::{Error, FieldError};
use crate::service::Desk;
use crate::service::links::{LinkInput, input as link_input, new_token};
use crate::service::payouts::{PayeeInput, PayoutInput, parse};

/// A column: its name, whether it must be there, and what stands in it.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub name: &'static str,
    pub needed: bool,
    pub hint: &'static str,
}

const fn needed(name: &'static str, hint: &'static str) -> Column {
    Column { name, needed: true, hint }
}

const fn may(name: &'static str, hint: &'static str) -> Column {
    Column { name, needed: false, hint }
}

/// The columns of a file of payouts.
pub const PAYOUTS: &[Column] = &[
    needed("reference_id", "Your own reference, another one in each row"),
    needed("wallet_id", "The wallet's number"),
    needed("amount", "Such as 1250.00"),
    needed("currency", "The wallet's currency, such as USD"),
    may("beneficiary_id", "A saved payee (ben_…), in place of the columns below"),
    may("beneficiary_email", "Of a payee that is not saved"),
    may("beneficiary_first_name", ""),
    may("beneficiary_last_name", ""),
    may("beneficiary_country", "Two letters, such as US"),
    may("method", "How the account is given: iban, uk, us, in or upi"),
    may("iban", "With the method iban"),
    may("bic", "With the method iban"),
    may("account_number", "With the methods uk, us and in"),
    may("sort_code", "With the method uk"),
    may("routing_number", "With the method us"),
    may("account_type", "With the method us: checking or savings"),
    may("ifsc", "With the method in"),
    may("upi", "With the method upi"),
    may("description", "What it is for"),
];

/// The columns of a file of payout links.
pub const LINKS: &[Column] = &[
    needed("request_id", "Your own id, another one in each row"),
    needed("wallet_id", "The wallet's number"),
    needed("amount", "Such as 1250.00"),
    needed("currency", "The wallet's currency, such as USD"),
    needed("contact_name", "Who is to be paid"),
    may("contact_email", ""),
    may("contact_phone", "With its country's code, such as +1 202 555 0142"),
    may("contact_type", ""),
    may("purpose", ""),
    may("description", "What it is for"),
    may("reference", ""),
    may("receipt", ""),
    may("expire_by", "Such as 2026-01-31T12:00:00Z"),
    may("send_email", "yes or no"),
    may("send_sms", "yes or no"),
    may("transfer_reason", ""),
];

/// What is kept of a row, sealed, until it is made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    Payout(Box<PayoutInput>),
    Link(Box<LinkInput>),
}

/// What a row asks for, checked.
#[derive(Debug, Clone)]
pub enum Asked {
    Payout(Box<NewPayout>),
    Link(Box<NewLink>),
}

/// The columns that a file may have.
pub fn columns(verb: Verb) -> &'static [Column] {
    if verb == Verb::CreateLinks { LINKS } else { PAYOUTS }
}

/// What a row says; its cells by the names of their columns. Errors name columns.
pub fn content(verb: Verb, cells: &HashMap<&'static str, String>) -> Result<Content, Vec<FieldError>> {
    let cell = |name: &str| cells.get(name).filter(|text| !text.is_empty()).cloned();
    if verb == Verb::CreateLinks {
        let mut wrong = Vec::new();
        let mut flag = |name: &'static str| match cell(name).map(|text| text.to_lowercase()).as_deref() {
            None | Some("no" | "false" | "0") => false,
            Some("yes" | "true" | "1") => true,
            Some(_) => {
                wrong.push(FieldError { field: name, message: "must be yes or no".into() });
                false
            }
        };
        let (send_email, send_sms) = (flag("send_email"), flag("send_sms"));
        if cell("request_id").is_none() {
            wrong.push(FieldError { field: "request_id", message: "is required".into() });
        }
        let input = LinkInput {
            wallet_id: cell("wallet_id"),
            amount: cell("amount"),
            currency: cell("currency"),
            contact_name: cell("contact_name"),
            contact_type: cell("contact_type"),
            contact_phone: cell("contact_phone"),
            contact_email: cell("contact_email"),
            purpose: cell("purpose"),
            description: cell("description"),
            receipt: cell("receipt"),
            reference: cell("reference"),
            send_sms,
            send_email,
            expire_by: cell("expire_by"),
            transfer_reason: cell("transfer_reason"),
            request_id: cell("request_id"),
            ..LinkInput::default()
        };
        return if wrong.is_empty() { Ok(Content::Link(Box::new(input))) } else { Err(wrong) };
    }
    let account = account(cells)?;
    let input = PayoutInput {
        reference_id: cell("reference_id"),
        wallet_id: cell("wallet_id"),
        amount: cell("amount"),
        currency: cell("currency"),
        beneficiary_id: cell("beneficiary_id"),
        beneficiary_account_id: None,
        beneficiary: PayeeInput {
            email: cell("beneficiary_email"),
            first_name: cell("beneficiary_first_name"),
            last_name: cell("beneficiary_last_name"),
            country: cell("beneficiary_country"),
            account: account.map(Into::into),
            ..PayeeInput::default()
        },
        description: cell("description"),
        metadata: None,
    };
    Ok(Content::Payout(Box::new(input)))
}

/// The account that a row gives, checked for its country; none when it gives no method.
fn account(cells: &HashMap<&'static str, String>) -> Result<Option<bank::Account>, Vec<FieldError>> {
    let given = cells.get("method").map(|text| text.to_lowercase()).unwrap_or_default();
    let wrong = |field, message: String| vec![FieldError { field, message }];
    if given.is_empty() {
        let all = Method::ALL.into_iter().flat_map(Method::fields);
        let stray = all.map(|field| field.name).find(|name| cells.get(name).is_some_and(|text| !text.is_empty()));
        return match stray {
            Some(_) => Err(wrong("method", "is required with bank details: iban, uk, us, in or upi".into())),
            None => Ok(None),
        };
    }
    let Some(method) = Method::from_name(&given) else {
        return Err(wrong("method", "must be iban, uk, us, in or upi".into()));
    };
    let typed = method.fields().iter();
    let typed = typed.filter_map(|field| Some((field.name.to_owned(), cells.get(field.name)?.clone()))).collect();
    bank::check(method, &typed).map(Some).map_err(|problems| {
        problems.into_iter().map(|problem| FieldError { field: problem.field, message: problem.message }).collect()
    })
}

/// Checks what a row says as making a single one would. Errors name columns.
pub async fn asked(desk: &Desk, caller: &Caller, content: &Content) -> Result<Asked, Error> {
    Ok(match content {
        Content::Payout(input) => Asked::Payout(Box::new(parse(&desk.keys, input)?)),
        Content::Link(input) => Asked::Link(Box::new(link_input::parse(desk, caller, input).await?)),
    })
}

impl Asked {
    pub fn amount(&self) -> Money {
        match self {
            Asked::Payout(new) => new.amount,
            Asked::Link(new) => new.amount,
        }
    }

    /// The wallet's number.
    pub fn wallet(&self) -> i64 {
        match self {
            Asked::Payout(new) => new.wallet_number,
            Asked::Link(new) => new.wallet_number,
        }
    }

    /// What has to approve it once it is made, before it goes on.
    pub fn needs(&self, wallet: &Wallet, rules: &[ApprovalRule]) -> Option<Need> {
        needed_to_create(rules, wallet, self.amount().minor)
    }

    /// What is set aside for it at once, with fees; none for a link that waits for approval, and where the wallet
    /// cannot pay it at all.
    pub fn holds(&self, wallet: &Wallet, rules: &[ApprovalRule]) -> Option<Money> {
        let amount = self.amount();
        let waits = matches!(self, Asked::Link(_)) && self.needs(wallet, rules).is_some();
        if waits || wallet.closed_at.is_some() || wallet.currency != amount.currency {
            return None;
        }
        Some(Money::new(amount.minor + wallet.fee(amount.minor)?, amount.currency))
    }

    /// What makes a second one of the same row impossible.
    pub fn name(&self) -> &str {
        match self {
            Asked::Payout(new) => &new.reference_id,
            Asked::Link(new) => new.request_id.as_deref().unwrap_or_default(),
        }
    }

    /// The column of [`Asked::name`].
    pub fn name_column(&self) -> &'static str {
        match self {
            Asked::Payout(_) => "reference_id",
            Asked::Link(_) => "request_id",
        }
    }

    /// The saved payee that it goes to.
    pub fn payee(&self) -> Option<PayeeId> {
        match self {
            Asked::Payout(new) => match &new.payee {
                PayeeChoice::Saved(id, _) => Some(*id),
                PayeeChoice::Inline(_) => None,
            },
            Asked::Link(new) => new.contact.id,
        }
    }
}

/// What makes it.
pub fn command(desk: &Desk, asked: Asked) -> Command {
    match asked {
        Asked::Payout(new) => Command::Create(new),
        Asked::Link(new) => {
            let token = new_token(&desk.keys);
            Command::CreateLink(Box::new(CreateLink { new: *new, token, open_for: None, may_fail: false }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(pairs: &[(&'static str, &str)]) -> HashMap<&'static str, String> {
        pairs.iter().map(|(name, text)| (*name, (*text).to_owned())).collect()
    }

    #[test]
    fn every_field_of_an_account_has_its_column() {
        let names: Vec<&str> = PAYOUTS.iter().map(|column| column.name).collect();
        for field in Method::ALL.into_iter().flat_map(Method::fields) {
            assert!(names.contains(&field.name), "{} has no column", field.name);
        }
    }

    #[test]
    fn bank_details_are_checked_and_need_their_method() {
        let wrong = |pairs: &[(&'static str, &str)]| account(&cells(pairs)).unwrap_err()[0].field;
        assert_eq!(wrong(&[("iban", "DE89370400440532013000")]), "method");
        assert_eq!(wrong(&[("method", "gold")]), "method");
        assert_eq!(wrong(&[("method", "iban"), ("iban", "DE00370400440532013000")]), "iban");
        let found = account(&cells(&[("method", "IBAN"), ("iban", "DE89 3704 0044 0532 0130 00")])).unwrap();
        assert_eq!(found.unwrap().country, "DE");
        assert_eq!(account(&cells(&[])), Ok(None));
    }

    #[test]
    fn a_link_needs_an_id_of_its_own_and_plain_answers() {
        let errors = content(Verb::CreateLinks, &cells(&[("send_email", "perhaps")])).unwrap_err();
        assert_eq!(errors.iter().map(|error| error.field).collect::<Vec<_>>(), ["send_email", "request_id"]);
        let Ok(Content::Link(link)) = content(Verb::CreateLinks, &cells(&[("request_id", "1"), ("send_sms", "Yes")]))
        else {
            panic!("a link");
        };
        assert!(link.send_sms && !link.send_email);
    }
}
