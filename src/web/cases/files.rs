//! Files as evidence: put on a case, taken away to be read, marked as withdrawn.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::acts::{done, refused};
use super::show::Typed;
use super::{href, which};
use crate::domain::ids::{CaseId, EvidenceId};
use crate::error::Error;
use crate::service::{Desk, evidence};
use crate::web::address::encode;
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::failure::Failure;
use crate::web::respond;
use crate::web::upload::Upload;

/// Why a file does not count.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WithdrawalForm {
    file_reason: String,
}

/// The case and the file in an address.
type Ids = web::Path<(String, String)>;

/// POST /cases/{id}/evidence: a file, or text that is pasted.
pub async fn add(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    upload: Upload,
) -> Result<HttpResponse, Failure> {
    let id = which(&id)?;
    let text = upload.text("file_text");
    let file = match &upload.file {
        Some(file) => Some((file.name.as_str(), file.bytes.as_slice())),
        None if !text.is_empty() => Some(("pasted.txt", text.as_bytes())),
        None => None,
    };
    match evidence::add(&desk, &visitor.caller, id, file).await {
        Ok(true) => done(&visitor, id, "The file is kept", "It stays with the case for good."),
        Ok(false) => done(&visitor, id, "The file was there already", "The same file is kept once."),
        Err(error) => refused(&visitor, &desk, id, error, Typed { pasted: text.to_owned(), ..Typed::default() }).await,
    }
}

/// GET /cases/{id}/evidence/{evidence}: the file, never shown by the browser itself.
pub async fn download(visitor: Visitor, desk: web::Data<Desk>, ids: Ids) -> Result<HttpResponse, Failure> {
    let (case, id) = both(&ids)?;
    let (file, bytes) = evidence::read(&desk, &visitor.caller, case, id).await?;
    let plain: String = file.name.chars().map(|c| if c.is_ascii() && c != '\\' { c } else { '_' }).collect();
    let disposition = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", encode(&file.name));
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, file.kind.content_type()))
        .insert_header((CONTENT_DISPOSITION, disposition))
        .body(bytes))
}

/// POST /cases/{id}/evidence/{evidence}/withdrawal
pub async fn withdraw(
    visitor: Visitor,
    desk: web::Data<Desk>,
    ids: Ids,
    form: Posted<WithdrawalForm>,
) -> Result<HttpResponse, Failure> {
    let (case, id) = both(&ids)?;
    let reason = form.into_inner().file_reason;
    match evidence::withdraw(&desk, &visitor.caller, case, id, &reason).await {
        Ok(()) => done(&visitor, case, "The file is withdrawn", "It stays, and everybody sees that it does not count."),
        Err(error) => {
            let typed = Typed { withdrawn: Some(id), file_reason: reason, ..Typed::default() };
            refused(&visitor, &desk, case, error, typed).await
        }
    }
}

/// GET of the withdrawal's address: reloading a refused form leads back.
pub async fn back(_: Visitor, ids: Ids) -> Result<HttpResponse, Failure> {
    Ok(respond::see_other(&href(both(&ids)?.0)))
}

fn both(ids: &Ids) -> Result<(CaseId, EvidenceId), Error> {
    Ok((which(&ids.0)?, ids.1.parse().map_err(|_| Error::NotFound("File"))?))
}
