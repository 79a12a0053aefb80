//! Ends requests that nobody has answered in time.

use crate::error::Error;
use crate::service::{Desk, approval_requests};

/// Whatever is due.
pub async fn expire(desk: &Desk) -> Result<(), Error> {
    while approval_requests::expire(desk).await? {}
    Ok(())
}
