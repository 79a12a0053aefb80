//! Passwords: which are good enough, and argon2id away from the request threads.

use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use tokio::sync::SemaphorePermit;

use super::access::Access;
use crate::error::Error;

/// Fewest and most characters of a password.
pub const SHORTEST: usize = 15;
pub const LONGEST: usize = 128;

/// How long a sign-in waits for its turn to hash.
const PATIENCE: Duration = Duration::from_secs(10);
/// What a password is compared with when there is no such account: a hash of the same cost that nothing matches.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$cGF5ZGVzayBub2JvZHkhIQ$bm9ib2R5IGhhcyBhIHBhc3N3b3JkIGxpa2UgdGhpcyE";

/// Why a password cannot be used, to be read after the field's name. `about` is what an attacker would try first: the
/// person's name and email.
pub fn weakness(password: &str, about: &[&str]) -> Option<String> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Some(format!("must have at least {SHORTEST} characters"));
    }
    if length > LONGEST {
        return Some(format!("must have at most {LONGEST} characters"));
    }
    let words: Vec<&str> =
        about.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric())).chain(about.iter().copied()).collect();
    if zxcvbn::zxcvbn(password, &words).score() < zxcvbn::Score::Three {
        return Some("is too easy to guess; several unrelated words make a good one".into());
    }
    None
}

/// A first password for somebody: 125 random bits in groups that can be read aloud, without letters that look alike.
pub fn made() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let letters: Vec<u8> = rand::random::<[u8; 25]>().iter().map(|byte| LETTERS[usize::from(byte % 32)]).collect();
    let groups: Vec<&str> = letters.chunks(5).map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
    groups.join("-")
}

/// A turn to hash: few have one at the same moment.
#[derive(Debug)]
pub struct Turn<'a> {
    _permit: SemaphorePermit<'a>,
}

/// Waits for a turn to hash; [`Error::TooManyAttempts`] when it does not come in time.
pub async fn turn(access: &Access) -> Result<Turn<'_>, Error> {
    match tokio::time::timeout(PATIENCE, access.hashing.acquire()).await {
        Ok(Ok(_permit)) => Ok(Turn { _permit }),
        _ => Err(Error::TooManyAttempts { retry_after: PATIENCE.as_secs() }),
    }
}

/// Hashes a password with argon2id and a new salt, in a turn of its own.
pub async fn hash(access: &Access, password: String) -> Result<String, Error> {
    turn(access).await?.hash(password).await
}

impl Turn<'_> {
    /// Hashes a password with argon2id and a new salt.
    pub async fn hash(&self, password: String) -> Result<String, Error> {
        self.work(move || {
            argon2().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|error| error.to_string())
        })
        .await?
        .map_err(|error| {
            tracing::error!(%error, "a password could not be hashed");
            Error::Internal
        })
    }

    /// Whether the password is the one that was hashed. Without a hash the answer is no, after the same time.
    pub async fn matches(&self, password: String, hash: Option<String>) -> Result<bool, Error> {
        self.work(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
            let same =
                PasswordHash::new(&hash).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok());
            known && same
        })
        .await
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        tokio::task::spawn_blocking(work).await.map_err(|error| {
            tracing::error!(%error, "hashing stopped");
            Error::Internal
        })
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("the parameters are within argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_long_and_common_passwords_are_refused() {
        assert!(weakness("correct horse 1", &[]).is_none());
        assert!(weakness("fourteen chars", &[]).unwrap().contains("at least 15"));
        assert!(weakness(&"word ".repeat(26), &[]).unwrap().contains("at most 128"));
        assert!(weakness("passwordpassword", &[]).unwrap().contains("guess"));
        assert!(weakness("aaaaaaaaaaaaaaaaaaaa", &[]).unwrap().contains("guess"));
        assert!(weakness("ünïcödé wörds cöünt", &[]).is_none());
    }

    #[test]
    fn own_name_and_email_do_not_make_a_password() {
        let about = ["Margarethe Oberhollenzer", "margarethe.oberhollenzer@example.com"];
        assert!(weakness("margaretheoberhollenzer", &about).is_some());
        assert!(weakness("margaretheoberhollenzer", &[]).is_none());
    }

    #[test]
    fn made_passwords_are_good_ones() {
        assert_eq!(made().len(), 29);
        assert_ne!(made(), made());
        assert!(weakness(&made(), &[]).is_none());
    }

    #[tokio::test]
    async fn a_hash_matches_its_password_only() {
        let access = Access::default();
        let hash = hash(&access, "several unrelated words".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let turn = turn(&access).await.unwrap();
        assert!(turn.matches("several unrelated words".into(), Some(hash.clone())).await.unwrap());
        assert!(!turn.matches("several unrelated word".into(), Some(hash)).await.unwrap());
        assert!(!turn.matches("several unrelated words".into(), None).await.unwrap());
        assert!(PasswordHash::new(NOBODY).is_ok());
    }
}
