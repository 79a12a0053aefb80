//! The secret key of a desk, and the keys that derive from it.

use std::io::{self, Write};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Keys for separate uses; one leaking tells nothing of the others.
#[derive(Clone)]
pub struct Keys {
    pub cookie: [u8; 32],
    pub token: [u8; 32],
}

impl Keys {
    /// Reads `PAYDESK_KEY` (base64 of 32 bytes or more), or `DIR/secret.key`, which is made (mode 0600) when missing.
    pub fn load(directory: &Path, from_environment: Option<&str>) -> Result<Keys, String> {
        let text = match from_environment {
            Some(text) => text.to_owned(),
            None => read_or_make(&directory.join("secret.key")).map_err(|error| format!("secret.key: {error}"))?,
        };
        let secret = STANDARD.decode(text.trim()).map_err(|_| "the secret key must be base64")?;
        if secret.len() < 32 {
            return Err("the secret key must have 32 bytes or more".into());
        }
        Ok(Keys::derive(&secret))
    }

    /// Derives the keys of a secret.
    pub fn derive(secret: &[u8]) -> Keys {
        let key = |purpose: &str| -> [u8; 32] {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("any length is a key");
            mac.update(purpose.as_bytes());
            mac.finalize().into_bytes().into()
        };
        Keys { cookie: key("paydesk cookie"), token: key("paydesk token") }
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

fn read_or_make(path: &Path) -> io::Result<String> {
    if let Ok(text) = std::fs::read_to_string(path) {
        return Ok(text);
    }
    let secret: [u8; 32] = rand::random();
    let text = STANDARD.encode(secret);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(text)
}
