//! The programs of the demo: one for each API that may do everything, and one that may only read.

use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use rsa::rand_core::{CryptoRng, Error as RandomError, RngCore};
use serde_json::{Value, json};

use super::super::people::caller;
use super::super::sample::Sample;
use super::super::terminal;
use super::PEOPLE;
use crate::domain::dialect::Dialect;
use crate::domain::money::Currency;
use crate::domain::staff::Scope;
use crate::service::credentials::{self, Issued, NewCredential};
use crate::service::{Desk, oauth, tokens};
use crate::store::credentials::TokenKind;

/// Access tokens in the credentials file stay valid this long, in microseconds.
const TOKEN_LIFE: i64 = 7 * 24 * 3600 * 1_000_000;
/// Who signs for the programs that speak Revolut's dialect.
const ISSUER: &str = "larkfield.example.com";

/// A key pair in PEM.
struct Pair {
    private: String,
    public: String,
}

/// The system's random numbers, for a crate that knows an older interface to them.
struct Random;

/// Makes the programs and answers what the credentials file says of them.
pub async fn make(desk: &Desk, sample: &Sample) -> Result<Value, String> {
    // Takes a second; both programs sign with it.
    let pair = tokio::task::spawn_blocking(Pair::make).await.map_err(told)??;
    let account_number = sample
        .wallets
        .iter()
        .find(|wallet| wallet.currency == Currency::INR)
        .map(|wallet| wallet.account_number())
        .ok_or("the sample has no wallet in INR")?;
    let mut all = set(desk, "ERP", &[Scope::Read, Scope::Write, Scope::Pay], &pair, &account_number).await?;
    all["readonly"] = set(desk, "Reporting", &[Scope::Read], &pair, &account_number).await?;
    Ok(all)
}

/// One program for each API.
async fn set(desk: &Desk, name: &str, scopes: &[Scope], pair: &Pair, account_number: &str) -> Result<Value, String> {
    let mut made = json!({});
    for dialect in Dialect::ALL {
        let issued = program(desk, name, dialect, scopes, pair).await?;
        let username = &issued.credential.username;
        made[dialect.name()] = match dialect {
            Dialect::Wallet => json!({
                "access_token": tokens::mint_access_token(desk, &issued.credential, TOKEN_LIFE),
                "username": username,
                "password": issued.secret,
                "client_id": 1,
            }),
            Dialect::Revolut => {
                let mint = |kind, life| oauth::mint(desk, issued.credential.id, kind, life);
                json!({
                    "access_token": mint(TokenKind::Access, TOKEN_LIFE).await.map_err(terminal)?,
                    "refresh_token": mint(TokenKind::Refresh, oauth::REFRESH_LIFE).await.map_err(terminal)?,
                    "client_id": username,
                    "private_key_pem": pair.private,
                    "issuer": ISSUER,
                })
            }
            Dialect::Razorpay => {
                json!({"key_id": username, "key_secret": issued.secret, "account_number": account_number})
            }
            Dialect::MassPay => json!({"api_key": issued.secret}),
        };
    }
    Ok(made)
}

async fn program(desk: &Desk, name: &str, dialect: Dialect, scopes: &[Scope], pair: &Pair) -> Result<Issued, String> {
    let name = match dialect {
        Dialect::Wallet => name.to_owned(),
        Dialect::Revolut => format!("{name}, Revolut"),
        Dialect::Razorpay => format!("{name}, Razorpay"),
        Dialect::MassPay => format!("{name}, MassPay"),
    };
    let (revolut, razorpay) = (dialect == Dialect::Revolut, dialect == Dialect::Razorpay);
    let new = NewCredential {
        dialect: dialect.name().into(),
        client: "1".into(),
        owner: PEOPLE[3].1.into(),
        name,
        scopes: scopes.iter().map(|scope| scope.name().to_owned()).collect(),
        issuer: if revolut { ISSUER.into() } else { String::new() },
        ip_list: if razorpay { "0.0.0.0/0, ::/0".into() } else { String::new() },
        certificate: if revolut { pair.public.clone() } else { String::new() },
        ..NewCredential::default()
    };
    credentials::create(desk, &caller("demo"), &new).await.map_err(terminal)
}

/// The error as one sentence.
fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Pair {
    fn make() -> Result<Pair, String> {
        let key = RsaPrivateKey::new(&mut Random, 2048).map_err(told)?;
        let public = key.to_public_key().to_public_key_pem(LineEnding::LF).map_err(told)?;
        let private = key.to_pkcs8_pem(LineEnding::LF).map_err(told)?;
        Ok(Pair { private: private.to_string(), public })
    }
}

impl RngCore for Random {
    fn next_u32(&mut self) -> u32 {
        rand::random()
    }

    fn next_u64(&mut self) -> u64 {
        rand::random()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        rand::fill(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Random {}
