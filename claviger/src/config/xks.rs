//! The endpoints of external key store proxies, as the operator names them.

use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

/// An endpoint that external key stores may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct XksEndpoint {
    /// Its name, in lower case: `https://xks.example.com`.
    pub(crate) name: String,
    /// Where it is, if not at the port 443 of its name.
    pub(crate) address: Option<XksAddress>,
}

/// Where an endpoint is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct XksAddress {
    pub(crate) secure: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// Endpoints with blanks or commas between them.
pub(super) fn endpoints(text: &str) -> Result<Vec<XksEndpoint>, String> {
    text.split([' ', ',', '\t', '\n'])
        .filter(|part| !part.is_empty())
        .map(str::parse)
        .collect()
}

impl FromStr for XksEndpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, address) = match text.split_once('=') {
            Some((name, address)) => (name, Some(address)),
            None => (text, None),
        };
        let host = name.strip_prefix("https://").unwrap_or_default();
        // The API's own form of an endpoint: others could never be named.
        let sound = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
        if host.is_empty() || !host.bytes().all(sound) {
            return Err(format!(
                "'{name}' is not an endpoint of an external key store, such as https://xks.example.com"
            ));
        }
        Ok(Self {
            name: name.to_ascii_lowercase(),
            address: address.map(str::parse).transpose()?,
        })
    }
}

impl FromStr for XksAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is not an address, such as https://10.0.0.7:8443");
        let uri: http::Uri = text.parse().map_err(|_| wrong())?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong()),
        };
        let bare = uri.path_and_query().is_none_or(|path| path.as_str() == "/");
        let host = uri.host().filter(|_| bare).ok_or_else(wrong)?;
        let host = host.trim_matches(['[', ']']).to_owned();
        if !secure && !is_loopback(&host) {
            return Err(format!(
                "'{text}': without TLS an external key store proxy is reached on this machine only"
            ));
        }
        Ok(Self {
            secure,
            port: uri.port_u16().unwrap_or(if secure { 443 } else { 80 }),
            host: if host == "localhost" {
                IpAddr::V4(Ipv4Addr::LOCALHOST).to_string()
            } else {
                host
            },
        })
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_names_with_or_without_addresses() {
        let read = endpoints("https://xks.example.com, https://XKS.lab=http://localhost:8000 https://b=https://10.0.0.7").unwrap();
        let places: Vec<_> = read
            .iter()
            .map(|endpoint| {
                let address = endpoint.address.as_ref();
                (
                    endpoint.name.as_str(),
                    address.map(|a| (a.secure, a.host.as_str(), a.port)),
                )
            })
            .collect();
        assert_eq!(
            places,
            [
                ("https://xks.example.com", None),
                ("https://xks.lab", Some((false, "127.0.0.1", 8000))),
                ("https://b", Some((true, "10.0.0.7", 443))),
            ]
        );
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "xks.example.com",
            "http://xks.example.com",
            "https://xks.example.com:8443",
            "https://",
            "https://a/b",
            "https://a=",
            "https://a=ftp://127.0.0.1",
            "https://a=http://10.0.0.7:80",
            "https://a=http://127.0.0.1:80/path",
        ] {
            assert!(endpoints(text).is_err(), "{text}");
        }
    }
}
