//! Freezes: what must not leave while somebody looks into it. A drill is one that stops nothing.

use serde::{Deserialize, Serialize};

use super::caller::Caller;
use super::ids::{ClientId, CredentialId, FreezeId, PayeeId, StaffId};
use super::maker::Maker;
use super::money::{Currency, Money};
use super::payout::{Payout, Refusal, Rule};
use super::payout_link::PayoutLink;
use super::wallet::Wallet;

/// What a freeze is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Everything,
    Client,
    Wallet,
    Payee,
    Rail,
    /// Also all that the credential has made and that is still open.
    Credential,
}

/// `active` ends as `lifted`; nothing leaves that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Active,
    Lifted,
}

/// What a freeze keeps from happening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Giving a payout to its rail.
    HandOver,
    Approve,
    Claim,
    /// Sending money out: making payouts and links, and transfers.
    Send,
    /// Lifting freezes.
    Lift,
}

/// A freeze as it stands. Times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    pub id: FreezeId,
    pub scope: Scope,
    /// The id of what is frozen, the name of a rail, or nothing for everything.
    pub subject: String,
    /// Its name when it was frozen, in words that may be shown.
    pub subject_name: String,
    /// Whose it is; none for a rail and for everything.
    pub client_id: Option<ClientId>,
    pub reason: String,
    #[serde(with = "super::flag")]
    pub drill: bool,
    pub state: State,
    pub maker_staff_id: StaffId,
    pub maker_name: String,
    pub maker_credential_id: Option<CredentialId>,
    /// What stood in it at that moment: a JSON array of [`Standing`].
    pub stood: String,
    /// The same at the moment of its lift; none while it stands.
    pub lifted_stood: Option<String>,
    /// Since when somebody asks for it to be lifted.
    pub asked_at: Option<i64>,
    pub asker_staff_id: Option<StaffId>,
    pub asker_name: Option<String>,
    pub asker_credential_id: Option<CredentialId>,
    /// Who created the credential that asked; as little the second person as the asker is.
    pub asker_creator_id: Option<StaffId>,
    pub asked_reason: Option<String>,
    pub lifted_at: Option<i64>,
    pub lifter_name: Option<String>,
    /// Since when all that it held back is due again.
    pub resumed_at: Option<i64>,
    pub version: i64,
}

/// How many payouts or payout links, and how much, stand in one state and currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub kind: Kind,
    /// `to_approve`, `unknown`, or the name of a state.
    pub bucket: String,
    pub currency: Currency,
    pub records: i64,
    pub amount_minor: i64,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Payout,
    Link,
}

/// What a freeze means for records in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It goes no further.
    Stopped,
    /// A provider has it, and answers.
    GoesOn,
    /// Nothing happens to it any more.
    Ended,
}

/// Those that stand.
#[derive(Debug, Clone, Default)]
pub struct Freezes(pub Vec<Freeze>);

impl Scope {
    pub const ALL: [Scope; 6] =
        [Scope::Everything, Scope::Client, Scope::Wallet, Scope::Payee, Scope::Rail, Scope::Credential];

    pub fn name(self) -> &'static str {
        match self {
            Scope::Everything => "everything",
            Scope::Client => "client",
            Scope::Wallet => "wallet",
            Scope::Payee => "payee",
            Scope::Rail => "rail",
            Scope::Credential => "credential",
        }
    }

    pub fn from_name(name: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.name() == name)
    }

    /// What pages call it.
    pub fn words(self) -> &'static str {
        match self {
            Scope::Everything => "Everything",
            Scope::Client => "Client",
            Scope::Wallet => "Wallet",
            Scope::Payee => "Payee",
            Scope::Rail => "Provider",
            Scope::Credential => "Credential",
        }
    }

    /// What is frozen, with its name: `Wallet Operating USD`.
    pub fn what(self, name: &str) -> String {
        match self {
            Scope::Everything => self.words().to_owned(),
            scope => format!("{} {name}", scope.words()),
        }
    }
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Active => "active",
            State::Lifted => "lifted",
        }
    }
}

impl Freeze {
    /// Whether it keeps anything from happening.
    pub fn stops(&self) -> bool {
        self.state == State::Active && !self.drill
    }

    /// Whether somebody asks for it to be lifted.
    pub fn is_asked(&self) -> bool {
        self.state == State::Active && self.asked_at.is_some()
    }

    /// What is frozen: `Wallet Operating USD`.
    pub fn what(&self) -> String {
        self.scope.what(&self.subject_name)
    }

    pub fn covers_payout(&self, payout: &Payout) -> bool {
        match self.scope {
            Scope::Everything => true,
            Scope::Client => self.is(payout.client_id),
            Scope::Wallet => self.is(payout.wallet_id),
            Scope::Payee => self.is(payout.payee_id),
            Scope::Rail => self.is(&payout.rail),
            Scope::Credential => payout.maker_credential_id.is_some_and(|id| self.is(id)),
        }
    }

    /// The payee of a link is known for sure only with its payout; until then it is the contact, if that is a payee.
    pub fn covers_link(&self, link: &PayoutLink, rail: &str) -> bool {
        match self.scope {
            Scope::Everything => true,
            Scope::Client => self.is(link.client_id),
            Scope::Wallet => self.is(link.wallet_id),
            Scope::Payee => link.contact_id.is_some_and(|id: PayeeId| self.is(id)),
            Scope::Rail => self.is(rail),
            Scope::Credential => link.maker_credential_id.is_some_and(|id| self.is(id)),
        }
    }

    /// Whether money on the way out of the wallet is in it, whoever sends it.
    pub fn covers_wallet(&self, wallet: &Wallet) -> bool {
        match self.scope {
            Scope::Everything => true,
            Scope::Client => self.is(wallet.client_id),
            Scope::Wallet => self.is(wallet.id),
            Scope::Payee | Scope::Rail | Scope::Credential => false,
        }
    }

    /// Whether everything that is paid to the payee is in it.
    pub fn covers_payee(&self, client: ClientId, payee: PayeeId) -> bool {
        match self.scope {
            Scope::Everything => true,
            Scope::Client => self.is(client),
            Scope::Payee => self.is(payee),
            Scope::Wallet | Scope::Rail | Scope::Credential => false,
        }
    }

    pub fn covers_caller(&self, caller: &Caller) -> bool {
        self.scope == Scope::Credential && caller.credential().is_some_and(|id| self.is(id))
    }

    /// Why it does not happen. The sentence holds the freeze's id, by which refusals are found again.
    pub fn refuse(&self, stop: Stop) -> Refusal {
        let (no, instead) = match stop {
            Stop::HandOver => (
                "nothing of it is handed to a provider.",
                "It stays where it is, and goes on by itself once the freeze is lifted. It can still be cancelled.",
            ),
            Stop::Approve => (
                "nothing of it is approved.",
                "Approve it once the freeze is lifted. It can still be sent back or cancelled.",
            ),
            Stop::Claim => {
                ("nothing of it can be claimed.", "Nothing is lost: it can be claimed once the freeze is lifted.")
            }
            Stop::Send => ("nothing leaves it.", "Try again once the freeze is lifted, or ask who froze it."),
            Stop::Lift => ("it lifts no freeze.", "Ask a person to lift it."),
        };
        Refusal::new(Rule::Frozen, format!("{} is frozen ({}): {no}", self.what(), self.id)).instead(instead)
    }

    /// What stood in it when it was frozen.
    pub fn stood_then(&self) -> Vec<Standing> {
        serde_json::from_str(&self.stood).unwrap_or_default()
    }

    /// What stood in it when it was lifted; none while it stands.
    pub fn stood_at_lift(&self) -> Option<Vec<Standing>> {
        Some(serde_json::from_str(self.lifted_stood.as_deref()?).unwrap_or_default())
    }

    /// Whether anybody may ask now for it to be lifted.
    pub fn check_ask(&self) -> Result<(), Refusal> {
        self.check_active()?;
        match &self.asker_name {
            Some(name) if self.is_asked() => {
                Err(Refusal::new(Rule::WrongState, format!("{name} has already asked for the freeze to be lifted."))
                    .instead("An approver who did not ask lifts it, or keeps it."))
            }
            _ => Ok(()),
        }
    }

    /// Whether the caller may lift it now: somebody else asked, and no credential of the two ties them together.
    pub fn check_lift(&self, caller: &Caller) -> Result<(), Refusal> {
        self.check_asked()?;
        match self.asker().is_some_and(|asker| asker.check_checker(caller).is_err()) {
            true => Err(Refusal::new(Rule::MakerIsChecker, "You asked for it, so someone else has to lift it.")
                .instead("Ask another approver.")),
            false => Ok(()),
        }
    }

    /// Who asks for the lift; found behind credentials just as the maker of a payout is.
    pub fn asker(&self) -> Option<Maker> {
        let (credential_id, credential_creator_id) = (self.asker_credential_id, self.asker_creator_id);
        Some(Maker { staff_id: self.asker_staff_id?, credential_id, credential_creator_id })
    }

    /// Whether there is a question that it be lifted, to answer with no.
    pub fn check_keep(&self) -> Result<(), Refusal> {
        self.check_asked()
    }

    /// Whether it stands still.
    pub fn check_active(&self) -> Result<(), Refusal> {
        match self.state {
            State::Active => Ok(()),
            State::Lifted => {
                let by = self.lifter_name.as_deref().map(|name| format!(" by {name}")).unwrap_or_default();
                Err(Refusal::new(Rule::WrongState, format!("The freeze is lifted already{by}.")))
            }
        }
    }

    fn check_asked(&self) -> Result<(), Refusal> {
        self.check_active()?;
        match self.is_asked() {
            true => Ok(()),
            false => Err(Refusal::new(Rule::WrongState, "Nobody has asked for the freeze to be lifted.")
                .instead("Ask for it with a reason; another person then lifts it.")),
        }
    }

    fn is(&self, subject: impl ToString) -> bool {
        self.subject == subject.to_string()
    }
}

impl Freezes {
    pub fn of_payout(&self, payout: &Payout) -> Option<&Freeze> {
        self.find(|freeze| freeze.covers_payout(payout))
    }

    pub fn of_link(&self, link: &PayoutLink, rail: &str) -> Option<&Freeze> {
        self.find(|freeze| freeze.covers_link(link, rail))
    }

    pub fn check_payout(&self, payout: &Payout, stop: Stop) -> Result<(), Refusal> {
        refuse(self.of_payout(payout), stop)
    }

    pub fn check_link(&self, link: &PayoutLink, rail: &str, stop: Stop) -> Result<(), Refusal> {
        refuse(self.of_link(link, rail), stop)
    }

    /// Refuses money on its way to another wallet.
    pub fn check_wallet(&self, wallet: &Wallet) -> Result<(), Refusal> {
        refuse(self.find(|freeze| freeze.covers_wallet(wallet)), Stop::Send)
    }

    /// Refuses what would let money go to another account of a payee.
    pub fn check_payee(&self, client: ClientId, payee: PayeeId, stop: Stop) -> Result<(), Refusal> {
        refuse(self.find(|freeze| freeze.covers_payee(client, payee)), stop)
    }

    /// Refuses a frozen program.
    pub fn check_caller(&self, caller: &Caller, stop: Stop) -> Result<(), Refusal> {
        refuse(self.find(|freeze| freeze.covers_caller(caller)), stop)
    }

    fn find(&self, covers: impl Fn(&Freeze) -> bool) -> Option<&Freeze> {
        self.0.iter().find(|freeze| freeze.stops() && covers(freeze))
    }
}

impl Standing {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }

    pub fn fate(&self) -> Fate {
        match (self.kind, self.bucket.as_str()) {
            (Kind::Payout, "created" | "queued" | "to_approve") | (Kind::Link, "pending" | "issued" | "reopened") => {
                Fate::Stopped
            }
            (Kind::Payout, "processing" | "settling" | "action_required" | "unknown") | (Kind::Link, "processing") => {
                Fate::GoesOn
            }
            _ => Fate::Ended,
        }
    }
}

fn refuse(freeze: Option<&Freeze>, stop: Stop) -> Result<(), Refusal> {
    freeze.map_or(Ok(()), |freeze| Err(freeze.refuse(stop)))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::domain::caller::{Via, Who};
    use crate::domain::ids::Id;
    use crate::domain::staff::Role;

    /// A freeze of this, by somebody.
    pub fn freeze(scope: Scope, subject: impl ToString) -> Freeze {
        Freeze {
            id: Id::first_at(1),
            scope,
            subject: subject.to_string(),
            subject_name: "Main".into(),
            client_id: None,
            reason: "Fraud".into(),
            drill: false,
            state: State::Active,
            maker_staff_id: Id::first_at(1),
            maker_name: "Ada".into(),
            maker_credential_id: None,
            stood: "[]".into(),
            lifted_stood: None,
            asked_at: None,
            asker_staff_id: None,
            asker_name: None,
            asker_credential_id: None,
            asker_creator_id: None,
            asked_reason: None,
            lifted_at: None,
            lifter_name: None,
            resumed_at: None,
            version: 1,
        }
    }

    fn person(at: i64) -> Caller {
        let who = Who::Staff { id: Id::first_at(at), name: "P".into(), role: Role::Admin };
        Caller { who, via: Via::Page, ip: None, request_id: String::new() }
    }

    fn program(owner: i64, creator: Option<i64>) -> Caller {
        let who = Who::Credential {
            id: Id::first_at(9),
            name: "ERP".into(),
            owner: Id::first_at(owner),
            owner_role: Role::Admin,
            created_by: creator.map(Id::first_at),
            client_id: Id::first_at(1),
            scopes: Vec::new(),
        };
        Caller { who, via: Via::ApiV1, ip: None, request_id: String::new() }
    }

    fn asked_by(at: i64) -> Freeze {
        let asker_staff_id = Some(Id::first_at(at));
        Freeze { asked_at: Some(5), asker_staff_id, asker_name: Some("Bo".into()), ..freeze(Scope::Everything, "") }
    }

    #[test]
    fn lifting_takes_two_who_are_not_the_same_behind_a_credential() {
        let alone = freeze(Scope::Everything, "");
        assert!(alone.check_ask().is_ok());
        assert_eq!(alone.check_lift(&person(1)).unwrap_err().rule, Rule::WrongState);
        let asked = asked_by(2);
        assert_eq!(asked.check_ask().unwrap_err().rule, Rule::WrongState);
        // Who froze it may be the second one.
        assert!(asked.check_lift(&person(1)).is_ok());
        for same in [person(2), program(2, None), program(3, Some(2))] {
            assert_eq!(asked.check_lift(&same).unwrap_err().rule, Rule::MakerIsChecker);
        }
        let through = Freeze { asker_creator_id: Some(Id::first_at(4)), ..asked_by(2) };
        assert_eq!(through.check_lift(&person(4)).unwrap_err().rule, Rule::MakerIsChecker);
        assert!(through.check_lift(&person(5)).is_ok());
    }

    #[test]
    fn what_is_lifted_stays_lifted_and_stops_nothing() {
        let lifted = Freeze { state: State::Lifted, lifter_name: Some("Cy".into()), ..asked_by(2) };
        assert!(!lifted.stops());
        for refused in [lifted.check_ask(), lifted.check_lift(&person(1)), lifted.check_keep()] {
            assert_eq!(refused.unwrap_err().reason, "The freeze is lifted already by Cy.");
        }
        assert!(!Freeze { drill: true, ..freeze(Scope::Everything, "") }.stops());
    }

    #[test]
    fn a_refusal_names_the_freeze() {
        let frozen = freeze(Scope::Wallet, "wal_x");
        let refusal = frozen.refuse(Stop::Approve);
        assert_eq!(refusal.rule, Rule::Frozen);
        assert!(refusal.reason.starts_with(&format!("Wallet Main is frozen ({}): ", frozen.id)), "{}", refusal.reason);
        assert!(freeze(Scope::Everything, "").refuse(Stop::Claim).reason.starts_with("Everything is frozen"));
    }
}
