//! The least a list page can cost: a bare handler that reads the page's rows by C and answers them as text.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, web};

use crate::raw::Page;

pub struct Reference {
    pub address: SocketAddr,
    handle: ServerHandle,
}

impl Reference {
    /// Serves in this process, with as many workers as the desk has here.
    pub fn start(database: &Path) -> Reference {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let database = database.to_owned();
        let server = HttpServer::new(move || {
            let page = web::Data::new(Page::open(&database));
            App::new().app_data(page).route("/", web::get().to(async |page: web::Data<Page>| page.read()))
        })
        .workers(2)
        .listen(listener)
        .expect("a server")
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Reference { address, handle }
    }

    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}
