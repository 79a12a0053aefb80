//! Ids: UUIDv7 with the microsecond inside, written as TypeIDs (`pyt_01h455vb4pex5vsknk084sn02q`).

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use type_safe_id::{DynamicType, TypeSafeId};
use uuid::Uuid;

/// What an id names; its prefix is the part before the underscore.
pub trait Kind {
    const PREFIX: &'static str;
}

/// The id of one record of kind `K`. Ids sort as their records were made.
pub struct Id<K> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $prefix:literal $alias:ident;)*) => {$(
        #[derive(Debug)]
        pub enum $kind {}
        impl Kind for $kind {
            const PREFIX: &'static str = $prefix;
        }
        $(#[$doc])*
        pub type $alias = Id<$kind>;
    )*};
}

kinds! {
    ClientKind "cli" ClientId;
    WalletKind "wal" WalletId;
    PayeeKind "ben" PayeeId;
    PayeeAccountKind "acc" AccountId;
    PayoutKind "pyt" PayoutId;
    PayoutLinkKind "lnk" PayoutLinkId;
    /// A hold opens and closes once.
    HoldKind "hld" HoldId;
    ReversalKind "rev" ReversalId;
    CancellationKind "can" CancellationId;
    /// What staff look after until it is settled.
    CaseKind "cas" CaseId;
    CaseNoteKind "cnt" CaseNoteId;
    /// A file on a case.
    EvidenceKind "evi" EvidenceId;
    /// What staff say became of what they pay by hand.
    ManualAnswerKind "ans" ManualAnswerId;
    LedgerTransactionKind "ltx" LedgerTransactionId;
    TransferKind "trf" TransferId;
    FreezeKind "frz" FreezeId;
    ApprovalRuleKind "rul" ApprovalRuleId;
    /// What is done once enough people have approved it.
    ApprovalRequestKind "apr" ApprovalRequestId;
    /// Many payouts acted on together.
    BatchKind "bat" BatchId;
    StaffKind "stf" StaffId;
    CredentialKind "key" CredentialId;
    MessageKind "msg" MessageId;
    WebhookKind "whk" WebhookId;
    WebhookSecretKind "whs" WebhookSecretId;
    /// What receivers of webhooks know a change by.
    EventKind "evt" EventId;
    /// One event on its way to one webhook.
    DeliveryKind "dlv" DeliveryId;
}

/// The digits of Razorpay's spelling: figures, capitals, small letters, so that ids sort as their texts do.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// How many base-62 digits 128 bits need.
const BASE62_LENGTH: usize = 22;
/// How many the provider's own ids have.
const SHORTEST_BASE62: usize = 14;

/// A text that is no id of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this kind")]
pub struct IdError;

impl<K: Kind> Id<K> {
    pub fn from_uuid(uuid: Uuid) -> Self {
        Id { uuid, kind: PhantomData }
    }

    pub fn uuid(self) -> Uuid {
        self.uuid
    }

    /// The id as Revolut's dialect spells it: `018f3a1c-…`, a hyphenated UUID.
    pub fn hyphenated(self) -> String {
        self.uuid.hyphenated().to_string()
    }

    /// Reads a hyphenated UUID of 36 characters; a UUID written in any other way is no id.
    pub fn from_hyphenated(text: &str) -> Result<Self, IdError> {
        let uuid = (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten().ok_or(IdError)?;
        Ok(Self::from_uuid(uuid))
    }

    /// The id as MassPay's dialect spells it: `payout_` and a hyphenated UUID.
    pub fn token(self, prefix: &str) -> String {
        format!("{prefix}{}", self.uuid.hyphenated())
    }

    /// Reads MassPay's spelling; its older tokens are the UUID alone.
    pub fn from_token(prefix: &str, text: &str) -> Result<Self, IdError> {
        Self::from_hyphenated(text.strip_prefix(prefix).unwrap_or(text))
    }

    /// The id as Razorpay's dialect spells it after its prefix: 22 base-62 characters.
    pub fn base62(self) -> String {
        let mut rest = self.uuid.as_u128();
        let mut text = [b'0'; BASE62_LENGTH];
        for place in text.iter_mut().rev() {
            *place = BASE62[(rest % 62) as usize];
            rest /= 62;
        }
        text.iter().map(|byte| char::from(*byte)).collect()
    }

    /// Reads 22 base-62 characters, without a prefix.
    pub fn from_base62(text: &str) -> Result<Self, IdError> {
        if text.len() != BASE62_LENGTH {
            return Err(IdError);
        }
        let mut value: u128 = 0;
        for byte in text.bytes() {
            let digit = BASE62.iter().position(|known| *known == byte).ok_or(IdError)? as u128;
            value = value.checked_mul(62).and_then(|value| value.checked_add(digit)).ok_or(IdError)?;
        }
        Ok(Self::from_uuid(Uuid::from_u128(value)))
    }

    /// The id with the prefix that Razorpay's dialect gives its kind: `poutlk_…`.
    pub fn prefixed(self, prefix: &str) -> String {
        format!("{prefix}{}", self.base62())
    }

    /// Reads an id with its prefix; none when it is of the right form but cannot be one of ours: 14 to 22 base-62
    /// characters are well formed (`contracts/razorpay.md` section 1).
    pub fn from_prefixed(prefix: &str, text: &str) -> Result<Option<Self>, IdError> {
        let rest = text.strip_prefix(prefix).ok_or(IdError)?;
        let known = rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !known || !(SHORTEST_BASE62..=BASE62_LENGTH).contains(&rest.len()) {
            return Err(IdError);
        }
        Ok(Self::from_base62(rest).ok())
    }

    /// When the record was made, in Unix microseconds, as the id itself says.
    pub fn created_at(self) -> i64 {
        let bits = self.uuid.as_u128();
        let millis = (bits >> 80) as i64;
        let micros = ((bits >> 64) & 0xfff) as i64;
        millis * 1_000 + micros.min(999)
    }

    /// The smallest id that a record made at this microsecond could have: the start of a date range.
    pub fn first_at(micros: i64) -> Self {
        Self::from_uuid(at(micros, 0))
    }

    /// The last characters, for tables; the whole id stands on the record.
    pub fn short(self) -> String {
        let text = self.to_string();
        format!("{}_…{}", K::PREFIX, &text[text.len() - 6..])
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}
impl<K> Eq for Id<K> {}
impl<K> std::hash::Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = DynamicType::new(K::PREFIX).expect("prefixes are lower-case letters");
        TypeSafeId::from_type_and_uuid(prefix, self.uuid).fmt(f)
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let id: TypeSafeId<DynamicType> = text.parse().map_err(|_| IdError)?;
        if id.type_prefix() != K::PREFIX {
            return Err(IdError);
        }
        Ok(Self::from_uuid(id.uuid()))
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Gives out ids for one unit of work: each later than the last, at the microsecond it is made.
#[derive(Debug)]
pub struct Mint {
    last: i64,
    now: i64,
    random: fn() -> u64,
}

impl Mint {
    /// `random` supplies the 62 random bits of an id.
    pub fn new(random: fn() -> u64) -> Mint {
        Mint { last: 0, now: 0, random }
    }

    /// Moves to the time of the next unit, in Unix microseconds.
    pub fn turn_to(&mut self, now: i64) {
        self.now = now;
    }

    /// The time of the current unit, in Unix microseconds.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// The next id; never equal to or before one given out earlier, even when the clock steps back.
    #[expect(clippy::should_implement_trait, reason = "each call names the kind of id it wants; an iterator has one")]
    pub fn next<K: Kind>(&mut self) -> Id<K> {
        self.last = self.now.max(self.last + 1);
        Id::from_uuid(at(self.last, (self.random)()))
    }
}

/// UUIDv7 whose `rand_a` holds the microsecond within the millisecond.
fn at(micros: i64, random: u64) -> Uuid {
    let micros = micros.max(0) as u128;
    let time = (micros / 1_000) & 0xffff_ffff_ffff;
    let rest = micros % 1_000;
    let bits = (time << 80) | (0x7 << 76) | (rest << 64) | (0b10 << 62) | u128::from(random >> 2);
    Uuid::from_u128(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid_version_7_that_carries_its_microsecond() {
        let mut mint = Mint::new(|| u64::MAX);
        mint.turn_to(1_705_314_600_123_456);
        let id: PayoutId = mint.next();
        assert_eq!(id.created_at(), 1_705_314_600_123_456);
        assert_eq!(id.uuid().get_version_num(), 7);
        assert_eq!(id.to_string().parse::<PayoutId>(), Ok(id));
        assert!(id.to_string().starts_with("pyt_01"));
        assert!(PayoutId::first_at(1_705_314_600_123_456) < id);
        assert!(PayoutId::first_at(1_705_314_600_123_457) > id);
    }

    #[test]
    fn ids_rise_even_when_the_clock_steps_back() {
        let mut mint = Mint::new(|| 7);
        mint.turn_to(2_000_000);
        let first: PayoutId = mint.next();
        mint.turn_to(1_000_000);
        let second: PayoutId = mint.next();
        assert!(second > first);
        assert!(second.to_string() > first.to_string());
    }

    #[test]
    fn each_spelling_names_the_same_id() {
        for bits in [0, 1, 61, 62, u128::MAX, 0x018f_3a1c_7b2e_7c41_9a55_0f00_1234_5678] {
            let id = PayoutLinkId::from_uuid(Uuid::from_u128(bits));
            let text = id.base62();
            assert_eq!(text.len(), 22);
            assert_eq!(PayoutLinkId::from_base62(&text), Ok(id));
            assert_eq!(PayoutLinkId::from_hyphenated(&id.hyphenated()), Ok(id));
            assert_eq!(PayoutLinkId::from_token("lnk_", &id.token("lnk_")), Ok(id));
            assert_eq!(PayoutLinkId::from_token("lnk_", &id.hyphenated()), Ok(id));
        }
        // Simple, braced, with another prefix, with something after it, and not ASCII.
        for text in [
            "018f3a1c7b2e7c419a550f0012345678",
            "{018f3a1c-7b2e-7c41-9a55-0f0012345678}",
            "usr_018f3a1c-7b2e-7c41-9a55-0f0012345678",
            "lnk_018f3a1c-7b2e-7c41-9a55-0f0012345678x",
            "lnk_018f3a1c-7b2e-7c41-9a55-0f001234567ä",
            "lnk_",
            "",
        ] {
            assert_eq!(PayoutLinkId::from_token("lnk_", text), Err(IdError), "{text}");
        }
        // One too many, one too few, a strange letter, and more than 128 bits.
        for text in
            ["00000000000000000000000", "000000000000000000000", "000000000000000000000-", "zzzzzzzzzzzzzzzzzzzzzz"]
        {
            assert_eq!(PayoutLinkId::from_base62(text), Err(IdError), "{text}");
        }
    }

    #[test]
    fn a_prefixed_id_is_ours_or_well_formed_or_no_id() {
        let id = PayoutLinkId::from_uuid(Uuid::from_u128(0x018f_3a1c_7b2e_7c41_9a55_0f00_1234_5678));
        let text = id.prefixed("poutlk_");
        assert_eq!(PayoutLinkId::from_prefixed("poutlk_", &text), Ok(Some(id)));
        for unknown in ["poutlk_00000000000001", "poutlk_Fq2aTz81LmXw0BFq2a", "poutlk_zzzzzzzzzzzzzzzzzzzzzz"] {
            assert_eq!(PayoutLinkId::from_prefixed("poutlk_", unknown), Ok(None), "{unknown}");
        }
        for malformed in [
            "",
            "poutlk_",
            "poutlk_0000000000001",
            "poutlk_00000000000000000000001",
            "poutlk_0000000000000-",
            "pout_00000000000001",
            "POUTLK_00000000000001",
            "00000000000001",
        ] {
            assert_eq!(PayoutLinkId::from_prefixed("poutlk_", malformed), Err(IdError), "{malformed}");
        }
    }

    #[test]
    fn texts_of_another_kind_or_shape_are_refused() {
        let mut mint = Mint::new(|| 7);
        let wallet: WalletId = mint.next();
        for text in
            ["", "pyt", "pyt_", "pyt_xyz789abc", "pyt_zzzzzzzzzzzzzzzzzzzzzzzzzz", "PYT_01h455vb4pex5vsknk084sn02q"]
        {
            assert_eq!(text.parse::<PayoutId>(), Err(IdError), "{text}");
        }
        assert_eq!(wallet.to_string().parse::<PayoutId>(), Err(IdError));
    }
}
