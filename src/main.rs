//! The commands of `paydesk`.

use std::process::ExitCode;

use clap::Parser;
use paydesk::commands::{Cli, run};

#[tokio::main]
async fn main() -> ExitCode {
    give_back_large_blocks();
    match run(Cli::parse()).await {
        Ok(code) => code,
        Err(message) => {
            eprintln!("paydesk: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Lets the system have very large blocks back as soon as they are free, and keeps smaller ones at hand.
///
/// Left alone, glibc keeps all once one was freed: each thread that ever hashed a password holds argon2's 19 MB. Sets
/// of units travel as JSON of about a megabyte, and a block that was given back costs a page fault for each 4 kB.
fn give_back_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: mallopt takes integers and no other thread is busy allocating when the program starts.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 8 << 20);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 8 << 20);
    }
}
