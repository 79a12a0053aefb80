//! Approving and sending back.

use super::*;

#[test]
fn whoever_made_it_cannot_check_it_not_even_through_a_program() {
    let mut world = World::new(Currency::USD);
    let id = world.make(6_000).unwrap();
    assert!(world.payout(id).waits_for_approval());
    assert_eq!(bucket(world.payout(id)), "to_approve");
    assert_eq!(rule(world.run(maker(), decide(id, true))), Rule::MakerIsChecker);
    let client = world.payout(id).client_id;
    let own = program(maker().person().unwrap(), client);
    assert_eq!(rule(world.run(own, decide(id, true))), Rule::MakerIsChecker);
    world.run(checker(), decide(id, true)).unwrap();
    assert_eq!(world.payout(id).state, State::Queued);
    assert_eq!(rule(world.run(checker(), decide(id, true))), Rule::NotWaitingForApproval);
}

#[test]
fn whoever_created_a_credential_cannot_check_what_it_made_nor_check_through_it() {
    let mut world = World::new(Currency::USD);
    let any = world.make(100).unwrap();
    let client = world.payout(any).client_id;
    let issued_by = |creator: &Caller, owner: i64| issued_by(creator, program(Id::first_at(owner), client));
    let creator = person(3_000, Role::Admin);
    // A program made it: neither its owner nor who created its credential decides, either way.
    let made = payout_of(&world.create(issued_by(&creator, 4_000), "BY_PROGRAM", 6_000).unwrap());
    let owner = person(4_000, Role::Admin);
    for approve in [true, false] {
        let refused = |result: Result<Done, Refusal>| result.unwrap_err();
        let told = refused(world.run(creator.clone(), decide(made, approve)));
        assert_eq!(told.rule, Rule::MakerIsChecker);
        assert_eq!(told.reason, "You made the secret of the credential that made it, so someone else has to check it.");
        let told = refused(world.run(owner.clone(), decide(made, approve)));
        assert_eq!(told.reason, "A program of yours made it, so someone else has to check it.");
        // Nor another program whose credential the same person created.
        let told = refused(world.run(issued_by(&creator, 5_000), decide(made, approve)));
        assert_eq!(told.rule, Rule::MakerIsChecker);
    }
    world.run(checker(), decide(made, true)).unwrap();
    // A person made it: a credential that they created for somebody else does not check it.
    let made = payout_of(&world.create(creator.clone(), "BY_PERSON", 6_000).unwrap());
    assert_eq!(rule(world.run(issued_by(&creator, 5_000), decide(made, true))), Rule::MakerIsChecker);
    world.run(issued_by(&checker(), 5_000), decide(made, true)).unwrap();
}

#[test]
fn sending_back_returns_the_money_and_says_who_closed_it() {
    let mut world = World::new(Currency::USD);
    let id = world.make(6_000).unwrap();
    world.run(checker(), decide(id, false)).unwrap();
    assert_eq!(world.payout(id).state, State::Cancelled);
    assert_eq!(world.payout(id).closed_by, Some(crate::domain::payout::ClosedBy::Checker));
    assert_eq!(world.available(), 100_000);
}
