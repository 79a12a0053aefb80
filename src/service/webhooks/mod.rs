//! Webhooks: where a client is told of changes, what it asked for, and the secrets that sign.

pub mod deliveries;
pub mod outbox;
pub mod render;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fields::Fields;
use super::idempotency::{Answered, Earlier, earlier, key};
use super::wallets::find_client;
use super::{Desk, audit_only, permit, permit_on, secrets};
use crate::domain::audit::Entry;
use crate::domain::books::StoredKey;
use crate::domain::caller::Caller;
use crate::domain::dialect::Dialect;
use crate::domain::ids::WebhookId;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::Operation;
use crate::domain::webhook::signature::STANDARD_PREFIX;
use crate::domain::webhook::{Kind, Rules, State, Webhook};
use crate::error::Error;
use crate::store::keys;
use crate::store::sealed::WEBHOOK_SECRET;
use crate::store::wallets::{self, Client};
use crate::store::webhooks as rows;
use render::Renderer;

/// A webhook to be made, as typed.
#[derive(Debug, Clone, Default)]
pub struct NewWebhook {
    /// The client's id or number; programs make them for their own client.
    pub client: Option<String>,
    pub url: Option<String>,
    /// Names in the dialect's words; none asks for the dialect's usual ones.
    pub events: Option<Vec<String>>,
}

/// What to change; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct WebhookChange {
    pub url: Option<String>,
    pub events: Option<Vec<String>>,
    /// Whether it is on.
    pub on: Option<bool>,
}

/// A webhook with the secret that signs from now on.
#[derive(Clone)]
pub struct Signed {
    pub webhook: Webhook,
    pub secret: String,
}

/// A webhook as a request names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Which {
    id: WebhookId,
    /// None for pages, which know webhooks of every dialect.
    dialect: Option<Dialect>,
}

impl Which {
    pub fn any(id: WebhookId) -> Which {
        Which { id, dialect: None }
    }

    /// Webhooks of other dialects are unknown.
    pub fn of(dialect: Dialect, id: WebhookId) -> Which {
        Which { id, dialect: Some(dialect) }
    }
}

/// The longest address, in characters.
const LONGEST_URL: usize = 2_000;

/// Makes a webhook. [`Error::Validation`] names the fields `client`, `url` and `events`; more webhooks than the
/// dialect allows are refused with [`Rule::WebhookLimit`].
pub async fn create(desk: &Desk, caller: &Caller, dialect: Dialect, new: &NewWebhook) -> Result<Signed, Error> {
    create_once(desk, caller, dialect, new, None).await.map(|answered| answered.value)
}

/// The same under an idempotency key: a repeat is answered with the webhook that was made, as it stands now, and the
/// secret that signs for it now. [`Rule::OutcomeLost`] when it is deleted.
pub async fn create_once(
    desk: &Desk,
    caller: &Caller,
    dialect: Dialect,
    new: &NewWebhook,
    idempotency_key: Option<&str>,
) -> Result<Answered<Signed>, Error> {
    permit(desk, caller, Operation::ManageWebhooks).await?;
    let renderer = desk.renderers.of(dialect).ok_or_else(|| Error::field("dialect", "is not spoken here"))?;
    let mut fields = Fields::default();
    let client = client(desk, caller, &mut fields, new.client.as_deref()).await?;
    let url = url(desk, &mut fields, new.url.as_deref());
    let (events, kinds) = events(renderer, &mut fields, new.events.as_deref());
    fields.done()?;
    let Some(client) = client else { return Err(Error::Internal) };
    let key = key(caller, "webhook.create", idempotency_key, &(client.id, dialect.name(), &url, &events))?;
    let secret = new_secret(dialect);
    let draft = Webhook {
        id: WebhookId::first_at(0),
        client_id: client.id,
        client_name: client.name,
        dialect,
        url,
        events,
        state: State::Active,
        off_reason: None,
        staff_id: caller.person(),
        owner_name: None,
        version: 1,
    };
    let (maker, sealed) = (caller.clone(), desk.keys.seal(&WEBHOOK_SECRET.purpose(), &secret));
    let made = desk.store.write(move |tx| {
        let (mut webhook, kinds, maker, sealed) = (draft.clone(), kinds.clone(), maker.clone(), sealed.clone());
        let key = key.clone();
        Box::pin(async move {
            let mut repeat = Entry::done(&maker, tx.now(), "webhook.create");
            repeat.client_id = Some(webhook.client_id);
            match earlier(tx, key.as_ref(), &repeat).await? {
                Earlier::None => {}
                Earlier::Same(id) => return Ok(Ok((id, true))),
                Earlier::Other(refusal) => return Ok(Err(refusal)),
            }
            let most = Rules::of(webhook.dialect).most;
            if rows::count(tx, webhook.client_id, webhook.dialect).await? >= most as i64 {
                let refusal = too_many(most);
                let mut entry = Entry::done(&maker, tx.now(), "webhook.create").refused(&refusal);
                entry.client_id = Some(webhook.client_id);
                tx.audit(entry);
                return Ok(Err(refusal));
            }
            webhook.id = tx.mint().next();
            rows::insert(tx, &webhook, &kinds).await?;
            let secret = tx.mint().next();
            rows::add_secret(tx, webhook.id, secret, &sealed, 0).await?;
            let what = format!("{}: {}", webhook.url, webhook.events);
            tx.audit(entry(&maker, tx.now(), "webhook.create", &webhook).because(Some(what)));
            let id = webhook.id.to_string();
            if let Some(key) = key {
                keys::insert(tx, &StoredKey { key, outcome: id.clone(), created_at: tx.now() }).await?;
            }
            Ok(Ok((id, false)))
        })
    });
    let (id, replayed) = made.await?.map_err(Error::Refused)?;
    let which = Which::of(dialect, id.parse().map_err(|_| Error::Internal)?);
    let webhook = match seen(desk, caller, which).await {
        Err(Error::NotFound(_)) if replayed => {
            return Err(Refusal::new(Rule::OutcomeLost, "The webhook that was made is deleted.").into());
        }
        webhook => webhook?,
    };
    let secret = match replayed {
        true => good_secrets(desk, webhook.id).await?.into_iter().next().ok_or(Error::Internal)?,
        false => secret,
    };
    Ok(Answered { value: Signed { webhook, secret }, repeated: replayed, replayed })
}

/// The webhooks that the caller may see, of one dialect or of all; the newest first.
pub async fn list(desk: &Desk, caller: &Caller, dialect: Option<Dialect>) -> Result<Vec<Webhook>, Error> {
    permit(desk, caller, Operation::ReadWebhooks).await?;
    let mut reader = desk.store.read().await?;
    Ok(rows::list(&mut reader, caller.client(), dialect).await?)
}

/// One webhook.
pub async fn get(desk: &Desk, caller: &Caller, which: Which) -> Result<Webhook, Error> {
    permit_on(desk, caller, Operation::ReadWebhooks, which.id).await?;
    seen(desk, caller, which).await
}

/// One webhook with the secret that signs now, for contracts that answer it again.
pub async fn signed(desk: &Desk, caller: &Caller, which: Which) -> Result<Signed, Error> {
    let webhook = get(desk, caller, which).await?;
    let secret = good_secrets(desk, webhook.id).await?.into_iter().next().ok_or(Error::Internal)?;
    Ok(Signed { webhook, secret })
}

/// How many secrets are good now, counting the one in use, and when the older ones end (Unix microseconds).
pub async fn secret_ends(desk: &Desk, caller: &Caller, which: Which) -> Result<Vec<Option<i64>>, Error> {
    let id = get(desk, caller, which).await?.id;
    let mut reader = desk.store.read().await?;
    let secrets = rows::secrets(&mut reader, id, desk.clock.now()).await?;
    Ok(secrets.into_iter().map(|secret| secret.expires_at).collect())
}

/// Changes address and events, and switches on or off, in one write; what is switched on again is sent what waited.
/// [`Error::Validation`] as for [`create`].
pub async fn update(desk: &Desk, caller: &Caller, which: Which, change: &WebhookChange) -> Result<Webhook, Error> {
    permit_on(desk, caller, Operation::ManageWebhooks, which.id).await?;
    let webhook = seen(desk, caller, which).await?;
    let id = webhook.id;
    let renderer = desk.renderers.of(webhook.dialect).ok_or(Error::Internal)?;
    let mut fields = Fields::default();
    let url = change.url.as_deref().map(|text| url(desk, &mut fields, Some(text)));
    let events = change.events.as_deref().map(|names| events(renderer, &mut fields, Some(names)));
    fields.done()?;
    let (caller, on) = (caller.clone(), change.on);
    let changed = desk.store.write(move |tx| {
        let (caller, url, events) = (caller.clone(), url.clone(), events.clone());
        Box::pin(async move {
            let Some(before) = rows::get(tx, id).await? else { return Ok(None) };
            // What is not said is what the row has now, not what was read before: others may change that meanwhile.
            let names = events.as_ref().map(|(names, _)| names);
            if url.as_ref().is_some_and(|url| *url != before.url) || names.is_some_and(|names| *names != before.events)
            {
                let kinds = events.as_ref().map(|(_, kinds)| kinds.as_str());
                rows::change(tx, id, url.as_deref(), names.map(String::as_str), kinds).await?;
                let what = format!("{}: {}", url.as_ref().unwrap_or(&before.url), names.unwrap_or(&before.events));
                tx.audit(entry(&caller, tx.now(), "webhook.change", &before).because(Some(what)));
            }
            let (touched, action) = match on {
                Some(true) => (rows::switch_on(tx, id).await?, "webhook.switch_on"),
                Some(false) => {
                    let reason = format!("switched off by {}", caller.name());
                    (rows::switch_off(tx, id, &reason).await?, "webhook.switch_off")
                }
                None => (0, ""),
            };
            if touched > 0 {
                tx.audit(entry(&caller, tx.now(), action, &before));
            }
            rows::get(tx, id).await
        })
    });
    changed.await?.ok_or(Error::NotFound("Webhook"))
}

/// Switches a webhook on or off. What waits is sent when it is on again.
pub async fn switch(desk: &Desk, caller: &Caller, which: Which, on: bool) -> Result<Webhook, Error> {
    update(desk, caller, which, &WebhookChange { on: Some(on), ..WebhookChange::default() }).await
}

/// Takes a webhook away for good: nothing more is sent, and its log goes with it.
pub async fn delete(desk: &Desk, caller: &Caller, which: Which) -> Result<(), Error> {
    permit_on(desk, caller, Operation::ManageWebhooks, which.id).await?;
    let id = seen(desk, caller, which).await?.id;
    let caller = caller.clone();
    let deleted = desk.store.write(move |tx| {
        let caller = caller.clone();
        Box::pin(async move {
            let Some(webhook) = rows::get(tx, id).await? else { return Ok(false) };
            let now = tx.now();
            rows::delete(tx, id, now).await?;
            tx.audit(entry(&caller, now, "webhook.delete", &webhook).because(Some(webhook.url.clone())));
            Ok(true)
        })
    });
    if deleted.await? { Ok(()) } else { Err(Error::NotFound("Webhook")) }
}

/// Makes another secret; the one before stays good for `overlap` microseconds, or ends at once with 0.
///
/// Errors: `overlap` is longer than the dialect allows ([`Error::Validation`], field `overlap`); as many secrets are
/// good as may be ([`Rule::SecretLimit`]); the caller saw a `version` that it no longer has ([`Rule::Stale`]).
pub async fn rotate(
    desk: &Desk,
    caller: &Caller,
    which: Which,
    overlap: i64,
    version: Option<i64>,
) -> Result<Signed, Error> {
    permit_on(desk, caller, Operation::ManageWebhooks, which.id).await?;
    let webhook = seen(desk, caller, which).await?;
    let id = webhook.id;
    let rules = Rules::of(webhook.dialect);
    if !(0..=rules.longest_overlap).contains(&overlap) {
        let longest = rules.longest_overlap / 3_600_000_000;
        return Err(match longest {
            0 => Error::field("overlap", "must be 0: this dialect signs with one secret"),
            hours => Error::field("overlap", format!("must be from 0 to {hours} hours")),
        });
    }
    let secret = new_secret(webhook.dialect);
    let (caller, sealed) = (caller.clone(), desk.keys.seal(&WEBHOOK_SECRET.purpose(), &secret));
    let rotated = desk.store.write(move |tx| {
        let (caller, sealed) = (caller.clone(), sealed.clone());
        Box::pin(async move {
            let Some(webhook) = rows::get(tx, id).await? else { return Ok(Ok(None)) };
            let now = tx.now();
            let entry = entry(&caller, now, "webhook.rotate_secret", &webhook);
            let stale = || {
                let refusal = Refusal::new(Rule::Stale, "It changed while you were reading.");
                refusal.instead("Look at it again, then decide.")
            };
            if version.is_some_and(|seen| seen != webhook.version) {
                let refusal = stale();
                tx.audit(entry.refused(&refusal));
                return Ok(Err(refusal));
            }
            // Without overlap the newest ends now, and the new one takes its place.
            let staying = rows::live_secrets(tx, id).await?.len().saturating_sub(usize::from(overlap == 0));
            if staying >= rules.most_secrets {
                let refusal = Refusal::new(
                    Rule::SecretLimit,
                    format!("{} secrets are good at the same time already.", rules.most_secrets),
                )
                .instead("Wait until the oldest has ended, or let the last one end at once.");
                tx.audit(entry.refused(&refusal));
                return Ok(Err(refusal));
            }
            // Another process may have been quicker.
            if rows::touch(tx, id, webhook.version).await? == 0 && version.is_some() {
                let refusal = stale();
                tx.audit(entry.refused(&refusal));
                return Ok(Err(refusal));
            }
            let secret = tx.mint().next();
            rows::add_secret(tx, id, secret, &sealed, now + overlap).await?;
            tx.audit(entry);
            Ok(Ok(Some(webhook)))
        })
    });
    let webhook = rotated.await?.map_err(Error::Refused)?.ok_or(Error::NotFound("Webhook"))?;
    Ok(Signed { webhook, secret })
}

/// The clients that a webhook can be made for, for staff.
pub async fn clients(desk: &Desk, caller: &Caller) -> Result<Vec<Client>, Error> {
    permit(desk, caller, Operation::ManageWebhooks).await?;
    let mut reader = desk.store.read().await?;
    let mut clients = wallets::clients(&mut reader).await?;
    clients.retain(|client| caller.may_see(client.id));
    Ok(clients)
}

/// The webhook, if the caller may see it. A look at another client's is written down.
async fn seen(desk: &Desk, caller: &Caller, which: Which) -> Result<Webhook, Error> {
    let mut reader = desk.store.read().await?;
    let found = rows::find(&mut reader, which.id).await?;
    drop(reader);
    let Some(webhook) = found else { return Err(Error::NotFound("Webhook")) };
    if !caller.may_see(webhook.client_id) {
        let refusal = Refusal::new(Rule::NotFound, "There is no such webhook.");
        let entry = Entry::done(caller, desk.clock.now(), "webhook.read").about(which.id);
        audit_only(desk, entry.refused(&refusal)).await?;
        return Err(Error::NotFound("Webhook"));
    }
    Some(webhook)
        .filter(|webhook| which.dialect.is_none_or(|dialect| dialect == webhook.dialect))
        .ok_or(Error::NotFound("Webhook"))
}

/// The secrets that are good now, opened, the newest first.
async fn good_secrets(desk: &Desk, id: WebhookId) -> Result<Vec<String>, Error> {
    let mut reader = desk.store.read().await?;
    let sealed = rows::secrets(&mut reader, id, desk.clock.now()).await?;
    drop(reader);
    sealed.iter().map(|secret| open(desk, &WEBHOOK_SECRET.purpose(), &secret.secret)).collect()
}

/// Opens what is sealed; what cannot be opened is told in the log.
pub fn open(desk: &Desk, purpose: &str, sealed: &str) -> Result<String, Error> {
    desk.keys.open(purpose, sealed).map_err(|error| {
        tracing::error!(%error, purpose, "something sealed cannot be opened");
        Error::Internal
    })
}

fn entry(caller: &Caller, now: i64, action: &'static str, webhook: &Webhook) -> Entry {
    let mut entry = Entry::done(caller, now, action).about(webhook.id);
    entry.client_id = Some(webhook.client_id);
    entry
}

fn too_many(most: usize) -> Refusal {
    let reason = match most {
        1 => "This client has a webhook of this dialect already.".to_owned(),
        most => format!("This client has {most} webhooks of this dialect already."),
    };
    Refusal::new(Rule::WebhookLimit, reason).instead("Change or delete one of them.")
}

async fn client(
    desk: &Desk,
    caller: &Caller,
    fields: &mut Fields,
    text: Option<&str>,
) -> Result<Option<Client>, Error> {
    let mut reader = desk.store.read().await?;
    let found = match caller.client() {
        Some(own) => wallets::client(&mut reader, own).await?,
        None => find_client(&mut reader, text.unwrap_or_default()).await?,
    };
    if found.is_none() {
        fields.wrong("client", "must be a client of this desk");
    }
    Ok(found)
}

fn url(desk: &Desk, fields: &mut Fields, text: Option<&str>) -> String {
    let url = fields.required("url", text, LONGEST_URL);
    if !url.is_empty()
        && let Err(why) = desk.messenger.hooks().check(&url)
    {
        fields.wrong("url", why);
    }
    url
}

/// The names asked for in the order of the dialect, and the kinds that they come of; both separated by blanks.
fn events(renderer: &dyn Renderer, fields: &mut Fields, asked: Option<&[String]>) -> (String, String) {
    let known = renderer.names();
    if let Some(strange) = asked.iter().copied().flatten().find(|name| !known.iter().any(|known| known.name == **name))
    {
        let shown: String = strange.chars().filter(|c| !c.is_control()).take(60).collect();
        fields.wrong("events", format!("must be names of events; {shown} is none"));
    }
    if asked.is_some_and(<[String]>::is_empty) {
        fields.wrong("events", "must have at least one");
    }
    let wanted = |name: &render::Name| match asked {
        Some(asked) => asked.iter().any(|asked| asked == name.name),
        None => name.default,
    };
    let names: Vec<&render::Name> = known.iter().filter(|name| wanted(name)).collect();
    let kinds = Kind::ALL.iter().filter(|kind| names.iter().any(|name| name.kinds.contains(kind)));
    let kinds: Vec<&str> = kinds.map(|kind| kind.name()).collect();
    let names: Vec<&str> = names.iter().map(|name| name.name).collect();
    (names.join(" "), kinds.join(" "))
}

/// A secret as the dialect's programs expect it to look.
fn new_secret(dialect: Dialect) -> String {
    match dialect {
        Dialect::Wallet => format!("{STANDARD_PREFIX}{}", STANDARD.encode(rand::random::<[u8; 32]>())),
        Dialect::Revolut => format!("wsk_{}", crate::domain::audit::hex(&rand::random::<[u8; 16]>())),
        Dialect::Razorpay | Dialect::MassPay => secrets::secret(),
    }
}

impl std::fmt::Debug for Signed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signed({})", self.webhook.id)
    }
}
