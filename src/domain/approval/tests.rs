//! Rules in random and in chosen sets, and each yes.

use proptest::prelude::*;

use super::*;
use crate::domain::caller::Via;
use crate::domain::ids::Id;

/// A rule for everybody's money, in force.
pub(crate) fn rule(at: i64, verb: Verb, people: i64, role: Role) -> ApprovalRule {
    ApprovalRule {
        id: Id::first_at(at),
        verb,
        client_id: None,
        currency: None,
        from_minor: None,
        people,
        role,
        made_by: Id::first_at(1),
        end_asked_by: None,
        end_asked_at: None,
        ended_by: None,
        ended_at: None,
        version: 1,
    }
}

fn person(at: i64, role: Role) -> Person {
    Person { id: Id::first_at(at), name: format!("P{at}"), role }
}

fn staff(at: i64, role: Role) -> Caller {
    let who = Who::Staff { id: Id::first_at(at), name: format!("P{at}"), role };
    Caller { who, via: Via::Page, ip: None, request_id: String::new() }
}

/// A program of one person whose credential another one created.
fn program(owner: i64, creator: i64) -> Caller {
    let who = Who::Credential {
        id: Id::first_at(99),
        name: "ERP".into(),
        owner: Id::first_at(owner),
        owner_role: Role::Admin,
        created_by: Some(Id::first_at(creator)),
        client_id: Id::first_at(1),
        scopes: Vec::new(),
    };
    Caller { who, via: Via::ApiV1, ip: None, request_id: String::new() }
}

fn made_by(at: i64) -> Maker {
    Maker { staff_id: Id::first_at(at), credential_id: None, credential_creator_id: None }
}

fn yes(at: i64, shown: i64) -> Approval {
    Approval::of(&staff(at, Role::Approver), "pyt".into(), shown, None, 1).unwrap()
}

fn rules() -> impl Strategy<Value = Vec<ApprovalRule>> {
    let one = (
        0..Verb::ALL.len(),
        proptest::option::of(1i64..4),
        proptest::option::of(prop_oneof![Just(Currency::USD), Just(Currency::EUR)]),
        proptest::option::of(1i64..1_000),
        1..=MOST_PEOPLE,
        any::<bool>(),
        any::<bool>(),
    );
    proptest::collection::vec(one, 0..12).prop_map(|rules| {
        let made =
            rules.into_iter().enumerate().map(|(place, (verb, client, currency, from, people, admin, ended))| {
                ApprovalRule {
                    client_id: client.map(Id::first_at),
                    currency,
                    from_minor: from.filter(|_| currency.is_some()),
                    ended_at: ended.then_some(5),
                    ..rule(place as i64 + 1, Verb::ALL[verb], people, if admin { Role::Admin } else { Role::Approver })
                }
            });
        made.collect()
    })
}

proptest! {
    /// As strict as each rule that applies, no stricter than all of them, and never looser for another rule or more money.
    #[test]
    fn what_applies_is_the_strictest(
        rules in rules(),
        verb in 0..Verb::ALL.len(),
        client in 1i64..4,
        minor in 1i64..1_200,
        euros in any::<bool>(),
    ) {
        let verb = Verb::ALL[verb];
        let currency = if euros { Currency::EUR } else { Currency::USD };
        let (client, amount) = (Some(Id::first_at(client)), Some(Money::new(minor, currency)));
        let applying: Vec<_> = rules.iter().filter(|rule| rule.matches(verb, client, amount)).collect();
        let need = needed(&rules, verb, client, amount);
        prop_assert_eq!(need.as_ref().map(|need| need.people), applying.iter().map(|rule| rule.people).max());
        prop_assert_eq!(need.as_ref().map(|need| need.role), applying.iter().map(|rule| rule.role).max());
        prop_assert_eq!(need.as_ref().map_or(0, |need| need.rules.len()), applying.len());
        for rule in &applying {
            prop_assert!(rule.ended_at.is_none() && rule.verb == verb);
            prop_assert!(rule.from_minor.is_none_or(|from| from <= minor && rule.currency == Some(currency)));
        }
        let strictness = |need: Option<Need>| need.map_or((0, Role::Viewer), |need| (need.people, need.role));
        let more = strictness(needed(&rules, verb, client, Some(Money::new(minor + 1, currency))));
        let now = strictness(need);
        prop_assert!(more.0 >= now.0 && more.1 >= now.1);
        for without in 0..rules.len() {
            let mut fewer = rules.clone();
            fewer.remove(without);
            let less = strictness(needed(&fewer, verb, client, amount));
            prop_assert!(less.0 <= now.0 && less.1 <= now.1);
        }
    }

    /// What is found possible can be approved by those who are named, one after the other; what is not, cannot.
    #[test]
    fn what_is_possible_can_be_done(roles in proptest::collection::vec(0..4usize, 0..8), people in 1..=MOST_PEOPLE, admin in any::<bool>()) {
        let staffed: Vec<Person> =
            roles.iter().enumerate().map(|(place, role)| person(place as i64 + 10, Role::ALL[*role])).collect();
        let need = Need { people, role: if admin { Role::Admin } else { Role::Approver }, rules: Vec::new() };
        let maker = made_by(10);
        let mut given: Vec<Approval> = Vec::new();
        let mut enough = false;
        for one in &staffed {
            let caller = Caller {
                who: Who::Staff { id: one.id, name: one.name.clone(), role: one.role },
                ..staff(1, Role::Viewer)
            };
            if let Ok(count) = need.count(&caller, &maker, &staffed, &given, 1) {
                enough = enough || count.is_enough();
                given.push(Approval::of(&caller, "pyt".into(), 1, None, 1).unwrap());
            }
        }
        prop_assert_eq!(need.check_possible(&staffed, &maker).is_ok(), enough);
    }
}

#[test]
fn the_wallets_limit_asks_for_one_and_a_rule_for_more() {
    let wallet = Wallet { approval_limit_minor: Some(1_000), ..crate::domain::wallet::tests::wallet(Currency::USD) };
    let two = ApprovalRule {
        currency: Some(Currency::USD),
        from_minor: Some(5_000),
        ..rule(1, Verb::Create, 2, Role::Admin)
    };
    let people =
        |minor| needed_to_create(std::slice::from_ref(&two), &wallet, minor).map(|need| (need.people, need.role));
    assert_eq!(people(1_000), None);
    assert_eq!(people(1_001), Some((1, Role::Approver)));
    assert_eq!(people(4_999), Some((1, Role::Approver)));
    assert_eq!(people(5_000), Some((2, Role::Admin)));
    // Without a limit the rule stands alone.
    let open = Wallet { approval_limit_minor: None, ..wallet };
    assert_eq!(needed_to_create(&[two], &open, 4_999), None);
}

#[test]
fn nobody_says_yes_twice_not_even_through_a_credential() {
    let need = Need { people: 3, ..Need::default() };
    let people = [person(2, Role::Approver), person(3, Role::Admin), person(4, Role::Admin)];
    let given = [yes(2, 7)];
    let count = |caller: &Caller| need.count(caller, &made_by(1), &people, &given, 7);
    assert_eq!(count(&staff(2, Role::Approver)).unwrap_err().rule, Rule::NotWaitingForApproval);
    // A program of somebody else's whose secret they have seen, and one that they own.
    for caller in [program(3, 2), program(2, 4)] {
        assert_eq!(count(&caller).unwrap_err().rule, Rule::NotWaitingForApproval);
    }
    assert_eq!(count(&staff(3, Role::Admin)).unwrap().words(), ", 2 of 3");
    for maker in [staff(1, Role::Admin), program(1, 4), program(4, 1)] {
        assert_eq!(count(&maker).unwrap_err().rule, Rule::MakerIsChecker);
    }
}

#[test]
fn a_yes_dies_with_what_was_shown_and_with_the_role_of_who_gave_it() {
    let need = Need { people: 2, role: Role::Admin, rules: Vec::new() };
    let people = [person(2, Role::Admin), person(3, Role::Admin), person(4, Role::Approver)];
    let caller = staff(3, Role::Admin);
    let given = |at, shown| need.count(&caller, &made_by(1), &people, &[yes(at, shown)], 7).unwrap();
    assert_eq!((given(2, 7).given, given(2, 7).dead), (2, 0));
    assert_eq!((given(2, 6).given, given(2, 6).dead), (1, 1));
    // No admin any more, and gone.
    assert_eq!(given(4, 7).given, 1);
    assert_eq!(given(5, 7).given, 1);
    // An approver is not asked.
    let refused = need.count(&staff(4, Role::Approver), &made_by(1), &people, &[], 7);
    assert_eq!(refused.unwrap_err().rule, Rule::Forbidden);
    // Who approved what was shown before may approve what is shown now.
    assert_eq!(need.count(&staff(2, Role::Admin), &made_by(1), &people, &[yes(2, 6)], 7).unwrap().given, 1);
}

#[test]
fn what_nobody_can_approve_is_refused_by_name() {
    let people = [person(2, Role::Approver), person(3, Role::Admin)];
    let need = |people, role| Need { people, role, rules: Vec::new() };
    assert!(need(2, Role::Approver).check_possible(&people, &made_by(1)).is_ok());
    let refusal = need(2, Role::Approver).check_possible(&people, &made_by(3)).unwrap_err();
    assert_eq!(refusal.rule, Rule::NobodyCanApprove);
    assert_eq!(refusal.reason, "It needs 2 approvers besides whoever asks, and only P2 can.");
    let refusal = need(1, Role::Admin).check_possible(&people, &made_by(3)).unwrap_err();
    assert_eq!(refusal.reason, "It needs an admin besides whoever asks, and nobody can.");
    // Nor whoever created the credential that made it.
    let maker = Maker { credential_creator_id: Some(Id::first_at(3)), ..made_by(2) };
    assert!(need(1, Role::Approver).check_possible(&people, &maker).is_err());
}
