//! A person with a browser that runs no script: cookies, forms, and redirects that are looked at.

use std::sync::Mutex;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder};

use super::api::{Answer, send};
use super::app::{PASSWORD, TestApp};

/// Somebody in front of the pages, signed in or not.
pub struct Person {
    client: Client,
    base_url: String,
    cookies: Mutex<Vec<Cookie>>,
}

/// A cookie as an answer set it.
#[derive(Clone)]
struct Cookie {
    name: String,
    /// `name=value`.
    pair: String,
    path: String,
}

impl TestApp {
    /// Somebody who is not signed in.
    pub fn visitor(&self) -> Person {
        let client = Client::builder().redirect(Policy::none()).build().expect("a client");
        Person { client, base_url: self.base_url.clone(), cookies: Mutex::default() }
    }

    /// A member of staff who has signed in.
    pub async fn person(&self, email: &str) -> Person {
        let person = self.visitor();
        let answer = person.sign_in(email, PASSWORD).await;
        assert_eq!((answer.status, answer.location()), (303, "/"), "{}", answer.text);
        person
    }
}

impl Person {
    /// A request with the cookies of its path, which starts with a slash.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.client.request(method, format!("{}{path}", self.base_url));
        let below = |own: &str| {
            own == "/" || path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        };
        let cookies = self.cookies.lock().expect("no panic");
        let pairs: Vec<_> = cookies.iter().filter(|cookie| below(&cookie.path)).map(|c| c.pair.as_str()).collect();
        if pairs.is_empty() { request } else { request.header(COOKIE, pairs.join("; ")) }
    }

    /// Sends a request and keeps the cookies that come back.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let answer = send(request).await;
        for set in answer.headers.get_all(SET_COOKIE) {
            let set = set.to_str().expect("ASCII");
            let pair = set.split(';').next().expect("a cookie").to_owned();
            let name = pair.split('=').next().expect("a name").to_owned();
            let path = set.split("; ").find_map(|part| part.strip_prefix("Path=")).unwrap_or("/").to_owned();
            let mut cookies = self.cookies.lock().expect("no panic");
            cookies.retain(|cookie| cookie.name != name || cookie.path != path);
            if !pair.ends_with('=') {
                cookies.push(Cookie { name, pair, path });
            }
        }
        answer
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path)).await
    }

    /// Sends a form with the session's token.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token().await;
        let fields: Vec<_> = fields.iter().copied().chain([("csrf", token.as_str())]).collect();
        self.post_only(path, &fields).await
    }

    /// Sends a form of a recipient's page, with the token that the link's page gave this browser.
    pub async fn post_link(&self, link: &str, below: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.get(&format!("{link}/refusal")).await;
        let page = if page.status == 200 { page } else { self.get(link).await };
        let token = page.field("csrf").unwrap_or_default();
        let fields: Vec<_> = fields.iter().copied().chain([("csrf", token.as_str())]).collect();
        self.post_only(&format!("{link}{below}"), &fields).await
    }

    /// Sends a form exactly as given, without a token.
    pub async fn post_only(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.request("POST", path).form(fields)).await
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> Answer {
        self.post("/sign-in", &[("email", email), ("password", password)]).await
    }

    /// The token that this person's forms carry.
    pub async fn token(&self) -> String {
        for page in ["/session", "/sign-in"] {
            let answer = self.get(page).await;
            if let Some(token) = answer.field("csrf") {
                return token;
            }
        }
        panic!("no form has a token");
    }

    /// `name=value` of the session's cookie.
    pub fn cookie(&self) -> Option<String> {
        let cookies = self.cookies.lock().expect("no panic");
        cookies.iter().find(|cookie| cookie.path == "/").map(|cookie| cookie.pair.clone())
    }

    /// The same browser in other hands: a copy of its cookies as they are now.
    pub fn copy(&self) -> Person {
        Person {
            client: self.client.clone(),
            base_url: self.base_url.clone(),
            cookies: Mutex::new(self.cookies.lock().expect("no panic").clone()),
        }
    }

    /// Whether pages open for this person.
    pub async fn is_signed_in(&self) -> bool {
        let answer = self.get("/settings/profile").await;
        assert!(answer.status == 200 || answer.is_door(), "{}", answer.status);
        answer.status == 200
    }
}

impl Answer {
    pub fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    /// Whether it sends the reader to sign in.
    pub fn is_door(&self) -> bool {
        self.status == 303 && self.location().starts_with("/sign-in") && !self.location().contains("sign-out")
    }

    /// The value of the first field with this name on the page.
    pub fn field(&self, name: &str) -> Option<String> {
        let page = scraper::Html::parse_document(&self.text);
        let field = scraper::Selector::parse(&format!("input[name=\"{name}\"]")).expect("a selector");
        page.select(&field).next().and_then(|field| field.value().attr("value")).map(str::to_owned)
    }

    /// What the page says, without its frame and tags.
    pub fn main(&self) -> String {
        let page = scraper::Html::parse_document(&self.text);
        let main = scraper::Selector::parse("main").expect("a selector");
        let words = page.select(&main).flat_map(|main| main.text()).flat_map(str::split_whitespace);
        words.collect::<Vec<_>>().join(" ")
    }
}
