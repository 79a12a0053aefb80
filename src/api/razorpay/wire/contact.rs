//! A contact as JSON.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{notes, seconds};
use crate::api::razorpay::query::CONTACT;
use crate::domain::payee::Payee;

/// A contact (`contracts/razorpay.md` section 5).
#[derive(Debug, Serialize)]
pub struct Contact<'a> {
    id: String,
    entity: &'static str,
    name: String,
    /// The phone number.
    contact: Option<&'a str>,
    email: Option<&'a str>,
    r#type: Option<&'a str>,
    reference_id: Option<&'a str>,
    batch_id: Option<String>,
    active: bool,
    notes: Box<RawValue>,
    created_at: i64,
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
