//! Signing in, and setting up a desk that has nobody yet.

use subtle::ConstantTimeEq;

use super::staff::NewMember;
use super::throttle::{self, Attempt};
use super::{Desk, passwords, secrets, sessions, staff as people};
use crate::domain::audit::{Entry, Outcome};
use crate::domain::caller::{Caller, Via, Who};
use crate::domain::ids::StaffId;
use crate::domain::staff::Role;
use crate::error::Error;
use crate::store::Tx;
use crate::store::meta;
use crate::store::sessions as session_rows;
use crate::store::staff::{self as rows, Member};

/// Someone at the door, whom nobody knows yet.
#[derive(Debug, Clone)]
pub struct Visit {
    pub via: Via,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub request_id: String,
}

/// The name in `meta` under which the hash of the set-up token stands.
const SETUP_TOKEN: &str = "setup_token";

/// Starts a session for the right email and password, and answers its id, which belongs in a cookie only.
///
/// Unknown email, wrong password and disabled account are one answer, [`Error::InvalidCredentials`], after the same
/// work. After some failures [`Error::TooManyAttempts`] comes first.
pub async fn sign_in(desk: &Desk, visit: &Visit, email: &str, password: &str) -> Result<String, Error> {
    let email = email.trim().to_lowercase();
    // No account has a longer name; what is longer only fills the table of failures.
    let account: String = email.chars().take(254).collect();
    let turn = passwords::turn(&desk.access).await?;
    let attempt =
        throttle::begin(desk, Some(throttle::account(&account)), throttle::address(visit.ip.as_deref())).await?;
    let mut reader = desk.store.read().await?;
    let login = rows::login(&mut reader, &email).await?;
    drop(reader);
    let (id, hash) = login.unzip();
    let right = turn.matches(password.to_owned(), hash).await?;
    match id.filter(|_| right) {
        Some(id) => begin_session(desk, visit, id, Some(attempt)).await,
        None => {
            refuse(desk, visit, id, attempt).await?;
            Err(Error::InvalidCredentials)
        }
    }
}

/// While there is no staff, answers a new set-up token; earlier ones no longer work.
pub async fn offer_set_up(desk: &Desk) -> Result<Option<String>, Error> {
    let mut reader = desk.store.read().await?;
    if !rows::is_empty(&mut reader).await? {
        return Ok(None);
    }
    drop(reader);
    let token = secrets::secret();
    let digest = secrets::digest(&token);
    desk.store
        .write(move |tx| {
            let digest = digest.clone();
            Box::pin(async move { meta::put(tx, SETUP_TOKEN, &digest).await })
        })
        .await?;
    Ok(Some(token))
}

/// Whether the desk can be set up with this token; if not, there is nothing here.
pub async fn set_up_is_open(desk: &Desk, token: &str) -> Result<(), Error> {
    let mut reader = desk.store.read().await?;
    let kept = meta::find(&mut reader, SETUP_TOKEN).await?;
    let open = rows::is_empty(&mut reader).await?;
    if open && is_token(kept.as_deref(), token) { Ok(()) } else { Err(Error::NotFound("Page")) }
}

/// Adds the first admin and starts their session, whose id it answers. Works once.
pub async fn set_up(desk: &Desk, visit: &Visit, token: &str, member: &NewMember) -> Result<String, Error> {
    set_up_is_open(desk, token).await?;
    let member = NewMember { role: Role::Admin.name().into(), ..member.clone() };
    let checked = people::check(&member)?;
    let hash = passwords::hash(&desk.access, member.password.clone()).await?;
    let token = token.to_owned();
    let caller = Caller { ip: visit.ip.clone(), ..Caller::system(visit.via, visit.request_id.clone()) };
    let added = desk
        .store
        .write(move |tx| {
            let (caller, token, hash, checked) = (caller.clone(), token.clone(), hash.clone(), checked.clone());
            Box::pin(async move {
                let kept = meta::get(tx, SETUP_TOKEN).await?;
                if rows::count(tx).await? > 0 || !is_token(kept.as_deref(), &token) {
                    return Ok(None);
                }
                if meta::remove(tx, SETUP_TOKEN).await? == 0 {
                    return Ok(None);
                }
                let member = checked.member(tx);
                rows::insert(tx, &member, &hash).await?;
                tx.audit(Entry::done(&caller, tx.now(), "staff.set_up").about(member.id));
                Ok(Some(member.id))
            })
        })
        .await?;
    let id = added.ok_or(Error::NotFound("Page"))?;
    begin_session(desk, visit, id, None).await
}

/// Whose desk this is, if it has been told.
pub async fn organisation(desk: &Desk) -> Result<Option<String>, Error> {
    let mut reader = desk.store.read().await?;
    Ok(meta::find(&mut reader, "organisation").await?)
}

/// Writes the session, unless the account was disabled meanwhile.
async fn begin_session(desk: &Desk, visit: &Visit, id: StaffId, attempt: Option<Attempt>) -> Result<String, Error> {
    let beginning = sessions::prepare(desk, id, visit.ip.clone(), visit.user_agent.as_deref());
    let session_id = beginning.id;
    let (visit, row) = (visit.clone(), beginning.row);
    let began = desk
        .store
        .write(move |tx| {
            let (visit, row, attempt) = (visit.clone(), row.clone(), attempt.clone());
            Box::pin(async move {
                let Some(member) = rows::get(tx, id).await?.filter(Member::is_enabled) else {
                    note_refusal(tx, &visit, Some(id), attempt.as_ref());
                    return Ok(false);
                };
                if let Some(attempt) = attempt {
                    attempt.succeeded(tx).await?;
                }
                session_rows::insert(tx, &row).await?;
                let who = Who::Staff { id, name: member.name, role: member.role };
                let caller = Caller { who, via: visit.via, ip: visit.ip, request_id: visit.request_id };
                tx.audit(Entry::done(&caller, tx.now(), "session.start").about(id));
                Ok(true)
            })
        })
        .await?;
    if began { Ok(session_id) } else { Err(Error::InvalidCredentials) }
}

async fn refuse(desk: &Desk, visit: &Visit, id: Option<StaffId>, attempt: Attempt) -> Result<(), Error> {
    metrics::counter!("paydesk_sign_in_failures").increment(1);
    let visit = visit.clone();
    desk.store
        .write(move |tx| {
            note_refusal(tx, &visit, id, Some(&attempt));
            Box::pin(async move { Ok(()) })
        })
        .await?;
    Ok(())
}

/// What was typed is not kept: people type passwords into the wrong field.
fn note_refusal(tx: &mut Tx<'_>, visit: &Visit, id: Option<StaffId>, attempt: Option<&Attempt>) {
    let mut entry = visit.refused("session.start", tx.now(), attempt);
    entry.subject_id = id.map(|id| id.to_string());
    tx.audit(entry);
}

impl Visit {
    /// The audit row of a failed try; nobody knows who it was. `at` in Unix microseconds.
    pub(super) fn refused(&self, action: &str, at: i64, attempt: Option<&Attempt>) -> Entry {
        let wait = if attempt.is_some_and(|attempt| attempt.last) {
            " The next tries have to wait for 15 minutes."
        } else {
            ""
        };
        let caller = Caller { ip: self.ip.clone(), ..Caller::system(self.via, self.request_id.clone()) };
        Entry {
            actor_id: "visitor".into(),
            actor_name: "Visitor".into(),
            outcome: Outcome::Refused,
            rule: Some(Error::InvalidCredentials.code().into()),
            reason: Some(format!("Name and password did not match an account that may sign in.{wait}")),
            ..Entry::done(&caller, at, action)
        }
    }
}

fn is_token(kept: Option<&str>, token: &str) -> bool {
    kept.is_some_and(|kept| bool::from(kept.as_bytes().ct_eq(secrets::digest(token).as_bytes())))
}
