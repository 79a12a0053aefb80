//! Approval rules: what needs a yes of how many people, of which role, and who can give it.

mod request;

use serde::{Deserialize, Serialize};

pub use self::request::{Act, Decision, Known, Proposal, Request, RequestState};
use super::caller::{Caller, Who};
use super::ids::{ApprovalRuleId, ClientId, StaffId};
use super::maker::Maker;
use super::money::{Currency, Money};
use super::payout::{Payout, Refusal, Rule};
use super::staff::Role;
use super::wallet::Wallet;

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Making payouts and payout links.
    Create,
    /// Cancelling payouts and payout links, at once or by asking the provider.
    Cancel,
    Reverse,
    /// Starting a batch; its amounts are its sums.
    Batch,
    /// Lifting a freeze.
    Unfreeze,
    /// Booking money into a wallet by hand.
    Adjustment,
    /// A new account of a payee, or one that is switched on again.
    BankDetails,
    /// A new credential of a program, or another secret or certificate of one.
    NewCredential,
}

/// The most people that a rule can ask for.
pub const MOST_PEOPLE: i64 = 5;

/// A rule as it stands. It is never changed, only ended; another one is made in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalRule {
    pub id: ApprovalRuleId,
    pub verb: Verb,
    /// None: of any client.
    pub client_id: Option<ClientId>,
    /// None: in any currency.
    pub currency: Option<Currency>,
    /// From this amount on, in minor units of `currency`; none: any amount.
    pub from_minor: Option<i64>,
    pub people: i64,
    /// The least role of each of them.
    pub role: Role,
    pub made_by: StaffId,
    /// Who wants it to end, until another admin agrees; times in Unix microseconds.
    pub end_asked_by: Option<StaffId>,
    pub end_asked_at: Option<i64>,
    pub ended_by: Option<StaffId>,
    pub ended_at: Option<i64>,
    pub version: i64,
}

/// How many people, of at least which role, and by which rules; no rule stands for the wallet's approval limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    pub people: i64,
    pub role: Role,
    pub rules: Vec<ApprovalRuleId>,
}

/// A person who may approve something: of the enabled staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: StaffId,
    pub name: String,
    pub role: Role,
}

/// One yes. `shown` is a number that changes with what the person saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub subject_id: String,
    pub shown: i64,
    pub staff_id: StaffId,
    /// Who created the credential that said it; counts as having said it, too.
    pub creator_staff_id: Option<StaffId>,
    pub name: String,
    pub note: Option<String>,
    /// In Unix microseconds.
    pub given_at: i64,
}

/// What one more yes comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// With this one.
    pub given: i64,
    pub people: i64,
    /// Who said yes before, and still counts.
    pub before: Vec<String>,
    /// How many said yes to what has changed since.
    pub dead: usize,
}

static ALL: [Verb; 8] = Verb::ALL;

impl Verb {
    pub const ALL: [Verb; 8] = [
        Verb::Create,
        Verb::Cancel,
        Verb::Reverse,
        Verb::Batch,
        Verb::Unfreeze,
        Verb::Adjustment,
        Verb::BankDetails,
        Verb::NewCredential,
    ];

    /// Those that requests are about: payouts, payout links and freezes wait themselves.
    pub const ASKED: [Verb; 6] =
        [Verb::Cancel, Verb::Reverse, Verb::Batch, Verb::Adjustment, Verb::BankDetails, Verb::NewCredential];

    pub fn name(self) -> &'static str {
        match self {
            Verb::Create => "create",
            Verb::Cancel => "cancel",
            Verb::Reverse => "reverse",
            Verb::Batch => "batch",
            Verb::Unfreeze => "unfreeze",
            Verb::Adjustment => "adjustment",
            Verb::BankDetails => "bank_details",
            Verb::NewCredential => "new_credential",
        }
    }

    pub fn from_name(name: &str) -> Option<Verb> {
        Verb::ALL.into_iter().find(|verb| verb.name() == name)
    }

    /// This one in a list.
    pub fn alone(self) -> &'static [Verb] {
        let place = Verb::ALL.iter().position(|verb| *verb == self).unwrap_or(0);
        &ALL[place..=place]
    }

    /// What pages call it.
    pub fn words(self) -> &'static str {
        match self {
            Verb::Create => "New payouts and payout links",
            Verb::Cancel => "Cancelling payouts and payout links",
            Verb::Reverse => "Reversing payouts",
            Verb::Batch => "Starting batches",
            Verb::Unfreeze => "Lifting freezes",
            Verb::Adjustment => "Booking money into wallets",
            Verb::BankDetails => "New accounts of payees",
            Verb::NewCredential => "New credentials and secrets",
        }
    }

    /// Whether it is about an amount in one currency; rules on others name none.
    pub fn has_amount(self) -> bool {
        matches!(self, Verb::Create | Verb::Cancel | Verb::Reverse | Verb::Batch | Verb::Adjustment)
    }
}

impl ApprovalRule {
    /// Whether it applies to this. Without an amount only rules on any amount apply; what is about no client in particular,
    /// such as a batch of staff, may be about any.
    pub fn matches(&self, verb: Verb, client: Option<ClientId>, amount: Option<Money>) -> bool {
        let currency = self.currency.is_none_or(|currency| amount.is_some_and(|amount| amount.currency == currency));
        self.ended_at.is_none()
            && self.verb == verb
            && self.client_id.is_none_or(|own| client.is_none_or(|client| client == own))
            && currency
            && self.from_minor.is_none_or(|from| amount.is_some_and(|amount| amount.minor >= from))
    }

    pub fn from(&self) -> Option<Money> {
        Some(Money::new(self.from_minor?, self.currency?))
    }
}

/// What is needed: the strictest of all rules that apply, most people and highest role.
pub fn needed(rules: &[ApprovalRule], verb: Verb, client: Option<ClientId>, amount: Option<Money>) -> Option<Need> {
    let applying = rules.iter().filter(|rule| rule.matches(verb, client, amount));
    applying.map(|rule| Need { people: rule.people, role: rule.role, rules: vec![rule.id] }).reduce(Need::and)
}

/// The same for what counts as several amounts: a rule applies that applies to one of them. With none only rules on any
/// amount apply.
pub fn needed_of(
    rules: &[ApprovalRule],
    verb: Verb,
    client: Option<ClientId>,
    amounts: impl IntoIterator<Item = Money>,
) -> Option<Need> {
    let each = std::iter::once(None).chain(amounts.into_iter().map(Some));
    each.filter_map(|amount| needed(rules, verb, client, amount)).reduce(Need::and)
}

/// What a reversal counts as: all that would be reversed of its payout with it, so that parts come to no less than the
/// whole; and the same share of what the wallet paid, rounded up.
pub fn reversal_amounts(payout: &Payout, part_minor: i64) -> Vec<Money> {
    let all = payout.reversed_minor.saturating_add(part_minor).min(payout.destination_minor);
    let mut amounts = vec![Money::new(all, payout.destination_currency)];
    if payout.currency != payout.destination_currency {
        let (whole, share) = (i128::from(payout.destination_minor), i128::from(payout.amount_minor) * i128::from(all));
        amounts.push(Money::new((share + whole - 1).div_euclid(whole) as i64, payout.currency));
    }
    amounts
}

/// What a new payout or payout link needs: the wallet's limit asks for one approver, and rules for more.
pub fn needed_to_create(rules: &[ApprovalRule], wallet: &Wallet, amount_minor: i64) -> Option<Need> {
    let amount = Money::new(amount_minor, wallet.currency);
    let limit = wallet.needs_approval(amount_minor).then(Need::default);
    let by_rules = needed(rules, Verb::Create, Some(wallet.client_id), Some(amount));
    [limit, by_rules].into_iter().flatten().reduce(Need::and)
}

impl Default for Need {
    /// One approver.
    fn default() -> Need {
        Need { people: 1, role: Role::Approver, rules: Vec::new() }
    }
}

impl Need {
    /// Both: the stricter in each respect.
    pub fn and(mut self, other: Need) -> Need {
        self.people = self.people.max(other.people);
        self.role = self.role.max(other.role);
        self.rules.extend(other.rules);
        self.rules.sort_unstable();
        self.rules.dedup();
        self
    }

    /// What is needed, in words: `2 approvers`; an admin is an approver, too.
    pub fn words(&self) -> String {
        let role = if self.role == Role::Admin { "admin" } else { "approver" };
        match self.people {
            1 if self.role == Role::Admin => "an admin".to_owned(),
            1 => "an approver".to_owned(),
            people => format!("{people} {role}s"),
        }
    }

    /// The refusal of what is to be approved first.
    pub fn first(&self) -> Refusal {
        let is = if self.people == 1 { "has" } else { "have" };
        let reason = format!("A rule of the desk says that {} {is} to approve it first.", self.words());
        Refusal::new(Rule::NeedsApproval, reason)
    }

    /// Those who can give it: of the role, and not behind the maker.
    pub fn who<'a>(&self, people: &'a [Person], maker: &Maker) -> Vec<&'a Person> {
        let role = self.role;
        people.iter().filter(|person| person.role >= role && !maker.is(person.id)).collect()
    }

    /// Whether whatever was approved by this was approved by enough for the other, too.
    pub fn covers(&self, other: &Need) -> bool {
        self.people >= other.people && self.role >= other.role
    }

    /// Refuses what nobody could ever approve: fewer can than are needed.
    pub fn check_possible(&self, people: &[Person], maker: &Maker) -> Result<(), Refusal> {
        let can = self.who(people, maker);
        let missing = self.people - can.len() as i64;
        if missing <= 0 {
            return Ok(());
        }
        let who = match can.as_slice() {
            [] => "nobody can".to_owned(),
            some => format!("only {} can", names(&some.iter().map(|person| person.name.as_str()).collect::<Vec<_>>())),
        };
        let more = if missing == 1 { "One more person is".to_owned() } else { format!("{missing} more people are") };
        let role = if self.role == Role::Admin { "admin" } else { "approver or admin" };
        let words = self.words();
        Err(Refusal::new(Rule::NobodyCanApprove, format!("It needs {words} besides whoever asks, and {who}."))
            .instead(format!("{more} needed as {role}: ask an admin to add them, or someone else to make it.")))
    }

    /// Those of `given` that count for what is shown now: by people who may still give them.
    fn standing<'a>(&self, people: &[Person], given: &'a [Approval], shown: i64) -> Vec<&'a Approval> {
        let may = |approval: &Approval| people.iter().any(|p| p.id == approval.staff_id && p.role >= self.role);
        given.iter().filter(|approval| approval.shown == shown && may(approval)).collect()
    }

    /// How many more have to say yes to what is shown now.
    pub fn left(&self, people: &[Person], given: &[Approval], shown: i64) -> i64 {
        (self.people - self.standing(people, given, shown).len() as i64).max(0)
    }

    /// Counts one more yes by the caller to what is shown now; `given` are all that there were. A yes counts while
    /// whoever gave it may still give it.
    ///
    /// Errors: the caller is behind what is to be approved, has said yes already, or has not the role.
    pub fn count(
        &self,
        caller: &Caller,
        maker: &Maker,
        people: &[Person],
        given: &[Approval],
        shown: i64,
    ) -> Result<Count, Refusal> {
        maker.check_checker(caller)?;
        let standing = self.standing(people, given, shown);
        let said = given.iter().filter(|approval| approval.shown == shown);
        let mine = |approval: &Approval| caller.people().any(|person| approval.is_of(person));
        if said.clone().any(mine) {
            let left = self.people - standing.len() as i64;
            let reason = if left > 0 {
                format!("You have approved it already; it waits for {left} more.")
            } else {
                "You have approved it already.".to_owned()
            };
            return Err(Refusal::new(Rule::NotWaitingForApproval, reason).instead("Ask another approver."));
        }
        if caller.role().is_none_or(|role| role < self.role) {
            return Err(Refusal::new(Rule::Forbidden, "A rule asks for admins to approve it.").instead("Ask an admin."));
        }
        Ok(Count {
            given: standing.len() as i64 + 1,
            people: self.people,
            before: standing.iter().map(|approval| approval.name.clone()).collect(),
            dead: if said.count() == 0 { given.len() } else { 0 },
        })
    }
}

impl Count {
    pub fn is_enough(&self) -> bool {
        self.given >= self.people
    }

    /// How many more have to say yes after this one.
    pub fn left(&self) -> i64 {
        (self.people - self.given).max(0)
    }

    /// `, 1 of 2`; nothing where one yes is enough.
    pub fn words(&self) -> String {
        if self.people == 1 { String::new() } else { format!(", {} of {}", self.given, self.people) }
    }
}

impl Approval {
    /// The yes of this caller.
    pub fn of(caller: &Caller, subject_id: String, shown: i64, note: Option<String>, now: i64) -> Option<Approval> {
        Some(Approval {
            subject_id,
            shown,
            staff_id: caller.person()?,
            creator_staff_id: caller.credential_creator(),
            name: caller.name().to_owned(),
            note,
            given_at: now,
        })
    }

    /// Whether the person said it, themselves or through a credential that they created.
    pub fn is_of(&self, person: StaffId) -> bool {
        self.staff_id == person || self.creator_staff_id == Some(person)
    }
}

impl Caller {
    /// The person's role, or that of the program's owner.
    pub fn role(&self) -> Option<Role> {
        match &self.who {
            Who::Staff { role, .. } => Some(*role),
            Who::Credential { owner_role, .. } => Some(*owner_role),
            Who::Recipient { .. } | Who::System => None,
        }
    }
}

/// Said of a yes that is not the last one.
pub fn counted(left: i64) -> String {
    format!("Your approval is counted; it waits for {left} more.")
}

/// `Ada, Grace and Linus`.
pub fn names(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
pub(crate) mod tests;
