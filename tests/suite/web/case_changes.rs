//! Cases that change while people look at them: what is added, who takes one, what ends, and who was first.

use paydesk::domain::payout::State;
use paydesk::service::payouts;

use super::cases::{case_of, confirm, count, ending, propose, unknown, version};
use crate::support::app::{SECOND, USD, spawn};
use crate::support::person::Person;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_added_after_a_proposal_was_shown_makes_its_confirm_stale() {
    let app = spawn().await;
    let (id, case) = unknown(&app, "90.43").await;
    let olga = app.person("olga@example.com").await;
    let axel = app.person("axel@example.com").await;
    let text = [("file_text", "The bank says no")];
    assert_eq!(olga.post(&format!("/cases/{case}/evidence"), &text).await.status, 303);
    let file = app.test.text("SELECT id FROM evidence").await;
    assert_eq!(propose(&olga, &case, "done").await.status, 303);
    let more: [(String, Vec<(&str, &str)>); 3] = [
        (format!("/cases/{case}/notes"), vec![("note", "It came back")]),
        (format!("/cases/{case}/evidence"), vec![("file_text", "A statement")]),
        (format!("/cases/{case}/evidence/{file}/withdrawal"), vec![("file_reason", "Of another payout")]),
    ];
    for (path, form) in more {
        let seen = version(&app, &case).await;
        app.test.clock.advance(SECOND);
        assert_eq!(olga.post(&path, &form).await.status, 303);
        let stale = axel.post(&format!("/cases/{case}/settlement"), &[("version", &seen)]).await;
        assert_eq!((stale.status, ending(&app, &case).await), (409, "settling ".into()), "{path}");
        let words = stale.main();
        assert!(words.contains("It changed while you were reading.") && words.contains("New since it was proposed"));
        assert_eq!(app.test.get(id).await.payout.state, State::Processing);
    }
    // Whoever looks after it is nothing to weigh.
    let seen = version(&app, &case).await;
    assert_eq!(olga.post(&format!("/cases/{case}/owner"), &[("owner", "")]).await.status, 303);
    let confirmed = axel.post(&format!("/cases/{case}/settlement"), &[("version", &seen)]).await;
    assert_eq!((confirmed.status, app.test.get(id).await.payout.state), (303, State::Completed));
    app.test.clock.advance(SECOND);
    assert_eq!(olga.post(&format!("/cases/{case}/notes"), &[("note", "Late")]).await.status, 303);
    let page = olga.get(&format!("/cases/{case}")).await;
    assert!(page.main().contains("Added after it was settled"), "{}", page.main());
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_payout_takes_the_case_of_its_cancellation_with_it() {
    let app = spawn().await;
    let olga = app.person("olga@example.com").await;
    let axel = app.person("axel@example.com").await;
    let before = app.test.balances(USD).await;
    let (id, case) = unknown(&app, "90.43").await;
    let asked = payouts::ask_to_cancel(&app.test.desk, &app.test.operator, id, None, None).await.expect("a question");
    app.test.run_jobs(2).await;
    let other = case_of(&app, &asked.value.id.to_string()).await;
    // One payout, counted once, whatever is not known about it.
    let list = olga.get("/cases").await;
    assert!(list.main().contains("1 payout in all"), "{}", list.main());
    assert!(!list.main().contains("180"), "{}", list.main());
    assert_eq!(propose(&olga, &other, "done").await.status, 303);
    assert_eq!(propose(&olga, &case, "not_done").await.status, 303);
    let seen = version(&app, &other).await;
    assert_eq!(confirm(&app, &axel, &case).await.status, 303);
    assert_eq!((ending(&app, &other).await, app.test.balances(USD).await), ("closed answered".into(), before));
    let late = axel.post(&format!("/cases/{other}/settlement"), &[("version", &seen)]).await;
    assert_eq!((late.status, count(&app, "PAYOUT_REFUND").await), (409, 1));
    assert!(!late.main().contains("Confirm and book it"), "{}", late.main());
    assert_eq!(app.test.int("SELECT COUNT(*) FROM cancellations WHERE state IN ('requested', 'unanswered')").await, 0);
    app.test.run_jobs(5).await;
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_after_it_was_paid_is_settled_either_way() {
    let app = spawn().await;
    let olga = app.person("olga@example.com").await;
    let axel = app.person("axel@example.com").await;
    let before = app.test.balances(USD).await;
    for (verdict, returned) in [("not_done", 1), ("done", 1)] {
        let id = app.test.completed("90.56").await.payout.id;
        app.test.run_jobs(20).await;
        let case = case_of(&app, &id.to_string()).await;
        let page = olga.get(&format!("/cases/{case}")).await;
        assert!(page.main().contains("Failed after it was paid"), "{}", page.main());
        assert_eq!(propose(&olga, &case, verdict).await.status, 303);
        assert_eq!(confirm(&app, &olga, &case).await.status, 403);
        assert_eq!(confirm(&app, &axel, &case).await.status, 303);
        assert_eq!(
            (count(&app, "PAYOUT_RETURN").await, ending(&app, &case).await),
            (returned, "closed settled".into())
        );
        if verdict == "not_done" {
            assert_eq!(app.test.balances(USD).await, before);
        }
        app.test.run_jobs(60).await;
        assert_eq!(app.test.int("SELECT COUNT(*) FROM cases WHERE state <> 'closed'").await, 0, "it says so again");
        app.test.verify().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_taken_once_taken_over_knowingly_and_given_back() {
    let app = spawn().await;
    let (_, case) = unknown(&app, "90.43").await;
    let olga = app.person("olga@example.com").await;
    let axel = app.person("axel@example.com").await;
    let path = format!("/cases/{case}/owner");
    let (one, other) = tokio::join!(olga.post(&path, &[("owner", "")]), axel.post(&path, &[("owner", "")]));
    let mut answers = [one.status, other.status];
    answers.sort_unstable();
    assert_eq!(answers, [303, 409], "one of them has it");
    let (winner, loser, refused) = if one.status == 303 { (&olga, &axel, other) } else { (&axel, &olga, one) };
    let name = if one_is(winner, &olga) { "Olga Operator" } else { "Axel Approver" };
    assert!(refused.main().contains(&format!("Take it over from {name}")), "{}", refused.main());
    let owner = refused.field("owner").expect("who has it");
    assert_eq!(loser.post(&path, &[("owner", &owner)]).await.status, 303);
    let page = winner.get(&format!("/cases/{case}")).await;
    assert!(page.main().contains(&format!("Takes the case over from {name}.")), "{}", page.main());
    // Not theirs to give back any more; whoever has it gives it back once.
    let release = format!("/cases/{case}/release");
    assert_eq!(winner.post(&release, &[]).await.status, 409);
    assert!(loser.get(&format!("/cases/{case}")).await.main().contains("Give it back"));
    for _ in 0..2 {
        assert_eq!(loser.post(&release, &[]).await.status, 303);
    }
    assert_eq!(app.test.int("SELECT COUNT(*) FROM cases WHERE owner_staff_id IS NOT NULL").await, 0);
    assert_eq!(app.test.int("SELECT COUNT(*) FROM case_notes").await, 3, "nothing of it is silent");
}

fn one_is(person: &Person, other: &Person) -> bool {
    std::ptr::eq(person, other)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_proposal_keeps_what_was_typed_and_says_who_was_first() {
    let app = spawn().await;
    let (_, case) = unknown(&app, "90.43").await;
    let olga = app.person("olga@example.com").await;
    let axel = app.person("axel@example.com").await;
    let page = olga.get(&format!("/cases/{case}")).await;
    let (version, subject) = (page.field("version").unwrap(), page.field("subject_version").unwrap());
    let form =
        |reason| [("outcome", "done"), ("reason", reason), ("version", &*version), ("subject_version", &*subject)];
    assert_eq!(olga.post(&format!("/cases/{case}/notes"), &[("note", "They rang\nback")]).await.status, 303);
    let stale = olga.post(&format!("/cases/{case}/proposal"), &form("A long story")).await;
    assert_eq!(stale.status, 409);
    assert!(stale.main().contains("The case changed while you were reading.") && stale.text.contains("A long story"));
    assert_eq!(propose(&axel, &case, "done").await.status, 303);
    let late = olga.post(&format!("/cases/{case}/proposal"), &form("A long story")).await;
    assert_eq!(late.status, 409);
    let words = late.main();
    assert!(words.contains("Axel Approver has proposed already") && words.contains("A long story"), "{words}");
    let own = confirm(&app, &axel, &case).await;
    assert_eq!(own.status, 403);
    assert!(own.main().contains("Whoever proposed it does not confirm it") && own.main().contains("Take the proposal"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_is_filtered_and_tells_what_the_provider_said_to_this() {
    let app = spawn().await;
    let (silent, case) = unknown(&app, "90.43").await;
    let lost = app.test.completed("90.57").await.payout.id;
    let lost = case_of(&app, &lost.to_string()).await;
    let olga = app.person("olga@example.com").await;
    assert_eq!(olga.post(&format!("/cases/{case}/owner"), &[("owner", "")]).await.status, 303);
    for (query, shown, hidden) in [
        ("owner=mine", &case, &lost),
        ("owner=nobody", &lost, &case),
        ("kind=unknown_payout", &case, &lost),
        ("kind=paid_after_refund&currency=USD&client=1", &lost, &case),
    ] {
        let list = olga.get(&format!("/cases?{query}")).await;
        assert!(list.text.contains(shown.as_str()) && !list.text.contains(hidden.as_str()), "{query}");
    }
    assert!(olga.get("/cases?currency=EUR").await.main().contains("No case matches"));
    let all = olga.get("/cases").await;
    assert!(all.main().contains("Nobody knows") && all.main().contains("Lost"), "{}", all.main());
    // Asked to stop it, the provider answers that; about the payout itself it has still said nothing.
    let asked = payouts::ask_to_cancel(&app.test.desk, &app.test.operator, silent, Some("Wrong payee"), None);
    let asked = asked.await.expect("a question");
    app.test.run_jobs(3).await;
    let page = olga.get(&format!("/cases/{case}")).await;
    assert!(page.main().contains("it has said nothing about this"), "{}", page.main());
    assert!(app.test.int(&format!("SELECT questions FROM cases WHERE id = '{case}'")).await > 1);
    let question = case_of(&app, &asked.value.id.to_string()).await;
    let page = olga.get(&format!("/cases/{question}")).await;
    assert!(page.main().contains("Wrong payee") && page.main().contains("it has said nothing about this"));
    let page = olga.get(&format!("/cases/{lost}")).await;
    assert!(page.main().contains("Provider paid it after its refund") && page.main().contains("it has paid"));
}
