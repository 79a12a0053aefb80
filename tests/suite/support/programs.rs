//! Programs that speak each dialect: their credentials, and how they sign in.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use paydesk::domain::caller::{Caller, Via};
use paydesk::domain::dialect::Dialect;
use paydesk::domain::staff::Scope;
use paydesk::service::credentials::{self, Issued, NewCredential};
use paydesk::service::programs::Arrival;
use paydesk::service::{oauth, tokens};
use paydesk::store::credentials::TokenKind;
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::pkcs8::{EncodePublicKey, LineEnding};
use rsa::rand_core::{CryptoRng, Error, RngCore};
use serde_json::{Value, json};

use super::app::{NOW, SECOND, TestDesk};

/// The host that programs of Revolut's dialect name as `iss`.
pub const ISSUER: &str = "larkfield.example.com";
pub const AUDIENCE: &str = "https://revolut.com";

/// A key pair of a program.
pub struct Signer {
    der: Vec<u8>,
    /// What is uploaded.
    pub public: String,
}

/// The key of most programs, and another one.
pub static SIGNER: LazyLock<Signer> = LazyLock::new(Signer::new);
pub static OTHER_SIGNER: LazyLock<Signer> = LazyLock::new(Signer::new);

/// From this machine.
pub fn arrival() -> Arrival {
    arrival_from("127.0.0.1")
}

/// From an address.
pub fn arrival_from(ip: &str) -> Arrival {
    Arrival { ip: Some(ip.parse().expect("an address")), request_id: "test".into() }
}

/// A form for a credential of the first client, with READ, WRITE and PAY, that the admin owns.
pub fn form(dialect: Dialect) -> NewCredential {
    let revolut = dialect == Dialect::Revolut;
    NewCredential {
        dialect: dialect.name().into(),
        client: "1".into(),
        owner: "anna@example.com".into(),
        name: format!("{} {:08x}", dialect.name(), rand::random::<u32>()),
        scopes: [Scope::Read, Scope::Write, Scope::Pay].map(|scope| scope.name().to_owned()).to_vec(),
        issuer: if revolut { ISSUER.into() } else { String::new() },
        ip_list: if dialect == Dialect::Razorpay { "0.0.0.0/0, ::/0".into() } else { String::new() },
        certificate: if revolut { SIGNER.public.clone() } else { String::new() },
        ..NewCredential::default()
    }
}

/// Makes it from the command line.
pub async fn issue(test: &TestDesk, new: &NewCredential) -> Issued {
    credentials::create(&test.desk, &Caller::system(Via::Command, "test"), new).await.expect("a credential")
}

/// What a new program of this dialect sends in `Authorization`.
pub async fn authorization(test: &TestDesk, dialect: Dialect, owner: &str, scopes: &[Scope]) -> String {
    let scopes = scopes.iter().map(|scope| scope.name().to_owned()).collect();
    let issued = issue(test, &NewCredential { owner: owner.into(), scopes, ..form(dialect) }).await;
    header(test, &issued).await
}

/// What the program with this credential sends in `Authorization`.
pub async fn header(test: &TestDesk, issued: &Issued) -> String {
    const DAY: i64 = 24 * 3_600 * SECOND;
    let (id, secret) = (issued.credential.id, issued.secret.clone().unwrap_or_default());
    match issued.credential.dialect {
        Dialect::Wallet => format!("Bearer {}", tokens::mint_access_token(&test.desk, &issued.credential, DAY)),
        Dialect::Revolut => {
            let token = oauth::mint(&test.desk, id, TokenKind::Access, DAY).await;
            format!("Bearer {}", token.expect("a token"))
        }
        Dialect::Razorpay => format!("Basic {}", STANDARD.encode(format!("{}:{secret}", issued.credential.username))),
        Dialect::MassPay => format!("Bearer {secret}"),
    }
}

/// The claims of a good assertion.
pub fn claims(client_id: &str) -> Value {
    json!({ "iss": ISSUER, "sub": client_id, "aud": AUDIENCE, "exp": NOW / SECOND + 300 })
}

impl Signer {
    fn new() -> Signer {
        let key = RsaPrivateKey::new(&mut Random, 2048).expect("a key");
        Signer {
            der: key.to_pkcs1_der().expect("a key in DER").as_bytes().to_vec(),
            public: key.to_public_key().to_public_key_pem(LineEnding::LF).expect("a key in PEM"),
        }
    }

    pub fn sign(&self, claims: &Value) -> String {
        let key = EncodingKey::from_rsa_der(&self.der);
        jsonwebtoken::encode(&Header::new(Algorithm::RS256), claims, &key).expect("an assertion")
    }
}

struct Random;

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

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Random {}
