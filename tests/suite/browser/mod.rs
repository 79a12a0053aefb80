//! The pages in a real browser, with scripts and without. `tests/run` runs these; they need Chromium and its driver.

mod approve;
mod cancel;
mod keyboard;
mod links;
mod pages;
mod recipient;
mod reverse;
mod selection;
mod session;

use std::time::Duration;

use paydesk::clock::Clock;
use paydesk::jobs;
use tokio::task::JoinHandle;

use crate::support::app::{SECOND, TestApp};
use crate::support::browser::Browser;

/// Opens a browser at the desk, signed in. The desk's clock is set to the browser's.
async fn open(app: &TestApp, scripts: bool, email: &str) -> Browser {
    app.test.clock.advance(Clock::Real.now() - app.test.clock.now());
    let browser = match scripts {
        true => Browser::open(&app.base_url).await,
        false => Browser::open_without_scripts(&app.base_url).await,
    };
    assert_eq!(browser.runs_scripts().await, scripts);
    browser.sign_in(email).await;
    browser
}

/// Lets the jobs work until the handle is dropped; each look finds the clock a second later.
fn jobs(app: &TestApp) -> Working {
    let (desk, clock) = (app.test.desk.clone(), app.test.clock.clone());
    Working(tokio::spawn(async move {
        loop {
            clock.advance(SECOND);
            jobs::look(&desk).await.expect("jobs");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }))
}

struct Working(JoinHandle<()>);

impl Drop for Working {
    fn drop(&mut self) {
        self.0.abort();
    }
}
