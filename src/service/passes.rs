//! What a recipient's browser keeps of a payout link: a sealed note, good for that link alone.

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::secrets;
use crate::domain::ids::PayoutId;
use crate::keys::Keys;

/// The content of the cookie. Times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    made_at: i64,
    /// The token of this browser's forms.
    form: String,
    /// When this browser last proved to be the link's contact.
    proved_at: Option<i64>,
    /// The payout that this browser's claim made.
    payout: Option<PayoutId>,
}

const HOUR: i64 = 3_600 * 1_000_000;
/// How long after a proof bank details may be given.
const GIVES: i64 = HOUR;
/// How long after a proof, or a claim, the payout may be followed.
const FOLLOWS: i64 = 30 * 24 * HOUR;

impl Pass {
    /// For a browser that comes for the first time.
    pub fn new(now: i64) -> Pass {
        Pass { made_at: now, form: secrets::secret(), proved_at: None, payout: None }
    }

    /// The pass in a cookie, if it was made for the link behind this secret and is still good.
    pub fn read(keys: &Keys, token: &str, cookie: &str, now: i64) -> Option<Pass> {
        let text = keys.open(&purpose(token), cookie).ok()?;
        let pass: Pass = serde_json::from_str(&text).ok()?;
        (now - pass.made_at < FOLLOWS).then_some(pass)
    }

    /// The text of the cookie.
    pub fn seal(&self, keys: &Keys, token: &str) -> String {
        keys.seal(&purpose(token), &serde_json::to_string(self).expect("texts and integers"))
    }

    /// The token that forms carry.
    pub fn form(&self) -> &str {
        &self.form
    }

    /// Whether a form carried this browser's token.
    pub fn is_form(&self, given: Option<&str>) -> bool {
        given.is_some_and(|given| self.form.as_bytes().ct_eq(given.as_bytes()).into())
    }

    /// After a proof; the token of forms made before is no longer good.
    pub(super) fn proved(&self, now: i64) -> Pass {
        Pass { proved_at: Some(now), payout: self.payout, ..Pass::new(now) }
    }

    /// After a claim.
    pub(super) fn claimed(&self, payout: Option<PayoutId>, now: i64) -> Pass {
        Pass { made_at: now, payout, ..self.clone() }
    }

    /// Whether it has proved to be the contact just now, so that it may give bank details.
    pub fn may_give(&self, now: i64) -> bool {
        self.proved_at.is_some_and(|at| now - at < GIVES)
    }

    /// Whether it may follow this payout: it claimed it, or has proved to be the contact.
    pub fn may_follow(&self, payout: Option<PayoutId>) -> bool {
        self.proved_at.is_some() || (payout.is_some() && self.payout == payout)
    }
}

fn purpose(token: &str) -> String {
    format!("payout link pass {}", secrets::digest(token))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::Id;

    #[test]
    fn a_pass_is_good_for_its_link_and_its_time() {
        let keys = Keys::derive(&[7; 32]);
        let pass = Pass::new(5).proved(10);
        let cookie = pass.seal(&keys, "secret");
        assert_eq!(Pass::read(&keys, "secret", &cookie, 11), Some(pass.clone()));
        assert_eq!(Pass::read(&keys, "other", &cookie, 11), None);
        assert_eq!(Pass::read(&Keys::derive(&[8; 32]), "secret", &cookie, 11), None);
        assert_eq!(Pass::read(&keys, "secret", &cookie, 10 + FOLLOWS), None);
        assert_eq!(Pass::read(&keys, "secret", "v1.x.y", 11), None);
        assert!(!cookie.contains(pass.form()));
    }

    #[test]
    fn a_proof_opens_for_an_hour_and_a_claim_can_be_followed_by_who_made_it() {
        let (now, payout) = (10, Some(Id::first_at(1)));
        let stranger = Pass::new(now);
        assert!(!stranger.may_give(now) && !stranger.may_follow(payout) && !stranger.may_follow(None));
        let proved = stranger.proved(now);
        assert!(proved.may_give(now + GIVES - 1) && !proved.may_give(now + GIVES));
        assert!(proved.may_follow(payout) && !proved.is_form(Some(stranger.form())));
        let claimed = stranger.claimed(payout, now);
        assert!(claimed.may_follow(payout) && !claimed.may_follow(Some(Id::first_at(2))));
        assert!(claimed.is_form(Some(stranger.form())) && !claimed.is_form(None) && !claimed.is_form(Some("")));
    }
}
