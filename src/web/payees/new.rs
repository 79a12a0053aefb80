//! The form for a new payee, with its first account.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::domain::bank::Method;
use crate::domain::staff::Operation;
use crate::error::{Error, FieldError};
use crate::service::payees::input::{PayeeFields, PayeeInput};
use crate::service::{Desk, payees, wallets};
use crate::web::auth::Visitor;
use crate::web::bank_fields::{self, GivenAccount, MethodView};
use crate::web::csrf::Posted;
use crate::web::display::{FieldView, NoticeView, OptionView, Problem, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::{approval_requests, respond};

/// The form for a new payee.
#[derive(Template)]
#[template(path = "payees/new.html")]
pub struct NewPayeePage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub clients: Vec<OptionView>,
    pub draft: PayeeDraft,
    pub methods: Vec<MethodView>,
}

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct PayeeDraft {
    pub client: FieldView,
    pub kind: FieldView,
    pub first_name: FieldView,
    pub last_name: FieldView,
    pub email: FieldView,
    pub phone: FieldView,
    pub country: FieldView,
    pub reference: FieldView,
    pub method: FieldView,
}

/// The form for a new payee, as it was sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct PayeeForm {
    client: String,
    kind: String,
    first_name: String,
    last_name: String,
    email: String,
    phone: String,
    country: String,
    reference: String,
    /// The fields of the account, by method.
    #[serde(flatten)]
    account: BTreeMap<String, String>,
}

/// GET /payees/new
pub async fn new(visitor: Visitor, desk: web::Data<Desk>) -> Result<HttpResponse, Failure> {
    if !visitor.may(Operation::ChangePayees) {
        return Err(Error::Forbidden.into());
    }
    respond::page(&page(&visitor, &desk, &PayeeForm::default(), &[]).await?)
}

/// POST /payees
pub async fn create(visitor: Visitor, desk: web::Data<Desk>, form: Posted<PayeeForm>) -> Result<HttpResponse, Failure> {
    let form = form.into_inner();
    let (input, mut wrong) = match form.account().check() {
        Ok(account) => (PayeeInput { account: account.map(Into::into), ..form.input() }, Vec::new()),
        Err(errors) => (form.input(), errors),
    };
    if !wrong.is_empty() {
        // The other fields are checked too, so that all errors show at once.
        wrong.extend(payees::check(&desk, &visitor.caller, Some(&form.client), &input, PayeeFields::STAFF).await?);
        return respond::unprocessable(&page(&visitor, &desk, &form, &wrong).await?);
    }
    match payees::create(&desk, &visitor.caller, Some(&form.client), &input, PayeeFields::STAFF, None).await {
        Ok(saved) => {
            let line = saved.value;
            visitor.flash(NoticeView::new(Tone::Good, format!("{} is saved", line.payee.name())));
            Ok(respond::see_other(&format!("/payees/{}", line.payee.id)))
        }
        Err(Error::Validation(errors)) => respond::unprocessable(&page(&visitor, &desk, &form, &errors).await?),
        // A rule wants the account approved first: then it has been asked for.
        Err(Error::Refused(refusal)) => {
            approval_requests::left(&visitor, &refusal).map_or_else(|| Err(Error::Refused(refusal).into()), Ok)
        }
        Err(error) => Err(error.into()),
    }
}

async fn page(visitor: &Visitor, desk: &Desk, form: &PayeeForm, errors: &[FieldError]) -> Result<NewPayeePage, Error> {
    const FIELDS: [&str; 8] = ["client", "kind", "first_name", "last_name", "email", "country", "phone", "reference"];
    let (own, of_account): (Vec<FieldError>, Vec<FieldError>) =
        errors.iter().cloned().partition(|error| FIELDS.contains(&error.field));
    let own = respond::in_order(own, &FIELDS);
    let given = form.account();
    let clients = wallets::clients(desk, &visitor.caller).await?;
    let mut layout = visitor.layout("New payee", Place::Payees);
    layout.failed = !errors.is_empty();
    let field = |name: &str, typed: &str| respond::field(name, typed, &own);
    let mut problems = respond::problems(&own);
    problems.extend(of_account.iter().map(|error| bank_fields::problem(error, given.method())));
    Ok(NewPayeePage {
        layout,
        problems,
        clients: clients.iter().map(|client| OptionView::new(client.number.to_string(), &client.name)).collect(),
        draft: PayeeDraft {
            client: field("client", &form.client),
            kind: field("kind", &form.kind),
            first_name: field("first_name", &form.first_name),
            last_name: field("last_name", &form.last_name),
            email: field("email", &form.email),
            phone: field("phone", &form.phone),
            country: field("country", &form.country),
            reference: field("reference", &form.reference),
            method: FieldView { value: given.method.clone(), error: bank_fields::error(&of_account, "method") },
        },
        methods: bank_fields::methods(&Method::ALL, given.method(), &given, &of_account),
    })
}

impl PayeeForm {
    fn input(&self) -> PayeeInput {
        let text = |text: &str| Some(text.to_owned());
        PayeeInput {
            kind: text(&self.kind),
            email: text(&self.email),
            first_name: text(&self.first_name),
            last_name: text(&self.last_name),
            country: text(&self.country),
            phone: text(&self.phone),
            reference: text(&self.reference),
            ..PayeeInput::default()
        }
    }

    fn account(&self) -> GivenAccount {
        GivenAccount::of(self.account.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }
}
