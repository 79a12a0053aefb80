//! A saved payee as the contact of a payout link.

use crate::domain::caller::Caller;
use crate::domain::ids::PayeeId;
use crate::domain::payout_link::Contact;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::{Desk, permit};
use crate::store::payees;

/// The contact as the saved payee has it.
///
/// Errors: no payee in the caller's sight.
pub async fn saved_contact(desk: &Desk, caller: &Caller, id: PayeeId) -> Result<Contact, Error> {
    permit(desk, caller, Operation::MakeLink).await?;
    let mut reader = desk.store.read().await?;
    let payee = payees::get(&mut reader, id).await?.map(|line| line.payee);
    let payee = payee.filter(|payee| caller.may_see(payee.client_id)).ok_or(Error::NotFound("Beneficiary"))?;
    let email = Some(payee.email.clone()).filter(|email| !email.is_empty());
    Ok(Contact { id: Some(id), name: payee.name(), kind: None, phone: payee.phone, email })
}
