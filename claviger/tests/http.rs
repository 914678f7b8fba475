//! Limits, the server's own pages, and the two versions of HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{Server, read_all, run, stderr, stdout};
use std::io::Write;
use std::time::{Duration, Instant};

fn dev() -> Server {
    Server::start(&["--dev", "--ephemeral", "--account", "111122223333"])
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

#[test]
fn health_tells_what_serves() {
    let server = dev();
    for path in ["/_claviger/health", "/_localstack/health"] {
        let answer = server.request("GET", path, "", "");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        for part in [
            "\"status\":\"running\"",
            "\"account\":\"111122223333\"",
            "\"region\":\"us-east-1\"",
            "\"store\":\"memory\"",
            "\"enforcement\":\"strict\"",
            "\"iam\":\"available\"",
        ] {
            assert!(body(&answer).contains(part), "{part}: {answer}");
        }
    }
    assert!(
        server
            .request("POST", "/_claviger/health", "", "")
            .starts_with("HTTP/1.1 405")
    );
    let output = run(&["health", "--endpoint", &server.endpoint]);
    assert!(output.status.success() && stdout(&output).contains("running"));
    let endpoint = server.endpoint.clone();
    drop(server);
    let output = run(&["health", "--endpoint", &endpoint]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("no server answers"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn metrics_count_calls() {
    let server = dev();
    server.request(
        "POST",
        "/",
        "content-type: application/x-www-form-urlencoded\r\n",
        "Action=ListUsers&Version=2010-05-08",
    );
    let answer = server.request("GET", "/_claviger/metrics", "", "");
    assert!(answer.contains("application/openmetrics-text"), "{answer}");
    let line = answer
        .lines()
        .find(|line| line.contains("operation=\"ListUsers\""))
        .unwrap();
    assert!(
        line.starts_with("claviger_requests_total{service=\"iam\""),
        "{line}"
    );
    for name in [
        "claviger_connections",
        "claviger_store_revision",
        "claviger_trail_records",
    ] {
        assert!(answer.contains(name), "{name}");
    }
}

#[test]
fn a_reset_empties_the_server_and_keeps_the_trail() {
    let server = Server::start(&["--dev"]);
    let created = server.account(("test", "test"), &["create", "--name", "second"]);
    assert!(created.status.success(), "{}", stderr(&created));
    let events = || run(&["events", "--data", common::text(&server.data())]);
    let before = stdout(&events()).lines().count();
    let start = Instant::now();
    assert!(
        server
            .request("POST", "/_claviger/reset", "", "")
            .starts_with("HTTP/1.1 200")
    );
    let took = start.elapsed();
    let listed = stdout(&server.account(("test", "test"), &["list"]));
    assert!(
        listed.contains("000000000000") && !listed.contains("second"),
        "{listed}"
    );
    let after = stdout(&events());
    assert!(
        after.lines().count() > before && after.contains("ResetServer"),
        "{after}"
    );
    assert!(took < Duration::from_millis(500), "{took:?}");
    for (headers, status) in [
        ("origin: http://evil.example\r\n", "403"),
        ("sec-fetch-site: cross-site\r\n", "403"),
    ] {
        let answer = server.request("POST", "/_claviger/reset", headers, "");
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
    }
    assert!(
        server
            .request("GET", "/_claviger/reset", "", "")
            .starts_with("HTTP/1.1 405")
    );
}

#[test]
fn only_a_developers_server_is_emptied() {
    let server = Server::start(&["--ephemeral"]);
    assert!(
        server
            .request("POST", "/_claviger/reset", "", "")
            .starts_with("HTTP/1.1 404")
    );
}

#[test]
fn large_bodies_are_refused_in_the_protocol_of_the_request() {
    let server = Server::start(&["--dev", "--ephemeral", "--max-body", "16384"]);
    let large = "x".repeat(20_000);
    let scope = "authorization: AWS4-HMAC-SHA256 Credential=test/20261124/us-east-1/iam/aws4_request, \
                 SignedHeaders=host;x-amz-date, Signature=00\r\nx-amz-date: 20261124T000000Z\r\n";
    let answer = server.request(
        "POST",
        "/",
        &format!("{scope}content-type: application/x-www-form-urlencoded\r\n"),
        &large,
    );
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(
        answer.contains("<Code>RequestEntityTooLarge</Code>"),
        "{answer}"
    );
    let json =
        "x-amz-target: TrentService.CreateKey\r\ncontent-type: application/x-amz-json-1.1\r\n";
    let answer = server.request("POST", "/", json, &large);
    assert!(
        answer.starts_with("HTTP/1.1 413") && answer.contains("RequestEntityTooLargeException"),
        "{answer}"
    );
    // Without a length the limit counts too.
    let mut chunked =
        b"POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
            .to_vec();
    chunked.extend_from_slice(format!("{:x}\r\n{large}\r\n0\r\n\r\n", large.len()).as_bytes());
    assert!(server.raw(&chunked).starts_with("HTTP/1.1 413"));
    // Who asks first is told before it sends.
    let expecting = "POST / HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: 99999\r\n\r\n";
    let answer = server.raw(expecting.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[test]
fn large_heads_are_refused() {
    let server = dev();
    let head = format!(
        "GET / HTTP/1.1\r\nhost: localhost\r\nx-large: {}\r\n\r\n",
        "y".repeat(70_000)
    );
    let answer = server.raw(head.as_bytes());
    assert!(
        answer.starts_with("HTTP/1.1 431") || answer.is_empty(),
        "{answer}"
    );
    let many: String = (0..500).map(|index| format!("x-{index}: y\r\n")).collect();
    let answer = server.raw(format!("GET / HTTP/1.1\r\nhost: localhost\r\n{many}\r\n").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    assert!(
        server
            .request("GET", "/_claviger/health", "", "")
            .starts_with("HTTP/1.1 200")
    );
}

#[test]
fn slow_heads_end_their_connection() {
    let server = dev();
    let start = Instant::now();
    let mut silent = server.connect();
    let mut dripping = server.connect();
    let mut kept = server.connect();
    kept.write_all(b"GET /_claviger/health HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .unwrap();
    let dripper = dripping.try_clone().unwrap();
    std::thread::spawn(move || {
        let mut dripper = dripper;
        let _ = dripper.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n");
        while dripper.write_all(b"x-a: b\r\n").is_ok() {
            std::thread::sleep(Duration::from_millis(500));
        }
    });
    read_all(&mut dripping);
    read_all(&mut silent);
    let took = start.elapsed();
    assert!(
        took >= Duration::from_secs(9) && took < Duration::from_secs(20),
        "{took:?}"
    );
    // A connection that merely idles between requests has longer.
    std::thread::sleep(Duration::from_secs(2));
    kept.write_all(
        b"GET /_claviger/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    )
    .unwrap();
    assert_eq!(read_all(&mut kept).matches("HTTP/1.1 200").count(), 2);
}

#[test]
fn connections_beyond_the_cap_wait() {
    let server = Server::start(&["--dev", "--ephemeral", "--max-connections", "1"]);
    let mut first = server.connect();
    first
        .write_all(b"GET /_claviger/health HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let mut second = server.connect();
    second
        .write_all(
            b"GET /_claviger/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
        )
        .unwrap();
    second
        .set_read_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    assert_eq!(read_all(&mut second), "");
    drop(first);
    second.set_read_timeout(Some(common::PATIENCE)).unwrap();
    assert!(read_all(&mut second).starts_with("HTTP/1.1 200"));
}

#[test]
fn idle_connections_make_room_for_new_ones() {
    let server = Server::start(&["--dev", "--ephemeral", "--max-connections", "8"]);
    let ask = b"GET /_claviger/health HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let mut held: Vec<_> = (0..8).map(|_| server.connect()).collect();
    // Some are kept alive, one is half a head, one is HTTP/2, and the others are silent.
    for kept in &mut held[..3] {
        kept.write_all(ask).unwrap();
    }
    held[3].write_all(b"GET / HTTP/1.1\r\nhost: ").unwrap();
    held[4]
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
        .unwrap();
    let start = Instant::now();
    let answer = server.request("GET", "/_claviger/health", "", "");
    let took = start.elapsed();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(took < Duration::from_secs(8), "{took:?}");
    drop(held);
    // Where there is room, they may idle.
    let mut kept = server.connect();
    kept.write_all(ask).unwrap();
    std::thread::sleep(Duration::from_secs(4));
    kept.write_all(
        b"GET /_claviger/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    )
    .unwrap();
    assert_eq!(read_all(&mut kept).matches("HTTP/1.1 200").count(), 2);
}

#[test]
fn http_2_is_spoken() {
    let server = dev();
    let mut stream = server.connect();
    // The preface and empty settings (RFC 9113, section 3.4).
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
        .unwrap();
    let mut head = [0; 9];
    std::io::Read::read_exact(&mut stream, &mut head).unwrap();
    assert_eq!(head[3], 4, "the server's settings come first");
}

#[test]
fn requests_that_are_no_calls_get_no_server_error() {
    let server = dev();
    for request in [
        "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
        "DELETE /%00%ff HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-amz-target: Nothing.Nothing\r\ncontent-length: 2\r\n\r\n{}",
        "POST /_claviger/accounts HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}",
        "GET http://localhost/ HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
        "NONSENSE\r\n\r\n",
    ] {
        let answer = server.raw(request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 4"), "{request}: {answer}");
    }
}

#[test]
fn web_pages_have_no_access_to_a_developers_server() {
    let server = dev();
    let list = "Action=ListUsers&Version=2010-05-08";
    for headers in [
        "origin: https://evil.example\r\n",
        "sec-fetch-site: cross-site\r\n",
        "referer: https://evil.example/\r\n",
    ] {
        let answer = server.request("POST", "/", headers, list);
        assert!(
            answer.starts_with("HTTP/1.1 403") && answer.contains("web pages"),
            "{answer}"
        );
    }
    let answer = server.request("POST", "/", "origin: http://localhost:3000\r\n", list);
    assert!(!answer.contains("web pages"), "{answer}");
    // A page whose own name was bound to this machine sends neither of them with a GET.
    for (path, host) in [
        ("/?Action=ListUsers&Version=2010-05-08", "evil.example:4566"),
        ("/_claviger/health", "evil.example:4566"),
        ("/_claviger/metrics", "0.0.0.0"),
        ("/_claviger/accounts", "localhost:80@evil.example"),
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        let answer = server.raw(request.as_bytes());
        assert!(
            answer.starts_with("HTTP/1.1 403") && answer.contains("web pages"),
            "{host}: {answer}"
        );
    }
    let request = "POST /_claviger/reset HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    assert!(server.raw(request.as_bytes()).starts_with("HTTP/1.1 403"));
    let answer = server.request(
        "POST",
        "/_claviger/reset",
        "referer: http://localhost/\r\n",
        "",
    );
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
}

#[test]
fn https_is_served_with_a_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (
        folder.path().join("cert.pem"),
        folder.path().join("key.pem"),
    );
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let (certificate, key) = (common::text(&certificate), common::text(&key));
    let server = Server::start(&["--dev", "--tls-cert", certificate, "--tls-key", key]);
    assert!(server.endpoint.starts_with("https://"));
    let output = run(&[
        "health",
        "--endpoint",
        &server.endpoint,
        "--ca",
        certificate,
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&run(&["health", "--endpoint", &server.endpoint])).contains("--ca"));
    let listed = server.account(("test", "test"), &["list", "--ca", certificate]);
    assert!(listed.status.success(), "{}", stderr(&listed));
    let events = stdout(&run(&["events", "--data", common::text(&server.data())]));
    assert!(
        events.contains("\"tlsVersion\":\"TLSv1.3\",\"cipherSuite\":\"TLS_"),
        "{events}"
    );
    // Plain HTTP is no handshake, and does not stop the server.
    server.raw(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert!(
        run(&[
            "health",
            "--endpoint",
            &server.endpoint,
            "--ca",
            certificate
        ])
        .status
        .success()
    );
}
