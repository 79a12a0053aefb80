//! The audit log's rows and the hash chain that makes a missing or changed row show.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::caller::Caller;
use super::ids::ClientId;
use super::payout::Refusal;

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Done,
    Refused,
    /// The same request again; it got the first answer and changed nothing.
    Repeated,
}

/// One attempt: who, from where, what, and why. Times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub at: i64,
    pub actor_id: String,
    pub actor_name: String,
    pub via: String,
    pub ip: Option<String>,
    pub request_id: String,
    /// `payout.cancel`, `session.start`, …
    pub action: String,
    /// The id of the record it was about.
    pub subject_id: Option<String>,
    pub client_id: Option<ClientId>,
    pub outcome: Outcome,
    /// The rule that refused it.
    pub rule: Option<String>,
    /// The reason given by the actor, or the reason of the refusal.
    pub reason: Option<String>,
}

/// An entry in its place in a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub chain: String,
    pub seq: i64,
    #[serde(flatten)]
    pub entry: Entry,
    /// SHA-256 in hex over the previous hash and this row.
    pub hash: String,
}

/// The end of a chain, where the next entry goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub chain: String,
    pub seq: i64,
    pub hash: String,
}

impl Entry {
    pub fn done(caller: &Caller, at: i64, action: &str) -> Entry {
        Entry {
            at,
            actor_id: caller.id(),
            actor_name: caller.name().to_owned(),
            via: caller.via.name().to_owned(),
            ip: caller.ip.clone(),
            request_id: caller.request_id.clone(),
            action: action.to_owned(),
            subject_id: None,
            client_id: caller.client(),
            outcome: Outcome::Done,
            rule: None,
            reason: None,
        }
    }

    pub fn about(mut self, subject: impl ToString) -> Entry {
        self.subject_id = Some(subject.to_string());
        self
    }

    pub fn because(mut self, reason: Option<String>) -> Entry {
        self.reason = reason;
        self
    }

    pub fn refused(mut self, refusal: &Refusal) -> Entry {
        self.outcome = Outcome::Refused;
        self.rule = Some(refusal.rule.code().to_owned());
        self.reason = Some(refusal.reason.clone());
        self
    }
}

impl Head {
    /// The head of a chain without rows.
    pub fn start(chain: &str) -> Head {
        Head { chain: chain.to_owned(), seq: 0, hash: String::new() }
    }

    /// Puts an entry at the end and moves there.
    pub fn append(&mut self, entry: Entry) -> Link {
        let seq = self.seq + 1;
        let hash = hash(&self.hash, &self.chain, seq, &entry);
        self.seq = seq;
        self.hash.clone_from(&hash);
        Link { chain: self.chain.clone(), seq, entry, hash }
    }
}

impl Link {
    /// Whether this row follows `previous` and nobody changed it since.
    pub fn follows(&self, previous: &Head) -> bool {
        self.chain == previous.chain
            && self.seq == previous.seq + 1
            && self.hash == hash(&previous.hash, &self.chain, self.seq, &self.entry)
    }

    pub fn head(&self) -> Head {
        Head { chain: self.chain.clone(), seq: self.seq, hash: self.hash.clone() }
    }
}

/// The canonical row is its JSON with members in the order of the struct.
fn hash(previous: &str, chain: &str, seq: i64, entry: &Entry) -> String {
    let row = serde_json::to_vec(&(chain, seq, entry)).expect("an entry has only texts and integers");
    let digest = Sha256::new().chain_update(previous.as_bytes()).chain_update(&row).finalize();
    hex(&digest)
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)] as char, DIGITS[usize::from(byte & 15)] as char])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::caller::Via;

    #[test]
    fn a_changed_moved_or_missing_row_breaks_the_chain() {
        let caller = Caller::system(Via::Command, "req");
        let mut head = Head::start("main");
        let first = head.append(Entry::done(&caller, 1, "payout.cancel"));
        let second = head.append(Entry::done(&caller, 2, "payout.cancel"));
        assert!(first.follows(&Head::start("main")));
        assert!(second.follows(&first.head()));
        assert!(!second.follows(&Head::start("main")));
        let mut changed = second.clone();
        changed.entry.reason = Some("other".into());
        assert!(!changed.follows(&first.head()));
    }
}
