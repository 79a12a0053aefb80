//! Static files: inside the binary, compressed once, with their content's hash in the address so that browsers keep
//! them for ever.

use std::collections::HashMap;
use std::io::Write;
use std::sync::OnceLock;

use actix_web::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::domain::audit::hex;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

struct Asset {
    plain: Bytes,
    gzip: Bytes,
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
    let accepts = request.headers().get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, asset.content_type))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((VARY, "accept-encoding"));
    if accepts.split(',').any(|coding| coding.trim().starts_with("gzip")) {
        response.insert_header((CONTENT_ENCODING, "gzip")).body(asset.gzip.clone())
    } else {
        response.body(asset.plain.clone())
    }
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
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let gzip = encoder.write_all(&data).and_then(|()| encoder.finish()).expect("writing to memory");
    let content_type = match path.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    Asset { plain: data.into(), gzip: gzip.into(), content_type, url: format!("/static/{hash}/{path}") }
}
