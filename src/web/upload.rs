//! A form that may bring a file, from one of our own pages.

use std::future::Future;
use std::pin::Pin;

use actix_multipart::Multipart;
use actix_session::SessionExt;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::TryStreamExt;

use super::csrf::{self, is_same};
use super::failure::Failure;
use super::session::CSRF;

/// The fields of a form and its file, with the session's token. Without a file it may be an ordinary form.
#[derive(Debug, Default)]
pub struct Upload {
    pub fields: Vec<(String, String)>,
    /// None when no file was chosen.
    pub file: Option<File>,
}

#[derive(Debug)]
pub struct File {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// The largest file, in bytes.
pub const LARGEST_FILE: usize = 5 * 1024 * 1024;
/// The largest field that is no file, in bytes: a list of many pasted ids.
const LARGEST_FIELD: usize = 1024 * 1024;
/// The most fields that a form of ours has.
const MOST_FIELDS: usize = 40;

impl Upload {
    /// The first field of this name, without blanks around it.
    pub fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.trim())
    }
}

impl FromRequest for Upload {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Upload, Failure>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let expected = request.get_session().get::<String>(CSRF).ok().flatten();
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let upload = if request.content_type().eq_ignore_ascii_case("multipart/form-data") {
                let parts = Multipart::from_request(&request, &mut payload).await.map_err(|_| Failure::BadForm)?;
                parts_of(parts).await?
            } else {
                let (_, fields) = csrf::read(&request, &mut payload).await?;
                Upload { fields, file: None }
            };
            let given = upload.fields.iter().find(|(name, _)| name == "csrf").map(|(_, value)| value.as_str());
            if is_same(expected.as_deref(), given) { Ok(upload) } else { Err(Failure::StaleForm) }
        })
    }
}

async fn parts_of(mut parts: Multipart) -> Result<Upload, Failure> {
    let mut upload = Upload::default();
    while let Some(mut part) = parts.try_next().await.map_err(|_| Failure::BadForm)? {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.content_disposition().and_then(|said| {
            // Programs write a name with letters beyond ASCII the other way.
            let extended = || said.get_filename_ext().map(|name| String::from_utf8_lossy(&name.value).into_owned());
            said.get_filename().map(str::to_owned).or_else(extended)
        });
        let largest = if file.is_some() { LARGEST_FILE } else { LARGEST_FIELD };
        let mut bytes = Vec::new();
        while let Some(chunk) = part.try_next().await.map_err(|_| Failure::BadForm)? {
            if bytes.len() + chunk.len() > largest {
                return Err(Failure::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        match file {
            // A browser sends a file field that was left empty as a file without name and content.
            Some(name) if name.is_empty() && bytes.is_empty() => {}
            Some(name) => {
                let name = name.chars().filter(|c| !c.is_control()).take(100).collect();
                upload.file = Some(File { name, bytes });
            }
            None => {
                let value = String::from_utf8(bytes).map_err(|_| Failure::BadForm)?;
                if name.contains('\0') || value.contains('\0') || upload.fields.len() >= MOST_FIELDS {
                    return Err(Failure::BadForm);
                }
                upload.fields.push((name, value));
            }
        }
    }
    Ok(upload)
}
