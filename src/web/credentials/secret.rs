//! Another secret, another certificate, and the one-time code of Revolut's dialect.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::new::{MadePage, Once, once};
use super::revocation::last_used;
use super::{calls, find, href, parse};
use crate::domain::dialect::Dialect;
use crate::error::{Error, FieldError};
use crate::service::Desk;
use crate::service::credentials::{self, Credential, OVERLAPS};
use crate::web::approval_words::notice;
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{FieldView, NoticeView, OptionView, Problem, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::payouts::changed;
use crate::web::sessions::Confirmed;
use crate::web::{approval_requests, respond};

/// The confirm step of a new secret.
#[derive(Template)]
#[template(path = "credentials/rotation.html")]
pub struct RotationPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub step: SecretStep,
}

/// The form of a certificate.
#[derive(Template)]
#[template(path = "credentials/certificate.html")]
pub struct CertificatePage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub step: SecretStep,
    pub certificate: FieldView,
    /// There is one already.
    pub again: bool,
}

/// The confirm step of a one-time code.
#[derive(Template)]
#[template(path = "credentials/code.html")]
pub struct CodePage {
    pub layout: Layout,
    pub step: SecretStep,
}

/// Whose secret it is, and how long the one before lives on.
#[derive(Clone, Debug)]
pub struct SecretStep {
    pub action: String,
    pub keep_href: String,
    pub name: String,
    /// What the API calls the secret: `password`.
    pub secret: String,
    pub username_label: &'static str,
    pub username: String,
    pub client: String,
    pub last_used: String,
    pub overlap: FieldView,
    pub overlaps: Vec<OptionView>,
    pub version: i64,
    /// A rule wants it approved, and who can; or why it was refused.
    pub rule: Option<NoticeView>,
}

/// Either form as it was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SecretForm {
    certificate: String,
    overlap: String,
    version: i64,
}

/// GET /settings/credentials/{id}/rotation
pub async fn rotation(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let credential = find(&visitor, &desk, &id).await?;
    if credential.dialect == Dialect::Revolut || !may_change(&credential) {
        return Ok(respond::see_other(&href(&credential)));
    }
    respond::page(&rotation_page(&visitor, &desk, &credential, "24", &[]).await?)
}

/// POST /settings/credentials/{id}/rotation
///
/// The secret is in this answer and nowhere else, so there is no page to go on to that could show it.
pub async fn rotate(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<SecretForm>,
) -> Result<HttpResponse, Failure> {
    let (id, form) = (parse(&id)?, form.into_inner());
    let issued = match credentials::rotate(&desk, &visitor.caller, id, &form.overlap, form.version).await {
        Ok(issued) => issued,
        Err(Error::Validation(errors)) => {
            let credential = credentials::get(&desk, &visitor.caller, id).await?;
            return respond::unprocessable(&rotation_page(&visitor, &desk, &credential, &form.overlap, &errors).await?);
        }
        Err(Error::Refused(refusal)) => {
            let credential = credentials::get(&desk, &visitor.caller, id).await?;
            let mut page = rotation_page(&visitor, &desk, &credential, &form.overlap, &[]).await?;
            page.layout.failed = true;
            page.step.rule = Some(changed(&refusal));
            return respond::conflict(&page);
        }
        Err(error) => return Err(error.into()),
    };
    let credential = &issued.credential;
    let until = credential.old_secret_until.filter(|until| *until > visitor.now);
    let before = match until {
        Some(until) => format!("The one before works until {}.", visitor.zone.full(until).shown),
        None => "The one before has stopped.".to_owned(),
    };
    respond::page(&MadePage {
        layout: visitor.layout("The new secret is made", Place::Credentials),
        title: "The new secret is made",
        text: match issued.waits {
            Some(_) => {
                format!("{} goes on with the one before. The new one works once it is approved.", credential.name)
            }
            None => format!("{} works with it from now on. {before}", credential.name),
        },
        warning: "Copy it now, it is shown only once",
        advice: "Never share it by mail or chat. If it leaks, revoke the credential; it stops at once.",
        once: once(&issued),
        call: issued.secret.as_deref().map(|secret| calls::first(&desk, credential, Some(secret))),
        next: issued.waits.map(|request| OptionView::new(approval_requests::href(request), "See the request")),
        href: href(credential),
        name: credential.name.clone(),
    })
}

/// GET /settings/credentials/{id}/certificate
pub async fn certificate(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let credential = find(&visitor, &desk, &id).await?;
    if credential.dialect != Dialect::Revolut || !may_change(&credential) {
        return Ok(respond::see_other(&href(&credential)));
    }
    let form = SecretForm { overlap: "24".to_owned(), ..SecretForm::default() };
    respond::page(&certificate_page(&visitor, &desk, &credential, &form, &[]).await?)
}

/// POST /settings/credentials/{id}/certificate
pub async fn upload(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<SecretForm>,
) -> Result<HttpResponse, Failure> {
    let (id, form) = (parse(&id)?, form.into_inner());
    let SecretForm { certificate, overlap, version } = &form;
    match credentials::upload_certificate(&desk, &visitor.caller, id, certificate, overlap, *version).await {
        Ok((credential, waits)) => {
            let notice = NoticeView::new(Tone::Good, "The certificate is uploaded");
            visitor.flash(notice.with_text(match waits {
                Some(_) => "The program signs in with its key once that is approved.",
                None => "The program signs in with its key from now on.",
            }));
            Ok(respond::see_other(&waits.map_or_else(|| href(&credential), approval_requests::href)))
        }
        Err(Error::Validation(errors)) => {
            let credential = credentials::get(&desk, &visitor.caller, id).await?;
            respond::unprocessable(&certificate_page(&visitor, &desk, &credential, &form, &errors).await?)
        }
        Err(Error::Refused(refusal)) => {
            let credential = credentials::get(&desk, &visitor.caller, id).await?;
            let mut page = certificate_page(&visitor, &desk, &credential, &form, &[]).await?;
            page.layout.failed = true;
            page.step.rule = Some(changed(&refusal));
            respond::conflict(&page)
        }
        Err(error) => Err(error.into()),
    }
}

/// GET /settings/credentials/{id}/code
pub async fn code(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let credential = find(&visitor, &desk, &id).await?;
    if credential.certificate.is_none() || !may_change(&credential) {
        return Ok(respond::see_other(&href(&credential)));
    }
    let layout = visitor.layout("Make one-time code?", Place::Credentials);
    respond::page(&CodePage { layout, step: step(&visitor, &credential, "code", "", &[]) })
}

/// POST /settings/credentials/{id}/code
///
/// The code is in this answer and nowhere else, so there is no page to go on to that could show it.
pub async fn make_code(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    let (credential, code) = match credentials::make_code(&desk, &visitor.caller, parse(&id)?).await {
        // It lacks its certificate, which its own page says.
        Err(Error::Validation(_)) => return Ok(respond::see_other(&format!("/settings/credentials/{id}"))),
        made => made?,
    };
    respond::page(&MadePage {
        layout: visitor.layout("The one-time code is made", Place::Credentials),
        title: "The one-time code is made",
        text: format!("{} may get its first tokens for it within 10 minutes, once.", credential.name),
        warning: "Copy the code now, it is shown only once",
        advice: "It only works together with the private key of the program.",
        call: Some(calls::with_code(&desk, &credential, &code)),
        once: vec![Once { id: "code", label: "One-time code", value: code }],
        next: None,
        href: href(&credential),
        name: credential.name,
    })
}

/// Whether it is neither revoked nor waits for approval.
fn may_change(credential: &Credential) -> bool {
    credential.revoked_at.is_none() && credential.waiting_since.is_none()
}

/// What a rule wants approved before another secret of it works, and who can.
async fn rule(visitor: &Visitor, desk: &Desk, credential: &Credential) -> Result<Option<NoticeView>, Error> {
    let expected = credentials::expected(desk, &visitor.caller, Some(credential.client_id)).await?;
    Ok(expected.as_ref().map(notice))
}

async fn rotation_page(
    visitor: &Visitor,
    desk: &Desk,
    credential: &Credential,
    overlap: &str,
    errors: &[FieldError],
) -> Result<RotationPage, Error> {
    let mut step = step(visitor, credential, "rotation", overlap, errors);
    step.rule = rule(visitor, desk, credential).await?;
    let mut layout = visitor.layout(format!("Make new {}?", step.secret), Place::Credentials);
    layout.failed = !errors.is_empty();
    Ok(RotationPage { layout, problems: respond::problems(errors), step })
}

async fn certificate_page(
    visitor: &Visitor,
    desk: &Desk,
    credential: &Credential,
    form: &SecretForm,
    errors: &[FieldError],
) -> Result<CertificatePage, Error> {
    let mut step = step(visitor, credential, "certificate", &form.overlap, errors);
    step.rule = rule(visitor, desk, credential).await?;
    let mut layout = visitor.layout("Upload certificate", Place::Credentials);
    layout.failed = !errors.is_empty();
    Ok(CertificatePage {
        layout,
        problems: respond::problems(&respond::in_order(errors.to_vec(), &["certificate", "overlap"])),
        step,
        certificate: respond::field("certificate", &form.certificate, errors),
        again: credential.certificate.is_some(),
    })
}

fn step(visitor: &Visitor, credential: &Credential, path: &str, overlap: &str, errors: &[FieldError]) -> SecretStep {
    let href = href(credential);
    SecretStep {
        action: format!("{href}/{path}"),
        keep_href: href,
        name: credential.name.clone(),
        secret: calls::secret(credential.dialect).to_lowercase().replace("api", "API"),
        username_label: calls::username(credential.dialect),
        username: credential.username.clone(),
        client: credential.client_name.clone(),
        last_used: last_used(visitor, credential),
        overlap: respond::field("overlap", overlap, errors),
        overlaps: OVERLAPS.map(|hours| OptionView::new(hours.to_string(), overlap_words(hours))).to_vec(),
        version: credential.version,
        rule: None,
    }
}

fn overlap_words(hours: i64) -> String {
    match hours {
        0 => "Not at all: it stops at once".to_owned(),
        1 => "1 hour".to_owned(),
        hours if hours < 24 => format!("{hours} hours"),
        24 => "1 day".to_owned(),
        hours => format!("{} days", hours / 24),
    }
}
