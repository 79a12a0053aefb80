//! What kind of value something is, in words.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayItems, Object, Schema, SchemaFormat, SchemaType, Type};

use crate::api::openapi::schema::is_null;

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Code(String),
    /// A schema that is described on the same page.
    Named(String),
}

/// Prose with code between backticks.
pub fn prose(text: &str) -> Vec<Piece> {
    let parts = text.split('`').enumerate().filter(|(_, part)| !part.is_empty());
    parts
        .map(|(place, part)| if place % 2 == 0 { Piece::Text(part.to_owned()) } else { Piece::Code(part.to_owned()) })
        .collect()
}

/// The paragraphs of a text.
pub fn paragraphs(text: &str) -> Vec<Vec<Piece>> {
    text.split("\n\n").filter(|part| !part.trim().is_empty()).map(|part| prose(&part.replace('\n', " "))).collect()
}

/// What kind of value a schema describes: `text`, `list of` a named one, `whole number or null`.
pub fn kind(schema: &RefOr<Schema>) -> Vec<Piece> {
    let text = |text: &str| vec![Piece::Text(text.to_owned())];
    match schema {
        RefOr::Ref(reference) => {
            vec![Piece::Named(reference.ref_location.rsplit('/').next().unwrap_or_default().to_owned())]
        }
        RefOr::T(Schema::Array(array)) => {
            let mut pieces = text("list of ");
            match &array.items {
                ArrayItems::RefOrSchema(items) => pieces.extend(kind(items)),
                ArrayItems::False => pieces = text("empty list"),
            }
            if is_null(&array.schema_type) {
                pieces.extend(text(" or null"));
            }
            pieces
        }
        RefOr::T(Schema::Object(object)) => of_object(object),
        RefOr::T(Schema::OneOf(one)) => either(&one.items),
        RefOr::T(Schema::AnyOf(any)) => either(&any.items),
        RefOr::T(Schema::AllOf(all)) => all.items.first().map(kind).unwrap_or_default(),
        RefOr::T(_) => text("anything"),
    }
}

/// What else is asked of a value: its words, its form, its bounds.
pub fn limits(schema: &RefOr<Schema>) -> Vec<Piece> {
    if let RefOr::T(Schema::Array(array)) = schema
        && let ArrayItems::RefOrSchema(items) = &array.items
    {
        return limits(items);
    }
    let RefOr::T(Schema::Object(object)) = schema else { return Vec::new() };
    let mut pieces = Vec::new();
    let mut say = |lead: &str, codes: Vec<String>| {
        pieces.push(Piece::Text(format!("{lead} ")));
        for (place, code) in codes.into_iter().enumerate() {
            if place > 0 {
                pieces.push(Piece::Text(", ".into()));
            }
            pieces.push(Piece::Code(code));
        }
        pieces.push(Piece::Text(". ".into()));
    };
    if let Some(words) = &object.enum_values {
        say("One of", words.iter().map(plain).collect());
    } else if object.pattern.is_some()
        && let Some(example) = object.examples.first()
    {
        say("For example", vec![plain(example)]);
    }
    if let Some(default) = &object.default {
        say("Left out:", vec![plain(default)]);
    }
    if let Some(most) = object.max_length {
        pieces.push(Piece::Text(format!("At most {most} characters. ")));
    }
    pieces
}

fn of_object(object: &Object) -> Vec<Piece> {
    let kinds = match &object.schema_type {
        SchemaType::Type(kind) => vec![kind.clone()],
        SchemaType::Array(kinds) => kinds.clone(),
        SchemaType::AnyValue => return vec![Piece::Text("anything".into())],
    };
    let word = |kind: &Type| match (kind, &object.format) {
        (Type::String, Some(SchemaFormat::KnownFormat(format))) => format_word(format),
        (Type::String, _) => "text",
        (Type::Integer, _) => "whole number",
        (Type::Number, _) => "number",
        (Type::Boolean, _) => "true or false",
        (Type::Array, _) => "list",
        (Type::Object, _) => "object",
        (Type::Null, _) => "null",
    };
    let words: Vec<&str> = kinds.iter().map(word).collect();
    vec![Piece::Text(words.join(" or "))]
}

fn format_word(format: &utoipa::openapi::KnownFormat) -> &'static str {
    use utoipa::openapi::KnownFormat;
    match format {
        KnownFormat::DateTime => "time",
        KnownFormat::Date => "day",
        _ => "text",
    }
}

fn either(items: &[RefOr<Schema>]) -> Vec<Piece> {
    let is_null =
        |item: &&RefOr<Schema>| matches!(item, RefOr::T(Schema::Object(object)) if is_null(&object.schema_type));
    let (nulls, rest): (Vec<_>, Vec<_>) = items.iter().partition(is_null);
    let mut pieces = Vec::new();
    for item in rest.into_iter().chain(nulls) {
        if !pieces.is_empty() {
            pieces.push(Piece::Text(" or ".into()));
        }
        pieces.extend(kind(item));
    }
    pieces
}

/// A value as it is typed: texts without quotes.
pub fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backticks_make_code() {
        let (text, code) = (|it: &str| Piece::Text(it.into()), |it: &str| Piece::Code(it.into()));
        assert_eq!(prose("Send `a` or `b`."), [text("Send "), code("a"), text(" or "), code("b"), text(".")]);
        assert_eq!(paragraphs("One\ntwo.\n\n`x`"), [vec![text("One two.")], vec![code("x")]]);
    }
}
