//! A payment that the one about to be made may repeat, named and linked.

use super::auth::Visitor;
use super::display::{StatusView, TimeView};
use super::words;
use crate::service::duplicates::Alike;
use crate::store::payout_links::LinkBucket;

/// Another payment with the same amount for the same person.
#[derive(Clone, Debug)]
pub struct AlikeView {
    pub href: String,
    /// For example `Payout PAY_1 of USD 100.00 to John Doe`.
    pub word: String,
    pub made: TimeView,
    pub status: StatusView,
}

impl AlikeView {
    pub fn of(alike: &Alike, visitor: &Visitor) -> AlikeView {
        let made = |at| visitor.zone.short(at, visitor.now);
        match alike {
            Alike::Payout(record) => {
                let payout = &record.payout;
                AlikeView {
                    href: format!("/payouts/{}", payout.id),
                    word: format!("Payout {} of {} to {}", payout.reference_id, payout.amount(), record.payee.name()),
                    made: made(payout.id.created_at()),
                    status: words::payout_status(payout),
                }
            }
            Alike::Link(row) => {
                let name = row.reference.clone().or_else(|| row.receipt.clone()).unwrap_or_else(|| row.id.short());
                let reopened = row.bucket() == LinkBucket::Reopened;
                AlikeView {
                    href: format!("/payout-links/{}", row.id),
                    word: format!("Payout link {name} over {} for {}", row.amount(), row.contact_name),
                    made: made(row.id.created_at()),
                    status: words::link_status(row.state, reopened, row.close_reason),
                }
            }
        }
    }
}
