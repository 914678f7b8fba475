//! Keeps web pages away from a developer's server. Its credentials are well known, and a
//! page anywhere can make a browser on the same machine send a presigned request.

use http::header::{HOST, ORIGIN, REFERER};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue};
use std::net::IpAddr;

/// Whether a request was sent for a page that is not of this machine, or can have been.
///
/// A page's own name can be bound to a loopback address after it was loaded (DNS
/// rebinding), and its requests are of the same origin then: so the server must be
/// addressed by a name that nobody else can own. Browsers name the page by `Origin` (the
/// Fetch standard) or `Referer` (RFC 9110, section 10.1.3), and tell its relation by
/// `Sec-Fetch-Site` (Fetch Metadata Request Headers). SDKs send none of them.
pub(super) fn is_foreign(parts: &Parts) -> bool {
    !is_addressed_here(parts) || is_of_a_foreign_page(&parts.headers)
}

/// Whether each name that the request gives the server is this machine's; one must be there.
fn is_addressed_here(parts: &Parts) -> bool {
    let authority = parts.uri.authority();
    let named = authority.is_some() || parts.headers.contains_key(HOST);
    named
        && authority.is_none_or(|authority| is_loopback(authority.as_str()))
        && all(&parts.headers, HOST.as_str(), is_loopback)
}

fn is_of_a_foreign_page(headers: &HeaderMap) -> bool {
    if !all(headers, ORIGIN.as_str(), is_loopback_url)
        || !all(headers, REFERER.as_str(), is_loopback_url)
    {
        return true;
    }
    // A page of this machine may call another port of it.
    !headers.contains_key(ORIGIN)
        && !all(headers, "sec-fetch-site", |site| {
            matches!(site, "none" | "same-origin")
        })
}

/// Whether all headers of a name pass; those that are no text do not.
fn all(headers: &HeaderMap, name: &str, passes: impl Fn(&str) -> bool) -> bool {
    let text = |value: &HeaderValue| value.to_str().is_ok_and(&passes);
    headers.get_all(name).iter().all(text)
}

/// Whether `SCHEME://AUTHORITY[/...]` is of this machine.
fn is_loopback_url(url: &str) -> bool {
    url.split_once("://").is_some_and(|(_, rest)| {
        // Browsers read a backslash as a slash.
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        rest.get(..end).is_some_and(is_loopback)
    })
}

/// Whether `HOST[:PORT]` names this machine. What stands before an `@` is no host, and
/// nobody needs it here.
fn is_loopback(text: &str) -> bool {
    let Ok(authority) = text.parse::<Authority>() else {
        return false;
    };
    let host = authority.host();
    let port = text.strip_prefix(host);
    if !port.is_some_and(|rest| rest.is_empty() || is_port(rest)) {
        return false;
    }
    let name = host.to_ascii_lowercase();
    let literal = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(&name);
    name == "localhost"
        || name.ends_with(".localhost")
        || literal
            .parse::<IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback())
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':')
        .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    /// `host` names the server, unless it is empty.
    fn foreign_at(uri: &str, headers: &[(&'static str, &str)]) -> bool {
        let mut request = Request::get(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        is_foreign(&request.body(()).unwrap().into_parts().0)
    }

    fn foreign(headers: &[(&'static str, &str)]) -> bool {
        let mut all = vec![("host", "127.0.0.1:4566")];
        all.extend_from_slice(headers);
        foreign_at("/", &all)
    }

    #[test]
    fn pages_of_other_machines_are_foreign() {
        for headers in [
            &[("origin", "https://evil.example")][..],
            &[("origin", "null")],
            &[("origin", "")],
            &[("origin", "http://localhost.evil.example")],
            &[("origin", "http://127.0.0.1.evil.example:4566")],
            &[("origin", "http://localhost:80@evil.example")],
            &[("origin", "http://localhost@evil.example")],
            &[("origin", "http://10.0.0.1")],
            &[
                ("origin", "http://localhost:3000"),
                ("origin", "https://evil.example"),
            ],
            &[("referer", "https://evil.example/page")],
            &[("referer", "http://evil.example?http://localhost/")],
            &[("referer", "http://evil.example\\@localhost/")],
            &[("referer", "http://localhost:80@evil.example/")],
            &[
                ("origin", "http://localhost:3000"),
                ("referer", "https://evil.example/"),
            ],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")],
        ] {
            assert!(foreign(headers), "{headers:?}");
        }
    }

    #[test]
    fn other_names_of_the_server_are_foreign() {
        for host in [
            "evil.example:4566",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "localhost@evil.example",
            "localhost:80@evil.example",
            "evil.example@localhost",
            "localhost:port",
            "0.0.0.0:4566",
            "[::]:4566",
            "192.168.0.1",
            "iam.amazonaws.com",
            "evillocalhost",
            "",
        ] {
            assert!(foreign_at("/", &[("host", host)]), "{host:?}");
        }
        assert!(foreign_at("/", &[]), "a request without any name");
        assert!(foreign_at("http://evil.example/", &[]));
        assert!(foreign_at("http://evil.example/", &[("host", "localhost")]));
        assert!(foreign_at("http://localhost/", &[("host", "evil.example")]));
        assert!(foreign(&[("host", "evil.example")]), "the second name");
    }

    #[test]
    fn sdks_and_pages_of_this_machine_are_not() {
        for host in [
            "localhost",
            "LOCALHOST:4566",
            "claviger.localhost:4566",
            "127.0.0.1:4566",
            "127.9.9.9",
            "[::1]:4566",
            "[::ffff:127.0.0.1]:4566",
        ] {
            assert!(!foreign_at("/", &[("host", host)]), "{host}");
        }
        assert!(!foreign_at("http://localhost:4566/", &[]));
        for headers in [
            &[][..],
            &[
                ("origin", "http://localhost:3000"),
                ("sec-fetch-site", "cross-site"),
                (
                    "referer",
                    "http://localhost:3000/page?next=https://evil.example",
                ),
            ],
            &[("origin", "http://127.0.0.1")],
            &[("origin", "http://[::1]:3000")],
            &[("origin", "http://app.localhost")],
            &[("sec-fetch-site", "none")],
            &[("sec-fetch-site", "same-origin")],
        ] {
            assert!(!foreign(headers), "{headers:?}");
        }
    }
}
