//! The commands of `paydesk`.

use std::process::ExitCode;

use clap::Parser;
use paydesk::commands::{Cli, run};

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(code) => code,
        Err(message) => {
            eprintln!("paydesk: {message}");
            ExitCode::FAILURE
        }
    }
}
