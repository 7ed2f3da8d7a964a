//! The style of the pages, in the binary. The path of a file names its content, so a browser may keep it for ever.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use terms::Digest;

/// A file and the first digits of its hash.
struct Asset {
    name: &'static str,
    hash: String,
    bytes: &'static [u8],
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let asset =
        |name, bytes: &'static [u8]| Asset { name, hash: Digest::of(&[bytes]).to_string()[..16].to_owned(), bytes };
    vec![
        asset("theme.css", include_bytes!("../../assets/vendor/designsystemet/theme.css")),
        asset("design.css", include_bytes!("../../assets/vendor/designsystemet/index.css")),
        asset("comity.css", include_bytes!("../../assets/comity.css")),
    ]
});

/// The paths of the style sheets, in the order in which pages name them.
pub fn style_sheets() -> impl Iterator<Item = String> {
    ASSETS.iter().map(|asset| format!("/assets/{}/{}", asset.hash, asset.name))
}

/// Answers with a file.
pub async fn serve(Path((hash, name)): Path<(String, String)>) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name && asset.hash == hash) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = HeaderValue::from_static("text/css; charset=utf-8");
    let kept = HeaderValue::from_static("public, max-age=31536000, immutable");
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, kept)], asset.bytes).into_response()
}
