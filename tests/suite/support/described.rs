//! Holds every answer of an API against the document that describes it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use jsonschema::Validator;
use paydesk::api::openapi::document;
use reqwest::header::HeaderMap;
use serde_json::{Map, Value, json};

/// Dialects whose routes are not in the document yet; the list can only get shorter.
pub const UNDESCRIBED: &[&str] = &["src/api/razorpay", "src/api/revolut"];

/// The document as programs get it.
pub fn openapi() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::from_str(&document().to_json()).expect("JSON"))
}

/// Each operation: its method in capitals, its path, and what is said of it.
pub fn operations() -> Vec<(String, &'static str, &'static Value)> {
    let paths = openapi()["paths"].as_object().expect("paths");
    let rows = paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().expect("operations");
        item.iter().map(move |(method, operation)| (method.to_uppercase(), path.as_str(), operation))
    });
    rows.collect()
}

/// What stands at a `$ref`, or the value itself.
pub fn resolve(value: &'static Value) -> &'static Value {
    let Some(reference) = value["$ref"].as_str() else { return value };
    openapi().pointer(reference.trim_start_matches('#')).unwrap_or_else(|| panic!("nothing stands at {reference}"))
}

/// What an exchange with an API was.
pub struct Exchange<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub request: Option<&'a [u8]>,
    pub status: u16,
    pub headers: &'a HeaderMap,
    pub text: &'a str,
}

impl Exchange<'_> {
    /// Fails the test when the answer is not one that the document allows. What no operation stands at is not looked
    /// at, and neither is a method that nobody described.
    #[track_caller]
    pub fn check(&self) {
        if let Err(wrong) = self.checked() {
            let text: String = self.text.chars().take(1_000).collect();
            panic!("{} {} answers {} beside the document: {wrong}\n{text}", self.method, self.path, self.status);
        }
    }

    /// What is wrong with the answer.
    pub fn checked(&self) -> Result<(), String> {
        let asked = if self.method == "HEAD" { "GET" } else { self.method };
        let Some((path, operation)) = operation_at(asked, self.path) else { return Ok(()) };
        let status = self.status.to_string();
        let response = &operation["responses"][&status];
        if response.is_null() {
            return Err(format!("status {status} is not declared for {asked} {path}"));
        }
        let response = resolve(response);
        self.check_headers(response)?;
        let Some(content) = response["content"].as_object().filter(|_| self.method != "HEAD") else {
            return if self.text.is_empty() { Ok(()) } else { Err("a body, and none is declared".into()) };
        };
        let kind = self.header("content-type").split(';').next().unwrap_or_default().trim();
        let Some(media) = content.get(kind) else { return Err(format!("the media type {kind:?} is not declared")) };
        let body: Value = serde_json::from_str(self.text).map_err(|error| format!("no JSON: {error}"))?;
        fits(&format!("{asked} {path} {status} {kind}"), &media["schema"], Strictness::Exact, &body)?;
        self.check_request(asked, path, operation)
    }

    /// What was taken must be what the document says can be sent.
    fn check_request(&self, asked: &str, path: &str, operation: &'static Value) -> Result<(), String> {
        let media = &resolve(&operation["requestBody"])["content"]["application/json"];
        let body = self.request.filter(|body| !body.is_empty() && self.status < 300);
        let Some(body) = body.filter(|_| !media.is_null()) else { return Ok(()) };
        let body: Value = match serde_json::from_slice(body) {
            Ok(body) => body,
            // Members that are not named may be nested deeper than this reader goes.
            Err(error) if error.to_string().starts_with("recursion limit") => return Ok(()),
            Err(error) => return Err(format!("the request is no JSON: {error}")),
        };
        let name = format!("{asked} {path} request");
        fits(&name, &media["schema"], Strictness::AsWritten, &body).map_err(|wrong| format!("the request: {wrong}"))
    }

    /// Headers that tell something are declared.
    fn check_headers(&self, response: &Value) -> Result<(), String> {
        let declared: Vec<String> =
            response["headers"].as_object().into_iter().flatten().map(|(name, _)| name.to_lowercase()).collect();
        let telling = |name: &str| {
            (name.starts_with("x-") && name != "x-content-type-options")
                || ["etag", "retry-after", "idempotent-replayed", "ratelimit", "ratelimit-policy", "www-authenticate"]
                    .contains(&name)
        };
        let silent = self
            .headers
            .keys()
            .map(|name| name.as_str())
            .find(|name| telling(name) && !declared.iter().any(|known| known == name));
        silent.map_or(Ok(()), |name| Err(format!("the header {name} is not declared")))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// How a schema is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// As it is written.
    AsWritten,
    /// Members that are not named may not be there: an answer must be described in full.
    Exact,
}

/// Whether a value fits a schema of the document; `name` tells the schema from others.
pub fn fits(name: &str, schema: &Value, strictness: Strictness, value: &Value) -> Result<(), String> {
    static VALIDATORS: OnceLock<Mutex<HashMap<String, Arc<Validator>>>> = OnceLock::new();
    let known = VALIDATORS.get_or_init(Mutex::default).lock().expect("validators").get(name).cloned();
    let validator = known.unwrap_or_else(|| {
        let validator = Arc::new(validator(schema, strictness));
        let mut all = VALIDATORS.get_or_init(Mutex::default).lock().expect("validators");
        all.insert(name.to_owned(), Arc::clone(&validator));
        validator
    });
    let wrong: Vec<String> = validator
        .iter_errors(value)
        .take(3)
        .map(|error| format!("{}: {error}", error.instance_path()).chars().take(500).collect())
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}

fn validator(schema: &Value, strictness: Strictness) -> Validator {
    let mut whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": {"schemas": openapi()["components"]["schemas"]},
        "allOf": [schema],
    });
    if strictness == Strictness::Exact {
        whole["components"]["schemas"].as_object_mut().expect("schemas").values_mut().for_each(close);
        whole["allOf"].as_array_mut().expect("one").iter_mut().for_each(close);
    }
    jsonschema::options().should_validate_formats(true).build(&whole).expect("a schema")
}

/// Members that are not named may not be there.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(close);
            let parts = members.get_mut("allOf").and_then(Value::as_array_mut);
            let composed = parts.map(|parts| parts.iter_mut().for_each(open)).is_some();
            let named = members.get("properties").is_some_and(|it| it.is_object() && is_schema(members));
            if (named || composed) && !members.contains_key("additionalProperties") {
                members.insert("unevaluatedProperties".into(), false.into());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

fn open(schema: &mut Value) {
    if let Some(members) = schema.as_object_mut() {
        members.remove("unevaluatedProperties");
    }
}

/// A schema, and not the map of members of one that has a member called `properties`.
fn is_schema(members: &Map<String, Value>) -> bool {
    members.get("type").is_none_or(|kind| kind.is_string() || kind.is_array())
}

/// The operation at a path, the most literal one first.
pub fn operation_at(method: &str, path: &str) -> Option<(&'static str, &'static Value)> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let wanted: Vec<&str> = template.split('/').collect();
        wanted.len() == parts.len()
            && wanted.iter().zip(&parts).all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
    };
    let found = operations().into_iter().filter(|(known, template, _)| known == method && fits(template));
    let literal = |template: &str| template.matches('{').count();
    found.map(|(_, template, operation)| (template, operation)).min_by_key(|(template, _)| literal(template))
}
