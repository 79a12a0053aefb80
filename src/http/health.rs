//! For whoever watches the desk: alive, ready, and its figures.

use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, web};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;

use crate::service::{Desk, health};

pub fn routes(config: &mut web::ServiceConfig) {
    // Resources, not bare routes: those would leave other methods to the pages, which know nothing here.
    config
        .service(web::resource("/healthz").route(web::get().to(alive)))
        .service(web::resource("/readyz").route(web::get().to(ready)))
        .service(web::resource("/metrics").route(web::get().to(figures)));
}

/// Starts recording; called once, before anything is measured. A second call does nothing.
pub fn record() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new()
            .set_buckets(&[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 128.0]);
        let recorder = builder.expect("buckets are given").build_recorder();
        let handle = recorder.handle();
        // A process that records already (tests run many desks in one) keeps its recorder.
        let _ = metrics::set_global_recorder(recorder);
        handle
    })
}

/// The process answers.
async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// The database works.
async fn ready(desk: web::Data<Desk>) -> HttpResponse {
    if health::works(&desk).await {
        HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ready\n")
    } else {
        HttpResponse::ServiceUnavailable()
            .insert_header((RETRY_AFTER, "5"))
            .content_type("text/plain; charset=utf-8")
            .body("the database cannot be used\n")
    }
}

async fn figures() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(record().render())
}
