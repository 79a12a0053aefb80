//! Payout links: make, find, cancel, replace, extend, decide; and what a recipient does with one.

use chrono::DateTime;
use serde::Serialize;

use super::fields::Fields;
use super::idempotency::{Answered, key};
use super::payouts::{note, object};
use super::sign_in::Visit;
use super::{Desk, accounts, permit, secrets};
use crate::domain::caller::{Caller, Who};
use crate::domain::command::{
    CancelLink, ClaimLink, Command, CreateLink, DecideLink, DeclineLink, Done, ExtendLink, LinkRecord, LinkToken,
    NewLink, Outcome, PayeeDetails, PayoutRecord, ReplaceLink, ResendLink, Unit,
};
use crate::domain::ids::{PayeeId, PayoutLinkId};
use crate::domain::money::Currency;
use crate::domain::payee::account_label;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::payout_link::{Contact, LinkPolicy, Method, Methods, PayoutLink, Step, phone_digits};
use crate::domain::plan::{LinkEffect, link_cancel_effect};
use crate::domain::staff::{Operation, allows};
use crate::error::Error;
use crate::keys::Keys;
use crate::store::payout_links::{self as rows, LinkDetail};
use crate::store::sealed::LINK_TOKEN;
use crate::store::{payees, payouts as payout_rows};

/// A payout link as typed in a form or sent as JSON; amounts, ids and times are still text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LinkInput {
    /// The wallet's number.
    pub wallet_id: Option<String>,
    pub amount: Option<String>,
    pub currency: Option<String>,
    /// A saved payee, in place of a name, phone and email.
    pub contact_id: Option<String>,
    pub contact_name: Option<String>,
    pub contact_type: Option<String>,
    pub contact_phone: Option<String>,
    pub contact_email: Option<String>,
    pub purpose: Option<String>,
    pub description: Option<String>,
    pub receipt: Option<String>,
    pub reference: Option<String>,
    /// A JSON object as text.
    pub notes: Option<String>,
    pub send_sms: bool,
    pub send_email: bool,
    /// RFC 3339.
    pub expire_by: Option<String>,
    /// Names of methods; none means those that suit the currency.
    pub payout_methods: Vec<String>,
    pub transfer_reason: Option<String>,
    pub save_payee: bool,
    pub request_id: Option<String>,
}

/// What a recipient gives to be paid; the identifiers have been checked for their country by the page.
#[derive(Debug, Clone)]
pub struct ClaimInput {
    /// How they want to be paid: one of the link's methods.
    pub method: Method,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// Only counts where the link names no email itself.
    pub email: Option<String>,
    pub country: Option<String>,
    /// Account identifiers, a JSON object as text, not sealed yet.
    pub identifiers: Option<String>,
}

/// One payout link with what may be done to it by this caller.
#[derive(Debug, Clone)]
pub struct Shown {
    pub detail: LinkDetail,
    pub acts: Acts,
    /// The address that recipients open. Whoever has it can claim the link.
    pub address: String,
}

/// Each action with its effect, or why not and what to do instead.
#[derive(Debug, Clone)]
pub struct Acts {
    pub cancel: Result<LinkEffect, Refusal>,
    pub replace: Result<(), Refusal>,
    pub extend: Result<(), Refusal>,
    pub resend: Result<(), Refusal>,
    pub decide: Result<(), Refusal>,
}

/// A link as its recipient sees it.
#[derive(Debug, Clone)]
pub struct Opened {
    pub record: LinkRecord,
    /// Whether it can be claimed or declined now, or why not; the refusal's `state` says which page tells so.
    pub claim: Result<(), Refusal>,
    /// The payout of the claim that stands.
    pub payout: Option<PayoutRecord>,
}

/// Makes a payout link. The same key, or the same request id with the same data, makes no second one.
pub async fn create(
    desk: &Desk,
    caller: &Caller,
    input: &LinkInput,
    idempotency_key: Option<&str>,
) -> Result<Answered<LinkRecord>, Error> {
    permit(desk, caller, Operation::MakeLink).await?;
    let new = parse(desk, caller, input).await?;
    issue(desk, caller, new, idempotency_key).await
}

/// The same for a request that a dialect has read and checked by its own contract.
pub async fn issue(
    desk: &Desk,
    caller: &Caller,
    new: NewLink,
    idempotency_key: Option<&str>,
) -> Result<Answered<LinkRecord>, Error> {
    permit(desk, caller, Operation::MakeLink).await?;
    let key = key(caller, "payout_link.create", idempotency_key, &new)?;
    let command = Command::CreateLink(Box::new(CreateLink { new, token: new_token(&desk.keys) }));
    finish(desk, Unit { caller: caller.clone(), key, command }).await
}

/// One payout link in the caller's sight.
pub async fn get(desk: &Desk, caller: &Caller, id: PayoutLinkId) -> Result<LinkRecord, Error> {
    permit(desk, caller, Operation::ReadLinks).await?;
    let mut reader = desk.store.read().await?;
    let record = rows::record(&mut reader, id).await?;
    record.filter(|record| caller.may_see(record.link.client_id)).ok_or(Error::NotFound("Payout link"))
}

/// One link with its history, ledger and what may be done to it, as one snapshot.
pub async fn show(desk: &Desk, caller: &Caller, id: PayoutLinkId) -> Result<Shown, Error> {
    permit(desk, caller, Operation::ReadLinks).await?;
    let mut reader = desk.store.read().await?;
    let detail = rows::detail(&mut reader, id)
        .await?
        .filter(|detail| caller.may_see(detail.record.link.client_id))
        .ok_or(Error::NotFound("Payout link"))?;
    let acts = acts(caller, &detail, desk.clock.now());
    let address = address(desk, &detail.record.link)?;
    Ok(Shown { detail, acts, address })
}

/// Cancels a link that nobody has claimed: what it held is back in the wallet in the same unit.
///
/// `version` is the one the caller saw; another one is refused as [`Rule::Stale`].
pub async fn cancel(
    desk: &Desk,
    caller: &Caller,
    id: PayoutLinkId,
    policy: LinkPolicy,
    reason: Option<&str>,
    version: Option<i64>,
    idempotency_key: Option<&str>,
) -> Result<Answered<LinkRecord>, Error> {
    permit(desk, caller, Operation::CancelLink).await?;
    let reason = note("reason", reason)?;
    let key = key(caller, &format!("payout_link.cancel:{id}"), idempotency_key, &(id, &reason))?;
    let command = Command::CancelLink(CancelLink { link_id: id, policy, reason, version });
    finish(desk, Unit { caller: caller.clone(), key, command }).await
}

/// Cancels a link and issues another one with the same content in one unit; answers the new one.
pub async fn replace(
    desk: &Desk,
    caller: &Caller,
    id: PayoutLinkId,
    reason: Option<&str>,
    version: Option<i64>,
    idempotency_key: Option<&str>,
) -> Result<Answered<LinkRecord>, Error> {
    permit(desk, caller, Operation::MakeLink).await?;
    permit(desk, caller, Operation::CancelLink).await?;
    let reason = note("reason", reason)?;
    let key = key(caller, &format!("payout_link.replace:{id}"), idempotency_key, &(id, &reason))?;
    let command = Command::ReplaceLink(ReplaceLink { link_id: id, reason, version, token: new_token(&desk.keys) });
    finish(desk, Unit { caller: caller.clone(), key, command }).await
}

/// Lets a link be claimed until a later moment (RFC 3339).
pub async fn extend(
    desk: &Desk,
    caller: &Caller,
    id: PayoutLinkId,
    expire_by: Option<&str>,
    version: Option<i64>,
    idempotency_key: Option<&str>,
) -> Result<Answered<LinkRecord>, Error> {
    permit(desk, caller, Operation::MakeLink).await?;
    let mut checks = Fields::default();
    checks.required("expire_by", expire_by, 40);
    let end = moment(&mut checks, "expire_by", expire_by);
    checks.done()?;
    let expire_by = end.ok_or(Error::Internal)?;
    let key = key(caller, &format!("payout_link.extend:{id}"), idempotency_key, &(id, expire_by))?;
    let command = Command::ExtendLink(ExtendLink { link_id: id, expire_by, version });
    finish(desk, Unit { caller: caller.clone(), key, command }).await
}

/// Sends the address to the recipient again, to the email address and phone number on file.
pub async fn resend(
    desk: &Desk,
    caller: &Caller,
    id: PayoutLinkId,
    version: Option<i64>,
    idempotency_key: Option<&str>,
) -> Result<Answered<LinkRecord>, Error> {
    permit(desk, caller, Operation::MakeLink).await?;
    let key = key(caller, &format!("payout_link.resend:{id}"), idempotency_key, &id)?;
    let command = Command::ResendLink(ResendLink { link_id: id, version });
    let answered = finish(desk, Unit { caller: caller.clone(), key, command }).await?;
    desk.wake.notify_one();
    Ok(answered)
}

/// A checker approves what waits, or sends it back.
pub async fn decide(
    desk: &Desk,
    caller: &Caller,
    id: PayoutLinkId,
    approve: bool,
    text: Option<&str>,
    version: Option<i64>,
    idempotency_key: Option<&str>,
) -> Result<Answered<LinkRecord>, Error> {
    permit(desk, caller, Operation::DecideLink).await?;
    let note = note("note", text)?;
    let key = key(caller, &format!("payout_link.decide:{id}"), idempotency_key, &(id, approve, &note))?;
    let command = Command::DecideLink(DecideLink { link_id: id, approve, note, version });
    finish(desk, Unit { caller: caller.clone(), key, command }).await
}

/// The link behind the secret of an address. Opening it changes nothing.
///
/// Errors: no such secret. One that waits for approval is there, but its claim is refused.
pub async fn by_token(desk: &Desk, token: &str) -> Result<Opened, Error> {
    let mut reader = desk.store.read().await?;
    let record = rows::by_token(&mut reader, &secrets::digest(token)).await?.ok_or(Error::NotFound("Payout link"))?;
    let payout = match record.link.payout_id {
        Some(id) => payout_rows::records(&mut reader, &[id]).await?.pop(),
        None => None,
    };
    let claim = record.link.check(Step::Claim, desk.clock.now()).map(|_| ());
    Ok(Opened { record, claim, payout })
}

/// The recipient gives their details and is paid: the link's hold becomes that of a queued payout in one unit.
///
/// Of a claim and a cancel at the same instant one wins; the other is told what happened, in the refusal's `state`.
pub async fn claim(desk: &Desk, visit: &Visit, token: &str, input: &ClaimInput) -> Result<LinkRecord, Error> {
    let link = by_token(desk, token).await?.record.link;
    let details = details(desk, &link, input)?;
    let queue_delay = desk.config.sandbox_delay;
    let command = Command::ClaimLink(Box::new(ClaimLink { link_id: link.id, details, queue_delay }));
    let answered = finish(desk, Unit { caller: recipient(visit, &link), key: None, command }).await?;
    desk.wake.notify_one();
    Ok(answered.value)
}

/// "This is not me": the link ends, and what it held is back in the wallet.
pub async fn decline(desk: &Desk, visit: &Visit, token: &str, reason: Option<&str>) -> Result<LinkRecord, Error> {
    let link = by_token(desk, token).await?.record.link;
    let reason = note("reason", reason)?;
    let command = Command::DeclineLink(DeclineLink { link_id: link.id, reason });
    Ok(finish(desk, Unit { caller: recipient(visit, &link), key: None, command }).await?.value)
}

/// The address that recipients open.
///
/// Errors: the secret was sealed under a key that is gone.
pub fn address(desk: &Desk, link: &PayoutLink) -> Result<String, Error> {
    let secret = desk.keys.open(&LINK_TOKEN.purpose(), &link.token_sealed).map_err(|error| {
        tracing::error!(%error, link = %link.id, "the address of a payout link cannot be opened");
        Error::Internal
    })?;
    Ok(format!("{}/l/{secret}", desk.config.public_url))
}

/// Each action on a link for this caller at `now`: what it would do, or why not.
pub fn acts(caller: &Caller, detail: &LinkDetail, now: i64) -> Acts {
    let link = &detail.record.link;
    let may = |operation: Operation, what: &str| {
        if allows(caller, operation) {
            Ok(())
        } else {
            Err(Refusal::new(Rule::Forbidden, format!("Your role does not allow you to {what}."))
                .instead("Ask someone whose role does."))
        }
    };
    let decide = link.check(Step::SendBack, now).map(|_| ()).and_then(|()| {
        if caller.person() == Some(link.maker_staff_id) {
            return Err(Refusal::new(Rule::MakerIsChecker, "You made it, so someone else has to check it.")
                .instead("Ask another approver."));
        }
        may(Operation::DecideLink, "approve payout links")
    });
    Acts {
        cancel: link_cancel_effect(link, &detail.wallet, LinkPolicy::DESK, now)
            .and_then(|effect| may(Operation::CancelLink, "cancel payout links").map(|()| effect)),
        replace: link.check(Step::Replace, now).and_then(|_| may(Operation::MakeLink, "replace payout links")),
        extend: link.check(Step::Extend, now).and_then(|_| may(Operation::MakeLink, "extend payout links")),
        resend: link.check(Step::Resend, now).and_then(|_| may(Operation::MakeLink, "send payout links")),
        decide,
    }
}

/// Checks every field of a link; only a saved contact is looked up.
pub(super) async fn parse(desk: &Desk, caller: &Caller, input: &LinkInput) -> Result<NewLink, Error> {
    let mut checks = Fields::default();
    let wallet_number = checks.parsed("wallet_id", input.wallet_id.as_deref(), "the number of a wallet");
    if input.wallet_id.as_deref().is_none_or(|text| text.trim().is_empty()) {
        checks.wrong("wallet_id", "is required");
    }
    let currency = checks.currency("currency", input.currency.as_deref());
    let amount = checks.amount("amount", input.amount.as_deref(), currency);
    let saved: Option<PayeeId> =
        checks.parsed("contact_id", input.contact_id.as_deref(), "the id of a saved beneficiary (ben_…)");
    let contact = match saved {
        Some(id) => saved_contact(desk, caller, &mut checks, id, input).await?,
        None => typed_contact(&mut checks, input),
    };
    if input.send_email && contact.email.is_none() {
        checks.wrong("contact_email", "is required to send an email");
    }
    if input.send_sms && contact.phone.is_none() {
        checks.wrong("contact_phone", "is required to send a text message");
    }
    let text = |checks: &mut Fields, field, value: &Option<String>, max| checks.optional(field, value.as_deref(), max);
    let purpose = text(&mut checks, "purpose", &input.purpose, 100);
    let description = text(&mut checks, "description", &input.description, 500);
    let receipt = text(&mut checks, "receipt", &input.receipt, 100);
    let reference = text(&mut checks, "reference", &input.reference, 100);
    let transfer_reason = text(&mut checks, "transfer_reason", &input.transfer_reason, 100);
    let request_id = text(&mut checks, "request_id", &input.request_id, 100);
    let notes = object(&mut checks, "notes", input.notes.as_deref())
        .map(|members| serde_json::Value::Object(members).to_string());
    let expire_by = moment(&mut checks, "expire_by", input.expire_by.as_deref());
    let payout_methods = methods(&mut checks, &input.payout_methods, currency);
    checks.done()?;
    let (Some(wallet_number), Some(amount)) = (wallet_number, amount) else { return Err(Error::Internal) };
    Ok(NewLink {
        wallet_number,
        amount,
        contact,
        purpose,
        description,
        receipt,
        reference,
        notes,
        send_sms: input.send_sms,
        send_email: input.send_email,
        expire_by,
        payout_methods,
        transfer_reason,
        save_payee: input.save_payee,
        request_id,
    })
}

/// The contact as the saved payee has it; what the caller cannot see does not exist.
async fn saved_contact(
    desk: &Desk,
    caller: &Caller,
    checks: &mut Fields,
    id: PayeeId,
    input: &LinkInput,
) -> Result<Contact, Error> {
    if [&input.contact_name, &input.contact_phone, &input.contact_email].into_iter().any(Option::is_some) {
        checks.wrong("contact_id", "must not come together with details of a contact: give one of them");
    }
    let mut reader = desk.store.read().await?;
    let payee = payees::get(&mut reader, id).await?.map(|line| line.payee);
    let payee = payee.filter(|payee| caller.may_see(payee.client_id)).ok_or(Error::NotFound("Beneficiary"))?;
    let email = Some(payee.email.clone()).filter(|email| !email.is_empty());
    let kind = checks.optional("contact_type", input.contact_type.as_deref(), 50);
    Ok(Contact { id: Some(id), name: payee.name(), kind, phone: payee.phone, email })
}

fn typed_contact(checks: &mut Fields, input: &LinkInput) -> Contact {
    let name = checks.required("contact_name", input.contact_name.as_deref(), 100);
    let kind = checks.optional("contact_type", input.contact_type.as_deref(), 50);
    let phone = checks.optional("contact_phone", input.contact_phone.as_deref(), 40);
    let plain = |phone: &str| {
        phone.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c)) && phone_digits(phone).len() >= 5
    };
    if phone.as_deref().is_some_and(|phone| !plain(phone)) {
        checks.wrong("contact_phone", "must be a phone number such as +91 98765 43210");
    }
    let given = input.contact_email.as_deref().is_some_and(|email| !email.trim().is_empty());
    let email = given.then(|| checks.email("contact_email", input.contact_email.as_deref()));
    Contact { id: None, name, kind, phone, email }
}

/// The methods asked for, or those that suit the currency.
fn methods(checks: &mut Fields, names: &[String], currency: Option<Currency>) -> Methods {
    let upi = currency == Some(Currency::INR);
    let usual = if upi { vec![Method::BankAccount, Method::Upi] } else { vec![Method::BankAccount] };
    if names.is_empty() {
        return Methods(usual);
    }
    match names.join(" ").parse::<Methods>() {
        Ok(methods) if methods.0.iter().all(|method| usual.contains(method)) => methods,
        Ok(methods) if methods.0 == [Method::Upi] || methods.0.contains(&Method::Upi) => {
            checks.wrong("payout_methods", "must not hold upi, which pays INR only");
            Methods(usual)
        }
        _ => {
            checks.wrong("payout_methods", "must hold bank_account or upi, each once");
            Methods(usual)
        }
    }
}

/// A moment in RFC 3339, in Unix microseconds.
fn moment(checks: &mut Fields, field: &'static str, text: Option<&str>) -> Option<i64> {
    let text = checks.optional(field, text, 40)?;
    let time = DateTime::parse_from_rfc3339(&text).ok();
    if time.is_none() {
        checks.wrong(field, "must be a time such as 2026-01-31T12:00:00Z");
    }
    time.map(|time| time.timestamp_micros())
}

/// The payee that a recipient becomes: where the link names an email or phone, those stay.
fn details(desk: &Desk, link: &PayoutLink, input: &ClaimInput) -> Result<PayeeDetails, Error> {
    let mut checks = Fields::default();
    if !link.payout_methods.0.contains(&input.method) {
        checks.wrong("method", format!("must be one of {}", link.payout_methods.names().join(", ")));
    }
    let country = checks.country("country", input.country.as_deref());
    let identifiers = object(&mut checks, "identifiers", input.identifiers.as_deref());
    if identifiers.is_none() {
        checks.required("identifiers", None, 1);
    }
    let given = input.email.as_deref().is_some_and(|email| !email.trim().is_empty());
    let email = match &link.contact_email {
        Some(email) => email.clone(),
        None if given => checks.email("email", input.email.as_deref()),
        None => String::new(),
    };
    let account_label = identifiers.as_ref().and_then(|members| account_label(country.as_deref(), members));
    let mut details = PayeeDetails {
        email,
        first_name: checks.required("first_name", input.first_name.as_deref(), 100),
        last_name: checks.required("last_name", input.last_name.as_deref(), 100),
        country,
        phone: link.contact_phone.clone(),
        identifiers: identifiers.map(|members| serde_json::Value::Object(members).to_string()),
        account_label,
        metadata: None,
        fingerprint: String::new(),
    };
    checks.done()?;
    accounts::seal_details(&desk.keys, &mut details);
    Ok(details)
}

fn recipient(visit: &Visit, link: &PayoutLink) -> Caller {
    let who = Who::Recipient { link_id: link.id, client_id: link.client_id, name: link.contact_name.clone() };
    Caller { who, via: visit.via, ip: visit.ip.clone(), request_id: visit.request_id.clone() }
}

/// A secret for the address of a new link.
pub fn new_token(keys: &Keys) -> LinkToken {
    let secret = secrets::short_secret();
    LinkToken { hash: secrets::digest(&secret), sealed: keys.seal(&LINK_TOKEN.purpose(), &secret) }
}

/// Runs a unit on a link and answers the link.
async fn finish(desk: &Desk, unit: Unit) -> Result<Answered<LinkRecord>, Error> {
    let outcome: Outcome = desk.store.run(unit).await?;
    let mut answered = Answered::of(outcome, |done| match done {
        Done::Link(record) => Some(*record),
        _ => None,
    })?;
    if answered.replayed {
        // What is remembered of the first outcome holds no secret.
        let mut reader = desk.store.read().await?;
        let record = rows::record(&mut reader, answered.value.link.id).await?.ok_or(Error::Internal)?;
        answered.value.link.token_sealed = record.link.token_sealed;
    }
    Ok(answered)
}
