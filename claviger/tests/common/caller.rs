//! A client that signs: one keep-alive connection, the query protocol, answers as text.

use super::PATIENCE;
use kernel::{Clock, Provider, SystemClock};
use sigv4::{Credentials, Signing};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// One answer, read to its end.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) request_id: String,
    pub(crate) body: String,
}

impl Answer {
    /// The texts of all elements of a name, in their order.
    pub(crate) fn values(&self, name: &str) -> Vec<String> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let parts = self.body.split(&open).skip(1);
        parts
            .filter_map(|part| part.split_once(&close).map(|(value, _)| value.to_owned()))
            .collect()
    }

    /// The text of the first element of a name.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.values(name).into_iter().next()
    }
}

/// A connection with a key. After an error nobody knows what became of the call.
pub(crate) struct Caller {
    address: String,
    key: (String, String),
    stream: Option<BufReader<TcpStream>>,
}

impl Caller {
    pub(crate) fn new(address: &str, key: (&str, &str)) -> Self {
        let key = (key.0.to_owned(), key.1.to_owned());
        Self {
            address: address.to_owned(),
            key,
            stream: None,
        }
    }

    /// Calls an operation of IAM, or STS's `GetCallerIdentity`.
    pub(crate) fn call(&mut self, action: &str, fields: &[(&str, &str)]) -> io::Result<Answer> {
        let (service, version) = match action {
            "GetCallerIdentity" => ("sts", "2011-06-15"),
            _ => ("iam", "2010-05-08"),
        };
        let mut body = format!("Action={action}&Version={version}");
        for (name, value) in fields {
            body.push_str(&format!("&{name}={}", encode(value)));
        }
        let request = self.signed(service, &body);
        let outcome = self.exchange(&request);
        if outcome.is_err() {
            self.stream = None;
        }
        outcome
    }

    fn signed(&self, service: &str, body: &str) -> Vec<u8> {
        let request = http::Request::post(format!("http://{}/", self.address))
            .header(
                "content-type",
                "application/x-www-form-urlencoded; charset=utf-8",
            )
            .body(())
            .unwrap();
        let (mut parts, ()) = request.into_parts();
        let credentials = Credentials::new(&self.key.0, &self.key.1);
        let signing = Signing::new("us-east-1", service, SystemClock.now().as_second());
        sigv4::sign_headers(
            &Provider,
            &mut parts,
            body.as_bytes(),
            &credentials,
            &signing,
        )
        .unwrap();
        let mut text = "POST / HTTP/1.1\r\n".to_owned();
        for (name, value) in &parts.headers {
            text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
        }
        text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
        text.into_bytes()
    }

    fn exchange(&mut self, request: &[u8]) -> io::Result<Answer> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(&self.address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            self.stream = Some(BufReader::new(stream));
        }
        let stream = self.stream.as_mut().unwrap();
        stream.get_mut().write_all(request)?;
        read_answer(stream)
    }
}

fn read_answer(stream: &mut BufReader<TcpStream>) -> io::Result<Answer> {
    let mut status = None;
    let (mut length, mut request_id) = (None, String::new());
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 || !line.ends_with('\n') {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if status.is_none() {
            status = line
                .split(' ')
                .nth(1)
                .and_then(|status| status.parse().ok());
        } else if let Some((name, value)) = line.split_once(": ") {
            match name {
                "content-length" => length = value.parse().ok(),
                "x-amzn-requestid" => request_id = value.to_owned(),
                _ => {}
            }
        }
    }
    let mut body = vec![0; length.unwrap()];
    stream.read_exact(&mut body)?;
    let body = String::from_utf8(body).unwrap();
    Ok(Answer {
        status: status.unwrap(),
        request_id,
        body,
    })
}

fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(byte.into())
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
