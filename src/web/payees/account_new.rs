//! Adding an account to a payee.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::find;
use crate::domain::bank::Method;
use crate::domain::staff::Operation;
use crate::error::{Error, FieldError};
use crate::service::payees::input::AccountInput;
use crate::service::{Desk, accounts, permit_on};
use crate::store::payees::PayeeLine;
use crate::web::auth::Visitor;
use crate::web::bank_fields::{self, GivenAccount, MethodView};
use crate::web::csrf::Posted;
use crate::web::display::{FieldView, NoticeView, Problem, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::{approval_requests, respond};

/// The form for a new account.
#[derive(Template)]
#[template(path = "payees/account_new.html")]
pub struct NewAccountPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub href: String,
    pub name: String,
    /// What is wrong with the choice.
    pub method: FieldView,
    pub methods: Vec<MethodView>,
    pub currency: FieldView,
    pub holder_name: FieldView,
}

/// The same, as it was sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct AccountForm {
    currency: String,
    holder_name: String,
    /// The fields of the account, by method.
    #[serde(flatten)]
    account: BTreeMap<String, String>,
}

/// GET /payees/{id}/accounts/new
pub async fn new(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    if !visitor.may(Operation::ChangePayees) {
        return Err(Error::Forbidden.into());
    }
    let line = find(&visitor, &desk, &id).await?;
    respond::page(&page(&visitor, &line, &AccountForm::default(), &[]))
}

/// POST /payees/{id}/accounts
pub async fn create(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<AccountForm>,
) -> Result<HttpResponse, Failure> {
    let form = form.into_inner();
    permit_on(&desk, &visitor.caller, Operation::ChangePayees, &*id).await?;
    let line = find(&visitor, &desk, &id).await?;
    let account = match form.account().check() {
        Ok(Some(account)) => account,
        Ok(None) => {
            let errors = [FieldError { field: "method", message: "must be chosen".into() }];
            return respond::unprocessable(&page(&visitor, &line, &form, &errors));
        }
        Err(errors) => return respond::unprocessable(&page(&visitor, &line, &form, &errors)),
    };
    let text = |text: &str| Some(text.to_owned());
    let input = AccountInput {
        currency: text(&form.currency).map(|code| code.trim().to_uppercase()),
        holder_name: text(&form.holder_name),
        ..account.into()
    };
    match accounts::add(&desk, &visitor.caller, line.payee.id, &input, None).await {
        Ok(added) => {
            let label = super::accounts::label(&added.value.account);
            let name = line.payee.name();
            visitor.flash(match added.repeated {
                true => NoticeView::new(Tone::Info, format!("{name} had {label} already")),
                false => NoticeView::new(Tone::Good, format!("{label} of {name} is added")),
            });
            Ok(respond::see_other(&format!("/payees/{}", line.payee.id)))
        }
        Err(Error::Validation(errors)) => respond::unprocessable(&page(&visitor, &line, &form, &errors)),
        // A rule wants it approved first: then it has been asked for.
        Err(Error::Refused(refusal)) => {
            approval_requests::left(&visitor, &refusal).map_or_else(|| Err(Error::Refused(refusal).into()), Ok)
        }
        Err(error) => Err(error.into()),
    }
}

fn page(visitor: &Visitor, line: &PayeeLine, form: &AccountForm, errors: &[FieldError]) -> NewAccountPage {
    let given = form.account();
    let mut layout = visitor.layout("Add account", Place::Payees);
    layout.failed = !errors.is_empty();
    NewAccountPage {
        layout,
        problems: errors.iter().map(|error| bank_fields::problem(error, given.method())).collect(),
        href: format!("/payees/{}", line.payee.id),
        name: line.payee.name(),
        method: FieldView { value: given.method.clone(), error: bank_fields::error(errors, "method") },
        methods: bank_fields::methods(&Method::ALL, given.method(), &given, errors),
        currency: FieldView { value: form.currency.clone(), error: bank_fields::error(errors, "currency") },
        holder_name: FieldView { value: form.holder_name.clone(), error: bank_fields::error(errors, "holder_name") },
    }
}

impl AccountForm {
    fn account(&self) -> GivenAccount {
        GivenAccount::of(self.account.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }
}
