//! How each dialect signs what it sends: the headers beside the body. Pure: time and secrets are passed in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha512};

use super::super::audit::hex;
use super::super::dialect::Dialect;
use super::super::ids::EventId;

/// The start of a Standard Webhooks secret; the rest is the key in base64.
pub const STANDARD_PREFIX: &str = "whsec_";

/// A header's name and value.
pub type Header = (&'static str, String);

/// The headers that identify and sign one try. `secrets` are those that are good now, the one in use first; `now` is
/// in Unix microseconds.
pub fn headers(dialect: Dialect, event: EventId, secrets: &[String], now: i64, body: &str) -> Vec<Header> {
    match dialect {
        Dialect::Wallet => wallet(event, secrets, now / 1_000_000, body),
        Dialect::Revolut => revolut(secrets, now / 1_000, body),
        Dialect::Razorpay => razorpay(event, newest(secrets), body),
        Dialect::MassPay => masspay(newest(secrets), now / 1_000_000, body),
    }
}

/// Standard Webhooks, and beside it the signature of contracts/wallet-payouts.md section 10.
fn wallet(event: EventId, secrets: &[String], seconds: i64, body: &str) -> Vec<Header> {
    let standard = format!("{event}.{seconds}.{body}");
    let own = format!("{seconds}.{body}");
    let standard = each(secrets, " ", |secret| format!("v1,{}", STANDARD.encode(sha256(&key(secret), &standard))));
    let own = each(secrets, ",", |secret| format!("v1={}", hex(&sha256(secret.as_bytes(), &own))));
    vec![
        ("webhook-id", event.to_string()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", standard),
        ("X-Signature", format!("t={seconds},{own}")),
    ]
}

/// contracts/revolut.md section 8: milliseconds, and one signature for each secret that is good.
fn revolut(secrets: &[String], millis: i64, body: &str) -> Vec<Header> {
    let signed = format!("v1.{millis}.{body}");
    let signature = each(secrets, ",", |secret| format!("v1={}", hex(&sha256(secret.as_bytes(), &signed))));
    vec![("Revolut-Request-Timestamp", millis.to_string()), ("Revolut-Signature", signature)]
}

/// contracts/razorpay.md section 6: over the body alone.
fn razorpay(event: EventId, secret: &str, body: &str) -> Vec<Header> {
    let signature = hex(&sha256(secret.as_bytes(), body));
    vec![("X-Razorpay-Signature", signature), ("x-razorpay-event-id", event.base62())]
}

/// contracts/reversals.md section 6: SHA-512 over `timestamp|body`.
fn masspay(secret: &str, seconds: i64, body: &str) -> Vec<Header> {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).expect("any length is a key");
    mac.update(format!("{seconds}|{body}").as_bytes());
    vec![("X-MassPay-Signature", format!("t={seconds},s={}", hex(&mac.finalize().into_bytes())))]
}

fn newest(secrets: &[String]) -> &str {
    secrets.first().map_or("", String::as_str)
}

fn each(secrets: &[String], between: &str, sign: impl Fn(&String) -> String) -> String {
    secrets.iter().map(sign).collect::<Vec<_>>().join(between)
}

/// The key that a Standard Webhooks secret stands for.
fn key(secret: &str) -> Vec<u8> {
    let decoded = secret.strip_prefix(STANDARD_PREFIX).and_then(|text| STANDARD.decode(text).ok());
    decoded.unwrap_or_else(|| secret.as_bytes().to_vec())
}

fn sha256(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length is a key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "evt_01h455vb4pex5vsknk084sn02q";
    const NOW: i64 = 1_705_314_720_123_456;
    const BODY: &str = "{\"id\":\"evt_01h455vb4pex5vsknk084sn02q\",\"event\":\"payout.completed\",\"created_at\":\
                        \"2024-01-15T10:32:00Z\",\"data\":{\"amount\":100.00,\"name\":\"Zoë\"}}";

    /// Every expected value was made by Python's hmac, hashlib and base64.
    fn signed(dialect: Dialect, secrets: &[&str]) -> Vec<(&'static str, String)> {
        let secrets: Vec<String> = secrets.iter().map(|secret| (*secret).to_owned()).collect();
        headers(dialect, ID.parse().unwrap(), &secrets, NOW, BODY)
    }

    #[test]
    fn our_own_follow_standard_webhooks_and_the_contract() {
        let secrets = [
            "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=",
        ];
        let own = "t=1705314720,v1=acf4e8c0b8e86d6ec50f29ab1ee8d7d7706916ee4c93f45dbb3b332cb4192f61,\
                   v1=1a31101e63cede24d18907eb6e2b399096a907ee85a98523b1694f594b0f6a7c";
        let standard = "v1,kBZVc2vghJctMl01wsSMY3fVK1xjgDFXePi5/tb3xT8= v1,\
                        +Sx4Zda6RQ8HNTdNuEnexDNdcT+kja73Olgv94tDFms=";
        let expected = [
            ("webhook-id", ID.to_owned()),
            ("webhook-timestamp", "1705314720".into()),
            ("webhook-signature", standard.into()),
            ("X-Signature", own.into()),
        ];
        assert_eq!(signed(Dialect::Wallet, &secrets), expected);
        assert_eq!(signed(Dialect::Wallet, &secrets[..1])[2].1, standard.split(' ').next().unwrap());
    }

    #[test]
    fn revolut_counts_milliseconds_and_joins_by_a_comma() {
        let secrets = ["wsk_0123456789abcdefghijklmnopqrstuv", "wsk_vutsrqponmlkjihgfedcba9876543210"];
        let signature = "v1=5f7985c806a9a0b3f9c0d43a87764f8aae950634db231c3189e7da12a4a90e59,\
                         v1=b58a0eea00937053f3b8bc7173b2201d19cba2793628a87e701c1b771e2704fa";
        let expected =
            [("Revolut-Request-Timestamp", "1705314720123".to_owned()), ("Revolut-Signature", signature.into())];
        assert_eq!(signed(Dialect::Revolut, &secrets), expected);
    }

    #[test]
    fn razorpay_signs_the_body_alone() {
        let signature = "f54e50325701f235e14df6698a5e60a2dcb7304095bc65c9197825aa93f26ae4";
        let id: EventId = ID.parse().unwrap();
        let expected = [("X-Razorpay-Signature", signature.to_owned()), ("x-razorpay-event-id", id.base62())];
        assert_eq!(signed(Dialect::Razorpay, &["rzs_secret", "older"]), expected);
    }

    #[test]
    fn masspay_signs_timestamp_and_body_with_sha_512() {
        let value = "t=1705314720,s=b91aae4337e2d9fea09e289b4dc2af32454549e53ab4959ed1c49c4199a28b6ec3058cbfdabc95bb6a\
                     87df85fdeca7006db334d5038cd7a90995a09e1faff23b";
        assert_eq!(signed(Dialect::MassPay, &["mps_secret"]), [("X-MassPay-Signature", value.to_owned())]);
    }
}
