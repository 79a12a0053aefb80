//! A real browser: Chromium, led by its driver, with scripts or without.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::LoggingPrefsLogLevel;
use thirtyfour::cdp::domains::emulation::{MediaFeature, SetDeviceMetricsOverride, SetEmulatedMedia};
use thirtyfour::common::capabilities::chromium::ChromiumLikeCapabilities;
use thirtyfour::prelude::*;

use super::app::PASSWORD;

/// A browser with one window, and the desk that it opens.
pub struct Browser {
    pub driver: WebDriver,
    base_url: String,
    process: Driver,
}

/// The process that leads browsers; they end with it.
struct Driver {
    child: Child,
    port: u16,
    /// The browser's profile.
    profile: TempDir,
}

/// How long something on a page may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

impl Browser {
    /// Opens a browser that runs scripts.
    pub async fn open(base_url: &str) -> Browser {
        Browser::with(base_url, true).await
    }

    /// Opens a browser whose owner has turned scripts off.
    pub async fn open_without_scripts(base_url: &str) -> Browser {
        Browser::with(base_url, false).await
    }

    async fn with(base_url: &str, scripts: bool) -> Browser {
        let process = Driver::start();
        let mut wanted = DesiredCapabilities::chrome();
        let profile = format!("--user-data-dir={}", process.profile.path().display());
        for argument in [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1440,900",
            &profile,
        ] {
            wanted.add_arg(argument).expect("an argument");
        }
        wanted.set_browser_log_level(LoggingPrefsLogLevel::Severe).expect("a level");
        if !scripts {
            let blocked = json!({ "profile.managed_default_content_settings.javascript": 2 });
            wanted.add_experimental_option("prefs", blocked).expect("a preference");
        }
        let address = format!("http://127.0.0.1:{}", process.port);
        let driver = WebDriver::new(&address, wanted).await.expect("Chromium and its driver");
        Browser { driver, base_url: base_url.to_owned(), process }
    }

    /// Closes the browser and its driver.
    pub async fn close(self) {
        self.driver.quit().await.expect("the browser ends");
        drop(self.process);
    }

    /// Opens a page of the desk.
    pub async fn go(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.base_url)).await.expect("a page");
    }

    /// Where the browser is: path and query.
    pub async fn path(&self) -> String {
        let url = self.driver.current_url().await.expect("an address");
        match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        }
    }

    pub async fn title(&self) -> String {
        self.driver.title().await.expect("a title")
    }

    /// What the page's main part says, as it is seen.
    pub async fn main(&self) -> String {
        self.text("main").await
    }

    /// What an element says, as it is seen.
    pub async fn text(&self, css: &str) -> String {
        let began = Instant::now();
        loop {
            match self.find(css).await.text().await {
                Ok(text) => return text.replace('\u{a0}', " "),
                // The page gave way to the next one between finding and reading.
                Err(error) => assert!(began.elapsed() < PATIENCE, "{css} cannot be read: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the main part says this: for a form whose answer has the form's own address.
    pub async fn until_says(&self, words: &str) {
        let began = Instant::now();
        while !self.main().await.contains(words) {
            assert!(began.elapsed() < PATIENCE, "nobody says “{words}”\n{}", self.main().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Whether pages can run scripts of their own.
    pub async fn runs_scripts(&self) -> bool {
        let page = "data:text/html,<title>off</title><script>document.title='on'</script>";
        self.driver.goto(page).await.expect("a page");
        self.title().await == "on"
    }

    /// The one element that is meant; waits a little for it.
    pub async fn find(&self, css: &str) -> WebElement {
        let began = Instant::now();
        loop {
            match self.driver.find(By::Css(css)).await {
                Ok(element) => return element,
                Err(error) if began.elapsed() > PATIENCE => {
                    panic!("{css} is not on {}: {error}", self.path().await)
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    pub async fn count(&self, css: &str) -> usize {
        self.driver.find_all(By::Css(css)).await.expect("elements").len()
    }

    /// Whether the element is there and seen.
    pub async fn shows(&self, css: &str) -> bool {
        match self.driver.find(By::Css(css)).await {
            Ok(element) => element.is_displayed().await.unwrap_or(false),
            Err(_) => false,
        }
    }

    /// Clicks the element, which stays on this page.
    pub async fn click(&self, css: &str) {
        self.find(css).await.click().await.unwrap_or_else(|error| panic!("{css} cannot be clicked: {error}"));
    }

    /// Clicks the first link or button inside `within` whose words are these.
    pub async fn press(&self, within: &str, words: &str) {
        let began = Instant::now();
        loop {
            for element in self.driver.find_all(By::Css(format!("{within} a, {within} button"))).await.expect("some") {
                let seen = element.text().await.unwrap_or_default();
                if seen.split_whitespace().eq(words.split_whitespace()) && element.is_displayed().await.unwrap_or(false)
                {
                    return element.click().await.unwrap_or_else(|error| panic!("{words}: {error}"));
                }
            }
            let here = self.path().await;
            assert!(began.elapsed() < PATIENCE, "{within} of {here} has no “{words}”\n{}", self.main().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Types into an empty field.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.expect("an empty field");
        field.send_keys(text).await.expect("a field to type into");
    }

    /// Chooses from a list by the value.
    pub async fn choose(&self, css: &str, value: &str) {
        let list = self.find(css).await;
        let option = list.find(By::Css(format!("option[value='{value}']"))).await;
        let option = option.unwrap_or_else(|_| panic!("{css} does not offer {value}"));
        option.click().await.expect("a choice");
    }

    /// Sends keys to whatever has the focus.
    pub async fn keys(&self, keys: impl Into<TypingData>) {
        let focused = self.driver.active_element().await.expect("an element in focus");
        focused.send_keys(keys).await.expect("keys");
    }

    /// The words of the element that has the focus.
    pub async fn focused(&self) -> String {
        let focused = self.driver.active_element().await.expect("an element in focus");
        focused.text().await.expect("words")
    }

    /// Waits until the path starts like this.
    pub async fn until(&self, path: &str) {
        let began = Instant::now();
        while !self.path().await.starts_with(path) {
            let main = self.main().await;
            assert!(began.elapsed() < PATIENCE, "at {} and not at {path}\n{main}", self.path().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits for a page that says that something was wrong with the form.
    pub async fn until_refused(&self) {
        let began = Instant::now();
        while !self.title().await.starts_with("Error: ") {
            assert!(began.elapsed() < PATIENCE, "“{}” is no refusal\n{}", self.title().await, self.main().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub async fn sign_in(&self, email: &str) {
        self.sign_in_with(email, PASSWORD).await;
    }

    pub async fn sign_in_with(&self, email: &str, password: &str) {
        self.driver.delete_all_cookies().await.expect("no cookies");
        self.go("/sign-in").await;
        self.fill("#email", email).await;
        self.fill("#password", password).await;
        self.press("main", "Sign in").await;
        self.find(".side, .topbar").await;
        assert_eq!(self.path().await, "/");
    }

    /// Runs a script and answers what it returns.
    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.driver.execute(script, arguments).await.expect("a script").json().clone()
    }

    /// Waits for a script that answers later, through its last argument.
    pub async fn later(&self, script: &str) -> Value {
        self.driver.execute_async(script, Vec::new()).await.expect("a script").json().clone()
    }

    /// What the browser complained about since it was asked last, such as scripts that failed or were refused. Pages
    /// that are meant to be answered with an error are no complaint.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.driver.browser_log().await.expect("the browser's log");
        let severe = log.into_iter().filter(|entry| entry.level == "SEVERE").map(|entry| entry.message);
        severe.filter(|message| !message.contains("the server responded with a status of 4")).collect()
    }

    /// Looks at pages as on a screen of this width, in CSS pixels.
    pub async fn width(&self, width: u32) {
        let size = SetDeviceMetricsOverride {
            width,
            height: 900,
            device_scale_factor: 1.0,
            mobile: false,
            scale: None,
            screen_orientation: None,
        };
        self.driver.cdp().send(size).await.expect("another width");
    }

    /// Tells pages which theme the system prefers: `light` or `dark`. Things that move stand still.
    pub async fn theme(&self, theme: &str) {
        let feature = |name: &str, value: &str| MediaFeature { name: name.into(), value: value.into() };
        let features = vec![feature("prefers-color-scheme", theme), feature("prefers-reduced-motion", "reduce")];
        let media = SetEmulatedMedia { media: None, features: Some(features) };
        self.driver.cdp().send(media).await.expect("another theme");
    }
}

impl Driver {
    /// Starts the driver on a port of its own choice.
    fn start() -> Driver {
        let profile = tempfile::tempdir().expect("a temporary directory");
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver (Debian package chromium-driver)");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let port = loop {
            let line = lines.next().expect("chromedriver says its port").expect("text");
            if let Some((_, port)) = line.split_once("successfully on port ") {
                break port.trim_end_matches('.').parse().expect("a port");
            }
        };
        // It says more later, and must not wait for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Driver { child, port, profile }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
