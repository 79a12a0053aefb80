//! Reading the parameters of an address, and ids wherever they stand.

use actix_web::{HttpRequest, web};
use uuid::Uuid;

use super::error::RazorpayError;
use crate::domain::ids::{Id, Kind};
use crate::domain::payout_link::RAZORPAY_PREFIX;
use crate::service::collections::Window;
use crate::store::sql::DEEPEST;

/// What stands before the base-62 characters of each kind of id.
pub const LINK: &str = RAZORPAY_PREFIX;
pub const PAYOUT: &str = "pout_";
pub const CONTACT: &str = "cont_";
pub const FUND_ACCOUNT: &str = "fa_";
pub const ACCOUNT: &str = "acc_";
pub const REVERSAL: &str = "rvrsl_";
pub const TRANSACTION: &str = "txn_";
pub const BALANCE: &str = "bal_";

/// How many records an answer holds when nobody says, and at most.
const USUAL: i64 = 10;
const MOST: i64 = 100;
/// The last second that is a time: the end of the year 9999.
pub const LAST_SECOND: i64 = 253_402_300_799;
const SECOND: i64 = 1_000_000;

/// The parameters of an address. Blank ones count as missing, those that nobody reads are ignored.
#[derive(Debug)]
pub struct Parameters {
    found: Vec<(String, String)>,
}

impl Parameters {
    pub fn of(request: &HttpRequest) -> Result<Parameters, RazorpayError> {
        web::Query::<Vec<(String, String)>>::from_query(request.query_string())
            .map(|found| Parameters { found: found.into_inner() })
            .map_err(|_| RazorpayError::input("The query of the address cannot be read."))
    }

    /// A parameter's text. Given twice, the last one counts.
    pub fn text(&self, name: &str) -> Result<Option<&str>, RazorpayError> {
        let value = self.found.iter().rev().find(|(found, _)| found == name).map(|(_, value)| value.trim());
        match value.filter(|value| !value.is_empty()) {
            Some(text) if text.chars().any(char::is_control) || text.chars().count() > 300 => {
                Err(RazorpayError::input(format!("The {name} format is invalid.")).on(name))
            }
            text => Ok(text),
        }
    }

    /// `account_number`, which has to be there.
    pub fn account_number(&self) -> Result<&str, RazorpayError> {
        self.text("account_number")?.ok_or_else(|| RazorpayError::required("account_number"))
    }

    /// Whether a list parameter (`expand[]`) names this.
    pub fn lists(&self, name: &str, value: &str) -> bool {
        let names = [name.to_owned(), format!("{name}[]"), format!("{name}[0]")];
        self.found.iter().any(|(found, given)| names.contains(found) && given == value)
    }

    /// `count`, `skip`, `from` and `to`.
    pub fn window(&self) -> Result<Window, RazorpayError> {
        let between = |name: &str, least: i64, most: i64| -> Result<Option<i64>, RazorpayError> {
            let Some(text) = self.text(name)? else { return Ok(None) };
            let wrong = |message: String| RazorpayError::input(format!("The {name} {message}")).on(name);
            let number: i64 = text.parse().map_err(|_| wrong("must be an integer.".into()))?;
            match number {
                number if number < least => Err(wrong(format!("must be at least {least}."))),
                number if number > most => Err(wrong(format!("may not be greater than {most}."))),
                number => Ok(Some(number)),
            }
        };
        Ok(Window {
            count: between("count", 1, MOST)?.unwrap_or(USUAL),
            skip: between("skip", 0, DEEPEST)?.unwrap_or(0),
            from: between("from", 0, LAST_SECOND)?.map(|second| second * SECOND),
            // The last second counts whole.
            to: between("to", 0, LAST_SECOND)?.map(|second| (second + 1) * SECOND),
        })
    }

    /// An id with its prefix, if given.
    pub fn id<K: Kind>(&self, name: &str, prefix: &str) -> Result<Option<Id<K>>, RazorpayError> {
        let text = self.text(name)?;
        text.map(|text| read_id(text, prefix).map_err(|error| error.on(name))).transpose()
    }
}

/// Reads an id of one kind; one of the right form that cannot be ours becomes an id that nothing has.
///
/// Errors: it has another prefix or form.
pub fn read_id<K: Kind>(text: &str, prefix: &str) -> Result<Id<K>, RazorpayError> {
    let id = Id::from_prefixed(prefix, text).map_err(|_| RazorpayError::malformed_id(text))?;
    Ok(id.unwrap_or_else(|| Id::from_uuid(Uuid::nil())))
}
