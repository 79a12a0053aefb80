//! Approval rules: making and ending them, and what they ask for, told before anything is asked.

use super::fields::Fields;
use super::{Desk, permit};
use crate::domain::approval::{ApprovalRule, MOST_PEOPLE, Need, Person, Verb, needed, needed_to_create};
use crate::domain::audit::Entry;
use crate::domain::caller::Caller;
use crate::domain::ids::{ApprovalRuleId, ClientId, StaffId};
use crate::domain::maker::Maker;
use crate::domain::money::Money;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::second_admin::Admins;
use crate::domain::staff::{Operation, Role};
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::store::approval_rules::{self as rows, MOST_RULES, RuleLine};
use crate::store::{Reader, Tx, second_admin, wallets};

/// How many rules that ended the page shows.
const ENDED: i64 = 20;

/// A rule as typed; the amount in major units of its currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleInput {
    pub verb: String,
    /// The client's number; blank for any.
    pub client: String,
    /// Blank for any.
    pub currency: String,
    /// From this amount on; blank for any.
    pub from: String,
    pub people: String,
    pub role: String,
}

/// What to try the rules on, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TestInput {
    pub verb: String,
    pub client: String,
    pub currency: String,
    pub amount: String,
    /// The id of who asks.
    pub asker: String,
}

/// What rules ask for, and who can give it.
#[derive(Debug, Clone)]
pub struct Expected {
    pub need: Need,
    /// The names of those who can approve it, in order.
    pub who: Vec<String>,
    /// Nobody, or too few, can.
    pub refusal: Option<Refusal>,
}

/// What the rules say to one question.
#[derive(Debug, Clone)]
pub struct Tested {
    pub expected: Option<Expected>,
    /// Those that apply.
    pub rules: Vec<RuleLine>,
}

/// What is done about the end of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Asked for; done at once where there is no other admin.
    Ask,
    /// Agreed by another admin.
    Confirm,
    /// The rule stays.
    Keep,
}

/// Those that stand, and those that ended last.
pub async fn list(desk: &Desk, caller: &Caller) -> Result<Vec<RuleLine>, Error> {
    permit(desk, caller, Operation::ManageRules).await?;
    let mut reader = desk.store.read().await?;
    Ok(rows::list(&mut reader, ENDED).await?)
}

pub async fn get(desk: &Desk, caller: &Caller, id: ApprovalRuleId) -> Result<RuleLine, Error> {
    permit(desk, caller, Operation::ManageRules).await?;
    let mut reader = desk.store.read().await?;
    rows::get(&mut reader, id).await?.ok_or(Error::NotFound("Approval rule"))
}

/// Everybody enabled who may do more than look, by name.
pub async fn people(desk: &Desk, caller: &Caller) -> Result<Vec<Person>, Error> {
    permit(desk, caller, Operation::ManageRules).await?;
    let mut reader = desk.store.read().await?;
    Ok(rows::people(&mut reader).await?)
}

/// Makes a rule; one more can only make things stricter, so an admin does it alone. The same rule is not made twice.
pub async fn make(desk: &Desk, caller: &Caller, input: &RuleInput) -> Result<ApprovalRuleId, Error> {
    permit(desk, caller, Operation::ManageRules).await?;
    let rule = check(desk, caller, input).await?;
    let caller = caller.clone();
    let made = desk.store.write(move |tx| {
        let (rule, caller) = (rule.clone(), caller.clone());
        Box::pin(async move { insert(tx, &caller, rule).await })
    });
    Ok(made.await??)
}

async fn insert(
    tx: &mut Tx<'_>,
    caller: &Caller,
    mut rule: ApprovalRule,
) -> Result<Result<ApprovalRuleId, Refusal>, sqlx::Error> {
    rule.id = tx.mint().next();
    let mut entry = Entry::done(caller, tx.now(), "approval_rule.make").because(Some(words(&rule)));
    entry.client_id = rule.client_id;
    let alike = |other: &ApprovalRule| {
        (other.client_id, other.currency, other.from_minor, other.people, other.role)
            == (rule.client_id, rule.currency, rule.from_minor, rule.people, rule.role)
    };
    if let Some(there) = rows::standing_now(tx, rule.verb).await?.into_iter().find(alike) {
        return Ok(Ok(there.id));
    }
    if rows::count(tx).await? >= MOST_RULES {
        let refusal = Refusal::new(Rule::WrongState, format!("There are {MOST_RULES} rules already."))
            .instead("End one that is no longer needed.");
        tx.audit(entry.refused(&refusal));
        return Ok(Err(refusal));
    }
    rows::insert(tx, &rule).await?;
    tx.audit(entry.about(rule.id));
    Ok(Ok(rule.id))
}

/// Asks for the end of a rule, agrees to it, or keeps the rule. Ending one loosens what people relied on, so it takes a
/// second admin's agreement.
pub async fn end(
    desk: &Desk,
    caller: &Caller,
    id: ApprovalRuleId,
    ending: Ending,
    version: Option<i64>,
) -> Result<RuleLine, Error> {
    permit(desk, caller, Operation::ManageRules).await?;
    let who = caller.person().ok_or(Error::Forbidden)?;
    let writer = caller.clone();
    let ended = desk.store.write(move |tx| {
        let caller = writer.clone();
        Box::pin(async move { change(tx, &caller, who, id, ending, version).await })
    });
    match ended.await? {
        Some(result) => result?,
        None => return Err(Error::NotFound("Approval rule")),
    }
    get(desk, caller, id).await
}

async fn change(
    tx: &mut Tx<'_>,
    caller: &Caller,
    who: StaffId,
    id: ApprovalRuleId,
    ending: Ending,
    version: Option<i64>,
) -> Result<Option<Result<(), Refusal>>, sqlx::Error> {
    let Some(mut rule) = rows::find(tx, id).await? else { return Ok(None) };
    let now = tx.now();
    let admins = second_admin::now(tx).await?;
    let alone = admins.is_alone(who);
    let action = match ending {
        Ending::Ask if alone => "approval_rule.end",
        Ending::Ask => "approval_rule.ask_to_end",
        Ending::Confirm => "approval_rule.end",
        Ending::Keep => "approval_rule.keep",
    };
    let mut entry = Entry::done(caller, now, action).about(id).because(Some(words(&rule)));
    entry.client_id = rule.client_id;
    if let Err(refusal) = may_end(&rule, &admins, who, ending, version) {
        tx.audit(entry.refused(&refusal));
        return Ok(Some(Err(refusal)));
    }
    rule.version += 1;
    match ending {
        Ending::Ask if !alone => (rule.end_asked_by, rule.end_asked_at) = (Some(who), Some(now)),
        Ending::Ask | Ending::Confirm => (rule.ended_by, rule.ended_at) = (Some(who), Some(now)),
        Ending::Keep => (rule.end_asked_by, rule.end_asked_at) = (None, None),
    }
    rows::update(tx, &rule).await?;
    tx.audit(entry);
    Ok(Some(Ok(())))
}

/// Whether that may be done about the end of a rule now.
fn may_end(
    rule: &ApprovalRule,
    admins: &Admins,
    who: StaffId,
    ending: Ending,
    version: Option<i64>,
) -> Result<(), Refusal> {
    let refuse = |rule, reason: &str| Err(Refusal::new(rule, reason));
    if rule.ended_at.is_some() {
        return refuse(Rule::WrongState, "The rule has ended already.");
    }
    match (ending, rule.end_asked_by) {
        (Ending::Ask, Some(_)) => return refuse(Rule::WrongState, "Its end has been asked for already."),
        (Ending::Confirm | Ending::Keep, None) => return refuse(Rule::WrongState, "Nobody has asked for its end."),
        (Ending::Ask, None) if !admins.is_alone(who) => admins.check_ask(who)?,
        (Ending::Confirm, Some(asker)) => admins.check_agree(asker, who)?,
        _ => {}
    }
    match version {
        Some(seen) if seen != rule.version => Err(Refusal::new(Rule::Stale, "It changed while you were reading.")
            .instead("Look at the new facts, then decide again.")),
        _ => Ok(()),
    }
}

/// What rules ask for before somebody does this, and who can give it; nothing when no rule does.
pub(super) async fn expected(
    reader: &mut Reader,
    maker: &Maker,
    verb: Verb,
    client: Option<ClientId>,
    amount: Option<Money>,
) -> Result<Option<Expected>, Error> {
    let rules = rows::standing(reader, verb).await?;
    expected_by(reader, needed(&rules, verb, client, amount), maker).await
}

/// The same where it is known what rules ask for.
pub(super) async fn expected_by(
    reader: &mut Reader,
    need: Option<Need>,
    maker: &Maker,
) -> Result<Option<Expected>, Error> {
    match need {
        Some(need) => Ok(Some(expect(reader, need, maker).await?)),
        None => Ok(None),
    }
}

/// The same for a new payout or payout link: the wallet's limit asks, too.
pub(super) async fn expected_to_create(
    reader: &mut Reader,
    maker: &Maker,
    wallet: &Wallet,
    amount: Money,
) -> Result<Option<Expected>, Error> {
    let rules = rows::standing(reader, Verb::Create).await?;
    expected_by(reader, needed_to_create(&rules, wallet, amount.minor), maker).await
}

async fn expect(reader: &mut Reader, need: Need, maker: &Maker) -> Result<Expected, Error> {
    let people = rows::people(reader).await?;
    let who = need.who(&people, maker).into_iter().map(|person| person.name.clone()).collect();
    let refusal = need.check_possible(&people, maker).err();
    Ok(Expected { need, who, refusal })
}

/// Tries the rules on a question: what applies, and who could approve it. A wallet's own limit is not looked at.
pub async fn test(desk: &Desk, caller: &Caller, input: &TestInput) -> Result<Tested, Error> {
    permit(desk, caller, Operation::ManageRules).await?;
    let mut checks = Fields::default();
    let verb = verb(&mut checks, "verb", &input.verb);
    let client = client(desk, &mut checks, "client", &input.client).await?;
    let has_amount = verb.is_some_and(Verb::has_amount);
    let amount = match (has_amount, input.amount.trim().is_empty()) {
        (true, false) => {
            let currency = checks.currency("currency", Some(&input.currency));
            checks.amount("amount", Some(&input.amount), currency)
        }
        _ => None,
    };
    let asker: Option<StaffId> = checks.parsed("asker", Some(&input.asker), "one of the staff");
    checks.done()?;
    let verb = verb.ok_or(Error::Internal)?;
    let mut reader = desk.store.read().await?;
    // Nobody in particular: then everybody of the role can.
    let expected = expected(&mut reader, &Maker::alone(asker), verb, client, amount).await?;
    let mut rules = rows::list(&mut reader, 0).await?;
    rules.retain(|line| line.rule.matches(verb, client, amount));
    Ok(Tested { expected, rules })
}

async fn check(desk: &Desk, caller: &Caller, input: &RuleInput) -> Result<ApprovalRule, Error> {
    let mut checks = Fields::default();
    let verb = verb(&mut checks, "verb", &input.verb);
    let client_id = client(desk, &mut checks, "client", &input.client).await?;
    let has_amount = verb.is_none_or(Verb::has_amount);
    let (given_currency, given_from) = (!input.currency.trim().is_empty(), !input.from.trim().is_empty());
    let mut currency = None;
    let mut from = None;
    if has_amount {
        if given_currency {
            currency = checks.currency("currency", Some(&input.currency));
        }
        if given_from && !given_currency {
            checks.wrong("currency", "is required with an amount: amounts are compared in one currency");
        } else if given_from {
            from = checks.amount("from", Some(&input.from), currency);
        }
    } else if given_currency || given_from {
        let field = if given_from { "from" } else { "currency" };
        checks.wrong(field, "must stay blank: this is about no amount");
    }
    let people = input.people.trim().parse::<i64>().ok().filter(|people| (1..=MOST_PEOPLE).contains(people));
    if people.is_none() {
        checks.wrong("people", format!("must be a number from 1 to {MOST_PEOPLE}"));
    }
    let role = Role::from_name(input.role.trim()).filter(|role| *role >= Role::Approver);
    if role.is_none() {
        checks.wrong("role", "must be approver or admin");
    }
    checks.done()?;
    let (Some(verb), Some(people), Some(role), Some(made_by)) = (verb, people, role, caller.person()) else {
        return Err(Error::Internal);
    };
    Ok(ApprovalRule {
        id: crate::domain::ids::Id::first_at(0),
        verb,
        client_id,
        currency,
        from_minor: from.map(|from| from.minor),
        people,
        role,
        made_by,
        end_asked_by: None,
        end_asked_at: None,
        ended_by: None,
        ended_at: None,
        version: 1,
    })
}

fn verb(checks: &mut Fields, field: &'static str, name: &str) -> Option<Verb> {
    let verb = Verb::from_name(name.trim());
    if verb.is_none() {
        checks.wrong(field, "is required: choose one");
    }
    verb
}

async fn client(
    desk: &Desk,
    checks: &mut Fields,
    field: &'static str,
    number: &str,
) -> Result<Option<ClientId>, Error> {
    let Some(number) = checks.parsed::<i64>(field, Some(number), "one of the clients") else { return Ok(None) };
    let mut reader = desk.store.read().await?;
    let found = wallets::client_by_number(&mut reader, number).await?;
    if found.is_none() {
        checks.wrong(field, "must be one of the clients");
    }
    Ok(found.map(|client| client.id))
}

/// A rule in words for the audit log.
fn words(rule: &ApprovalRule) -> String {
    let need = Need { people: rule.people, role: rule.role, rules: Vec::new() };
    let amount = match (rule.from(), rule.currency) {
        (Some(from), _) => format!(", from {from}"),
        (None, Some(currency)) => format!(", in {}", currency.code()),
        (None, None) => String::new(),
    };
    let client = rule.client_id.map_or_else(|| "any client".to_owned(), |client| client.to_string());
    format!("{}, {client}{amount}: {}", rule.verb.words(), need.words())
}
