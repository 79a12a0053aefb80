//! A second admin's agreement: what loosens a control that people rely on takes two admins, wherever there are two.
//!
//! Two people count as two only when nobody could be both: whoever lets a person in, sets their role or gives them a
//! password could act as them until they notice. So for a week the two, and whoever let either of them in, must have
//! nobody in common; and who was an admin within the last week still counts as the other one.

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::ids::StaffId;
use super::payout::{Refusal, Rule};

/// How far back it is looked, in microseconds: 7 days.
pub const LOOK_BACK: i64 = 7 * 24 * 3_600 * 1_000_000;

/// Somebody who is an admin who can sign in, or was one within [`LOOK_BACK`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admin {
    pub id: StaffId,
    pub name: String,
    /// 1 for an admin who can sign in now, otherwise 0.
    pub is_admin: i64,
    /// When they were last disabled, or given another role, in Unix microseconds.
    pub admin_until: Option<i64>,
}

/// Somebody let a person in: added or enabled them, set their role or gave them a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetIn {
    pub by_id: String,
    pub to_id: String,
    /// In Unix microseconds.
    pub at: i64,
}

/// What is decided by: all of both within [`LOOK_BACK`], and the time, in Unix microseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admins {
    pub people: Vec<Admin>,
    pub let_in: Vec<LetIn>,
    pub now: i64,
}

impl Admins {
    /// Whether whoever asks needs nobody, because nobody else is an admin, or was one within the last week.
    pub fn is_alone(&self, asker: StaffId) -> bool {
        !self.people.iter().any(|one| one.id != asker && one.counts(self.now))
    }

    /// Those who can agree to what somebody asks for, in order of their names.
    pub fn who(&self, asker: StaffId) -> Vec<&Admin> {
        let mut who: Vec<&Admin> = self.others(asker).filter(|one| self.are_two(asker, one.id, self.now)).collect();
        who.sort_by(|one, other| one.name.cmp(&other.name));
        who
    }

    /// Refuses to ask for what nobody can agree to. Whoever [is alone](Self::is_alone) need not ask.
    pub fn check_ask(&self, asker: StaffId) -> Result<(), Refusal> {
        if !self.who(asker).is_empty() {
            return Ok(());
        }
        let soonest = self.others(asker).map(|one| (self.from(asker, one.id), &one.name)).min();
        let (reason, instead) = match soonest {
            Some((from, name)) => (
                "Another admin has to agree, and none can yet: within the last 7 days you and they were let in by the \
                 same person, or one by the other.",
                format!("{name} can agree from {}.", time(from)),
            ),
            None => {
                let ends = self.people.iter().filter(|one| one.id != asker).filter_map(|one| one.admin_until).max();
                let ends = ends.unwrap_or(self.now).saturating_add(LOOK_BACK);
                (
                    "Another admin has to agree, and who was one has left within the last 7 days.",
                    format!("Make somebody an admin again, or do it alone from {}.", time(ends)),
                )
            }
        };
        Err(Refusal::new(Rule::NobodyCanApprove, reason).instead(instead))
    }

    /// Whether this admin may agree to what somebody asked for.
    pub fn check_agree(&self, asker: StaffId, who: StaffId) -> Result<(), Refusal> {
        if asker == who {
            let reason = "You asked for it, so another admin has to agree.";
            return Err(Refusal::new(Rule::MakerIsChecker, reason).instead(self.could(asker)));
        }
        if !self.others(asker).any(|one| one.id == who) {
            return Err(Refusal::new(Rule::Forbidden, "Only an admin can agree.").instead(self.could(asker)));
        }
        if self.are_two(asker, who, self.now) {
            return Ok(());
        }
        let reason = "Within the last 7 days you and whoever asked for it were let in by the same person, or one of you by \
                      the other, so you do not count as a second person yet.";
        let from = format!("You can agree from {}. {}", time(self.from(asker, who)), self.could(asker));
        Err(Refusal::new(Rule::MakerIsChecker, reason).instead(from.trim()))
    }

    /// Who can agree, as a sentence.
    fn could(&self, asker: StaffId) -> String {
        let who: Vec<&str> = self.who(asker).into_iter().map(|one| one.name.as_str()).collect();
        if who.is_empty() { String::new() } else { format!("{} can agree.", super::approval::names(&who)) }
    }

    fn others(&self, asker: StaffId) -> impl Iterator<Item = &Admin> {
        self.people.iter().filter(move |one| one.is_admin == 1 && one.id != asker)
    }

    /// Whether nobody could be both at a time.
    fn are_two(&self, one: StaffId, other: StaffId, at: i64) -> bool {
        let behind = self.behind(one, at);
        !self.behind(other, at).iter().any(|person| behind.contains(person))
    }

    /// When they begin to count as two, if nothing happens meanwhile.
    fn from(&self, one: StaffId, other: StaffId) -> i64 {
        let mut ends: Vec<i64> = self.let_in.iter().map(|let_in| let_in.at + LOOK_BACK).collect();
        ends.sort_unstable();
        ends.into_iter().find(|end| self.are_two(one, other, *end)).unwrap_or(self.now)
    }

    /// The person, and everybody who let them in, or let in who did.
    fn behind(&self, person: StaffId, at: i64) -> Vec<String> {
        let mut behind = vec![person.to_string()];
        let mut next = 0;
        while let Some(to) = behind.get(next).cloned() {
            next += 1;
            let fresh = |let_in: &&LetIn| let_in.to_id == to && let_in.at + LOOK_BACK > at && is_person(&let_in.by_id);
            for let_in in self.let_in.iter().filter(fresh) {
                if !behind.contains(&let_in.by_id) {
                    behind.push(let_in.by_id.clone());
                }
            }
        }
        behind
    }
}

impl Admin {
    fn counts(&self, now: i64) -> bool {
        self.is_admin == 1 || self.admin_until.is_some_and(|until| until + LOOK_BACK > now)
    }
}

/// A command of the host is nobody's second pair of hands: whoever owns the machine can do everything anyway.
fn is_person(id: &str) -> bool {
    id.parse::<StaffId>().is_ok()
}

/// A time for a sentence, to the minute that follows.
fn time(at: i64) -> String {
    let minute = 60 * 1_000_000;
    let up = at.saturating_add(minute - 1) / minute * 60;
    DateTime::from_timestamp(up, 0).map_or_else(String::new, |at| at.format("%-d %B %Y, %H:%M UTC").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::Id;

    const DAY: i64 = 24 * 3_600 * 1_000_000;
    const NOW: i64 = 1_767_268_800_000_000;

    fn id(person: i64) -> StaffId {
        Id::first_at(person)
    }

    fn admin(person: i64, name: &str) -> Admin {
        Admin { id: id(person), name: name.into(), is_admin: 1, admin_until: None }
    }

    fn let_in(by: i64, to: i64, days_ago: i64) -> LetIn {
        LetIn { by_id: id(by).to_string(), to_id: id(to).to_string(), at: NOW - days_ago * DAY }
    }

    fn desk(people: Vec<Admin>, let_in: Vec<LetIn>) -> Admins {
        Admins { people, let_in, now: NOW }
    }

    #[test]
    fn the_only_admin_needs_nobody() {
        let desk = desk(vec![admin(1, "Anna")], vec![]);
        assert!(desk.is_alone(id(1)));
    }

    #[test]
    fn who_has_left_within_a_week_still_counts_but_cannot_agree() {
        let left = |days: i64| Admin { is_admin: 0, admin_until: Some(NOW - days * DAY), ..admin(2, "Ben") };
        let fresh = desk(vec![admin(1, "Anna"), left(6)], vec![]);
        assert!(!fresh.is_alone(id(1)));
        let refusal = fresh.check_ask(id(1)).unwrap_err();
        assert_eq!(refusal.rule, Rule::NobodyCanApprove);
        assert_eq!(
            refusal.instead.as_deref(),
            Some("Make somebody an admin again, or do it alone from 2 January 2026, 12:00 UTC.")
        );
        assert!(fresh.check_agree(id(1), id(2)).is_err());
        assert!(desk(vec![admin(1, "Anna"), left(7)], vec![]).is_alone(id(1)));
    }

    #[test]
    fn two_are_two_only_when_nobody_could_be_both() {
        let people = || vec![admin(1, "Anna"), admin(2, "Ben"), admin(3, "Cleo")];
        for (let_in, can) in [
            (vec![], vec!["Ben", "Cleo"]),
            // Anna set Ben's password.
            (vec![let_in(1, 2, 1)], vec!["Cleo"]),
            // Ben set Anna's, so he could be asking as her.
            (vec![let_in(2, 1, 1)], vec!["Cleo"]),
            // Through each other: Anna as Ben made Cleo, who then set Ben's password.
            (vec![let_in(1, 2, 3), let_in(2, 3, 2), let_in(3, 2, 1)], vec![]),
            // Somebody else let both in.
            (vec![let_in(9, 1, 1), let_in(9, 2, 1)], vec!["Cleo"]),
            (vec![let_in(1, 2, 7), let_in(1, 3, 8)], vec!["Ben", "Cleo"]),
        ] {
            let desk = desk(people(), let_in);
            let who: Vec<&str> = desk.who(id(1)).into_iter().map(|one| one.name.as_str()).collect();
            assert_eq!(who, can, "{:?}", desk.let_in);
            assert_eq!(desk.check_ask(id(1)).is_ok(), !can.is_empty());
            assert!(!desk.is_alone(id(1)));
            for one in [2, 3] {
                let may = desk.check_agree(id(1), id(one)).is_ok();
                assert_eq!(may, desk.who(id(1)).iter().any(|admin| admin.id == id(one)));
            }
            assert_eq!(desk.check_agree(id(1), id(1)).unwrap_err().rule, Rule::MakerIsChecker);
        }
    }

    #[test]
    fn a_refusal_says_who_can_or_when() {
        let desk = desk(vec![admin(1, "Anna"), admin(2, "Ben")], vec![let_in(1, 2, 6)]);
        let refusal = desk.check_ask(id(1)).unwrap_err();
        assert_eq!(refusal.instead.as_deref(), Some("Ben can agree from 2 January 2026, 12:00 UTC."));
        let refusal = desk.check_agree(id(1), id(2)).unwrap_err();
        assert_eq!(refusal.instead.as_deref(), Some("You can agree from 2 January 2026, 12:00 UTC."));
    }

    #[test]
    fn the_command_line_makes_nobody_one() {
        let system = |to| LetIn { by_id: "system".into(), ..let_in(1, to, 1) };
        let desk = desk(vec![admin(1, "Anna"), admin(2, "Ben")], vec![system(1), system(2)]);
        assert_eq!(desk.check_agree(id(1), id(2)), Ok(()));
    }
}
