//! A contact as JSON.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::given::{
    MaybeActive, MaybeContactType, MaybeEmail, MaybeName, MaybeNotes, MaybePhone, MaybeReference, Name,
};
use super::kinds::{self, ContactEntity};
use super::{notes, seconds};
use crate::api::razorpay::query::CONTACT;
use crate::domain::payee::Payee;

// contracts/razorpay.md section 5.
/// Somebody whom money is for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Contact<'a> {
    #[schema(value_type = kinds::ContactId)]
    id: String,
    #[schema(inline, value_type = ContactEntity)]
    entity: &'static str,
    name: String,
    /// The phone number.
    contact: Option<&'a str>,
    email: Option<&'a str>,
    r#type: Option<&'a str>,
    reference_id: Option<&'a str>,
    /// Always null: nothing comes in batches here.
    batch_id: Option<String>,
    /// False once it is switched off: nothing is sent to it then.
    active: bool,
    #[schema(value_type = Object)]
    notes: Box<RawValue>,
    /// In Unix seconds.
    created_at: i64,
}

// `create` reads it.
/// A contact to make.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct NewContact {
    #[schema(inline, value_type = Name)]
    name: &'static str,
    #[schema(inline, value_type = MaybeEmail, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'static str>,
    #[schema(inline, value_type = MaybePhone, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<&'static str>,
    #[schema(inline, value_type = MaybeContactType, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    #[schema(inline, value_type = MaybeReference, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_id: Option<&'static str>,
    #[schema(inline, value_type = MaybeNotes, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Box<RawValue>>,
}

// `update` reads it.
/// What changes of a contact. What is not said stays, a blank text is taken away.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ChangedContact {
    #[schema(inline, value_type = MaybeName, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    #[schema(inline, value_type = MaybeEmail, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'static str>,
    #[schema(inline, value_type = MaybePhone, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<&'static str>,
    #[schema(inline, value_type = MaybeContactType, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    #[schema(inline, value_type = MaybeReference, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_id: Option<&'static str>,
    #[schema(inline, value_type = MaybeNotes, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Box<RawValue>>,
    #[schema(inline, value_type = MaybeActive, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    active: Option<bool>,
}

impl NewContact {
    pub fn example() -> NewContact {
        NewContact {
            name: "Gaurav Kumar",
            email: Some("gaurav.kumar@example.com"),
            contact: Some("912345678"),
            r#type: Some("customer"),
            reference_id: Some("ACME-4711"),
            notes: Some(notes(Some(r#"{"notes_key_1":"Tea, Earl Grey, Hot"}"#))),
        }
    }
}

impl ChangedContact {
    pub fn example() -> ChangedContact {
        ChangedContact { active: Some(false), ..ChangedContact::default() }
    }
}

impl Contact<'static> {
    pub fn example() -> Contact<'static> {
        Contact {
            id: "cont_00000000000001".into(),
            entity: "contact",
            name: "Gaurav Kumar".into(),
            contact: Some("912345678"),
            email: Some("gaurav.kumar@example.com"),
            r#type: Some("customer"),
            reference_id: Some("ACME-4711"),
            batch_id: None,
            active: true,
            notes: notes(Some(r#"{"notes_key_1":"Tea, Earl Grey, Hot"}"#)),
            created_at: 1_545_383_037,
        }
    }
}

impl<'a> Contact<'a> {
    pub fn of(payee: &'a Payee) -> Contact<'a> {
        Contact {
            id: payee.id.prefixed(CONTACT),
            entity: "contact",
            name: payee.name(),
            contact: payee.phone.as_deref(),
            email: payee.email.as_deref(),
            r#type: payee.contact_type.as_deref(),
            reference_id: payee.reference.as_deref(),
            batch_id: None,
            active: payee.is_active(),
            notes: notes(payee.metadata.as_deref()),
            created_at: seconds(payee.id.created_at()),
        }
    }
}
