//! `staff add` and `credential add`.

use super::terminal;
use crate::domain::caller::{Caller, Via};
use crate::domain::dialect::Dialect;
use crate::service::Desk;
use crate::service::credentials::{self, NewCredential};
use crate::service::staff::{self, NewMember};

/// Adds a person, with a made-up password unless one is given; that one is printed.
pub async fn add_staff(
    desk: &Desk,
    email: String,
    name: String,
    role: String,
    password: Option<String>,
) -> Result<(), String> {
    let made_up = password.is_none();
    let password = password.unwrap_or_else(made_up_password);
    let new = NewMember { email, name, role, zone: String::new(), password: password.clone() };
    let member = staff::add(desk, &caller("staff_add"), &new).await.map_err(terminal)?;
    desk.store.close().await;
    println!("{} <{}> is {}", member.name, member.email, member.role.name());
    if made_up {
        println!("password, shown only now: {password}");
    }
    Ok(())
}

/// Adds a program and prints its secret, this once. It works at once, whatever approval rules say: whoever owns the
/// machine needs nobody. The audit log has it.
pub async fn add_credential(desk: &Desk, new: &NewCredential) -> Result<(), String> {
    let caller = caller("credential_add");
    let issued = credentials::create(desk, &caller, new).await.map_err(terminal)?;
    let credential = &issued.credential;
    let code = match &credential.certificate {
        Some(_) => Some(credentials::make_code(desk, &caller, credential.id).await.map_err(terminal)?.1),
        None => None,
    };
    desk.store.close().await;
    let secret = issued.secret.as_deref().unwrap_or_default();
    match credential.dialect {
        Dialect::Wallet => println!("username: {}\npassword, shown only now: {secret}", credential.username),
        Dialect::Razorpay => println!("key id: {}\nkey secret, shown only now: {secret}", credential.username),
        Dialect::MassPay => println!("api key, shown only now: {secret}"),
        Dialect::Revolut => println!("client id: {}", credential.username),
    }
    if let Some(code) = code {
        println!("one-time code, good for 10 minutes: {code}");
    } else if credential.dialect == Dialect::Revolut {
        println!("upload its certificate on the page of the credential, then make a one-time code there");
    }
    Ok(())
}

/// The person at the terminal of the desk's own machine, who owns the file and may do all.
pub fn caller(what: &str) -> Caller {
    Caller::system(Via::Command, format!("cmd_{what}_{:08x}", rand::random::<u32>()))
}

/// A password that nobody has to like: 24 letters and digits.
pub fn made_up_password() -> String {
    const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    (0..24).map(|_| LETTERS[rand::random_range(0..LETTERS.len())] as char).collect()
}
