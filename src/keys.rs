//! The secrets of a desk, and the keys that derive from them.
//!
//! A desk has a ring of secrets: the first is current, the older ones only open what was made under them.
//!
//! - What is kept sealed in the database names the key it was sealed under. New values are sealed under the current
//!   one; a rotation seals the old ones again.
//! - Access and refresh tokens are signed under the current secret and stay good under the older ones until they end.
//! - Cookies are made under the oldest secret kept, so a rotation signs nobody out. Dropping the old secrets ends what
//!   still lives by them: every session, and every token made before the rotation.

mod ring;
mod seal;

use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub use ring::{Ring, RingError};
use seal::Sealing;
pub use seal::Unsealable;

/// Keys for separate uses; one leaking tells nothing of the others.
#[derive(Clone)]
pub struct Keys {
    pub cookie: [u8; 32],
    /// The current one first; the others only read.
    pub tokens: Vec<[u8; 32]>,
    /// The current one first; the others only open.
    sealing: Vec<Sealing>,
    fingerprints: Vec<[u8; 32]>,
}

impl Keys {
    /// Reads `PAYDESK_KEY` (secrets in base64, separated by commas), or `DIR/secret.key` (one a line), which is made
    /// (mode 0600) when missing. The first secret is current.
    pub fn load(directory: &Path, from_environment: Option<&str>) -> Result<Keys, RingError> {
        let ring = match from_environment {
            Some(text) => Ring::parse(text)?,
            None => Ring::read_or_make(directory)?,
        };
        Ok(Keys::of(&ring))
    }

    /// The keys of a ring.
    pub fn of(ring: &Ring) -> Keys {
        let secrets = ring.secrets();
        let each = |purpose: &str| secrets.iter().map(|secret| derive(secret, purpose)).collect::<Vec<_>>();
        Keys {
            cookie: derive(secrets.last().expect("a ring has a secret"), "paydesk cookie"),
            tokens: each("paydesk token"),
            sealing: secrets.iter().map(|secret| Sealing::of(secret)).collect(),
            fingerprints: each("paydesk fingerprint"),
        }
    }

    /// The keys of a single secret.
    pub fn derive(secret: &[u8]) -> Keys {
        Keys::of(&Ring::of(vec![secret.to_vec()]))
    }

    /// The id of the key that seals.
    pub fn current(&self) -> &str {
        self.sealing[0].id()
    }

    /// The ids of all keys that open, the current one first.
    pub fn ids(&self) -> Vec<String> {
        self.sealing.iter().map(|key| key.id().to_owned()).collect()
    }

    /// Seals a text for one purpose under the current key: `v1.KEYID.` and base64url of nonce and ciphertext.
    ///
    /// The same text sealed twice gives two different values, so sealed values are never compared.
    pub fn seal(&self, purpose: &str, text: &str) -> String {
        self.sealing[0].seal(purpose, text)
    }

    /// Opens what was sealed for this purpose under any key of the ring.
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<String, Unsealable> {
        let id = seal::key_id(sealed).ok_or(Unsealable::Damaged)?;
        let key = self.sealing.iter().find(|key| key.id() == id).ok_or_else(|| Unsealable::UnknownKey(id.into()))?;
        key.open(purpose, sealed)
    }

    /// Whether a sealed value was sealed under the current key.
    pub fn is_current(&self, sealed: &str) -> bool {
        seal::key_id(sealed) == Some(self.current())
    }

    /// A keyed hash in hex under the current secret: equal texts are found again, and without the secret nobody can
    /// try texts out. A rotation changes it.
    pub fn fingerprint(&self, text: &str) -> String {
        hash(&self.fingerprints[0], text)
    }

    /// Whether a fingerprint is this text's under an older secret.
    pub fn is_older_fingerprint(&self, fingerprint: &str, text: &str) -> bool {
        self.fingerprints[1..].iter().any(|key| hash(key, text) == fingerprint)
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

fn derive(secret: &[u8], purpose: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("any length is a key");
    mac.update(purpose.as_bytes());
    mac.finalize().into_bytes().into()
}

fn hash(key: &[u8], text: &str) -> String {
    crate::domain::audit::hex(&derive(key, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(secrets: &[u8]) -> Keys {
        Keys::of(&Ring::of(secrets.iter().map(|byte| vec![*byte; 32]).collect()))
    }

    #[test]
    fn a_rotation_keeps_cookies_and_tokens_until_the_old_secret_is_dropped() {
        let (before, during, after) = (ring(b"a"), ring(b"ba"), ring(b"b"));
        assert_eq!(before.cookie, during.cookie);
        assert_eq!(during.tokens, [after.tokens[0], before.tokens[0]]);
        assert_ne!(after.cookie, during.cookie);
        assert_ne!(after.current(), before.current());
        assert_eq!(during.current(), after.current());
    }

    #[test]
    fn older_keys_only_open() {
        let sealed = ring(b"a").seal("test", "31926819");
        let during = ring(b"ba");
        assert_eq!(during.open("test", &sealed).unwrap(), "31926819");
        assert!(!during.is_current(&sealed));
        assert!(during.is_current(&during.seal("test", "31926819")));
        let unknown = Unsealable::UnknownKey(ring(b"a").current().to_owned());
        assert_eq!(ring(b"b").open("test", &sealed), Err(unknown));
    }

    #[test]
    fn fingerprints_are_keyed_and_known_again_after_a_rotation() {
        let (before, during) = (ring(b"a"), ring(b"ba"));
        let old = before.fingerprint("31926819");
        assert_eq!(old, before.fingerprint("31926819"));
        assert_ne!(old, during.fingerprint("31926819"));
        assert!(during.is_older_fingerprint(&old, "31926819"));
        assert!(!during.is_older_fingerprint(&old, "31926818"));
        assert!(!during.is_older_fingerprint(&during.fingerprint("31926819"), "31926819"));
    }
}
