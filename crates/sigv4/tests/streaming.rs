//! Streamed S3 bodies: AWS's published examples, and what must be refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::Lc;
use http::HeaderMap;
use http::request::Parts;
use sigv4::{
    AuthError, ChunkSigner, Credentials, Expected, PayloadHash, Scope, Signing, SigningKey,
    Streaming, encode_chunked, parse_stamp, sign_headers,
};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const STAMP: &str = "20130524T000000Z";
const CHUNK: usize = 65_536;
const BODY: &[u8] = &[b'a'; 66_560];

fn scope() -> Scope {
    Scope::new(STAMP, "us-east-1", "s3")
}

fn signer(seed: &str) -> ChunkSigner<'static, Lc> {
    let key = SigningKey::derive(&Lc, SECRET, &scope());
    ChunkSigner::new(&Lc, key, STAMP, &scope(), seed)
}

fn trailers(kind: Streaming) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    if kind.has_trailer() {
        trailers.insert("x-amz-checksum-crc32c", "sOO8/Q==".parse().unwrap());
    }
    trailers
}

/// The request of the documentation's examples, signed, and its body in frames.
fn request(kind: Streaming, chunk: usize) -> (Parts, Vec<u8>) {
    let mut request = http::Request::put("https://s3.amazonaws.com/examplebucket/chunkObject.txt")
        .header("x-amz-storage-class", "REDUCED_REDUNDANCY")
        .header("content-encoding", "aws-chunked")
        .header("x-amz-decoded-content-length", BODY.len());
    if kind.has_trailer() {
        request = request.header("x-amz-trailer", "x-amz-checksum-crc32c");
    } else {
        request = request.header("content-length", "66824");
    }
    let (mut parts, ()) = request.body(()).unwrap().into_parts();
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", SECRET);
    let mut signing = Signing::new("us-east-1", "s3", parse_stamp(STAMP).unwrap());
    signing.payload = Some(PayloadHash::Streaming(kind));
    let seed = sign_headers(&Lc, &mut parts, b"", &credentials, &signing).unwrap();
    let body = encode_chunked(&mut signer(&seed), kind, BODY, chunk, &trailers(kind));
    (parts, body)
}

fn verify(parts: &Parts, body: &[u8]) -> Result<sigv4::VerifiedBody, AuthError> {
    let presented = sigv4::parse(&Lc, parts)?;
    let now = parse_stamp(STAMP).unwrap();
    let expected = Expected::of_service("s3");
    let body = bytes::Bytes::copy_from_slice(body);
    sigv4::verify(&Lc, parts, &body, &presented, SECRET, now, &expected)
}

const KINDS: [Streaming; 3] = [
    Streaming::Signed,
    Streaming::SignedTrailer,
    Streaming::UnsignedTrailer,
];

#[test]
fn the_documented_example_has_its_documented_signatures() {
    let (parts, body) = request(Streaming::Signed, CHUNK);
    let seed = sigv4::parse(&Lc, &parts).unwrap().signature;
    assert_eq!(
        seed,
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
    );
    assert_eq!(body.len(), 66_824);
    let text = String::from_utf8(body).unwrap();
    for line in [
        "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n",
        "400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n",
        "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n",
    ] {
        assert!(text.contains(line), "{line}");
    }
}

#[test]
fn the_documented_trailer_example_has_its_documented_signatures() {
    let (parts, body) = request(Streaming::SignedTrailer, CHUNK);
    let seed = sigv4::parse(&Lc, &parts).unwrap().signature;
    assert_eq!(
        seed,
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
    );
    let text = String::from_utf8(body).unwrap();
    for line in [
        "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n",
        "400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n",
        "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n",
        "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n",
    ] {
        assert!(text.contains(line), "{line}");
    }
}

#[test]
fn each_kind_gives_back_its_body_and_trailers() {
    for kind in KINDS {
        for chunk in [1000, CHUNK, BODY.len(), 2 * BODY.len()] {
            let (parts, body) = request(kind, chunk);
            let verified = verify(&parts, &body).unwrap();
            assert!(verified.body == BODY, "{kind:?}");
            assert_eq!(verified.trailers, trailers(kind));
            assert_eq!(verified.payload, PayloadHash::Streaming(kind));
        }
    }
}

#[test]
fn a_trailer_may_end_with_a_line_feed_before_its_line_end() {
    let (parts, body) = request(Streaming::SignedTrailer, CHUNK);
    let text = String::from_utf8(body).unwrap();
    let text = text.replace("sOO8/Q==\r\n", "sOO8/Q==\n\r\n");
    assert!(verify(&parts, text.as_bytes()).is_ok());
}

#[test]
fn any_changed_byte_of_a_signed_stream_is_refused() {
    for kind in [Streaming::Signed, Streaming::SignedTrailer] {
        let (parts, body) = request(kind, CHUNK);
        // Every byte of framing, and some of the data.
        let framing = (0..120)
            .chain(65_600..65_750)
            .chain(body.len() - 300..body.len());
        for position in framing.chain((0..body.len()).step_by(997)) {
            let mut changed = body.clone();
            changed[position] ^= 1;
            let result = verify(&parts, &changed);
            assert!(result.is_err(), "{kind:?} at {position}");
        }
    }
}

#[test]
fn a_stream_that_ends_early_or_late_is_refused() {
    for kind in KINDS {
        let (parts, body) = request(kind, 1000);
        for end in (0..body.len())
            .step_by(613)
            .chain(body.len() - 200..body.len())
        {
            assert!(verify(&parts, &body[..end]).is_err(), "{kind:?} {end}");
        }
        let mut longer = body.clone();
        longer.push(b'\n');
        assert!(matches!(
            verify(&parts, &longer),
            Err(AuthError::MalformedChunks("bytes after the end"))
        ));
    }
}

#[test]
fn chunks_cannot_be_left_out_or_swapped() {
    let (parts, body) = request(Streaming::Signed, 1000);
    let frame = b"3e8;chunk-signature=".len() + 64 + 2 + 1000 + 2;
    let mut swapped = body.clone();
    swapped[..frame].copy_from_slice(&body[frame..2 * frame]);
    swapped[frame..2 * frame].copy_from_slice(&body[..frame]);
    assert_eq!(
        verify(&parts, &swapped).unwrap_err(),
        AuthError::ChunkMismatch
    );
    assert_eq!(
        verify(&parts, &body[frame..]).unwrap_err(),
        AuthError::ChunkMismatch
    );
}

#[test]
fn the_declared_length_and_trailers_must_be_true() {
    let unsigned = Streaming::UnsignedTrailer;
    for (header, value) in [
        ("x-amz-decoded-content-length", "66559"),
        ("x-amz-decoded-content-length", "+66560"),
        ("x-amz-decoded-content-length", ""),
        ("x-amz-trailer", "x-amz-checksum-crc32"),
        ("x-amz-trailer", "x-amz-checksum-crc32c,x-amz-meta"),
    ] {
        let (mut parts, body) = request(unsigned, CHUNK);
        parts.headers.insert(header, value.parse().unwrap());
        parts.headers.remove("authorization");
        let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", SECRET);
        let mut signing = Signing::new("us-east-1", "s3", parse_stamp(STAMP).unwrap());
        signing.payload = Some(PayloadHash::Streaming(unsigned));
        sign_headers(&Lc, &mut parts, b"", &credentials, &signing).unwrap();
        let error = verify(&parts, &body).unwrap_err();
        assert!(
            matches!(
                error,
                AuthError::IncompleteBody | AuthError::MalformedChunks(_)
            ),
            "{header} {value}: {error:?}"
        );
    }
}

#[test]
fn services_other_than_s3_take_no_stream_and_no_unsigned_body() {
    for payload in [
        PayloadHash::Unsigned,
        PayloadHash::Streaming(Streaming::UnsignedTrailer),
        PayloadHash::Streaming(Streaming::Signed),
    ] {
        let request = http::Request::post("http://localhost/").body(()).unwrap();
        let (mut parts, ()) = request.into_parts();
        let mut signing = Signing::new("us-east-1", "kms", parse_stamp(STAMP).unwrap());
        signing.payload = Some(payload);
        signing.content_hash_header = true;
        let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", SECRET);
        sign_headers(&Lc, &mut parts, b"{}", &credentials, &signing).unwrap();
        let presented = sigv4::parse(&Lc, &parts).unwrap();
        let now = parse_stamp(STAMP).unwrap();
        let body = bytes::Bytes::from_static(b"{}");
        let expected = Expected::of_service("kms");
        let result = sigv4::verify(&Lc, &parts, &body, &presented, SECRET, now, &expected);
        assert!(matches!(result, Err(AuthError::Mismatch(_))));
    }
}
