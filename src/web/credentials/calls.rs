//! What a program calls: the addresses of each API, and first calls that are ready to paste.

use crate::domain::dialect::Dialect;
use crate::service::Desk;
use crate::service::credentials::Credential;

/// A call for a terminal.
#[derive(Clone, Debug)]
pub struct Call {
    /// What it does, and what to put in first.
    pub about: String,
    pub text: String,
}

/// Where the API stands on this desk.
pub fn base(desk: &Desk, dialect: Dialect) -> String {
    let path = match dialect {
        Dialect::Wallet => "/api/v1",
        Dialect::Revolut => "/api/1.0",
        Dialect::Razorpay => "/v1",
        Dialect::MassPay => "/v1.0.0",
    };
    format!("{}{path}", desk.config.public_url)
}

/// What the API calls the name of a program.
pub fn username(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Wallet => "Username",
        Dialect::Revolut => "Client id",
        Dialect::Razorpay => "Key id",
        Dialect::MassPay => "The key begins",
    }
}

/// What the API calls the secret of a program.
pub fn secret(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Wallet => "Password",
        Dialect::Revolut => "Certificate",
        Dialect::Razorpay => "Key secret",
        Dialect::MassPay => "API key",
    }
}

/// A first call with the secret, or with a variable in its place when it is not known any more.
pub fn first(desk: &Desk, credential: &Credential, secret: Option<&str>) -> Call {
    let (base, name) = (base(desk, credential.dialect), &credential.username);
    let url = &desk.config.public_url;
    let (about, text) = match (credential.dialect, secret) {
        (Dialect::Wallet, Some(secret)) => {
            let body = serde_json::json!({ "username": name, "password": secret });
            (
                "This signs in and answers with an access token. Send that as Authorization: Bearer with every other call.",
                format!("curl -sS {url}/auth/login \\\n  -H 'Content-Type: application/json' \\\n  -d '{body}'"),
            )
        }
        (Dialect::Wallet, None) => (
            "This signs in and answers with an access token. Put the password in PASSWORD first.",
            format!(
                "curl -sS {url}/auth/login \\\n  -H 'Content-Type: application/json' \\\n  -d \
                 \"{{\\\"username\\\":\\\"{name}\\\",\\\"password\\\":\\\"$PASSWORD\\\"}}\""
            ),
        ),
        (Dialect::Revolut, _) => (
            "This lists the accounts. Put the access token in ACCESS_TOKEN first; a one-time code gives the first one.",
            format!("curl -sS {base}/accounts \\\n  -H \"Authorization: Bearer $ACCESS_TOKEN\""),
        ),
        (Dialect::Razorpay, Some(secret)) => {
            ("This lists the contacts.", format!("curl -sS '{base}/contacts?count=10' \\\n  -u '{name}:{secret}'"))
        }
        (Dialect::Razorpay, None) => (
            "This lists the contacts. Put the key secret in KEY_SECRET first.",
            format!("curl -sS '{base}/contacts?count=10' \\\n  -u \"{name}:$KEY_SECRET\""),
        ),
        (Dialect::MassPay, Some(secret)) => (
            "This tells the balances.",
            format!("curl -sS {base}/payout/account/balance \\\n  -H 'Authorization: Bearer {secret}'"),
        ),
        (Dialect::MassPay, None) => (
            "This tells the balances. Put the key in API_KEY first.",
            format!("curl -sS {base}/payout/account/balance \\\n  -H \"Authorization: Bearer $API_KEY\""),
        ),
    };
    Call { about: about.to_owned(), text }
}

/// Signs in with a one-time code: the program's private key signs what says who asks.
pub fn with_code(desk: &Desk, credential: &Credential, code: &str) -> Call {
    let base = base(desk, Dialect::Revolut);
    let issuer = credential.issuer.as_deref().unwrap_or_default();
    let client = &credential.username;
    let text = format!(
        r#"text() {{ openssl base64 -A | tr '+/' '-_' | tr -d '='; }}
head=$(printf '{{"alg":"RS256","typ":"JWT"}}' | text)
body=$(printf '{{"iss":"{issuer}","sub":"{client}","aud":"https://revolut.com","exp":%s}}' $(($(date +%s) + 300)) | text)
sign=$(printf '%s' "$head.$body" | openssl dgst -sha256 -sign privatecert.pem -binary | text)
curl -sS {base}/auth/token \
  -d grant_type=authorization_code \
  -d code={code} \
  -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \
  -d client_assertion="$head.$body.$sign""#
    );
    let about = "This signs in and answers with an access token and a refresh token. It reads the private key from \
                 privatecert.pem.";
    Call { about: about.to_owned(), text }
}
