//! Static files: inside the binary, compressed once, with their content's hash in the address so that browsers keep
//! them for ever.

use std::collections::HashMap;
use std::sync::OnceLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web;
use actix_web::{HttpRequest, HttpResponse};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::domain::audit::hex;
use crate::http::compressed::Compressed;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

struct Asset {
    body: Compressed,
    content_type: &'static str,
    url: String,
}

/// The address of a file, such as `css/base.css`.
pub fn url(path: &str) -> String {
    assets().get(path).map_or_else(|| format!("/static/missing/{path}"), |asset| asset.url.clone())
}

pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/static/{hash}/{path:.*}", web::get().to(show));
}

async fn show(request: HttpRequest, path: web::Path<(String, String)>) -> HttpResponse {
    let Some(asset) = assets().get(path.1.as_str()).filter(|asset| asset.url == request.path()) else {
        return HttpResponse::NotFound().finish();
    };
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, asset.content_type))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"));
    asset.body.answer(&request, &mut response)
}

fn assets() -> &'static HashMap<String, Asset> {
    static ASSETS: OnceLock<HashMap<String, Asset>> = OnceLock::new();
    ASSETS.get_or_init(|| {
        let files: Vec<(String, Vec<u8>)> = Files::iter()
            .filter_map(|path| Files::get(&path).map(|file| (path.into_owned(), file.data.into_owned())))
            .collect();
        // Modules import each other by name, so one hash over all files renews them together.
        let mut hash = Sha256::new();
        for (path, data) in &files {
            hash.update(path.as_bytes());
            hash.update(data);
        }
        let hash = &hex(&hash.finalize())[..16];
        files.into_iter().map(|(path, data)| (path.clone(), asset(&path, data, hash))).collect()
    })
}

fn asset(path: &str, data: Vec<u8>, hash: &str) -> Asset {
    let content_type = match path.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    Asset { body: Compressed::new(data), content_type, url: format!("/static/{hash}/{path}") }
}
