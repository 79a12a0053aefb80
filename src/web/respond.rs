//! Answers of page handlers: a page, a form again, or the way to the next page.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ContentType, LOCATION};
use actix_web::web::Bytes;
use askama::Template;
use futures_util::{Stream, TryStreamExt};

use super::display::{FieldView, Problem};
use super::failure::Failure;
use crate::error::{Error, FieldError};

/// The page, with 200.
pub fn page(page: &impl Template) -> Result<HttpResponse, Failure> {
    with_status(StatusCode::OK, page)
}

/// The form again, with what was typed and what is wrong: 422.
pub fn unprocessable(page: &impl Template) -> Result<HttpResponse, Failure> {
    with_status(StatusCode::UNPROCESSABLE_ENTITY, page)
}

/// The facts changed since the form was shown, or a rule says no: 409.
pub fn conflict(page: &impl Template) -> Result<HttpResponse, Failure> {
    with_status(StatusCode::CONFLICT, page)
}

/// A page with any status.
pub fn with_status(status: StatusCode, page: &impl Template) -> Result<HttpResponse, Failure> {
    let html = page.render().map_err(|error| {
        tracing::error!(%error, "a page could not be drawn");
        Error::Internal
    })?;
    Ok(HttpResponse::build(status).content_type(ContentType::html()).body(html))
}

/// A file of rows that come as they are read.
pub fn csv(name: &str, rows: impl Stream<Item = Result<Vec<u8>, Error>> + 'static) -> HttpResponse {
    // A failure midway breaks the connection off, so that half a file never looks whole.
    let bytes = rows.map_ok(Bytes::from).map_err(actix_web::error::ErrorInternalServerError);
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .streaming(Box::pin(bytes))
}

/// On to a path of this site, with GET.
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, path)).finish()
}

/// The errors in the order of the form's fields, for the list on top.
pub fn in_order(mut errors: Vec<FieldError>, fields: &[&str]) -> Vec<FieldError> {
    errors.sort_by_key(|error| fields.iter().position(|field| *field == error.field));
    errors
}

/// The list on top of a refused form.
pub fn problems(errors: &[FieldError]) -> Vec<Problem> {
    errors.iter().map(|error| Problem { field: error.field.to_owned(), message: sentence(error) }).collect()
}

/// A field as it was typed, with what is wrong with it.
pub fn field(name: &str, typed: &str, errors: &[FieldError]) -> FieldView {
    let error = errors.iter().find(|error| error.field == name).map(sentence);
    FieldView { value: typed.to_owned(), error }
}

/// The field's name as a word, then the message: `Current password is required`.
fn sentence(error: &FieldError) -> String {
    let words = error.field.replace('_', " ");
    let words = words.strip_prefix("ip ").map_or(words.clone(), |rest| format!("IP {rest}"));
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{} {}", letters.as_str(), error.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_read_as_sentences_on_top_and_at_the_field() {
        let errors = [FieldError { field: "ip_list", message: "is required".into() }];
        assert_eq!(problems(&errors)[0].message, "IP list is required");
        assert_eq!(field("ip_list", "x", &errors).error.as_deref(), Some("IP list is required"));
        assert_eq!(field("name", "x", &errors).error, None);
    }

    #[test]
    fn errors_are_listed_as_the_form_asks() {
        let error = |field| FieldError { field, message: String::new() };
        let errors = in_order(vec![error("email"), error("name"), error("client")], &["client", "name", "email"]);
        assert_eq!(errors, [error("client"), error("name"), error("email")]);
    }
}
