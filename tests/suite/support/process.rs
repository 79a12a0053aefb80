//! The built program as a process of its own, with its data in a directory that goes when the test ends.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use paydesk::store::Location;
use serde_json::Value;
use tempfile::TempDir;

use super::app::free_port;

/// Where a process keeps its data, on whichever database the suite runs.
pub struct Ground {
    directory: TempDir,
    /// A schema of its own, where the suite runs on PostgreSQL.
    database_url: Option<String>,
}

/// A process that serves.
pub struct Process {
    child: Child,
    pub base_url: String,
}

/// The program that cargo built beside these tests, or another build of it.
fn binary() -> String {
    std::env::var("PAYDESK_TEST_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_paydesk").to_owned())
}

/// How long a process may take to be ready or to end, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

impl Ground {
    /// On the engine that the suite runs on.
    pub async fn new() -> Ground {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let database_url = match super::app::location(&directory).await {
            Location::Postgres(url) => Some(url),
            Location::Directory(_) => None,
        };
        Ground { directory, database_url }
    }

    /// On a file, whatever the suite runs on.
    pub fn file() -> Ground {
        Ground { directory: tempfile::tempdir().expect("a temporary directory"), database_url: None }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// For a look of the test's own into the data.
    pub fn location(&self) -> Location {
        match &self.database_url {
            Some(url) => Location::Postgres(url.clone()),
            None => Location::Directory(self.data()),
        }
    }

    /// Sign-ins, tokens and sample ids of the demo.
    pub fn credentials(&self) -> Value {
        let text = std::fs::read_to_string(self.path().join("credentials.json")).expect("the credentials file");
        serde_json::from_str(&text).expect("JSON")
    }

    /// The program with this ground's data; nothing of the test's own environment reaches it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.prepare(Command::new(binary()), arguments)
    }

    /// The same through a shell that prepares the process, for example `trap '' XFSZ`.
    pub fn command_after(&self, preparation: &str, arguments: &[&str]) -> Command {
        let mut shell = Command::new("bash");
        shell.args(["-c", &format!("{preparation}; exec \"$0\" \"$@\""), &binary()]);
        self.prepare(shell, arguments)
    }

    fn prepare(&self, mut command: Command, arguments: &[&str]) -> Command {
        command.args(arguments).env_clear().env("PATH", std::env::var("PATH").unwrap_or_default());
        // Payouts stay where they are until somebody acts on them.
        command.env("PAYDESK_SANDBOX_DELAY", "86400").env("PAYDESK_RATE_LIMIT", "0");
        command.arg("--data").arg(self.data());
        if let Some(url) = &self.database_url {
            command.env("DATABASE_URL", url);
        }
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut child =
            self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a process");
        let ended = wait(&mut child);
        let mut output = Output { status: ended, stdout: Vec::new(), stderr: Vec::new() };
        child.stdout.take().expect("piped").read_to_end(&mut output.stdout).expect("output");
        child.stderr.take().expect("piped").read_to_end(&mut output.stderr).expect("output");
        output
    }

    /// Makes the demo's data and serves it.
    pub async fn demo(&self) -> Process {
        let file = self.path().join("credentials.json");
        let _ = std::fs::remove_file(&file);
        let process = Process::start(self.command(&["demo", "--credentials", &file.to_string_lossy()])).await;
        process.until_file(&file).await;
        process
    }

    pub async fn serve(&self) -> Process {
        Process::start(self.command(&["serve"])).await
    }

    /// Fails the test unless `verify` finds everything in order.
    #[track_caller]
    pub fn verify(&self) {
        let output = self.run(&["verify"]);
        assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    }
}

impl Process {
    /// Starts it on a free port and waits until it is ready.
    pub async fn start(command: Command) -> Process {
        Process::start_logging(command, Stdio::null()).await
    }

    /// The same with its log going somewhere.
    pub async fn start_logging(mut command: Command, log: Stdio) -> Process {
        command.stdout(Stdio::null()).stderr(log);
        for _ in 0..5 {
            let listener = free_port();
            let address = listener.local_addr().expect("an address").to_string();
            drop(listener);
            let child = command.env("PAYDESK_LISTEN", &address).spawn().expect("a process");
            let mut process = Process { child, base_url: format!("http://{address}") };
            if process.is_ready().await {
                return process;
            }
            // Another test took the port between finding it and using it.
        }
        panic!("the process ended each time before it was ready");
    }

    /// Waits until it is ready; false when it ended instead.
    async fn is_ready(&mut self) -> bool {
        let began = Instant::now();
        while self.status("/readyz").await != Some(200) || self.child.try_wait().expect("its state").is_some() {
            if self.child.try_wait().expect("its state").is_some() {
                return false;
            }
            assert!(began.elapsed() < PATIENCE, "it was never ready");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        true
    }

    /// Waits until an address answers like this.
    pub async fn until_answers(&self, path: &str, status: u16) {
        let began = Instant::now();
        while self.status(path).await != Some(status) {
            assert!(began.elapsed() < PATIENCE, "{path} never answered {status}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The status that an address answers, or nothing when nobody answers.
    pub async fn status(&self, path: &str) -> Option<u16> {
        let answer = reqwest::get(format!("{}{path}", self.base_url)).await;
        answer.ok().map(|answer| answer.status().as_u16())
    }

    /// Waits until it has written a file.
    pub async fn until_file(&self, file: &Path) {
        self.until("a file", || file.exists()).await;
    }

    async fn until(&self, what: &str, reached: impl Fn() -> bool) {
        let began = Instant::now();
        while !reached() {
            assert!(began.elapsed() < PATIENCE, "waited too long for {what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub fn id(&self) -> String {
        self.child.id().to_string()
    }

    /// Stops it in the middle of whatever it does, as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("its end");
    }

    /// Asks it to stop.
    pub fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.id()]).status().expect("kill");
        assert!(sent.success());
    }

    /// Waits for its end.
    pub fn ended(mut self) -> ExitStatus {
        wait(&mut self.child)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn wait(child: &mut Child) -> ExitStatus {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("its state") {
            return status;
        }
        if began.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("the process did not end");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
