//! The pages of credentials, for admins: what programs may do, and from where.

use askama::Template;

use super::display::{ActView, FieldView, NoticeView, OptionView, PagerView, Problem, StatusView, TimeView};
use super::layout::Layout;

/// All credentials.
#[derive(Template)]
#[template(path = "credentials/index.html")]
pub struct CredentialsPage {
    pub layout: Layout,
    /// For example `4 credentials, 1 revoked`.
    pub matches: String,
    pub rows: Vec<CredentialRow>,
    pub pager: PagerView,
}

/// One credential in the list.
#[derive(Clone, Debug)]
pub struct CredentialRow {
    pub href: String,
    pub name: String,
    pub username: String,
    pub client: String,
    pub owner: String,
    pub scopes: Vec<&'static str>,
    /// Networks; empty allows every address.
    pub networks: Vec<String>,
    pub last_used: Option<TimeView>,
    pub status: StatusView,
}

/// The form for a new credential.
#[derive(Template)]
#[template(path = "credentials/new.html")]
pub struct NewCredentialPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub clients: Vec<OptionView>,
    /// Staff who may own it, with their role.
    pub owners: Vec<OptionView>,
    pub scopes: Vec<ScopeChoice>,
    pub draft: CredentialDraft,
}

/// What was typed. `scopes` holds no value, only what is wrong with the choice.
#[derive(Clone, Debug, Default)]
pub struct CredentialDraft {
    pub name: FieldView,
    pub client: FieldView,
    pub owner: FieldView,
    pub scopes: FieldView,
    pub networks: FieldView,
}

/// A scope that can be ticked.
#[derive(Clone, Debug)]
pub struct ScopeChoice {
    pub name: &'static str,
    pub label: &'static str,
    /// Empty for none.
    pub note: &'static str,
    pub checked: bool,
}

/// A credential was made; its password is shown here and never again.
#[derive(Template)]
#[template(path = "credentials/created.html")]
pub struct CredentialCreatedPage {
    pub layout: Layout,
    pub href: String,
    pub name: String,
    pub client: String,
    pub username: String,
    pub secret: String,
    /// A first call, ready to paste.
    pub curl: String,
}

/// One credential.
#[derive(Template)]
#[template(path = "credentials/show.html")]
pub struct CredentialPage {
    pub layout: Layout,
    pub id: String,
    pub name: String,
    pub status: StatusView,
    pub username: String,
    pub client: String,
    pub owner: String,
    pub owner_href: String,
    pub scopes: Vec<&'static str>,
    pub networks: Vec<String>,
    /// Something about it that keeps it from working.
    pub warning: Option<NoticeView>,
    pub made: TimeView,
    pub made_by: String,
    pub last_used: Option<TimeView>,
    pub revoked: Option<TimeView>,
    pub audit_href: String,
    pub acts: Vec<ActView>,
    pub revocation: Option<RevocationStep>,
}

/// The confirm step of revoking a credential, on a page of its own.
#[derive(Template)]
#[template(path = "credentials/revocation.html")]
pub struct RevocationPage {
    pub layout: Layout,
    pub step: RevocationStep,
}

/// What revoking a credential does.
#[derive(Clone, Debug)]
pub struct RevocationStep {
    pub action: String,
    pub keep_href: String,
    pub version: i64,
    pub name: String,
    pub username: String,
    pub client: String,
    pub owner: String,
    /// When it was used last, or that it never was.
    pub last_used: String,
}
