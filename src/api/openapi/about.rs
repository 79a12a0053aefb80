//! What a dialect says about itself, and what its operations have in common.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::SecurityScheme;
use utoipa::openapi::{RefOr, path};

use super::operation::Operation;

/// One of the APIs. Its texts are for the readers of the page.
pub struct Api {
    /// Names its page and its anchors: `wallet`.
    pub name: &'static str,
    pub title: &'static str,
    /// Whose published clients can talk to it, and how: paragraphs.
    pub about: &'static [&'static str],
    /// Stands before the names of its schemas and operations: `Razorpay`. Empty for the desk's own API.
    pub prefix: &'static str,
    /// What the body of an error usually is: media type and name of the schema. The first is what refusals say; those
    /// of another schema have the first media type alone. The others show the sample of their schema.
    pub errors: &'static [(&'static str, &'static str)],
    /// With which statuses everything that needs a caller refuses, whatever it does: `&[401, 429, 500, 503]`.
    pub refuses_callers: &'static [u16],
    /// With which everything that takes a body refuses besides, such as 413 and 415.
    pub refuses_bodies: &'static [u16],
    /// How callers say who they are, by name, with a `curl` argument that does it: `-H "Authorization: …"`.
    pub security: fn() -> Vec<(&'static str, SecurityScheme, &'static str)>,
    pub operations: fn() -> Vec<Operation>,
    /// Schemas that no handler names, errors above all.
    pub schemas: fn() -> Vec<Named>,
    pub samples: fn() -> Vec<Sample>,
    /// What operations like this one refuse with, besides their own refusals: nothing is added for the dialect.
    pub common: fn(&Facts) -> Vec<Refusal>,
    /// The headers of its answers with this status.
    pub headers: fn(&Facts, u16) -> Vec<(&'static str, Header)>,
}

/// A schema under its name.
pub type Named = (String, RefOr<Schema>);

/// What is known of an operation from its description.
#[derive(Debug)]
pub struct Facts {
    pub method: &'static str,
    pub path: String,
    /// Whether its handler is told before, below another prefix.
    pub is_again: bool,
    pub has_body: bool,
    /// Whether a caller has to say who they are.
    pub is_secured: bool,
    /// Names of its parameters, wherever they stand.
    pub parameters: Vec<String>,
}

/// A way to be refused, with the body that says so.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub status: u16,
    /// Tells it from others with the same status: `not_cancellable`.
    pub name: String,
    /// One line for the reader.
    pub summary: String,
    /// The name of the schema of its body.
    pub schema: String,
    /// The body, exactly as it is sent.
    pub text: String,
}

impl Refusal {
    /// The refusal that says so with this body.
    pub fn of<T: ToSchema + Serialize>(status: u16, name: &str, summary: &str, body: &T) -> Refusal {
        let Sample { schema, text } = Sample::of(body);
        Refusal { status, name: name.to_owned(), summary: summary.to_owned(), schema, text }
    }
}

/// A body as the document shows it.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The name of its schema.
    pub schema: String,
    /// JSON exactly as it is sent, but indented.
    pub text: String,
}

impl Sample {
    /// The sample of the schema of `T`.
    ///
    /// # Panics
    /// If it cannot be written as JSON, which no wire type does.
    pub fn of<T: ToSchema + Serialize>(value: &T) -> Sample {
        Sample { schema: T::name().into_owned(), text: serde_json::to_string_pretty(value).expect("a wire type") }
    }
}

impl Facts {
    pub fn of(operation: &Operation, description: &path::Operation) -> Facts {
        let parameters = description.parameters.iter().flatten();
        let names = parameters.filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter.name.clone()),
            RefOr::Ref(_) => None,
        });
        let secured = description.security.as_ref().is_some_and(|ways| !ways.is_empty());
        Facts {
            method: method_name(&operation.method),
            path: operation.path.clone(),
            is_again: operation.is_again(),
            has_body: description.request_body.is_some(),
            is_secured: secured,
            parameters: names.collect(),
        }
    }

    pub fn has(&self, parameter: &str) -> bool {
        self.parameters.iter().any(|name| name == parameter)
    }

    /// Whether its path names a record.
    pub fn names_a_record(&self) -> bool {
        self.path.contains('{')
    }
}

/// A header whose value is a text, or an integer if the example is one.
pub fn header(about: &str, example: impl Into<serde_json::Value>) -> Header {
    let example = example.into();
    let kind = if example.is_i64() { Type::Integer } else { Type::String };
    let schema = ObjectBuilder::new().schema_type(kind).examples([example]).build();
    HeaderBuilder::new().schema(Some(Schema::Object(schema))).description(Some(about)).build()
}

/// The headers of every answer; `quota` says whose requests are counted, and `limit` is an example of how many they may
/// be in `window` seconds.
pub fn usual_headers(quota: &str, limit: u32, window: u32) -> Vec<(&'static str, Header)> {
    let policy = format!("{quota} Left out when there is no limit.");
    let left = "What is left of them, and the seconds until all is back.";
    vec![
        ("X-Request-Id", header("Names this request in the logs and the audit log.", "req_0f9c2ab4d1e87365f0a1b2c3")),
        ("RateLimit-Policy", header(&policy, format!("\"api\";q={limit};w={window}"))),
        ("RateLimit", header(left, format!("\"api\";r={};t=1", limit - 1))),
    ]
}

/// The method in capitals.
pub fn method_name(method: &HttpMethod) -> &'static str {
    match method {
        HttpMethod::Get => "GET",
        HttpMethod::Post => "POST",
        HttpMethod::Put => "PUT",
        HttpMethod::Patch => "PATCH",
        HttpMethod::Delete => "DELETE",
        HttpMethod::Options => "OPTIONS",
        HttpMethod::Head => "HEAD",
        HttpMethod::Trace => "TRACE",
    }
}
