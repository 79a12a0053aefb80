//! The cookie of pages and what stands behind it: a row for staff, nothing but the cookie itself for visitors.
//!
//! A visitor's cookie carries its own small state (the token of the sign-in form), encrypted and signed, so that
//! nobody can fill the database by opening the door. Staff sessions begin in `service::sign_in`, in one unit with
//! their audit row; the store below only hands out the id that was made there.

use std::collections::HashMap;

use actix_session::config::CookieContentSecurity;
use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_session::{Session, SessionMiddleware};
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Key, SameSite};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::config::Config;
use crate::error::Error;
use crate::keys::Keys;
use crate::service::Desk;
use crate::service::sessions::{self, OpenSession, State};

/// The names under which pages remember things.
pub const CSRF: &str = "csrf";
pub const FLASH: &str = "flash";
/// Set by the store while a request runs, never kept.
const READER: &str = "reader";
const UNAVAILABLE: &str = "unavailable";
/// The id of a session that has just begun.
const BEGUN: &str = "begun";

/// Begins the key of a visitor, whose state is the rest of it.
const VISITOR: &str = "visitor.";
/// How long a visitor's form stays good, in microseconds.
const VISITOR_LIFETIME: i64 = 12 * 3_600 * 1_000_000;

/// Sessions as actix-session wants them.
pub struct DeskSessions {
    desk: Desk,
}

/// What the cookie led to.
pub enum Found {
    Reader(Box<OpenSession>),
    Nobody,
    /// The database cannot be read.
    Unavailable,
}

/// The name of the cookie; browsers hold `__Host-` cookies to this host, `Secure` and the root path.
pub fn cookie_name(config: &Config) -> &'static str {
    if config.is_https() { "__Host-paydesk" } else { "paydesk" }
}

/// The middleware that pages run in.
pub fn middleware(desk: &Desk) -> SessionMiddleware<DeskSessions> {
    with_cookie(DeskSessions { desk: desk.clone() }, &desk.keys, &desk.config)
}

/// Whose session this is.
pub fn reader(session: &Session) -> Found {
    if session.contains_key(UNAVAILABLE) {
        return Found::Unavailable;
    }
    match session.get::<OpenSession>(READER) {
        Ok(Some(reader)) => Found::Reader(Box::new(reader)),
        _ => Found::Nobody,
    }
}

/// Moves the browser to the session that sign-in began; the old id is gone.
pub fn begin(session: &Session, id: &str) -> Result<(), Error> {
    session.renew();
    session.clear();
    session.insert(BEGUN, id).map_err(|_| Error::Internal)
}

fn with_cookie<S: SessionStore>(store: S, keys: &Keys, config: &Config) -> SessionMiddleware<S> {
    SessionMiddleware::builder(store, Key::derive_from(&keys.cookie))
        .cookie_name(cookie_name(config).to_owned())
        .cookie_secure(config.is_https())
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_path("/".to_owned())
        .cookie_content_security(CookieContentSecurity::Private)
        .build()
}

impl SessionStore for DeskSessions {
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let key = key.as_ref();
        if let Some(text) = key.strip_prefix(VISITOR) {
            return Ok(unpack(text, self.desk.clock.now()));
        }
        match sessions::open(&self.desk, key).await {
            Ok(None) => Ok(None),
            Ok(Some(session)) => {
                let mut state: State = serde_json::from_str(&session.state)
                    .map_err(|error| LoadError::Deserialization(anyhow::Error::new(error)))?;
                let reader = serde_json::to_string(&session).expect("texts and integers are JSON");
                state.insert(READER.into(), reader);
                Ok(Some(state))
            }
            Err(_) => Ok(Some(HashMap::from([(UNAVAILABLE.to_owned(), "1".to_owned())]))),
        }
    }

    async fn save(&self, state: State, _: &Duration) -> Result<SessionKey, SaveError> {
        let begun = state.get(BEGUN).and_then(|id| serde_json::from_str::<String>(id).ok());
        let key = begun.unwrap_or_else(|| self.visitor_key(&state));
        key.try_into().map_err(|error| SaveError::Serialization(anyhow::Error::new(error)))
    }

    async fn update(&self, key: SessionKey, state: State, _: &Duration) -> Result<SessionKey, UpdateError> {
        if key.as_ref().starts_with(VISITOR) {
            let key = self.visitor_key(&state).try_into();
            return key.map_err(|error| UpdateError::Serialization(anyhow::Error::new(error)));
        }
        // What was answered stands; a notice that cannot be kept is a smaller loss than the answer.
        if !state.contains_key(UNAVAILABLE)
            && let Err(error) = sessions::keep(&self.desk, key.as_ref(), &kept(state)).await
        {
            tracing::warn!(%error, "a session could not be kept");
        }
        Ok(key)
    }

    async fn update_ttl(&self, _: &SessionKey, _: &Duration) -> Result<(), anyhow::Error> {
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        if !key.as_ref().starts_with(VISITOR)
            && let Err(error) = sessions::discard(&self.desk, key.as_ref()).await
        {
            tracing::warn!(%error, "a session could not be deleted");
        }
        Ok(())
    }
}

impl DeskSessions {
    fn visitor_key(&self, state: &State) -> String {
        let packed = serde_json::to_vec(&(self.desk.clock.now(), kept(state.clone()))).expect("texts are JSON");
        format!("{VISITOR}{}", URL_SAFE_NO_PAD.encode(packed))
    }
}

fn kept(mut state: State) -> State {
    state.retain(|name, _| ![READER, UNAVAILABLE, BEGUN].contains(&name.as_str()));
    state
}

/// A visitor's state, while it is good.
fn unpack(text: &str, now: i64) -> Option<State> {
    let packed = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (made_at, state): (i64, State) = serde_json::from_slice(&packed).ok()?;
    (now - made_at < VISITOR_LIFETIME).then(|| kept(state))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::SET_COOKIE;
    use actix_web::{App, HttpResponse, test as server, web};
    use clap::Parser;

    use super::*;
    use crate::config::ServeArgs;

    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        serve: ServeArgs,
    }

    struct OneKey;

    impl SessionStore for OneKey {
        async fn load(&self, _: &SessionKey) -> Result<Option<State>, LoadError> {
            Ok(None)
        }
        async fn save(&self, _: State, _: &Duration) -> Result<SessionKey, SaveError> {
            Ok("the secret id".to_owned().try_into().unwrap())
        }
        async fn update(&self, key: SessionKey, _: State, _: &Duration) -> Result<SessionKey, UpdateError> {
            Ok(key)
        }
        async fn update_ttl(&self, _: &SessionKey, _: &Duration) -> Result<(), anyhow::Error> {
            Ok(())
        }
        async fn delete(&self, _: &SessionKey) -> Result<(), anyhow::Error> {
            Ok(())
        }
    }

    /// The `Set-Cookie` line of a desk started with these arguments.
    async fn cookie(arguments: &[&str]) -> String {
        let arguments = std::iter::once("paydesk").chain(arguments.iter().copied());
        let config = Arguments::parse_from(arguments).serve.config().unwrap();
        let remember = |session: Session| async move {
            session.insert(CSRF, "t").unwrap();
            HttpResponse::Ok().finish()
        };
        let app =
            App::new().wrap(with_cookie(OneKey, &Keys::derive(&[7; 32]), &config)).route("/", web::get().to(remember));
        let app = server::init_service(app).await;
        let response = server::call_service(&app, server::TestRequest::default().to_request()).await;
        response.headers().get(SET_COOKIE).unwrap().to_str().unwrap().to_owned()
    }

    #[actix_web::test]
    async fn the_cookie_is_locked_to_the_host_over_tls_and_never_readable() {
        let over_tls = cookie(&["--public-url", "https://desk.example.com"]).await;
        assert!(over_tls.starts_with("__Host-paydesk="), "{over_tls}");
        let on_loopback = cookie(&[]).await;
        assert!(on_loopback.starts_with("paydesk="), "{on_loopback}");
        let attributes = |cookie: &str| {
            let mut parts: Vec<_> = cookie.split("; ").skip(1).map(str::to_owned).collect();
            parts.sort();
            parts
        };
        assert_eq!(attributes(&over_tls), ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]);
        assert_eq!(attributes(&on_loopback), ["HttpOnly", "Path=/", "SameSite=Lax"]);
        assert!(!over_tls.contains("secret"));
    }

    #[test]
    fn visitors_never_become_readers_by_their_own_state() {
        let state: State = [(READER, "{}"), (BEGUN, "\"x\""), (CSRF, "\"t\"")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let packed = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&(0, state)).unwrap());
        let state = unpack(&packed, VISITOR_LIFETIME - 1).unwrap();
        assert_eq!(state.keys().collect::<Vec<_>>(), [CSRF]);
        assert!(unpack(&packed, VISITOR_LIFETIME).is_none());
        assert!(unpack("nonsense", 0).is_none());
    }
}
