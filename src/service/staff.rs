//! The people of the desk: who they are, what they may do, and their own choices.

use chrono_tz::Tz;

use super::fields::Fields;
use super::{Desk, audit_only, passwords, permit, throttle};
use crate::domain::audit::Entry;
use crate::domain::caller::Caller;
use crate::domain::ids::StaffId;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::{Operation, Role};
use crate::error::Error;
use crate::store::sessions;
pub use crate::store::staff::{Choices, Member};
use crate::store::{Tx, staff as rows, throttle as failures};

/// A person to be added, as typed.
#[derive(Clone, Default)]
pub struct NewMember {
    pub email: String,
    pub name: String,
    /// `viewer`, `operator`, `approver` or `admin`.
    pub role: String,
    pub password: String,
    /// An IANA name; empty means UTC.
    pub zone: String,
}

/// A person's own choices, as typed.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    pub name: String,
    pub zone: String,
    pub theme: String,
    pub shortcuts: bool,
    pub comfortable: bool,
}

/// A checked person, not yet added.
#[derive(Debug, Clone)]
pub(super) struct Checked {
    email: String,
    name: String,
    role: Role,
    zone: String,
}

/// What became of a change inside its unit.
type Change = Result<Member, Refusal>;

/// Adds a person. [`Error::Validation`] names every field that cannot be used.
pub async fn add(desk: &Desk, caller: &Caller, new: &NewMember) -> Result<Member, Error> {
    permit(desk, caller, Operation::ManageStaff).await?;
    let checked = check(new)?;
    let hash = passwords::hash(&desk.access, new.password.clone()).await?;
    let caller = caller.clone();
    let added = desk
        .store
        .write(move |tx| {
            let (caller, checked, hash) = (caller.clone(), checked.clone(), hash.clone());
            Box::pin(async move {
                if rows::get_by_email(tx, &checked.email).await?.is_some() {
                    return Ok(None);
                }
                let member = checked.member(tx);
                rows::insert(tx, &member, &hash).await?;
                let what = format!("{} as {}", member.name, member.role.name());
                tx.audit(Entry::done(&caller, tx.now(), "staff.add").about(member.id).because(Some(what)));
                Ok(Some(member))
            })
        })
        .await?;
    added.ok_or_else(|| Error::field("email", "belongs to somebody here already"))
}

/// Everyone, by name.
pub async fn list(desk: &Desk, caller: &Caller) -> Result<Vec<Member>, Error> {
    permit(desk, caller, Operation::ManageStaff).await?;
    let mut reader = desk.store.read().await?;
    Ok(rows::list(&mut reader).await?)
}

/// One person.
pub async fn get(desk: &Desk, caller: &Caller, id: StaffId) -> Result<Member, Error> {
    permit(desk, caller, Operation::ManageStaff).await?;
    let mut reader = desk.store.read().await?;
    rows::find(&mut reader, id).await?.ok_or(Error::NotFound("Staff member"))
}

/// Gives a person another role, from their next click on. The last admin stays one.
pub async fn change_role(desk: &Desk, caller: &Caller, id: StaffId, role: Role) -> Result<Member, Error> {
    permit(desk, caller, Operation::ManageStaff).await?;
    let caller = caller.clone();
    change(desk, move |tx| {
        let caller = caller.clone();
        Box::pin(async move {
            let Some(member) = rows::get(tx, id).await? else { return Ok(None) };
            let entry = Entry::done(&caller, tx.now(), "staff.change_role").about(id);
            if role != Role::Admin && is_last_admin(tx, &member).await? {
                return Ok(Some(refuse(tx, entry)));
            }
            let now = tx.now();
            rows::set_role(tx, id, role, now).await?;
            let what = format!("{} to {}", member.role.name(), role.name());
            tx.audit(entry.because(Some(what)));
            Ok(Some(Ok(Member { role, ..member })))
        })
    })
    .await
}

/// Takes a person's access away: their sessions end at once and their credentials stop working. The last admin stays.
pub async fn disable(desk: &Desk, caller: &Caller, id: StaffId) -> Result<Member, Error> {
    permit(desk, caller, Operation::ManageStaff).await?;
    let caller = caller.clone();
    change(desk, move |tx| {
        let caller = caller.clone();
        Box::pin(async move {
            let Some(member) = rows::get(tx, id).await? else { return Ok(None) };
            if !member.is_enabled() {
                return Ok(Some(Ok(member)));
            }
            let now = tx.now();
            let entry = Entry::done(&caller, now, "staff.disable").about(id);
            if is_last_admin(tx, &member).await? {
                return Ok(Some(refuse(tx, entry)));
            }
            rows::disable(tx, id, now).await?;
            sessions::end_all(tx, id, "").await?;
            tx.audit(entry);
            Ok(Some(Ok(Member { disabled_at: Some(now), ..member })))
        })
    })
    .await
}

/// Gives a disabled person their access back.
pub async fn enable(desk: &Desk, caller: &Caller, id: StaffId) -> Result<Member, Error> {
    permit(desk, caller, Operation::ManageStaff).await?;
    let caller = caller.clone();
    change(desk, move |tx| {
        let caller = caller.clone();
        Box::pin(async move {
            let Some(member) = rows::get(tx, id).await? else { return Ok(None) };
            if member.is_enabled() {
                return Ok(Some(Ok(member)));
            }
            rows::enable(tx, id).await?;
            tx.audit(Entry::done(&caller, tx.now(), "staff.enable").about(id));
            Ok(Some(Ok(Member { disabled_at: None, ..member })))
        })
    })
    .await
}

/// The caller as a person.
pub async fn own(desk: &Desk, caller: &Caller) -> Result<Member, Error> {
    permit(desk, caller, Operation::OwnSessions).await?;
    let id = caller.person().ok_or(Error::Forbidden)?;
    let mut reader = desk.store.read().await?;
    rows::find(&mut reader, id).await?.ok_or(Error::NotFound("Staff member"))
}

/// Keeps the caller's own choices.
pub async fn save_profile(desk: &Desk, caller: &Caller, profile: &Profile) -> Result<Member, Error> {
    permit(desk, caller, Operation::OwnSessions).await?;
    let id = caller.person().ok_or(Error::Forbidden)?;
    let mut fields = Fields::default();
    let choices = Choices {
        name: fields.required("name", Some(&profile.name), 100),
        zone: zone(&mut fields, &profile.zone),
        theme: profile.theme.clone(),
        shortcuts: profile.shortcuts,
        comfortable: profile.comfortable,
    };
    if !["system", "light", "dark"].contains(&profile.theme.as_str()) {
        fields.wrong("theme", "must be system, light or dark");
    }
    fields.done()?;
    let caller = caller.clone();
    change(desk, move |tx| {
        let (caller, choices) = (caller.clone(), choices.clone());
        Box::pin(async move {
            rows::set_choices(tx, id, &choices).await?;
            tx.audit(Entry::done(&caller, tx.now(), "staff.save_profile").about(id));
            Ok(rows::get(tx, id).await?.map(Ok))
        })
    })
    .await
}

/// Replaces the caller's password; their other sessions end. `keep` is the handle of the session that stays.
///
/// Wrong tries of the current password count as failed sign-ins.
pub async fn change_password(
    desk: &Desk,
    caller: &Caller,
    current: &str,
    new: &str,
    keep: &str,
) -> Result<Member, Error> {
    let member = own(desk, caller).await?;
    if let Some(why) = passwords::weakness(new, &[&member.name, &member.email]) {
        return Err(Error::field("new_password", why));
    }
    let account = throttle::account(&member.email);
    let turn = passwords::turn(&desk.access).await?;
    let attempt = throttle::begin(desk, Some(account), throttle::address(caller.ip.as_deref())).await?;
    let mut reader = desk.store.read().await?;
    let old = rows::login(&mut reader, &member.email).await?.map(|(_, hash)| hash).unwrap_or_default();
    drop(reader);
    if !turn.matches(current.to_owned(), Some(old.clone())).await? {
        let refusal = Refusal::new(Rule::Forbidden, "The current password was not right.");
        let entry = Entry::done(caller, desk.clock.now(), "staff.change_password").about(member.id).refused(&refusal);
        audit_only(desk, entry).await?;
        return Err(Error::field("current_password", "is not the password of this account"));
    }
    let hash = turn.hash(new.to_owned()).await?;
    let (caller, keep, id) = (caller.clone(), keep.to_owned(), member.id);
    change(desk, move |tx| {
        let (caller, keep, old, hash) = (caller.clone(), keep.clone(), old.clone(), hash.clone());
        let attempt = attempt.clone();
        Box::pin(async move {
            if rows::set_password(tx, id, &old, &hash).await? == 0 {
                return Ok(None);
            }
            attempt.succeeded(tx).await?;
            sessions::end_all(tx, id, &keep).await?;
            tx.audit(Entry::done(&caller, tx.now(), "staff.change_password").about(id));
            Ok(rows::get(tx, id).await?.map(Ok))
        })
    })
    .await
}

/// Gives somebody else a new password in place of a forgotten one. Their sessions end, and they need not wait after
/// failed tries. One's own password is only changed by knowing it.
pub async fn reset_password(desk: &Desk, caller: &Caller, id: StaffId, password: &str) -> Result<Member, Error> {
    permit(desk, caller, Operation::ManageStaff).await?;
    let hash = passwords::hash(&desk.access, password.to_owned()).await?;
    let caller = caller.clone();
    change(desk, move |tx| {
        let (caller, hash) = (caller.clone(), hash.clone());
        Box::pin(async move {
            let Some(member) = rows::get(tx, id).await? else { return Ok(None) };
            let entry = Entry::done(&caller, tx.now(), "staff.reset_password").about(id);
            if let Some(refusal) = why_no_reset(&caller, &member) {
                tx.audit(entry.refused(&refusal));
                return Ok(Some(Err(refusal)));
            }
            rows::reset_password(tx, id, &hash).await?;
            sessions::end_all(tx, id, "").await?;
            failures::clear(tx, &throttle::account(&member.email)).await?;
            tx.audit(entry);
            Ok(Some(Ok(member)))
        })
    })
    .await
}

/// Why the caller may not give this person a new password.
pub fn why_no_reset(caller: &Caller, member: &Member) -> Option<Refusal> {
    if caller.person() == Some(member.id) {
        let refusal = Refusal::new(Rule::WrongState, "This is you, and your own password is changed by knowing it.");
        return Some(refusal.instead("Change it under Your profile, or ask another admin."));
    }
    if !member.is_enabled() {
        let refusal = Refusal::new(Rule::WrongState, format!("{} is disabled and cannot sign in.", member.name));
        return Some(refusal.instead("Enable them first."));
    }
    None
}

/// Checks everything that can be checked without the database.
pub(super) fn check(new: &NewMember) -> Result<Checked, Error> {
    let mut fields = Fields::default();
    let email = fields.email("email", Some(&new.email)).to_lowercase();
    let name = fields.required("name", Some(&new.name), 100);
    let role = Role::from_name(new.role.trim());
    if role.is_none() {
        fields.wrong("role", "must be viewer, operator, approver or admin");
    }
    let zone = if new.zone.trim().is_empty() { Tz::UTC.name().to_owned() } else { zone(&mut fields, &new.zone) };
    if let Some(why) = passwords::weakness(&new.password, &[&name, &email]) {
        fields.wrong("password", why);
    }
    fields.done()?;
    Ok(Checked { email, name, role: role.unwrap_or(Role::Viewer), zone })
}

impl Checked {
    pub(super) fn member(self, tx: &mut Tx<'_>) -> Member {
        Member {
            id: tx.mint().next(),
            email: self.email,
            name: self.name,
            role: self.role,
            zone: self.zone,
            theme: "system".into(),
            shortcuts: 1,
            comfortable: 0,
            disabled_at: None,
            version: 1,
        }
    }
}

impl std::fmt::Debug for NewMember {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewMember({}, {})", self.email, self.role)
    }
}

/// Writes a change of a person; `None` from the closure means there is no such person.
async fn change<F>(desk: &Desk, write: F) -> Result<Member, Error>
where
    F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> crate::store::Closure<'t, Option<Change>> + Send + Sync + 'static,
{
    let changed = desk.store.write(write).await?.ok_or(Error::NotFound("Staff member"))?;
    desk.access.forget();
    changed.map_err(Error::Refused)
}

async fn is_last_admin(tx: &mut Tx<'_>, member: &Member) -> Result<bool, sqlx::Error> {
    Ok(member.role == Role::Admin && member.is_enabled() && rows::other_admins(tx, member.id).await? == 0)
}

/// Audits that the last admin has to stay.
fn refuse(tx: &mut Tx<'_>, entry: Entry) -> Change {
    let refusal = Refusal::new(Rule::WrongState, "This is the only admin who can sign in.")
        .instead("Make somebody else an admin first.");
    tx.audit(entry.refused(&refusal));
    Err(refusal)
}

fn zone(fields: &mut Fields, text: &str) -> String {
    let name = fields.required("zone", Some(text), 64);
    match name.parse::<Tz>() {
        Ok(zone) => zone.name().to_owned(),
        Err(_) => {
            if !name.is_empty() {
                fields.wrong("zone", "must be a time zone such as Europe/Berlin");
            }
            String::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::FieldError;

    fn wrong(result: Result<Checked, Error>) -> Vec<&'static str> {
        match result {
            Err(Error::Validation(errors)) => errors.iter().map(|FieldError { field, .. }| *field).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn every_wrong_field_is_told_at_once() {
        assert_eq!(wrong(check(&NewMember::default())), ["email", "name", "role", "password"]);
        let new = NewMember {
            email: " Ada@Example.com ".into(),
            name: "Ada".into(),
            role: "operator".into(),
            password: "seven unrelated words".into(),
            zone: "Europe/Berlin".into(),
        };
        assert_eq!(check(&new).unwrap().email, "ada@example.com");
        assert_eq!(wrong(check(&NewMember { zone: "Mars".into(), ..new })), ["zone"]);
    }
}
