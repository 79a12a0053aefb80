//! `serve`: pages, APIs and jobs, until told to stop.

use std::net::TcpListener;

use tokio::sync::watch;

use super::{keys, words};
use crate::clock::Clock;
use crate::config::{Config, DataArgs, ServeArgs};
use crate::service::{Desk, rotation, sign_in};
use crate::store::Location;
use crate::{app, http, jobs};

/// Serves what is in the data directory.
pub async fn serve(data: &DataArgs, location: &Location, args: &ServeArgs) -> Result<(), String> {
    let config = args.config()?;
    http::health::record();
    let listener = bind(&config)?;
    let desk = open(data, location, &config).await?;
    if let Some(token) = sign_in::offer_set_up(&desk).await.map_err(|error| error.to_string())? {
        println!("Nobody can sign in yet. Open this address once to make the first admin:");
        println!("{}/setup/{token}", desk.config.public_url);
    }
    println!("Paydesk serves at {}", desk.config.public_url);
    until_stopped(desk, listener, async {}).await
}

/// Opens the desk with the keys that belong to its data; a rotation that was begun is finished first.
pub async fn open(data: &DataArgs, location: &Location, config: &Config) -> Result<Desk, String> {
    let keys = keys(data)?;
    let desk = app::desk(location, config.clone(), keys, Clock::Real).await.map_err(words)?;
    rotation::settle(&desk.store, &desk.keys).await.map_err(|error| error.to_string())?;
    Ok(desk)
}

/// Binds before anything else, so that a taken port is told before the database is touched.
pub fn bind(config: &Config) -> Result<TcpListener, String> {
    TcpListener::bind(config.listen).map_err(|error| format!("cannot listen on {}: {error}", config.listen))
}

/// Runs server and jobs; `ready` happens once requests are answered. Ends after SIGTERM, when all that ran is done.
pub async fn until_stopped(desk: Desk, listener: TcpListener, ready: impl Future<Output = ()>) -> Result<(), String> {
    let workers = std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2));
    let server = app::server(&desk, listener, workers).map_err(|error| error.to_string())?;
    let (stop, stopped) = watch::channel(false);
    let jobs = tokio::spawn(jobs::run(desk.clone(), stopped));
    ready.await;
    let served = server.await.map_err(|error| error.to_string());
    let _ = stop.send(true);
    desk.wake.notify_one();
    let _ = jobs.await;
    desk.store.close().await;
    served
}
