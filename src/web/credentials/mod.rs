//! The pages of credentials, for admins: what programs may do, in which API, and from where.

mod calls;
mod new;
mod revocation;
mod secret;

use actix_web::{HttpResponse, web};
use askama::Template;

use self::calls::Call;
use self::revocation::RevocationStep;
use super::approval_requests;
use super::approval_words::who;
use super::auth::Visitor;
use super::display::{ActView, NoticeView, OptionView, StatusView, TimeView, Tone};
use super::failure::Failure;
use super::layout::{Layout, Place};
use super::numbers::many;
use super::respond;
use crate::domain::dialect::Dialect;
use crate::domain::ids::{CredentialId, StaffId};
use crate::domain::money::Money;
use crate::error::Error;
use crate::service::Desk;
use crate::service::certificates::{self, Certificate};
use crate::service::credentials::{self, Credential};
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
    /// The API it speaks.
    pub api: &'static str,
    pub username: String,
    pub client: String,
    pub owner: String,
    pub scopes: Vec<String>,
    /// Networks; empty allows every address.
    pub networks: Vec<String>,
    pub last_used: Option<TimeView>,
    pub status: StatusView,
}

/// One credential.
#[derive(Template)]
#[template(path = "credentials/show.html")]
pub struct CredentialPage {
    pub layout: Layout,
    pub id: String,
    pub name: String,
    pub api: &'static str,
    pub status: StatusView,
    /// What to know it by, and what to send requests to: label and value, each to be copied.
    pub names: Vec<OptionView>,
    pub proof: Proof,
    pub client: String,
    pub owner: String,
    pub owner_href: String,
    pub scopes: Vec<String>,
    pub networks: Vec<String>,
    /// Sentences; empty when it has no caps.
    pub caps: Vec<String>,
    /// Something about it that keeps it from working.
    pub warning: Option<NoticeView>,
    pub made: TimeView,
    pub made_by: String,
    /// Who made the secret or certificate, where that is somebody else.
    pub secret_by: String,
    /// What has to be approved before it, or another secret of it, works.
    pub waits: Option<WaitView>,
    pub ends: Option<TimeView>,
    pub last_used: Option<TimeView>,
    pub revoked: Option<TimeView>,
    pub audit_href: String,
    pub acts: Vec<ActView>,
    pub call: Call,
    pub revocation: Option<RevocationStep>,
}

/// A request that it waits for.
#[derive(Clone, Debug)]
pub struct WaitView {
    pub href: String,
    pub title: String,
    /// Who can approve it.
    pub who: String,
}

/// What proves it.
#[derive(Clone, Debug)]
pub enum Proof {
    /// A secret that was shown once; its word.
    Secret {
        label: &'static str,
        old_until: Option<TimeView>,
    },
    Certificate {
        held: Option<CertificateView>,
        old_until: Option<TimeView>,
    },
}

/// A certificate, without its key.
#[derive(Clone, Debug)]
pub struct CertificateView {
    /// For example `CN=example.com`, or that it is a key alone.
    pub subject: String,
    pub bits: usize,
    pub fingerprint: String,
    pub ends: Option<TimeView>,
}

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/settings/credentials").route(web::get().to(index)).route(web::post().to(new::create)))
        .service(web::resource("/settings/credentials/new").route(web::get().to(new::form)))
        .service(web::resource("/settings/credentials/{id}").route(web::get().to(show)))
        .service(
            web::resource("/settings/credentials/{id}/revocation")
                .route(web::get().to(revocation::form))
                .route(web::post().to(revocation::create)),
        )
        .service(
            web::resource("/settings/credentials/{id}/rotation")
                .route(web::get().to(secret::rotation))
                .route(web::post().to(secret::rotate)),
        )
        .service(
            web::resource("/settings/credentials/{id}/certificate")
                .route(web::get().to(secret::certificate))
                .route(web::post().to(secret::upload)),
        )
        .service(
            web::resource("/settings/credentials/{id}/code")
                .route(web::get().to(secret::code))
                .route(web::post().to(secret::make_code)),
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

/// GET /settings/credentials/{id}
pub async fn show(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let credential = find(&visitor, &desk, &id).await?;
    let owner = staff::get(&desk, &visitor.caller, credential.staff_id).await?;
    let name = async |id: Option<StaffId>| match id {
        Some(id) if id == owner.id => Ok(owner.name.clone()),
        Some(id) => staff::get(&desk, &visitor.caller, id).await.map(|member| member.name),
        None => Ok("the command line".to_owned()),
    };
    let made_by = name(credential.created_by).await?;
    let secret_by = match credential.secret_by == credential.created_by {
        true => String::new(),
        false => name(credential.secret_by).await?,
    };
    let waits = credentials::waiting(&desk, &visitor.caller, &credential).await?.map(|shown| WaitView {
        href: approval_requests::href(shown.request.id),
        title: shown.request.title.clone(),
        who: who(&shown.standing.who),
    });
    let spent = credentials::spent_today(&desk, &visitor.caller, &credential).await?;
    let accounts = credentials::account_numbers(&desk, &visitor.caller, &credential).await?;
    let revocation = credential.revoked_at.is_none().then(|| revocation::step(&visitor, &credential));
    respond::page(&CredentialPage {
        layout: visitor.layout(&credential.name, Place::Credentials),
        id: credential.id.to_string(),
        api: credential.dialect.words(),
        status: status(&visitor, &credential),
        names: names(&desk, &credential, accounts),
        proof: proof(&visitor, &credential),
        scopes: credential.scopes.split_whitespace().map(str::to_owned).collect(),
        networks: networks(&credential),
        caps: caps(&credential, spent),
        warning: warning(&visitor, &credential, &owner),
        made: visitor.zone.on(credential.id.created_at()),
        made_by,
        secret_by,
        waits,
        ends: credential.expires_at.map(|at| visitor.zone.on(at)),
        last_used: credential.last_used_at.map(|at| visitor.zone.on(at)),
        revoked: credential.revoked_at.map(|at| visitor.zone.on(at)),
        audit_href: format!("/audit?who={}", credential.id),
        acts: acts(&credential),
        call: calls::first(&desk, &credential, None),
        revocation,
        owner_href: format!("/settings/staff/{}", credential.staff_id),
        name: credential.name,
        client: credential.client_name,
        owner: credential.owner_name,
    })
}

async fn find(visitor: &Visitor, desk: &Desk, id: &str) -> Result<Credential, Error> {
    credentials::get(desk, &visitor.caller, parse(id)?).await
}

fn parse(id: &str) -> Result<CredentialId, Error> {
    id.parse().map_err(|_| Error::NotFound("Credential"))
}

fn href(credential: &Credential) -> String {
    format!("/settings/credentials/{}", credential.id)
}

fn row(visitor: &Visitor, credential: &Credential) -> CredentialRow {
    CredentialRow {
        href: href(credential),
        name: credential.name.clone(),
        api: credential.dialect.words(),
        username: credential.username.clone(),
        client: credential.client_name.clone(),
        owner: credential.owner_name.clone(),
        scopes: credential.scopes.split_whitespace().map(str::to_owned).collect(),
        networks: networks(credential),
        last_used: credential.last_used_at.map(|at| visitor.zone.short(at, visitor.now)),
        status: status(visitor, credential),
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

fn names(desk: &Desk, credential: &Credential, accounts: Vec<String>) -> Vec<OptionView> {
    let mut names = vec![
        OptionView::new(calls::base(desk, credential.dialect), "Base address"),
        OptionView::new(&credential.username, calls::username(credential.dialect)),
    ];
    names.extend(credential.issuer.as_ref().map(|issuer| OptionView::new(issuer, "Issuer")));
    names.extend(accounts.into_iter().map(|number| OptionView::new(number, "Account number")));
    names
}

fn proof(visitor: &Visitor, credential: &Credential) -> Proof {
    let old_until = credential.old_secret_until.filter(|until| *until > visitor.now).map(|at| visitor.zone.on(at));
    match credential.dialect {
        Dialect::Revolut => {
            let held = credential.certificate.as_deref().and_then(|pem| certificates::read(pem).ok());
            Proof::Certificate { held: held.map(|held| certificate(visitor, held)), old_until }
        }
        dialect => Proof::Secret { label: calls::secret(dialect), old_until },
    }
}

fn certificate(visitor: &Visitor, held: Certificate) -> CertificateView {
    CertificateView {
        subject: held.subject.filter(|subject| !subject.is_empty()).unwrap_or_else(|| "A public key alone".to_owned()),
        bits: held.bits,
        fingerprint: held.fingerprint,
        ends: held.not_after.map(|seconds| visitor.zone.on(seconds.saturating_mul(1_000_000))),
    }
}

fn caps(credential: &Credential, spent: Option<Money>) -> Vec<String> {
    let Some(caps) = credential.caps() else { return Vec::new() };
    let money = |minor: i64| Money::new(minor, caps.currency);
    let call = caps.call_minor.map(|minor| format!("{} in one call", money(minor)));
    let day = caps.day_minor.map(|minor| {
        let spent = spent.unwrap_or(money(0));
        format!("{} in one day of UTC, of which {spent} went out today", money(minor))
    });
    let other = format!("Nothing in another currency than {}", caps.currency.code());
    call.into_iter().chain(day).chain([other]).collect()
}

fn is_over(visitor: &Visitor, credential: &Credential) -> bool {
    credential.expires_at.is_some_and(|end| end <= visitor.now)
}

fn lacks_certificate(credential: &Credential) -> bool {
    credential.dialect == Dialect::Revolut && credential.certificate.is_none()
}

fn status(visitor: &Visitor, credential: &Credential) -> StatusView {
    match credential.revoked_at {
        Some(_) => StatusView { class: "s-cancelled", word: "Revoked" },
        None if is_over(visitor, credential) => StatusView { class: "s-expired", word: "Expired" },
        None if credential.waiting_since.is_some() => StatusView { class: "s-approve", word: "Waits for approval" },
        None if lacks_certificate(credential) => StatusView { class: "s-action", word: "No certificate" },
        None => StatusView { class: "s-active", word: "Active" },
    }
}

fn warning(visitor: &Visitor, credential: &Credential, owner: &Member) -> Option<NoticeView> {
    let refused = "Every call is refused";
    if credential.revoked_at.is_some() {
        return None;
    }
    if is_over(visitor, credential) {
        let text = "Its last day is over. To let the program in again, make a new credential.";
        return Some(NoticeView::new(Tone::Warn, refused).with_text(text));
    }
    if credential.waiting_since.is_some() {
        let text = "It waits for approval. Sent back, or not answered in 30 days, it is revoked.";
        return Some(NoticeView::new(Tone::Warn, refused).with_text(text));
    }
    if !owner.is_enabled() {
        let text = format!("Its owner {} is disabled. It works again when they are enabled.", owner.name);
        return Some(NoticeView::new(Tone::Warn, refused).with_text(text));
    }
    if credential.next_secret_by.is_some() {
        let text = "Until then the one before goes on as it was.";
        return Some(NoticeView::new(Tone::Info, "Another secret or certificate waits for approval").with_text(text));
    }
    lacks_certificate(credential).then(|| {
        let text = "Upload the certificate whose key the program signs with, then make a one-time code.";
        NoticeView::new(Tone::Warn, "It cannot sign in yet").with_text(text)
    })
}

fn acts(credential: &Credential) -> Vec<ActView> {
    let href = href(credential);
    let works = credential.revoked_at.is_none();
    let act = |word: &str, path: &str, note: &str| ActView {
        word: word.to_owned(),
        href: Some(format!("{href}/{path}")),
        dialog: None,
        warning: false,
        note: note.to_owned(),
    };
    let mut acts = Vec::new();
    match credential.dialect {
        _ if !works || credential.waiting_since.is_some() => {}
        Dialect::Revolut => {
            acts.push(act(
                "Upload certificate",
                "certificate",
                "The program signs with its key. One that was uploaded before can go on working for a while.",
            ));
            if lacks_certificate(credential) {
                acts.push(ActView {
                    href: None,
                    ..act("Make one-time code", "", "It needs a certificate first: a code only works for who signs.")
                });
            } else {
                acts.push(act("Make one-time code", "code", "With it the program gets its first tokens."));
            }
        }
        dialect => {
            let note = "The one before can go on working for a while, until the program has the new one.";
            acts.push(act(&format!("Make new {}", calls::secret(dialect).to_lowercase()), "rotation", note));
        }
    }
    if credential.next_secret_by.is_some() {
        // What was asked for is answered first; a one-time code replaces nothing.
        for act in acts.iter_mut().filter(|act| !act.word.ends_with("code")) {
            (act.href, act.note) = (None, "Another one waits for approval already.".to_owned());
        }
    }
    acts.push(ActView {
        word: "Freeze credential".to_owned(),
        href: Some(format!("/freezes/new?scope=credential&subject={}", credential.id)),
        dialog: None,
        warning: true,
        note: "What it made and what waits is stopped, and it sends nothing out until the freeze is lifted.".to_owned(),
    });
    acts.push(ActView {
        word: "Revoke credential".to_owned(),
        href: works.then(|| format!("{href}/revocation")),
        dialog: works.then(|| "revocation-dialog".to_owned()),
        warning: true,
        note: match works {
            true => "It stops at once and cannot be used again.".to_owned(),
            false => "It is revoked already. To let the program in again, make a new credential.".to_owned(),
        },
    });
    acts.sort_by_key(|act| act.href.is_none());
    acts
}
