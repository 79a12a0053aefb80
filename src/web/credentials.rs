//! The pages of credentials, for admins: what programs may do, and from where.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::auth::Visitor;
use super::csrf::Posted;
use super::display::{ActView, FieldView, NoticeView, OptionView, Problem, StatusView, TimeView, Tone};
use super::failure::Failure;
use super::layout::{Layout, Place};
use super::numbers::many;
use super::sessions::Confirmed;
use super::{respond, words};
use crate::domain::ids::CredentialId;
use crate::domain::staff::Scope;
use crate::error::{Error, FieldError};
use crate::service::Desk;
use crate::service::credentials::{self, Credential, Issued, NewCredential};
use crate::service::staff::{self, Member};

/// All credentials.
#[derive(Template)]
#[template(path = "credentials/index.html")]
pub struct CredentialsPage {
    pub layout: Layout,
    /// For example `4 credentials, 1 revoked`.
    pub matches: String,
    pub rows: Vec<CredentialRow>,
}

/// One credential in the list.
#[derive(Clone, Debug)]
pub struct CredentialRow {
    pub href: String,
    pub name: String,
    pub username: String,
    pub client: String,
    pub owner: String,
    pub scopes: Vec<String>,
    /// Networks; empty allows every address.
    pub networks: Vec<String>,
    pub last_used: Option<TimeView>,
    pub status: StatusView,
}

/// The form for a new credential.
#[derive(Template)]
#[template(path = "credentials/new.html")]
pub struct NewCredentialPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub clients: Vec<OptionView>,
    /// Staff who may own it, with their role.
    pub owners: Vec<OptionView>,
    pub scopes: Vec<ScopeChoice>,
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

/// A credential was made; its password is shown here and never again.
#[derive(Template)]
#[template(path = "credentials/created.html")]
pub struct CredentialCreatedPage {
    pub layout: Layout,
    pub href: String,
    pub name: String,
    pub client: String,
    pub username: String,
    pub secret: String,
    /// A first call, ready to paste.
    pub curl: String,
}

/// One credential.
#[derive(Template)]
#[template(path = "credentials/show.html")]
pub struct CredentialPage {
    pub layout: Layout,
    pub id: String,
    pub name: String,
    pub status: StatusView,
    pub username: String,
    pub client: String,
    pub owner: String,
    pub owner_href: String,
    pub scopes: Vec<String>,
    pub networks: Vec<String>,
    /// Something about it that keeps it from working.
    pub warning: Option<NoticeView>,
    pub made: TimeView,
    pub made_by: String,
    pub last_used: Option<TimeView>,
    pub revoked: Option<TimeView>,
    pub audit_href: String,
    pub acts: Vec<ActView>,
    pub revocation: Option<RevocationStep>,
}

/// The confirm step of revoking a credential, on a page of its own.
#[derive(Template)]
#[template(path = "credentials/revocation.html")]
pub struct RevocationPage {
    pub layout: Layout,
    pub step: RevocationStep,
}

/// What revoking a credential does.
#[derive(Clone, Debug)]
pub struct RevocationStep {
    pub action: String,
    pub keep_href: String,
    pub name: String,
    pub username: String,
    pub client: String,
    pub owner: String,
    /// When it was used last, or that it never was.
    pub last_used: String,
}

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/settings/credentials").route(web::get().to(index)).route(web::post().to(create)));
    config.service(web::resource("/settings/credentials/new").route(web::get().to(new)));
    config.service(web::resource("/settings/credentials/{id}").route(web::get().to(show)));
    config.service(
        web::resource("/settings/credentials/{id}/revocation")
            .route(web::get().to(revocation))
            .route(web::post().to(revoke)),
    );
}

/// GET /settings/credentials
pub async fn index(visitor: Visitor, desk: web::Data<Desk>) -> Result<HttpResponse, Failure> {
    let credentials = credentials::list(&desk, &visitor.caller).await?;
    let revoked = credentials.iter().filter(|credential| credential.revoked_at.is_some()).count();
    let all = many(credentials.len(), "credential", "credentials");
    respond::page(&CredentialsPage {
        layout: visitor.layout("Credentials", Place::Credentials),
        matches: if revoked == 0 { all } else { format!("{all}, {revoked} revoked") },
        rows: credentials.iter().map(|credential| row(&visitor, credential)).collect(),
    })
}

/// GET /settings/credentials/new
pub async fn new(visitor: Visitor, desk: web::Data<Desk>) -> Result<HttpResponse, Failure> {
    let draft = NewCredential { scopes: vec![Scope::Read.name().to_owned()], ..NewCredential::default() };
    respond::page(&new_page(&visitor, &desk, &draft, &[]).await?)
}

/// POST /settings/credentials
///
/// The password is in this answer and nowhere else, so there is no page to go on to that could show it.
pub async fn create(
    visitor: Visitor,
    desk: web::Data<Desk>,
    form: Posted<Vec<(String, String)>>,
) -> Result<HttpResponse, Failure> {
    let draft = draft(&form.into_inner());
    match credentials::create(&desk, &visitor.caller, &draft).await {
        Ok(issued) => respond::page(&created_page(&visitor, &desk, issued)),
        Err(Error::Validation(errors)) => respond::unprocessable(&new_page(&visitor, &desk, &draft, &errors).await?),
        Err(error) => Err(error.into()),
    }
}

/// GET /settings/credentials/{id}
pub async fn show(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let credential = find(&visitor, &desk, &id).await?;
    let owner = staff::get(&desk, &visitor.caller, credential.staff_id).await?;
    let made_by = match credential.created_by {
        Some(id) if id == owner.id => owner.name.clone(),
        Some(id) => staff::get(&desk, &visitor.caller, id).await?.name,
        None => "the command line".to_owned(),
    };
    let href = format!("/settings/credentials/{}", credential.id);
    let revocation = credential.revoked_at.is_none().then(|| step(&visitor, &credential));
    respond::page(&CredentialPage {
        layout: visitor.layout(&credential.name, Place::Credentials),
        id: credential.id.to_string(),
        status: status(&credential),
        scopes: credential.scopes.split_whitespace().map(str::to_owned).collect(),
        networks: networks(&credential),
        warning: warning(&credential, &owner),
        made: visitor.zone.on(credential.id.created_at()),
        made_by,
        last_used: credential.last_used_at.map(|at| visitor.zone.on(at)),
        revoked: credential.revoked_at.map(|at| visitor.zone.on(at)),
        audit_href: format!("/audit?who={}", credential.id),
        acts: vec![act(&href, revocation.is_some())],
        revocation,
        owner_href: format!("/settings/staff/{}", credential.staff_id),
        name: credential.name,
        username: credential.username,
        client: credential.client_name,
        owner: credential.owner_name,
    })
}

/// GET /settings/credentials/{id}/revocation
pub async fn revocation(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let credential = find(&visitor, &desk, &id).await?;
    if credential.revoked_at.is_some() {
        return Ok(respond::see_other(&format!("/settings/credentials/{}", credential.id)));
    }
    let layout = visitor.layout("Revoke credential?", Place::Credentials);
    respond::page(&RevocationPage { layout, step: step(&visitor, &credential) })
}

/// POST /settings/credentials/{id}/revocation
pub async fn revoke(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    let revoked = credentials::revoke(&desk, &visitor.caller, parse(&id)?).await?;
    let notice = NoticeView::new(Tone::Good, format!("{} is revoked", revoked.name));
    visitor.flash(notice.with_text("Its tokens are refused from now on."));
    Ok(respond::see_other(&format!("/settings/credentials/{}", revoked.id)))
}

async fn find(visitor: &Visitor, desk: &Desk, id: &str) -> Result<Credential, Error> {
    credentials::get(desk, &visitor.caller, parse(id)?).await
}

fn parse(id: &str) -> Result<CredentialId, Error> {
    id.parse().map_err(|_| Error::NotFound("Credential"))
}

/// The form as it was sent; `scope` comes once for each box that is ticked.
fn draft(form: &[(String, String)]) -> NewCredential {
    let text =
        |name: &str| form.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone()).unwrap_or_default();
    NewCredential {
        client: text("client"),
        owner: text("owner"),
        name: text("name"),
        scopes: form.iter().filter(|(field, _)| field == "scope").map(|(_, value)| value.clone()).collect(),
        ip_list: text("ip_list"),
        dialect: text("dialect"),
        expires_on: text("expires_on"),
        cap_currency: text("cap_currency"),
        cap_call: text("cap_call"),
        cap_day: text("cap_day"),
        issuer: text("issuer"),
        certificate: text("certificate"),
    }
}

async fn new_page(
    visitor: &Visitor,
    desk: &Desk,
    draft: &NewCredential,
    errors: &[FieldError],
) -> Result<NewCredentialPage, Error> {
    let (clients, owners) = credentials::choices(desk, &visitor.caller).await?;
    let mut layout = visitor.layout("New credential", Place::Credentials);
    layout.failed = !errors.is_empty();
    let owner = |member: &Member| {
        OptionView::new(member.id.to_string(), format!("{}, {}", member.name, words::role(member.role)))
    };
    Ok(NewCredentialPage {
        layout,
        problems: respond::problems(&respond::in_order(
            errors.to_vec(),
            &["name", "client", "owner", "scopes", "ip_list"],
        )),
        clients: clients.iter().map(|client| OptionView::new(client.number.to_string(), &client.name)).collect(),
        owners: owners.iter().map(owner).collect(),
        scopes: Scope::ALL.iter().map(|scope| choice(*scope, &draft.scopes)).collect(),
        draft: CredentialDraft {
            name: respond::field("name", &draft.name, errors),
            client: respond::field("client", &draft.client, errors),
            owner: respond::field("owner", &draft.owner, errors),
            scopes: respond::field("scopes", "", errors),
            ip_list: respond::field("ip_list", &draft.ip_list, errors),
        },
    })
}

fn choice(scope: Scope, ticked: &[String]) -> ScopeChoice {
    let (label, note) = match scope {
        Scope::Read => ("Read payouts, wallets and payees", ""),
        Scope::Write => ("Save and delete payees", ""),
        Scope::Pay => {
            ("Make, approve, cancel and reverse payouts", "Its owner’s role and the approval limits still apply.")
        }
        Scope::ReadSensitive => ("Read sensitive data", "Needs an IP list; without one it is refused everywhere."),
    };
    ScopeChoice { name: scope.name(), label, note, checked: ticked.iter().any(|name| name == scope.name()) }
}

fn created_page(visitor: &Visitor, desk: &Desk, issued: Issued) -> CredentialCreatedPage {
    let Issued { credential, secret } = issued;
    let password = secret.unwrap_or_default();
    let body = serde_json::json!({ "username": credential.username, "password": password });
    CredentialCreatedPage {
        layout: visitor.layout("The credential is made", Place::Credentials),
        href: format!("/settings/credentials/{}", credential.id),
        curl: format!(
            "curl -sS {}/auth/login \\\n  -H 'Content-Type: application/json' \\\n  -d '{body}'",
            desk.config.public_url
        ),
        name: credential.name,
        client: credential.client_name,
        username: credential.username,
        secret: password,
    }
}

fn row(visitor: &Visitor, credential: &Credential) -> CredentialRow {
    CredentialRow {
        href: format!("/settings/credentials/{}", credential.id),
        name: credential.name.clone(),
        username: credential.username.clone(),
        client: credential.client_name.clone(),
        owner: credential.owner_name.clone(),
        scopes: credential.scopes.split_whitespace().map(str::to_owned).collect(),
        networks: networks(credential),
        last_used: credential.last_used_at.map(|at| visitor.zone.short(at, visitor.now)),
        status: status(credential),
    }
}

/// The networks as they were typed: a single address without its mask.
fn networks(credential: &Credential) -> Vec<String> {
    let single = |network: &str| {
        let mask = if network.contains(':') { "/128" } else { "/32" };
        network.strip_suffix(mask).unwrap_or(network).to_owned()
    };
    credential.ip_list.split_whitespace().map(single).collect()
}

fn status(credential: &Credential) -> StatusView {
    match credential.revoked_at {
        None => StatusView { class: "s-active", word: "Active" },
        Some(_) => StatusView { class: "s-cancelled", word: "Revoked" },
    }
}

fn warning(credential: &Credential, owner: &Member) -> Option<NoticeView> {
    if credential.revoked_at.is_some() || owner.is_enabled() {
        return None;
    }
    let text = format!("Its owner {} is disabled. It works again when they are enabled.", owner.name);
    Some(NoticeView::new(Tone::Warn, "Every call is refused").with_text(text))
}

fn act(href: &str, allowed: bool) -> ActView {
    ActView {
        word: "Revoke credential".to_owned(),
        href: allowed.then(|| format!("{href}/revocation")),
        dialog: allowed.then(|| "revocation-dialog".to_owned()),
        warning: true,
        note: match allowed {
            true => "It stops at once and cannot be used again.".to_owned(),
            false => "It is revoked already. To let the program in again, make a new credential.".to_owned(),
        },
    }
}

fn step(visitor: &Visitor, credential: &Credential) -> RevocationStep {
    let href = format!("/settings/credentials/{}", credential.id);
    RevocationStep {
        action: format!("{href}/revocation"),
        keep_href: href,
        name: credential.name.clone(),
        username: credential.username.clone(),
        client: credential.client_name.clone(),
        owner: credential.owner_name.clone(),
        last_used: credential.last_used_at.map_or_else(|| "Never".to_owned(), |at| visitor.zone.on(at).shown),
    }
}
