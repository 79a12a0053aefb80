//! The certificate whose private key signs a program's assertions in Revolut's dialect.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::DecodingKey;
use rsa::RsaPublicKey;
use rsa::pkcs8::DecodePublicKey;
use rsa::traits::PublicKeyParts;
use x509_cert::Certificate as X509;
use x509_cert::der::{Decode, Encode};

use crate::domain::audit::hex;

/// What a certificate, or a public key alone, says. Times in Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The key's size in bits.
    pub bits: usize,
    /// SHA-256 of the certificate in hex, to compare with the file it came from.
    pub fingerprint: String,
    /// `CN=example.com,O=Larkfield`; none for a public key alone, which also never ends.
    pub subject: Option<String>,
    pub not_after: Option<i64>,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

const CERTIFICATE: &str = "CERTIFICATE";
const PUBLIC_KEY: &str = "PUBLIC KEY";
/// What is shorter can be broken; what is longer than 4096 no client makes.
const BITS: std::ops::RangeInclusive<usize> = 2048..=4096;
/// The longest text that is looked at; a certificate has about 1,500 characters.
const LONGEST: usize = 20_000;

/// Reads a certificate or a public key in PEM. The error is to be read after the field's name.
pub fn read(text: &str) -> Result<Certificate, String> {
    if text.contains("PRIVATE KEY-----") {
        return Err(
            "is a private key, which must never leave the program: upload the certificate, and make a new key \
                    if this one was sent to anybody"
                .into(),
        );
    }
    let wanted = "must be an X.509 certificate in PEM: from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----";
    if text.len() > LONGEST {
        return Err(wanted.into());
    }
    let (der, certificate) = match (block(text, CERTIFICATE), block(text, PUBLIC_KEY)) {
        (Some(der), _) => {
            let certificate = X509::from_der(&der).map_err(|_| wanted)?;
            (der, Some(certificate.tbs_certificate))
        }
        (None, Some(der)) => (der, None),
        (None, None) => return Err(wanted.into()),
    };
    let key = match &certificate {
        Some(certificate) => certificate.subject_public_key_info.to_der().map_err(|_| wanted)?,
        None => der.clone(),
    };
    let key = RsaPublicKey::from_public_key_der(&key)
        .map_err(|_| "must hold an RSA key of 2048 to 4096 bits: RS256 is what signs here")?;
    let bits = key.n().bits();
    if !BITS.contains(&bits) {
        return Err(format!("must hold an RSA key of 2048 to 4096 bits, not of {bits}"));
    }
    let not_after = certificate
        .as_ref()
        .map(|certificate| i64::try_from(certificate.validity.not_after.to_unix_duration().as_secs()))
        .transpose()
        .map_err(|_| wanted)?;
    Ok(Certificate {
        bits,
        fingerprint: hex(&<sha2::Sha256 as sha2::Digest>::digest(&der)),
        subject: certificate.map(|certificate| certificate.subject.to_string()),
        not_after,
        modulus: key.n().to_bytes_be(),
        exponent: key.e().to_bytes_be(),
    })
}

impl Certificate {
    /// The key that checks signatures made with its private key.
    pub fn key(&self) -> DecodingKey {
        DecodingKey::from_rsa_raw_components(&self.modulus, &self.exponent)
    }

    /// Whether its time is over at `now`, in Unix seconds.
    pub fn is_over(&self, now: i64) -> bool {
        self.not_after.is_some_and(|end| end < now)
    }
}

/// The content of the first PEM block with this label, however its lines are broken.
fn block(text: &str, label: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (inside, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let letters: String = inside.split_whitespace().collect();
    STANDARD.decode(letters).ok()
}
