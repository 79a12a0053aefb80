//! Certificates as programs upload them.

use paydesk::service::certificates::read;

const RSA: &str = include_str!("certificates/rsa.pem");
/// The same key in a certificate of version 1, as older tools make them.
const V1: &str = include_str!("certificates/v1.pem");
/// The same key without a certificate.
const PUBLIC: &str = include_str!("certificates/public.pem");
const SHORT: &str = include_str!("certificates/short.pem");
const ELLIPTIC: &str = include_str!("certificates/ec.pem");

#[test]
fn a_certificate_tells_whose_it_is_and_how_long() {
    let certificate = read(RSA).unwrap();
    assert_eq!(certificate.bits, 2048);
    assert_eq!(certificate.subject.as_deref(), Some("O=Larkfield Studios,CN=larkfield.example.com"));
    assert_eq!(certificate.fingerprint.len(), 64);
    let end = certificate.not_after.expect("an end");
    assert!(!certificate.is_over(end) && certificate.is_over(end + 1));
}

#[test]
fn version_one_a_bare_key_broken_lines_and_text_around_are_fine() {
    assert_eq!(read(V1).unwrap().subject.as_deref(), Some("CN=v1.example.com"));
    let bare = read(PUBLIC).unwrap();
    assert_eq!((bare.bits, bare.subject.as_deref(), bare.not_after), (2048, None, None));
    let same = read(RSA).unwrap();
    assert_eq!(read(&RSA.replace('\n', "\r\n")).unwrap(), same);
    assert_eq!(read(&format!("subject=CN = x\n{RSA}\nthat was it")).unwrap(), same);
    let body: String = RSA.lines().filter(|line| !line.starts_with('-')).collect();
    let one_line = format!("-----BEGIN CERTIFICATE-----{body}-----END CERTIFICATE-----");
    assert_eq!(read(&one_line).unwrap(), same);
}

#[test]
fn what_cannot_sign_here_is_refused_with_the_fix() {
    assert!(read(SHORT).unwrap_err().contains("not of 1024"));
    assert!(read(ELLIPTIC).unwrap_err().contains("RSA key of 2048 to 4096 bits"));
    let cut = &RSA[..RSA.len() / 2];
    let damaged = RSA.replacen("MII", "AAA", 1);
    for text in ["", "hello", cut, &damaged, &RSA.replace("CERTIFICATE", "CERTIFICATE REQUEST"), &"x".repeat(30_000)] {
        let why = read(text).unwrap_err();
        assert!(why.starts_with("must be an X.509 certificate in PEM"), "{why}");
    }
    let private = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----";
    assert!(read(private).unwrap_err().contains("must never leave the program"));
}
