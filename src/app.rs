//! Builds the desk and its server, for `serve`, `demo` and tests alike.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web as actix};
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::config::Config;
use crate::keys::Keys;
use crate::messenger::Messenger;
use crate::rails::Rails;
use crate::rails::sandbox::Sandbox;
use crate::service::Desk;
use crate::service::access::Access;
use crate::service::webhooks::render::Renderers;
use crate::store::{Location, Store, StoreError};
use crate::{api, docs, http, web};

/// How long SIGTERM waits for requests that are running, in seconds.
const GRACE: u64 = 20;

/// Opens the database and puts the desk together.
pub async fn desk(location: &Location, config: Config, keys: Keys, clock: Clock) -> Result<Desk, StoreError> {
    let store = Store::open(location, clock.clone(), config.write_group).await?;
    Ok(with_store(store, config, keys, clock))
}

/// The desk over a store that is open already.
pub fn with_store(store: Store, config: Config, keys: Keys, clock: Clock) -> Desk {
    let rails = Rails { sandbox: Sandbox { step: config.sandbox_step } };
    let messenger = Messenger::new(&config);
    Desk {
        store,
        clock,
        config: Arc::new(config),
        keys: Arc::new(keys),
        rails,
        messenger,
        renderers: Arc::new(renderers()),
        access: Arc::new(Access::default()),
        wake: Arc::new(Notify::new()),
        batches: Arc::new(Notify::new()),
        answered: Arc::new(Notify::new()),
    }
}

/// One for each dialect that webhooks can speak.
fn renderers() -> Renderers {
    Renderers::new(vec![
        Arc::new(api::v1::webhooks::Words),
        Arc::new(api::revolut::words::Words),
        Arc::new(api::razorpay::webhooks::Words),
        Arc::new(api::masspay::webhooks::Words),
    ])
}

/// The server for pages and APIs on a socket that is bound already. Stops on SIGTERM and SIGINT, gracefully.
pub fn server(desk: &Desk, listener: TcpListener, workers: usize) -> std::io::Result<Server> {
    let desk = desk.clone();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(actix::Data::new(desk.clone()))
            .configure(http::health::routes)
            .configure(api::routes)
            .configure(docs::routes)
            .configure(|config| web::routes(config, &desk))
            .wrap(from_fn(http::head::answer))
            .wrap(from_fn(http::headers::add))
            .wrap(from_fn(http::request_id::trace))
    });
    Ok(server.workers(workers).shutdown_timeout(GRACE).listen(listener)?.run())
}
