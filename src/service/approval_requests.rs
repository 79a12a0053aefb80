//! Requests for what a rule wants approved first: asking, answering, and what has been said so far.

pub mod rare;

use super::approval_rules::{Expected, expected, expected_by};
use super::idempotency::{Answered, key};
use super::payouts::note;
use super::{Desk, audit_only, credentials, permit, permit_on};
use crate::domain::approval::{
    Act, Approval, Need, Person, Request, RequestState, Verb, needed, needed_of, reversal_amounts,
};
use crate::domain::audit::Entry;
use crate::domain::batch::Batch;
use crate::domain::books::approvals::FixedNeed;
use crate::domain::caller::{Caller, Via};
use crate::domain::command::{AnswerRequest, Ask, Command, Done, Unit};
use crate::domain::ids::{ApprovalRequestId, ClientId};
use crate::domain::maker::Maker;
use crate::domain::money::Money;
use crate::domain::payout::{Payout, Refusal, Rule};
use crate::domain::staff::{Operation, allows};
use crate::error::Error;
use crate::store::approval_requests::{self as rows, RequestFilter, RequestLine};
use crate::store::{Reader, approval_rules, batches};

/// One yes, and whether it still counts.
#[derive(Debug, Clone)]
pub struct Given {
    pub approval: Approval,
    pub counts: bool,
}

/// How far something that waits has come.
#[derive(Debug, Clone)]
pub struct Standing {
    pub need: Need,
    pub given: Vec<Given>,
    /// The names of those who can still approve it, in order.
    pub who: Vec<String>,
    /// The number of what is shown.
    pub shown: i64,
    /// Everybody enabled who may do more than look.
    people: Vec<Person>,
}

/// A request with what may be done about it by this caller.
#[derive(Debug, Clone)]
pub struct Shown {
    pub request: Request,
    pub standing: Standing,
    /// Whether the caller may approve it now, or why not.
    pub decide: Result<(), Refusal>,
    /// Whether the caller may take it back: it is theirs.
    pub own: bool,
}

impl Standing {
    /// How many have said yes, and still count.
    pub fn count(&self) -> i64 {
        self.given.iter().filter(|given| given.counts).count() as i64
    }
}

/// Asks for what a rule wants approved first. Refused at once when nobody could approve it.
pub async fn ask(
    desk: &Desk,
    caller: &Caller,
    act: Act,
    idempotency_key: Option<&str>,
) -> Result<Answered<Request>, Error> {
    match (act.payout_id(), act.link_id()) {
        (Some(id), _) => permit_on(desk, caller, act.operation(), id).await?,
        (None, Some(id)) => permit_on(desk, caller, act.operation(), id).await?,
        (None, None) => permit(desk, caller, act.operation()).await?,
    }
    let text = serde_json::to_string(&act).map_err(|_| Error::Internal)?;
    let key = key(caller, "approval.ask", idempotency_key, &text)?;
    let command = Command::Ask(Box::new(Ask { act }));
    run(desk, Unit { caller: caller.clone(), key, command, item: None }).await
}

/// A yes or a no. The last yes does what was asked for; whoever asked may take it back.
pub async fn answer(
    desk: &Desk,
    caller: &Caller,
    id: ApprovalRequestId,
    approve: bool,
    text: Option<&str>,
    version: Option<i64>,
    idempotency_key: Option<&str>,
) -> Result<Answered<Request>, Error> {
    let mut reader = desk.store.read().await?;
    let request = rows::get(&mut reader, id).await?;
    drop(reader);
    let own = request.as_ref().is_some_and(|request| is_own(caller, request));
    if approve || !own {
        permit_on(desk, caller, Operation::DecideRequests, id).await?;
    }
    let request = request.filter(|request| may_see(caller, request)).ok_or(Error::NotFound("Request"))?;
    if approve && request.verb == Verb::NewCredential && caller.credential().is_some() {
        let refusal = Refusal::new(Rule::Forbidden, "A program does not let programs in.")
            .instead("People approve that, on the pages of the desk.");
        let entry = Entry::done(caller, desk.clock.now(), "approval.approve").about(id).refused(&refusal);
        audit_only(desk, entry).await?;
        return Err(refusal.into());
    }
    let note = note("note", text)?;
    let act = request.act().ok_or(Error::Internal)?;
    if act.command().is_none() {
        return rare::answer(desk, caller, id, act, (approve, note, version), idempotency_key).await;
    }
    let key = key(caller, &format!("approval.answer:{id}"), idempotency_key, &(id, approve, &note))?;
    let answer = AnswerRequest { request_id: id, approve, note, version, act };
    let command = Command::AnswerRequest(Box::new(answer));
    let answered = run(desk, Unit { caller: caller.clone(), key, command, item: None }).await?;
    desk.wake.notify_one();
    Ok(answered)
}

/// One request, and what may be done about it.
pub async fn show(desk: &Desk, caller: &Caller, id: ApprovalRequestId) -> Result<Shown, Error> {
    permit_on(desk, caller, Operation::ReadPayouts, id).await?;
    let mut reader = desk.store.read().await?;
    let request = rows::get(&mut reader, id).await?.filter(|request| may_see(caller, request));
    let request = request.ok_or(Error::NotFound("Request"))?;
    let by_rules = match request.act() {
        Some(Act::StartBatch { batch_id, .. }) => match batches::find(&mut reader, batch_id).await? {
            Some(batch) => needs_of_batch(&mut reader, &batch).await?,
            None => None,
        },
        _ => request.needs(&approval_rules::standing(&mut reader, request.verb).await?),
    };
    let need = by_rules.into_iter().fold(request.need(), Need::and);
    let standing = standing_by(&mut reader, &id.to_string(), need, &request.maker(), 0).await?;
    let may = || match allows(caller, Operation::DecideRequests) {
        true => Ok(()),
        false => Err(Refusal::new(Rule::Forbidden, "Your role does not allow you to approve requests.")
            .instead("Ask someone whose role does.")),
    };
    let decide = request.check_open().and_then(|()| standing.check(caller, &request.maker())).and_then(|()| may());
    let own = is_own(caller, &request);
    Ok(Shown { request, standing, decide, own })
}

/// Those that wait for the same, the oldest first.
pub async fn waiting_for(desk: &Desk, caller: &Caller, subject_id: &str) -> Result<Vec<Request>, Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    let mut reader = desk.store.read().await?;
    Ok(rows::open_of(&mut reader, subject_id).await?)
}

/// Which requests are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub state: Option<RequestState>,
    pub verb: Option<Verb>,
    pub before: Option<ApprovalRequestId>,
}

/// Those in the caller's sight, newest first.
pub async fn list(desk: &Desk, caller: &Caller, wanted: &Wanted, limit: usize) -> Result<Vec<RequestLine>, Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    let Wanted { state, verb, before } = *wanted;
    let filter = RequestFilter { client: caller.client(), id: None, state, verb, before };
    let mut reader = desk.store.read().await?;
    Ok(rows::list(&mut reader, &filter, limit as i64).await?)
}

/// One in the caller's sight.
pub async fn get(desk: &Desk, caller: &Caller, id: ApprovalRequestId) -> Result<RequestLine, Error> {
    permit_on(desk, caller, Operation::ReadPayouts, id).await?;
    line(desk, caller, id).await
}

/// A yes or a no, as [`answer`]; whoever may give it may see what came of it.
pub async fn decide(
    desk: &Desk,
    caller: &Caller,
    id: ApprovalRequestId,
    (approve, note): (bool, Option<&str>),
    version: Option<i64>,
    idempotency_key: Option<&str>,
) -> Result<Answered<RequestLine>, Error> {
    let answered = answer(desk, caller, id, approve, note, version, idempotency_key).await?;
    let value = line(desk, caller, id).await?;
    Ok(Answered { value, repeated: answered.repeated, replayed: answered.replayed })
}

async fn line(desk: &Desk, caller: &Caller, id: ApprovalRequestId) -> Result<RequestLine, Error> {
    let filter = RequestFilter { client: caller.client(), id: Some(id), ..RequestFilter::default() };
    let mut reader = desk.store.read().await?;
    rows::list(&mut reader, &filter, 1).await?.pop().ok_or(Error::NotFound("Request"))
}

/// Whether it is theirs to take back: a program takes back nothing, because only people ask.
fn is_own(caller: &Caller, request: &Request) -> bool {
    caller.credential().is_none() && caller.person() == Some(request.maker_staff_id)
}

/// A program sees what is about its client.
fn may_see(caller: &Caller, request: &Request) -> bool {
    caller.client().is_none_or(|own| request.client_id == Some(own))
}

/// Those that have ended, newest first, older than `before`; and where older ones start.
pub async fn ended(
    desk: &Desk,
    caller: &Caller,
    before: Option<ApprovalRequestId>,
    limit: usize,
) -> Result<(Vec<Request>, Option<ApprovalRequestId>), Error> {
    permit(desk, caller, Operation::ReadPayouts).await?;
    let mut reader = desk.store.read().await?;
    let mut found = rows::ended(&mut reader, before, limit as i64 + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let older = found.last().map(|request| request.id).filter(|_| more);
    Ok((found, older))
}

/// Ends requests whose time is over; answers whether there may be more.
pub async fn expire(desk: &Desk) -> Result<bool, Error> {
    const AT_ONCE: i64 = 100;
    let mut reader = desk.store.read().await?;
    if !rows::any_due(&mut reader, desk.clock.now()).await? {
        return Ok(false);
    }
    drop(reader);
    let expired = desk.store.write(|tx| {
        Box::pin(async move {
            let ended = rows::expire(tx, AT_ONCE).await?;
            let caller = Caller::system(Via::Job, "");
            for one in &ended {
                tx.audit(Entry::done(&caller, tx.now(), "approval.expire").about(&one.id));
                if let Ok(act) = serde_json::from_str::<Act>(&one.act) {
                    credentials::undo(tx, &caller, &act).await?;
                }
            }
            Ok(ended.len())
        })
    });
    let expired = expired.await?;
    // A credential that was not approved is revoked.
    desk.access.forget();
    Ok(expired as i64 == AT_ONCE)
}

/// How far a payout, payout link or request has come: `fixed` when it was made, or one approver, and what rules ask for
/// now.
pub(super) async fn standing(
    reader: &mut Reader,
    subject_id: &str,
    fixed: Option<Need>,
    maker: &Maker,
    (verb, client, amount): (Verb, Option<ClientId>, Option<Money>),
    shown: i64,
) -> Result<Standing, Error> {
    let rules = approval_rules::standing(reader, verb).await?;
    let fixed = match fixed {
        Some(need) => need,
        None => rows::need(reader, subject_id).await?.as_ref().map(FixedNeed::need).unwrap_or_default(),
    };
    let need = needed(&rules, verb, client, amount).into_iter().fold(fixed, Need::and);
    standing_by(reader, subject_id, need, maker, shown).await
}

/// The same where it is known what is needed.
async fn standing_by(
    reader: &mut Reader,
    subject_id: &str,
    need: Need,
    maker: &Maker,
    shown: i64,
) -> Result<Standing, Error> {
    let people = approval_rules::people(reader).await?;
    let counts = |approval: &Approval| {
        approval.shown == shown && people.iter().any(|one| one.id == approval.staff_id && one.role >= need.role)
    };
    let given = rows::given(reader, subject_id).await?;
    let given: Vec<Given> = given.into_iter().map(|approval| Given { counts: counts(&approval), approval }).collect();
    let who = need.who(&people, maker).into_iter();
    let who = who
        .filter(|person| !given.iter().any(|given| given.approval.shown == shown && given.approval.is_of(person.id)))
        .map(|person| person.name.clone())
        .collect();
    Ok(Standing { need, given, who, shown, people })
}

impl Standing {
    /// Whether the caller may say yes to what is shown, or why not: by the same rules as the unit.
    pub fn check(&self, caller: &Caller, maker: &Maker) -> Result<(), Refusal> {
        let given: Vec<Approval> = self.given.iter().map(|given| given.approval.clone()).collect();
        self.need.count(caller, maker, &self.people, &given, self.shown).map(|_| ())
    }
}

async fn run(desk: &Desk, unit: Unit) -> Result<Answered<Request>, Error> {
    Answered::of(desk.store.run(unit).await?, |done| match done {
        Done::Request(request) => Some(*request),
        _ => None,
    })
}

/// What has to be approved before the caller reverses so much of a payout, told before they ask.
pub async fn needed_to_reverse(
    desk: &Desk,
    caller: &Caller,
    payout: &Payout,
    amount: Money,
) -> Result<Option<Expected>, Error> {
    let mut reader = desk.store.read().await?;
    let rules = approval_rules::standing(&mut reader, Verb::Reverse).await?;
    let amounts = reversal_amounts(payout, amount.minor);
    let need = needed_of(&rules, Verb::Reverse, Some(payout.client_id), amounts);
    expected_by(&mut reader, need, &Maker::of(caller)).await
}

/// What has to be approved before the caller starts a batch, told before they do.
pub async fn needed_to_start(desk: &Desk, caller: &Caller, batch: &Batch) -> Result<Option<Expected>, Error> {
    let mut reader = desk.store.read().await?;
    let need = needs_of_batch(&mut reader, batch).await?;
    expected_by(&mut reader, need, &Maker::of(caller)).await
}

async fn needs_of_batch(reader: &mut Reader, batch: &Batch) -> Result<Option<Need>, Error> {
    let mut rules = approval_rules::standing(reader, Verb::Batch).await?;
    if let Some(verb) = batch.verb.ruled_by() {
        rules.extend(approval_rules::standing(reader, verb).await?);
    }
    Ok(batch.needs(&rules))
}

/// The same of an act on a reader.
pub(super) async fn needs(
    reader: &mut Reader,
    caller: &Caller,
    verb: Verb,
    client: ClientId,
    amount: Money,
) -> Result<Option<Expected>, Error> {
    expected(reader, &Maker::of(caller), verb, Some(client), Some(amount)).await
}
