//! The pages of wallets: the list with available and held money, and a wallet's statement and rules.

pub mod index;
pub mod show;
pub mod statement;

use actix_web::web;

use crate::domain::money::Money;
use crate::domain::wallet::Wallet;

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/wallets").route(web::get().to(index::index)));
    config.service(web::resource("/wallets/{number}").route(web::get().to(show::show)));
    config.service(web::resource("/wallets/{number}/statement.csv").route(web::get().to(statement::export)));
}

/// The fee rule in two lines, without the code: `1.5 % + 0.25` and `at least 0.50`.
fn fee_rule(wallet: &Wallet) -> (String, String) {
    let figures = |minor| Money::new(minor, wallet.currency).figures();
    let parts: Vec<String> = [
        (wallet.fee_basis_points > 0).then(|| percent(wallet.fee_basis_points)),
        (wallet.fee_fixed_minor > 0).then(|| figures(wallet.fee_fixed_minor)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let minimum = match wallet.fee_minimum_minor {
        0 => String::new(),
        minimum => format!("at least {}", figures(minimum)),
    };
    (if parts.is_empty() { "None".to_owned() } else { parts.join(" + ") }, minimum)
}

/// `1.5 %` for 150 basis points.
pub(super) fn percent(basis_points: i64) -> String {
    let (whole, rest) = (basis_points / 100, basis_points % 100);
    match (rest, rest % 10) {
        (0, _) => format!("{whole} %"),
        (_, 0) => format!("{whole}.{} %", rest / 10),
        _ => format!("{whole}.{rest:02} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basis_points_read_as_percent() {
        assert_eq!(percent(150), "1.5 %");
        assert_eq!(percent(100), "1 %");
        assert_eq!(percent(5), "0.05 %");
        assert_eq!(percent(1_234), "12.34 %");
    }
}
