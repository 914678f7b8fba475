//! TLS: the server's certificate, and what a connection agreed on.

use crate::config::TlsFiles;
use anyhow::{Context, bail};
use kernel::TlsDetails;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// An acceptor with the certificate chain and the private key of two PEM files.
pub(crate) fn acceptor(files: &TlsFiles) -> anyhow::Result<TlsAcceptor> {
    let read = |what| format!("cannot read the {what}");
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| read(format!("certificate {}", files.certificate.display())))?;
    if chain.is_empty() {
        bail!("{} holds no certificate", files.certificate.display());
    }
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .with_context(|| read(format!("private key {}", files.key.display())))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("the certificate and the private key do not serve together")?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// What the trail says of a connection.
pub(crate) fn details(connection: &rustls::ServerConnection) -> Option<TlsDetails> {
    let version = match connection.protocol_version()? {
        rustls::ProtocolVersion::TLSv1_3 => "TLSv1.3",
        _ => "TLSv1.2",
    };
    let suite = connection.negotiated_cipher_suite()?.suite();
    // rustls writes `TLS13_AES_128_GCM_SHA256`, the RFCs and CloudTrail `TLS_AES_128_GCM_SHA256`.
    let suite = suite.as_str().map_or_else(
        || format!("{suite:?}"),
        |name| name.replacen("TLS13_", "TLS_", 1),
    );
    Some(TlsDetails {
        version: version.to_owned(),
        cipher_suite: suite,
    })
}
