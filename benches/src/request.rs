//! Signed requests as they go over the wire, made before the measurement.

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::Request;
use kernel::{Clock, Provider, SystemClock};
use sigv4::{Credentials, Signing};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// A signed request of the query protocol. `body` is a form.
pub(crate) fn signed(
    address: SocketAddr,
    service: &str,
    key: (&str, &str),
    body: &str,
) -> anyhow::Result<Bytes> {
    let headers = [(
        "content-type",
        "application/x-www-form-urlencoded; charset=utf-8",
    )];
    with_headers(address, service, key, &headers, body)
}

/// A message of the JSON protocol of AWS.
pub(crate) struct Message<'m> {
    pub(crate) service: &'m str,
    /// Such as `TrentService.Decrypt`.
    pub(crate) target: &'m str,
    pub(crate) body: &'m str,
}

/// A signed request of the JSON protocol.
pub(crate) fn signed_json(
    address: SocketAddr,
    key: (&str, &str),
    message: &Message<'_>,
) -> anyhow::Result<Bytes> {
    let headers = [
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", message.target),
    ];
    with_headers(address, message.service, key, &headers, message.body)
}

fn with_headers(
    address: SocketAddr,
    service: &str,
    key: (&str, &str),
    headers: &[(&str, &str)],
    body: &str,
) -> anyhow::Result<Bytes> {
    let mut request = Request::post(format!("http://{address}/")).header(
        "user-agent",
        "Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux#6.1 md/arch#x86_64 lang/python#3.12.3",
    );
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (mut parts, ()) = request.body(())?.into_parts();
    let now = SystemClock.now().as_second();
    let credentials = Credentials::new(key.0, key.1);
    sigv4::sign_headers(
        &Provider,
        &mut parts,
        body.as_bytes(),
        &credentials,
        &Signing::new("us-east-1", service, now),
    )?;
    let mut bytes = b"POST / HTTP/1.1\r\n".to_vec();
    for (name, value) in &parts.headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n{body}", body.len()).as_bytes());
    Ok(bytes.into())
}

/// Sends one request, and gives its answer, which is short and a success.
pub(crate) fn once(address: SocketAddr, request: &[u8]) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request)?;
    let mut answer = vec![0; 65_536];
    let read = stream.read(&mut answer)?;
    let answer = String::from_utf8_lossy(answer.get(..read).context("nothing read")?).into_owned();
    ensure!(answer.starts_with("HTTP/1.1 20"), "{answer}");
    Ok(answer)
}
