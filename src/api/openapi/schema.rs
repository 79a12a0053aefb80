//! Schemas that are no structs: texts with a pattern, words from a list, and what is done to all of them.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Object, ObjectBuilder, Schema, SchemaType, Type};

/// Declares types that stand for texts of one form in `#[schema(value_type = …)]`.
///
/// `/// The id of a payout. PayoutId "^pyt_[0-9a-z]{26}$" "pyt_01h455vb4pex5vsknk084sn02q";`
macro_rules! texts {
    ($($(#[doc = $doc:literal])+ $name:ident $pattern:literal $example:literal;)+) => {$(
        $(#[doc = $doc])+
        pub enum $name {}
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $crate::api::openapi::schema::text(concat!($($doc),+), Some($pattern), $example, &[])
            }
        }
        impl utoipa::ToSchema for $name {}
    )+};
}
pub(crate) use texts;

/// Declares types that stand for words of a list in `#[schema(value_type = …)]`; the list is the domain's own.
///
/// `/// Where a payout is. PayoutStatus State::ALL.map(State::name);`
macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident $words:expr;)+) => {$(
        $(#[doc = $doc])+
        pub enum $name {}
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let words = $words;
                $crate::api::openapi::schema::text(concat!($($doc),+), None, words[0], &words)
            }
        }
        impl utoipa::ToSchema for $name {}
    )+};
}
pub(crate) use words;

/// A text with a pattern, or one of a few words.
pub fn text(about: &str, pattern: Option<&str>, example: &str, words: &[&str]) -> RefOr<Schema> {
    let object = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(about.trim()))
        .pattern(pattern)
        .examples([example])
        .enum_values(Some(words.to_vec()).filter(|words| !words.is_empty()));
    RefOr::T(Schema::Object(object.build()))
}

/// Marks what can be null as required in a schema of answers: it is null, never missing.
pub fn require_nullable(schema: &mut RefOr<Schema>) {
    let RefOr::T(Schema::Object(object)) = schema else { return };
    let nullable: Vec<String> =
        object.properties.iter().filter(|(_, member)| is_nullable(member)).map(|(name, _)| name.clone()).collect();
    for name in nullable {
        if !object.required.contains(&name) {
            object.required.push(name);
        }
    }
}

/// Whether null fits the schema.
pub fn is_nullable(schema: &RefOr<Schema>) -> bool {
    match schema {
        RefOr::Ref(_) => false,
        RefOr::T(Schema::Object(object)) => is_null(&object.schema_type),
        RefOr::T(Schema::Array(array)) => is_null(&array.schema_type),
        RefOr::T(Schema::OneOf(one)) => one.items.iter().any(is_nullable),
        RefOr::T(_) => false,
    }
}

/// Whether null is of this type.
pub fn is_null(kind: &SchemaType) -> bool {
    match kind {
        SchemaType::Type(kind) => *kind == Type::Null,
        SchemaType::Array(kinds) => kinds.contains(&Type::Null),
        SchemaType::AnyValue => false,
    }
}

/// The object that a schema is, if it is one.
pub fn object(schema: &RefOr<Schema>) -> Option<&Object> {
    match schema {
        RefOr::T(Schema::Object(object)) => Some(object),
        _ => None,
    }
}
