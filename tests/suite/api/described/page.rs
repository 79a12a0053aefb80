//! The pages that describe the APIs: everything of the document is on them, for everybody, without script.

use scraper::{Html, Selector};

use crate::support::api::send;
use crate::support::app::spawn;
use crate::support::described::operations;
use paydesk::api::openapi::document;
use reqwest::Client;

/// No page is larger than this, in bytes.
const LARGEST: usize = 550_000;

#[tokio::test(flavor = "multi_thread")]
async fn each_operation_stands_on_the_page_of_its_dialect() {
    let app = spawn().await;
    let get = async |path: &str| send(Client::new().get(format!("{}{path}", app.base_url))).await;
    let index = get("/api/docs").await;
    assert_eq!((index.status, index.header("content-type")), (200, "text/html; charset=utf-8"));
    let index = Html::parse_document(&index.text);
    let mut shown = 0;
    for described in &document().dialects {
        let href = format!("/api/docs/{}", described.api.name);
        assert!(links(&index).contains(&href), "{href} is not on the overview");
        let answer = get(&href).await;
        assert_eq!(answer.status, 200);
        assert!(answer.text.len() < LARGEST, "{href} has {} bytes", answer.text.len());
        let again = Client::new().get(format!("{}{href}", app.base_url)).header("If-None-Match", answer.header("etag"));
        assert_eq!(send(again).await.status, 304);
        let page = Html::parse_document(&answer.text);
        let anchors = ids(&page);
        for told in &described.operations {
            let anchor = told.id().replace('_', "-");
            assert!(anchors.contains(&anchor), "{href} lacks {anchor}");
            assert!(links(&index).contains(&format!("{href}#{anchor}")), "{anchor} is not on the overview");
            shown += 1;
        }
        for link in links(&page).iter().filter_map(|link| link.strip_prefix('#')) {
            assert!(anchors.contains(&link.to_owned()), "{href}: nothing is called {link}");
        }
        let mut sorted = anchors.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), anchors.len(), "{href} has an id twice");
    }
    assert_eq!(shown, operations().len());
    assert_eq!(get("/api/docs/nothing").await.status, 404);
}

fn links(page: &Html) -> Vec<String> {
    let selector = Selector::parse("a[href]").expect("a selector");
    page.select(&selector).filter_map(|link| link.value().attr("href")).map(str::to_owned).collect()
}

fn ids(page: &Html) -> Vec<String> {
    let selector = Selector::parse("[id]").expect("a selector");
    page.select(&selector).filter_map(|part| part.value().attr("id")).map(str::to_owned).collect()
}
