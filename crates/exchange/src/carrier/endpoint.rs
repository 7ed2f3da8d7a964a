//! An endpoint of a card, taken apart: `https://host:port/path`.

use http::Uri;
use rustls::pki_types::ServerName;

/// Where a node is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// Name or address, without brackets.
    pub host: String,
    /// 443 if it names none.
    pub port: u16,
    /// Host and port as they stand in the endpoint.
    pub authority: String,
    /// The path that comes before the routes, without a slash at its end.
    pub path: String,
}

impl Endpoint {
    /// Takes an endpoint apart; `None` if it is not of the form that a card allows.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let authority = uri.authority()?;
        // A port that is none would otherwise be taken for none at all.
        let port = match authority.as_str().strip_prefix(authority.host())? {
            "" => 443,
            port => port.strip_prefix(':')?.parse().ok().filter(|port| *port > 0)?,
        };
        let plain = uri.scheme_str() == Some("https") && uri.query().is_none() && !authority.as_str().contains('@');
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        plain.then(|| Self {
            host,
            port,
            authority: authority.to_string(),
            path: uri.path().trim_end_matches('/').to_owned(),
        })
    }
    /// What the handshake says about whom it calls; nothing is decided by it.
    pub(super) fn server_name(&self) -> Option<ServerName<'static>> {
        ServerName::try_from(self.host.clone()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_taken_apart() {
        for (text, host, port, path) in [
            ("https://node.example", "node.example", 443, ""),
            ("https://node.example:8443/comity/", "node.example", 8443, "/comity"),
            ("https://127.0.0.1:1/", "127.0.0.1", 1, ""),
            ("https://[::1]:8443", "::1", 8443, ""),
        ] {
            let endpoint = Endpoint::parse(text).expect(text);
            assert_eq!((endpoint.host.as_str(), endpoint.port, endpoint.path.as_str()), (host, port, path), "{text}");
            assert!(endpoint.server_name().is_some(), "{text}");
        }
        for wrong in [
            "http://node.example",
            "node.example",
            "https://",
            "https://a@b",
            "https://a/?q",
            "file:///x",
            "https://a:99999",
            "https://a:0",
            "https://a:",
            "https://a:x",
            "",
        ] {
            assert_eq!(Endpoint::parse(wrong), None, "{wrong}");
        }
    }
}
