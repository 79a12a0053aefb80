//! Every page against axe, in both themes, wide and narrow; and none of them scrolls sideways or logs an error.

use std::time::Duration;

use paydesk::api::openapi::document;
use serde_json::{Value, json};

use crate::access::table::PAGES;
use crate::support::app::{TestApp, spawn};
use crate::support::browser::Browser;
use crate::support::process::Ground;

/// Not pages.
const OTHER: &[&str] = &[
    "/batches/{id}/events",
    "/batches/{id}/results.csv",
    "/cases/{id}/evidence/{evidence}",
    "/manual/takings.csv",
    "/payouts/export.csv",
    "/payout-links/export.csv",
    "/wallets/{number}/statement.csv",
    "/static/{hash}/{path}",
    "/api/openapi.json",
    "/healthz",
    "/readyz",
    "/metrics",
    "/setup/{token}",
];

/// What begins the addresses of recipients' pages, which `recipient` walks through.
const RECIPIENTS: &str = "/l/";

/// Where a payee with several accounts is found.
const OKAFOR: &str = "/payees?q=okafor";

/// Looks at one page after the other.
pub(super) struct Eye {
    pub browser: Browser,
    axe: String,
    found: Vec<String>,
}

#[ignore = "needs Chromium and axe-core: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn every_page_passes_axe() {
    let ground = Ground::file();
    let process = ground.demo().await;
    let demo = ground.credentials();
    let mut eye = Eye::open_at(&process.base_url).await;

    eye.open("/sign-in").await;
    eye.open("/no/such/page").await;
    eye.browser.press("main, body", "Sign in").await;
    eye.look("the way to sign in").await;
    eye.browser.go("/sign-in").await;
    eye.browser.press("body", "Sign in").await;
    eye.look("an empty sign-in").await;
    sign_in(&eye.browser, &demo, "admin").await;
    let mut paths = Vec::new();
    for (method, pattern, answers) in PAGES {
        if *method == "GET" && answers[4] == 200 && !OTHER.contains(pattern) && !pattern.starts_with(RECIPIENTS) {
            let filled = filled(&eye.browser, &demo, pattern).await;
            assert!(!filled.is_empty(), "no page for {pattern}");
            paths.extend(filled);
        }
    }
    for path in paths {
        eye.open(&path).await;
    }
    eye.steps(&demo).await;
    sign_in(&eye.browser, &demo, "viewer").await;
    eye.open("/payouts/new").await;
    eye.open("/payouts").await;
    eye.open(&format!("/payouts/{}", sample(&demo, "created"))).await;
    eye.browser.close().await;
    process.kill();
    assert!(eye.found.is_empty(), "{} findings\n{}", eye.found.len(), eye.found.join("\n"));
}

#[ignore = "needs Chromium and axe-core: tests/run runs it"]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_on_a_page_is_found() {
    let app = spawn().await;
    let mut eye = Eye::open_at(&app.base_url).await;
    eye.browser.go("/sign-in").await;
    let spoil = "document.body.insertAdjacentHTML('beforeend', '<img src=\"/none.png\"><p id=\"p\">Pale</p>'); \
                 Object.assign(document.getElementById('p').style, { color: '#888', minWidth: '400px' }); \
                 console.error('wrong');";
    eye.browser.script(spoil, Vec::new()).await;
    eye.look("a spoiled page").await;
    let found = eye.found.join("\n");
    for rule in ["light, 1440 px: image-alt", "dark, 390 px: image-alt", "scrolls", "color-contrast"] {
        assert!(found.contains(rule), "{rule} is missing in\n{found}");
    }
    assert!(!eye.browser.complaints().await.is_empty());
    eye.browser.close().await;
}

impl Eye {
    pub async fn open_at(base_url: &str) -> Eye {
        let axe = std::env::var("PAYDESK_AXE").expect("PAYDESK_AXE is the path of axe.min.js, as tests/run sets it");
        let axe = std::fs::read_to_string(&axe).unwrap_or_else(|error| panic!("{axe}: {error}"));
        Eye { browser: Browser::open(base_url).await, axe, found: Vec::new() }
    }

    pub async fn open(&mut self, path: &str) {
        self.browser.go(path).await;
        self.look(path).await;
        for complaint in self.browser.complaints().await {
            self.found.push(format!("{path}: {complaint}"));
        }
    }

    /// Looks at what is shown now, whatever led to it.
    pub async fn look(&mut self, what: &str) {
        self.browser.script(&self.axe.clone(), Vec::new()).await;
        let mut colours = Vec::new();
        for theme in ["light", "dark"] {
            self.browser.theme(theme).await;
            let colour = "return getComputedStyle(document.body).color";
            colours.push(self.browser.script(colour, Vec::new()).await);
            for width in [1440, 390] {
                self.browser.width(width).await;
                self.axe(&format!("{what}, {theme}, {width} px")).await;
            }
        }
        assert_ne!(colours[0], colours[1], "{what} looks the same in both themes");
        self.browser.width(320).await;
        let sideways = "return document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth";
        let sideways = self.browser.script(sideways, Vec::new()).await;
        if sideways != 0 {
            self.found.push(format!("{what}: scrolls {sideways} px sideways at 320 px"));
        }
        self.browser.width(1440).await;
        self.browser.theme("light").await;
    }

    /// Closes the browser; fails the test if anything was found, or the money does not add up.
    pub async fn close(self, app: &TestApp) {
        self.browser.close().await;
        assert!(self.found.is_empty(), "{} findings\n{}", self.found.len(), self.found.join("\n"));
        app.test.verify().await;
    }

    async fn axe(&mut self, what: &str) {
        // A click that was still leading to this page takes what was loaded before it along.
        if self.browser.script("return typeof axe === 'undefined'", Vec::new()).await == true {
            self.browser.script(&self.axe.clone(), Vec::new()).await;
        }
        let run = "const done = arguments[arguments.length - 1]; \
                   axe.run(document).then( \
                   found => done([found.passes.length, found.violations.map(v => v.id + ': ' + v.help + ' | ' + \
                   v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' ' + (n.any[0]?.message ?? '')).join(' | '))]), \
                   error => done([0, ['axe failed: ' + error]]));";
        let answer = self.browser.later(run).await;
        assert!(answer[0].as_u64() > Some(5), "axe looked at nothing of {what}: {answer}");
        for finding in answer[1].as_array().expect("findings") {
            self.found.push(format!("{what}: {}", finding.as_str().expect("text")));
        }
    }

    /// What only comes after a click or a form.
    async fn steps(&mut self, demo: &Value) {
        let issued =
            first_link(&self.browser, "/payout-links?status=issued", "main a[href^='/payout-links/lnk_']").await;
        let created = format!("/payouts/{}", sample(demo, "created"));
        let completed = format!("/payouts/{}", sample(demo, "completed"));
        let waiting = first_link(&self.browser, "/approvals", "main a[href$='/approval']").await;
        for (path, act, dialog) in [
            (&issued, "cancel", "dialog#cancel-dialog"),
            (&created, "cancel", "dialog#cancel-dialog"),
            (&completed, "reverse", "dialog#reverse-dialog"),
        ] {
            self.browser.go(path).await;
            self.browser.click(&format!("main a[href='{path}/{act}']")).await;
            self.browser.find(&format!("{dialog}[open]")).await;
            self.look(&format!("the dialog of {path}/{act}")).await;
            self.browser.go(&format!("{path}/{act}")).await;
            self.browser.click("main form.form button[type=submit]").await;
            self.look(&format!("{path}/{act}, sent empty")).await;
        }
        self.browser.choose("#reason", "No longer owed").await;
        self.browser.click("#all").await;
        self.browser.click("main form.form button[type=submit]").await;
        self.look("the plan of a reversal").await;
        self.browser.go("/payouts").await;
        self.browser.keys("?").await;
        self.browser.find("dialog#shortcuts[open]").await;
        self.look("the list of shortcuts").await;
        self.browser.go("/payouts").await;
        self.browser.script("document.querySelectorAll('details').forEach(d => d.open = true)", Vec::new()).await;
        self.look("/payouts with all menus open").await;
        self.browser.go("/payouts?status=created").await;
        self.browser.click("[data-selection-all]").await;
        self.browser.press("main", "Cancel payouts").await;
        self.look("the preview of a selection").await;
        self.browser.click("main form.form button[type=submit]").await;
        self.look("the preview of a selection, sent empty").await;
        for path in [
            "/payout-links/new",
            "/payouts/new",
            "/payees/new",
            "/settings/staff/new",
            "/settings/credentials/new",
            "/settings/webhooks/new",
            "/settings/approval-rules",
        ] {
            self.browser.go(path).await;
            self.browser.click("main form:not([role=search]) button[type=submit]").await;
            self.look(&format!("{path}, sent empty")).await;
        }
        for dialect in ["revolut", "razorpay"] {
            let path = format!("/settings/credentials/new?dialect={dialect}");
            self.browser.go(&path).await;
            self.browser.fill("#most_per_call", "1").await;
            self.browser.click("main form.form button[type=submit]").await;
            self.look(&format!("{path}, sent empty")).await;
        }
        let masspay = credential(&self.browser, "Reporting, MassPay").await;
        self.browser.go(&format!("{masspay}/rotation")).await;
        self.browser.click("main form.form button[type=submit]").await;
        self.browser.find("main .done").await;
        self.look("a new secret").await;
        let revolut = credential(&self.browser, "Reporting, Revolut").await;
        self.browser.go(&format!("{revolut}/certificate")).await;
        self.browser.fill("#certificate", "not a certificate").await;
        self.browser.click("main form.form button[type=submit]").await;
        self.look("no certificate").await;
        self.browser.go(&format!("{revolut}/code")).await;
        self.browser.click("main form.form button[type=submit]").await;
        self.browser.find("main .done").await;
        self.look("a one-time code").await;
        let payee = first_link(&self.browser, OKAFOR, "main a[href^='/payees/ben_']").await;
        self.browser.go(&format!("{payee}/accounts/new")).await;
        self.browser.press("main", "Add account").await;
        self.look("an account without details").await;
        self.browser.click("#m-uk").await;
        self.browser.press("main", "Add account").await;
        self.look("a UK account without details").await;
        self.open(&format!("/payouts/new?payee={}", payee.trim_start_matches("/payees/"))).await;
        let webhook = first_link(&self.browser, "/settings/webhooks", "main a[href^='/settings/webhooks/whk_']").await;
        for act in ["secret", "switch", "deletion"] {
            self.browser.go(&webhook).await;
            self.browser.click(&format!("main a[href='{webhook}/{act}']")).await;
            self.browser.find(&format!("dialog#{act}-dialog[open]")).await;
            self.look(&format!("the dialog of {webhook}/{act}")).await;
        }
        self.browser.go(&format!("{webhook}/secret")).await;
        self.browser.click("main form.form button[type=submit]").await;
        self.look("a new secret of a webhook").await;
        self.open(&format!("{webhook}?status=waiting")).await;
        self.browser.go(&waiting).await;
        self.browser.press("main", "Send back").await;
        self.look("sending back without a note").await;
        self.browser.fill("#note", "Not this month").await;
        self.browser.press("main", "Send back").await;
        self.browser.find("main .done").await;
        self.look("sent back").await;
        self.freeze().await;
        self.open("/payout-links?q=no-such-reference").await;
        self.open("/payout-links?amount=5").await;
        self.open("/payouts?q=no-such-reference").await;
        self.open("/payouts?from=2026-02-31").await;
    }
}

impl Eye {
    /// A drill from its beginning to the question of its lift.
    async fn freeze(&mut self) {
        for scope in ["everything", "client", "wallet", "payee", "rail", "credential"] {
            self.open(&format!("/freezes/new?scope={scope}&drill=yes")).await;
        }
        self.browser.go("/freezes/new?scope=wallet&drill=yes").await;
        self.browser.press("main", "See what it stops").await;
        self.look("a freeze of nothing").await;
        self.browser.go("/freezes/new?scope=everything&drill=yes").await;
        self.browser.fill("#reason", "A drill").await;
        self.browser.press("main", "See what it stops").await;
        self.browser.find("main button.btn-danger").await;
        self.look("what a freeze stops").await;
        self.browser.press("main", "Yes, begin the drill").await;
        self.browser.until("/freezes/frz_").await;
        self.look("a drill that has begun").await;
        let incident = self.browser.path().await;
        self.browser.press("main", "Ask for the end").await;
        self.browser.press("main", "Yes, ask for the end").await;
        self.browser.until_refused().await;
        self.look("a question without a reason").await;
        self.browser.fill("#reason", "It is over").await;
        self.browser.press("main", "Yes, ask for the end").await;
        self.browser.until_says("asks for the drill to end").await;
        self.look("a drill that is asked to be lifted").await;
        self.open(&format!("{incident}/lift")).await;
    }
}

/// The page of the credential with this name.
async fn credential(browser: &Browser, name: &str) -> String {
    browser.go("/settings/credentials").await;
    browser.press("main", name).await;
    browser.until("/settings/credentials/key_").await;
    browser.path().await
}

/// The addresses that stand for a pattern.
async fn filled(browser: &Browser, demo: &Value, pattern: &str) -> Vec<String> {
    let states = demo["samples"]["payouts"].as_object().expect("samples").keys();
    match pattern {
        "/api/docs/{dialect}" => document().dialects.iter().map(|it| format!("/api/docs/{}", it.api.name)).collect(),
        "/payouts/{id}" => states.map(|state| format!("/payouts/{}", sample(demo, state))).collect(),
        "/payout-links/{id}" => LINKS.iter().map(|state| format!("/payout-links/{}", link(demo, state))).collect(),
        "/payout-links/{id}/cancellation" => vec![pattern.replace("{id}", link(demo, "cancelled"))],
        "/payout-links/{id}/approval" => vec![pattern.replace("{id}", link(demo, "pending"))],
        "/payout-links/{id}/cancel" | "/payout-links/{id}/replacement" | "/payout-links/{id}/preview" => {
            ["issued", "pending", "expired"].iter().map(|state| pattern.replace("{id}", link(demo, state))).collect()
        }
        path if path.starts_with("/payout-links/{id}/") => vec![pattern.replace("{id}", link(demo, "issued"))],
        "/payouts/{id}/approval" => vec![pattern.replace("{id}", sample(demo, "action_required"))],
        "/payouts/{id}/cancel" => ["created", "action_required", "processing", "completed", "cancelled"]
            .iter()
            .map(|state| pattern.replace("{id}", sample(demo, state)))
            .collect(),
        "/payouts/{id}/cancellation" => vec![pattern.replace("{id}", sample(demo, "cancelled"))],
        "/payouts/{id}/reverse" => {
            ["completed", "created"].iter().map(|state| pattern.replace("{id}", sample(demo, state))).collect()
        }
        "/batches/{id}" | "/batches/{id}/stop" => {
            // The newest one waits to be started, the other one is done.
            let waits = first_link(browser, "/batches", "main tbody a[href^='/batches/bat_']").await;
            let done = first_link(browser, "/batches", "main tbody tr:last-child a[href^='/batches/bat_']").await;
            match pattern.strip_suffix("/stop") {
                Some(_) => vec![format!("{waits}/stop")],
                None => vec![waits, done],
            }
        }
        "/batches/new" => vec![pattern.to_owned(), format!("{pattern}?list=status%3Dcreated")],
        "/batches/file" => vec![pattern.to_owned(), format!("{pattern}?verb=create_links")],
        "/approvals" => ["others", "own", "all", "ended"].map(|whose| format!("{pattern}?whose={whose}")).to_vec(),
        "/approvals/{id}" => {
            vec![first_link(browser, "/approvals?whose=own", "main a[href^='/approvals/apr_']").await]
        }
        "/settings/approval-rules" => {
            vec![
                pattern.to_owned(),
                format!("{pattern}?test_verb=create&test_client=3&test_amount=x&test_currency=EUR"),
            ]
        }
        "/settings/approval-rules/{id}/end" => {
            vec![first_link(browser, "/settings/approval-rules", "main a[href^='/settings/approval-rules/rul_']").await]
        }
        "/manual" => vec![pattern.to_owned(), format!("{pattern}?part=taken"), format!("{pattern}?part=asked")],
        "/manual/{id}" => {
            let waits = first_link(browser, "/manual", "main tbody a[href^='/manual/pyt_']").await;
            vec![waits, first_link(browser, "/manual?part=taken", "main tbody a[href^='/manual/pyt_']").await]
        }
        "/cases/{id}" => vec![first_link(browser, "/cases", "main a[href^='/cases/cas_']").await],
        "/payouts/selection/result" => {
            // Only an act that was done has a result.
            browser.go("/payouts?status=created").await;
            browser.click("main input.pick").await;
            browser.press("main", "Cancel payouts").await;
            browser.until("/payouts/selection").await;
            browser.choose("#reason", "Wrong amount").await;
            browser.fill("#count", "1").await;
            browser.click("main form.form button.btn-danger").await;
            browser.until("/payouts/selection/result?").await;
            vec![browser.path().await]
        }
        "/payouts/{id}/reversals/{reversal}" => {
            vec![first_link(browser, "/reversals", "main a[href*='/reversals/rev_']").await]
        }
        "/settings/staff/{id}/password" => {
            let person = first_link(browser, "/settings/staff", "main a[href^='/settings/staff/stf_']").await;
            vec![format!("{person}/password")]
        }
        "/settings/credentials/new" => {
            let of = |dialect: &&str| format!("{pattern}?dialect={dialect}");
            ["wallet", "revolut", "razorpay", "masspay"].iter().map(of).collect()
        }
        "/settings/credentials/{id}" => {
            let mut pages = Vec::new();
            for name in ["ERP", "ERP, Revolut", "ERP, Razorpay", "ERP, MassPay"] {
                pages.push(credential(browser, name).await);
            }
            pages
        }
        "/settings/credentials/{id}/certificate" | "/settings/credentials/{id}/code" => {
            vec![pattern.replace("/settings/credentials/{id}", &credential(browser, "ERP, Revolut").await)]
        }
        "/payees/{id}" | "/payees/{id}/accounts/new" => {
            vec![pattern.replace("/payees/{id}", &first_link(browser, OKAFOR, "main a[href^='/payees/ben_']").await)]
        }
        path if path.starts_with("/payees/{id}/accounts/{account}/") => {
            let payee = first_link(browser, OKAFOR, "main a[href^='/payees/ben_']").await;
            let step = path.rsplit('/').next().unwrap_or_default();
            vec![first_link(browser, &payee, &format!("main a[href*='/accounts/acc_'][href$='/{step}']")).await]
        }
        "/settings/webhooks/{id}/deliveries/{delivery}" => {
            let webhook = first_link(browser, "/settings/webhooks", "main a[href^='/settings/webhooks/whk_']").await;
            vec![first_link(browser, &webhook, "main a[href*='/deliveries/dlv_']").await]
        }
        "/wallets/{number}/settings" | "/wallets/{number}/top-up" => vec![pattern.replace("{number}", "1")],
        "/wallets/{number}/top-ups/{entry}" => vec!["/wallets/1/top-ups/1".to_owned()],
        "/wallets/{number}" => (1..=3).map(|number| format!("/wallets/{number}")).collect(),
        _ => match pattern.split_once("/{id}") {
            Some((list, rest)) => {
                vec![first_link(browser, list, &format!("main a[href^='{list}/'][href*='_']")).await + rest]
            }
            None => {
                let pattern = pattern.replace("{number}", "1");
                assert!(!pattern.contains('{'), "say here what stands for {pattern}");
                vec![pattern]
            }
        },
    }
}

async fn first_link(browser: &Browser, page: &str, css: &str) -> String {
    browser.go(page).await;
    browser.find(css).await.attr("href").await.expect("an attribute").expect("an address")
}

fn sample<'a>(demo: &'a Value, state: &str) -> &'a str {
    demo["samples"]["payouts"][state][0].as_str().unwrap_or_else(|| panic!("no sample is {state}"))
}

/// The states that links of the demo are listed by.
const LINKS: &[&str] = &["issued", "pending", "processing", "processed", "cancelled", "rejected", "expired", "failed"];

fn link<'a>(demo: &'a Value, state: &str) -> &'a str {
    demo["samples"]["links"][state][0].as_str().unwrap_or_else(|| panic!("no sample link is {state}"))
}

async fn sign_in(browser: &Browser, demo: &Value, role: &str) {
    let users = demo["users"].as_array().expect("users");
    let user = users.iter().find(|user| user["role"] == json!(role)).expect("a user");
    let text = |name: &str| user[name].as_str().expect("text").to_owned();
    browser.sign_in_with(&text("email"), &text("password")).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
}
