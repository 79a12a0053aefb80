//! A program that talks to `/v1` as Razorpay's published clients do.

use paydesk::domain::dialect::Dialect;
use paydesk::domain::wallet::account_number;
use paydesk::service::credentials::NewCredential;
use paydesk::service::top_ups::{self, TopUpInput};
use paydesk::service::wallet_settings::{self, WalletInput};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use super::api::{Answer, send};
use super::app::{TestApp, TestDesk};
use super::programs::{form, header, issue};

/// One program with its key, or somebody without one.
#[derive(Clone)]
pub struct Razorpay {
    client: Client,
    base_url: String,
    /// What stands in `Authorization`.
    authorization: Option<String>,
}

impl TestApp {
    /// A new program of the first client with the scopes READ, WRITE and PAY.
    pub async fn razorpay(&self) -> Razorpay {
        self.razorpay_of(&form(Dialect::Razorpay)).await
    }

    /// The same that may only read.
    pub async fn readonly_razorpay(&self) -> Razorpay {
        self.razorpay_of(&NewCredential { scopes: vec!["READ".into()], ..form(Dialect::Razorpay) }).await
    }

    /// A program of the other client.
    pub async fn other_razorpay(&self) -> Razorpay {
        self.razorpay_of(&NewCredential { client: "2".into(), ..form(Dialect::Razorpay) }).await
    }

    /// A program with such a key.
    pub async fn razorpay_of(&self, new: &NewCredential) -> Razorpay {
        let issued = issue(&self.test, new).await;
        self.razorpay_with(Some(&header(&self.test, &issued).await))
    }

    /// A program that sends this in `Authorization`.
    pub fn razorpay_with(&self, authorization: Option<&str>) -> Razorpay {
        let authorization = authorization.map(str::to_owned);
        Razorpay { client: Client::new(), base_url: self.base_url.clone(), authorization }
    }
}

impl TestDesk {
    /// A wallet of the first client with 10,000.00 rupees, without fees, and approval above 1,000.00; its number and
    /// its account number.
    pub async fn rupees(&self) -> (i64, String) {
        let input = WalletInput {
            client: "1".into(),
            name: "Main INR".into(),
            currency: "INR".into(),
            approval_limit: "1000".into(),
            percentage: "0".into(),
            ..WalletInput::default()
        };
        let wallet = wallet_settings::create(&self.desk, &self.admin, &input).await.expect("a wallet");
        self.top_up(wallet, "10000").await;
        (wallet, account_number(wallet))
    }

    /// Money comes in; `amount` in major units.
    pub async fn top_up(&self, wallet: i64, amount: &str) {
        let input = TopUpInput { amount: amount.into(), reference: "Top-up".into() };
        top_ups::create(&self.desk, &self.admin, wallet, &input, None).await.expect("a top-up");
    }
}

impl Razorpay {
    /// A request to be filled; `path` begins with `/v1`.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.client.request(method, format!("{}{path}", self.base_url));
        match &self.authorization {
            Some(value) => request.header("Authorization", value),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        send(self.request("GET", path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        send(self.request("POST", path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        send(self.request("PATCH", path).json(&body)).await
    }

    pub async fn post_nothing(&self, path: &str) -> Answer {
        send(self.request("POST", path)).await
    }
}

impl Answer {
    /// Fails unless the body is exactly the contract's error with these members.
    #[track_caller]
    pub fn errs(&self, status: u16, description: &str, reason: &str, field: &str) {
        let or_null = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
        let expected = json!({"error": {
            "code": "BAD_REQUEST_ERROR",
            "description": description,
            "source": "business",
            "step": null,
            "reason": or_null(reason),
            "metadata": {},
            "field": or_null(field),
        }});
        assert_eq!((status, &expected), (self.status, &self.json()));
        assert_eq!(self.header("content-type"), "application/json");
    }

    /// The same for what cannot be used as it was sent.
    #[track_caller]
    pub fn errs_input(&self, description: &str, field: &str) {
        self.errs(400, description, "input_validation_failed", field);
    }

    /// Fails unless it says that nothing stands at the address.
    #[track_caller]
    pub fn is_nowhere(&self) {
        let expected = json!({"error": {
            "code": "BAD_REQUEST_ERROR",
            "description": "The requested URL was not found on the server.",
            "source": null,
            "step": null,
            "reason": null,
            "metadata": null,
            "field": null,
        }});
        assert_eq!((400, &expected), (self.status, &self.json()));
    }

    /// The ids of a collection, whose `count` is how many there are.
    #[track_caller]
    pub fn ids(&self) -> Vec<String> {
        let body = self.json();
        assert_eq!((self.status, &body["entity"]), (200, &json!("collection")), "{}", self.text);
        let items = body["items"].as_array().expect("items");
        assert_eq!(body["count"], json!(items.len()));
        items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
    }
}

/// The body of a payout link of 10.00 rupees to the contact of the contract's example.
pub fn link(account_number: &str) -> Value {
    json!({
        "account_number": account_number,
        "contact": {
            "name": "Gaurav Kumar",
            "type": "customer",
            "contact": "912345678",
            "email": "gaurav.kumar@example.com",
        },
        "amount": 1000,
        "currency": "INR",
        "purpose": "refund",
        "description": "Payout Link for Gaurav Kumar",
        "receipt": "Receipt No. 1",
        "send_sms": true,
        "send_email": true,
        "notes": {"notes_key_1": "Tea, Earl Grey, Hot", "notes_key_2": "Tea, Earl Grey… decaf."},
    })
}

/// The same with one member changed; a dot leads into the contact.
pub fn link_with(account_number: &str, member: &str, value: Value) -> Value {
    let mut body = link(account_number);
    match member.strip_prefix("contact.") {
        Some(inner) => body["contact"][inner] = value,
        None => body[member] = value,
    }
    body
}

/// A text as it stands in the query of an address.
pub fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// The body of a contact.
pub fn contact() -> Value {
    json!({
        "name": "Asha Rao",
        "email": "asha@example.com",
        "contact": "9876543210",
        "type": "vendor",
        "reference_id": "ACME-1",
        "notes": {"floor": "3"},
    })
}

/// The body of a contact's bank account.
pub fn account(contact: &str) -> Value {
    json!({
        "contact_id": contact,
        "account_type": "bank_account",
        "bank_account": {"name": "Asha Rao", "ifsc": "HDFC0000123", "account_number": "50100123456789"},
    })
}
