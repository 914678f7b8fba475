//! Streamed bodies: `aws-chunked` framing, chunk signatures and trailers.
//!
//! Source: "Signature calculations for the Authorization header: transferring a
//! payload in multiple chunks", and the same "including trailing headers".

use bytes::{Bytes, BytesMut};
use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::encode::hex;
use crate::{AuthError, Digest, Scope, SigningKey, Streaming};

/// The longest line that is read between chunks, in bytes.
const MAX_LINE: usize = 8192;
/// The most trailers that are read.
const MAX_TRAILERS: usize = 32;

const SIGNATURE_TRAILER: &str = "x-amz-trailer-signature";

/// Signs chunks and trailers, each over the signature before it.
#[derive(Debug)]
pub struct ChunkSigner<'d, D> {
    digest: &'d D,
    key: SigningKey,
    stamp: String,
    scope: Scope,
    previous: String,
}

impl<'d, D: Digest> ChunkSigner<'d, D> {
    /// A signer that starts from the signature of the request's headers, `seed`.
    pub fn new(
        digest: &'d D,
        key: SigningKey,
        stamp: &str,
        scope: &Scope,
        seed: &str,
    ) -> ChunkSigner<'d, D> {
        ChunkSigner {
            digest,
            key,
            stamp: stamp.to_owned(),
            scope: scope.clone(),
            previous: seed.to_owned(),
        }
    }

    /// The signature of the next chunk; the last chunk is empty.
    pub fn sign_chunk(&mut self, data: &[u8]) -> String {
        let empty = hex(&self.digest.sha256(b""));
        let hash = hex(&self.digest.sha256(data));
        self.next("AWS4-HMAC-SHA256-PAYLOAD", &format!("{empty}\n{hash}"))
    }

    /// The signature of the trailers, which follows that of the last chunk. Names are
    /// lower-case.
    pub fn sign_trailers(&mut self, trailers: &HeaderMap) -> String {
        let hash = hex(&self.digest.sha256(&canonical_trailers(trailers)));
        self.next("AWS4-HMAC-SHA256-TRAILER", &hash)
    }

    fn next(&mut self, algorithm: &str, hashes: &str) -> String {
        let text = format!(
            "{algorithm}\n{}\n{}\n{}\n{hashes}",
            self.stamp, self.scope, self.previous
        );
        self.previous = self.key.sign(self.digest, &text);
        self.previous.clone()
    }

    fn prove(&self, computed: &str, sent: &str) -> Result<(), AuthError> {
        if self.digest.equal(computed.as_bytes(), sent.as_bytes()) {
            Ok(())
        } else {
            Err(AuthError::ChunkMismatch)
        }
    }
}

fn canonical_trailers(trailers: &HeaderMap) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = trailers
        .iter()
        .map(|(name, value)| {
            let mut line = name.as_str().as_bytes().to_vec();
            line.push(b':');
            line.extend_from_slice(value.as_bytes().trim_ascii());
            line.push(b'\n');
            line
        })
        .collect();
    lines.sort();
    lines.concat()
}

/// What the request's headers say of its streamed body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The length of the body without framing, in bytes.
    pub decoded_length: u64,
    /// The names of the trailers, sorted.
    pub trailers: Vec<HeaderName>,
}

impl Declared {
    /// Reads `x-amz-decoded-content-length` and `x-amz-trailer`.
    ///
    /// # Errors
    /// [`AuthError::IncompleteBody`] when the length is missing or not a number,
    /// [`AuthError::MalformedChunks`] when a trailer's name is not a header's.
    pub fn of(headers: &HeaderMap) -> Result<Declared, AuthError> {
        let mut lengths = headers.get_all("x-amz-decoded-content-length").iter();
        let length = lengths
            .next()
            .filter(|_| lengths.next().is_none())
            .and_then(|value| value.to_str().ok())
            .map(str::trim)
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|text| text.parse().ok())
            .ok_or(AuthError::IncompleteBody)?;
        let mut trailers = Vec::new();
        for value in headers.get_all("x-amz-trailer") {
            let text = value.to_str().map_err(|_| bad("trailer name"))?;
            for name in text
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty())
            {
                let name = HeaderName::from_bytes(name.as_bytes());
                trailers.push(name.map_err(|_| bad("trailer name"))?);
            }
        }
        trailers.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        Ok(Declared {
            decoded_length: length,
            trailers,
        })
    }
}

fn bad(what: &'static str) -> AuthError {
    AuthError::MalformedChunks(what)
}

/// Takes the framing off a streamed body and proves its chunks and trailers.
///
/// # Errors
/// [`AuthError::ChunkMismatch`] for a signature that does not match,
/// [`AuthError::IncompleteBody`] for a length other than declared, and
/// [`AuthError::MalformedChunks`] for anything else, bytes after the end included.
pub fn decode_chunked<D: Digest>(
    signer: &mut ChunkSigner<'_, D>,
    kind: Streaming,
    body: &[u8],
    declared: &Declared,
) -> Result<(Bytes, HeaderMap), AuthError> {
    let mut rest = body;
    let mut decoded = BytesMut::with_capacity(body.len());
    loop {
        let (size, signature) = chunk_header(take_line(&mut rest)?, kind)?;
        let data = rest.get(..size).ok_or(AuthError::IncompleteBody)?;
        rest = rest.get(size..).unwrap_or_default();
        if let Some(signature) = signature {
            let computed = signer.sign_chunk(data);
            signer.prove(&computed, signature)?;
        }
        decoded.extend_from_slice(data);
        if size == 0 {
            break;
        }
        if !take_line(&mut rest)?.is_empty() {
            return Err(bad("no line end after a chunk"));
        }
    }
    let trailers = if kind.has_trailer() {
        take_trailers(signer, kind, &mut rest, declared)?
    } else {
        if !take_line(&mut rest)?.is_empty() {
            return Err(bad("no line end after the last chunk"));
        }
        HeaderMap::new()
    };
    if !rest.is_empty() {
        return Err(bad("bytes after the end"));
    }
    if u64::try_from(decoded.len()) != Ok(declared.decoded_length) {
        return Err(AuthError::IncompleteBody);
    }
    Ok((decoded.freeze(), trailers))
}

/// Takes a line off `rest`, without its CR LF.
fn take_line<'b>(rest: &mut &'b [u8]) -> Result<&'b str, AuthError> {
    let window = rest.get(..MAX_LINE.min(rest.len())).unwrap_or_default();
    let end = window
        .windows(2)
        .position(|pair| pair == b"\r\n")
        .ok_or_else(|| bad("a line does not end"))?;
    let line = std::str::from_utf8(rest.get(..end).unwrap_or_default())
        .map_err(|_| bad("a line is not UTF-8"))?;
    *rest = rest.get(end + 2..).unwrap_or_default();
    Ok(line)
}

/// Reads `SIZE` or `SIZE;chunk-signature=SIGNATURE`, as the kind demands.
fn chunk_header(line: &str, kind: Streaming) -> Result<(usize, Option<&str>), AuthError> {
    let (size, extension) = match line.split_once(';') {
        Some((size, extension)) => (size, Some(extension)),
        None => (line, None),
    };
    let is_size =
        !size.is_empty() && size.len() <= 15 && size.bytes().all(|byte| byte.is_ascii_hexdigit());
    let size = usize::from_str_radix(size, 16)
        .ok()
        .filter(|_| is_size)
        .ok_or_else(|| bad("chunk size"))?;
    let signature = extension.and_then(|text| text.strip_prefix("chunk-signature="));
    match (kind.is_signed(), extension, signature) {
        (true, _, Some(signature)) => Ok((size, Some(signature))),
        (false, None, _) => Ok((size, None)),
        _ => Err(bad("chunk signature")),
    }
}

fn take_trailers<D: Digest>(
    signer: &mut ChunkSigner<'_, D>,
    kind: Streaming,
    rest: &mut &[u8],
    declared: &Declared,
) -> Result<HeaderMap, AuthError> {
    let mut trailers = HeaderMap::new();
    let mut signature = None;
    loop {
        // S3's documentation ends a trailer with LF before the CR LF.
        let line = take_line(rest)?;
        let line = line.strip_suffix('\n').unwrap_or(line);
        if line.is_empty() {
            break;
        }
        if signature.is_some() {
            return Err(bad("a trailer after the signature"));
        }
        let (name, value) = line.split_once(':').ok_or_else(|| bad("a trailer"))?;
        if name == SIGNATURE_TRAILER && kind.is_signed() {
            signature = Some(value.trim());
            continue;
        }
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad("a trailer"))?;
        let value = HeaderValue::from_str(value.trim()).map_err(|_| bad("a trailer"))?;
        if trailers.len() >= MAX_TRAILERS || trailers.insert(name, value).is_some() {
            return Err(bad("too many trailers"));
        }
    }
    let all_declared = trailers.len() == declared.trailers.len()
        && declared
            .trailers
            .iter()
            .all(|name| trailers.contains_key(name));
    if !all_declared {
        return Err(bad("trailers other than declared"));
    }
    if kind.is_signed() {
        let computed = signer.sign_trailers(&trailers);
        signer.prove(&computed, signature.ok_or(AuthError::ChunkMismatch)?)?;
    }
    Ok(trailers)
}

/// Frames `body` in chunks of `chunk_size` bytes (at least 1) for sending.
pub fn encode_chunked<D: Digest>(
    signer: &mut ChunkSigner<'_, D>,
    kind: Streaming,
    body: &[u8],
    chunk_size: usize,
    trailers: &HeaderMap,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 256);
    let end: &[u8] = &[];
    for data in body.chunks(chunk_size.max(1)).chain([end]) {
        out.extend_from_slice(format!("{:x}", data.len()).as_bytes());
        if kind.is_signed() {
            let signature = signer.sign_chunk(data);
            out.extend_from_slice(format!(";chunk-signature={signature}").as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(data);
        if !data.is_empty() {
            out.extend_from_slice(b"\r\n");
        }
    }
    if kind.has_trailer() {
        for (name, value) in trailers {
            out.extend_from_slice(name.as_str().as_bytes());
            out.push(b':');
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        if kind.is_signed() {
            let signature = signer.sign_trailers(trailers);
            out.extend_from_slice(format!("{SIGNATURE_TRAILER}:{signature}\r\n").as_bytes());
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}
