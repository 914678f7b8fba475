//! Keeps web pages away from a developer's server. Its credentials are well known, and a
//! page anywhere can make a browser on the same machine send a presigned request.

use http::HeaderMap;
use http::header::{HOST, ORIGIN};
use std::net::IpAddr;

/// Whether a browser sent the request for a page that is not of this machine.
///
/// Browsers name the page by `Origin` (the Fetch standard), and where they do not, tell its
/// relation by `Sec-Fetch-Site` (Fetch Metadata Request Headers). SDKs send neither.
pub(super) fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(origin) = text(ORIGIN.as_str()) {
        return !origin
            .split_once("://")
            .is_some_and(|(_, host)| is_loopback(host));
    }
    match text("sec-fetch-site") {
        None | Some("none") => false,
        // The page's name may have been bound to a loopback address since.
        Some("same-origin") => !text(HOST.as_str()).is_some_and(is_loopback),
        Some(_) => true,
    }
}

/// Whether `HOST[:PORT]` names this machine.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost"
        || name.ends_with(".localhost")
        || name
            .parse::<IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foreign(headers: &[(&'static str, &str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        is_foreign(&HeaderMap::from_iter(headers))
    }

    #[test]
    fn pages_of_other_machines_are_foreign() {
        for headers in [
            &[("origin", "https://evil.example")][..],
            &[("origin", "null")],
            &[("origin", "http://localhost.evil.example")],
            &[("origin", "http://127.0.0.1.evil.example:4566")],
            &[("origin", "http://10.0.0.1")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[
                ("sec-fetch-site", "same-origin"),
                ("host", "evil.example:4566"),
            ],
            &[("sec-fetch-site", "same-origin")],
        ] {
            assert!(foreign(headers), "{headers:?}");
        }
    }

    #[test]
    fn sdks_and_pages_of_this_machine_are_not() {
        for headers in [
            &[][..],
            &[("host", "iam.amazonaws.com")],
            &[
                ("origin", "http://localhost:3000"),
                ("sec-fetch-site", "cross-site"),
            ],
            &[("origin", "http://127.0.0.1")],
            &[("origin", "http://[::1]:3000")],
            &[("origin", "http://app.localhost")],
            &[("sec-fetch-site", "none")],
            &[
                ("sec-fetch-site", "same-origin"),
                ("host", "127.0.0.1:4566"),
            ],
        ] {
            assert!(!foreign(headers), "{headers:?}");
        }
    }
}
