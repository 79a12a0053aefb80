//! A call as it is typed, and what its bodies look like.

use serde_json::Value;
use utoipa::openapi::content::Content;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{RefOr, Required};

use super::words::plain;
use crate::api::openapi::{Described, Told};

/// A call that can be pasted into a shell.
pub fn curl(described: &Described, told: &Told, parameters: &[&Parameter], base: &str) -> String {
    let mut path = told.facts.path.clone();
    let mut query = Vec::new();
    for parameter in parameters {
        let schema = parameter.schema.as_ref().map(|schema| resolved(described, schema));
        let value = schema.and_then(example_of).unwrap_or_else(|| "1".into());
        match parameter.parameter_in {
            ParameterIn::Path => path = path.replace(&format!("{{{}}}", parameter.name), &value),
            ParameterIn::Query if parameter.required == Required::True => {
                query.push(format!("{}={value}", parameter.name));
            }
            _ => {}
        }
    }
    let question = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let mut lines = vec![match told.facts.method {
        "GET" => format!("curl '{base}{path}{question}'"),
        method => format!("curl -X {method} '{base}{path}{question}'"),
    }];
    let wanted =
        told.description.security.iter().flatten().next().map(|it| serde_json::to_value(it).unwrap_or_default());
    let wanted = wanted.as_ref().and_then(Value::as_object).and_then(|names| names.keys().next());
    let way = described.security.iter().find(|(name, ..)| Some(*name) == wanted.map(String::as_str));
    lines.extend(way.map(|(_, _, argument)| (*argument).to_owned()));
    for parameter in parameters {
        if parameter.parameter_in == ParameterIn::Header && parameter.required == Required::True {
            let schema = parameter.schema.as_ref().map(|schema| resolved(described, schema));
            let value = schema.and_then(example_of).unwrap_or_else(|| "order-4711-a".into());
            lines.push(format!("-H '{}: {value}'", parameter.name));
        }
    }
    let body = told.description.request_body.as_ref().and_then(own).and_then(|body| body.content.iter().next());
    if let Some((media_type, content)) = body
        && let Some(text) = own(content).and_then(|content| example(described, content))
        && text.trim() != "{}"
    {
        let text = if media_type == "application/x-www-form-urlencoded" { form(&text) } else { text };
        lines.push(format!("-H 'Content-Type: {media_type}'"));
        lines.push(format!("-d '{}'", text.replace('\'', "'\\''")));
    }
    lines.join(" \\\n  ")
}

/// Members of JSON as a form has them.
fn form(text: &str) -> String {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let pairs = value.as_object().into_iter().flatten();
    pairs.map(|(name, value)| format!("{name}={}", plain(value).replace(':', "%3A"))).collect::<Vec<_>>().join("&")
}

/// The first example of a body.
pub fn example(described: &Described, content: &Content) -> Option<String> {
    let shown = described.shown(content).first().map(|shown| shown.text.clone());
    shown.or_else(|| content.example.as_ref().and_then(|value| serde_json::to_string_pretty(value).ok()))
}

fn example_of(schema: &RefOr<Schema>) -> Option<String> {
    let RefOr::T(Schema::Object(object)) = schema else { return None };
    object.examples.first().or(object.example.as_ref()).map(plain)
}

/// The schema, or the one that it refers to.
pub fn resolved<'a>(described: &'a Described, schema: &'a RefOr<Schema>) -> &'a RefOr<Schema> {
    let RefOr::Ref(reference) = schema else { return schema };
    let name = reference.ref_location.rsplit('/').next().unwrap_or_default();
    described.schema(name).unwrap_or(schema)
}

/// What stands here itself.
pub fn own<T>(value: &RefOr<T>) -> Option<&T> {
    match value {
        RefOr::T(value) => Some(value),
        RefOr::Ref(_) => None,
    }
}
