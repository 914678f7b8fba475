//! Options of commands that ask a running server.

use crate::server::Client;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Remote {
    /// The server's endpoint.
    #[arg(
        long,
        env = "AWS_ENDPOINT_URL",
        default_value = "http://127.0.0.1:4566",
        value_name = "URL"
    )]
    pub(super) endpoint: String,
    /// Certificates in PEM that an https endpoint is trusted by.
    #[arg(long, value_name = "FILE")]
    pub(super) ca: Option<PathBuf>,
}

impl Remote {
    pub(super) fn client(&self) -> anyhow::Result<Client> {
        Client::new(&self.endpoint, self.ca.as_deref())
    }
}
