//! Payout links: make, find, cancel, replace, extend, decide; and what a recipient does with one.

pub(in crate::service) mod input;
mod requested;

pub use self::input::{ClaimInput, LinkInput};
use self::input::{details, moment, parse};
pub use self::requested::{RequestedLink, reason, request};
use super::approval_requests::{self, Standing};
use super::approval_rules::{Expected, expected_to_create};
use super::fields::Fields;
use super::idempotency::{Answered, key};
use super::payouts::note;
use super::sign_in::Visit;
use super::{Desk, permit, permit_on, secrets};
use crate::domain::approval::{Request, Verb};
use crate::domain::caller::{Caller, Who};
use crate::domain::command::{
    CancelLink, ClaimLink, Command, CreateLink, DecideLink, DeclineLink, Done, ExtendLink, LinkRecord, LinkToken,
    NewLink, Outcome, PayoutRecord, ReplaceLink, ResendLink, Unit,
};
use crate::domain::freeze::{Freezes, Stop};
use crate::domain::ids::PayoutLinkId;
use crate::domain::maker::Maker;
use crate::domain::payout::{Payout, Refusal, Rule, State as PayoutState};
use crate::domain::payout_link::{LinkPolicy, PayoutLink, State, Step};
use crate::domain::plan::{LinkEffect, link_cancel_effect};
use crate::domain::staff::{Operation, allows};
use crate::error::Error;
use crate::keys::Keys;
use crate::store::approval_requests::open_of;
use crate::store::freezes;
use crate::store::payout_links::{self as rows, LinkDetail};
use crate::store::payouts as payout_rows;
use crate::store::sealed::LINK_TOKEN;
use crate::store::{Reader, wallets};

/// One payout link with what may be done to it by this caller.
#[derive(Debug, Clone)]
pub struct Shown {
    pub detail: LinkDetail,
    pub acts: Acts,
    /// The address that recipients open. Whoever has it can claim the link.
    pub address: String,
    /// What a freeze keeps from happening next.
    pub frozen: Option<Refusal>,
    /// How far the approval has come, while it waits for one.
    pub approval: Option<Standing>,
    /// What rules ask for before it is cancelled.
    pub cancel_needs: Option<Expected>,
    /// Another one in its place would wait for approval.
    pub replacement_waits: bool,
    /// What waits for approval before it is done to it.
    pub requests: Vec<Request>,
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
    /// A freeze holds it, so that it cannot be claimed now, or its payout waits.
    pub held: bool,
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
    let token = new_token(&desk.keys);
    let command = Command::CreateLink(Box::new(CreateLink { new, token, open_for: None, may_fail: false }));
    finish(desk, Unit { caller: caller.clone(), key, command, item: None }).await
}

/// One payout link in the caller's sight.
pub async fn get(desk: &Desk, caller: &Caller, id: PayoutLinkId) -> Result<LinkRecord, Error> {
    permit_on(desk, caller, Operation::ReadLinks, id).await?;
    let mut reader = desk.store.read().await?;
    let record = rows::record(&mut reader, id).await?;
    record.filter(|record| caller.may_see(record.link.client_id)).ok_or(Error::NotFound("Payout link"))
}

/// One link with its history, ledger and what may be done to it, as one snapshot.
pub async fn show(desk: &Desk, caller: &Caller, id: PayoutLinkId) -> Result<Shown, Error> {
    permit_on(desk, caller, Operation::ReadLinks, id).await?;
    let mut reader = desk.store.read().await?;
    let detail = rows::detail(&mut reader, id)
        .await?
        .filter(|detail| caller.may_see(detail.record.link.client_id))
        .ok_or(Error::NotFound("Payout link"))?;
    let mut acts = acts(caller, &detail, desk.clock.now());
    let address = address(desk, &detail.record.link)?;
    let stop = match detail.record.link.state {
        State::Pending => Some(Stop::Approve),
        State::Issued => Some(Stop::Claim),
        _ => None,
    };
    let freezes = Freezes(freezes::active(&mut reader).await?);
    let check = |stop| freezes.check_link(&detail.record.link, &detail.wallet.rail, stop).err();
    let frozen = stop.and_then(check);
    let link = &detail.record.link;
    let (client, amount, text) = (link.client_id, link.amount(), id.to_string());
    let mut approval = None;
    if link.state == State::Pending {
        let about = (Verb::Create, Some(client), Some(amount));
        let now = approval_requests::standing(&mut reader, &text, None, &link.maker(), about, 0).await?;
        acts.decide = acts.decide.and_then(|()| now.check(caller, &link.maker()));
        approval = Some(now);
    }
    let cancel_needs = match acts.cancel.is_ok() || acts.replace.is_ok() {
        true => approval_requests::needs(&mut reader, caller, Verb::Cancel, client, amount).await?,
        false => None,
    };
    if let (Ok(()), Some(needs)) = (&acts.replace, &cancel_needs) {
        let words = format!("Replacing cancels it, and a rule asks {} to approve that first.", needs.need.words());
        acts.replace = Err(Refusal::new(Rule::NeedsApproval, words).instead("Cancel it, then make another one."));
    }
    let replacement = expected_to_create(&mut reader, &Maker::of(caller), &detail.wallet, amount).await?;
    let requests = open_of(&mut reader, &text).await?;
    let replacement_waits = replacement.is_some();
    Ok(Shown { detail, acts, address, frozen, approval, cancel_needs, replacement_waits, requests })
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
    permit_on(desk, caller, Operation::CancelLink, id).await?;
    let reason = note("reason", reason)?;
    let key = key(caller, &format!("payout_link.cancel:{id}"), idempotency_key, &(id, &reason))?;
    let command = Command::CancelLink(CancelLink { link_id: id, policy, reason, version });
    finish(desk, Unit { caller: caller.clone(), key, command, item: None }).await
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
    permit_on(desk, caller, Operation::MakeLink, id).await?;
    permit_on(desk, caller, Operation::CancelLink, id).await?;
    let reason = note("reason", reason)?;
    let key = key(caller, &format!("payout_link.replace:{id}"), idempotency_key, &(id, &reason))?;
    let command = Command::ReplaceLink(ReplaceLink { link_id: id, reason, version, token: new_token(&desk.keys) });
    finish(desk, Unit { caller: caller.clone(), key, command, item: None }).await
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
    permit_on(desk, caller, Operation::MakeLink, id).await?;
    let mut checks = Fields::default();
    checks.required("expire_by", expire_by, 40);
    let end = moment(&mut checks, "expire_by", expire_by);
    checks.done()?;
    let expire_by = end.ok_or(Error::Internal)?;
    let key = key(caller, &format!("payout_link.extend:{id}"), idempotency_key, &(id, expire_by))?;
    let command = Command::ExtendLink(ExtendLink { link_id: id, expire_by, version });
    finish(desk, Unit { caller: caller.clone(), key, command, item: None }).await
}

/// Sends the address to the recipient again, to the email address and phone number on file.
pub async fn resend(
    desk: &Desk,
    caller: &Caller,
    id: PayoutLinkId,
    version: Option<i64>,
    idempotency_key: Option<&str>,
) -> Result<Answered<LinkRecord>, Error> {
    permit_on(desk, caller, Operation::MakeLink, id).await?;
    let key = key(caller, &format!("payout_link.resend:{id}"), idempotency_key, &id)?;
    let command = Command::ResendLink(ResendLink { link_id: id, version });
    let answered = finish(desk, Unit { caller: caller.clone(), key, command, item: None }).await?;
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
    permit_on(desk, caller, Operation::DecideLink, id).await?;
    let note = note("note", text)?;
    let key = key(caller, &format!("payout_link.decide:{id}"), idempotency_key, &(id, approve, &note))?;
    let command = Command::DecideLink(DecideLink { link_id: id, approve, note, version });
    finish(desk, Unit { caller: caller.clone(), key, command, item: None }).await
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
    let held = held(&mut reader, &record.link, payout.as_ref().map(|record| &record.payout)).await?;
    Ok(Opened { record, claim, payout, held })
}

/// Whether a freeze keeps the link from being claimed, or the payout of its claim from being handed over. Who is paid
/// is known only then, so the claim itself may still find that they are frozen.
async fn held(reader: &mut Reader, link: &PayoutLink, payout: Option<&Payout>) -> Result<bool, Error> {
    let freezes = Freezes(freezes::active(reader).await?);
    if freezes.0.is_empty() {
        return Ok(false);
    }
    if let Some(payout) = payout {
        let waits = matches!(payout.state, PayoutState::Created | PayoutState::Queued);
        return Ok(waits && freezes.of_payout(payout).is_some());
    }
    let rail = wallets::by_id(reader, link.wallet_id).await?.map(|wallet| wallet.rail).unwrap_or_default();
    Ok(freezes.of_link(link, &rail).is_some())
}

/// The recipient gives their details and is paid: the link's hold becomes that of a queued payout in one unit.
///
/// Of a claim and a cancel at the same instant one wins; the other is told what happened, in the refusal's `state`.
/// A repeat with the same key and details gets the first outcome.
pub async fn claim(
    desk: &Desk,
    visit: &Visit,
    token: &str,
    input: &ClaimInput,
    idempotency_key: Option<&str>,
) -> Result<LinkRecord, Error> {
    let link = by_token(desk, token).await?.record.link;
    claim_link(desk, visit, link, input, idempotency_key).await
}

/// The same of a link that was found already.
pub(super) async fn claim_link(
    desk: &Desk,
    visit: &Visit,
    link: PayoutLink,
    input: &ClaimInput,
    idempotency_key: Option<&str>,
) -> Result<LinkRecord, Error> {
    let details = details(desk, &link, input)?;
    let caller = recipient(visit, &link);
    let key = key(&caller, &format!("payout_link.claim:{}", link.id), idempotency_key, &details)?;
    let queue_delay = desk.config.sandbox_delay;
    let command = Command::ClaimLink(Box::new(ClaimLink { link_id: link.id, details, queue_delay }));
    let answered = finish(desk, Unit { caller, key, command, item: None }).await?;
    desk.wake.notify_one();
    Ok(answered.value)
}

/// "This is not me": the link ends, and what it held is back in the wallet.
pub async fn decline(desk: &Desk, visit: &Visit, token: &str, reason: Option<&str>) -> Result<LinkRecord, Error> {
    let link = by_token(desk, token).await?.record.link;
    let reason = note("reason", reason)?;
    let command = Command::DeclineLink(DeclineLink { link_id: link.id, reason });
    Ok(finish(desk, Unit { caller: recipient(visit, &link), key: None, command, item: None }).await?.value)
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
    let decide = link
        .check(Step::SendBack, now)
        .and_then(|_| link.check_checker(caller))
        .and_then(|()| may(Operation::DecideLink, "approve payout links"));
    Acts {
        cancel: link_cancel_effect(link, &detail.wallet, LinkPolicy::DESK, now)
            .and_then(|effect| may(Operation::CancelLink, "cancel payout links").map(|()| effect)),
        replace: link.check(Step::Replace, now).and_then(|_| may(Operation::MakeLink, "replace payout links")),
        extend: link.check(Step::Extend, now).and_then(|_| may(Operation::MakeLink, "extend payout links")),
        resend: link.check(Step::Resend, now).and_then(|_| may(Operation::MakeLink, "send payout links")),
        decide,
    }
}

pub(super) fn recipient(visit: &Visit, link: &PayoutLink) -> Caller {
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
