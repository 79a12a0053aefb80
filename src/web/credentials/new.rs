//! Making a credential: the form of each API, and the page that shows the secret once.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::calls::{self, Call};
use crate::domain::dialect::Dialect;
use crate::domain::staff::Scope;
use crate::error::{Error, FieldError};
use crate::service::Desk;
use crate::service::credentials::{self, Issued, NewCredential};
use crate::service::staff::Member;
use crate::web::approval_words::notice;
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{FieldView, NoticeView, OptionView, Problem, TabView};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::payouts::changed;
use crate::web::{approval_requests, respond, words};

/// The form for a new credential.
#[derive(Template)]
#[template(path = "credentials/new.html")]
pub struct NewCredentialPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    /// The APIs; the current one decides which fields there are.
    pub tabs: Vec<TabView>,
    pub dialect: Dialect,
    /// What is said about the API.
    pub about: &'static str,
    pub clients: Vec<OptionView>,
    /// Staff who may own it, with their role.
    pub owners: Vec<OptionView>,
    pub scopes: Vec<ScopeChoice>,
    /// A rule wants some new credential approved, and who can.
    pub rule: Option<NoticeView>,
    pub draft: CredentialDraft,
}

/// What was typed. `scopes` holds no value, only what is wrong with the choice.
#[derive(Clone, Debug, Default)]
pub struct CredentialDraft {
    pub name: FieldView,
    pub client: FieldView,
    pub owner: FieldView,
    pub scopes: FieldView,
    pub ip_list: FieldView,
    pub last_day: FieldView,
    pub cap_currency: FieldView,
    pub most_per_call: FieldView,
    pub most_per_day: FieldView,
    pub issuer: FieldView,
    pub certificate: FieldView,
}

/// A scope that can be ticked.
#[derive(Clone, Debug)]
pub struct ScopeChoice {
    pub name: &'static str,
    pub label: &'static str,
    /// Empty for none.
    pub note: &'static str,
    pub checked: bool,
}

/// Something shown this once: the id of its field, its name, and itself.
#[derive(Clone, Debug)]
pub struct Once {
    pub id: &'static str,
    pub label: &'static str,
    pub value: String,
}

/// A secret was made; it is shown here and never again.
#[derive(Template)]
#[template(path = "credentials/made.html")]
pub struct MadePage {
    pub layout: Layout,
    pub href: String,
    pub name: String,
    /// What happened, and what that means.
    pub title: &'static str,
    pub text: String,
    /// What to copy now; empty when there is nothing secret.
    pub warning: &'static str,
    pub advice: &'static str,
    pub once: Vec<Once>,
    /// A first call, ready to paste.
    pub call: Option<Call>,
    /// What to do next, when it does not work yet.
    pub next: Option<OptionView>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Choice {
    #[serde(default)]
    dialect: String,
}

/// GET /settings/credentials/new
pub async fn form(
    visitor: Visitor,
    desk: web::Data<Desk>,
    choice: web::Query<Choice>,
) -> Result<HttpResponse, Failure> {
    let dialect = Dialect::from_name(&choice.dialect).unwrap_or(Dialect::Wallet);
    let draft = NewCredential {
        dialect: dialect.name().to_owned(),
        scopes: vec![Scope::Read.name().to_owned()],
        ..NewCredential::default()
    };
    respond::page(&page(&visitor, &desk, &draft, &[]).await?)
}

/// POST /settings/credentials
///
/// The secret is in this answer and nowhere else, so there is no page to go on to that could show it.
pub async fn create(
    visitor: Visitor,
    desk: web::Data<Desk>,
    form: Posted<Vec<(String, String)>>,
) -> Result<HttpResponse, Failure> {
    let draft = draft(&form.into_inner());
    match credentials::create(&desk, &visitor.caller, &draft).await {
        Ok(issued) => respond::page(&made(&visitor, &desk, issued)),
        Err(Error::Validation(errors)) => respond::unprocessable(&page(&visitor, &desk, &draft, &errors).await?),
        Err(Error::Refused(refusal)) => {
            let mut page = page(&visitor, &desk, &draft, &[]).await?;
            page.layout.failed = true;
            page.rule = Some(changed(&refusal));
            respond::conflict(&page)
        }
        Err(error) => Err(error.into()),
    }
}

/// What a program needs to be given, to be shown once.
pub(super) fn once(issued: &Issued) -> Vec<Once> {
    let dialect = issued.credential.dialect;
    let name = Once { id: "username", label: calls::username(dialect), value: issued.credential.username.clone() };
    let secret = issued.secret.clone().map(|value| Once { id: "secret", label: calls::secret(dialect), value });
    // A MassPay key holds its own name.
    let named = (dialect != Dialect::MassPay).then_some(name);
    named.into_iter().chain(secret).collect()
}

/// The form as it was sent; `scope` comes once for each box that is ticked.
fn draft(form: &[(String, String)]) -> NewCredential {
    let text =
        |name: &str| form.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone()).unwrap_or_default();
    NewCredential {
        dialect: text("dialect"),
        client: text("client"),
        owner: text("owner"),
        name: text("name"),
        scopes: form.iter().filter(|(field, _)| field == "scope").map(|(_, value)| value.clone()).collect(),
        ip_list: text("ip_list"),
        last_day: text("last_day"),
        cap_currency: text("cap_currency"),
        most_per_call: text("most_per_call"),
        most_per_day: text("most_per_day"),
        issuer: text("issuer"),
        certificate: text("certificate"),
    }
}

async fn page(
    visitor: &Visitor,
    desk: &Desk,
    draft: &NewCredential,
    errors: &[FieldError],
) -> Result<NewCredentialPage, Error> {
    let dialect = Dialect::from_name(&draft.dialect).unwrap_or(Dialect::Wallet);
    let (clients, owners) = credentials::choices(desk, &visitor.caller).await?;
    let mut layout = visitor.layout("New credential", Place::Credentials);
    layout.failed = !errors.is_empty();
    let owner = |member: &Member| {
        OptionView::new(member.id.to_string(), format!("{}, {}", member.name, words::role(member.role)))
    };
    let tab = |one: Dialect| TabView {
        href: format!("/settings/credentials/new?dialect={}", one.name()),
        word: one.words().to_owned(),
        count: None,
        current: one == dialect,
    };
    let order = [
        "dialect",
        "name",
        "client",
        "owner",
        "issuer",
        "certificate",
        "scopes",
        "ip_list",
        "last_day",
        "cap_currency",
        "most_per_call",
        "most_per_day",
    ];
    let field = |name: &str, typed: &str| respond::field(name, typed, errors);
    Ok(NewCredentialPage {
        layout,
        problems: respond::problems(&respond::in_order(errors.to_vec(), &order)),
        tabs: Dialect::ALL.map(tab).to_vec(),
        dialect,
        about: about(dialect),
        clients: clients.iter().map(|client| OptionView::new(client.number.to_string(), &client.name)).collect(),
        owners: owners.iter().map(owner).collect(),
        rule: credentials::expected(desk, &visitor.caller, None).await?.as_ref().map(notice),
        scopes: Scope::ALL.iter().map(|scope| choice(dialect, *scope, &draft.scopes)).collect(),
        draft: CredentialDraft {
            name: field("name", &draft.name),
            client: field("client", &draft.client),
            owner: field("owner", &draft.owner),
            scopes: field("scopes", ""),
            ip_list: field("ip_list", &draft.ip_list),
            last_day: field("last_day", &draft.last_day),
            cap_currency: field("cap_currency", &draft.cap_currency),
            most_per_call: field("most_per_call", &draft.most_per_call),
            most_per_day: field("most_per_day", &draft.most_per_day),
            issuer: field("issuer", &draft.issuer),
            certificate: field("certificate", &draft.certificate),
        },
    })
}

fn about(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Wallet => "For programs that speak Paydesk’s own API. You see the password once, on the next page.",
        Dialect::Revolut => {
            "For programs written for Revolut Business. They sign in with a key of their own, so there is no secret to \
             hand over."
        }
        Dialect::Razorpay => "For programs written for RazorpayX. You see the key secret once, on the next page.",
        Dialect::MassPay => "For programs written for MassPay. You see the key once, on the next page.",
    }
}

fn choice(dialect: Dialect, scope: Scope, ticked: &[String]) -> ScopeChoice {
    let (label, note) = match (scope, dialect) {
        (Scope::Read, Dialect::Revolut) => {
            ("Read payouts, wallets and payees", "Also needed to pay, and to change payees.")
        }
        (Scope::Read, _) => ("Read payouts, wallets and payees", ""),
        (Scope::Write, Dialect::Revolut) => {
            ("Change payees and webhooks, cancel payout links", "Also needed to make payout links.")
        }
        (Scope::Write, _) => ("Change payees and webhooks", ""),
        (Scope::Pay, Dialect::Revolut) => {
            ("Pay, and make payout links", "Its owner’s role and the approval limits still apply.")
        }
        (Scope::Pay, _) => {
            ("Make, approve, cancel and reverse payouts", "Its owner’s role and the approval limits still apply.")
        }
        (Scope::ReadSensitive, _) => ("Read sensitive data", "Needs an IP list; without one it is refused everywhere."),
    };
    ScopeChoice { name: scope.name(), label, note, checked: ticked.iter().any(|name| name == scope.name()) }
}

fn made(visitor: &Visitor, desk: &Desk, issued: Issued) -> MadePage {
    let credential = &issued.credential;
    let href = super::href(credential);
    let revolut = credential.dialect == Dialect::Revolut;
    let next = match (revolut, &credential.certificate) {
        (false, _) => None,
        (true, None) => Some(OptionView::new(format!("{href}/certificate"), "Upload certificate")),
        (true, Some(_)) => Some(OptionView::new(format!("{href}/code"), "Make one-time code")),
    };
    let works = match (issued.waits, &next) {
        (Some(_), _) => "works once it is approved; until then every call is refused",
        (None, Some(_)) => "can sign in after one more step",
        (None, None) => "works now",
    };
    let next = match issued.waits {
        Some(request) => Some(OptionView::new(approval_requests::href(request), "See the request")),
        None => next,
    };
    MadePage {
        layout: visitor.layout("The credential is made", Place::Credentials),
        title: "The credential is made",
        text: format!("{} is for {} and {works}.", credential.name, credential.client_name),
        warning: match credential.dialect {
            Dialect::Wallet => "Copy the password now, it is shown only once",
            Dialect::Revolut => "",
            Dialect::Razorpay => "Copy the key secret now, it is shown only once",
            Dialect::MassPay => "Copy the key now, it is shown only once",
        },
        advice: "Never share it by mail or chat. If it leaks, revoke the credential; it stops at once.",
        once: once(&issued),
        call: issued.secret.as_deref().map(|secret| calls::first(desk, credential, Some(secret))),
        next,
        name: issued.credential.name,
        href,
    }
}
