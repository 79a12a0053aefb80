//! Contacts and fund accounts.

use serde_json::{Value, json};

use crate::support::app::{NOW, SECOND, spawn};
use crate::support::razorpay::{account, contact, link_with};

const BEGAN: i64 = NOW / SECOND;

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_is_made_once_read_changed_and_switched_off() {
    let app = spawn().await;
    let program = app.razorpay().await;
    let made = program.post("/v1/contacts", contact()).await;
    let mut expected = json!({
        "id": made.id(),
        "entity": "contact",
        "name": "Asha Rao",
        "contact": "9876543210",
        "email": "asha@example.com",
        "type": "vendor",
        "reference_id": "ACME-1",
        "batch_id": null,
        "active": true,
        "notes": {"floor": "3"},
        "created_at": BEGAN,
    });
    assert_eq!((made.status, made.json()), (200, expected.clone()));
    assert!(made.id().starts_with("cont_") && made.id().len() == 27);
    app.test.clock.advance(SECOND);
    assert_eq!(program.post("/v1/contacts", contact()).await.json(), expected);
    let path = format!("/v1/contacts/{}", made.id());
    assert_eq!(program.get(&path).await.json(), expected);
    for (member, value) in
        [("name", json!("Asha R. Rao")), ("email", json!("rao@example.com")), ("type", json!("self"))]
    {
        expected[member] = value.clone();
        let changed = program.patch(&path, json!({member: value})).await;
        assert_eq!((changed.status, changed.json()), (200, expected.clone()), "{member}");
    }
    expected["active"] = json!(false);
    assert_eq!(program.patch(&path, json!({"active": false})).await.json(), expected);
    assert_eq!(program.patch(&path, json!({"active": 0})).await.json(), expected);
    expected["active"] = json!(true);
    assert_eq!(program.patch(&path, json!({"active": true})).await.json(), expected);
    expected["reference_id"] = Value::Null;
    assert_eq!(program.patch(&path, json!({"reference_id": "", "colour": "red"})).await.json(), expected);
    assert_eq!(program.patch(&path, json!({})).await.json(), expected);
    let ravi = program.post("/v1/contacts", json!({"name": "Ravi"})).await;
    assert_eq!((ravi.status, ravi.member("name"), ravi.member("email")), (200, json!("Ravi"), Value::Null));
    assert_eq!(program.get("/v1/contacts").await.ids(), [ravi.id(), made.id()]);
    assert_eq!(program.get("/v1/contacts?count=1&skip=1").await.ids(), [made.id()]);
    assert_eq!(program.get(&format!("/v1/contacts?to={BEGAN}")).await.ids(), [made.id()]);
    assert_eq!(app.other_razorpay().await.get("/v1/contacts").await.ids(), Vec::<String>::new());
    app.other_razorpay().await.get(&path).await.errs_input("The id provided does not exist", "id");
    app.other_razorpay().await.patch(&path, json!({})).await.errs_input("The id provided does not exist", "id");
    program.get("/v1/contacts/cont_1").await.errs_input("cont_1 is not a valid id.", "id");
    let taken = program.post("/v1/contacts", json!({"name": "Ravi", "email": "ravi@example.com"})).await.id();
    let same = program.patch(&format!("/v1/contacts/{taken}"), json!({"email": ""})).await;
    same.errs_input("Another contact has these details already.", "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_of_a_contact_is_named() {
    let app = spawn().await;
    let program = app.razorpay().await;
    let id = program.post("/v1/contacts", contact()).await.id();
    for (member, value, description, field) in [
        ("name", json!("Al"), "The name must be at least 3 characters.", "name"),
        ("name", json!(["Asha"]), "The name must be a string.", "name"),
        ("email", json!("nobody"), "The email must be a valid email address.", "email"),
        ("contact", json!("12"), "The contact format is invalid.", "contact"),
        ("type", json!("friend"), "Invalid type: friend", "type"),
        (
            "reference_id",
            json!("x".repeat(41)),
            "The reference_id may not be greater than 40 characters.",
            "reference_id",
        ),
        ("notes", json!(1), "The notes must be an object.", "notes"),
    ] {
        let mut body = contact();
        body[member] = value.clone();
        program.post("/v1/contacts", body).await.errs_input(description, field);
        program.patch(&format!("/v1/contacts/{id}"), json!({member: value})).await.errs_input(description, field);
    }
    program.post("/v1/contacts", json!({})).await.errs_input("The name field is required.", "name");
    program.post_nothing("/v1/contacts").await.errs_input("The name field is required.", "name");
    let odd = program.patch(&format!("/v1/contacts/{id}"), json!({"active": "perhaps"})).await;
    odd.errs_input("The active field must be true or false.", "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fund_account_is_made_once_and_shows_no_more_of_its_number_than_it_must() {
    let app = spawn().await;
    let program = app.razorpay().await;
    let contact = program.post("/v1/contacts", contact()).await.id();
    let made = program.post("/v1/fund_accounts", account(&contact)).await;
    let mut expected = json!({
        "id": made.id(),
        "entity": "fund_account",
        "contact_id": contact,
        "account_type": "bank_account",
        "bank_account": {"name": "Asha Rao", "ifsc": "HDFC0000123", "account_number": "50100123456789"},
        "batch_id": null,
        "active": true,
        "created_at": BEGAN,
    });
    assert_eq!((made.status, made.json()), (200, expected.clone()));
    app.test.clock.advance(SECOND);
    assert_eq!(program.post("/v1/fund_accounts", account(&contact)).await.json(), expected);
    let path = format!("/v1/fund_accounts/{}", made.id());
    expected["bank_account"]["account_number"] = json!("XXXXXXXXXX6789");
    assert_eq!(program.get(&path).await.json(), expected);
    let vpa = json!({"contact_id": contact, "account_type": "vpa", "vpa": {"address": "Asha@okhdfcbank"}});
    let second = program.post("/v1/fund_accounts", vpa).await;
    let address = json!({"username": "asha", "handle": "okhdfcbank", "address": "asha@okhdfcbank"});
    assert_eq!((second.status, second.member("vpa")), (200, address), "{}", second.text);
    let listed = program.get("/v1/fund_accounts").await;
    assert_eq!(listed.ids(), [second.id(), made.id()]);
    assert!(!listed.text.contains("50100123456789") && !listed.text.contains("asha@"));
    assert_eq!(program.get(&format!("/v1/fund_accounts?contact_id={contact}&count=1")).await.ids(), [second.id()]);
    assert_eq!(program.get("/v1/fund_accounts?contact_id=cont_00000000000001").await.ids(), Vec::<String>::new());
    expected["active"] = json!(false);
    assert_eq!(program.patch(&path, json!({"active": false})).await.json(), expected);
    assert_eq!(program.get(&path).await.json(), expected);
    program.patch(&path, json!({})).await.errs_input("The active field is required.", "active");
    app.other_razorpay().await.get(&path).await.errs_input("The id provided does not exist", "id");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_of_a_fund_account_is_named() {
    let app = spawn().await;
    let program = app.razorpay().await;
    let contact = program.post("/v1/contacts", contact()).await.id();
    let foreign = app.other_razorpay().await.post("/v1/contacts", json!({"name": "Somebody"})).await.id();
    let missing = "The contact id provided does not exist.";
    for (member, value, description, field) in [
        ("contact_id", Value::Null, "The contact_id field is required.", "contact_id"),
        ("contact_id", json!("cont_00000000000001"), missing, "contact_id"),
        ("contact_id", json!(foreign), missing, "contact_id"),
        ("contact_id", json!("fa_00000000000001"), "fa_00000000000001 is not a valid id.", "contact_id"),
        ("account_type", Value::Null, "The account_type field is required.", "account_type"),
        ("account_type", json!("card"), "Invalid account type: card", "account_type"),
        ("bank_account", Value::Null, "The bank_account field is required.", "bank_account"),
        ("name", json!("Al"), "The name must be at least 3 characters.", "name"),
        ("name", json!("x".repeat(121)), "The name may not be greater than 120 characters.", "name"),
        ("ifsc", Value::Null, "The ifsc field is required.", "ifsc"),
        ("ifsc", json!("HDFC000012"), "The IFSC must be 11 characters.", "ifsc"),
        ("ifsc", json!("HDFC0000-23"), "The IFSC format is invalid.", "ifsc"),
        ("account_number", json!("1234"), "The account number format is invalid.", "account_number"),
        ("account_number", json!("1".repeat(36)), "The account number format is invalid.", "account_number"),
        ("account_number", json!("5010 0123"), "The account number format is invalid.", "account_number"),
    ] {
        let mut body = account(&contact);
        match member {
            "name" | "ifsc" | "account_number" => body["bank_account"][member] = value,
            _ => body[member] = value,
        }
        program.post("/v1/fund_accounts", body).await.errs_input(description, field);
    }
    let vpa = json!({"contact_id": contact, "account_type": "vpa", "vpa": {"address": "nobody"}});
    let text = "Invalid VPA. Please enter a valid Virtual Payment Address";
    program.post("/v1/fund_accounts", vpa).await.errs_input(text, "address");
    program.patch(&format!("/v1/contacts/{contact}"), json!({"active": false})).await;
    let off = program.post("/v1/fund_accounts", account(&contact)).await;
    off.errs_input("The contact is not active.", "contact_id");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_made_to_a_contact_by_its_id_or_makes_the_contact() {
    let app = spawn().await;
    let (_, number) = app.test.rupees().await;
    let program = app.razorpay().await;
    let id = program.post("/v1/contacts", contact()).await.id();
    let by_id = program.post("/v1/payout-links", link_with(&number, "contact", json!({"id": id}))).await;
    assert_eq!((by_id.status, by_id.member("contact_id")), (200, json!(id)), "{}", by_id.text);
    let expected = json!({"name": "Asha Rao", "type": "vendor", "contact": "9876543210", "email": "asha@example.com"});
    assert_eq!(by_id.member("contact"), expected);
    let one = program.post("/v1/payout-links", crate::support::razorpay::link(&number)).await;
    let two = program.post("/v1/payout-links", crate::support::razorpay::link(&number)).await;
    assert_eq!(one.member("contact_id"), two.member("contact_id"));
    let made = one.member("contact_id").as_str().unwrap().to_owned();
    let contact = program.get(&format!("/v1/contacts/{made}")).await.json();
    assert_eq!((&contact["name"], &contact["type"]), (&json!("Gaurav Kumar"), &json!("customer")));
    let list = program.get(&format!("/v1/payout-links?contact_id={made}")).await.ids();
    assert_eq!(list, [two.id(), one.id()]);
    program.patch(&format!("/v1/contacts/{made}"), json!({"active": false})).await;
    let off = program.post("/v1/payout-links", link_with(&number, "contact", json!({"id": made}))).await;
    off.errs_input("The contact is not active.", "contact_id");
}
