//! Reading the parameters of an address, and answering lists page by page.

use std::str::FromStr;

use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::error::ApiError;
use crate::domain::caller::Caller;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::wallets::Numbered;
use crate::service::{Desk, permit};

/// The parameters of an address. Blank ones count as missing.
#[derive(Debug)]
pub struct Parameters {
    found: Vec<(String, String)>,
}

/// Which page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub number: i64,
    pub limit: i64,
}

/// What a `sort` parameter holds: JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub struct Sort {
    pub field: Option<String>,
    pub direction: Option<String>,
}

impl Parameters {
    pub fn of(request: &HttpRequest) -> Result<Parameters, ApiError> {
        web::Query::<Vec<(String, String)>>::from_query(request.query_string())
            .map(|found| Parameters { found: found.into_inner() })
            .map_err(|_| ApiError::bad_request("The query of the address cannot be read"))
    }

    /// A parameter's text. Given twice, the last one counts.
    pub fn text(&self, name: &str) -> Option<&str> {
        let value = self.found.iter().rev().find(|(found, _)| found == name).map(|(_, value)| value.trim());
        value.filter(|value| !value.is_empty())
    }

    /// A whole number, zero or more.
    pub fn integer(&self, name: &'static str) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse().ok().filter(|_| digits);
        number.map(Some).ok_or_else(|| ApiError::member(name, "must be a whole number"))
    }

    /// `limit` of lists of our own: 1 to 100, 25 when nobody says.
    pub fn limit(&self) -> Result<u8, ApiError> {
        let Some(given) = self.integer("limit")? else { return Ok(25) };
        let limit = u8::try_from(given).ok().filter(|limit| (1..=100).contains(limit));
        limit.ok_or_else(|| ApiError::member("limit", "must be from 1 to 100"))
    }

    /// `before`, the id of the last one seen; `what` it is the id of: `a batch`.
    pub fn before<T: FromStr>(&self, what: &str) -> Result<Option<T>, ApiError> {
        let before = self.text("before").map(str::parse).transpose();
        before.map_err(|_| ApiError::member("before", format!("must be the id of {what}")))
    }

    /// One of a few words, in capitals or not; answers the word as it stands in `words`.
    pub fn word(&self, name: &'static str, words: &[&'static str]) -> Result<Option<&'static str>, ApiError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        one_of(name, text, words).map(Some)
    }

    /// `page` and `limit`. More than `most` per page is answered with `most`, as `X-Per-Page` tells.
    pub fn page(&self, usual: i64, most: i64) -> Result<Page, ApiError> {
        let positive = |name, otherwise| match self.integer(name) {
            Ok(given) if given != Some(0) => Ok(given.unwrap_or(otherwise)),
            _ => Err(ApiError::member(name, "must be a whole number, 1 or more")),
        };
        Ok(Page { number: positive("page", 1)?, limit: positive("limit", usual)?.min(most) })
    }

    /// `sort`, which holds JSON; an empty one when it is missing.
    pub fn sort(&self) -> Result<Sort, ApiError> {
        let Some(text) = self.text("sort") else { return Ok(Sort::default()) };
        Some(text)
            .filter(|text| text.starts_with('{'))
            .and_then(|text| serde_json::from_str(text).ok())
            .ok_or_else(|| ApiError::member("sort", r#"must be JSON such as {"field":"id","direction":"ASC"}"#))
    }

    /// Refuses every parameter but these, on routes of our own.
    pub fn none_but(&self, known: &[&str]) -> Result<(), ApiError> {
        match self.found.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, _)) => {
                let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
                Err(ApiError::member(name, "is not a parameter of this address"))
            }
            None => Ok(()),
        }
    }
}

impl Sort {
    /// The field as it stands in `fields`, or the first of them; and whether it ascends.
    pub fn read(&self, fields: &[&'static str], usually_ascends: bool) -> Result<(&'static str, bool), ApiError> {
        let field = self.field.as_deref().map_or(Ok(fields[0]), |field| one_of("sort.field", field, fields))?;
        let direction = self.direction.as_deref().map(|text| one_of("sort.direction", text, &["ASC", "DESC"]));
        let ascends = direction.transpose()?.map_or(usually_ascends, |direction| direction == "ASC");
        Ok((field, ascends))
    }
}

impl Page {
    /// A bare array; where it stands in the whole list is in the headers.
    pub fn answer<T: Serialize>(self, list: &Numbered<T>) -> HttpResponse {
        let mut answer = HttpResponse::Ok();
        let pages = (list.total + self.limit - 1) / self.limit;
        for (name, number) in [
            ("x-page", self.number),
            ("x-per-page", self.limit),
            ("x-total-count", list.total),
            ("x-total-pages", pages),
        ] {
            answer.insert_header((HeaderName::from_static(name), number));
        }
        answer.json(&list.rows)
    }

    /// The same with the two headers that lists about wallets have besides.
    pub fn answer_wallets<T: Serialize>(self, list: &Numbered<T>) -> HttpResponse {
        let more = self.number.saturating_mul(self.limit) < list.total;
        let mut answer = self.answer(list);
        let headers = answer.headers_mut();
        headers.insert(HeaderName::from_static("x-page-size"), self.limit.into());
        headers
            .insert(HeaderName::from_static("x-has-more"), if more { "true" } else { "false" }.parse().expect("ASCII"));
        answer
    }
}

/// What the id in the address names, once the caller may do this at all; `what` it is: `Payout`.
///
/// Errors: blank is 400, no permission 403; what is no id of ours names nothing, 404.
pub async fn named<T: FromStr>(
    desk: &Desk,
    caller: &Caller,
    operation: Operation,
    text: &str,
    what: &'static str,
) -> Result<T, ApiError> {
    if text.trim().is_empty() {
        return Err(ApiError::bad_request(format!("{what} ID is required")));
    }
    permit(desk, caller, operation).await?;
    text.parse().map_err(|_| Error::NotFound(what).into())
}

fn one_of(name: &'static str, text: &str, words: &[&'static str]) -> Result<&'static str, ApiError> {
    let found = words.iter().find(|word| word.eq_ignore_ascii_case(text));
    found.copied().ok_or_else(|| ApiError::member(name, format!("must be one of {}", words.join(", "))))
}
