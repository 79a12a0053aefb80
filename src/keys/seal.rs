//! Sealing texts at rest: XChaCha20-Poly1305, whose nonces are long enough to be drawn at random.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};

use super::derive;
use crate::domain::audit::hex;

/// Why a sealed value could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsealable {
    /// It is no sealed value, was changed, or was sealed for another purpose.
    #[error("a sealed value is damaged or belongs elsewhere")]
    Damaged,
    /// The ring lacks the key of this id.
    #[error("a value is sealed under the key {0}, which is not in secret.key or PAYDESK_KEY")]
    UnknownKey(String),
}

/// The form of sealed values, so that another one can follow.
const VERSION: &str = "v1";
const NONCE: usize = 24;

/// One key that seals and opens, with the id that stands beside what it sealed.
#[derive(Clone)]
pub struct Sealing {
    id: String,
    cipher: XChaCha20Poly1305,
}

impl Sealing {
    pub fn of(secret: &[u8]) -> Sealing {
        let key = derive(secret, "paydesk sealing");
        let id = hex(&derive(&key, "paydesk key id")[..6]);
        Sealing { id, cipher: XChaCha20Poly1305::new(&key.into()) }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn seal(&self, purpose: &str, text: &str) -> String {
        let nonce: [u8; NONCE] = rand::random();
        let payload = Payload { msg: text.as_bytes(), aad: purpose.as_bytes() };
        let ciphertext = self.cipher.encrypt(&XNonce::from(nonce), payload).expect("texts are far below 256 GB");
        let bytes = [&nonce[..], &ciphertext].concat();
        format!("{VERSION}.{}.{}", self.id, URL_SAFE_NO_PAD.encode(bytes))
    }

    pub fn open(&self, purpose: &str, sealed: &str) -> Result<String, Unsealable> {
        let text = sealed.rsplit('.').next().unwrap_or_default();
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Unsealable::Damaged)?;
        let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE>().ok_or(Unsealable::Damaged)?;
        let payload = Payload { msg: ciphertext, aad: purpose.as_bytes() };
        let text = self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| Unsealable::Damaged)?;
        String::from_utf8(text).map_err(|_| Unsealable::Damaged)
    }
}

/// The id of the key a value says it was sealed under.
pub fn key_id(sealed: &str) -> Option<&str> {
    let (version, rest) = sealed.split_once('.')?;
    let (id, _) = rest.split_once('.')?;
    (version == VERSION).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_again_for_its_purpose_alone() {
        let key = Sealing::of(&[7; 32]);
        for text in ["", "31926819", r#"{"iban":"GB33BUKB20201555555555"}"#, "Zoë 🏦"] {
            let sealed = key.seal("payees.account_identifiers", text);
            assert_eq!(key.open("payees.account_identifiers", &sealed).unwrap(), text);
            assert_eq!(key.open("messages.data", &sealed), Err(Unsealable::Damaged));
            assert!(text.is_empty() || !sealed.contains(text));
            assert_eq!(key_id(&sealed), Some(key.id()));
        }
    }

    #[test]
    fn the_same_text_never_seals_to_the_same_value() {
        let key = Sealing::of(&[7; 32]);
        assert_ne!(key.seal("test", "31926819"), key.seal("test", "31926819"));
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let key = Sealing::of(&[7; 32]);
        let sealed = key.seal("test", "31926819");
        let body = sealed.rfind('.').unwrap() + 1;
        for place in body..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            if changed != sealed {
                assert_eq!(key.open("test", &changed), Err(Unsealable::Damaged), "{place}");
            }
        }
        for broken in ["", "v1", "v1.", "v1.x.", "v1.x.y", "plain text", &sealed[..body + 20]] {
            assert_eq!(key.open("test", broken), Err(Unsealable::Damaged), "{broken}");
        }
    }

    #[test]
    fn another_key_has_another_id_and_opens_nothing() {
        let (one, other) = (Sealing::of(&[7; 32]), Sealing::of(&[8; 32]));
        assert_ne!(one.id(), other.id());
        assert_eq!(one.id().len(), 12);
        assert_eq!(other.open("test", &one.seal("test", "x")), Err(Unsealable::Damaged));
    }
}
