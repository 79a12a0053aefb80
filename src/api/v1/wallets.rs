//! Wallets and their transactions, which are the ledger transactions that touch available money.

use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Token;
use super::error::ApiError;
use super::parameters::{TransactionFilter, WalletFilter, WidePaging};
use super::query::{Parameters, named};
use super::wire::wallet::{Transaction, Wallet};
use crate::domain::caller::Caller;
use crate::domain::ledger::Kind;
use crate::domain::money::Currency;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::wallets::{Numbered, WalletQuery};
use crate::service::{Desk, permit, wallets};
use crate::store::wallets::{LedgerFilter, LedgerOrder, WalletOrder};

/// A value that no row has: a filter for something that does not exist matches nothing.
const NONE: &str = "none";

/// List wallets
#[utoipa::path(
    get,
    path = "/api/v1/wallets",
    tag = "Wallets",
    operation_id = "list_wallets",
    params(WidePaging, WalletFilter),
    responses(
        (status = 200, description = "A page of wallets, by number unless asked otherwise.", body = [Wallet]),
    ),
    security(("wallet_token" = ["READ"])),
)]
pub async fn index(
    Token(caller): Token,
    desk: web::Data<Desk>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadWallets).await?;
    let parameters = Parameters::of(&request)?;
    let page = parameters.page(50, 10_000)?;
    let (field, ascending) = parameters.sort()?.read(&["id", "amount", "created_at", "updated_at"], true)?;
    let currency = parameters.integer("currency_id")?.map(code);
    let postpaid = parameters.word("type", &["PREPAID", "POSTPAID"])? == Some("POSTPAID");
    let query = WalletQuery {
        page: page.number,
        limit: page.limit,
        // Every wallet here is prepaid.
        currency: if postpaid { Some(NONE) } else { currency }.map(str::to_owned),
        active: Some(parameters.word("is_active", &["true", "false"])? != Some("false")),
        order: match field {
            "amount" => WalletOrder::Amount,
            "updated_at" => WalletOrder::Updated,
            _ => WalletOrder::Number,
        },
        ascending,
    };
    let list = wallets::numbered(&desk, &caller, &query).await?;
    let rows: Vec<Wallet> = list.rows.iter().map(Wallet::from).collect();
    Ok(page.answer_wallets(&Numbered { rows, total: list.total }))
}

/// Show a wallet
#[utoipa::path(
    get,
    path = "/api/v1/wallets/{id}",
    tag = "Wallets",
    operation_id = "get_wallet",
    params(("id" = i64, Path, description = "The number of the wallet.", minimum = 0)),
    responses(
        (status = 200, description = "The wallet with its balances.", body = Wallet),
    ),
    security(("wallet_token" = ["READ"])),
)]
pub async fn show(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let number = number(&desk, &caller, &id, "Wallet").await?;
    let wallet = wallets::get(&desk, &caller, number).await?;
    Ok(HttpResponse::Ok().json(Wallet::from(&wallet)))
}

/// List the transactions of a wallet
#[utoipa::path(
    get,
    path = "/api/v1/wallets/{id}/transactions",
    tag = "Wallets",
    operation_id = "list_wallet_transactions",
    params(("id" = i64, Path, description = "The number of the wallet.", minimum = 0), WidePaging, TransactionFilter),
    responses(
        (status = 200, description = "A page of the wallet’s transactions, newest first unless asked otherwise.", body = [Transaction]),
    ),
    security(("wallet_token" = ["READ"])),
)]
pub async fn statement(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let number = number(&desk, &caller, &id, "Wallet").await?;
    list(&desk, &caller, &Parameters::of(&request)?, Some(number)).await
}

/// List transactions
///
/// Everything that changed the available money of a wallet. A cancelled payout has one `PAYOUT_REFUND`: ask with `type=refund` and the payout’s id as `reference`.
#[utoipa::path(
    get,
    path = "/api/v1/transactions",
    tag = "Wallets",
    operation_id = "list_transactions",
    params(WidePaging, TransactionFilter, ("wallet_id" = Option<i64>, Query, description = "Only those of this wallet.", minimum = 0)),
    responses(
        (status = 200, description = "A page of transactions, newest first unless asked otherwise.", body = [Transaction]),
    ),
    security(("wallet_token" = ["READ"])),
)]
pub async fn transactions(
    Token(caller): Token,
    desk: web::Data<Desk>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    permit(&desk, &caller, Operation::ReadWallets).await?;
    let parameters = Parameters::of(&request)?;
    let wallet = parameters.integer("wallet_id")?;
    list(&desk, &caller, &parameters, wallet).await
}

/// Show a transaction
#[utoipa::path(
    get,
    path = "/api/v1/transactions/{id}",
    tag = "Wallets",
    operation_id = "get_transaction",
    params(("id" = i64, Path, description = "The number of the transaction.", minimum = 0)),
    responses(
        (status = 200, description = "The transaction.", body = Transaction),
    ),
    security(("wallet_token" = ["READ"])),
)]
pub async fn transaction(
    Token(caller): Token,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let number = number(&desk, &caller, &id, "Transaction").await?;
    let (found, wallet) = wallets::transaction(&desk, &caller, number).await?;
    Ok(HttpResponse::Ok().json(Transaction::of(&found, wallet)))
}

async fn list(
    desk: &Desk,
    caller: &Caller,
    parameters: &Parameters,
    wallet: Option<i64>,
) -> Result<HttpResponse, ApiError> {
    let page = parameters.page(50, 10_000)?;
    let (field, ascending) = parameters.sort()?.read(&["id", "amount", "created_at", "updated_at"], false)?;
    let order = if field == "amount" { LedgerOrder::Amount } else { LedgerOrder::Number };
    let window = (page.number, page.limit);
    let list = wallets::transactions(desk, caller, filter(parameters)?, wallet, window, (order, ascending)).await?;
    let rows: Vec<Transaction> = list.rows.iter().map(|(found, wallet)| Transaction::of(found, *wallet)).collect();
    Ok(page.answer_wallets(&Numbered { rows, total: list.total }))
}

fn filter(parameters: &Parameters) -> Result<LedgerFilter, ApiError> {
    let direction = parameters.word("transaction_type", &["CREDIT", "DEBIT"])?;
    let status = parameters.word("status", &["PENDING", "COMPLETED", "FAILED"])?;
    let kinds: Vec<Kind> = parameters.text("type").map(kinds).unwrap_or_default();
    let unknown = parameters.text("type").is_some() && kinds.is_empty();
    // What is written is completed: nothing pends and nothing failed.
    let nothing = unknown || status.is_some_and(|status| status != "COMPLETED");
    Ok(LedgerFilter {
        kinds,
        credit: direction.map(|direction| direction == "CREDIT"),
        payout_id: if nothing { Some(NONE) } else { parameters.text("reference") }.map(str::to_owned),
        ..LedgerFilter::default()
    })
}

/// The kinds whose name, or its last word, is this: `refund` is `PAYOUT_REFUND`.
fn kinds(text: &str) -> Vec<Kind> {
    let named = |kind: &Kind| {
        let name = kind.name();
        name.eq_ignore_ascii_case(text) || name.rsplit('_').next().is_some_and(|word| word.eq_ignore_ascii_case(text))
    };
    Kind::ALL.into_iter().filter(named).collect()
}

/// The code of a numeric code; a number that no currency has matches nothing.
fn code(numeric: i64) -> &'static str {
    u16::try_from(numeric).ok().and_then(Currency::from_numeric).map_or(NONE, |currency| currency.code())
}

/// The integer in the address, once the caller may read wallets; what is none names nothing.
async fn number(desk: &Desk, caller: &Caller, text: &str, what: &'static str) -> Result<i64, ApiError> {
    let text: String = named(desk, caller, Operation::ReadWallets, text, what).await?;
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or_else(|| Error::NotFound(what).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_named_whole_or_by_its_last_word() {
        assert_eq!(kinds("refund"), [Kind::PayoutRefund]);
        assert_eq!(kinds("PAYOUT_REFUND"), [Kind::PayoutRefund]);
        assert_eq!(kinds("payout"), [Kind::Payout]);
        assert_eq!(kinds("Reversal"), [Kind::PayoutReversal]);
        assert_eq!(kinds("fund"), []);
    }

    #[test]
    fn currencies_are_named_by_their_numeric_code() {
        assert_eq!(code(840), "USD");
        assert_eq!(code(99_999), NONE);
        assert_eq!(code(1), NONE);
    }
}
