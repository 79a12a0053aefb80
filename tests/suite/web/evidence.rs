//! Files as evidence on cases: what is kept, what is refused, and that nothing of it is ever lost.

use reqwest::multipart::{Form, Part};

use crate::support::api::Answer;
use crate::support::app::{TestApp, spawn};
use crate::support::person::Person;

const PDF: &[u8] = b"%PDF-1.7\n% a statement";

async fn case(app: &TestApp) -> String {
    app.test.payout("90.43").await;
    app.test.run_jobs(16).await;
    app.test.text("SELECT id FROM cases ORDER BY id DESC LIMIT 1").await
}

/// Sends a file as a browser does.
async fn put(person: &Person, case: &str, name: &str, bytes: &[u8]) -> Answer {
    let part = Part::bytes(bytes.to_vec()).file_name(name.to_owned());
    let form = Form::new().text("csrf", person.token().await).part("file", part);
    person.send(person.request("POST", &format!("/cases/{case}/evidence")).multipart(form)).await
}

async fn newest(app: &TestApp) -> String {
    app.test.text("SELECT id FROM evidence ORDER BY id DESC LIMIT 1").await
}

async fn files(app: &TestApp) -> i64 {
    app.test.int("SELECT COUNT(*) FROM evidence_files").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_stands_on_its_case_and_is_taken_away_as_it_was_put_there() {
    let app = spawn().await;
    let case = case(&app).await;
    let (olga, vera) = (app.person("olga@example.com").await, app.person("vera@example.com").await);
    assert_eq!(put(&olga, &case, "Kontoauszug März.pdf", PDF).await.status, 303);
    assert_eq!(put(&vera, &case, "other.pdf", PDF).await.status, 403, "a viewer only reads");
    let page = vera.get(&format!("/cases/{case}")).await;
    let words = page.main();
    assert!(words.contains("Kontoauszug März.pdf") && words.contains("PDF, 22 bytes"), "{words}");
    assert!(words.contains("Olga Operator") && !words.contains("Withdraw"), "{words}");
    let sha256 = app.test.text("SELECT sha256 FROM evidence").await;
    assert!(words.contains(&sha256), "{words}");
    let file = vera.get(&format!("/cases/{case}/evidence/{}", newest(&app).await)).await;
    assert_eq!((file.status, file.text.as_bytes()), (200, PDF));
    let header = |name: &str| file.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    assert_eq!((header("content-type"), header("x-content-type-options")), ("application/pdf", "nosniff"));
    let disposition = header("content-disposition");
    assert!(disposition.starts_with("attachment; filename=\"Kontoauszug M_rz.pdf\""), "{disposition}");
    assert!(disposition.ends_with("filename*=UTF-8''Kontoauszug%20M%C3%A4rz.pdf"), "{disposition}");
    // Not through another case, and nothing for whoever guesses.
    let other = self::case(&app).await;
    assert_eq!(vera.get(&format!("/cases/{other}/evidence/{}", newest(&app).await)).await.status, 404);
    assert_eq!(vera.get(&format!("/cases/{case}/evidence/x")).await.status, 404);
    let rows = "SELECT COUNT(*) FROM audit_log WHERE outcome = 'done' AND action IN ('case.file', 'case.read_file')";
    assert_eq!(app.test.int(rows).await, 2);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_or_something_else_is_refused_by_name() {
    let app = spawn().await;
    let case = case(&app).await;
    let olga = app.person("olga@example.com").await;
    let large = vec![b'a'; 2 * 1024 * 1024 + 1];
    for (name, bytes, reason) in [
        ("page.html", b"<script>alert(1)</script>".as_slice(), "page.html ends in .html"),
        ("tool.pdf", b"MZ\x90\x00\x03\xff", "tool.pdf is of another kind: only PDF"),
        ("photo.png", PDF, "photo.png is no PNG image"),
        ("large.txt", &large, "large.txt is larger than 2 MB"),
        ("none.txt", b"", "none.txt is empty"),
    ] {
        let answer = put(&olga, &case, name, bytes).await;
        assert_eq!(answer.status, 422, "{name}");
        assert!(answer.main().contains(reason), "{name}: {}", answer.main());
    }
    assert_eq!(put(&olga, &case, "huge.txt", &vec![b'a'; 5 * 1024 * 1024 + 1]).await.status, 413);
    assert_eq!(olga.post(&format!("/cases/{case}/evidence"), &[]).await.status, 422, "nothing was chosen");
    assert_eq!(files(&app).await, 0);
    // Text that is pasted is a file too; the same again is kept once.
    for _ in 0..2 {
        assert_eq!(olga.post(&format!("/cases/{case}/evidence"), &[("file_text", "They rang back")]).await.status, 303);
    }
    assert_eq!((files(&app).await, app.test.text("SELECT name FROM evidence").await), (1, "pasted.txt".into()));
    let foreign = Form::new().text("csrf", "wrong").part("file", Part::bytes(PDF.to_vec()).file_name("a.pdf"));
    let foreign = olga.request("POST", &format!("/cases/{case}/evidence")).multipart(foreign);
    assert_eq!(olga.send(foreign).await.status, 403);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_eleventh_file_is_refused_and_a_withdrawn_one_stays() {
    let app = spawn().await;
    let case = case(&app).await;
    let olga = app.person("olga@example.com").await;
    for number in 0..9 {
        assert_eq!(put(&olga, &case, &format!("{number}.txt"), format!("row {number}").as_bytes()).await.status, 303);
    }
    // Two at once: one of them is the eleventh.
    let again = app.person("axel@example.com").await;
    let (one, other) = tokio::join!(put(&olga, &case, "a.txt", b"tenth"), put(&again, &case, "b.txt", b"eleventh"));
    let mut answers = [one.status, other.status];
    answers.sort_unstable();
    assert_eq!((answers, files(&app).await), ([303, 422], 10));
    let file = newest(&app).await;
    let withdrawal = format!("/cases/{case}/evidence/{file}/withdrawal");
    assert_eq!(olga.post(&withdrawal, &[("file_reason", " ")]).await.status, 422);
    assert_eq!(olga.post(&withdrawal, &[("file_reason", "Of another payout")]).await.status, 303);
    assert_eq!(olga.post(&withdrawal, &[("file_reason", "Of another payout")]).await.status, 409, "once");
    let page = olga.get(&format!("/cases/{case}")).await;
    assert!(page.main().contains("Withdrawn by Olga Operator"), "{}", page.main());
    assert_eq!(olga.get(&format!("/cases/{case}/evidence/{file}")).await.status, 200, "it can still be read");
    // It still counts among the ten, and nothing of it can be changed or deleted.
    assert_eq!(put(&olga, &case, "c.txt", b"one more").await.status, 422);
    for sql in [
        "DELETE FROM evidence",
        "DELETE FROM evidence_files",
        "UPDATE evidence SET name = 'x.txt'",
        "UPDATE evidence_files SET content = ''",
    ] {
        let change = app.test.desk.store.write(move |tx| Box::pin(async move { tx.execute(sql, &[]).await }));
        assert!(change.await.is_err(), "{sql}");
    }
    app.test.verify().await;
}
