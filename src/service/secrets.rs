//! Random secrets, and the hashes by which they are known afterwards.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::domain::audit::hex;

/// A new secret of 256 random bits, in text that fits into addresses and cookies.
pub fn secret() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// A new secret of 160 random bits, short enough for an address that people may have to read out.
pub fn short_secret() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 20]>())
}

/// A new name of 96 random bits, for what is not secret but must not be guessed by accident.
pub fn handle() -> String {
    hex(&rand::random::<[u8; 12]>())
}

/// What is kept of a secret: SHA-256 in hex. Random secrets need no slow hash.
pub fn digest(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// A new name or secret of so many letters and digits; each holds almost 6 random bits.
pub fn letters(count: usize) -> String {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    (0..count).map(|_| char::from(LETTERS[rand::random_range(0..LETTERS.len())])).collect()
}
